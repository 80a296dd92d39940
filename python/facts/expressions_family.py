"""A class with its kin in the project, and what their methods do with one attribute: in which order they store and read it."""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Optional, Set, Tuple

from .expressions_project import Project
from .expressions_tree import Tree
from .syntax import FUNCTIONS, dotted, own_nodes

Method = Tuple[Tree, ast.AST]
MOST_KIN = 24
"""Larger families are not followed."""
PLAIN_BASES = {"object", "ABC", "Generic", "Protocol"}
#: Contexts that let every exception pass.
OPENING = {"open"}


class Family:
    """A class, those that it derives from and that derive from it, told by name."""

    def __init__(self, project: Project, tree: Tree, cls: ast.ClassDef) -> None:
        self.project = project
        self.classes: List[Tuple[Tree, ast.ClassDef]] = [(tree, cls)]
        self.foreign: Optional[str] = None
        for one_tree, one in self.classes:
            for base in one.bases:
                self._add_base(one_tree, one, base)
            self.classes += [it for it in _derived(project, one.name) if it not in self.classes]
            if len(self.classes) > MOST_KIN:
                self.foreign = f"{cls.name} has more than {MOST_KIN} classes among its kin ({tree.file}:{cls.lineno})"
                del self.classes[MOST_KIN:]
                break
        self.names = {one.name for _, one in self.classes}
        self.methods: Dict[str, List[Method]] = {}
        for one_tree, one in self.classes:
            for it in one.body:
                if isinstance(it, FUNCTIONS):
                    self.methods.setdefault(it.name, []).append((one_tree, it))

        self._calls: Dict[str, Set[str]] = {}

    def reaches(self, caller: str, wanted: str) -> bool:
        """Running the one method of the object may run the other on the same object."""
        seen: Set[str] = set()
        waiting = [caller]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                called = self._called_by(name)
                if wanted in called:
                    return True
                waiting += called
        return False

    def _called_by(self, name: str) -> Set[str]:
        if name not in self._calls:
            nodes = [(tree, it) for tree, function in self.methods.get(name, []) for it in own_nodes(function)]
            self._calls[name] = {called for tree, it in nodes for called in [self.called(tree, it)] if called is not None}
        return self._calls[name]

    def _add_base(self, tree: Tree, cls: ast.ClassDef, base: ast.expr) -> None:
        name = last_name(base)
        found = self.project.classes.get(name, [])
        if len(found) > 1:
            self.foreign = self.foreign or f"more than one class is called {name} ({tree.file}:{cls.lineno})"
        self.classes += [it for it in found if it not in self.classes]
        if not found and name not in PLAIN_BASES:
            self.foreign = self.foreign or f"{cls.name} derives from {name}, whose methods are not known ({tree.file}:{cls.lineno})"

    def holds(self, tree: Tree, function: Optional[ast.AST]) -> bool:
        """The function is a method of one of the classes."""
        above = tree.parents.get(function) if function is not None else None
        return any(above is cls for _, cls in self.classes)

    def called(self, tree: Tree, node: ast.AST) -> Optional[str]:
        """The method that `self.name` or `super().name` means."""
        if not isinstance(node, ast.Attribute) or node.attr not in self.methods:
            return None
        return node.attr if self.own(tree, node) else None

    def own(self, tree: Tree, node: ast.Attribute) -> bool:
        """It is an attribute of the method's own instance, looked at while the method runs."""
        function = tree.function(node)
        if function is None or not self.holds(tree, function):
            return False
        value = node.value
        through = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "super"
        return through or (isinstance(value, ast.Name) and value.id == receiver(function))


def _derived(project: Project, name: str) -> List[Tuple[Tree, ast.ClassDef]]:
    """Classes that name this one among their bases."""
    if project.derived is None:
        project.derived = {}
        for others in project.classes.values():
            for tree, cls in others:
                for base in {last_name(it) for it in cls.bases}:
                    project.derived.setdefault(base, []).append((tree, cls))
    return project.derived.get(name, [])


def receiver(function: ast.AST) -> Optional[str]:
    """The name of a method's own instance."""
    spec: ast.arguments = function.args  # type: ignore[attr-defined]
    first = [*spec.posonlyargs, *spec.args][:1]
    special = {last_name(it) for it in function.decorator_list} & {"staticmethod", "classmethod"}  # type: ignore[attr-defined]
    return first[0].arg if first and not special else None


def last_name(node: ast.AST) -> str:
    """`C` of `a.b.C`, `C[int]` and `C(…)`."""
    if isinstance(node, (ast.Subscript, ast.Call)):
        return last_name(node.value if isinstance(node, ast.Subscript) else node.func)
    return (dotted(node) or "").rpartition(".")[2]


class Order:
    """What the methods of a family do with one attribute of their instance."""

    def __init__(self, family: Family, attribute: str) -> None:
        self.family = family
        self.attribute = attribute
        self._exposed: Dict[ast.AST, Optional[str]] = {}
        self._sure: Dict[ast.AST, bool] = {}
        self._touching: Dict[ast.AST, bool] = {}

    def reads(self, tree: Tree, node: ast.AST) -> Iterator[ast.Attribute]:
        for it in ast.walk(node):
            if isinstance(it, ast.Attribute) and it.attr == self.attribute and self.family.own(tree, it):
                augmented = isinstance(tree.parents[it], ast.AugAssign)
                if augmented or not isinstance(it.ctx, ast.Store):
                    yield it

    def touches(self, tree: Tree, node: ast.AST) -> bool:
        """It reads or stores the attribute, or calls a method that may."""
        for it in ast.walk(node):
            if not isinstance(it, ast.Attribute):
                continue
            if it.attr == self.attribute and self.family.own(tree, it):
                return True
            name = self.family.called(tree, it)
            if name is not None and any(self._method_touches(*method) for method in self.family.methods[name]):
                return True
        return False

    def _method_touches(self, tree: Tree, function: ast.AST) -> bool:
        if function not in self._touching:
            self._touching[function] = False  # what is under way is counted where it was begun
            self._touching[function] = any(self.touches(tree, it) for it in function.body)  # type: ignore[attr-defined]
        return self._touching[function]

    def exposed(self, tree: Tree, function: ast.AST) -> Optional[str]:
        """Where the method may read the attribute as an earlier call left it; None where it surely stores it first."""
        if function not in self._exposed:
            self._exposed[function] = f"{tree.file}:{function.lineno}"  # type: ignore[attr-defined]
            self._exposed[function] = self._first_read(tree, function.body)[0]  # type: ignore[attr-defined]
        return self._exposed[function]

    def _first_read(self, tree: Tree, body: List[ast.stmt]) -> Tuple[Optional[str], bool]:
        """The first place that may read, and whether it was surely stored before the end."""
        for statement in body:
            if isinstance(statement, ast.With) and all(last_name(it.context_expr) in OPENING for it in statement.items):
                heads = [self._read_in(tree, it.context_expr) for it in statement.items]
                place, stored = next((it for it in heads if it), None), False
                if place is None:
                    place, stored = self._first_read(tree, statement.body)
            else:
                place, stored = self._read_in(tree, statement), self._stores(tree, statement)
            if place is not None or stored:
                return place, stored
            if any(isinstance(it, (ast.Return, ast.Yield, ast.YieldFrom)) for it in ast.walk(statement)):
                rest = [self._read_in(tree, it) for it in body[body.index(statement) + 1 :]]
                return next((it for it in rest if it), None), False
        return None, False

    def _read_in(self, tree: Tree, node: ast.AST) -> Optional[str]:
        for read in self.reads(tree, node):
            return tree.place(read)
        for it in ast.walk(node):
            name = self.family.called(tree, it)
            for method in self.family.methods.get(name or "", []):
                place = self.exposed(*method)
                if place is not None:
                    return place
        return None

    def _stores(self, tree: Tree, statement: ast.stmt) -> bool:
        """The statement surely gives the attribute a value."""
        value = statement.value if isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)) else None
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)] if value is not None else []
        if any(isinstance(it, ast.Attribute) and it.attr == self.attribute and self.family.own(tree, it) for it in targets):
            return True
        name = self.family.called(tree, value.func) if isinstance(value, ast.Call) else None
        methods = self.family.methods.get(name or "", [])
        return bool(methods) and all(self._surely(*method) for method in methods)

    def _surely(self, tree: Tree, function: ast.AST) -> bool:
        if function not in self._sure:
            self._sure[function] = False
            plain = not isinstance(function, ast.AsyncFunctionDef) and not any(isinstance(it, (ast.Yield, ast.YieldFrom)) for it in own_nodes(function))
            self._sure[function] = plain and self._first_read(tree, function.body)[1]  # type: ignore[attr-defined]
        return self._sure[function]

    def exposing(self) -> Set[str]:
        """Names of the methods that may read what an earlier call left."""
        return {name for name, methods in self.family.methods.items() if any(self.exposed(*it) is not None for it in methods)}
