"""Pass clock: how often some functions run and how long, all else untouched.

A decorator of ours is put innermost on each function as its file is loaded, so that ``staticmethod``, ``property`` and the
user's own decorators wrap it as they wrap the function. Coroutines and generators are timed while they run, not while they wait.
Each function has its own time alone: while another one of them runs inside of it, that one's clock runs. So a function that pulls
its rows from one that became a generator is not charged for what that one does.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
from _thread import get_ident
from time import perf_counter_ns, thread_time_ns
from typing import Any, Callable, Dict, Generator, List, Optional, Tuple

from .. import source
from ..instant import waited_s
from . import Pass

NAME = "__codeflash_memory_clock__"
LONG_NS = 2_000_000
"""Who loses the processor to another program loses it for longer than this."""


class Lap:
    """Whose clock runs on one thread, and since when."""

    __slots__ = ("counter", "since_ns", "waited_s")

    def __init__(self) -> None:
        self.counter: Optional[Counter] = None
        self.since_ns = perf_counter_ns()
        self.waited_s = waited_s()

    def undisturbed(self, elapsed_ns: int) -> int:
        """Of a long time that ends now: without the wait for a processor."""
        before, self.waited_s = self.waited_s, waited_s()
        return max(0, elapsed_ns - int((self.waited_s - before) * 1e9))


_laps: Dict[int, Lap] = {}


class Counter:
    """Calls of one function and the time that is its own."""

    def __init__(self, file: str, qualname: str) -> None:
        self.file = file
        self.qualname = qualname
        self.calls = 0
        self.total_ns = 0
        # How often its clock was started, and how often another one's was started inside of it.
        self.segments = 0
        self.interruptions = 0

    def enter(self, now: int) -> Tuple[Lap, Optional[Counter]]:
        """Starts this clock instead of the one that runs, which is left with its time up to `now`."""
        lap = _laps.get(get_ident())
        if lap is None:
            lap = _laps[get_ident()] = Lap()
        outer = lap.counter
        elapsed = now - lap.since_ns
        if elapsed > LONG_NS:
            elapsed = lap.undisturbed(elapsed)
        if outer is not None:
            outer.total_ns += elapsed
            outer.interruptions += 1
        self.segments += 1
        lap.counter = self
        lap.since_ns = perf_counter_ns()
        return lap, outer

    def run(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """One running segment."""
        lap, outer = self.enter(perf_counter_ns())
        try:
            return function(*args, **named)
        finally:
            elapsed = perf_counter_ns() - lap.since_ns
            self.total_ns += elapsed if elapsed < LONG_NS else lap.undisturbed(elapsed)
            lap.counter = outer
            lap.since_ns = perf_counter_ns()

    def drive(self, inner: Any) -> Generator[Any, Any, Any]:
        """Hands on what a generator or coroutine yields and is sent, timing each of its segments: looks at the clock first and last."""
        step: Any = inner.send
        given: Any = None
        while True:
            lap, outer = self.enter(perf_counter_ns())
            try:
                out = step(given)
            except StopIteration as done:
                return done.value
            finally:
                elapsed = perf_counter_ns() - lap.since_ns
                self.total_ns += elapsed if elapsed < LONG_NS else lap.undisturbed(elapsed)
                lap.counter = outer
                lap.since_ns = perf_counter_ns()
            try:
                given = yield out
                step = inner.send
            except GeneratorExit:
                self.run(inner.close)
                raise
            except BaseException as error:
                step, given = inner.throw, error


class Segments:
    """An awaitable that runs another one under the clock."""

    def __init__(self, counter: Counter, inner: Any) -> None:
        self._counter = counter
        self._inner = inner

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._inner if hasattr(self._inner, "send") else self._inner.__await__()
        return self._counter.drive(_Steps(inner))


class _Steps:
    """``send`` for iterators that have only ``__next__``."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.send = getattr(inner, "send", None) or (lambda _: next(inner))
        self.throw = getattr(inner, "throw", None) or _raise
        self.close = getattr(inner, "close", None) or (lambda: None)


def _raise(error: BaseException) -> Any:
    raise error


def clocked(counter: Counter, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under the clock; of the same kind as it was."""
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def wrapper(*args: Any, **named: Any) -> Any:
            counter.calls += 1
            inner = function(*args, **named)
            step: Any = inner.__anext__()
            while True:
                try:
                    out = await Segments(counter, step)
                except StopAsyncIteration:
                    return
                try:
                    step = inner.asend((yield out))
                except GeneratorExit:
                    await Segments(counter, inner.aclose())
                    raise
                except BaseException as error:
                    step = inner.athrow(error)

    elif inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def wrapper(*args: Any, **named: Any) -> Any:
            counter.calls += 1
            return await Segments(counter, function(*args, **named))

    elif inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def wrapper(*args: Any, **named: Any) -> Any:
            counter.calls += 1
            return (yield from counter.drive(function(*args, **named)))

    else:

        @functools.wraps(function)
        def wrapper(*args: Any, **named: Any) -> Any:
            counter.calls += 1
            return counter.run(function, *args, **named)

    return wrapper


def own_cost(rows: int = 2000, times: int = 9) -> Tuple[float, float]:
    """Nanoseconds that the clock adds to a function with each segment, and with each interruption: the median of some looks."""

    def steps() -> Generator[int, None, None]:
        yield from range(rows)

    def pull(source: Any) -> int:
        began = perf_counter_ns()
        for _ in source:
            pass
        return perf_counter_ns() - began

    seen = []
    for _ in range(times):
        plain = pull(steps()) / 2
        inner, outer = Counter("", "inner"), Counter("", "outer")
        outer.run(pull, clocked(inner, steps)())
        seen.append(((inner.total_ns - plain) / rows, (outer.total_ns - plain) / rows))
    return max(0.0, sorted(it for it, _ in seen)[times // 2]), max(0.0, sorted(it for _, it in seen)[times // 2])


class Decorate(ast.NodeTransformer):
    """Puts the decorator on the functions of one file that are asked for."""

    def __init__(self, wanted: Dict[str, int]) -> None:
        self._wanted = wanted
        self._path: List[str] = []

    def _inside(self, node: Any, *names: str) -> Any:
        self._path += names
        self.generic_visit(node)
        del self._path[len(self._path) - len(names) :]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return self._inside(node, node.name)

    def visit_FunctionDef(self, node: Any) -> Any:
        qualname = ".".join([*self._path, node.name])
        self._inside(node, node.name, "<locals>")
        if qualname in self._wanted:
            index = ast.Constant(self._wanted[qualname])
            call = ast.Call(func=ast.Name(NAME, ast.Load()), args=[index], keywords=[])
            for part in ast.walk(call):
                ast.copy_location(part, node)
            node.decorator_list.append(call)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef


class Clock(Pass):
    """Times the functions of the request (``functions``: FunctionRef[])."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        asked = dict.fromkeys((it["file"], it["qualname"]) for it in request.get("functions", []))
        self._counters = [Counter(file, qualname) for file, qualname in asked]
        setattr(builtins, NAME, lambda index: functools.partial(clocked, self._counters[index]))
        source.add_transform(self._transform, {file for file, _ in asked})

    def _transform(self, module: ast.Module, filename: str) -> ast.Module:
        inside = self.project.relative(filename)
        wanted = {it.qualname: index for index, it in enumerate(self._counters) if it.file == inside}
        return Decorate(wanted).visit(module)

    def begin(self) -> None:
        self._began_ns = (perf_counter_ns(), thread_time_ns())

    def end(self) -> None:
        wall_ns, busy_ns = perf_counter_ns() - self._began_ns[0], thread_time_ns() - self._began_ns[1]
        # On a crowded machine all takes so much longer, the clock's own work too.
        crowding = max(1.0, wall_ns / max(busy_ns, 1))
        segment_ns, interruption_ns = own_cost()
        for it in self._counters:
            clock_ns = it.segments * segment_ns + it.interruptions * interruption_ns
            own_ns = max(0.0, it.total_ns - clock_ns)
            self.answers.emit("clock", file=it.file, qualname=it.qualname, calls=it.calls, totalMs=own_ns / 1e6, clockMs=crowding * clock_ns / 1e6)

    killed = end
