"""Why an object is alive: the shortest path by which a name, a cache or native code reaches it, found backwards."""

from __future__ import annotations

import functools
import gc
import sys
from types import CellType, FrameType, FunctionType, GeneratorType, ModuleType, TracebackType
from typing import Any, Dict, List, Optional, Set, Tuple

from .holders import Standing
from .sizes import class_dict, inherits, safe_module

MOST_LOOKS = 14
"""Looks for referrers for one object: each goes over the whole heap."""
MOST_LOOKED_OVER = 20_000_000
"""Objects that all looks together may go over."""
MOST_AT_ONCE = 4
PLAIN = frozenset(id(it) for it in (list, dict, tuple, set))
"""By identity: comparing classes may run a metaclass's code."""
_cache_type = functools._lru_cache_wrapper  # type: ignore[attr-defined]


class Paths:
    """Finds who holds an object. `own`: objects of ours; what hangs on them alone holds nothing of the program's. `tracked`: how many
    objects a look goes over."""

    def __init__(self, stack: List[Standing], name_of: Any, own: List[Any], tracked: int) -> None:
        self._left = MOST_LOOKED_OVER // max(1, tracked)
        self._name_of = name_of
        self._locals: Dict[int, Tuple[Standing, str]] = {}
        for standing in reversed(stack):
            for name, value in standing.variables:
                self._locals[id(value)] = (standing, name)
        self._modules = {id(it.__dict__): name for name, it in list(sys.modules.items()) if isinstance(it, ModuleType)}
        self._running: Dict[int, FrameType] = {}
        walk: Optional[FrameType] = sys._getframe()
        while walk is not None:
            self._running[id(walk)] = walk
            walk = walk.f_back
        self._skip = _containers_of(own) | {id(it.variables) for it in stack} | {id(pair) for it in stack for pair in it.variables}
        self._skip |= {id(self._locals), id(self._running)}
        self._skip |= {id(pair) for pair in self._locals.values()}

    def of(self, value: Any) -> Optional[Dict[str, str]]:
        """`kind` of the holder and the `path` from it; None where nothing that the collector tracks refers to it."""
        parents: Dict[int, Tuple[Any, Optional[int]]] = {id(value): (value, None)}
        queue = [value]
        looks = 0
        self._skip.update([id(parents), id(queue)])
        while queue and looks < MOST_LOOKS and self._left > 0:
            item = queue.pop(0)
            found = self._root(item, parents)
            if found is not None:
                return found
            looks += 1
            self._left -= 1
            referrers = [it for it in gc.get_referrers(item) if self._counts(it, parents)]
            if not referrers and item is not value and gc.is_tracked(item) and id(type(item)) not in PLAIN:
                return {"kind": "native", "path": self._told("native code", item, parents)}
            for referrer in sorted(referrers, key=_nearness)[:MOST_AT_ONCE]:
                parents[id(referrer)] = (referrer, id(item))
                queue.append(referrer)
            del referrers
        return None

    def _counts(self, it: Any, parents: Dict[int, Any]) -> bool:
        if id(it) in parents or id(it) in self._skip or (type(it) is FrameType and _is_our_frame(it)):
            return False
        return not _is_ours(it) and not _is_parent_entry(it, parents)

    def _root(self, item: Any, parents: Dict[int, Any]) -> Optional[Dict[str, str]]:
        local = self._locals.get(id(item))
        if local is not None:
            standing, name = local
            return {"kind": "local", "path": self._told(f"{name} in {standing.qualname}", item, parents)}
        below = parents[id(item)][1]
        held = None if below is None else parents[below][0]
        module = self._modules.get(id(item))
        if module is not None:
            return {"kind": "global", "path": self._told(f"{module}.{_key(item, held)}", held, parents)}
        if inherits(type(item), type) and held is not None:
            inside = parents[below][1] if type(held) is dict else below
            member = parents[inside][0] if inside is not None else held
            if class_dict(item).get("__dict__") is not member:
                text = f"{self._name_of(item)}.{_key(class_dict(item), member)}"
                return {"kind": "class attribute", "path": self._told(text, member, parents)}
        if id(item) in self._running:
            return {"kind": "local", "path": self._told(f"a variable of {item.f_code.co_name}", held, parents)}
        if type(item) is CellType:
            return {"kind": "closure", "path": self._told(_cell(item), held, parents)}
        if type(item) is _cache_type:
            name = getattr(getattr(item, "__wrapped__", None), "__qualname__", "a function")
            return {"kind": "cache", "path": self._told(f"cache of {name}", held, parents)}
        if type(item) is TracebackType:
            return {"kind": "traceback", "path": self._told("a traceback", held, parents)}
        if type(item) is GeneratorType:
            return {"kind": "generator", "path": self._told(f"generator {item.__qualname__}", held, parents)}
        return None

    def _told(self, root: str, item: Any, parents: Dict[int, Any]) -> str:
        """From the root to the object, type by type; a dictionary of attributes is told with its instance."""
        words = [root]
        at: Optional[int] = None if item is None else id(item)
        while at is not None:
            value, below = parents[at]
            held = None if below is None else parents[below][0]
            name = self._name_of(type(value))
            if type(held) is dict and id(type(value)) not in PLAIN and parents[below][1] is not None:
                space = held
                below = parents[below][1]
                name += f".{_key(space, parents[below][0])}"
            words.append(name)
            at = below
        return " → ".join(words)


def _containers_of(own: List[Any]) -> Set[int]:
    """Ids of our objects and of the plain containers that hang on them."""
    found: Set[int] = set()
    todo = list(own)
    while todo:
        item = todo.pop()
        if id(item) in found:
            continue
        found.add(id(item))
        todo += [it for it in gc.get_referents(item) if id(type(it)) in PLAIN or _is_ours(it)]
    return found


def _is_our_frame(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("_codeflash_memory")


def _is_ours(it: Any) -> bool:
    return safe_module(type(it)).startswith("_codeflash_memory")


def _is_parent_entry(it: Any, parents: Dict[int, Any]) -> bool:
    """Whether it is one of the pairs in which we note the way."""
    return type(it) is tuple and len(it) == 2 and any(it is pair for pair in parents.values())


def _nearness(it: Any) -> int:
    """Names and caches before containers before the rest."""
    if any(type(it) is kind for kind in (CellType, _cache_type, TracebackType)) or inherits(type(it), type):
        return 0
    return 1 if id(type(it)) in PLAIN else 2


def _key(space: Any, value: Any) -> str:
    for key, held in list(space.items()):
        if held is value:
            return str(key)
    return "…"


def _cell(cell: Any) -> str:
    for held in gc.get_referrers(cell):
        if type(held) is tuple:
            for function in gc.get_referrers(held):
                if type(function) is FunctionType and function.__closure__ is held:
                    name = function.__code__.co_freevars[[id(it) for it in held].index(id(cell))]
                    return f"{name} in the closure {function.__qualname__}"
    return "a closure"
