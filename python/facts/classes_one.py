"""One class statement in full: its body, what its methods store, and the caches that its instances make."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .classes_project import WEAK, Project
from .dict_reads import dict_reads
from .spans import Source
from .syntax import FUNCTIONS, dotted, mangle

SLOTTED_BASES = {
    "object", "abc.ABC", "typing.Generic", "typing_extensions.Generic",
    *(f"{m}.{n}" for m in ("collections.abc", "typing") for n in (
        "Hashable", "Sized", "Container", "Iterable", "Iterator", "Callable", "Collection", "Generator", "Reversible", "Sequence",
        "MutableSequence", "Set", "AbstractSet", "MutableSet", "Mapping", "MutableMapping", "KeysView", "ItemsView", "ValuesView", "Awaitable",
    )),
}
BUILTIN_BASES = {"str", "list", "dict", "set", "frozenset", "float"}
MATTERS = {
    "__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__",
    "__getnewargs__", "__getnewargs_ex__", "__copy__", "__deepcopy__", "__init_subclass__", "__class_getitem__", "__set_name__", "__del__", "__dir__",
    "__new__",
}
TEXT_METHODS = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "replace", "format", "format_map", "zfill", "ljust",
    "rjust", "center", "join", "expandtabs", "removeprefix", "removesuffix", "translate",
}


def origin(project: Project, file: str, text: Optional[str]) -> str:
    """The full dotted name of what ``text`` means in ``file``: `lru_cache` gives `functools.lru_cache`."""
    note = project.notes.get(file)
    if note is None or not text:
        return text or ""
    head, _, rest = text.partition(".")
    full = note.imports.get(head, head)
    return f"{full}.{rest}" if rest else full


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


def stores(source: Source, klass: ast.ClassDef, blocks: Blocks, imports: Dict[str, str]) -> Tuple[List[Dict[str, Any]], List[Dict[str, Any]]]:
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


ATTRS_MAKERS = frozenset(("s", "attrs", "dataclass", "define", "frozen", "mutable"))
#: Those that make slots only where they are told to.
ATTRS_DICT_MAKERS = frozenset(("attr.s", "attr.attrs", "attr.dataclass"))
ATTRS_FIELDS = frozenset(("attr.ib", "attr.attrib", "attr.attr", "attr.field", "attrs.field"))


def methods(klass: ast.ClassDef) -> List[Any]:
    """Functions of the class body, those inside `if` and `try` included."""
    found: List[Any] = []
    queue: List[ast.stmt] = list(klass.body)
    while queue:
        node = queue.pop(0)
        if isinstance(node, FUNCTIONS):
            found.append(node)
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            queue.extend(c for c in ast.walk(node) if isinstance(c, FUNCTIONS))
    return found


def self_name(method: Any) -> Optional[str]:
    """The name of the instance in a method; None for static and class methods."""
    if any(dotted(d) in ("staticmethod", "classmethod") for d in method.decorator_list) or method.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return None
    args = method.args.posonlyargs + method.args.args
    return args[0].arg if args else None


def _statements(method: Any) -> Iterator[ast.stmt]:
    for node in ast.walk(method):
        if isinstance(node, ast.stmt) and node is not method:
            yield node


def _own(node: ast.AST, own: str) -> bool:
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
        if _own(target, own):
            add(target, "assign", node.value)  # type: ignore[arg-type]
            return
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(node.value, (ast.Tuple, ast.List)):
            if len(target.elts) == len(node.value.elts) and not any(isinstance(e, ast.Starred) for e in target.elts + node.value.elts):
                for one, value in zip(target.elts, node.value.elts):
                    if _own(one, own):
                        add(one, "parallel", value)  # type: ignore[arg-type]
                return
    if isinstance(node, ast.AnnAssign):
        if _own(node.target, own) and node.value is not None:
            add(node.target, "assign", node.value)  # type: ignore[arg-type]
        return
    if isinstance(node, ast.AugAssign):
        if _own(node.target, own):
            add(node.target, "augmented", None)  # type: ignore[arg-type]
        return
    for leaf in _leaves(node):
        if _own(leaf, own):
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


def names(klass: ast.ClassDef, project: Project, file: str) -> List[Dict[str, Any]]:
    """Every name that the class body binds."""
    found: List[Dict[str, Any]] = []

    def add(name: str, kind: str, line: int, field: bool = False) -> None:
        found.append({"name": mangle(name, klass.name), "kind": kind, "line": line, "field": field})

    queue: List[ast.stmt] = list(klass.body)
    while queue:
        node = queue.pop(0)
        if isinstance(node, FUNCTIONS):
            add(node.name, _function_kind(node, project, file), node.lineno)
        elif isinstance(node, ast.ClassDef):
            add(node.name, "class", node.lineno)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = ast.dump(node.annotation)
            field = "ClassVar" not in text and "InitVar" not in text
            add(node.target.id, "annotation" if node.value is None else "value", node.lineno, field)
        elif isinstance(node, ast.Assign):
            call = dotted(node.value.func) if isinstance(node.value, ast.Call) else None
            for target in node.targets:
                for leaf in ast.walk(target):
                    if isinstance(leaf, ast.Name) and leaf.id != "__slots__":
                        add(leaf.id, "property" if call == "property" or _descriptor(project, file, call) else "value", node.lineno)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                add((alias.asname or alias.name).split(".")[0], "value", node.lineno)
        elif isinstance(node, (ast.For, ast.While, ast.With, ast.If, ast.Try)):
            for leaf in ast.walk(node):
                if isinstance(leaf, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign, ast.ClassDef)):
                    queue.append(leaf)
                elif isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Store):
                    add(leaf.id, "value", leaf.lineno)
    return found


def _descriptor(project: Project, file: str, call: Optional[str]) -> bool:
    """An object of a class of the project that takes what is stored under its name, as a property does."""
    key = project.resolve(file, call)
    notes = [project.note(it) for it in [key, *project.ancestors(key)]] if key else []
    return any(it is not None and "__set__" in it.names for it in notes)


def _function_kind(node: Any, project: Project, file: str) -> str:
    for decorator in node.decorator_list:
        text = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator) or ""
        full = origin(project, file, text)
        if full == "functools.cached_property" or text.split(".")[-1] in ("cached_property", "lazy_property", "reify"):
            return "cached-property"
        if full in ("property", "abc.abstractproperty") or text.split(".")[-1] in ("setter", "getter", "deleter"):
            return "property"
    return "function"


def class_slots(source: Source, klass: ast.ClassDef) -> Optional[str]:
    for node in klass.body:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if any(isinstance(t, ast.Name) and t.id == "__slots__" for t in targets) and getattr(node, "value", None) is not None:
            return source.text(node.value)  # type: ignore[attr-defined,union-attr]
    return None


def base_facts(project: Project, file: str, klass: ast.ClassDef, source: Source) -> List[Dict[str, Any]]:
    found = []
    for base in klass.bases:
        plain = base.value if isinstance(base, ast.Subscript) else base
        text = dotted(plain)
        key = project.resolve(file, text)
        full = origin(project, file, text)
        known = "plain" if key else "slotted" if full in SLOTTED_BASES else "generic" if full in BUILTIN_BASES else "foreign"
        found.append({"text": source.text(base), "project": key, "known": known})
    return found


def kind_of(project: Project, key: str, klass_bases: List[str], decorators: List[str]) -> str:
    """What makes the class special: decided by all base names up the project's chain and by its decorators."""
    last = {b.split(".")[-1] for b in klass_bases}
    if last & {"Enum", "IntEnum", "Flag", "IntFlag", "StrEnum"}:
        return "enum"
    if any(b.endswith(("Error", "Exception", "Warning")) or b in ("BaseException", "KeyboardInterrupt", "StopIteration") for b in last):
        return "exception"
    if last & {"NamedTuple"}:
        return "namedtuple"
    if last & {"TypedDict"}:
        return "typed-dict"
    if last & {"Protocol"}:
        return "protocol"
    if any(d == "dataclasses.dataclass" for d in decorators):
        return "dataclass"
    if any(d.partition(".")[0] in ("attr", "attrs") and d.rpartition(".")[2] in ATTRS_MAKERS for d in decorators):
        return "attrs"
    return "plain"


def attrs_fields(klass: ast.ClassDef, project: Project, file: str) -> Set[str]:
    """Names that attrs makes fields of: `attr.ib()`, and annotated ones where the decorator takes those."""
    automatic = False
    for decorator in klass.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        maker = origin(project, file, dotted(call.func if call else decorator))
        if maker in ATTRS_DICT_MAKERS and maker != "attr.dataclass":
            told = [k.value for k in call.keywords if k.arg == "auto_attribs"] if call else []
            automatic = automatic or any(isinstance(v, ast.Constant) and v.value is True for v in told)
        elif maker.partition(".")[0] in ("attr", "attrs"):
            automatic = True
    found: Set[str] = set()
    for node in klass.body:
        value = getattr(node, "value", None)
        made = isinstance(value, ast.Call) and origin(project, file, dotted(value.func)) in ATTRS_FIELDS
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if made or (automatic and "ClassVar" not in ast.dump(node.annotation)):
                found.add(mangle(node.target.id, klass.name))
        elif isinstance(node, ast.Assign) and made:
            found.update(mangle(t.id, klass.name) for t in node.targets if isinstance(t, ast.Name))
    return found


def slots_call(source: Source, klass: ast.ClassDef, project: Project, file: str) -> Optional[Dict[str, Any]]:
    """Where `slots=True` goes in the decorator `@dataclass` or `@attr.s`."""
    for decorator in klass.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        maker = origin(project, file, dotted(call.func if call else decorator))
        attrs = maker.partition(".")[0] in ("attr", "attrs") and maker.rpartition(".")[2] in ATTRS_MAKERS
        if maker != "dataclasses.dataclass" and not attrs:
            continue
        if attrs and call is not None and (call.args or any(k.arg in (None, "these") for k in call.keywords)):
            return None
        end = source.span(decorator)[1]
        if call is None:
            return {"keywords": {}, "insertAt": end, "before": "(", "after": ")"}
        keywords = {k.arg: source.text(k.value) for k in call.keywords if k.arg}
        given: List[ast.AST] = [*call.args, *call.keywords]
        if not given:
            return {"keywords": keywords, "insertAt": end - 1, "before": "", "after": ""}
        last = max(given, key=lambda n: source.span(n)[1])
        return {"keywords": keywords, "insertAt": source.span(last)[1], "before": ", ", "after": ""}
    return None


def super_uses(klass: ast.ClassDef) -> List[Dict[str, Any]]:
    found = []
    for method in methods(klass):
        for node in ast.walk(method):
            bare = isinstance(node, ast.Call) and dotted(node.func) == "super" and not node.args
            if bare or (isinstance(node, ast.Name) and node.id == "__class__"):
                found.append({"method": method.name, "line": node.lineno})  # type: ignore[attr-defined]
    return found


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
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and _own(node.targets[0], own or "") and isinstance(node.value, ast.Call)):
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
