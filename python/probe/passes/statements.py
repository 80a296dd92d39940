"""From lines to statements: which statement of a file a line belongs to, and how that statement is called in a table."""

from __future__ import annotations

import ast
import gc
from typing import Dict, List, Optional, Tuple

from ...facts.syntax import DEFINITIONS, LOOPS, dotted, first_line

CONSUMERS = frozenset("len sum min max any all print next bool int float hash abs round id isinstance".split())
"""Built-in functions that hold nothing: a call inside of theirs names the stage."""


class Statements:
    """The statements of one source file. A statement is known by the line it starts on (its first decorator's, if it has one)."""

    def __init__(self, source: bytes) -> None:
        self.unit_of: Dict[int, int] = {}
        """Line → first line of the innermost statement there."""
        self.end_of: Dict[int, int] = {}
        """First line of a statement → its last line."""
        self.loop_of: Dict[int, int] = {}
        """First line of a statement → first line of the innermost loop around it, in the same function."""
        self._source = source
        self._lines = source.splitlines()
        self._headers: Optional[Dict[int, ast.stmt]] = None
        """First line of a statement → the statement, while callees are looked for: a syntax tree that is kept would stand in the heap that is
        looked at, larger than much of the program."""
        self._callees: Optional[Dict[int, Optional[str]]] = None
        self._qualnames: Dict[Tuple[str, int], str] = {}
        self._functions: List[Tuple[int, int, str]] = []
        self._walk(self._body(), "", None)

    def unit(self, line: int) -> int:
        """First line of the statement on this line; the line itself where no statement is known."""
        return self.unit_of.get(line, line)

    def qualname(self, name: str, line: int) -> str:
        """Qualified name of the function or class whose code starts on this line, for Pythons that do not tell it."""
        return self._qualnames.get((name, line), name)

    def function_at(self, line: int) -> str:
        """Qualified name of the innermost function around a line, ``<module>`` outside of all."""
        around = [(start, name) for start, end, name in self._functions if start <= line <= end]
        return max(around)[1] if around else "<module>"

    def text(self, unit: int) -> str:
        """The statement's first source line, trimmed to 80 characters."""
        if not 0 < unit <= len(self._lines):
            return ""
        return self._lines[unit - 1].decode("utf-8", "replace").strip()[:80]

    def callee(self, unit: int) -> Optional[str]:
        """Dotted text of the outermost call in the statement's own expressions, or None."""
        if self._callees is None:
            self._headers = {}
            self._walk(self._body(), "", None)
            self._callees = {line: outermost_call(statement) for line, statement in self._headers.items()}
            self._headers = None
        return self._callees.get(unit)

    def _body(self) -> List[ast.stmt]:
        try:
            return ast.parse(self._source).body
        except (SyntaxError, ValueError, RecursionError):
            return []

    def _walk(self, body: List[ast.stmt], scope: str, loop: Optional[int]) -> None:
        for statement in body:
            start = first_line(statement)
            end = statement.end_lineno or statement.lineno
            for line in range(start, end + 1):
                self.unit_of[line] = start
            self.end_of[start] = max(end, self.end_of.get(start, end))
            if self._headers is not None and (start not in self._headers or outermost_call(self._headers[start]) is None):
                self._headers[start] = statement
            if loop is not None and loop != start:
                self.loop_of[start] = loop
            self._walk_inside(statement, start, scope, loop)

    def _walk_inside(self, statement: ast.stmt, start: int, scope: str, loop: Optional[int]) -> None:
        if isinstance(statement, DEFINITIONS):
            name = f"{scope}{statement.name}"
            self._qualnames[(statement.name, start)] = name
            if not isinstance(statement, ast.ClassDef):
                self._functions.append((start, statement.end_lineno or statement.lineno, name))
            inner = f"{name}." if isinstance(statement, ast.ClassDef) else f"{name}.<locals>."
            self._walk(statement.body, inner, None)
            return
        around = start if isinstance(statement, LOOPS) else loop
        for field in ("body", "orelse", "finalbody"):
            self._walk(getattr(statement, field, None) or [], scope, around)
        for handler in getattr(statement, "handlers", None) or []:
            self._walk(handler.body, scope, around)
        for case in getattr(statement, "cases", None) or []:
            self._walk(case.body, scope, around)


def outermost_call(statement: ast.stmt) -> Optional[str]:
    """Dotted text of the call nearest to the statement that may hold memory, not looking into the statements inside it."""
    if isinstance(statement, DEFINITIONS):
        return None
    found: Optional[str] = None
    level: List[ast.AST] = [child for child in ast.iter_child_nodes(statement) if not isinstance(child, (ast.stmt, ast.excepthandler))]
    while level:
        for node in level:
            if isinstance(node, ast.Call):
                name = dotted(node.func)
                if name is not None and name not in CONSUMERS:
                    return name
                found = found or name
        level = [
            child
            for node in level
            if not isinstance(node, ast.Lambda) and type(node).__name__ != "match_case"
            for child in ast.iter_child_nodes(node)
        ]
    return found


def read_statements(filename: str) -> Statements:
    """Parses a file; the collector rests meanwhile, so that the garbage of the observed program is not collected earlier."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        with open(filename, "rb") as file:
            source = file.read()
        return Statements(source)
    except OSError:
        return Statements(b"")
    finally:
        if enabled:
            gc.enable()
