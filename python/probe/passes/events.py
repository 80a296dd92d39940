"""One numbering of the line events and hot calls of project code on the main thread.

The same program gives the same numbers in another run, whichever pass looks: a number found by one pass is where another
stops. Python 3.12 and newer are watched by ``sys.monitoring`` (events_monitoring.py), older ones by ``sys.settrace``
(events_settrace.py); numbers agree between runs of one Python, not between Pythons.

Code that runs often is *hot*: it no longer reports lines, only its calls go on being counted, in strides; a pass that wants
to know more for a while sets the source *fine*. What makes code hot are counts of events alone, so it happens at the same
event in every run, and what is seen in fine mode is not counted.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import Any, Callable, Dict, Optional

from .statements import Statements, read_statements

HOT_ACTIVATIONS = 400
"""Activations of one code object after which it is hot."""
HOT_BOUNDARIES = 5_000
"""Changes of statement in one code object after which its innermost loops count as one statement each."""
MUTE = sys.monitoring.DISABLE if sys.version_info >= (3, 12) else None
"""What `Handler.line` answers to hear nothing more of a line; older Pythons go on telling."""
INLINE = frozenset(["<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"])
"""Code that belongs to the statement that runs it: hot from the start."""


class Code:
    """A code object of the project."""

    __slots__ = ("code", "file", "qualname", "line", "statements", "units", "coarse", "hot", "activations", "boundaries", "active")

    def __init__(self, code: CodeType, file: str, statements: Statements) -> None:
        self.code = code
        self.file = file
        self.line = max(1, code.co_firstlineno)
        self.statements = statements
        self.qualname: str = getattr(code, "co_qualname", None) or statements.qualname(code.co_name, code.co_firstlineno)
        self.units: Dict[int, int] = statements.unit_of
        self.coarse = False
        self.hot = code.co_name in INLINE
        self.activations = 0
        self.boundaries = 0
        self.active = 0

    def coarsen(self) -> None:
        """Lets every innermost loop count as one statement; called again, the loops around those."""
        loops = self.statements.loop_of
        self.units = {line: loops.get(unit, unit) for line, unit in self.units.items()}
        self.coarse = True
        self.boundaries = 0


class Handler:
    """Who listens. All on the main thread, between two events of the program. Does nothing by itself."""

    def enter(self, code: Code, line: Optional[int], number: float) -> None:
        """A frame of this code starts, or (with the line it stands on) goes on after a yield."""

    def leave(self, code: Code, number: float) -> None:
        """The innermost frame of this code returns, yields or is unwound."""

    def line(self, code: CodeType, line: int) -> Any:
        """A line is about to run; the source's number counts it already. An answer of `MUTE` asks for no more of this line."""

    def hot(self, code: CodeType, line: int, number: float) -> None:
        """The last of a stride of calls of hot code, with the place that calls; in fine mode, also a line of hot code."""

    def pause(self) -> None:
        """Our own memory is about to be used (a source file is read)."""

    def resume(self) -> None:
        """It is done with."""


class Known:
    """The project's code objects met so far, by identity (code objects hash slowly)."""

    def __init__(self, project: Any, handler: Handler, wanted: Optional[Callable[[CodeType], bool]] = None) -> None:
        self.project = project
        self.handler = handler
        self.wanted = wanted
        self.by_id: Dict[int, Optional[Code]] = {}
        self._kept: list = []
        self._statements: Dict[str, Statements] = {}

    def find(self, code: CodeType) -> Optional[Code]:
        """The code object's entry, None where it is not of the project. Reads its source the first time."""
        key = id(code)
        if key in self.by_id:
            return self.by_id[key]
        file = None if code.co_filename.startswith("<") else self.project.relative(code.co_filename)
        found = None
        if file is not None and self.wanted is not None and not self.wanted(code):
            self._kept.append(code)
            self.by_id[key] = None
        elif file is not None:
            self.handler.pause()
            statements = self._statements.get(file)
            if statements is None:
                statements = self._statements[file] = read_statements(code.co_filename)
            found = Code(code, file, statements)
            self._kept.append(code)
            self.by_id[key] = found
            self.handler.resume()
        return found

    def is_project(self, code: CodeType) -> bool:
        """Whether the code comes from a file of the project, wanted or not."""
        return not code.co_filename.startswith("<") and self.project.relative(code.co_filename) is not None

    def enters(self, known: Code) -> bool:
        """Counts an activation; False when the code is hot from now on (and is not entered)."""
        known.activations += 1
        if not known.hot and known.activations > HOT_ACTIVATIONS and known.active <= 0:
            known.hot = True
        return not known.hot


def source(project: Any, handler: Handler, wanted: Optional[Callable[[CodeType], bool]] = None) -> Any:
    """The event source of this Python: `start()`, `stop()`, `number()`, `set_stride(count)`, `set_fine(bool)`, `lost()`.

    With `wanted`, only code objects of the project for which it says so give events.
    """
    if sys.version_info >= (3, 12):
        from .events_monitoring import MonitoringEvents

        return MonitoringEvents(Known(project, handler, wanted))
    from .events_settrace import SettraceEvents

    return SettraceEvents(Known(project, handler, wanted))
