"""What must be known of all files of the project at once: who mentions a name, which functions and properties there are."""

from __future__ import annotations

import ast
import os
import re
from typing import Dict, List, Optional, Set, Tuple

from .expressions_tree import Tree
from .spans import Source
from .syntax import FUNCTIONS


class Project:
    """All readable Python files of a tree; indexes are made once."""

    def __init__(self, root: str, files: List[str]) -> None:
        self.root = root
        self.trees: Dict[str, Tree] = {}
        for path in files:
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            try:
                self.trees[relative] = Tree(Source.read(path), relative)
            except (OSError, SyntaxError, ValueError, LookupError):
                continue
        self.definitions: Dict[str, List[Tuple[Tree, ast.AST]]] = {}
        self.classes: Dict[str, List[Tuple[Tree, ast.ClassDef]]] = {}
        self.properties: Set[str] = set()
        self.attributes: Dict[str, List[Tuple[Tree, ast.Attribute]]] = {}
        self.names: Dict[str, List[Tuple[Tree, ast.Name]]] = {}
        self.imported: Dict[str, List[Tuple[Tree, ast.ImportFrom]]] = {}
        self.texts: Dict[str, List[Tuple[Tree, ast.Constant]]] = {}
        self.identities: Optional[List[str]] = None
        """Places that compare by identity, once somebody asked for them (expressions_identity.py)."""
        self.derived: Optional[Dict[str, List[Tuple[Tree, ast.ClassDef]]]] = None
        """Classes by the names of their bases, once somebody asked for them (expressions_family.py)."""
        self.tuple_makers: Optional[Set[str]] = None
        """Functions that give back tuples they make, once somebody asked for them (expressions_tuples.py)."""
        self.template_words: Optional[Dict[str, str]] = None
        """Of files that are no Python, once somebody asked for them."""
        for tree in self.trees.values():
            self._index(tree)
        self.published = published(root)

    def _index(self, tree: Tree) -> None:
        for node in tree.nodes:
            if isinstance(node, FUNCTIONS):
                self.definitions.setdefault(node.name, []).append((tree, node))
                if any("property" in ast.dump(it) for it in node.decorator_list):
                    self.properties.add(node.name)
            elif isinstance(node, ast.ClassDef):
                self.classes.setdefault(node.name, []).append((tree, node))
            elif isinstance(node, ast.Attribute):
                self.attributes.setdefault(node.attr, []).append((tree, node))
            elif isinstance(node, ast.Name):
                self.names.setdefault(node.id, []).append((tree, node))
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.imported.setdefault(alias.name, []).append((tree, node))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= 200:
                self.texts.setdefault(node.value.rpartition(".")[2], []).append((tree, node))

    def only_function(self, name: str) -> Optional[Tuple[Tree, ast.AST]]:
        """The one function of that name in the project; None where there is none or more than one."""
        found = self.definitions.get(name, [])
        return found[0] if len(found) == 1 else None

    def only_init(self, name: str) -> Optional[Tuple[Tree, ast.AST]]:
        """The `__init__` of the one class of that name; None where there is none or it makes its instances in another way."""
        found = self.classes.get(name, [])
        if len(found) != 1 or self.definitions.get(name):
            return None
        tree, cls = found[0]
        own = {it.name: it for it in cls.body if isinstance(it, FUNCTIONS)}
        init = own.get("__init__")
        return (tree, init) if init is not None and "__new__" not in own and not cls.keywords else None


def published(root: str) -> bool:
    """Made to be installed by others: a build back end, a setup file or package metadata says so."""
    if os.path.exists(os.path.join(root, "setup.py")) or os.path.exists(os.path.join(root, "setup.cfg")):
        return True
    try:
        with open(os.path.join(root, "pyproject.toml"), encoding="utf-8") as file:
            return re.search(r"^\[(build-system|project|tool\.poetry)\]", file.read(), re.M) is not None
    except (OSError, UnicodeDecodeError):
        return False


def is_test(file: str) -> bool:
    """By the names that pytest collects and the folders that tests live in."""
    parts = file.split("/")
    name = parts[-1]
    return bool({"tests", "test", "testing"} & set(parts[:-1])) or name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
