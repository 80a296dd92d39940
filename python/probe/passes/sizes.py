"""What an object weighs by itself and what it refers to, found without running code of the program."""

from __future__ import annotations

import dis
import gc
import io
import sys
import tracemalloc
from collections import deque
from types import FunctionType
from typing import Any, Callable, Dict, List, Optional, Tuple

ATOMIC = frozenset(id(it) for it in (int, float, str, bytes, bool, complex, type(None), bytearray, range))
"""Types whose exact instances refer to nothing, by identity: a metaclass may have a hash of its own."""
SIZED = (list, dict, set, deque)
"""Containers whose own length and iteration are used, whatever a subclass makes of them."""
MANAGED_DICT = 1 << 4
"""Type flag, 3.11 and newer: attributes lie in the instance until its ``__dict__`` is asked for."""
MOST_INLINE = 30
NOTHING = object()
"""What a class has under a name that it does not know."""
_type_module = type.__dict__["__module__"]
_type_dict = type.__dict__["__dict__"]
_type_qualname = type.__dict__["__qualname__"]
_type_name = type.__dict__["__name__"]
_type_flags = type.__dict__["__flags__"]
_type_dictoffset = type.__dict__["__dictoffset__"]
_type_mro = type.__dict__["__mro__"]


def measure_inline() -> List[int]:
    """Bytes of the attributes inside an instance, by their number, measured on instances of our own. Call before tracing."""
    costs = [0] * (MOST_INLINE + 1)
    if sys.version_info < (3, 11) or tracemalloc.is_tracing():
        return costs
    repeat = 32
    for number in range(1, MOST_INLINE + 1):
        scope: Dict[str, Any] = {}
        body = "".join(f"\n  self.a{index} = None" for index in range(number))
        exec(f"class Sample:\n def __init__(self):{body}", scope)
        sample = scope["Sample"]
        for _ in range(2 * MOST_INLINE):  # the first instances of a class reserve room for more attributes
            sample()
        kept = [None] * repeat
        tracemalloc.start(1)
        before = tracemalloc.get_traced_memory()[0]
        for index in range(repeat):
            kept[index] = sample()
        spent = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        costs[number] = max(0, spent // repeat // 8 * 8 - sys.getsizeof(kept[0]))
    return costs


class Kind:
    """A class of the program, as far as weighing its instances needs it."""

    __slots__ = ("cls", "name", "project", "measure", "has_dict", "managed", "attributes", "plain", "array", "is_dict", "is_type", "sized")

    def __init__(self, cls: type, project: bool) -> None:
        module = safe_module(cls)
        qualname = _type_qualname.__get__(cls)
        self.cls = cls
        self.project = project
        self.name: str = qualname if module == "builtins" else f"{module}:{qualname}"
        self.measure: Callable[[Any], int] = sys.getsizeof if _weighs_itself_in_c(cls) else _basic_size
        if cls is io.StringIO:
            self.measure = _string_io_size
        self.has_dict = _type_dictoffset.__get__(cls) != 0
        self.managed = sys.version_info >= (3, 11) and bool(_type_flags.__get__(cls) & MANAGED_DICT)
        self.attributes: Optional[List[Tuple[str, Any]]] = None
        self.plain = id(cls) in ATOMIC
        self.is_dict = inherits(cls, dict)
        self.is_type = inherits(cls, type)
        self.sized = next((base for base in SIZED if inherits(cls, base)), None)
        self.array = qualname == "ndarray" and module == "numpy"


def safe_module(cls: type) -> str:
    """A class's module, not asking a metaclass."""
    module = _type_module.__get__(cls)
    return module if isinstance(module, str) else "?"


def class_dict(cls: type) -> Any:
    """A class's namespace, not asking a metaclass."""
    return _type_dict.__get__(cls) or {}


def inherits(cls: type, base: type) -> bool:
    """Whether the class is the base or has it among its bases, by identity: comparing classes may run a metaclass's code."""
    return any(it is base for it in bases(cls))


def class_name(cls: type) -> str:
    """A class's bare name, not asking a metaclass."""
    return _type_name.__get__(cls)


def bases(cls: type) -> Tuple[type, ...]:
    """The class and all it inherits from; the class alone where its type is not ready."""
    return _type_mro.__get__(cls) or (cls, object)


def _weighs_itself_in_c(cls: type) -> bool:
    for base in bases(cls):
        if "__sizeof__" in class_dict(base):
            return class_name(type(class_dict(base)["__sizeof__"])) in ("method_descriptor", "wrapper_descriptor", "cython_function_or_method")
    return True


def _basic_size(value: Any) -> int:
    return object.__sizeof__(value) + (16 if gc.is_tracked(value) else 0)


def _string_io_size(value: io.StringIO) -> int:
    try:
        position = value.tell()
        length = value.seek(0, 2)
        value.seek(position)
    except ValueError:
        return sys.getsizeof(value)
    return sys.getsizeof(value) + 4 * length


class Sizer:
    """Weighs objects; remembers classes."""

    def __init__(self, inline: List[int], is_project: Callable[[type], bool]) -> None:
        self._inline = inline
        self._is_project = is_project
        self._kinds: Dict[int, Kind] = {}

    def kind(self, cls: type) -> Kind:
        found = self._kinds.get(id(cls))
        if found is None:
            found = self._kinds[id(cls)] = Kind(cls, self._is_project(cls))
        return found

    def kind_name(self, cls: type) -> str:
        return self.kind(cls).name

    def length(self, value: Any) -> int:
        """Items of a list, dict, set or deque or of a subclass of one, not asking the subclass; 0 for anything else."""
        base = self.kind(type(value)).sized
        return 0 if base is None else base.__len__(value)  # type: ignore[attr-defined]

    def kinds(self) -> List[Kind]:
        return list(self._kinds.values())

    def shallow(self, value: Any, kind: Kind, referents: List[Any]) -> Tuple[int, int, Optional[dict]]:
        """(own bytes with inline attributes, bytes of these attributes, the instance's dictionary if it has one)."""
        try:
            size = kind.measure(value)
        except Exception:  # noqa: BLE001 - a C type's own __sizeof__ may refuse
            size = 0
        if not kind.has_dict:
            return size, 0, None
        own = instance_dict(value, kind, referents)
        if own is not None or not kind.managed:
            return size, 0, own
        extra = self._inline[min(MOST_INLINE, max(0, len(referents) - 1))]
        return size + extra, extra, None


def referents_of(value: Any, kind: Kind) -> List[Any]:
    """What the object refers to; numpy views refer to their base, which the collector does not know."""
    if kind.plain:
        return []
    if kind.array:
        base = value.base
        return [] if base is None else [base]
    return gc.get_referents(value)


def instance_dict(value: Any, kind: Kind, referents: List[Any]) -> Optional[dict]:
    """The instance's own dictionary among its referents, told from a dictionary that it merely holds."""
    for candidate in referents:
        if type(candidate) is not dict:
            continue
        for key in candidate:
            if type(key) is not str or in_class(kind.cls, key):
                continue
            try:
                if object.__getattribute__(value, key) is candidate[key]:
                    return candidate
            except Exception:  # noqa: BLE001 - no such attribute: this dictionary is only held
                pass
            break
    return None


def in_class(cls: type, name: str) -> bool:
    """Whether the class or a base defines the name."""
    return any(name in class_dict(base) for base in bases(cls))


def attribute_names(kind: Kind) -> List[Tuple[str, Any]]:
    """Names that instances may hold (slots, and what the class's own functions store on anything), each with what the class has
    under it (`NOTHING`: nothing). Names of properties and the like are left out."""
    if kind.attributes is None:
        names = set()
        for base in bases(kind.cls):
            for name, member in list(class_dict(base).items()):
                if class_name(type(member)) == "member_descriptor":
                    names.add(name)
                function = member.__func__ if type(member) is classmethod or type(member) is staticmethod else member
                if type(function) is FunctionType:
                    names.update(it.argval for it in dis.get_instructions(function.__code__) if it.opname == "STORE_ATTR")
        kind.attributes = []
        for name in sorted(names):
            member = next((class_dict(base)[name] for base in bases(kind.cls) if name in class_dict(base)), NOTHING)
            if member is NOTHING or class_name(type(member)) == "member_descriptor" or not in_class(type(member), "__get__"):
                kind.attributes.append((name, member))
    return kind.attributes


def attributes_of(value: Any, kind: Kind, own: Optional[dict]) -> List[Tuple[str, Any]]:
    """Name and value of the instance's attributes; makes no dictionary for it and runs none of its properties."""
    found = [] if own is None else [(name, held) for name, held in own.items() if type(name) is str]
    known = {name for name, _ in found}
    for name, member in attribute_names(kind):
        if name in known:
            continue
        try:
            held = object.__getattribute__(value, name)
        except AttributeError:
            continue
        if held is not member:
            found.append((name, held))
    return found
