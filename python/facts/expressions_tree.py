"""A parsed file with the ways up: parents, enclosing functions, blocks; and places as the facts name them."""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Optional, Set, Tuple

from .spans import Source
from .syntax import FUNCTIONS, LOOPS, dotted, first_line

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
BLOCKS = ("body", "orelse", "finalbody", "handlers")


class Tree:
    """The ``ast`` of one file; ``file`` is its name relative to the project's root."""

    def __init__(self, source: Source, file: str) -> None:
        self.source = source
        self.file = file
        self.module = source.tree
        self.parents: Dict[ast.AST, ast.AST] = {}
        self.nodes: List[ast.AST] = [self.module]
        for node in self.nodes:
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
                self.nodes.append(child)
        self.imports = imports(self.nodes)
        self.rebound = rebound(self.nodes)

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function(self, node: ast.AST) -> Optional[ast.AST]:
        """The innermost ``def`` around a node (a lambda counts as its own: then None is not returned but the lambda)."""
        below = node
        for above in self.up(node):
            if isinstance(above, FUNCTIONS + (ast.Lambda,)) and in_body(above, below):
                return above
            if isinstance(above, ast.ClassDef):
                return None
            below = above
        return None

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node stands in; the node itself when it is one."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def block(self, statement: ast.stmt) -> List[ast.stmt]:
        """The list of statements that a statement is a member of."""
        above = self.parents[statement]
        for name in BLOCKS:
            members = getattr(above, name, None)
            if isinstance(members, list) and statement in members:
                return members
        return [statement]

    def loops(self, node: ast.AST) -> List[ast.AST]:
        """Loops around a node within its function, innermost first; a loop's iterable is not inside of it."""
        found: List[ast.AST] = []
        below = node
        for above in self.up(node):
            if isinstance(above, FUNCTIONS + (ast.Lambda, ast.ClassDef)):
                break
            if isinstance(above, LOOPS) and below is not getattr(above, "iter", None) and below not in above.orelse:
                found.append(above)
            below = above
        return found

    def qualname(self, node: Optional[ast.AST]) -> str:
        """As Python builds it, ``<locals>`` included; ``<module>`` for None."""
        if node is None:
            return "<module>"
        parts = [getattr(node, "name", "<lambda>")]
        for above in self.up(node):
            if isinstance(above, FUNCTIONS + (ast.Lambda,)):
                parts += ["<locals>", getattr(above, "name", "<lambda>")]
            elif isinstance(above, ast.ClassDef):
                parts.append(above.name)
        return ".".join(reversed(parts))

    def reference(self, node: Optional[ast.AST]) -> Dict[str, object]:
        """FunctionRef of a ``def`` or class; its line is that of the first decorator."""
        line = 1 if node is None else first_line(node)  # type: ignore[arg-type]
        return {"file": self.file, "qualname": self.qualname(node), "line": line}

    def owner(self, node: ast.AST) -> Optional[ast.AST]:
        """Innermost ``def`` or class around a node: what a change there belongs to."""
        for above in self.up(node):
            if isinstance(above, FUNCTIONS + (ast.ClassDef,)):
                return above
        return None

    def site(self, node: ast.AST) -> Dict[str, object]:
        """The fields that every fact about an expression begins with."""
        return {
            "function": self.reference(self.owner(node)),
            "line": node.lineno,  # type: ignore[attr-defined]
            "endLine": node.end_lineno,  # type: ignore[attr-defined]
            "at": at(node),
            "span": list(self.source.span(node)),
            "text": self.short(node),
        }

    def short(self, node: ast.AST) -> str:
        """First line of a node's text, at most 80 characters. Positions inside f-strings are not to be trusted before 3.12."""
        if any(isinstance(it, ast.JoinedStr) for it in self.up(node)):
            return ast.unparse(node)[:80]
        return self.source.text(node).splitlines()[0].strip()[:80]

    def place(self, node: ast.AST) -> str:
        return f"{self.file}:{node.lineno}"  # type: ignore[attr-defined]


def at(node: ast.AST) -> List[int]:
    """Position by which the recorder finds the expression in another parse of the same file."""
    return [node.lineno, node.col_offset, node.end_lineno, node.end_col_offset]  # type: ignore[attr-defined]


def in_body(function: ast.AST, child: ast.AST) -> bool:
    """Defaults, decorators and annotations belong to the scope around."""
    body = function.body  # type: ignore[attr-defined]
    return child in body if isinstance(body, list) else child is body


def imports(nodes: List[ast.AST]) -> Dict[str, str]:
    """Names that the file binds by import, with the full dotted name behind each."""
    found: Dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
    return found


def rebound(nodes: List[ast.AST]) -> Set[str]:
    """Names that the file binds in any scope by other means than an import."""
    found: Set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
        elif isinstance(node, FUNCTIONS + (ast.ClassDef,)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found


def full_name(tree: Tree, node: ast.AST) -> Optional[str]:
    """``copy.deepcopy`` for whatever the file calls it; a bare builtin's own name; None where the name is re-bound."""
    name = dotted(node)
    if name is None:
        return None
    first, _, rest = name.partition(".")
    if first in tree.rebound:
        return None
    whole = tree.imports.get(first, first)
    return f"{whole}.{rest}" if rest else whole


def names_in(node: ast.AST) -> List[ast.Name]:
    """All names in an expression or statement, in the order of ``ast.walk``."""
    return [it for it in ast.walk(node) if isinstance(it, ast.Name)]


def position(node: ast.AST) -> Tuple[int, int]:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def import_at(tree: Tree) -> int:
    """Offset of the line where an import may be added: behind the docstring and the imports from ``__future__``."""
    line = 1
    for index, node in enumerate(tree.module.body):
        docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if not (docstring or future):
            line = node.lineno
            break
        line = (node.end_lineno or node.lineno) + 1
    return tree.source.line_start(line)
