"""Which locals of a function are read again, and which are surely bound, before and after every statement.

Backward liveness and forward definite assignment over :mod:`flow`. A name that a closure, a lambda or a generator expression
captures is always live. ``states`` is what the census asks; ``Liveness`` is what the recipes' facts are made from.
"""

from __future__ import annotations

import ast
import re
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from .flow import Flow, names_of
from .syntax import Function, first_line, functions, mangle, own_statements

PEEKERS = {
    "locals", "vars", "dir", "eval", "exec", "_getframe", "_current_frames", "currentframe", "getframeinfo", "getcallargs",
    "set_trace", "breakpoint", "stack", "trace", "getouterframes", "getinnerframes",
}  # fmt: skip
"""Whoever mentions one of these may look at a frame's names: nothing is provable there."""
COMMON = {"trace", "stack", "dir", "vars"}
"""Of these the ones that are usual as attributes of something else."""
TEXTUAL = {"query", "evaluate", "sql", "execute", "from_query"}
"""Methods that may find the caller's variables by the names in a text (data frames, numexpr, in-memory databases)."""


def parameters(function: Function) -> List[str]:
    args = function.args
    plain = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [it.arg for it in [*plain, *[one for one in (args.vararg, args.kwarg) if one is not None]]]


class Liveness:
    """Of one function, by the identity of each statement: what is read again before it (``live_before``), and while it is under
    way (``live_during``); what is surely bound after it."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.flow = Flow(function)
        self.locals = self._locals()
        self.captured = self.flow.captured & self.locals
        self._before = self._live()
        self._bound = self._definite(None)
        self._excepted = {it.name for it in ast.walk(function) if isinstance(it, ast.ExceptHandler)}
        self._peeker: Optional[str] = None
        self._queries: Optional[List[Tuple[int, str, ast.Call]]] = None
        self._in_loop: Dict[int, List[Optional[FrozenSet[str]]]] = {}
        self.live_before: Dict[int, Set[str]] = {}
        self.live_during: Dict[int, Set[str]] = {}
        for index, node in enumerate(self.flow.nodes):
            if node.statement is None:
                continue
            key = id(node.statement)
            if index in self.flow.targets:
                continue
            self.live_before.setdefault(key, set()).update(self._before[index] | self.captured)
            self.live_during.setdefault(key, set()).update(self._during(index) | self.captured)

    def _locals(self) -> Set[str]:
        own = set(parameters(self.function)) | self.flow.may_bind
        for node in self.flow.nodes:
            own |= node.binds | node.unbinds
        for statement in own_statements(self.function):
            if isinstance(statement, (ast.Global, ast.Nonlocal)):
                own -= set(statement.names)
        return own

    def _live(self) -> List[Set[str]]:
        """Names that are read again, when each node begins."""
        before: List[Set[str]] = [set() for _ in self.flow.nodes]
        self._before = before
        changed = True
        while changed:
            changed = False
            for index, node in enumerate(self.flow.nodes):
                now = node.reads | self._during(index)
                if now != before[index]:
                    before[index] = now
                    changed = True
        return before

    def _during(self, index: int) -> Set[str]:
        """Names whose value is read again once the node has read its own: not those that it binds anew."""
        node = self.flow.nodes[index]
        normal: Set[str] = set().union(*[self._before[it] for it in node.next])
        return (normal - node.binds).union(*[self._before[it] for it in node.raises])

    def _definite(self, loop: Optional[ast.stmt]) -> List[Optional[FrozenSet[str]]]:
        """Names surely bound when a node begins; None: it is never reached. With a loop: bound in the same round of it."""
        nodes = self.flow.nodes
        bound: List[Optional[FrozenSet[str]]] = [None for _ in nodes]
        bound[self.flow.entry] = frozenset(parameters(self.function))
        todo = [self.flow.entry]
        while todo:
            index = todo.pop()
            node, now = nodes[index], bound[index]
            assert now is not None
            if loop is not None and node.statement is loop:
                now = frozenset()
            done = (now | node.binds | (node.proves & self.locals)) - node.unbinds
            for target, value in [*[(it, done) for it in node.next], *[(it, now - node.unbinds) for it in node.raises]]:
                known = bound[target]
                merged = value if known is None else known & value
                if merged != known:
                    bound[target] = frozenset(merged)
                    todo.append(target)
        return bound

    def bound_before(self, statement: ast.stmt) -> Set[str]:
        """Names surely bound when a statement begins; every local where it is never reached."""
        for index, node in enumerate(self.flow.nodes):
            if node.statement is statement:
                now = self._bound[index]
                return set(self.locals) if now is None else set(now)
        return set(self.locals)

    def bound_after(self, statement: ast.stmt, loop: Optional[ast.stmt] = None) -> Optional[Set[str]]:
        """Names surely bound when a whole statement, its blocks included, is done. None: it never is (it returns or raises).

        Inside a loop only what the same round bound counts: a ``del`` there runs again in the next one.
        """
        if loop is not None and id(loop) not in self._in_loop:
            self._in_loop[id(loop)] = self._definite(loop)
        bound = self._bound if loop is None else self._in_loop[id(loop)]
        inside = {id(it) for it in ast.walk(statement)}
        follow = self.flow.follows.get(id(statement))
        meet: Optional[Set[str]] = None
        for index, node in enumerate(self.flow.nodes):
            now = bound[index]
            if id(node.owner) in inside and now is not None and follow in node.next:
                done = set((now | node.binds | (node.proves & self.locals)) - node.unbinds)
                meet = done if meet is None else meet & done
        return meet

    def live_behind(self, statement: ast.stmt) -> Set[str]:
        """Names that may be read once a whole statement is done."""
        follow = self.flow.follows.get(id(statement))
        return self.captured | (self._before[follow] if follow is not None else set())

    def blocked(self, name: str) -> Optional[str]:
        """Why ``del name`` is not provable in this function; None where it is."""
        if name not in self.locals:
            return "it is no local of the function"
        if name in self.captured:
            return "a closure, lambda or generator expression captures it"
        if self._peeker is None:
            self._peeker = peeker(self.function)
        if self._peeker:
            return f"the function uses {self._peeker}, which may look at its names"
        why = self._queried(name)
        if why:
            return why
        names = parameters(self.function)
        if names and name == names[0] and self._uses_super():
            return "super() reads the first parameter from the frame"
        if name in self._excepted:
            return "it is bound by an except clause"
        return None

    def _uses_super(self) -> bool:
        return any(isinstance(it, ast.Name) and it.id in ("super", "__class__") for it in ast.walk(self.function))

    def _queried(self, name: str) -> Optional[str]:
        """Calls that may look names up in the caller's frame by a text: the text names it, or cannot be read here."""
        if self._queries is None:
            self._queries = [
                (it.lineno, it.func.attr, it)
                for it in ast.walk(self.function)
                if isinstance(it, ast.Call) and isinstance(it.func, ast.Attribute) and it.func.attr in TEXTUAL and it.args
            ]
        for line, method, call in self._queries:
            texts = [it.value for it in ast.walk(call) if isinstance(it, ast.Constant) and isinstance(it.value, str)]
            if any(name in re.findall(r"\w+", it) for it in texts):
                return f"the text given to {method}() in line {line} may name it"
            if not isinstance(call.args[0], ast.Constant) and method != "execute":
                return f"the text given to {method}() in line {line} is not known and may name it"
        return None


def peeker(function: Function) -> str:
    """What in the function may look at its names, empty where nothing does."""
    found: Set[str] = set()
    for it in ast.walk(function):
        if isinstance(it, ast.Name) and it.id in PEEKERS:
            found.add(it.id)
        elif isinstance(it, ast.Attribute) and it.attr in PEEKERS:
            module = it.value.id if isinstance(it.value, ast.Name) else ""
            if it.attr not in COMMON or module in ("inspect", "builtins"):
                found.add(it.attr)
    return min(found) if found else ""


def _held_by_loops(function: Function, line: int) -> Set[str]:
    """Names whose value an enclosing ``for`` holds through its iterator: a ``del`` frees nothing before the loop ends."""
    held: Set[str] = set()
    for it in ast.walk(function):
        if isinstance(it, (ast.For, ast.AsyncFor)) and it.lineno <= line <= (it.body[-1].end_lineno or line):
            held |= names_of(it.iter).reads
    return held


def find(tree: ast.AST, qualname: str, line: int) -> Optional[Function]:
    """The function that a frame runs: by its first line, else by its qualname or last name."""
    all_ = list(functions(tree))
    for name, function in all_:
        if first_line(function) == line and name.split(".")[-1] == qualname.split(".")[-1]:
            return function
    return next((function for name, function in all_ if name == qualname), None)


def statements_at(function: Function, line: int) -> List[ast.stmt]:
    """The innermost statements that a line belongs to: one, or all that share it."""
    best: List[ast.stmt] = []
    for it in own_statements(function):
        if first_line(it) <= line <= (it.end_lineno or line):
            start = first_line(best[0]) if best else 0
            if first_line(it) > start:
                best = [it]
            elif first_line(it) == start:
                best.append(it)
    return best


def states(source: bytes, function_line: int, qualname: str, line: int) -> Dict[str, str]:
    """``live``, ``in-use`` or ``dead`` for the value of every local, with execution standing at ``line``, its statement not yet done.

    ``in-use``: read by the statement under way and not after it. A value whose name the statement binds anew is not read after it.
    Names are spelled as in the frame (private ones mangled). Empty for code that is no function of this source.
    """
    function = find(ast.parse(source), qualname, function_line)
    under_way = statements_at(function, line) if function is not None else []
    if function is None or not under_way:
        return {}
    known = Liveness(function)
    before = set().union(*[known.live_before.get(id(it), set()) for it in under_way])
    during = set().union(*[known.live_during.get(id(it), set()) for it in under_way]) | _held_by_loops(function, line)
    repeats = any(isinstance(it, (ast.For, ast.While, ast.AsyncFor)) for it in under_way)
    result = {}
    for name in known.locals:
        if name in during or (repeats and name in before):
            state = "live"
        else:
            state = "in-use" if name in before else "dead"
        result[mangled(name, qualname)] = state
    return result


def mangled(name: str, qualname: str) -> str:
    """A local's name as the frame spells it: ``__x`` in a class is ``_Class__x``."""
    parts = qualname.split(".")
    classes = [it for it, after in zip(parts, parts[1:]) if it != "<locals>" and after != "<locals>"]
    return mangle(name, classes[-1] if classes else None)
