"""Whether code asks if two values are one object, where both may be tuples."""

from __future__ import annotations

import ast
from typing import List, Optional

from .expressions_project import Project, is_test
from .expressions_tree import Tree, full_name
from .expressions_uses import is_local
from .syntax import dotted, own_nodes

OF_TUPLES = {"count", "index"}
OWNERS = {"self", "cls"}


def compared_by_identity(project: Project) -> Optional[str]:
    """The first place of the project, tests left out, that compares by ``is`` or takes ``id()`` of what may be a tuple; None: there is none."""
    if project.identities is None:
        trees = [it for _, it in sorted(project.trees.items()) if not is_test(it.file)]
        project.identities = [place for tree in trees for place in _places(tree)]
    return project.identities[0] if project.identities else None


def _places(tree: Tree) -> List[str]:
    found = []
    for node in tree.nodes:
        if isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
            pairs = zip(node.ops, operands, operands[1:])
            if any(isinstance(op, (ast.Is, ast.IsNot)) and _may_be_tuple(tree, left) and _may_be_tuple(tree, right) for op, left, right in pairs):
                found.append(f"{tree.file}:{node.lineno}")
        elif isinstance(node, ast.Call) and len(node.args) == 1 and full_name(tree, node.func) == "id" and _may_be_tuple(tree, node.args[0]):
            found.append(f"{tree.file}:{node.lineno}")
    return found


def _may_be_tuple(tree: Tree, node: ast.AST) -> bool:
    """False for constants, types, what belongs to modules, and for what the function around uses as another object."""
    if isinstance(node, ast.Call):
        return full_name(tree, node.func) not in ("type", "id", "super")
    if isinstance(node, (ast.Attribute, ast.Name)):
        name = dotted(node)
        if name is None:
            return True
        function = tree.function(node)
        first, _, rest = name.partition(".")
        last = name.rpartition(".")[2]
        if name in OWNERS or last == "__class__" or last.isupper():
            return False
        if not rest and not is_local(function, first):
            return _captured(tree, function, first)
        return first not in tree.imports and not _otherwise(function, name)
    return isinstance(node, (ast.Subscript, ast.NamedExpr, ast.IfExp, ast.BoolOp))


def _captured(tree: Tree, function: Optional[ast.AST], name: str) -> bool:
    """A local of a function around this one; other names are of the module or builtin."""
    return function is not None and any(is_local(it, name) for it in tree.up(function))


def _otherwise(function: Optional[ast.AST], name: str) -> bool:
    """An attribute is read or set, or it is called: no tuple."""
    for it in own_nodes(function) if function is not None else ():
        if isinstance(it, ast.Attribute) and it.attr not in OF_TUPLES and dotted(it.value) == name:
            return True
        if isinstance(it, ast.Call) and dotted(it.func) == name:
            return True
    return False
