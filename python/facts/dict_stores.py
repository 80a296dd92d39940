"""Statements that fill an object's dictionary as a whole: `self.__dict__.update(…)`, `vars(self).update(…)`, `self.__dict__ = kwargs`."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional, Set

from .spans import Source

#: Names for the two variables of the loop, the first pair that is free.
NAMES = (("name", "value"), ("key", "item"), ("attribute", "content"))


def dict_stores(source: Source, methods: List[Any], blocks: Any) -> List[Dict[str, Any]]:
    """DictStore of every such statement in the methods."""
    found = []
    for method in methods:
        given = method.args.kwarg.arg if method.args.kwarg else None
        named = [it.arg for it in ast.walk(method.args) if isinstance(it, ast.arg)]
        statement: Any
        for statement in ast.walk(method):
            one = _store(source, method, statement) if isinstance(statement, (ast.Expr, ast.Assign)) else None
            if one is not None and _instance(method, one["receiver"]):
                one["never"] = named if one["items"] == f"{given}.items()" else []
                found.append({**one, "method": method.name, "line": statement.lineno, "statement": blocks.statement(statement)})
    return found


def _store(source: Source, method: Any, statement: Any) -> Optional[Dict[str, Any]]:
    given = method.args.kwarg.arg if method.args.kwarg else None
    call = statement.value
    if isinstance(statement, ast.Assign):
        to = statement.targets[0]
        owner = _owner(to) if len(statement.targets) == 1 and isinstance(to, ast.Attribute) else None
        first = [it for it in method.body if not (isinstance(it, ast.Expr) and isinstance(it.value, ast.Constant))][:1] == [statement]
        plain = isinstance(call, ast.Name) and call.id == given and first and _count(method, call.id) == 1
        if owner is None or not plain or method.name != "__init__":
            return None
        return {"receiver": owner, "items": f"{given}.items()", **_loop(method)}
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "update"):
        return None
    owner = _owner(call.func.value)
    if owner is None:
        return None
    named = ", ".join(source.text(it) for it in [*call.args, *call.keywords])
    items = f"dict({named}).items()"
    if len(call.args) == 1 and not call.keywords:
        only = call.args[0]
        other = _owner(only)
        if other == owner or isinstance(only, ast.Starred):
            return None
        if other is not None or (isinstance(only, ast.Name) and only.id == given):
            items = f"{named}.items()"
    elif len(call.keywords) == 1 and not call.args and call.keywords[0].arg is None and isinstance(call.keywords[0].value, ast.Name):
        items = f"{call.keywords[0].value.id}.items()" if call.keywords[0].value.id == given else items
    return {"receiver": owner, "items": items, **_loop(method)}


def _instance(method: Any, name: str) -> bool:
    """The receiver is the method's own instance, or one that it makes: of its class, or by `__new__`."""
    plain = not any(isinstance(it, ast.Name) and it.id == "staticmethod" for it in method.decorator_list)
    of_class = any(isinstance(it, ast.Name) and it.id == "classmethod" for it in method.decorator_list)
    args = method.args.posonlyargs + method.args.args
    first = args[0].arg if plain and args else None
    if name == first and not of_class:
        return True
    for it in ast.walk(method):
        if isinstance(it, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in it.targets):
            func = it.value.func if isinstance(it.value, ast.Call) else None
            made = isinstance(func, ast.Attribute) and func.attr in ("__new__", "__class__")
            if not (made or (of_class and isinstance(func, ast.Name) and func.id == first)):
                return False
            return True
    return False


def _owner(node: ast.AST) -> Optional[str]:
    """The name of the object whose dictionary is meant."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__" and isinstance(node.value, ast.Name):
        return node.value.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars" and len(node.args) == 1 and isinstance(node.args[0], ast.Name):
        return node.args[0].id
    return None


def _loop(method: Any) -> Dict[str, Any]:
    taken: Set[str] = {it.id for it in ast.walk(method) if isinstance(it, ast.Name)} | {it.arg for it in ast.walk(method) if isinstance(it, ast.arg)}
    names = next((list(it) for it in NAMES if not taken & set(it)), None)
    peeks = sorted(taken & {"locals", "eval", "exec", "dir"})
    return {"names": names, "blocker": f"the method looks at its own locals by {peeks[0]}()" if peeks else None}


def _count(method: Any, name: str) -> int:
    return sum(1 for it in ast.walk(method) if isinstance(it, ast.Name) and it.id == name)
