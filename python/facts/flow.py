"""The control flow of one function: which statement can follow which, also by way of an exception.

One node a statement (two for a ``for``: making the iterator, taking the next item; one for each ``with``'s exit and each
handler's head). A ``finally`` is built twice: for the way on, and for the ways out that go through it; the latter may go on to
every place that it could be entered for, which makes fewer names dead and fewer names definitely bound, never more.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Optional, Sequence, Set, Union

from .syntax import Function


@dataclass
class Node:
    """What one step reads, surely binds and unbinds, and where it goes: normally, and when it raises."""

    statement: Optional[ast.stmt]
    reads: Set[str] = field(default_factory=set)
    #: Names that are read whatever happens: they are bound once the step is done.
    proves: Set[str] = field(default_factory=set)
    binds: Set[str] = field(default_factory=set)
    #: Names that it binds on some ways only.
    may_bind: Set[str] = field(default_factory=set)
    unbinds: Set[str] = field(default_factory=set)
    next: List[int] = field(default_factory=list)
    raises: List[int] = field(default_factory=list)
    #: The statement that it is a part of, also where it stands for no step of its own (the end of a ``finally``).
    owner: Optional[ast.stmt] = None


SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Free:
    """Names that a function defined inside another may take from the one around it."""

    def __init__(self, function: ast.AST) -> None:
        args = function.args  # type: ignore[attr-defined]
        body = function.body  # type: ignore[attr-defined]
        self._own = {it.arg for it in ast.walk(args) if isinstance(it, ast.arg)}
        self._outer: Set[str] = set()
        self._names: Set[str] = set()
        for it in body if isinstance(body, list) else [body]:
            self._collect(it, False)
        self.names = (self._names - self._own) | self._outer

    def _collect(self, node: ast.AST, hidden: bool) -> None:
        if isinstance(node, SCOPES):
            self._names |= Free(node).names
            outside = [node.args, *getattr(node, "decorator_list", []), *[it for it in [getattr(node, "returns", None)] if it]]
            for it in outside:
                self._collect(it, hidden)
            self._own |= {node.name} if not isinstance(node, ast.Lambda) else set()
            return
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            self._outer |= set(node.names)
        elif isinstance(node, ast.Name):
            (self._own if isinstance(node.ctx, ast.Store) and not hidden else self._names).add(node.id)
        inner = hidden or isinstance(node, (*COMPREHENSIONS, ast.ClassDef))
        for it in ast.iter_child_nodes(node):
            self._collect(it, inner)


class Names(ast.NodeVisitor):
    """Names that evaluating expressions reads and surely binds; bodies that run later count as captured."""

    def __init__(self) -> None:
        self.reads: Set[str] = set()
        self.proves: Set[str] = set()
        self.binds: Set[str] = set()
        self.may_bind: Set[str] = set()
        self.captured: Set[str] = set()
        self._sure = True

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.binds.add(node.id)
        else:
            self.reads.add(node.id)
            if self._sure:
                self.proves.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        (self.binds if self._sure else self.may_bind).add(node.target.id)

    def _unsure(self, nodes: Iterable[ast.AST]) -> None:
        """Parts that a short circuit may skip."""
        sure, self._sure = self._sure, False
        for node in nodes:
            self.visit(node)
        self._sure = sure

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._unsure(node.values[1:])

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._unsure([node.body, node.orelse])

    def visit_Compare(self, node: ast.Compare) -> None:
        self.visit(node.left)
        self.visit(node.comparators[0])
        self._unsure(node.comparators[1:])

    def _later(self, nodes: Iterable[ast.AST]) -> None:
        """All that is named in what runs later, whoever binds it there."""
        for node in nodes:
            for part in ast.walk(node):
                if isinstance(part, ast.Name):
                    self.captured.add(part.id)
                elif isinstance(part, (ast.Global, ast.Nonlocal)):
                    self.captured.update(part.names)

    def _function(self, node: Union[Function, ast.Lambda]) -> None:
        defaults = list(node.args.defaults) + [it for it in node.args.kw_defaults if it is not None]
        for part in [*getattr(node, "decorator_list", []), *defaults]:
            self.visit(part)
        self.captured |= Free(node).names
        self._later(getattr(node, "type_params", []))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)
        annotations = [it.annotation for it in ast.walk(node.args) if isinstance(it, ast.arg)]
        named = [it for it in [*annotations, node.returns] if it is not None]
        self._unsure(named)  # since 3.14, or with the future import, they are evaluated later or never
        self._later(named)
        self.binds.add(node.name)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)  # type: ignore[arg-type]

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in [*node.decorator_list, *node.bases, *[it.value for it in node.keywords]]:
            self.visit(part)
        self._later([*node.body, *getattr(node, "type_params", [])])
        self.binds.add(node.name)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self._later([node])  # evaluated when somebody asks
        self.binds.add(node.name.id)  # type: ignore[attr-defined]

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)  # made at once; the rest runs later
        first = {id(it) for it in ast.walk(node.generators[0].iter)}
        own = _targets(node.generators)
        later = {it.id for it in ast.walk(node) if isinstance(it, ast.Name) and id(it) not in first and it.id not in own}
        self.captured |= later

    def _comprehension(self, node: Union[ast.ListComp, ast.SetComp, ast.DictComp]) -> None:
        self.visit(node.generators[0].iter)
        inner = Names()
        inner._sure = False
        for part in ast.iter_child_nodes(node):
            inner.visit(part)
        own = _targets(node.generators)
        self.reads |= inner.reads - own
        self.captured |= inner.captured - own
        self.may_bind |= inner.may_bind

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def generic_visit(self, node: ast.AST) -> None:
        for name in ("name", "rest"):
            if type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping") and getattr(node, name, None):
                self.may_bind.add(getattr(node, name))
        super().generic_visit(node)


def _targets(generators: Sequence[ast.comprehension]) -> Set[str]:
    return {it.id for one in generators for it in ast.walk(one.target) if isinstance(it, ast.Name)}


def names_of(*nodes: Optional[ast.AST]) -> Names:
    """Names of the given expressions, evaluated in this order."""
    names = Names()
    for node in nodes:
        if node is not None:
            names.visit(node)
    return names


@dataclass(frozen=True)
class Ways:
    """Where control goes from inside a block, besides to the next statement."""

    returns: int
    raises: Sequence[int]
    breaks: Optional[int] = None
    continues: Optional[int] = None


class Flow:
    """The graph of one function. ``entry`` is its first node, ``exit`` the place behind its end."""

    def __init__(self, function: Function) -> None:
        self.nodes: List[Node] = []
        self.captured: Set[str] = set()
        self.may_bind: Set[str] = set()
        #: Where control goes when a statement (by identity) is done.
        self.follows: Dict[int, int] = {}
        #: Nodes that bind a loop's target: nothing else happens there.
        self.targets: Set[int] = set()
        self.exit = self._add(None)
        self.entry = self._block(function.body, self.exit, Ways(self.exit, [self.exit]))

    def _add(self, statement: Optional[ast.stmt], *expressions: Optional[ast.AST]) -> int:
        names = names_of(*expressions)
        self.captured |= names.captured
        self.may_bind |= names.may_bind
        self.nodes.append(Node(statement, names.reads | names.captured, names.proves, set(names.binds), set(names.may_bind), owner=statement))
        return len(self.nodes) - 1

    def _link(self, node: int, following: Sequence[int], ways: Ways) -> int:
        self.nodes[node].next = list(following)
        self.nodes[node].raises = list(ways.raises)
        return node

    def _block(self, statements: Sequence[ast.stmt], following: int, ways: Ways) -> int:
        for statement in reversed(statements):
            following = self._statement(statement, following, ways)
        return following

    def _statement(self, it: ast.stmt, following: int, ways: Ways) -> int:
        self.follows[id(it)] = following
        kind = type(it).__name__
        special = getattr(self, f"_{kind}", None)
        if special is not None:
            return special(it, following, ways)
        if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) or kind == "TypeAlias":
            return self._link(self._add(it, it), [following], ways)
        return self._link(self._add(it, *ast.iter_child_nodes(it)), [following], ways)

    def _Return(self, it: ast.Return, _following: int, ways: Ways) -> int:
        return self._link(self._add(it, it.value), [ways.returns], ways)

    def _Raise(self, it: ast.Raise, _following: int, ways: Ways) -> int:
        return self._link(self._add(it, it.exc, it.cause), [], ways)

    def _Break(self, it: ast.Break, _following: int, ways: Ways) -> int:
        return self._link(self._add(it), [ways.breaks if ways.breaks is not None else self.exit], ways)

    def _Continue(self, it: ast.Continue, _following: int, ways: Ways) -> int:
        return self._link(self._add(it), [ways.continues if ways.continues is not None else self.exit], ways)

    def _Delete(self, it: ast.Delete, following: int, ways: Ways) -> int:
        node = self._add(it, *it.targets)
        self.nodes[node].unbinds = {target.id for target in it.targets if isinstance(target, ast.Name)}
        return self._link(node, [following], ways)

    def _Assert(self, it: ast.Assert, following: int, ways: Ways) -> int:
        node = self._add(it, it.test, it.msg)
        self.nodes[node].binds, self.nodes[node].proves = set(), set()  # python -O leaves it out
        return self._link(node, [following], ways)

    def _AugAssign(self, it: ast.AugAssign, following: int, ways: Ways) -> int:
        node = self._add(it, it.value, it.target)
        if isinstance(it.target, ast.Name):
            self.nodes[node].reads.add(it.target.id)
        return self._link(node, [following], ways)

    def _AnnAssign(self, it: ast.AnnAssign, following: int, ways: Ways) -> int:
        evaluated = it.value is not None or not isinstance(it.target, ast.Name)
        node = self._add(it, it.value, it.target) if evaluated else self._add(it)
        return self._link(node, [following], ways)

    def _Import(self, it: Union[ast.Import, ast.ImportFrom], following: int, ways: Ways) -> int:
        node = self._add(it)
        self.nodes[node].binds = {(alias.asname or alias.name).split(".")[0] for alias in it.names}
        return self._link(node, [following], ways)

    def _ImportFrom(self, it: ast.ImportFrom, following: int, ways: Ways) -> int:
        return self._Import(it, following, ways)

    def _If(self, it: ast.If, following: int, ways: Ways) -> int:
        head = self._add(it, it.test)
        body = self._block(it.body, following, ways)
        return self._link(head, [body, self._block(it.orelse, following, ways)], ways)

    def _While(self, it: ast.While, following: int, ways: Ways) -> int:
        head = self._add(it, it.test)
        inside = Ways(ways.returns, ways.raises, following, head)
        body = self._block(it.body, head, inside)
        forever = isinstance(it.test, ast.Constant) and bool(it.test.value)
        after = [] if forever else [self._block(it.orelse, following, ways)]
        return self._link(head, [body, *after], ways)

    def _For(self, it: Union[ast.For, ast.AsyncFor], following: int, ways: Ways) -> int:
        head = self._add(it)
        bind = self._add(it, it.target)
        self.targets.add(bind)
        body = self._block(it.body, head, Ways(ways.returns, ways.raises, following, head))
        self._link(bind, [body], ways)
        self._link(head, [bind, self._block(it.orelse, following, ways)], ways)
        return self._link(self._add(it, it.iter), [head], ways)

    def _AsyncFor(self, it: ast.AsyncFor, following: int, ways: Ways) -> int:
        return self._For(it, following, ways)

    def _With(self, it: Union[ast.With, ast.AsyncWith], following: int, ways: Ways) -> int:
        leave = self._link(self._add(it), [following], ways)
        inside = Ways(ways.returns, [*ways.raises, leave], ways.breaks, ways.continues)  # __exit__ may swallow
        enter = self._block(it.body, leave, inside)
        for item in reversed(it.items):
            safe = item is it.items[0] and isinstance(item.optional_vars, (ast.Name, type(None)))
            enter = self._link(self._add(it, item.context_expr, item.optional_vars), [enter], ways if safe else inside)
        return enter

    def _AsyncWith(self, it: ast.AsyncWith, following: int, ways: Ways) -> int:
        return self._With(it, following, ways)

    def _Try(self, it: ast.Try, following: int, ways: Ways) -> int:
        after, outer = following, ways
        if it.finalbody:
            # built twice: for the way on, and for the ways out (an exception, a return, a break) that go through it
            end = self._add(None)
            self.nodes[end].owner = it
            self._link(end, [ways.returns, *ways.raises, *[way for way in (ways.breaks, ways.continues) if way is not None]], ways)
            out = self._block(it.finalbody, end, ways)
            after = self._block(it.finalbody, following, ways)
            outer = Ways(out, [out], *(None if way is None else out for way in (ways.breaks, ways.continues)))
        handlers = [self._handler(it, handler, after, outer) for handler in it.handlers]
        orelse = self._block(it.orelse, after, outer)
        return self._block(it.body, orelse, Ways(outer.returns, [*handlers, *outer.raises], outer.breaks, outer.continues))

    def _TryStar(self, it: ast.Try, following: int, ways: Ways) -> int:
        return self._Try(it, following, ways)

    def _handler(self, statement: ast.stmt, it: ast.ExceptHandler, following: int, ways: Ways) -> int:
        end = self._add(None)
        self.nodes[end].owner = statement
        self._link(end, [following], ways)
        head = self._add(statement, it.type)
        if it.name:
            self.nodes[head].binds.add(it.name)
            self.nodes[end].unbinds.add(it.name)
        return self._link(head, [self._block(it.body, end, ways)], ways)

    def _Match(self, it: ast.AST, following: int, ways: Ways) -> int:
        otherwise = following
        for case in reversed(it.cases):  # type: ignore[attr-defined]
            head = self._add(it, case.pattern, case.guard)  # type: ignore[arg-type]
            self.nodes[head].may_bind |= self.nodes[head].binds
            self.nodes[head].binds, self.nodes[head].proves = set(), set()  # a pattern may fail half-way
            otherwise = self._link(head, [self._block(case.body, following, ways), otherwise], ways)
        return self._link(self._add(it, it.subject), [otherwise], ways)  # type: ignore[attr-defined,arg-type]
