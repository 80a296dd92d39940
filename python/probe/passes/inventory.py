"""What objects there are: by type, as records, as caches, as empty values; walked once, in two rounds.

`sample` asks tracemalloc where some of them were made, while tracing is still on; `walk` counts all of them afterwards.
Objects that the collector does not track are found through those that refer to them, each once.
"""

from __future__ import annotations

import functools
import gc
import sys
from itertools import islice
from types import CodeType, FunctionType, MethodType
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Set, Tuple

from .blocks import Lines, Place
from .equals import Equals
from .sizes import ATOMIC, Kind, Sizer, attributes_of, bases, class_dict, referents_of
from .texts import Texts

MOST_OBJECTS = 1_500_000
MOST_LOOKED_UP = 3_000
"""Asking tracemalloc is slow: every answer is itself traced."""
SHAREABLE = frozenset(id(it) for it in (tuple, frozenset))
"""By identity: a metaclass may have a comparison of its own."""
BIG = 500
"""Containers with more items are sampled for themselves."""
FROM_BIG = 400
FROM_SMALL = 2
MOST_BIG = 40
FEW = 100
MANY = 1_000
MOST_KEYS = 30
MISSES_INSTANCES = sys.version_info[:2] == (3, 11)
"""tracemalloc of 3.11 does not find instances whose attributes lie inside them."""
Weights = Dict[Place, float]


class Group:
    """Dicts with one key tuple."""

    __slots__ = ("count", "bytes", "fields")

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0
        self.fields: Optional[List[Tuple[str, Any]]] = None


class Inventory:
    """Counts by type and by shape. Fill with `sample`, then `walk`; read the attributes."""

    def __init__(self, sizer: Sizer, lines: Lines) -> None:
        self._sizer = sizer
        self._lines = lines
        self.types: Dict[int, List[int]] = {}
        self.sizes: Dict[int, Dict[int, int]] = {}
        """Type → bits of a size → how many objects have a size of so many bits."""
        self.example: Dict[int, Any] = {}
        """Type → one of its objects from the later half of the walk."""
        self.made: Dict[int, Weights] = {}
        self.record_made: Dict[Tuple[str, ...], Weights] = {}
        self.empty_made: Dict[str, Weights] = {}
        self.groups: Dict[Tuple[str, ...], Group] = {}
        self.empties: Dict[str, List[int]] = {}
        self.caches: Dict[int, List[Any]] = {}
        self.texts = Texts()
        self.equals = Equals(lambda place: lines.project_place((place,)) is not None)
        self.few: List[Tuple[Any, Kind]] = []
        self.classes: List[type] = []
        self.notes: List[str] = []
        self._dicts: List[Tuple[dict, Place, float]] = []
        self._inits: Dict[int, Optional[CodeType]] = {}
        self._compared: FrozenSet[int] = frozenset()

    # -- where things were made

    def sample(self, tracked: List[Any], always: List[Any]) -> None:
        """Asks where some of the tracked objects, some of what big containers hold, and these others were made."""
        stride = -(-len(tracked) // MOST_LOOKED_UP)
        seen: Set[int] = set()
        for value in always:
            if not gc.is_tracked(value) and id(value) not in seen:
                seen.add(id(value))
                self._look_up(value, 1)
        for value in islice(tracked, 0, None, max(1, stride)):
            self._look_up(value, stride)
            if self._sizer.length(value) > BIG:
                continue
            found = [item for item in gc.get_referents(value) if not gc.is_tracked(item)]
            for item in found[:FROM_SMALL]:
                if id(item) not in seen:
                    seen.add(id(item))
                    self._look_up(item, stride * len(found) / min(FROM_SMALL, len(found)))
            if self._sizer.kind(type(value)).is_dict:
                self._look_up_empties(dict.values(value), stride)
        for value in sorted(self._big(tracked), key=self._sizer.length, reverse=True)[:MOST_BIG]:
            self._sample_big(value, self._sizer.kind(type(value)))

    def _big(self, tracked: List[Any]) -> List[Any]:
        """The containers with more than `BIG` items. Looks at all objects while tracing is on, so it makes none of its own."""
        found: List[Any] = []
        small: Any = None
        for value in tracked:
            cls = type(value)
            if cls is tuple or cls is small:
                continue
            if cls is list or cls is dict or cls is set:
                length = len(value)
            else:
                kind = self._sizer.kind(cls)
                if kind.sized is None:
                    small = cls
                    continue
                length = kind.sized.__len__(value)  # type: ignore[attr-defined]
            if length > BIG:
                found.append(value)
        return found

    def _sample_big(self, value: Any, kind: Kind) -> None:
        base = kind.sized
        items: Iterable[Any] = dict.values(value) if base is dict else base.__iter__(value)  # type: ignore[union-attr,misc]
        step = max(1, self._sizer.length(value) // FROM_BIG)
        chosen = list(islice(items, 0, None, step))
        for item in chosen:
            if not gc.is_tracked(item):
                self._look_up(item, step)
        if kind.is_dict:
            self._look_up_empties(chosen, step)

    def _look_up(self, value: Any, weight: float) -> None:
        place = self._lines.made_at(value)
        if place is None and MISSES_INSTANCES:
            place = self._made_by_init(value)
        if place is None:
            return
        if type(value) is dict:
            self._dicts.append((value, place, weight))
            return
        _weigh(self.made.setdefault(id(type(value)), {}), place, weight)
        if id(type(value)) in SHAREABLE:
            self.equals.sampled(value, place, weight)

    def _made_by_init(self, value: Any) -> Optional[Place]:
        """Where an instance was made, told by what its ``__init__`` made: the line that called it."""
        key = id(type(value))
        if key not in self._inits:
            kind = self._sizer.kind(type(value))
            init = next((class_dict(base)["__init__"] for base in bases(kind.cls) if "__init__" in class_dict(base)), None)
            self._inits[key] = init.__code__ if kind.managed and type(init) is FunctionType else None
        code = self._inits[key]
        if code is None:
            return None
        for held in gc.get_referents(value):
            place = self._lines.caller_of(code, held)
            if place is not None:
                return place
        return None

    def _settle_dicts(self, owned: Set[int]) -> None:
        """Dictionaries of instances belong to the instances; the others are told by type and by shape."""
        for value, place, weight in self._dicts:
            if id(value) in owned:
                continue
            _weigh(self.made.setdefault(id(dict), {}), place, weight)
            if 0 < len(value) <= MOST_KEYS:
                keys = tuple(value)
                if all(type(key) is str for key in keys):
                    _weigh(self.record_made.setdefault(tuple(sorted(keys)), {}), place, weight)
        self._dicts = []

    def _look_up_empties(self, values: Iterable[Any], weight: float) -> None:
        for item in values:
            if is_empty(item):
                place = self._lines.made_at(item)
                if place is not None:
                    _weigh(self.empty_made.setdefault(type(item).__name__, {}), place, weight)

    # -- how many there are

    def walk(self, tracked: List[Any], skip: Set[int]) -> None:
        """Counts the tracked objects and, once each, the untracked ones they refer to. `skip`: ids of our own objects."""
        stride = -(-len(tracked) // MOST_OBJECTS)
        chosen = tracked if stride <= 1 else list(islice(tracked, 0, None, stride))
        if stride > 1:
            self.notes.append(f"The heap holds {len(tracked)} containers; one in {stride} was looked at and the counts are scaled.")
        self._compared = SHAREABLE if self.equals.wanted() else frozenset()
        per_type: Dict[int, int] = {}
        for value in chosen:
            key = id(type(value))
            per_type[key] = per_type.get(key, 0) + 1
        owned: Set[int] = set()
        seen: Set[int] = set()
        dicts: List[dict] = []
        left = MOST_OBJECTS
        plain: Dict[int, Dict[int, int]] = {it: {} for it in ATOMIC}
        weigh, is_tracked = sys.getsizeof, gc.is_tracked
        stack: List[Any] = []
        for value in chosen:
            if id(value) in skip:
                continue
            stack.append(value)
            while stack:
                item = stack.pop()
                sizes = plain.get(id(type(item)))
                if sizes is not None:  # most objects are such: no more than their sizes is counted
                    size = weigh(item)
                    sizes[size] = sizes.get(size, 0) + 1
                    self.example[id(type(item))] = item
                    continue
                if type(item) is dict:
                    dicts.append(item)
                for found in self._count(item, stride, owned, per_type):
                    if left > 0 and not is_tracked(found) and id(found) not in seen:
                        seen.add(id(found))
                        stack.append(found)
                        left -= 1
        if left <= 0:
            self.notes.append(f"More than {MOST_OBJECTS} small objects: those beyond are not in the counts by type.")
        self._add_plain(plain)
        self._settle_dicts(owned)
        for item in dicts:
            if id(item) not in owned:
                self._count_dict(item, max(1, stride))

    def _add_plain(self, plain: Dict[int, Dict[int, int]]) -> None:
        for key, sizes in plain.items():
            if sizes:
                self._sizer.kind(type(self.example[key]))
                self.types[key] = [sum(sizes.values()), sum(size * count for size, count in sizes.items()), 0]
                bits = self.sizes[key] = {}
                for size, count in sizes.items():
                    bits[size.bit_length()] = bits.get(size.bit_length(), 0) + count

    def _count(self, value: Any, stride: int, owned: Set[int], per_type: Dict[int, int]) -> List[Any]:
        cls = type(value)
        kind = self._sizer.kind(cls)
        referents = referents_of(value, kind)
        if cls is dict:
            return referents
        if id(cls) in self._compared:
            self.equals.add(value)
        size, extra, own = self._sizer.shallow(value, kind, referents)
        if own is not None and id(own) not in owned:
            owned.add(id(own))
            extra = sys.getsizeof(own)
            size += extra
        weight = max(1, stride) if gc.is_tracked(value) else 1
        row = self.types.setdefault(id(cls), [0, 0, 0])
        row[0] += weight
        row[1] += weight * size
        row[2] += weight * extra
        self._tally(value, size, weight, row[0])
        if kind.project:
            if per_type.get(id(cls), 0) < FEW:
                self.few.append((value, kind))
            elif per_type.get(id(cls), 0) >= MANY:
                self._texts_of(value, kind, own)
        if kind.is_dict:
            self._count_empties(value, weight)
        elif kind.is_type:
            self.classes.append(value)
        elif cls is functools._lru_cache_wrapper:  # type: ignore[attr-defined]
            self._count_cache(value)
        return referents

    def _tally(self, value: Any, size: int, weight: int, count: int) -> None:
        key = id(type(value))
        sizes = self.sizes.get(key)
        if sizes is None:
            sizes = self.sizes[key] = {}
        bits = size.bit_length()
        sizes[bits] = sizes.get(bits, 0) + weight
        if not count & (count - 1):
            self.example[key] = value

    def _texts_of(self, value: Any, kind: Kind, own: Optional[dict]) -> None:
        for name, held in attributes_of(value, kind, own):
            self.texts.field("attribute", kind.name, name).add(held)

    def _count_dict(self, value: dict, weight: int) -> None:
        kind = self._sizer.kind(dict)
        size = kind.measure(value)
        row = self.types.setdefault(id(dict), [0, 0, 0])
        row[0] += weight
        row[1] += weight * size
        self._tally(value, size, weight, row[0])
        self._count_empties(value, weight)
        if not 0 < len(value) <= MOST_KEYS:
            return
        keys = tuple(value)
        group = self.groups.get(keys)
        if group is None:
            if len(self.groups) > 5_000 or not all(type(key) is str for key in keys):
                return
            group = self.groups[keys] = Group()
        group.count += weight
        group.bytes += weight * size
        if group.fields is None:
            owner = ",".join(sorted(keys))
            group.fields = [(key, self.texts.field("dict-key", owner, key)) for key in keys]
        for key, field in group.fields:
            field.add(value[key])

    def _count_empties(self, value: dict, weight: int) -> None:
        for held in dict.values(value):
            if is_empty(held):
                empty = self.empties.setdefault(type(held).__name__, [0, 0])
                empty[0] += weight
                empty[1] += weight * sys.getsizeof(held)

    def _count_cache(self, value: Any) -> None:
        wrapped: Any = getattr(value, "__wrapped__", None)
        bound = type(wrapped) is MethodType
        function = wrapped.__func__ if bound else wrapped
        if type(function) is not FunctionType:
            return
        code = function.__code__
        info = value.cache_info()
        row = self.caches.setdefault(id(code), [code, function, 0, 0, 0, False])
        row[2] += 1
        row[3] += info.currsize
        row[4] += info.hits
        row[5] = row[5] or bound


def is_empty(value: Any) -> bool:
    """An empty list, dict or set, not of a subclass."""
    cls = type(value)
    return (cls is list or cls is dict or cls is set) and not value


def _weigh(into: Weights, place: Place, weight: float) -> None:
    into[place] = into.get(place, 0.0) + weight
