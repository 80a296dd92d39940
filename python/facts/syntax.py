"""Plain questions about parsed files. A probe asks some of them beside the target: nothing but ``ast`` is imported here."""

from __future__ import annotations

import ast
from typing import Iterator, List, Optional, Tuple, Union

Function = Union[ast.FunctionDef, ast.AsyncFunctionDef]
Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)


def definitions(module: ast.AST) -> Iterator[Tuple[str, Definition]]:
    """Every function and class of a module, as they stand there, with its qualname as code objects spell it."""
    waiting: List[Tuple[str, ast.AST]] = [("", module)]
    while waiting:
        prefix, node = waiting.pop()
        if isinstance(node, DEFINITIONS):
            yield prefix + node.name, node
            prefix += f"{node.name}." if isinstance(node, ast.ClassDef) else f"{node.name}.<locals>."
        waiting += reversed([(prefix, it) for it in ast.iter_child_nodes(node) if not isinstance(it, ast.expr)])


def functions(module: ast.AST) -> Iterator[Tuple[str, Function]]:
    """Of these the functions."""
    return ((name, node) for name, node in definitions(module) if not isinstance(node, ast.ClassDef))


def dotted(node: Optional[ast.AST]) -> Optional[str]:
    """``a.b.c`` of names and attributes; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return None if left is None else f"{left}.{node.attr}"
    return None


def mangle(name: str, klass: Optional[str]) -> str:
    """The name that Python stores for ``name`` inside the body of ``klass``."""
    if klass and name.startswith("__") and not name.endswith("__") and klass.strip("_"):
        return f"_{klass.lstrip('_')}{name}"
    return name


def first_line(statement: ast.stmt) -> int:
    """The line of the first decorator, or of the statement: a function's ``co_firstlineno``."""
    return min([statement.lineno, *[it.lineno for it in getattr(statement, "decorator_list", [])]])


def own_statements(function: Function) -> Iterator[ast.stmt]:
    """The statements of a function, those of its blocks included, without those of functions and classes inside of it."""
    todo: List[ast.AST] = list(function.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, DEFINITIONS):
            todo += [it for it in ast.iter_child_nodes(node) if not isinstance(it, ast.expr)]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function's body without those of functions and classes defined in it."""
    body = function.body if isinstance(function.body, list) else [function.body]  # type: ignore[attr-defined]
    waiting: List[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))


def suspends(function: ast.AST) -> bool:
    """The function's body can be left and entered again: generator, coroutine. Elsewhere an ``await`` is a generator expression's own."""
    return isinstance(function, ast.AsyncFunctionDef) or any(isinstance(it, (ast.Yield, ast.YieldFrom)) for it in own_nodes(function))
