"""Expressions that give the same whether they are evaluated before or after some call: names that the call cannot rebind."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Set

from .liveness import Liveness
from .syntax import Function


class ModuleNames:
    """What a file does to names, whoever does it: one look at the whole tree."""

    def __init__(self, tree: ast.Module) -> None:
        #: How many places of the file bind each name.
        self.stores: "Counter[str]" = Counter()
        #: Names that a function rebinds outside of itself, and names of parameters.
        self.outer: Set[str] = set()
        self.arguments: Set[str] = set()
        self.imported: Set[str] = set()
        self.stored_attributes: Set[str] = set()
        #: A star import may bind anything.
        self.star = False
        self.classes = [it for it in ast.walk(tree) if isinstance(it, ast.ClassDef)]
        for it in ast.walk(tree):
            self._see(it)

    def _see(self, it: ast.AST) -> None:
        if isinstance(it, ast.Name) and not isinstance(it.ctx, ast.Load):
            self.stores[it.id] += 1
        elif isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.stores[it.name] += 1
        elif isinstance(it, ast.alias):
            self.star = self.star or it.name == "*"
            name = (it.asname or it.name).split(".")[0]
            self.stores[name] += 1
            self.imported.add(name)
        elif isinstance(it, (ast.Global, ast.Nonlocal)):
            self.outer.update(it.names)
        elif isinstance(it, ast.arg):
            self.arguments.add(it.arg)
        elif isinstance(it, ast.Attribute) and not isinstance(it.ctx, ast.Load):
            self.stored_attributes.add(it.attr)


class Stable:
    """Of one function, around one call that it makes."""

    def __init__(self, names: ModuleNames, known: Liveness, call: ast.expr) -> None:
        self._names = names
        self._known = known
        self._rebound = {it.target.id for it in ast.walk(call) if isinstance(it, ast.NamedExpr)}

    def expression(self, node: ast.AST) -> bool:
        """Constants; names; `module.name`; `self.method`."""
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._imported(node.value.id) or self._method(node.value.id, node.attr)
        return False

    def _name(self, name: str) -> bool:
        if name in self._known.locals:
            return name not in self._known.captured and name not in self._rebound
        names = self._names
        return not names.star and name not in names.outer and name not in names.arguments and names.stores[name] <= 1

    def _imported(self, name: str) -> bool:
        return name not in self._known.locals and name in self._names.imported and self._name(name)

    def _method(self, name: str, attribute: str) -> bool:
        """``self.load`` where the class defines ``load`` plainly, and nobody in the file stores such an attribute."""
        function: Function = self._known.function
        owner = next((it for it in self._names.classes if function in it.body), None)
        args = [*function.args.posonlyargs, *function.args.args]
        if owner is None or not args or args[0].arg != name or not self._name(name):
            return False
        plain = [it for it in owner.body if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef)) and it.name == attribute]
        return len(plain) == 1 and not plain[0].decorator_list and attribute not in self._names.stored_attributes
