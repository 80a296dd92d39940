"""Which locals of a function are read again, and which are surely bound, before and after every statement.

Backward liveness and forward definite assignment over :mod:`flow`. A name that a closure, a lambda or a generator expression
captures is always live. ``states`` is what the census asks; ``Liveness`` is what the recipes' facts are made from.
"""

from __future__ import annotations

import ast
from typing import Dict, FrozenSet, Iterator, List, Optional, Set, Tuple

from .flow import Flow, Function, names_of

PEEKERS = {
    "locals", "vars", "dir", "eval", "exec", "_getframe", "_current_frames", "currentframe", "getframeinfo", "getcallargs",
    "set_trace", "breakpoint", "stack", "trace", "getouterframes", "getinnerframes",
}  # fmt: skip
"""Whoever mentions one of these may look at a frame's names: nothing is provable there."""


def functions(tree: ast.AST, prefix: str = "") -> Iterator[Tuple[str, Function]]:
    """Every function of a module with its qualname as code objects spell it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield prefix + node.name, node
            yield from functions(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        else:
            yield from functions(node, prefix)


def first_line(function: Function) -> int:
    """``co_firstlineno``: the line of the first decorator, or of the ``def``."""
    return min([function.lineno, *[it.lineno for it in function.decorator_list]])


def parameters(function: Function) -> List[str]:
    args = function.args
    plain = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [it.arg for it in [*plain, *[one for one in (args.vararg, args.kwarg) if one is not None]]]


class Liveness:
    """Of one function: ``live_before``, ``live_after``, ``bound_after`` by the identity of each statement."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.flow = Flow(function)
        self.locals = self._locals()
        self.captured = self.flow.captured & self.locals
        self._before, self._after = self._live()
        self._bound = self._definite(None)
        self._in_loop: Dict[int, List[Optional[FrozenSet[str]]]] = {}
        self.live_before: Dict[int, Set[str]] = {}
        self.live_after: Dict[int, Set[str]] = {}
        for index, node in enumerate(self.flow.nodes):
            if node.statement is None:
                continue
            key = id(node.statement)
            self.live_before.setdefault(key, set()).update(self._before[index] | self.captured)
            self.live_after.setdefault(key, set()).update(self._after[index] | self.captured)

    def _locals(self) -> Set[str]:
        own = set(parameters(self.function)) | self.flow.may_bind
        for node in self.flow.nodes:
            own |= node.binds | node.unbinds
        for node in ast.walk(self.function):
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                own -= set(node.names)
        return own

    def _live(self) -> Tuple[List[Set[str]], List[Set[str]]]:
        nodes = self.flow.nodes
        before: List[Set[str]] = [set() for _ in nodes]
        after: List[Set[str]] = [set() for _ in nodes]
        changed = True
        while changed:
            changed = False
            for index, node in enumerate(nodes):
                normal = set().union(*[before[it] for it in node.next]) if node.next else set()
                raised = set().union(*[before[it] for it in node.raises]) if node.raises else set()
                now = node.reads | (normal - node.binds) | raised
                after[index] = normal | raised
                if now != before[index]:
                    before[index] = now
                    changed = True
        return before, after

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
            done = (now | node.binds) - node.unbinds
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
                done = set((now | node.binds) - node.unbinds)
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
        words = {it.id for it in ast.walk(self.function) if isinstance(it, ast.Name)}
        attributes = {it.attr for it in ast.walk(self.function) if isinstance(it, ast.Attribute)}
        peeking = sorted((words & PEEKERS) | (attributes & (PEEKERS - {"trace", "stack", "dir", "vars"})))
        if peeking:
            return f"the function uses {peeking[0]}, which may look at its names"
        names = parameters(self.function)
        if names and name == names[0] and words & {"super", "__class__"}:
            return "super() reads the first parameter from the frame"
        if any(isinstance(it, ast.ExceptHandler) and it.name == name for it in ast.walk(self.function)):
            return "it is bound by an except clause"
        return None


def _held_by_loops(function: Function, line: int) -> Set[str]:
    """Names whose value an enclosing ``for`` holds through its iterator: a ``del`` frees nothing before the loop ends."""
    held: Set[str] = set()
    for it in ast.walk(function):
        if isinstance(it, (ast.For, ast.AsyncFor)) and it.body[0].lineno <= line <= (it.body[-1].end_lineno or line):
            held |= names_of(it.iter).reads
    return held


def find(tree: ast.AST, qualname: str, line: int) -> Optional[Function]:
    """The function that a frame runs: by its first line, else by its qualname or last name."""
    all_ = list(functions(tree))
    for name, function in all_:
        if first_line(function) == line and name.split(".")[-1] == qualname.split(".")[-1]:
            return function
    return next((function for name, function in all_ if name == qualname), None)


def statement_at(function: Function, line: int) -> Optional[ast.stmt]:
    """The innermost statement that a line belongs to."""
    best: Optional[ast.stmt] = None
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function and node.lineno <= line <= (node.end_lineno or line):
            if best is None or node.lineno >= best.lineno:
                best = node
    return best


def states(source: bytes, function_line: int, qualname: str, line: int) -> Dict[str, str]:
    """``live``, ``in-use`` or ``dead`` for every local, with execution standing at ``line``, before that statement is done.

    ``in-use``: read by the statement under way and not after it. Empty for code that is no function of this source.
    """
    function = find(ast.parse(source), qualname, function_line)
    statement = statement_at(function, line) if function is not None else None
    if function is None or statement is None:
        return {}
    known = Liveness(function)
    before, after = known.live_before.get(id(statement), set()), known.live_after.get(id(statement), set())
    held = _held_by_loops(function, line)
    result = {}
    for name in known.locals:
        if name in after or name in held or (name in before and isinstance(statement, (ast.For, ast.While, ast.AsyncFor))):
            result[name] = "live"
        else:
            result[name] = "in-use" if name in before else "dead"
    return result
