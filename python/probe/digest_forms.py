"""How values of each type are taken apart for the digest.

A form is a generator: it yields the parts of a value that are not plain, is sent the digest of each, and feeds ``total``.
"""

from __future__ import annotations

import copyreg
import types
from itertools import chain, islice

from .digest_libraries import library_form

# hashlib's sha256 without OpenSSL, which would add 4 MiB when a generator is digested inside the measured window.
try:
    from _sha2 import sha256
except ImportError:
    try:
        from _sha256 import sha256
    except ImportError:
        from hashlib import sha256  # noqa: F401 - for the digest and the witness too

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Generator, Iterator, Optional, Tuple

    Parts = Generator[Any, bytes, bytes]

_PLAIN = frozenset((int, float, bool, type(None), str, bytes))
CHUNK = 4096
_HEAP_TYPE = 1 << 9


def name_of(kind: type) -> bytes:
    """A type by its name."""
    return f"{kind.__module__}:{kind.__qualname__};".encode("utf-8", "surrogatepass")


def atom(value: Any) -> Optional[bytes]:
    """The bytes of a plain value; None for everything else."""
    kind = type(value)
    if kind is str:
        return b"s" + value.encode("utf-8", "surrogatepass")
    if kind is int:
        return b"i%x" % value if value >= 0 else b"i-%x" % -value
    if kind is float:
        return b"f" + (value.hex().encode() if value == value else b"nan")
    if kind is bool or value is None or value is Ellipsis or value is NotImplemented:
        return b"c" + repr(value).encode()
    if kind is bytes or kind is bytearray:
        return (b"b" if kind is bytes else b"B") + bytes(value)
    if kind is complex:
        return b"j" + value.real.hex().encode() + b"," + value.imag.hex().encode()
    return None


def form_of(kind: type) -> Callable[[Any, Any], Parts]:
    """How values of a type are taken apart: a generator that yields the parts and is sent the digest of each."""
    library = library_form(kind)
    if library is not None:
        return library
    for known, form in _FORMS:
        if issubclass(kind, known):
            return form if kind.__dictoffset__ == 0 and not _slotted(kind) else _with_attributes(form)
    return _reduced if _reduces(kind) else _attributes


def _with_attributes(form: Callable[[Any, Any], Parts]) -> Callable[[Any, Any], Parts]:
    def both(value: Any, total: Any) -> Parts:
        yield from form(value, total)
        yield from _attributes(value, total)
        return b""

    return both


def _slotted(kind: type) -> bool:
    return any(base.__dict__.get("__slots__") for base in kind.__mro__)


def _sequence(value: Any, total: Any) -> Parts:
    kind = tuple if isinstance(value, tuple) else list
    total.update(b"%d:" % kind.__len__(value))
    return _chunks(kind.__iter__(value), CHUNK, total)


def _mapping(value: Any, total: Any) -> Parts:
    total.update(b"%d:" % dict.__len__(value))
    return _chunks(chain.from_iterable(dict.items(value)), 2 * CHUNK, total)


def _chunks(items: Iterator[Any], count: int, total: Any) -> Parts:
    while True:
        chunk = list(islice(items, count))
        if not chunk:
            return b""
        plain = plain_text(chunk)
        if plain is not None:
            total.update(plain)
            continue
        yield from _mixed(chunk, total)


def _mixed(parts: list, total: Any) -> Parts:
    """Parts of which some are not plain; from the end, so that the list does not hold a part while it is walked."""
    while parts:
        part = parts.pop()
        plain = atom(part)
        total.update((yield part) if plain is None else b"%d:%s" % (len(plain), plain))
    return b""


def plain_text(parts: Any) -> Optional[bytes]:
    """Many plain values in one go; None where one of them is not plain."""
    if not _PLAIN.issuperset(map(type, parts)):
        return None
    try:
        return b"#" + repr(parts).encode("utf-8", "surrogatepass")
    except ValueError:  # an integer longer than Python writes in decimals
        return None


def _set(value: Any, total: Any) -> Parts:
    digests = []
    for item in (set if isinstance(value, set) else frozenset).__iter__(value):
        digests.append((yield item))
    for one in sorted(digests):
        total.update(one)
    return b""


def _plain_subclass(value: Any, total: Any) -> Parts:
    if isinstance(value, str):
        total.update((yield str.__str__(value)))
    elif isinstance(value, int):
        total.update((yield int.__int__(value)))
    elif isinstance(value, float):
        total.update((yield float.__float__(value)))
    elif isinstance(value, complex):
        total.update((yield complex.__getnewargs__(value)))  # type: ignore[attr-defined]
    else:
        total.update(memoryview(value))
    return b""


def _named(value: Any, total: Any) -> Parts:
    """Classes, functions and modules are what their names say."""
    function = getattr(value, "__func__", value)
    for name in ("__module__", "__qualname__", "__name__"):
        total.update((yield str(getattr(function, name, None))))
    if hasattr(value, "__self__") and not isinstance(value.__self__, types.ModuleType):
        total.update((yield value.__self__))
    return b""


def _error(value: Any, total: Any) -> Parts:
    total.update((yield value.args))
    return b""


def _range(value: Any, total: Any) -> Parts:
    total.update((yield (value.start, value.stop, value.step)))
    return b""


def _view(value: Any, total: Any) -> Parts:
    total.update((yield value.tobytes()))
    return b""


def _reduces(kind: type) -> bool:
    """Its pickle says more than its attributes: it is written in C, or it says itself how it is to be taken apart."""
    if kind in copyreg.dispatch_table:
        return True
    for base in kind.__mro__:
        if base is object:
            continue
        if "__reduce__" in base.__dict__ or "__reduce_ex__" in base.__dict__:
            return True
        new = base.__dict__.get("__new__")
        if not base.__flags__ & _HEAP_TYPE or (isinstance(new, types.BuiltinFunctionType) and new.__self__ is base):
            return True
    return False


def _attributes(value: Any, total: Any) -> Parts:
    found: Dict[str, Any] = {}
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            mangled = f"_{base.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
            descriptor = base.__dict__.get(mangled)
            if isinstance(descriptor, types.MemberDescriptorType):
                try:
                    found[mangled] = descriptor.__get__(value)
                except AttributeError:
                    pass
    own = None if isinstance(value, (type, types.ModuleType, types.FunctionType)) else getattr(value, "__dict__", None)
    if type(own) is dict:
        found.update(own)
    parts = [part for name in sorted(found, key=str) for part in (str(name), found[name])]
    plain = plain_text(parts)
    if plain is not None:
        total.update(plain)
        return b""
    found.clear()
    yield from _mixed(parts, total)
    return b""


def _reduced(value: Any, total: Any) -> Parts:
    """What pickle would take of an object: dates, decimals, deques, paths. Nothing where it cannot be pickled."""
    try:
        registered = copyreg.dispatch_table.get(type(value))
        reduced = registered(value) if registered is not None else value.__reduce_ex__(4)
        parts = [reduced] if isinstance(reduced, str) else [*reduced[:3], *[it and list(it) for it in reduced[3:5]]]
    except Exception:
        return b""
    for part in parts:
        total.update((yield part))
    return b""


_FORMS: Tuple[Tuple[Any, Callable[[Any, Any], Parts]], ...] = (
    ((list, tuple), _sequence),
    (dict, _mapping),
    ((set, frozenset), _set),
    ((str, int, float, complex, bytes, bytearray), _plain_subclass),
    ((type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType), _named),
    (BaseException, _error),
    ((range, slice), _range),
    (memoryview, _view),
)
