"""``boot.py probe REQUEST.json ANSWERS.jsonl``: one pass over one target (or the tests) in this process; see PROTOCOL.md."""

from __future__ import annotations

import os
import sys
import time

from . import memory, passes, signals, source
from .answers import Answers
from .launch import Value, run_target
from .project import Project
from .window import Window
from .wire import decode, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

CHILDREN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "children")


def run(request_path: str, answers_path: str) -> int:
    """Answers the request and gives back the exit code that the target's own process would have had."""
    with open(request_path, encoding="utf-8") as file:
        request = decode(file.read())
    answers = Answers(answers_path)
    answers.emit(
        "started",
        pid=os.getpid(),
        python=list(sys.version_info[:3]),
        implementation=sys.implementation.name,
        executable=sys.executable,
        allocator=os.environ.get("PYTHONMALLOC") or "default",
    )
    if request.get("protocol") != 1:
        answers.note(f"This probe speaks protocol 1, not {request.get('protocol')}.")
        return 2
    return Run(request, answers).run()


class Run:
    """One request, from the mapping of imports to the last answer."""

    def __init__(self, request: Dict[str, Any], answers: Answers) -> None:
        self._begun_ns = time.time_ns()
        self._request = request
        self._answers = answers
        self._project = Project(request["project"])
        self._window = Window(passes.Pass(request, self._project, answers))
        self._value = Value()
        self._error: Optional[Dict[str, Any]] = None

    def run(self) -> int:
        sys.dont_write_bytecode = True
        source.use(self._project)
        signals.on_termination(self._killed)
        if self._request["pass"] == "compile":
            from .bytecode import compile_files

            compile_files(self._request["files"], self._project, self._answers)
            self._result(0)
            return 0
        if self._project.moved:
            from . import remap

            remap.install(self._project)
        _map_children(self._project)
        exit_code = self._observe()
        if not self._answers.here:  # a fork of the target that came to its end
            return exit_code
        self._leave()
        self._result(exit_code)
        return exit_code

    def _observe(self) -> int:
        """Runs what is to be run under its pass, waits for its threads, and lets the pass answer."""
        caught: Optional[BaseException] = None
        try:
            code = self._act()
        except BaseException as error:  # SystemExit and KeyboardInterrupt are endings of a target as well
            caught, code = error, 1
        if not self._answers.here:
            if caught is not None:
                raise caught
            return code
        if caught is not None:
            told = getattr(caught, "told", None)
            if told is not None:
                code, self._error = caught.exit_code, told  # type: ignore[attr-defined]
            else:
                from .failures import ending

                code, self._error = ending(caught, self._project)
            caught = None
        _join_threads()
        self._window.close()
        return code

    def _act(self) -> int:
        name = self._request["pass"]
        if name != "tests":
            self._window.pass_ = passes.load(name)(self._request, self._project, self._answers)
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(after_in_child=self._window.pass_.forked)
        if name == "tests" or (name == "usage" and self._request.get("run") == "tests"):
            from . import tests_pass

            self._window.open()
            return tests_pass.run(self._request.get("tests") or [], self._answers, serial=name == "usage")
        run_target(self._request["target"], self._project, self._window, self._value)
        return 0

    def _leave(self) -> None:
        """What Python does when a program ends, so that it stands in the figures: exit functions, and the last of the output."""
        import atexit

        try:
            atexit._run_exitfuncs()
        except BaseException as error:
            print(f"An exit function of the target raised {type(error).__name__}: {error}", file=sys.stderr)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                pass

    def _result(self, exit_code: int, killed: bool = False) -> None:
        # The peak is read first: what follows weighs on it.
        figures: Dict[str, Any] = {"peakBytes": memory.whole_peak_bytes(), **self._window.times()}
        figures["startBytes"] = self._window.start_bytes
        figures["fileBytes"] = self._window.file_bytes()
        figures["writtenBytes"] = self._window.written_bytes()
        figures["tracedPeakBytes"] = getattr(self._window.pass_, "traced_peak_bytes", None)
        figures["children"] = memory.started_children()
        figures["valueDigest"] = None
        if not killed:
            if not memory.is_exact():
                self._answers.note("The process peak may include memory of the process that started this one.")
            if self._request["pass"] != "compile":
                figures["valueDigest"] = self._digest()
                from .witness import testify

                testify(self._project, self._answers, self._begun_ns)
        more = {"killed": True} if killed else {}
        self._answers.emit("result", exitCode=exit_code, error=self._error, **figures, **more)

    def _digest(self) -> Optional[str]:
        if not self._value.given or self._value.digest is not None:
            return self._value.digest
        from .digest import digest

        try:
            return digest(self._value.content)
        except Exception as error:
            self._answers.note(f"The value of the function could not be compared: {type(error).__name__}: {error}")
            return None

    def _killed(self) -> None:
        if self._answers.here:
            if self._window.is_open and hasattr(self._window.pass_, "killed"):
                self._window.pass_.killed()
            self._result(128 + 15, killed=True)


def _map_children(project: Project) -> None:
    """Processes that the target starts read these two in our sitecustomize."""
    path = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{CHILDREN}{os.pathsep}{path}" if path else CHILDREN
    os.environ["CODEFLASH_MEMORY_PROJECT"] = encode(project.description)


def _join_threads() -> None:
    """Waits for the target's threads as Python does at its end."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()  # type: ignore[attr-defined]
