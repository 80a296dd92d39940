"""Whether a method runs at most once for each object: wherever it is called, the object was made right there for this one call."""

from __future__ import annotations

import ast
from typing import List, Optional, Set

from .expressions_family import Family, last_name
from .expressions_project import is_test
from .expressions_tree import COMPREHENSIONS, Tree


def once(family: Family, name: str, under_way: Optional[Set[str]] = None) -> bool:
    """The project calls the method, and no object of the family runs it twice; tests are left to be run."""
    seen = under_way or set()
    if name in seen or (family.project.published and not name.startswith("_")):
        return False
    calls = [it for it in family.project.attributes.get(name, []) if not is_test(it[0].file) and not of_others(family, *it)]
    return bool(calls) and all(_is_only(family, tree, node, {*seen, name}) for tree, node in calls)


def _is_only(family: Family, tree: Tree, node: ast.Attribute, seen: Set[str]) -> bool:
    above = tree.parents[node]
    if not (isinstance(above, ast.Call) and above.func is node):
        return False
    if family.called(tree, node) is not None:
        caller = tree.function(node)
        twice = [it for it in ast.walk(caller) if isinstance(it, ast.Attribute) and it.attr == node.attr and it is not node]  # type: ignore[arg-type]
        return not twice and not _repeated(tree, node) and once(family, caller.name, seen)  # type: ignore[union-attr]
    if isinstance(node.value, ast.Call):
        return last_name(node.value.func) in family.names
    return isinstance(node.value, ast.Name) and _made_for_it(family, tree, node, node.value.id)


def _made_for_it(family: Family, tree: Tree, node: ast.Attribute, name: str) -> bool:
    """The local was bound once, to a new object, in the same round of the same loops, and this is its one call of the method."""
    function = tree.function(node)
    bound: List[ast.Name] = []
    for it in tree.nodes:
        if isinstance(it, ast.Name) and it.id == name and tree.function(it) is function:
            if not isinstance(it.ctx, ast.Load):
                bound.append(it)
            elif it is not node.value and isinstance(tree.parents[it], ast.Attribute) and tree.parents[it].attr == node.attr:  # type: ignore[attr-defined]
                return False
    made = tree.parents[bound[0]] if len(bound) == 1 else None
    if not (isinstance(made, ast.Assign) and isinstance(made.value, ast.Call) and last_name(made.value.func) in family.names):
        return False
    return tree.loops(node) == tree.loops(bound[0]) and not _in_comprehension(tree, node)


def _repeated(tree: Tree, node: ast.AST) -> bool:
    return bool(tree.loops(node)) or _in_comprehension(tree, node)


def _in_comprehension(tree: Tree, node: ast.AST) -> bool:
    statement = tree.statement(node)
    return any(isinstance(it, COMPREHENSIONS + (ast.Lambda,)) for it in tree.up(node) if it is not statement and it in set(ast.walk(statement)))


def of_others(family: Family, tree: Tree, node: ast.Attribute) -> bool:
    """A function of an imported module, or a method of a literal or of another class of the project."""
    value = node.value
    if isinstance(value, (ast.Constant, ast.JoinedStr)):
        return True
    if isinstance(value, ast.Name):
        function = tree.function(node)
        in_class = function is not None and isinstance(tree.parents.get(function), ast.ClassDef)
        if in_class and not family.holds(tree, function) and value.id in ("self", "cls"):
            return True
        return value.id not in tree.rebound and any(isinstance(it, ast.Import) and _binds(it, value.id) for it in tree.nodes)
    if isinstance(value, ast.Call):
        name = last_name(value.func)
        return name in family.project.classes and name not in family.names
    return False


def _binds(statement: ast.Import, name: str) -> bool:
    return any((it.asname or it.name.split(".")[0]) == name for it in statement.names)
