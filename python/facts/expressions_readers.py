"""Whole texts that stand in memory only so that lines can be taken from them: ``StringIO(file.read())``."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional

from .expressions_tree import Tree, full_name, position
from .expressions_uses import is_local, local_names, parameter, peeks
from .syntax import FUNCTIONS, own_nodes, suspends

#: Calls that run through what they are given and keep nothing of it but its elements.
ENDING = {"tuple", "list", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "any", "all", "len", "next", "str.join"}


def text_copies(tree: Tree) -> List[Dict[str, object]]:
    """TextCopy of every ``StringIO(file.read())`` in a function, by a name of its own or as an argument."""
    found = []
    for function in [it for it in tree.nodes if isinstance(it, FUNCTIONS)]:
        for node in own_nodes(function):
            file = _copied(tree, node)
            if file is not None:
                found.append(_fact(tree, function, node, file))  # type: ignore[arg-type]
    return found


def _copied(tree: Tree, node: ast.AST) -> Optional[ast.Name]:
    """The file whose whole text becomes a StringIO."""
    if not (isinstance(node, ast.Call) and full_name(tree, node.func) == "io.StringIO" and len(node.args) == 1 and not node.keywords):
        return None
    read = node.args[0]
    if not (isinstance(read, ast.Call) and isinstance(read.func, ast.Attribute) and read.func.attr == "read" and not read.args and not read.keywords):
        return None
    return read.func.value if isinstance(read.func.value, ast.Name) else None


def _fact(tree: Tree, function: ast.AST, node: ast.Call, file: ast.Name) -> Dict[str, object]:
    statement = tree.statement(node)
    name = statement.targets[0].id if _named(statement, node) else None  # type: ignore[attr-defined]
    blockers: List[str] = []
    if suspends(function) or peeks(function):
        blockers.append("the function is a generator or coroutine, or looks at its own locals")
    if not is_local(function, file.id):
        blockers.append(f"{file.id} is no local of the function: others may read from it")
    occurrences = local_names(tree, function, name) if name else []
    loads = [it for it in occurrences if isinstance(it.ctx, ast.Load)]
    bound_once = sum(1 for it in occurrences if isinstance(it.ctx, ast.Store)) == 1
    if name and (not bound_once or parameter(function, name) or any(tree.function(it) is not function for it in loads)):
        blockers.append(f"{name} is bound in more than one place, or used by a function inside of this one")
    if tree.loops(node):
        blockers.append("it stands in a loop")
    whole = [it for it in loads if _whole(tree, it)]
    lazy = [it for it in loads if it not in whole]
    sinks = _sinks(tree, statement, whole, lazy, blockers)
    first: List[ast.AST] = list(lazy) if name else [node]
    names: List[str] = [name] if name else []
    carriers = _carriers(tree, function, first, names, blockers)
    _closed(tree, function, statement, file.id, carriers, blockers)
    return {
        **tree.site(node),
        "name": name,
        "carriers": names,
        "file": file.id,
        "parameter": _from_outside(tree, function, file.id),
        "base": _text_base(tree),
        "maker": tree.source.text(node.func),
        "copy": tree.source.text(node),
        "wholeUses": [{"line": it.lineno} for it in whole],
        "sinks": sinks,
        "blockers": list(dict.fromkeys(blockers)),
    }


def _named(statement: ast.stmt, node: ast.AST) -> bool:
    return isinstance(statement, ast.Assign) and statement.value is node and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)


def _whole(tree: Tree, use: ast.Name) -> bool:
    """A method that lines alone cannot serve: getvalue, seek, write."""
    above = tree.parents[use]
    return isinstance(above, ast.Attribute) and above.attr not in ("readline", "__next__", "__iter__")


def _sinks(tree: Tree, statement: ast.stmt, whole: List[ast.Name], lazy: List[ast.Name], blockers: List[str]) -> List[Dict[str, object]]:
    """Where the whole text has to be read after all: once for each branch of the one ``if`` in which it is needed."""
    arms: List[ast.stmt] = []
    tops: List[ast.stmt] = []
    for use in whole:
        path = [it for it in [use, *tree.up(use)] if isinstance(it, ast.stmt)]
        top = next((it for it in path if tree.block(it) is tree.block(statement)), None)
        arm = _arm(path, top) if isinstance(top, ast.If) else None
        if top is None or arm is None or (tops and top is not tops[0]):
            blockers.append(f"line {use.lineno} needs the whole text on every path, or before a branch is chosen")
            return []
        tops.append(top)
        if not any(tree.block(it) is tree.block(arm) for it in arms):
            arms.append(arm)
    early = [it for it in lazy if tops and position(it) < (tops[0].end_lineno, 0)]  # type: ignore[operator]
    if early:
        blockers.append(f"line {early[0].lineno} takes lines before line {tops[0].lineno} asks for the whole text")
    return [{"at": tree.source.line_start(it.lineno), "indent": tree.source.indent(it.lineno)} for it in arms]


def _arm(path: List[ast.stmt], top: ast.If) -> Optional[ast.stmt]:
    """The statement of the branch of ``top`` (or of its ``elif``) on the path; None where a condition itself stands on it."""
    chosen = top
    for below in reversed(path[: path.index(top)]):
        if isinstance(below, ast.If) and chosen.orelse == [below] and below.col_offset == chosen.col_offset:
            chosen = below
        else:
            return below
    return None


def _carriers(tree: Tree, function: ast.AST, first: List[ast.AST], names: List[str], blockers: List[str]) -> List[ast.AST]:
    """All expressions that hold the open text, and their names: the text's own, and what is made of it without running through it."""
    found: List[ast.AST] = []
    waiting = list(first)
    while waiting:
        use = waiting.pop()
        found.append(use)
        taker = _taker(tree, use)
        if isinstance(taker, (ast.Return, ast.Yield, ast.YieldFrom, ast.Lambda)):
            blockers.append(f"{tree.place(taker)} hands it out of the function")
        elif isinstance(taker, ast.Assign):
            target = taker.targets[0]
            if len(taker.targets) != 1 or not isinstance(target, ast.Name) or not is_local(function, target.id):
                blockers.append(f"{tree.place(taker)} keeps it")
            elif target.id not in names:
                names.append(target.id)
                waiting += [it for it in local_names(tree, function, target.id) if isinstance(it.ctx, ast.Load) and position(it) > position(taker)]
        elif taker is not None:
            blockers.append(f"{tree.place(taker)} hands it on: {tree.short(tree.statement(taker))}")
    return found


def _taker(tree: Tree, use: ast.AST) -> Optional[ast.AST]:
    """The statement or expression that goes on holding what is read from; None where the reading ends on the spot."""
    node = use
    for above in tree.up(use):
        if isinstance(above, ast.Call) and node is not above.func:
            if full_name(tree, above.func) in ENDING or (isinstance(above.func, ast.Attribute) and above.func.attr in ("extend", "join", "update")):
                return None
        elif isinstance(above, (ast.For, ast.comprehension)) and above.iter is node:
            if not isinstance(tree.parents[above], ast.GeneratorExp):
                return None
        elif isinstance(above, ast.Attribute):
            return None  # a method or attribute of the reader: `reader.line_num`
        elif isinstance(above, ast.Expr):
            return None if isinstance(above.value, ast.Call) and full_name(tree, above.value.func) in ENDING else above
        elif isinstance(above, (ast.Return, ast.Yield, ast.YieldFrom, ast.Lambda)):
            return above
        elif isinstance(above, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
            return above
        elif isinstance(above, ast.stmt):
            return above
        node = above
    return None


def _closed(tree: Tree, function: ast.AST, statement: ast.stmt, file: str, carriers: List[ast.AST], blockers: List[str]) -> None:
    """The file must be nobody else's until the last line is taken, and open."""
    for it in local_names(tree, function, file):
        if position(it) <= (statement.end_lineno, statement.end_col_offset):  # type: ignore[operator]
            continue
        above = tree.parents[it]
        if not (isinstance(above, ast.Attribute) and above.attr == "close" and isinstance(it.ctx, ast.Load)):
            blockers.append(f"line {it.lineno} uses {file} again")
            continue
        late = [one for one in carriers if position(one) > position(it)]
        if late:
            blockers.append(f"line {late[0].lineno} takes lines when line {it.lineno} has closed {file}")  # type: ignore[attr-defined]
    for around in tree.up(statement):
        if around is function:
            break
        if isinstance(around, (ast.With, ast.AsyncWith)):
            if any(position(it) > (around.end_lineno, 0) and around not in tree.up(it) for it in carriers):  # type: ignore[operator]
                blockers.append(f"lines are taken behind the with block of line {around.lineno}, which has closed the file by then")


def _from_outside(tree: Tree, function: ast.AST, file: str) -> bool:
    """The caller may have opened the file: not every place that binds it does."""
    if parameter(function, file):
        return True
    opened = {"open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open"}
    for it in own_nodes(function):
        value = None
        if isinstance(it, ast.Assign) and any(isinstance(to, ast.Name) and to.id == file for to in it.targets):
            value = it.value
        elif isinstance(it, ast.withitem) and isinstance(it.optional_vars, ast.Name) and it.optional_vars.id == file:
            value = it.context_expr
        if value is not None and not (isinstance(value, ast.Call) and full_name(tree, value.func) in opened):
            return True
    return False


def _text_base(tree: Tree) -> Optional[str]:
    """How the file may write ``io.TextIOBase``; None where it has to import the name."""
    for local, whole in tree.imports.items():
        if whole == "io.TextIOBase":
            return local
        if whole == "io":
            return f"{local}.TextIOBase"
    return None
