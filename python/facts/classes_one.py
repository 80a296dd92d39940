"""What one class statement declares: its names, bases, kind, slots and fields."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional, Set

from .classes_project import Project
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
ATTRS_MAKERS = frozenset(("s", "attrs", "dataclass", "define", "frozen", "mutable"))
#: Those that make slots only where they are told to.
ATTRS_DICT_MAKERS = frozenset(("attr.s", "attr.attrs", "attr.dataclass"))
ATTRS_FIELDS = frozenset(("attr.ib", "attr.attrib", "attr.attr", "attr.field", "attrs.field"))


def origin(project: Project, file: str, text: Optional[str]) -> str:
    """The full dotted name of what ``text`` means in ``file``: `lru_cache` gives `functools.lru_cache`."""
    note = project.notes.get(file)
    if note is None or not text:
        return text or ""
    head, _, rest = text.partition(".")
    full = note.imports.get(head, head)
    return f"{full}.{rest}" if rest else full


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
