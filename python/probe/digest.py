"""One digest for equal values: it depends on no address, on no order of a set, and not on how an instance stores its attributes.

What counts: exact types, order of lists and dicts, dtype and shape of arrays, the attributes of instances (in a ``__dict__``
or in slots alike). Files, locks and the like count by their type alone. Values of any depth are walked without recursion.
"""

from __future__ import annotations

import sys
import time
import types

from .digest_forms import CHUNK, atom, form_of, name_of, plain_text, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Optional, Tuple

    from .digest_forms import Parts


def digest(value: Any) -> str:
    """Hexadecimal digest of a value."""
    return Walk().of(value).hex()


def consume(lazy: Any, window: Any) -> str:
    """Runs a generator to its end, keeping nothing, and gives the digest of what came; our share is taken out of the time."""
    if isinstance(lazy, types.AsyncGeneratorType):
        import asyncio

        return asyncio.run(_consume_async(lazy, window))
    total = sha256(b"lazy:" + name_of(type(lazy)))
    for item in lazy:
        _add(total, item, window)
    return total.hexdigest()


async def _consume_async(lazy: Any, window: Any) -> str:
    total = sha256(b"lazy:" + name_of(type(lazy)))
    async for item in lazy:
        _add(total, item, window)
    return total.hexdigest()


def _add(total: Any, item: Any, window: Any) -> None:
    began = time.perf_counter_ns()
    total.update(Walk().of(item))
    window.leave_out(time.perf_counter_ns() - began)


class Walk:
    """Digests of one value and all that it reaches; shared parts are walked once, a part inside itself is named by its depth."""

    def __init__(self) -> None:
        self._known: Dict[int, Tuple[bytes, Any]] = {}
        self._depth: Dict[int, int] = {}

    def of(self, value: Any) -> bytes:
        """Digest of a value: 32 bytes."""
        answer: Any = self._at_once(value)
        if answer is not None:
            return answer
        stack = [self._enter(value)]
        while stack:
            part, parts, total = stack[-1]
            try:
                child = parts.send(answer)  # type: ignore[arg-type]  # the first one is None, as a generator wants it
            except StopIteration:
                stack.pop()
                answer = total.digest()
                del self._depth[id(part)]
                # Held by its container, the form that yields it, `part`, `child`, getrefcount's argument: with more it is shared.
                if sys.getrefcount(part) > 5:
                    self._known[id(part)] = (answer, part)
                continue
            answer = self._at_once(child)
            if answer is None:
                stack.append(self._enter(child))
        assert answer is not None
        return answer

    def _at_once(self, value: Any) -> Optional[bytes]:
        """Digest of what needs no walk: plain values, short containers of them, what is known already; else None."""
        kind = type(value)
        plain = _short(value, kind) if kind in _CONTAINERS else atom(value)
        if plain is not None:
            return sha256(plain).digest()
        here = id(value)
        if here in self._depth:
            return sha256(b"above%d" % (len(self._depth) - self._depth[here])).digest()
        known = self._known.get(here)
        return None if known is None else known[0]

    def _enter(self, value: Any) -> Tuple[Any, Parts, Any]:
        self._depth[id(value)] = len(self._depth)
        kind = type(value)
        try:
            name, form = _forms[kind]
        except KeyError:
            name, form = _forms[kind] = (name_of(kind), form_of(kind))
        total = sha256(name)
        return value, form(value, total), total


_CONTAINERS: Dict[type, bytes] = {list: b"list#", tuple: b"tuple#", dict: b"dict#"}
_forms: Dict[type, Tuple[bytes, Callable[[Any, Any], Parts]]] = {}


def _short(value: Any, kind: type) -> Optional[bytes]:
    if len(value) > CHUNK:
        return None
    parts = value if kind is not dict else [part for pair in value.items() for part in pair]
    plain = plain_text(parts)
    return None if plain is None else _CONTAINERS[kind] + plain
