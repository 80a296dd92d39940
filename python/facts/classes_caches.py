"""The caches of functools that the methods of a class, or its instances, have; and whether a method would do without."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional, Set

from .classes_one import methods, origin, self_name
from .classes_project import Project
from .classes_stores import Blocks, is_own_store
from .spans import Source
from .syntax import dotted

CACHES = {"functools.lru_cache", "functools.cache"}


def _cache_of(node: ast.expr, project: Project, file: str) -> Optional[bool]:
    """False for an unbounded functools cache, True for a bounded one, None for anything else."""
    call = node if isinstance(node, ast.Call) else None
    full = origin(project, file, dotted(call.func if call else node))
    if full not in CACHES:
        return None
    if full == "functools.cache":
        return False
    size = next((k.value for k in call.keywords if k.arg == "maxsize"), call.args[0] if call.args else None) if call else None
    return not (isinstance(size, ast.Constant) and size.value is None)


def instance_caches(source: Source, klass: ast.ClassDef, blocks: Blocks, project: Project, file: str) -> List[Dict[str, Any]]:
    """`self.name = lru_cache(...)(self.method)` in `__init__`."""
    found: List[Dict[str, Any]] = []
    by_name = {m.name: m for m in methods(klass)}
    init = by_name.get("__init__")
    own = self_name(init) if init is not None else None
    for node in init.body if init is not None and own else []:
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and is_own_store(node.targets[0], own or "") and isinstance(node.value, ast.Call)):
            continue
        call = node.value
        bounded = _cache_of(call.func, project, file)
        if origin(project, file, dotted(call.func)) == "functools.lru_cache":
            bounded = True  # lru_cache(self.method): a size of 128
        wrapped = call.args[0] if len(call.args) == 1 and not call.keywords else None
        if bounded is None or not (isinstance(wrapped, ast.Attribute) and isinstance(wrapped.value, ast.Name) and wrapped.value.id == own):
            continue
        method = by_name.get(wrapped.attr)
        name = node.targets[0].attr  # type: ignore[attr-defined]
        end = max((source.line_start((method.end_lineno or 0) + 1)), 0) if method is not None else 0
        found.append({
            "name": name, "method": wrapped.attr, "line": node.lineno, "bounded": bounded, "statement": blocks.statement(node),
            "blocker": "the wrapped method is not defined in this class" if method is None else _uncacheable(method, klass),
            "insertAt": end, "indent": _line_prefix(source, end) + source.indent(method.lineno) if method is not None else "",
            "asked": _asked(project, name),
        })
    return found


def _line_prefix(source: Source, at: int) -> str:
    """A newline where the file ends without one, so that a line can follow."""
    return "" if source.raw[:at].endswith((b"\n", b"\r")) else source.newline


def _asked(project: Project, name: str) -> List[Dict[str, Any]]:
    """Places that may ask such a cache: any `cache_info` or `cache_clear` in a file that names the attribute."""
    found = []
    for file in project.mentioning(name):
        for word in ("cache_info", "cache_clear", "cache_parameters", "__wrapped__"):
            if word in project.notes[file].loads:
                _, line, where = project.notes[file].loads[word]
                found.append({"file": file, "line": line, "function": where})
    return found


def method_caches(klass: ast.ClassDef, project: Project, file: str) -> List[Dict[str, Any]]:
    found = []
    for method in methods(klass):
        for decorator in method.decorator_list:
            bounded = _cache_of(decorator, project, file)
            if bounded is not None:
                found.append({"method": method.name, "line": decorator.lineno, "bounded": bounded})
    return found


def _uncacheable(method: Any, klass: ast.ClassDef) -> Optional[str]:
    """Why calling the method afresh could cost or give something else than the cached answer; None when it cannot."""
    args = method.args
    if len(args.posonlyargs + args.args) != 1 or args.vararg or args.kwarg or args.kwonlyargs:
        return f"{method.name} takes arguments besides self"
    if method.decorator_list or isinstance(method, ast.AsyncFunctionDef):
        return f"{method.name} is decorated or a coroutine"
    body = method.body[1:] if isinstance(method.body[0], ast.Expr) and isinstance(method.body[0].value, ast.Constant) else method.body
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return f"{method.name} is more than one return statement"
    own = (args.posonlyargs + args.args)[0].arg
    constants = _class_constants(klass)
    immutable = any(dotted(b) in ("str", "int", "float", "bytes", "tuple", "frozenset") for b in klass.bases)
    receivers = {id(n.value) for n in ast.walk(body[0].value) if isinstance(n, ast.Attribute)}
    for node in ast.walk(body[0].value):
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return f"line {node.lineno} of {method.name} loops or binds"
        if isinstance(node, (ast.List, ast.Dict, ast.Set)):
            return f"line {node.lineno} of {method.name} makes a new container: the cache gave the same one each time"
        if isinstance(node, ast.Call) and not _cheap_call(node, own, immutable):
            return f"line {node.lineno} of {method.name} calls {dotted(node.func) or 'something'}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own:
            text = isinstance(getattr(str, node.attr, None), type(str.strip)) and immutable
            if node.attr not in constants and not text:
                return f"line {node.lineno} of {method.name} reads self.{node.attr}, which can change while a cached answer does not"
        if isinstance(node, ast.Name) and node.id not in (own, "True", "False", "None") and not _builtin(node.id):
            return f"line {node.lineno} of {method.name} reads {node.id} from outside of the class"
        if isinstance(node, ast.Name) and node.id == own and not immutable and id(node) not in receivers:
            return f"line {node.lineno} of {method.name} uses self as a value"
    return None


def _builtin(name: str) -> bool:
    return name in ("len", "ord", "chr", "bool", "int", "str", "float", "abs", "min", "max", "isinstance", "repr", "hash", "round")


def _cheap_call(node: ast.Call, own: str, immutable: bool) -> bool:
    if isinstance(node.func, ast.Name):
        return _builtin(node.func.id)
    if isinstance(node.func, ast.Attribute):
        receiver = node.func.value
        text = hasattr(str, node.func.attr)
        return text and (isinstance(receiver, ast.Constant) or (immutable and isinstance(receiver, ast.Name) and receiver.id == own))
    return False


def _class_constants(klass: ast.ClassDef) -> Set[str]:
    """Names bound once in the class body to something that cannot change, and never stored by a method."""
    bound: Dict[str, int] = {}
    good: Set[str] = set()
    for node in klass.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            bound[name] = bound.get(name, 0) + 1
            if _fixed(node.value, good):
                good.add(name)
    stored = {
        leaf.attr for leaf in ast.walk(klass)
        if isinstance(leaf, ast.Attribute) and isinstance(leaf.ctx, (ast.Store, ast.Del)) and isinstance(leaf.value, ast.Name)
    }
    return {n for n in good if bound[n] == 1 and n not in stored}


def _fixed(node: ast.expr, good: Set[str]) -> bool:
    """Constants, constants of modules, and sums and tuples of them."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        return node.id in good
    if isinstance(node, ast.Attribute):
        return dotted(node.value) == "string"
    if isinstance(node, ast.BinOp):
        return _fixed(node.left, good) and _fixed(node.right, good)
    if isinstance(node, ast.Tuple):
        return all(_fixed(e, good) for e in node.elts)
    if isinstance(node, ast.Call) and dotted(node.func) == "frozenset" and len(node.args) == 1:
        inner = node.args[0]
        return _fixed(inner, good) or (isinstance(inner, (ast.Set, ast.List)) and all(_fixed(e, good) for e in inner.elts))
    return False
