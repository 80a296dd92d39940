"""Which uses of an object's dictionary (`x.__dict__`, `vars(x)`) only read it on the spot, so that a fresh dict serves as well."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Set, Tuple

METHODS = {"items", "keys", "values", "get", "copy"}
#: Calls that read an argument and keep nothing of it but its elements.
CALLS = {
    "dict", "sorted", "list", "tuple", "set", "frozenset", "len", "repr", "str", "print", "iter", "format", "bool", "any", "all", "max", "min",
    "pprint", "pprint.pprint", "pformat", "pprint.pformat", "pprint.pp", "copy.copy", "copy.deepcopy", "deepcopy", "json.dumps", "json.dump",
    "collections.OrderedDict", "OrderedDict", "enumerate", "zip", "map", "filter",
}
#: Methods of others that copy what they are given; the receiver must not be an object's dictionary itself.
TAKING = {"update", "format_map", "extend", "write"}


def dict_reads(tree: ast.AST) -> Set[Tuple[int, int]]:
    """Line and column of every such use whose dictionary is read and dropped within the expression around it."""
    uses = [it for it in ast.walk(tree) if _is_use(it)]
    if not uses:
        return set()
    parents: Dict[ast.AST, ast.AST] = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return {(it.lineno, it.col_offset) for it in uses if _read(it, parents)}  # type: ignore[attr-defined]


def _is_use(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__" and isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars" and len(node.args) <= 1


def _read(node: ast.AST, parents: Dict[ast.AST, ast.AST]) -> bool:
    above = parents[node]
    if isinstance(above, ast.Attribute):
        call = parents[above]
        return above.attr in METHODS and isinstance(call, ast.Call) and call.func is above
    if isinstance(above, ast.Subscript):
        return above.value is node and isinstance(above.ctx, ast.Load)
    if isinstance(above, ast.keyword):
        return above.arg is None  # `f(**vars(x))` hands on a dict of its own
    if isinstance(above, (ast.Compare, ast.FormattedValue)):
        return not any(isinstance(it, (ast.Is, ast.IsNot)) for it in getattr(above, "ops", []))
    if isinstance(above, (ast.For, ast.comprehension)):
        return above.iter is node
    if isinstance(above, ast.BinOp):
        return isinstance(above.op, (ast.Mod, ast.BitOr))
    if isinstance(above, ast.Dict):
        return any(key is None and value is node for key, value in zip(above.keys, above.values))
    return isinstance(above, ast.Call) and node in above.args and _takes(above.func)


def _takes(func: ast.AST) -> bool:
    if isinstance(func, ast.Attribute) and func.attr in TAKING:
        return not _is_use(func.value)
    parts: List[str] = []
    at: Optional[ast.AST] = func
    while isinstance(at, ast.Attribute):
        parts.insert(0, at.attr)
        at = at.value
    return isinstance(at, ast.Name) and ".".join([at.id, *parts]) in CALLS
