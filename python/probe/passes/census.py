"""Pass census: stops where the heap stood highest (an event that pass tree found) and says who is there."""

from __future__ import annotations

import gc
import math
import os
import sys
import tracemalloc
from types import CodeType, FrameType
from typing import Any, Dict, Optional

from . import Pass
from .events import Code, Handler, source
from .sizes import measure_inline
from .take import OURS, Taker

NEAR = 0.98
"""From this share of the peak on, the heap of the moment stands for the peak."""
EARLY = 0.98
"""From this share of the events on, a heap as high as the peak is taken though the event is not reached yet."""
WINDOW = 32
"""Calls of hot code between two looks of pass tree: the peak lies at most so many events after the one that it names."""
STRIDE = 64


class CensusPass(Handler, Pass):
    """Counts the events to the one before the peak, follows the heap from there, and takes the census at the peak."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        event = request.get("event")
        self.event = math.inf if event is None else float(event)
        self.peak = request.get("peakBytes") or 0
        self.alarm = 0.0 if event is None else EARLY * self.event
        self.lines: Dict[int, int] = {}
        self.top = (0, 0, 0)
        self.done = False
        self.highest = 0
        self.inline = measure_inline()
        self.events = source(project, self)
        self.taker = Taker(request, project, self.inline)
        self.stacks = int(request.get("stacks") or 0)
        if self.stacks:
            self.taker.keep_stacks()

    def begin(self) -> None:
        self.events.set_stride(STRIDE if self.alarm > 2 * STRIDE else 1)
        tracemalloc.start(int(self.request.get("frames") or 8))
        gc.callbacks.append(self.collecting)
        self.events.start()

    def end(self) -> None:
        if self.collecting in gc.callbacks:
            gc.callbacks.remove(self.collecting)
        if self.done:
            return
        lost, reached = self.events.lost(), self.events.number()
        self.events.stop()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        self.traced_peak_bytes = max(peak, self.highest)
        why = "it installed a tracer of its own" if lost else f"it ended after {int(reached)}"
        self.answers.emit(
            "note",
            text=f"There is no census: the program did not come to event {self.request.get('event')} again ({why}). "
            "It does not run the same way twice: fix its seeds and inputs.",
        )

    def forked(self) -> None:
        if not self.done:
            self.done = True
            self.events.stop()
            if self.collecting in gc.callbacks:
                gc.callbacks.remove(self.collecting)
            tracemalloc.stop()

    # -- events

    def enter(self, code: Code, line: Optional[int], number: float) -> None:
        if number >= self.alarm:
            self.look(number, False)

    def leave(self, code: Code, number: float) -> None:
        if number >= self.alarm:
            self.look(number, False)

    def line(self, code: CodeType, line: int) -> None:
        number = self.events.number()
        if number >= self.alarm:
            self.look(number, True)

    def hot(self, code: CodeType, line: int, number: float) -> None:
        if number >= self.alarm:
            self.look(number, True)
        elif number + 2 * STRIDE >= self.alarm:
            self.events.set_stride(1)

    def collecting(self, phase: str, info: Dict[str, int]) -> None:
        """The collector runs inside statements that report nothing else: a chance to stand at the peak itself."""
        if phase == "start" and not self.done and self.lines and tracemalloc.get_traced_memory()[0] >= NEAR * self.peak > 0:
            self.take(sys._getframe(1))

    def look(self, number: float, at_line: bool) -> None:
        """Takes the census when the interval that ends here held the peak, or when no better moment will come."""
        current, peak = tracemalloc.get_traced_memory()
        frame = sys._getframe(2)
        near = NEAR * self.peak
        self.events.set_stride(1)
        if number >= self.event:
            self.events.set_fine(True)
        if number >= self.event and not self.lines and at_line and number - self.event < WINDOW:
            self.highest = max(self.highest, peak)
            if current >= near:
                self.take(frame)
            self.remember(frame)
        elif number > self.event and (peak >= near or number - self.event >= WINDOW):
            self.take(frame)
        elif number == self.event and self.lines and peak >= near:
            self.take(frame)
        elif number < self.event and current >= self.peak > 0:
            self.take(frame)
        elif self.lines:
            self.remember(frame)
        tracemalloc.reset_peak()

    def remember(self, frame: FrameType) -> None:
        """Where the frames stand as the interval opens: these are the statements under way at the peak in it."""
        walk: Optional[FrameType] = frame
        while walk is not None and walk.f_code.co_filename.startswith(OURS):
            walk = walk.f_back
        caller = walk.f_back if walk is not None else None
        top = (id(walk), id(caller), caller.f_lineno if caller is not None else 0)
        if top == self.top and walk is not None:  # only the innermost frame has moved on
            self.lines[id(walk)] = walk.f_lineno
            return
        self.top = top
        self.lines = {}
        while walk is not None:
            self.lines[id(walk)] = walk.f_lineno
            walk = walk.f_back

    def take(self, frame: Optional[FrameType]) -> None:
        """Takes the census here and ends the program: nothing after this moment is of interest."""
        self.done = True
        self.events.stop()
        gc.callbacks.remove(self.collecting)
        sys.setswitchinterval(3600)
        gc.disable()
        while frame is not None and frame.f_code.co_filename.startswith(OURS):
            frame = frame.f_back
        try:
            census, notes = self.taker.take(frame, self.lines, self.peak, [self, self.__dict__])
            for note in notes:
                self.answers.emit("note", text=note)
            self.answers.emit("census", **census)
            if self.stacks:
                self.answers.emit("stacks", stacks=self.taker.stacks(self.stacks))
        except Exception as error:  # noqa: BLE001 - it must not come out inside the program, which it would look like
            self.answers.emit("note", text=f"The census could not be taken: {type(error).__name__}: {error}")
        _leave()


def _leave() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: BLE001 - a closed or replaced stream is the program's affair
            pass
    os._exit(0)


