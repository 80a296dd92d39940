"""Equal tuples and frozen sets of plain values, by the line that made them: how many there are, and how many different ones."""

from __future__ import annotations

import sys
from _tracemalloc import _get_object_traceback  # type: ignore[attr-defined]
from typing import Any, Callable, Dict, List, Optional, Tuple

from .blocks import Place

MOST_VALUES = 300_000
"""Values that are compared with the sampled ones; the others count as different from all."""
MANY = 1_000
"""From so many at one line on."""
LEAST_BYTES = 1024
LONGEST = 12
PLAIN = frozenset(id(it) for it in (str, bytes, int, bool, type(None)))
"""Two values of these types, each exactly of its type, are alike where they are equal and of one type."""


class Made:
    """What one line made, as far as it was sampled."""

    __slots__ = ("count", "distinct", "bytes", "length", "types", "callers")

    def __init__(self) -> None:
        self.count = 0.0
        self.distinct = 0.0
        self.bytes = 0.0
        self.length: Optional[int] = None
        self.types: List[Dict[str, None]] = []
        self.callers: Dict[Place, float] = {}
        """Lines of the project from which the making line's function was called."""

    def note(self, value: Any) -> None:
        """The types of the items, each in its place; all in one where the lengths differ or there is no order."""
        names = [type(item).__name__ for item in value]
        if not self.types:
            self.length = len(names) if type(value) is tuple else None
            self.types = [{} for _ in names] if self.length is not None else [{}]
        elif self.length is not None and self.length != len(names):
            self.length = None
            self.types = [{name: None for types in self.types for name in types}]
        for index, name in enumerate(names):
            self.types[index if self.length is not None else 0][name] = None


class Equals:
    """`sampled` while the places are asked for, `add` for every tuple and frozen set while the heap is walked, then `rows`."""

    def __init__(self, of_project: Callable[[Place], bool]) -> None:
        self._of_project = of_project
        self._sampled: List[Tuple[Any, Place, Optional[Place], float]] = []
        self._counts: Dict[Any, int] = {}
        """Of what was sampled: how often its content was met in the walk."""
        self._left = 0

    def sampled(self, value: Any, place: Place, weight: float) -> None:
        frames = _get_object_traceback(value) or ()
        behind = frames[frames.index(place) + 1 :] if place in frames else ()
        self._sampled.append((value, place, next((it for it in behind if it != place and self._of_project(it)), None), weight))

    def wanted(self) -> bool:
        """Before the walk: one line of the project made many of them, so contents are worth counting."""
        weights: Dict[Place, float] = {}
        for value, place, _, weight in self._sampled:
            if is_plain(value):
                weights[place] = weights.get(place, 0.0) + weight
        many = {place for place, weight in weights.items() if weight >= MANY and self._of_project(place)}
        self._sampled = [it for it in self._sampled if it[1] in many]
        self._counts = {it[0]: 0 for it in self._sampled if is_plain(it[0])}
        self._left = MOST_VALUES if many else 0
        return bool(many)

    def add(self, value: Any) -> None:
        if self._left > 0 and is_plain(value):
            self._left -= 1
            if value in self._counts:
                self._counts[value] += 1

    def rows(self) -> List[Dict[str, Any]]:
        """As EqualTuples (src/vocabulary/profile.ts) with `place` and `callers` still to be named; those that save something, largest first."""
        made: Dict[Tuple[Place, str], Made] = {}
        for value, place, caller, weight in self._sampled:
            one = made.setdefault((place, type(value).__name__), Made())
            times = max(1, self._counts[value]) if is_plain(value) else 1
            one.count += weight
            if caller is not None:
                one.callers[caller] = one.callers.get(caller, 0.0) + weight
            one.distinct += weight / times
            if times > 1:
                one.bytes += weight * (1 - 1 / times) * (sys.getsizeof(value) + _own_items(value))
                one.note(value)
        rows: List[Dict[str, Any]] = [
            {
                "place": place,
                "callers": it.callers,
                "type": name,
                "count": round(it.count),
                "distinct": max(1, round(it.distinct)),
                "duplicateBytes": round(it.bytes),
                "length": it.length,
                "items": [list(types) for types in it.types],
            }
            for (place, name), it in made.items()
        ]
        return sorted((row for row in rows if row["duplicateBytes"] >= LEAST_BYTES), key=lambda row: -row["duplicateBytes"])


def is_plain(value: Any) -> bool:
    """Of items that tell all about themselves by type and comparison. A zero has a sign that a comparison does not see, and what is
    not a number equals nothing; equal frozen sets may differ in their order, which is random for texts anyway."""
    if not 0 < len(value) <= LONGEST:
        return False
    if type(value) is not tuple:
        return all(type(item) is str for item in value)
    for item in value:
        if id(type(item)) not in PLAIN and not (type(item) is float and abs(item) > 0):
            return False
    return True


def _alone() -> int:
    """References that this loop sees of an item which nothing but its tuple holds."""
    for item in (object(), object()):
        count = sys.getrefcount(item)
    return count


ALONE = _alone()


def _own_items(value: Any) -> int:
    """Bytes of the items that go with the value."""
    size = 0
    for item in value:
        if sys.getrefcount(item) <= ALONE:
            size += sys.getsizeof(item)
    return size
