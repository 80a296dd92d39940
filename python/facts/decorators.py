"""Class decorators that give back the very class that they get, and look at nothing that slots would change."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional

from .syntax import FUNCTIONS

#: Of others, known to do so.
KNOWN = {
    "functools.total_ordering", "typing.final", "typing_extensions.final", "enum.unique",
    "six.python_2_unicode_compatible", "future.utils.python_2_unicode_compatible", "django.utils.encoding.python_2_unicode_compatible",
}
#: What the decorator must leave alone: the class's own dictionary and its layout.
CLOSED = {"__dict__", "__slots__", "__bases__", "__class__", "__mro__", "__weakref__"}


def givers(tree: ast.Module) -> Dict[str, Optional[str]]:
    """Functions and lambdas at module level: `class` for those that give back their argument, `decorator` for those that give
    such a function, None for all others. One name that is bound twice must mean the same."""
    found: Dict[str, Optional[str]] = {}
    for statement in _module_level(tree.body):
        for name, value in _bound(statement):
            found[name] = value if found.get(name, value) == value else None
    return found


def _module_level(body: List[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for field in ("body", "orelse", "handlers", "finalbody"):
            if isinstance(statement, (ast.If, ast.Try, ast.ExceptHandler)):
                yield from _module_level(getattr(statement, field, []))


def _bound(statement: ast.stmt) -> Iterator[Any]:
    if isinstance(statement, FUNCTIONS):
        yield statement.name, _kind(statement)
    elif isinstance(statement, ast.Assign):
        value = statement.value
        plain = isinstance(value, ast.Lambda) and isinstance(value.body, ast.Name) and [it.arg for it in value.args.args] == [value.body.id]
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, "class" if plain else None


def _kind(function: Any) -> Optional[str]:
    if _gives_back(function):
        return "class"
    inner = {it.name: it for it in function.body if isinstance(it, FUNCTIONS)}
    returns = _returns(function)
    made = [inner.get(it.value.id) if isinstance(it.value, ast.Name) else None for it in returns]
    plain = not function.decorator_list and not any(isinstance(it, (ast.Yield, ast.YieldFrom)) for it in ast.walk(function))
    return "decorator" if plain and returns and all(it is not None and _gives_back(it) for it in made) else None


def _gives_back(function: Any) -> bool:
    args = function.args.posonlyargs + function.args.args
    if not isinstance(function, ast.FunctionDef) or function.decorator_list or len(args) != 1 or function.args.vararg or function.args.kwonlyargs:
        return False
    own = args[0].arg
    returns = _returns(function)
    if not returns or function.body[-1] not in returns or any(not (isinstance(it.value, ast.Name) and it.value.id == own) for it in returns):
        return False
    return all(_harmless(node, own) for node in ast.walk(function))


def _returns(function: Any) -> List[ast.Return]:
    found: List[ast.Return] = []
    waiting: List[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            found.append(node)
        elif not isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def _harmless(node: ast.AST, own: str) -> bool:
    if isinstance(node, ast.Name) and node.id == own:
        return isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Attribute):
        special = node.attr.startswith("__") and node.attr.endswith("__")
        stored = not isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and node.value.id == own
        return node.attr not in CLOSED and (special or not stored)
    if isinstance(node, ast.Call) and any(isinstance(it, ast.Name) and it.id == own for it in node.args):
        return isinstance(node.func, ast.Attribute) and node.func.attr in ("append", "add", "setdefault")
    if isinstance(node, ast.keyword):
        return not (isinstance(node.value, ast.Name) and node.value.id == own)
    return not isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal))


def gives_back(project: Any, file: str, text: str, called: bool, depth: int = 0) -> bool:
    """Whether the decorator ``text`` (``called``: with arguments) leaves the class what it is."""
    note = project.notes.get(file)
    if note is None or depth > 6:
        return False
    if text in note.givers:
        return bool(note.givers[text] == ("decorator" if called else "class"))
    head, _, rest = text.partition(".")
    if head not in note.imports:
        return False
    full = note.imports[head] + (f".{rest}" if rest else "")
    if full in KNOWN:
        return not called
    module, _, name = full.rpartition(".")
    target = project.modules.get(module)
    return target is not None and gives_back(project, target, name, called, depth + 1)
