"""Watches which statements of given functions run at all, while the tests run (src/vocabulary/look.ts: Coverage).

Each statement gets a mark of ours in front of it; nothing else of the program is touched.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any, Dict, List, Tuple

NAME = "__codeflash_memory_ran__"
Place = Tuple[str, str]
_wanted: Dict[Place, Dict[int, None]] = {}
"""File and qualified name of each function that is asked for → the lines on which its statements begin."""
_marks: List[Tuple[Place, int]] = []
_ran: Dict[int, int] = {}


def install(requests: List[Dict[str, Any]], project: Any) -> None:
    """Starts to watch. Functions are ``{file, qualname}``."""
    from ..probe import source

    for it in requests:
        _wanted.setdefault((it["file"], it["qualname"]), {})
    setattr(builtins, NAME, _ran)
    source.add_transform(lambda module, filename: Marker(project.relative(filename)).visit(module), {file for file, _ in _wanted})


def collect() -> List[Dict[str, Any]]:
    """``{file, qualname, statements, missed}`` of each function that was loaded; ``missed``: first lines of statements that did not run."""
    ran = {mark for index, mark in enumerate(_marks) if index in _ran}
    return [
        {"file": place[0], "qualname": place[1], "statements": len(lines), "missed": [it for it in sorted(lines) if (place, it) not in ran]}
        for place, lines in _wanted.items()
        if lines
    ]


class Marker(ast.NodeTransformer):
    """Marks the statements of the functions of one file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._path: List[str] = []
        self._places: List[Place] = []

    def _inside(self, node: Any, *names: str) -> Any:
        self._path += names
        place = (self._file, ".".join(self._path[: len(self._path) - len(names) + 1]))
        asked = len(names) > 1 and place in _wanted
        if asked:
            self._places.append(place)
        self.generic_visit(node)
        if self._places:
            documented = ast.get_docstring(node, clean=False) is not None
            node.body = node.body[:1] + self._marked(node.body[1:]) if documented else self._marked(node.body)
        if asked:
            self._places.pop()
        del self._path[len(self._path) - len(names) :]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return self._inside(node, node.name)

    def visit_FunctionDef(self, node: Any) -> Any:
        return self._inside(node, node.name, "<locals>")

    visit_AsyncFunctionDef = visit_FunctionDef

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if self._places and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list) and block:
                    setattr(node, field, self._marked(block))
        return node

    def _marked(self, block: List[ast.stmt]) -> List[ast.stmt]:
        marked: List[ast.stmt] = []
        for it in block:
            for place in self._places:
                _wanted[place][it.lineno] = None
                mark = ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(NAME, ast.Load()), slice=ast.Constant(len(_marks)), ctx=ast.Store())],
                    value=ast.Constant(1),
                )
                _marks.append((place, it.lineno))
                for part in ast.walk(mark):
                    ast.copy_location(part, it)
                marked.append(mark)
            marked.append(it)
        return marked

