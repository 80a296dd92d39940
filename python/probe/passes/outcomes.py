"""Pass outcomes: what some functions are given and what comes of it, call by call, as digests.

Two versions of a function agree when the same arguments lead to the same result (type, order and dtype count), the same
exception, and leave the arguments behind in the same state. Of functions that call each other the outermost counts.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import time
from _thread import get_ident
from typing import Any, Callable, Dict, Generator, List, Set, Tuple

from .. import source
from ..digest import Walk, digest
from . import Pass
from .clock import NAME, Decorate

MOST_ROWS = 60
"""Different calls of one function that are told."""
MOST_NS = 20_000_000_000
"""Time that goes into digests at most; later calls are counted only."""
_running: Set[int] = set()


def short(value: Any) -> str:
    """The first half of a digest; of what cannot be taken apart, its type."""
    try:
        return digest(value)[:32]
    except Exception as error:
        return f"{type(value).__qualname__} ({type(error).__name__})"


class Rows:
    """What one function was given, and what came of it."""

    spent_ns = 0

    def __init__(self, file: str, qualname: str) -> None:
        self.file = file
        self.qualname = qualname
        self.calls = 0
        self.seen: Dict[Tuple[str, str, str], None] = {}

    def digests(self, value: Any) -> str:
        began = time.perf_counter_ns()
        try:
            return short(value)
        finally:
            Rows.spent_ns += time.perf_counter_ns() - began

    def follows(self) -> bool:
        """Whether this call is looked at: not inside another one that is, and within the limits."""
        self.calls += 1
        return get_ident() not in _running and len(self.seen) < MOST_ROWS and Rows.spent_ns < MOST_NS

    def add(self, given: str, came: str, kind: str, arguments: Any) -> None:
        self.seen[(given, f"{came} {self.digests(arguments)}", kind)] = None

    def drive(self, inner: Any, given: str, arguments: Any) -> Generator[Any, Any, Any]:
        """Hands on what a generator yields, with a digest of all of it when it ends."""
        total: List[bytes] = []
        kind = "a generator"
        try:
            step, sent = inner.send, (None,)
            while True:
                try:
                    out = step(*sent)
                except StopIteration as done:
                    return done.value
                total.append(Walk().of(out))
                try:
                    step, sent = inner.send, ((yield out),)
                except GeneratorExit:
                    kind = "a generator that was left"
                    inner.close()
                    raise
                except BaseException as error:
                    step, sent = inner.throw, (error,)  # type: ignore[assignment]
        except BaseException as error:
            if not isinstance(error, GeneratorExit):
                kind = f"a generator that raises {type(error).__qualname__}"
            raise
        finally:
            self.add(given, self.digests(total), kind, arguments)


def recorded(rows: Rows, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its calls written down; coroutines and their like are left as they are."""
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return function

    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generator(*args: Any, **named: Any) -> Any:
            inner = function(*args, **named)
            if not rows.follows():
                return (yield from inner)
            return (yield from rows.drive(inner, rows.digests((args, named)), (args, named)))

        return generator

    @functools.wraps(function)
    def wrapper(*args: Any, **named: Any) -> Any:
        if not rows.follows():
            return function(*args, **named)
        given = rows.digests((args, named))
        thread = get_ident()
        _running.add(thread)
        try:
            result = function(*args, **named)
        except BaseException as error:
            rows.add(given, rows.digests(str(error)), f"raises {type(error).__qualname__}", (args, named))
            raise
        finally:
            _running.discard(thread)
        if inspect.isgenerator(result):
            return rows.drive(result, given, (args, named))
        rows.add(given, rows.digests(result), f"gives {type(result).__qualname__}", (args, named))
        return result

    return wrapper


class Outcomes(Pass):
    """Follows the functions of the request (``functions``: FunctionRef[])."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        asked = dict.fromkeys((it["file"], it["qualname"]) for it in request.get("functions", []))
        self._rows = [Rows(file, qualname) for file, qualname in asked]
        setattr(builtins, NAME, lambda index: functools.partial(recorded, self._rows[index]))
        source.add_transform(self._transform, {file for file, _ in asked})

    def _transform(self, module: Any, filename: str) -> Any:
        inside = self.project.relative(filename)
        wanted = {it.qualname: index for index, it in enumerate(self._rows) if it.file == inside}
        return Decorate(wanted).visit(module)

    def end(self) -> None:
        for it in self._rows:
            rows = [{"given": given, "outcome": outcome, "kind": kind} for given, outcome, kind in it.seen]
            self.answers.emit("outcomes", file=it.file, qualname=it.qualname, calls=it.calls, rows=rows)

    killed = end
