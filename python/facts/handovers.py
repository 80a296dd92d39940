"""Locals that only carry a call's result into the next call: ``rows = f(); return g(rows)``, and whether ``g(f())`` is the same."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .liveness import Liveness, mangled
from .spans import Source
from .stable import ModuleNames, Stable

Path = List[ast.AST]
SIMPLE = (ast.Return, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)


def handovers(source: Source, names: ModuleNames, known: Liveness, qualname: str) -> Iterator[Dict[str, Any]]:
    """Every local that is bound to a call's result and has its last use as an argument, with what forbids to write it there."""
    bound = _bound_once(known)
    for block in _lists(known.function.body):
        for index, statement in enumerate(block):
            if not isinstance(statement, SIMPLE) or statement.value is None:
                continue
            for path in _arguments(statement.value, []):
                name = path[-1].id  # type: ignore[attr-defined]
                made = bound.get(name)
                if made is not None and name not in known.live_behind(statement):
                    before = block[index - 1] if index else None
                    blocker = _blocker(source, names, known, made, before, statement, path)
                    yield _handover(source, mangled(name, qualname), made, statement, path, blocker)


def _bound_once(known: Liveness) -> Dict[str, ast.Assign]:
    """Locals with exactly one binding, ``name = call(...)``."""
    bindings: Dict[str, List[Optional[ast.stmt]]] = {}
    for node in known.flow.nodes:
        for name in (node.binds | node.may_bind | node.unbinds) & known.locals:
            bindings.setdefault(name, []).append(node.statement)
    return {
        name: made[0]
        for name, made in bindings.items()
        if len(made) == 1 and isinstance(made[0], ast.Assign) and len(made[0].targets) == 1
        and isinstance(made[0].targets[0], ast.Name) and isinstance(made[0].value, ast.Call)
    }  # fmt: skip


def _lists(body: Sequence[ast.stmt]) -> Iterator[Sequence[ast.stmt]]:
    yield body
    for it in body:
        if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for inner in [getattr(it, name, None) for name in ("body", "orelse", "finalbody")]:
            if inner:
                yield from _lists(inner)
        for part in [*getattr(it, "handlers", []), *getattr(it, "cases", [])]:
            yield from _lists(part.body)


def _arguments(node: ast.AST, above: Path) -> Iterator[Path]:
    """The way from an expression down to every name that is an argument of a call, the name last."""
    path = [*above, node]
    if isinstance(node, ast.Name) and len(path) > 1 and _is_argument(path):
        yield path
    for it in ast.iter_child_nodes(node):
        yield from _arguments(it, path)


def _is_argument(path: Path) -> bool:
    name, parent = path[-1], path[-2]
    if isinstance(parent, ast.keyword):
        return parent.arg is not None
    return isinstance(parent, ast.Call) and any(it is name for it in parent.args)


def _handover(source: Source, spelled: str, made: ast.Assign, use: ast.stmt, path: Path, blocker: Optional[str]) -> Dict[str, Any]:
    name, call = path[-1], next(it for it in reversed(path) if isinstance(it, ast.Call))
    keyword = path[-2].arg if isinstance(path[-2], ast.keyword) else None
    starred = any(isinstance(it, ast.Starred) for it in call.args)
    position = None if keyword or starred else next(at for at, it in enumerate(call.args) if it is name)
    callee = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    end = made.end_lineno or made.lineno
    return {
        "name": spelled,
        "line": made.lineno,
        "useLine": use.lineno,
        "useEndLine": use.end_lineno or use.lineno,
        "remove": [source.line_start(made.lineno), source.line_start(end + 1)],
        "replace": list(source.span(name)),
        "text": source.text(made.value),
        "callee": callee,
        "attribute": isinstance(call.func, ast.Attribute),
        "position": position,
        "keyword": keyword,
        "blocker": blocker,
    }


def _blocker(
    source: Source, names: ModuleNames, known: Liveness, made: ast.Assign, before: Optional[ast.stmt], use: ast.stmt, path: Path
) -> Optional[str]:
    """Why the call may not be written in the name's place."""
    name = path[-1].id  # type: ignore[attr-defined]
    blocked = known.blocked(name)
    if blocked is not None:
        return blocked
    reads = [it for it in ast.walk(known.function) if isinstance(it, ast.Name) and it.id == name and isinstance(it.ctx, ast.Load)]
    if len(reads) != 1:
        return f"{name} is read {len(reads)} times"
    if before is not made:
        return f"{name} is bound in line {made.lineno}, which does not stand directly before its use in line {use.lineno}"
    if not _alone(source, made):
        return f"line {made.lineno} also holds other code or a comment"
    return _reordered(source, Stable(names, known, made.value), made, use, path)


def _alone(source: Source, statement: ast.stmt) -> bool:
    start, end = source.span(statement)
    first, last = source.line_start(statement.lineno), source.line_end(statement.end_lineno or statement.lineno)
    return not (source.raw[first:start] + source.raw[end:last]).strip()


def _reordered(source: Source, stable: Stable, made: ast.Assign, use: ast.stmt, path: Path) -> Optional[str]:
    """What is evaluated before the name, and might give something else when the call runs after it."""
    if isinstance(use, ast.AugAssign) and not stable.expression(use.target):
        return f"{source.text(use.target)} is read before, and {source.text(made.value.func)}() may change it"  # type: ignore[attr-defined]
    for parent, child in zip(path, path[1:]):
        earlier = evaluated_before(parent, child)
        if earlier is None:
            return f"it stands in an expression that may not be evaluated exactly once, in line {use.lineno}"
        for it in earlier:
            if not stable.expression(it):
                return f"{source.text(it)} is evaluated before it, and {source.text(made.value.func)}() may change what it gives"  # type: ignore[attr-defined]
    return None


def evaluated_before(parent: ast.AST, child: ast.AST) -> Optional[List[ast.AST]]:
    """Parts of an expression that are evaluated before one of its parts; None where that is not evaluated exactly once."""
    order: Sequence[Optional[ast.AST]]
    if isinstance(parent, ast.Call):
        order = [parent.func, *sorted([*parent.args, *parent.keywords], key=_position)]
    elif isinstance(parent, ast.BinOp):
        order = [parent.left, parent.right]
    elif isinstance(parent, (ast.Tuple, ast.List, ast.Set)):
        order = parent.elts
    elif isinstance(parent, ast.Dict):
        order = [it for pair in zip(parent.keys, parent.values) for it in pair]
    elif isinstance(parent, ast.Subscript):
        order = [parent.value, parent.slice]
    elif isinstance(parent, ast.JoinedStr):
        order = parent.values
    elif isinstance(parent, (ast.keyword, ast.Starred, ast.Attribute, ast.UnaryOp, ast.Await, ast.FormattedValue)):
        order = [child]
    else:
        return None
    earlier: List[ast.AST] = []
    for it in order:
        if it is child:
            return earlier
        if it is not None:
            earlier.append(it.value if isinstance(it, ast.keyword) else it)
    return None


def _position(node: ast.AST) -> Tuple[int, int]:
    at = node.value if isinstance(node, ast.keyword) else node
    return at.lineno, at.col_offset  # type: ignore[attr-defined]
