"""Lists and tuples that note how they are used, and loops that look at what they run over."""

from __future__ import annotations

import sys
from typing import Any, List, Tuple

NOTED = """__len__ __getitem__ __setitem__ __delitem__ __contains__ append extend insert pop remove sort reverse index count copy clear
__eq__ __ne__ __lt__ __le__ __gt__ __ge__ __add__ __iadd__ __mul__ __rmul__ __imul__ __reversed__ __reduce_ex__ __repr__ __hash__""".split()
PLACES = 12


class State:
    """One watched value: outlives it, holds nothing of it."""

    __slots__ = ("iterations", "others")

    def __init__(self) -> None:
        self.iterations = 0
        self.others = 0

    def once(self) -> bool:
        return self.iterations == 1 and self.others == 0


class _List(list):
    __slots__ = ("_codeflash_memory",)


class _Tuple(tuple):
    pass


def _noting(base: type, name: str) -> Any:
    original = getattr(base, name)

    def method(self: Any, *rest: Any, **named: Any) -> Any:
        _other(self, name, sys._getframe(1))
        return original(self, *rest, **named)

    method.__name__ = name
    return method


def _other(value: Any, name: str, frame: Any) -> None:
    state, record, project = value._codeflash_memory
    state.others += 1
    path = project.relative(frame.f_code.co_filename) or frame.f_code.co_filename
    record.note("others", f"{name.strip('_')} in {frame.f_code.co_name} ({path}:{frame.f_lineno})", PLACES)


def _iter(self: Any) -> Any:
    self._codeflash_memory[0].iterations += 1
    return (list if isinstance(self, list) else tuple).__iter__(self)


def _bool(self: Any) -> bool:
    _other(self, "truth", sys._getframe(1))
    return (list if isinstance(self, list) else tuple).__len__(self) > 0


_kinds: Tuple[Tuple[Any, Any], ...] = ((list, _List), (tuple, _Tuple))
for _base, _class in _kinds:
    for _name in NOTED:
        if getattr(_base, _name, None) is not None:
            setattr(_class, _name, _noting(_base, _name))
    _class.__iter__ = _iter
    _class.__bool__ = _bool
_List.__hash__ = None  # type: ignore[assignment]


def watched(record: Any, value: Any, project: Any) -> Any:
    """The same elements in a value that notes; anything but an exact list or tuple is handed on and counts as used otherwise."""
    state = State()
    record.states.append(state)
    if type(value) is not list and type(value) is not tuple:
        state.others += 1
        record.note("others", f"is a {type(value).__name__}", PLACES)
        return value
    noting: Any = _List(value) if type(value) is list else _Tuple(value)
    noting._codeflash_memory = (state, record, project)
    return noting


def loop(record: Any, base: Any, start: int) -> Any:
    """What the program's own expression would have given, with a look at ``base`` in every round."""
    form = record.request["form"]
    if form == "readlines":
        return base.readlines()
    if form == "splitlines":
        return _split(record, base.read())
    if form == "slice":
        return _Rounds(record, base, base[start:])
    return _Rounds(record, base, list(base))


def _split(record: Any, text: Any) -> List[Any]:
    lines: List[Any] = text.splitlines()
    if not isinstance(text, str):
        record.count("different")
        return lines
    plain = text.split("\n")
    if plain[-1] == "":
        plain.pop()
    record.count("different", int(plain != lines))
    return lines


class _Rounds:
    """Iterates a snapshot and compares the base with it: at each round its length, at the end its elements."""

    def __init__(self, record: Any, base: Any, taken: Any) -> None:
        self.record = record
        self.base = base
        self.taken = taken
        self.sized = isinstance(base, (list, tuple, dict, set, frozenset, type({}.items()), type({}.keys()), type({}.values())))
        self.length = len(base) if self.sized else 0

    def __iter__(self) -> Any:
        changed = False
        try:
            for one in self.taken:
                yield one
                changed = changed or (self.sized and len(self.base) != self.length)
        finally:
            self.record.count("changed", int(changed or self._differs()))

    def _differs(self) -> bool:
        if not self.sized:
            return False
        now = list(self.base)[len(self.base) - len(self.taken) :]
        try:
            same = all(one is other or one == other for one, other in zip(now, self.taken))
        except Exception:
            return True
        return len(now) != len(self.taken) or not same
