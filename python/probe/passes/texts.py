"""Equal strings held under one name, counted while the heap is walked."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Set, Tuple

MOST_VALUES = 100_000
"""Values looked at under one name; the rest is extrapolated."""
LEAST_BYTES = 1024
LOOK_EARLY = 20_000
"""After so many values a name whose strings hardly repeat is given up."""


class Field:
    """The strings under one name."""

    __slots__ = ("count", "looked", "values", "ids", "bytes", "exact", "given_up")

    def __init__(self) -> None:
        self.count = 0
        self.looked = 0
        self.values: Dict[str, int] = {}
        self.ids: Set[int] = set()
        self.bytes = 0
        self.exact = True
        self.given_up = False

    def add(self, value: Any) -> None:
        if type(value) is not str:
            self.exact = False
            return
        self.count += 1
        if self.given_up or self.looked >= MOST_VALUES:
            return
        self.looked += 1
        if value not in self.values:
            self.values[value] = sys.getsizeof(value)
        if id(value) not in self.ids:
            self.ids.add(id(value))
            self.bytes += sys.getsizeof(value)
        if self.looked == LOOK_EARLY and len(self.values) > 0.9 * self.looked:
            self.given_up = True
            self.values.clear()
            self.ids.clear()

    def duplicate_bytes(self) -> int:
        """What sharing equal strings would save."""
        if self.given_up or not self.looked:
            return 0
        return (self.bytes - sum(self.values.values())) * self.count // self.looked


class Texts:
    """Fields by (kind, owner, name)."""

    def __init__(self) -> None:
        self._fields: Dict[Tuple[str, str, str], Field] = {}

    def field(self, kind: str, owner: str, name: str) -> Field:
        key = (kind, owner, name)
        found = self._fields.get(key)
        if found is None:
            found = self._fields[key] = Field()
        return found

    def rows(self) -> List[Dict[str, Any]]:
        """As RepeatedText (src/vocabulary/profile.ts), those that save something, largest first."""
        rows: List[Dict[str, Any]] = [
            {
                "kind": kind,
                "owner": owner,
                "name": name,
                "count": field.count,
                "distinct": len(field.values),
                "duplicateBytes": field.duplicate_bytes(),
                "exactText": field.exact,
            }
            for (kind, owner, name), field in self._fields.items()
        ]
        return sorted((row for row in rows if row["duplicateBytes"] >= LEAST_BYTES), key=lambda row: -row["duplicateBytes"])
