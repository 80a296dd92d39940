"""Pass tests: the project's tests as its own pytest configuration has them, one answer a test."""

from __future__ import annotations

import os

from .pytest_target import call_pytest, import_pytest, in_process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from .answers import Answers

_WORST = ("passed", "xpassed", "skipped", "xfailed", "failed", "error")


def run(args: List[str], answers: Answers, serial: bool) -> int:
    """Runs pytest and emits ``test`` answers and ``tests``. ``serial``: in this process, whatever the project says of workers.

    Gives back pytest's exit code; raises TargetUnfit without pytest.
    """
    pytest = import_pytest()
    base = in_process(pytest) if serial else object
    plugin = type("Tests", (_Reporter, base), {})(answers)
    code = call_pytest(pytest, ["-p", "no:cacheprovider", *args], plugin)
    error = plugin.collect_error
    if error is None and code in (2, 3, 4) and not plugin.ran:
        error = f"pytest did not come to run a test (exit code {code}): see what it wrote."
    answers.emit("tests", exitCode=code, collected=max(plugin.collected, plugin.ran), collectError=error)
    return code


def outcome(report: Any) -> Optional[str]:
    """The word for one phase of one test; None where the phase says nothing (a setup or teardown that went well, a rerun)."""
    expected = hasattr(report, "wasxfail")
    if report.outcome == "skipped":
        return "xfailed" if expected else "skipped"
    if report.outcome == "failed":
        return "failed" if report.when == "call" else "error"
    if report.outcome == "passed" and report.when == "call":
        return "xpassed" if expected else "passed"
    return None


class _Reporter:
    def __init__(self, answers: Answers) -> None:
        self.collected = 0
        self.ran = 0
        self.collect_error: Optional[str] = None
        self._answers = answers
        self._open: Dict[str, Dict[str, Any]] = {}

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.collect_error is None:
            self.collect_error = f"{report.nodeid or 'collection'}: {report.longrepr}"[:4000]

    def pytest_collection_finish(self, session: Any) -> None:
        items = getattr(session, "items", [])
        self.collected = max(self.collected, len(items))
        if session.config.option.collectonly:
            for item in items:
                self._answers.emit("collected", nodeId=_from_here(item))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Merges setup, call (with its subtests) and teardown: the worst word stands, teardown closes the test."""
        if report.when == "setup":
            self._open[report.nodeid] = {"durationMs": 0.0, "outcome": None, "message": None}
        test = self._open.setdefault(report.nodeid, {"durationMs": 0.0, "outcome": None, "message": None})
        test["durationMs"] += report.duration * 1e3
        word = outcome(report)
        if word is not None and (test["outcome"] is None or _WORST.index(word) > _WORST.index(test["outcome"])):
            test["outcome"] = word
            test["message"] = _message(report) if word != "passed" else None
        if report.when == "teardown":
            del self._open[report.nodeid]
            if test["outcome"] is not None:
                self.ran += 1
                self._answers.emit("test", nodeId=report.nodeid, **test)


def _message(report: Any) -> Optional[str]:
    long = report.longrepr
    crash = getattr(long, "reprcrash", None)
    if crash is not None:
        return str(crash.message)[:2000]
    if isinstance(long, tuple) and len(long) == 3:
        return str(long[2])[:2000]
    return str(long)[:2000] if long else getattr(report, "wasxfail", None)


def _from_here(item: Any) -> str:
    """The node id as it is typed in this folder; pytest's own counts from its root."""
    path, colons, rest = item.nodeid.partition("::")
    return os.path.relpath(str(item.fspath)).replace(os.sep, "/") + colons + rest
