"""Lists of arrays that are only added up: three statements that build all of them, make room for the longest, and add each."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Tuple

from .expressions_tree import Tree, full_name, names_in
from .expressions_uses import is_local, local_names, parameter, peeks
from .syntax import FUNCTIONS, own_nodes, suspends

MAXIMA = {"max", "numpy.max", "numpy.amax"}


def padded_sums(tree: Tree) -> List[Dict[str, object]]:
    """PaddedSum of ``parts = [… for …]``, ``total = zeros(max of their lengths)``, ``for part in parts: total[:len(part)] += part``."""
    found = []
    for function in [it for it in tree.nodes if isinstance(it, FUNCTIONS)]:
        for node in own_nodes(function):
            block = tree.block(node) if isinstance(node, ast.Assign) else []
            at = block.index(node) if node in block else len(block)
            if at + 2 < len(block):
                one = _sum(tree, function, block[at], block[at + 1], block[at + 2])
                if one is not None:
                    found.append(one)
    return found


def _sum(tree: Tree, function: ast.AST, build: ast.stmt, room: ast.stmt, loop: ast.stmt) -> Optional[Dict[str, object]]:
    parts, total = _target(build), _target(room)
    if parts is None or total is None or not (isinstance(build, ast.Assign) and isinstance(build.value, ast.ListComp)) or not isinstance(room, ast.Assign):
        return None
    added = _added(tree, loop, parts, total)
    shape = _shape(tree, room.value, parts)
    if added is None or shape is None or added[1] != shape[1]:
        return None
    comprehension = build.value.generators[0]
    part, axis, length, index = added
    return {
        **tree.site(build.value),
        "name": parts,
        "total": total,
        "part": part,
        "element": _alone(tree.source.text(build.value.elt)),
        "target": tree.source.text(comprehension.target),
        "iterable": tree.source.text(comprehension.iter),
        "length": length,
        "index": index,
        "reach": f"{total}.shape[{axis}]",
        "zeros": shape[0],
        "lines": [tree.source.line_start(build.lineno), tree.source.line_end(loop.end_lineno or loop.lineno)],
        "addition": tree.source.text(loop.body[0]),  # type: ignore[attr-defined]
        "indent": tree.source.indent(build.lineno),
        "blockers": _blockers(tree, function, build, room, loop, (parts, total, part)),
    }


def _alone(text: str) -> str:
    """The expression as it can stand behind an equals sign: in brackets where only the list's own joined its lines."""
    try:
        ast.parse(f"it = {text}")
        return text
    except SyntaxError:
        return f"({text})"


def _target(statement: ast.stmt) -> Optional[str]:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return None


def _added(tree: Tree, loop: ast.stmt, parts: str, total: str) -> Optional[Tuple[str, int, str, str]]:
    """The loop's variable, the axis that differs, the text of a part's length, and ``[:, :{}]`` with a gap for a length."""
    if not (isinstance(loop, ast.For) and isinstance(loop.iter, ast.Name) and loop.iter.id == parts and isinstance(loop.target, ast.Name)):
        return None
    part = loop.target.id
    only = loop.body[0]
    if len(loop.body) != 1 or loop.orelse or not (isinstance(only, ast.AugAssign) and isinstance(only.op, ast.Add) and isinstance(only.target, ast.Subscript)):
        return None
    if not (isinstance(only.target.value, ast.Name) and only.target.value.id == total and isinstance(only.value, ast.Name) and only.value.id == part):
        return None
    key = only.target.slice
    keys = key.elts if isinstance(key, ast.Tuple) else [key]
    cut = [at for at, it in enumerate(keys) if isinstance(it, ast.Slice) and it.upper is not None]
    if len(cut) != 1 or any(not isinstance(it, ast.Slice) or it.lower is not None or it.step is not None for it in keys):
        return None
    length = keys[cut[0]].upper  # type: ignore[attr-defined]
    if _length(tree, length, part) != cut[0]:
        return None
    return part, cut[0], tree.source.text(length), ", ".join(":{}" if at == cut[0] else ":" for at in range(len(keys)))


def _length(tree: Tree, node: ast.AST, name: str) -> Optional[int]:
    """The axis of which ``name.shape[n]`` or ``len(name)`` is the length."""
    if isinstance(node, ast.Call) and full_name(tree, node.func) == "len" and len(node.args) == 1:
        return 0 if isinstance(node.args[0], ast.Name) and node.args[0].id == name else None
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape"):
        return None
    key = node.slice
    named = isinstance(node.value.value, ast.Name) and node.value.value.id == name
    return key.value if named and isinstance(key, ast.Constant) and isinstance(key.value, int) and key.value >= 0 else None


def _shape(tree: Tree, value: ast.AST, parts: str) -> Optional[Tuple[str, int]]:
    """``np.zeros((128, {}))`` with a gap for the longest length, and the axis of the gap."""
    if not (isinstance(value, ast.Call) and full_name(tree, value.func) == "numpy.zeros" and len(value.args) == 1):
        return None
    if any(not isinstance(it.value, (ast.Constant, ast.Name, ast.Attribute)) for it in value.keywords):
        return None
    given = value.args[0]
    sizes = given.elts if isinstance(given, ast.Tuple) else [given]
    gaps = [(at, _longest(tree, it, parts)) for at, it in enumerate(sizes)]
    axes = [at for at, axis in gaps if axis == at]
    if len(axes) != 1 or any(not isinstance(it, (ast.Constant, ast.Name)) for at, it in enumerate(sizes) if at != axes[0]):
        return None
    start, end = tree.source.span(value)
    low, high = tree.source.span(sizes[axes[0]])
    raw = tree.source.raw
    texts = [raw[start:low].decode(tree.source.encoding), raw[high:end].decode(tree.source.encoding)]
    return None if any("{" in it or "\n" in it for it in texts) else ("{}".join(texts), axes[0])


def _longest(tree: Tree, node: ast.AST, parts: str) -> Optional[int]:
    """The axis of ``max([p.shape[n] for p in parts])`` and its like."""
    if not (isinstance(node, ast.Call) and full_name(tree, node.func) in MAXIMA and len(node.args) == 1 and not node.keywords):
        return None
    lengths = node.args[0]
    if not isinstance(lengths, (ast.ListComp, ast.GeneratorExp)) or len(lengths.generators) != 1:
        return None
    clause = lengths.generators[0]
    if clause.ifs or not (isinstance(clause.iter, ast.Name) and clause.iter.id == parts and isinstance(clause.target, ast.Name)):
        return None
    return _length(tree, lengths.elt, clause.target.id)


def _blockers(tree: Tree, function: ast.AST, build: ast.Assign, room: ast.stmt, loop: ast.stmt, names: Tuple[str, str, str]) -> List[str]:
    found: List[str] = []
    parts, total, part = names
    comprehension = build.value.generators[0]  # type: ignore[attr-defined]
    if len(build.value.generators) != 1 or comprehension.ifs or comprehension.is_async:  # type: ignore[attr-defined]
        found.append("the list is built by more than one plain clause")
    if suspends(function) or peeks(function):
        found.append("the function is a generator or coroutine, or looks at its own locals")
    for name in (parts, total):
        if not is_local(function, name) or parameter(function, name):
            found.append(f"{name} is no local of the function alone")
    if len(local_names(tree, function, parts)) != 3:
        found.append(f"{parts} is used for more than its longest length and the sum")
    if any(it.id in names for it in names_in(build.value)):
        found.append("an element is made from the sum, or from what the names meant before")
    own = {it.id for it in names_in(comprehension.target)}
    inside = {id(it) for one in (build, loop) for it in ast.walk(one)}
    for name in sorted(own | {part}):
        others = [it for it in local_names(tree, function, name) if id(it) not in inside and not _in_clause(tree, it)]
        if others or parameter(function, name) or (name in own and name == part):
            found.append(f"the name {name} means something else in the function, too")
    if any(isinstance(it, ast.Name) and it.id == "grown" for it in ast.walk(function)):
        found.append("the name grown is taken")
    start, end = tree.source.line_start(build.lineno), tree.source.line_end(loop.end_lineno or loop.lineno)
    before = tree.source.raw[start : tree.source.span(build)[0]].strip()
    after = tree.source.raw[tree.source.span(loop)[1] : end].strip()
    if before or after:
        found.append("other code stands on the lines of these statements")
    return found


def _in_clause(tree: Tree, name: ast.Name) -> bool:
    """The name is bound by a comprehension around it, so it is another one."""
    for above in tree.up(name):
        for clause in getattr(above, "generators", []):
            if any(it.id == name.id for it in names_in(clause.target)):
                return True
    return False
