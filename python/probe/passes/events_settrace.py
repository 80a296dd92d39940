"""Line events by ``sys.settrace``, for Pythons before 3.12."""

from __future__ import annotations

import sys
from typing import Any, Callable, Optional

from .events import Known

RESUMABLE = 0x20 | 0x80 | 0x200
"""co_flags of generators, coroutines and asynchronous generators."""


class SettraceEvents:
    """See events.py. Numbers are kept as floats: they come from a free list, so counting leaves no trace in tracemalloc."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.start, self.stop, self.number, self.set_stride, self.lost = _build(known)


def _build(known: Known) -> Any:
    handler = known.handler
    enter, leave, on_line, on_hot = handler.enter, handler.leave, handler.line, handler.hot
    by_id = known.by_id
    foreign = set()
    number = 0.0
    stride = 8
    tick = 8

    def hot_trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal number, tick
        if event == "line":
            tick -= 1
            if not tick:
                number += stride
                tick = stride
                on_hot(frame.f_code, frame.f_lineno, number)
        return hot_trace

    def watch_trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal number
        if event == "line":
            number += 1.0
            on_line(frame.f_code, frame.f_lineno)
        elif event == "return":
            code = by_id[id(frame.f_code)]
            if code is not None:
                code.active -= 1
                leave(code, number + (stride - tick))
        return watch_trace

    def trace(frame: Any, event: str, arg: Any) -> Optional[Callable[..., Any]]:
        code = frame.f_code
        filename = code.co_filename
        if filename in foreign:
            return None
        found = by_id.get(id(code)) or known.find(code)
        if found is None:
            if not known.is_project(code):
                foreign.add(filename)
            return None
        if found.hot or not known.enters(found):
            return hot_trace
        found.active += 1
        line = frame.f_lineno
        resumed = code.co_flags & RESUMABLE and line != code.co_firstlineno
        enter(found, line if resumed else None, number + (stride - tick))
        return watch_trace

    def start() -> None:
        sys.settrace(trace)

    def stop() -> None:
        sys.settrace(None)

    def read() -> float:
        return number + (stride - tick)

    def set_stride(count: int) -> None:
        nonlocal number, stride, tick
        number += stride - tick
        stride = tick = count

    def lost() -> bool:
        return sys.gettrace() is not trace

    return start, stop, read, set_stride, lost
