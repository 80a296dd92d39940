"""Line events by ``sys.settrace``, for Pythons before 3.12."""

from __future__ import annotations

import sys
from types import CodeType
from typing import Any, Callable, Dict, List, Optional

from .events import Known

RESUMABLE = 0x20 | 0x80 | 0x200
"""co_flags of generators, coroutines and asynchronous generators."""


class SettraceEvents:
    """See events.py. Numbers are kept as floats: they come from a free list, so counting leaves no trace in tracemalloc."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.start, self.stop, self.number, self.set_stride, self.set_fine, self.lost = _build(known)


def _build(known: Known) -> Any:
    handler = known.handler
    enter, leave, on_line, on_hot = handler.enter, handler.leave, handler.line, handler.hot
    by_id = known.by_id
    foreign = set()
    number = 0.0
    stride = 8
    tick = 8
    fine = False
    hot_codes: Dict[str, List[CodeType]] = {}
    """By name: an id would be a new int object, and each of those costs a look of tracemalloc's."""
    hot_local = None

    def hot_trace(frame: Any, event: str, arg: Any) -> Any:
        if not fine:
            return None
        if event == "line":
            on_hot(frame.f_code, frame.f_lineno, number + (stride - tick))
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
        nonlocal number, tick
        code = frame.f_code
        same_name = hot_codes.get(code.co_name)
        if same_name is not None and code in same_name:
            tick -= 1
            if tick:
                return hot_local
            number += stride
            tick = stride
            caller = frame.f_back
            on_hot(caller.f_code, caller.f_lineno, number)
            return hot_local
        filename = code.co_filename
        if filename in foreign:
            return None
        found = by_id.get(id(code)) or known.find(code)
        if found is None:
            if not known.is_project(code):
                foreign.add(filename)
            return None
        if found.hot or not known.enters(found):
            hot_codes.setdefault(code.co_name, []).append(code)
            return trace(frame, event, arg)
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

    def set_fine(wanted: bool) -> None:
        nonlocal fine, hot_local
        hot_local = hot_trace if wanted else None
        if wanted and not fine:
            frame = sys._getframe(1)
            while frame is not None:
                code = by_id.get(id(frame.f_code))
                if code is not None and code.hot:
                    frame.f_trace = hot_trace
                frame = frame.f_back  # type: ignore[assignment]
        fine = wanted

    def lost() -> bool:
        return sys.gettrace() is not trace

    return start, stop, read, set_stride, set_fine, lost
