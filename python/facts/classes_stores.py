"""What the methods of a class store in its instances, and every way to them that no list of names can follow."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .classes_one import methods, self_name
from .classes_project import WEAK
from .dict_reads import dict_reads
from .spans import Source
from .syntax import dotted, mangle

TEXT_METHODS = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "replace", "format", "format_map", "zfill", "ljust",
    "rjust", "center", "join", "expandtabs", "removeprefix", "removesuffix", "translate",
}


class Blocks:
    """Which block each statement stands in."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.of: Dict[int, List[ast.stmt]] = {}
        for node in ast.walk(source.tree):
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if isinstance(block, list):
                    for statement in block:
                        self.of[id(statement)] = block

    def statement(self, node: ast.stmt) -> Dict[str, Any]:
        """The statement's whole lines when nothing else stands on them, else its own span."""
        source, block = self.source, self.of[id(node)]
        start, end = source.span(node)
        first, last = source.line_start(node.lineno), source.line_end(node.end_lineno or node.lineno)
        rest = source.raw[end:last].strip()
        alone = not source.raw[first:start].strip() and (not rest or rest.startswith(b"#"))
        return {
            "start": first if alone else start,
            "end": source.line_start((node.end_lineno or node.lineno) + 1) if alone else end,
            "alone": alone,
            "indent": source.indent(node.lineno),
            "newline": source.newline,
            "block": source.span(block[0])[0],
            "blockSize": len(block),
        }


def expression(source: Source, node: ast.expr, imports: Dict[str, str]) -> Dict[str, Any]:
    """An expression with its span and what its form alone says about it."""
    start, end = source.span(node)
    kinds: Dict[type, str] = {
        ast.Name: "name", ast.Attribute: "attribute", ast.Subscript: "subscript", ast.Call: "call", ast.Constant: "constant",
        ast.JoinedStr: "operation", ast.BinOp: "operation", ast.BoolOp: "operation", ast.IfExp: "operation",
    }
    called = dotted(node.func) if isinstance(node, ast.Call) else None
    head, _, rest = (called or "").partition(".")
    full = (imports.get(head, head) + (f".{rest}" if rest else "")) if called else ""
    return {
        "start": start,
        "end": end,
        "text": source.text(node),
        "kind": kinds.get(type(node), "other"),
        "provenType": _proven(node),
        "interned": full == "sys.intern",
        "pure": _pure(node),
        "path": _path(node),
    }


def _proven(node: ast.expr) -> Optional[str]:
    if isinstance(node, ast.JoinedStr):
        return "str"
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in TEXT_METHODS and _proven(node.func.value) == "str":
            return "str"
    if isinstance(node, ast.Call) and dotted(node.func) == "str" and len(node.args) == 1:
        # str(x) of a subclass instance calls __str__, which may give a subclass: exact text only for what formats itself
        return "str" if _proven(node.args[0]) in ("int", "float", "str") else None
    if isinstance(node, ast.BinOp) and _proven(node.left) == "str":
        add = isinstance(node.op, ast.Add) and _proven(node.right) == "str"
        return "str" if add or isinstance(node.op, ast.Mod) else None
    if isinstance(node, ast.IfExp) and _proven(node.body) == _proven(node.orelse):
        return _proven(node.body)
    return None


def _pure(node: ast.expr) -> bool:
    if isinstance(node, (ast.Constant, ast.Name)):
        return True
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(not isinstance(e, ast.Starred) and _pure(e) for e in node.elts) and not (isinstance(node, ast.Set) and bool(node.elts))
    if isinstance(node, ast.Dict):
        return all(k is not None and isinstance(k, ast.Constant) for k in node.keys) and all(_pure(v) for v in node.values)
    if isinstance(node, ast.Call):
        return dotted(node.func) in ("list", "dict", "set", "tuple", "frozenset") and not node.args and not node.keywords
    if isinstance(node, (ast.UnaryOp,)):
        return isinstance(node.operand, ast.Constant)
    return False


def _path(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, ast.Subscript):
        key: Any = node.slice
        key = getattr(key, "value", key) if type(key).__name__ == "Index" else key
        return isinstance(key, (ast.Constant, ast.Name)) and _path(node.value)
    return False


def stores_of(source: Source, klass: ast.ClassDef, blocks: Blocks, imports: Dict[str, str]) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
    """Every `self.name = …` of the methods, and every use of self that no list of names can follow."""
    found: List[Dict[str, Any]] = []
    dynamic: List[Dict[str, Any]] = []
    reads = dict_reads(klass)
    for method in methods(klass):
        own = self_name(method)
        if own is None:
            continue
        for statement in _statements(method):
            _statement_stores(source, statement, own, klass.name, method.name, blocks, imports, found)
        for node in ast.walk(method):
            use = _dynamic(node, own, klass.name, method.name)
            if use is not None and use["kind"] == "store":
                line = use["line"]
                holder = next((s for s in _statements(method) if s.lineno <= line <= (s.end_lineno or 0)), method)
                found.append({"name": use["name"], "method": method.name, "line": use["line"], "form": "other", "value": None,
                              "statement": blocks.statement(holder)})
            elif use is not None:
                dynamic.append({**use, "reads": (node.lineno, node.col_offset) in reads})  # type: ignore[attr-defined]
    return found, dynamic


def _statements(method: Any) -> Iterator[ast.stmt]:
    for node in ast.walk(method):
        if isinstance(node, ast.stmt) and node is not method:
            yield node


def is_own_store(node: ast.AST, own: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own and isinstance(node.ctx, ast.Store)


def _statement_stores(source: Source, node: ast.stmt, own: str, klass: str, method: str, blocks: Blocks, imports: Dict[str, str],
                      found: List[Dict[str, Any]]) -> None:
    def add(target: ast.Attribute, form: str, value: Optional[ast.expr]) -> None:
        found.append({
            "name": mangle(target.attr, klass), "method": method, "line": target.lineno, "form": form,
            "value": None if value is None else expression(source, value, imports), "statement": blocks.statement(node),
        })

    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if is_own_store(target, own):
            add(target, "assign", node.value)  # type: ignore[arg-type]
            return
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(node.value, (ast.Tuple, ast.List)):
            if len(target.elts) == len(node.value.elts) and not any(isinstance(e, ast.Starred) for e in target.elts + node.value.elts):
                for one, value in zip(target.elts, node.value.elts):
                    if is_own_store(one, own):
                        add(one, "parallel", value)  # type: ignore[arg-type]
                return
    if isinstance(node, ast.AnnAssign):
        if is_own_store(node.target, own) and node.value is not None:
            add(node.target, "assign", node.value)  # type: ignore[arg-type]
        return
    if isinstance(node, ast.AugAssign):
        if is_own_store(node.target, own):
            add(node.target, "augmented", None)  # type: ignore[arg-type]
        return
    for leaf in _leaves(node):
        if is_own_store(leaf, own):
            add(leaf, "other", None)  # type: ignore[arg-type]


def _leaves(statement: ast.stmt) -> Iterator[ast.AST]:
    """Nodes of the statement itself, not those of statements inside it."""
    queue: List[ast.AST] = [statement]
    while queue:
        node = queue.pop()
        yield node
        queue.extend(c for c in ast.iter_child_nodes(node) if not isinstance(c, ast.stmt))


def _dynamic(node: ast.AST, own: str, klass: str, method: str) -> Optional[Dict[str, Any]]:
    def use(kind: str, name: Optional[str] = None) -> Dict[str, Any]:
        return {"kind": kind, "line": node.lineno, "method": method, "name": name}  # type: ignore[attr-defined]

    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own:
        if node.attr in ("__dict__", "__weakref__"):
            return use(node.attr)
        if node.attr == "__class__" and isinstance(node.ctx, ast.Store):
            return use("__class__ =")
    if not isinstance(node, ast.Call):
        return None
    text = dotted(node.func) or ""
    args = node.args
    about = bool(args) and isinstance(args[0], ast.Name) and args[0].id == own
    if text == "vars" and (about or not args):
        return use("vars")
    if text in ("setattr", "object.__setattr__") and about and len(args) == 3:
        constant = args[1].value if isinstance(args[1], ast.Constant) and isinstance(args[1].value, str) else None
        return use("store", constant) if constant else use("setattr")
    if isinstance(node.func, ast.Attribute) and node.func.attr == "__setattr__" and isinstance(node.func.value, ast.Call) and len(args) == 2:
        constant = args[0].value if isinstance(args[0], ast.Constant) and isinstance(args[0].value, str) else None
        return use("store", constant) if constant else use("setattr")
    if about and text.split(".")[-1] in WEAK and text.split(".")[-1] != "WeakSet":
        return use("weakref")
    return None
