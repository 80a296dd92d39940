"""Pass trial: a function target called again and again in one process, with other sizes, and with inputs made by a seed.

What a single call cannot show: whether memory stays behind call by call, whether a second call does the work again, whether a
figure holds at half and twice the input, and whether other inputs have the same outcome.
"""

from __future__ import annotations

import _tracemalloc
import gc
import time
from typing import Any, Callable, Dict, List, Optional

from ..digest import consume
from . import Pass
from .outcomes import short
from .variants import Arguments, scaled, varied

CALLS = 3
SIZES = (0.5, 2.0)
MOST_FRESH = 8
LEAST_FRESH = 3
"""So many whatever they take: on a busy machine time says nothing, and what only knows its own input would get through."""
FRESH_SHARE = 1.0
"""Further fresh inputs begin within this share of the first call's time, and half a second more."""


class Trial(Pass):
    """Only for function targets: the launcher gives the call, which makes its arguments anew each time."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        self._change: Optional[Callable[[Arguments], Optional[Arguments]]] = None
        self._row: Dict[str, Any] = {}
        self._left_out_ns = 0
        self._most_fresh = int(request.get("fresh", MOST_FRESH))

    def begin(self) -> None:
        _tracemalloc.start(1)

    def forked(self) -> None:
        _tracemalloc.stop()

    def end(self) -> None:
        _tracemalloc.stop()

    def entry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Takes the figures of one call, of the arguments as they are or as they are changed."""

        def entered(*args: Any, **named: Any) -> Any:
            given: Arguments = (args, named)
            if self._change is not None:
                changed = self._change(given)
                if changed is None:
                    self._row = {}
                    return None
                given = changed
            self._row = self._called(function, given)
            return None

        return entered

    def _called(self, function: Callable[..., Any], given: Arguments) -> Dict[str, Any]:
        from ..launch import finished, is_lazy

        row: Dict[str, Any] = {"given": short(given)}
        gc.collect()
        before = _tracemalloc.get_traced_memory()[0]
        _tracemalloc.reset_peak()
        self._left_out_ns = 0
        began = time.perf_counter_ns()
        result: Any = None
        try:
            result = finished(function(*given[0], **given[1]))
            kind = f"gives {type(result).__qualname__}"
            if is_lazy(result):
                result = consume(result, self)  # its work is done by whoever consumes it
        except Exception as error:
            kind, result = f"raises {type(error).__qualname__}", str(error)
        row["durationMs"] = max(0, time.perf_counter_ns() - began - self._left_out_ns) / 1e6
        row["peakBytes"] = max(0, _tracemalloc.get_traced_memory()[1] - before)
        row.update(kind=kind, outcome=f"{short(result)} {short(given)}")
        return row

    def leave_out(self, duration_ns: int) -> None:
        """Takes digests of what a generator yields out of its time."""
        self._left_out_ns += duration_ns

    def calls(self, call: Callable[[], Any]) -> Any:
        """The whole trial, in place of the one call that other passes make."""
        began = time.perf_counter_ns()
        calls: List[Dict[str, Any]] = []
        gc.collect()
        start = _tracemalloc.get_traced_memory()[0]
        for _ in range(CALLS):
            call()
            gc.collect()
            calls.append({**self._row, "retainedBytes": _tracemalloc.get_traced_memory()[0] - start})
        once_ns = (time.perf_counter_ns() - began) // CALLS
        sizes: List[Dict[str, Any]] = []
        for factor in SIZES:
            self._change = lambda given, by=factor: scaled(given, by)  # type: ignore[misc]
            call()
            if self._row:
                sizes.append({"factor": factor, **self._row})
        fresh: List[Dict[str, Any]] = []
        until = time.perf_counter_ns() + int(FRESH_SHARE * once_ns) + 500_000_000
        for seed in range(self._most_fresh):
            self._change = lambda given, by=seed: varied(given, by)  # type: ignore[misc]
            if seed >= LEAST_FRESH and time.perf_counter_ns() > until:
                break
            call()
            if not self._row:
                break
            fresh.append({name: self._row[name] for name in ("given", "kind", "outcome")})
        self._change = None
        self.answers.emit("trial", calls=calls, sizes=sizes, fresh=fresh)
        return None
