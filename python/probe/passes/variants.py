"""Other arguments for a function: of another size, or made by a seed. Values are copied; what cannot be varied stays as it is."""

from __future__ import annotations

import random
import sys
from typing import Any, Callable, Dict, Optional, Tuple

Arguments = Tuple[Tuple[Any, ...], Dict[str, Any]]
LEAST_SIZE = 16
"""Smaller numbers and containers are no size: an index, a switch, a count of columns."""


def scaled(arguments: Arguments, factor: float) -> Optional[Arguments]:
    """The arguments with their sizes times a factor; None where nothing in them is a size."""
    return _changed(arguments, lambda value: _resized(value, factor))


def varied(arguments: Arguments, seed: int) -> Optional[Arguments]:
    """Arguments of the same kinds, no larger, that depend on the seed alone; None where nothing in them can be varied."""
    chance = random.Random(seed)
    return _changed(arguments, lambda value: _other(value, chance))


def _changed(arguments: Arguments, change: Callable[[Any], Any]) -> Optional[Arguments]:
    args, named = arguments
    new = tuple(change(it) for it in args), {key: change(it) for key, it in named.items()}
    same = all(a is b for a, b in zip((*args, *named.values()), (*new[0], *new[1].values())))
    return None if same else new


def _array(value: Any) -> Any:
    """numpy where the value is an array of it."""
    numpy = sys.modules.get("numpy")
    return numpy if numpy is not None and type(value) is getattr(numpy, "ndarray", None) and value.ndim > 0 else None


def _resized(value: Any, factor: float) -> Any:
    kind = type(value)
    if kind is int and value >= LEAST_SIZE:
        return max(1, int(value * factor))
    if kind in (list, tuple, str, bytes, bytearray) and len(value) >= LEAST_SIZE:
        wanted = max(1, int(len(value) * factor))
        return (value * (wanted // len(value) + 1))[:wanted]
    if kind is range and len(value) >= LEAST_SIZE:
        return range(value.start, value.start + max(1, int(len(value) * factor)) * value.step, value.step)
    if kind in (dict, set, frozenset) and len(value) >= LEAST_SIZE and factor < 1:
        kept = list(value.items() if kind is dict else value)[: max(1, int(len(value) * factor))]
        return kind(kept)
    if _array(value) is not None and len(value) >= LEAST_SIZE:
        wanted = max(1, int(len(value) * factor))
        return _array(value).resize(value, (wanted, *value.shape[1:]))
    return value


def _other(value: Any, chance: random.Random) -> Any:
    kind = type(value)
    if kind is int:
        return chance.choice([0, 1, 2, 3, value // 2, value // 3 + 1, chance.randrange(max(1, abs(value)) + 1)])
    if kind is float:
        return chance.choice([0.0, -value, value / 2, value * chance.random()])
    if kind in (list, tuple, str, bytes, bytearray):
        return _other_sequence(value, kind, chance)
    if kind is dict:
        items = [(key, it) for key, it in value.items() if chance.random() < 0.7]
        return dict(sorted(items, key=lambda _: chance.random()))
    if kind in (set, frozenset):
        return kind(it for it in sorted(value, key=repr) if chance.random() < 0.7)
    if _array(value) is not None:
        some = value[: chance.randrange(len(value) + 1)].copy()
        some.sort() if chance.random() < 0.5 and some.dtype.kind in "iufSU" else None
        return some
    return value


def _other_sequence(value: Any, kind: type, chance: random.Random) -> Any:
    """Shorter, in another order, with repetitions; now and then empty."""
    how = chance.randrange(5)
    parts = list(value[: chance.randrange(len(value) + 1)]) if how < 4 else []
    if how == 1:
        chance.shuffle(parts)
    elif how == 2:
        parts = (parts[: len(parts) // 2] * 2)[: len(value)]
    elif how == 3:
        parts.reverse()
    if kind is str:
        return "".join(parts)
    return kind(parts)
