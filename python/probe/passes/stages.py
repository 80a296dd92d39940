"""Pass stages: what the operating system saw inside each statement of one function. Untraced, so the figures are the program's.

The function is named by its qualified name and first line, or by its name and a line `within` it (a stack tells no more).

The process's peak (VmHWM) is reset when a statement starts and read when it ends. Each answer is one statement: how much
resident memory its runs left behind, and how high the process stood inside any of them.
"""

from __future__ import annotations

import sys
import time
from types import CodeType
from typing import Any, Dict, List, Optional, Tuple

from .. import memory
from . import Pass

_before = memory.resident_bytes() or 0
from .events import MUTE, Code, Handler, source  # noqa: E402 - what it takes is measured
from .events_inserted import inserted  # noqa: E402

IMPORTED_BYTES = max(0, (memory.resident_bytes() or 0) - _before)

MOST_RESETS = 400
"""Resets after which loops count as one statement, the innermost first: a reset walks the page tables."""
MOST_SPANS = 300
"""Spans of time that are told; a program with more of them has no picture that could be read."""
MOST_ROUNDS = 6
"""After so many rounds of that, the function itself runs too often and is no longer watched."""


def _lines(code: CodeType) -> range:
    """From a code object's first line to the last that it has code for."""
    if hasattr(code, "co_lines"):
        lines = [line for _, _, line in code.co_lines() if line]
    else:
        import dis

        lines = [line for _, line in dis.findlinestarts(code) if line]
    return range(code.co_firstlineno, max(lines, default=code.co_firstlineno) + 1)


class Row:
    """A statement's figures over all its runs."""

    __slots__ = ("count", "delta", "rise", "peak")

    def __init__(self) -> None:
        self.count = 0
        self.delta = 0
        self.rise = 0
        self.peak = 0


class Run:
    """A frame of the function with its open statement."""

    __slots__ = ("unit", "entry", "peak", "since")

    def __init__(self) -> None:
        self.unit: Optional[int] = None
        self.since = 0.0
        self.entry = 0
        self.peak = 0


class Stages(Handler, Pass):
    """Watches the one function of the request."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        self.function = request["function"]
        self.rows: Dict[int, Row] = {}
        self.runs: List[Run] = []
        self.known: Optional[Code] = None
        self.own = IMPORTED_BYTES
        """Resident memory that is ours: our modules, and what reading the source took. Left out of every figure."""
        self.paused_at = 0
        self.coarse_at: List[int] = []
        self.spans: List[Tuple[int, float, float]] = []
        """When statements ran; loops that run often become one, as in the figures."""
        self.resets = 0
        self.rounds = 0
        self.entered_at = 0
        self.readable = memory.resident_bytes() is not None and memory.reset_peak()
        calls = inserted(project, self, self.is_wanted, self.function) if sys.version_info < (3, 12) else None
        self.events = calls or source(project, self, self.is_wanted)

    def is_wanted(self, code: CodeType) -> bool:
        """The function of the request, and nothing else of its file."""
        name = self.function["qualname"].rpartition(".")[2]
        if code.co_name != name or self.project.relative(code.co_filename) != self.function["file"]:
            return False
        if "within" in self.function:
            return self.function["within"] in _lines(code)
        qualname = getattr(code, "co_qualname", None)
        if qualname is not None and qualname != self.function["qualname"]:
            return False
        return name == "<module>" or qualname is not None or code.co_firstlineno == self.function["line"]

    def begin(self) -> None:
        if self.readable:
            self.events.start()

    def end(self) -> None:
        if not self.readable:
            self.answers.emit("note", text="This system does not tell the process's peak inside a stage.")
            return
        lost = self.events.lost()
        self.events.stop()
        while self.runs:
            self._close(*self._read())
            self.runs.pop()
        known = self.known
        for line in sorted(self.rows):
            row = self.rows[line]
            names = {"text": known.statements.text(line), "callee": known.statements.callee(line)} if known else {}
            figures = {"deltaBytes": row.delta, "riseBytes": row.rise, "peakBytes": row.peak}
            self.answers.emit("stage", line=line, count=row.count, **figures, **names)
        if len(self.spans) <= MOST_SPANS:
            told = [{"line": line, "from": since, "to": until} for line, since, until in self.spans]
            self.answers.emit("spans", spans=told)
        if known is not None:
            self.answers.emit("stage-function", file=known.file, qualname=known.qualname, line=known.line, entryBytes=self.entered_at, ownBytes=self.own)
        if lost:
            self.answers.emit("note", text="The program installed a tracer of its own: the process figures of later stages are missing.")
        if not self.rows:
            self.answers.emit("note", text=f"{self.function['qualname']} of {self.function['file']} was not run: no process figures per stage.")
        if self.rounds > MOST_ROUNDS:
            text = f"{self.function['qualname']} runs very often: the process figures are of its first runs."
            self.answers.emit("note", text=text)
        for line in self.coarse_at:
            self.answers.emit(
                "note",
                text=f"The statements around line {line} ran very often: from there on their loop was measured as a whole.",
            )

    def killed(self) -> None:
        self.end()

    def forked(self) -> None:
        if self.readable:
            self.events.stop()

    # -- events

    def enter(self, code: Code, line: Optional[int], number: float) -> None:
        if self.rounds > MOST_ROUNDS:
            self.events.stop()
            return
        if self.known is None:
            self.entered_at = self._resident()
        self.known = code
        if self.runs:
            self._read()
        self.runs.append(Run())
        if line is not None:
            self._open(code.units.get(line, line), False)

    def leave(self, code: Code, number: float) -> None:
        if self.runs:
            self._close(*self._read())
            self.runs.pop()

    def line(self, code: CodeType, line: int) -> Any:
        known = self.known
        if known is None or not self.runs:
            return None
        unit = known.units.get(line, line)
        if unit == self.runs[-1].unit:
            return MUTE if known.coarse and line != unit else None
        self._close(*self._read())
        self._open(unit, True)
        return None

    def pause(self) -> None:
        self.paused_at = memory.resident_bytes() or 0

    def resume(self) -> None:
        self.own += max(0, (memory.resident_bytes() or 0) - self.paused_at)
        memory.reset_peak()

    # -- figures

    def _resident(self) -> int:
        return (memory.resident_bytes() or 0) - self.own

    def _read(self) -> tuple:
        """(resident now, peak since the last reading); the peak counts for every open statement."""
        resident, peak = self._resident(), (memory.peak_bytes() or 0) - self.own
        for run in self.runs:
            if peak > run.peak:
                run.peak = peak
        return resident, peak

    def _open(self, unit: int, counts: bool) -> None:
        memory.reset_peak()
        self.resets += 1
        if self.resets == MOST_RESETS and self.known is not None:
            self.resets = 0
            self.rounds += 1
            if self.rounds == 1:
                self.coarse_at.append(unit)
            self.known.coarsen()
            self._join()
            unit = self.known.units.get(unit, unit)
        run = self.runs[-1]
        run.unit = unit
        run.entry = self._resident()
        run.peak = 0
        run.since = time.monotonic() * 1000
        row = self.rows.setdefault(unit, Row())
        row.count += counts

    def _close(self, resident: int, peak: int) -> None:
        run = self.runs[-1]
        if run.unit is None:
            return
        row = self.rows[run.unit]
        row.delta += resident - run.entry
        row.rise = max(row.rise, run.peak - run.entry)
        row.peak = max(row.peak, run.peak)
        if self.rounds <= MOST_ROUNDS:
            self.spans.append((run.unit, run.since, time.monotonic() * 1000))
        run.unit = None

    def _join(self) -> None:
        """Spans of statements that count as one now, where they follow each other."""
        units = self.known.units if self.known is not None else {}
        joined: List[Tuple[int, float, float]] = []
        for line, since, until in self.spans:
            unit = units.get(line, line)
            if joined and joined[-1][0] == unit:
                joined[-1] = (unit, joined[-1][1], until)
            else:
                joined.append((unit, since, until))
        self.spans = joined
