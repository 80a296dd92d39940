"""A fresh look at a change: what a careful reviewer would ask of the text after against the text before (method.md, 15).

No opinion on memory: only ownership of what is released, public behaviour, new dependencies, and what a change leaves behind.
"""

from __future__ import annotations

import ast
import sys
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .added import added
from .syntax import Function, functions

RELEASES = {"close", "clear", "free", "release", "cache_clear", "dispose", "shutdown", "terminate", "unlink", "detach", "pop", "popitem"}
"""Methods that end or empty an object for everybody who holds it."""
EMPTIES = RELEASES - {"pop", "popitem"}
CACHES = {"cache", "lru_cache", "cached_property", "singledispatch"}
POOLS = ("pool", "session", "connection", "conn", "engine", "client", "model", "cache")
LEFTOVERS = {"print", "breakpoint", "gc.collect", "gc.disable", "gc.freeze", "tracemalloc.start", "ctypes.CDLL"}


def review(before: bytes, after: bytes, project: List[str]) -> List[Dict[str, Any]]:
    """Findings as {kind, function, line, text, confidence 0 to 1, blocking}. `project`: top-level names that are the project's own."""
    old, new = ast.parse(before), ast.parse(after)
    findings: List[Dict[str, Any]] = []
    was, now = dict(functions(old)), dict(functions(new))
    for name, function in now.items():
        earlier = was.get(name)
        known = _releases(earlier) if earlier is not None else {}
        for text, (line, root, method) in _releases(function).items():
            if text not in known:
                finding = _ownership(function, root, method, text, new)
                if finding is not None:
                    findings.append({"kind": "ownership", "function": name, "line": line, **finding})
        findings += _swallowed(name, earlier, function)
    findings += _public(was, now, old, new)
    findings += _dependencies(old, new, project)
    findings += _leftovers(old, new)
    findings += _dead(old, new)
    reached = ({"text": f"adds `{it['name']}`", **it} for it in added(old, new))
    findings += [{"kind": "reach", "confidence": 0.9, "blocking": True, **it} for it in reached]
    return findings


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function without those of the functions and classes in it."""
    todo = list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            todo += ast.iter_child_nodes(node)


def _root(node: ast.AST) -> Optional[ast.AST]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node if isinstance(node, ast.Name) else None


# -- ownership


def _releases(function: Function) -> Dict[str, Tuple[int, ast.expr, str]]:
    """Text of each release → (line, what is released, how: `del` or the method's name)."""
    found: Dict[str, Tuple[int, ast.expr, str]] = {}
    for node in _own(function):
        if isinstance(node, ast.Delete):
            for target in node.targets:
                found[f"del {ast.unparse(target)}"] = (node.lineno, target, "del")
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            method = node.value.func.attr
            if method in EMPTIES:
                found[ast.unparse(node.value)] = (node.lineno, node.value.func.value, method)
    return found


def _ownership(function: Function, released: ast.expr, method: str, text: str, module: ast.AST) -> Optional[Dict[str, Any]]:
    """Whose the object is; None where only this function can hold it."""
    if method == "del" and isinstance(released, ast.Name):
        shared = released.id in _declared_global(function)
        return _finding(text, 0.9, True, "a module global: other code may still read it") if shared else None
    root = _root(released)
    if root is None:
        return None
    name = root.id  # type: ignore[attr-defined]
    if method == "del":
        if name in _parameters(function):
            return _finding(text, 0.8, True, f"an element of {name}, which belongs to the caller")
        return None
    if name in ("self", "cls"):
        pooled = any(word in ast.unparse(released).lower() for word in POOLS)
        return _finding(text, 0.8 if pooled else 0.5, pooled, "an attribute that outlives the call" + (" and is cached or pooled" if pooled else ""))
    if name in _parameters(function):
        return _finding(text, 0.9, True, "the caller's object: whoever passed it may use it again")
    source = _assigned(function, name)
    if source is None:
        return _finding(text, 0.9, True, "a module global: other code may still use it")
    called = ast.unparse(source.func) if isinstance(source, ast.Call) else ast.unparse(source)
    if isinstance(source, ast.Call) and called.rpartition(".")[2] in _cached(module):
        return _finding(text, 0.9, True, f"{called}() is cached: the next caller gets the same object")
    if any(word in called.lower() for word in POOLS):
        return _finding(text, 0.7, True, f"it comes from {called}: cached or pooled")
    if _escapes(function, name):
        return _finding(text, 0.8, True, f"{name} was handed out before: returned, stored or captured")
    return None


def _finding(text: str, confidence: float, blocking: bool, why: str) -> Dict[str, Any]:
    return {"text": f"`{text}` releases {why}", "confidence": confidence, "blocking": blocking}


def _parameters(function: Function) -> Set[str]:
    a = function.args
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *([a.vararg] if a.vararg else []), *([a.kwarg] if a.kwarg else [])]
    return {it.arg for it in every if it.arg not in ("self", "cls")}


def _declared_global(function: Function) -> Set[str]:
    return {name for node in _own(function) if isinstance(node, ast.Global) for name in node.names}


def _assigned(function: Function, name: str) -> Optional[ast.expr]:
    """What a local name is bound to; None where the function binds no such name."""
    for node in _own(function):
        if isinstance(node, ast.Assign) and any(isinstance(it, ast.Name) and it.id == name for it in node.targets):
            return node.value
        if isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.value
        if isinstance(node, (ast.For, ast.AsyncFor)) and any(isinstance(it, ast.Name) and it.id == name for it in ast.walk(node.target)):
            return node.iter
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name) and node.optional_vars.id == name:
            return node.context_expr
    return None


def _cached(module: ast.AST) -> Set[str]:
    """Functions of the module whose results are kept."""
    return {
        name.rpartition(".")[2]
        for name, function in functions(module)
        if any(ast.unparse(it).partition("(")[0].rpartition(".")[2] in CACHES for it in function.decorator_list)
    }


def _escapes(function: Function, name: str) -> bool:
    uses = lambda node: any(isinstance(it, ast.Name) and it.id == name for it in ast.walk(node))  # noqa: E731
    for node in _own(function):
        if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) and isinstance(node.value, ast.Name) and node.value.id == name:
            return True
        if isinstance(node, ast.Assign) and uses(node.value) and any(isinstance(it, (ast.Attribute, ast.Subscript)) for it in node.targets):
            return True
        if isinstance(node, (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)) and uses(node):
            return True
    return False


# -- what others rely on


def _is_public(name: str) -> bool:
    return "<locals>" not in name and not any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def _public(was: Dict[str, Function], now: Dict[str, Function], old: ast.AST, new: ast.AST) -> List[Dict[str, Any]]:
    findings = []
    for name, function in was.items():
        if not _is_public(name):
            continue
        after = now.get(name)
        if after is None:
            findings.append(_changed(name, function.lineno, f"the public {name} is gone", 0.9))
        elif ast.unparse(function.args) != ast.unparse(after.args):
            findings.append(_changed(name, after.lineno, f"the signature of {name} changed", 0.9))
        elif _generates(function) != _generates(after):
            findings.append(_changed(name, after.lineno, f"{name} {'became' if _generates(after) else 'is no longer'} a generator: it can be read once", 0.9))
        else:
            kinds = _returned(function), _returned(after)
            if all(kinds) and kinds[0] != kinds[1]:
                told = " or ".join(sorted(kinds[1])), " or ".join(sorted(kinds[0]))
                findings.append(_changed(name, after.lineno, f"{name} returns {told[0]} where it returned {told[1]}", 0.7))
    gone = {it.name for it in ast.walk(old) if isinstance(it, ast.ClassDef)} - {it.name for it in ast.walk(new) if isinstance(it, ast.ClassDef)}
    return findings + [_changed(name, 1, f"the class {name} is gone", 0.9) for name in sorted(gone) if not name.startswith("_")]


def _changed(name: str, line: int, text: str, confidence: float) -> Dict[str, Any]:
    return {"kind": "public", "function": name, "line": line, "text": text, "confidence": confidence, "blocking": True}


def _generates(function: Function) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in _own(function))


def _returned(function: Function) -> Set[str]:
    """Kinds of what is returned, where the text itself tells; empty where one of them is not known."""
    kinds = {
        ast.List: "a list", ast.ListComp: "a list", ast.Dict: "a dict", ast.DictComp: "a dict", ast.Set: "a set",
        ast.SetComp: "a set", ast.Tuple: "a tuple", ast.GeneratorExp: "a generator", ast.JoinedStr: "a text",
    }  # fmt: skip
    builtins = {"list": "a list", "dict": "a dict", "set": "a set", "tuple": "a tuple", "sorted": "a list", "iter": "an iterator",
                "map": "an iterator", "filter": "an iterator", "zip": "an iterator", "bytes": "bytes", "bytearray": "a bytearray",
                "memoryview": "a view", "frozenset": "a frozenset", "str": "a text"}  # fmt: skip
    found: Set[str] = set()
    for node in _own(function):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        value: Optional[ast.expr] = node.value
        if isinstance(value, ast.Name):
            value = _assigned(function, value.id)
        kind = kinds.get(type(value))
        if kind is None and isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            kind = builtins.get(value.func.id)
        if kind is None:
            return set()
        found.add(kind)
    return found


def _dependencies(old: ast.AST, new: ast.AST, project: List[str]) -> List[Dict[str, Any]]:
    known = set(_imported(old)) | set(project) | set(getattr(sys, "stdlib_module_names", ())) | set(sys.builtin_module_names)
    return [
        {"kind": "dependency", "function": "<module>", "line": line, "text": f"imports {name}, which this file did not need before",
         "confidence": 0.9 if hasattr(sys, "stdlib_module_names") else 0.5, "blocking": hasattr(sys, "stdlib_module_names")}
        for name, line in _imported(new).items()
        if name not in known
    ]  # fmt: skip


def _imported(tree: ast.AST) -> Dict[str, int]:
    found: Dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.name.partition(".")[0]: node.lineno for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found[node.module.partition(".")[0]] = node.lineno
    return found


# -- what a change leaves behind


def _calls(tree: ast.AST) -> Dict[str, Tuple[int, int]]:
    """Dotted name → (how often it is called, line of the last)."""
    found: Dict[str, Tuple[int, int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            name = ast.unparse(node.func)
            found[name] = (found.get(name, (0, 0))[0] + 1, node.lineno)
    return found


def _leftovers(old: ast.AST, new: ast.AST) -> List[Dict[str, Any]]:
    was, now = _calls(old), _calls(new)
    more = [name for name in sorted(LEFTOVERS) if now.get(name, (0, 0))[0] > was.get(name, (0, 0))[0]]
    text = "calls {}(), which was not there before"
    return [
        {"kind": "leftover", "function": "<module>", "line": now[name][1], "text": text.format(name), "confidence": 0.6,
         "blocking": name in ("breakpoint", "gc.disable")}
        for name in more
    ]


def _read(tree: ast.AST) -> Set[str]:
    """Names and attributes that are read somewhere, and what ``__all__`` hands out."""
    found = {it.id for it in ast.walk(tree) if isinstance(it, ast.Name) and not isinstance(it.ctx, ast.Store)}
    found |= {f".{it.attr}" for it in ast.walk(tree) if isinstance(it, ast.Attribute) and not isinstance(it.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(isinstance(it, ast.Name) and it.id == "__all__" for it in node.targets):
            found |= {it.value for it in ast.walk(node.value) if isinstance(it, ast.Constant) and isinstance(it.value, str)}
    return found


def _set(tree: ast.AST) -> Dict[str, Tuple[int, str]]:
    """What a file sets for others to read → (line, what it is): constants and imports of the module, attributes of ``self``, parameters."""
    found: Dict[str, Tuple[int, str]] = {}
    for node in getattr(tree, "body", []):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            for it in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(it, ast.Name):
                    found[it.id] = (node.lineno, f"the setting {it.id}")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = (node.lineno, f"the import of {name}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            found[f".{node.attr}"] = (node.lineno, f"the attribute {node.attr}")
    return found


def _dead(old: ast.AST, new: ast.AST) -> List[Dict[str, Any]]:
    """Settings that the change left behind: set as before, read before, and read no longer."""
    was, now = _read(old), _read(new)
    findings = [
        (line, "<module>", f"{what} is no longer read in this file")
        for name, (line, what) in _set(new).items()
        if name in was and name not in now
    ]
    before = dict(functions(old))
    for name, function in functions(new):
        if name in before:
            used = [{it.id for it in ast.walk(one) if isinstance(it, ast.Name)} for one in (before[name], function)]
            gone = sorted(it for it in _parameters(function) if it in used[0] and it not in used[1])
            findings += [(function.lineno, name, f"the parameter {it} of {name} is no longer read") for it in gone]
    return [
        {"kind": "configuration", "function": function, "line": line, "text": text, "confidence": 0.6, "blocking": False}
        for line, function, text in sorted(findings)
    ]


def _swallowed(name: str, earlier: Optional[Function], function: Function) -> List[Dict[str, Any]]:
    bare = lambda it: sum(  # noqa: E731
        isinstance(node, ast.ExceptHandler) and all(isinstance(part, ast.Pass) for part in node.body) for node in _own(it)
    )
    if bare(function) <= (bare(earlier) if earlier is not None else 0):
        return []
    text = f"{name} swallows an exception that it let through before"
    return [{"kind": "leftover", "function": name, "line": function.lineno, "text": text, "confidence": 0.8, "blocking": True}]
