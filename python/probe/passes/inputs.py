"""What a target works on: the files that it reads, and what a function is called with. Seen in a run whose figures nobody uses."""

from __future__ import annotations

import os
import stat
import sys
import tracemalloc

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Set

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CODE = (".py", ".pyc", ".pyi", ".pth", ".so", ".pyd", ".dll", ".egg", ".zip", ".toml", ".cfg", ".ini", ".lock")
"""Code and settings, which are no input; a zip on the path is one of Python's own places for code."""
SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/", "/usr/lib/", "/lib/")
MOST_FILES = 20_000
OFTEN = 100
"""From so many openings on, reading one file again and again is told."""


class Inputs:
    """Listens to Python's audit events; C libraries that open files by themselves are not seen."""

    def __init__(self, project: Any) -> None:
        self._project = project
        self._read: Dict[str, int] = {}
        self._written: Set[str] = set()
        self._weight = 0
        self._listens = False
        self._prefixes = tuple({os.path.realpath(it) + os.sep for it in (sys.prefix, sys.base_prefix, sys.exec_prefix)})

    def start(self) -> None:
        self._listens = True
        sys.addaudithook(self._event)  # cannot be taken away again

    def stop(self) -> None:
        self._listens = False
        if tracemalloc.is_tracing() and self._weighs:
            tracemalloc.stop()

    _weighs = False

    def weigh(self) -> None:
        """The setup of a function target begins: from here on its arguments are made."""
        self._weighs = not tracemalloc.is_tracing()
        if self._weighs:
            tracemalloc.start(1)

    def entry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with a look at the heap when it is entered."""

        def entered(*args: Any, **named: Any) -> Any:
            if self._weighs and tracemalloc.is_tracing():
                self._weight = tracemalloc.get_traced_memory()[0]
                tracemalloc.stop()
            return function(*args, **named)

        return entered

    def _event(self, event: str, args: tuple) -> None:
        if not self._listens or event != "open":
            return
        path, mode, flags = args
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return
        writes = any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool(flags and flags & WRITES)
        if writes:
            self._written.add(path)
        elif path in self._read or len(self._read) < MOST_FILES:
            self._read[path] = self._read.get(path, 0) + 1

    def told(self) -> Dict[str, Any]:
        """``{fileBytes, files, argumentBytes, often}``: sizes in bytes; ``often``: the file that was opened most, from 100 times on."""
        written = {os.path.realpath(it) for it in self._written}
        sizes: Dict[str, int] = {}
        times: Dict[str, int] = {}
        for path, count in self._read.items():
            real = os.path.realpath(path)
            size = self._size(real)
            if size is not None and real not in written:
                sizes[real] = size
                times[real] = times.get(real, 0) + count
        most: List[str] = sorted(times, key=lambda it: -times[it])[:1]
        often: Optional[Dict[str, Any]] = None
        if most and times[most[0]] >= OFTEN:
            often = {"file": self._project.display(most[0]), "times": times[most[0]]}
        return {"fileBytes": sum(sizes.values()), "files": len(sizes), "argumentBytes": self._weight, "often": often}

    def _size(self, real: str) -> Optional[int]:
        """None for what is no input: code, the system's files, what is not a plain file."""
        if real.endswith(CODE) or real.startswith(SYSTEM) or f"{os.sep}site-packages{os.sep}" in real:
            return None
        if real.startswith(self._prefixes) and not self._project.in_tree(real):
            return None
        try:
            found = os.stat(real)
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None
