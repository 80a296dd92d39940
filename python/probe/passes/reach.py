"""Which bytes hang on one name alone: owners are pushed along references, an object reached by two belongs to none."""

from __future__ import annotations

import gc
from typing import Any, Dict, Iterable, List, Optional, Set

from .sizes import Sizer, referents_of

SHARED = 0
"""The owner of what several names, or anything outside the question, reach."""

AT_ONCE = 200_000
"""Objects that are shared in one go: enough to be quick, few enough for their table to be small."""


class Owners:
    """Marks objects with the one root that reaches them. Roots are numbered from 1."""

    def __init__(self, sizer: Sizer, cut: Optional[Dict[int, Set[int]]] = None, most: int = 6_000_000) -> None:
        self._sizer = sizer
        self._cut = cut or {}
        self._owner: Dict[int, int] = {}
        self._left = most
        self.bytes: Dict[int, int] = {}

    @property
    def complete(self) -> bool:
        """False when there were too many objects: then the figures are not to be used."""
        return self._left > 0

    def stop_at(self, values: Iterable[Any]) -> None:
        """Objects that are not to be entered (our own)."""
        for value in values:
            self._owner[id(value)] = SHARED

    def owner(self, value: Any) -> Optional[int]:
        return self._owner.get(id(value))

    def share(self, roots: Iterable[Any]) -> None:
        """Everything reachable belongs to nobody in question. Before any root is marked: many at once, nothing is weighed."""
        owner, cut, kind_of = self._owner, self._cut, self._sizer.kind
        waiting: List[Any] = list(roots)
        while waiting and self._left > 0:
            found = {id(it): it for it in waiting[-AT_ONCE:]}
            del waiting[-AT_ONCE:]
            fresh = [found[key] for key in found.keys() - owner.keys()]
            owner.update(dict.fromkeys(map(id, fresh), SHARED))
            self._left -= len(fresh)
            kinds = {id(it): kind_of(it) for it in {id(type(it)): type(it) for it in fresh}.values()}
            if cut or any(it.array for it in kinds.values()):
                alone = [it for it in fresh if id(it) in cut or kinds[id(type(it))].array]
                apart = {id(it) for it in alone}
                waiting += gc.get_referents(*[it for it in fresh if id(it) not in apart])
                for it in alone:
                    waiting += [held for held in referents_of(it, kinds[id(type(it))]) if id(held) not in cut.get(id(it), ())]
            else:
                waiting += gc.get_referents(*fresh)

    def mark(self, roots: Iterable[Any], root: int) -> None:
        """Gives everything reachable to this root; what another root reached before becomes shared."""
        owner, sums, kind_of, shallow, cut = self._owner, self.bytes, self._sizer.kind, self._sizer.shallow, self._cut
        stack: List[Any] = list(roots)
        while stack and self._left > 0:
            value = stack.pop()
            key = id(value)
            had = owner.get(key)
            if had == root or had == SHARED:
                continue
            self._left -= 1
            now = root if had is None else SHARED
            owner[key] = now
            kind = kind_of(type(value))
            referents = referents_of(value, kind)
            size = shallow(value, kind, referents)[0]
            if now != SHARED:
                sums[now] = sums.get(now, 0) + size
            if had is not None:
                sums[had] -= size
            if key in cut:
                without = cut[key]
                referents = [it for it in referents if id(it) not in without]
            stack.extend(referents)

    def unowned_bytes(self, value: Any) -> int:
        """Bytes reachable from the value that nothing marked so far reaches. Marks nothing."""
        owner, kind_of, shallow = self._owner, self._sizer.kind, self._sizer.shallow
        seen: Set[int] = set()
        stack: List[Any] = [value]
        total = 0
        while stack and self._left > 0:
            item = stack.pop()
            key = id(item)
            if key in owner or key in seen:
                continue
            self._left -= 1
            seen.add(key)
            kind = kind_of(type(item))
            referents = referents_of(item, kind)
            total += shallow(item, kind, referents)[0]
            stack.extend(referents)
        return total
