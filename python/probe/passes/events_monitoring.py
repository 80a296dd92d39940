"""Line events by ``sys.monitoring``, for Python 3.12 and newer."""

from __future__ import annotations

import sys
import threading
from types import CodeType
from typing import Any, Callable, Tuple

from .events import Known


class MonitoringEvents:
    """See events.py. Numbers are kept as floats: they come from a free list, so counting leaves no trace in tracemalloc."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.start, self.stop, self.number, self.set_stride, self.set_fine, self.lost = _build(known)


def _free_tools(count: int) -> list:
    """Tool numbers that nobody uses, those without a fixed meaning first."""
    free = [tool for tool in (4, 3, 2, 5, 1, 0) if sys.monitoring.get_tool(tool) is None]
    if len(free) < count:
        raise RuntimeError("The program's own tools use all of sys.monitoring, so its statements cannot be watched.")
    return free[:count]


def _build(known: Known) -> Any:
    monitoring = sys.monitoring
    event = monitoring.events
    disable = monitoring.DISABLE
    handler = known.handler
    enter, leave, on_line, on_hot = handler.enter, handler.leave, handler.line, handler.hot
    by_id = known.by_id
    watch_tool, hot_tool = _free_tools(2)
    main = threading.get_ident()
    ident = threading.get_ident
    thread_start = threading.Thread._bootstrap.__code__  # type: ignore[attr-defined]
    local = event.LINE | event.PY_START | event.PY_RETURN | event.PY_YIELD | event.PY_RESUME
    number = 0.0
    stride = 8
    tick = 8
    threads = False
    fine = False
    hot_codes: list = []

    def hot_call(code: CodeType, offset: int) -> None:
        nonlocal number, tick
        tick -= 1
        if not tick:
            number += stride
            tick = stride
            caller = sys._getframe(1).f_back
            on_hot(caller.f_code, caller.f_lineno, number)  # type: ignore[union-attr, arg-type]

    def hot_line(code: CodeType, line: int) -> None:
        on_hot(code, line, number + (stride - tick))

    def heat(code: CodeType) -> None:
        monitoring.set_local_events(watch_tool, code, 0)
        monitoring.set_local_events(hot_tool, code, event.PY_START | event.LINE if fine else event.PY_START)
        hot_codes.append(code)

    def watch_line(code: CodeType, line: int) -> Any:
        nonlocal number
        number += 1.0
        return on_line(code, line)

    def py_start(code: CodeType, offset: int) -> Any:
        if threads and ident() != main:
            return None if known.find(code) else disable
        found = by_id.get(id(code)) or known.find(code)
        if found is None:
            if code is thread_start:
                watch_threads()
            return disable
        if found.hot or not known.enters(found):
            heat(code)
            hot_call(code, offset)
            return disable
        if found.activations == 1:
            monitoring.set_local_events(watch_tool, code, local)
        found.active += 1
        enter(found, None, number + (stride - tick))
        return None

    def py_resume(code: CodeType, offset: int) -> None:
        found = by_id.get(id(code))
        if found is None or found.hot or (threads and ident() != main):
            return
        known.enters(found)
        if found.hot:
            heat(code)
            return
        found.active += 1
        enter(found, sys._getframe(1).f_lineno, number + (stride - tick))

    def py_throw(code: CodeType, offset: int, error: BaseException) -> None:
        found = by_id.get(id(code))
        if found is not None and not found.hot and not (threads and ident() != main):
            found.active += 1
            enter(found, sys._getframe(1).f_lineno, number + (stride - tick))

    def py_leave(code: CodeType, offset: int, value: Any) -> None:
        found = by_id.get(id(code))
        if found is not None and not found.hot and not (threads and ident() != main):
            found.active -= 1
            leave(found, number + (stride - tick))

    def on_main(callback: Callable[[CodeType, int], Any]) -> Callable[[CodeType, int], Any]:
        def checked(code: CodeType, place: int) -> Any:
            return callback(code, place) if ident() == main else None

        return checked

    def watch_threads() -> None:
        nonlocal threads
        if not threads:
            threads = True
            monitoring.register_callback(watch_tool, event.LINE, on_main(watch_line))
            monitoring.register_callback(hot_tool, event.LINE, on_main(hot_line))
            monitoring.register_callback(hot_tool, event.PY_START, on_main(hot_call))

    def start() -> None:
        monitoring.use_tool_id(watch_tool, "codeflash-memory")
        monitoring.use_tool_id(hot_tool, "codeflash-memory hot")
        monitoring.register_callback(hot_tool, event.LINE, hot_line)
        monitoring.register_callback(hot_tool, event.PY_START, hot_call)
        callbacks: Tuple[Tuple[int, Any], ...] = (
            (event.LINE, watch_line),
            (event.PY_START, py_start),
            (event.PY_RESUME, py_resume),
            (event.PY_THROW, py_throw),
            (event.PY_RETURN, py_leave),
            (event.PY_YIELD, py_leave),
            (event.PY_UNWIND, py_leave),
        )
        for kind, callback in callbacks:
            monitoring.register_callback(watch_tool, kind, callback)
        monitoring.set_events(watch_tool, event.PY_START | event.PY_UNWIND | event.PY_THROW)

    def stop() -> None:
        for tool in (watch_tool, hot_tool):
            monitoring.set_events(tool, 0)
            for kind in (event.LINE, event.PY_START, event.PY_RESUME, event.PY_THROW, event.PY_RETURN, event.PY_YIELD, event.PY_UNWIND):
                monitoring.register_callback(tool, kind, None)
            monitoring.free_tool_id(tool)

    def read() -> float:
        return number + (stride - tick)

    def set_stride(count: int) -> None:
        nonlocal number, stride, tick
        number += stride - tick
        stride = tick = count

    def set_fine(wanted: bool) -> None:
        nonlocal fine
        if wanted != fine:
            fine = wanted
            for code in hot_codes:
                monitoring.set_local_events(hot_tool, code, event.PY_START | event.LINE if fine else event.PY_START)

    def lost() -> bool:
        return monitoring.get_tool(watch_tool) != "codeflash-memory"

    return start, stop, read, set_stride, set_fine, lost
