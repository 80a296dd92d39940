"""JSON without the ``json`` package, which (with ``re`` and ``enum``) would add over 1 MiB to every measured process."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Context:
    """What the C scanner of ``json.decoder.JSONDecoder`` reads its settings from."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float


def decode(text: str) -> Any:
    """The value of a JSON text. Raises ValueError where it is none."""
    try:
        from _json import make_scanner
    except ImportError:
        import json

        return json.loads(text)
    try:
        value, end = make_scanner(_Context())(  # type: ignore[arg-type]
            text, len(text) - len(text.lstrip()))
    except StopIteration:
        raise ValueError("This is no JSON.") from None
    if text[end:].strip():
        raise ValueError("There is more after the end of the JSON value.")
    return value


def _quote(text: str) -> str:
    try:
        from _json import encode_basestring_ascii
    except ImportError:
        from json.encoder import encode_basestring_ascii
    return encode_basestring_ascii(text)


def encode(value: Any) -> str:
    """JSON of plain values (None, bool, int, float, str, list, tuple, dict); a float that is no number becomes null."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return _quote(str(value))
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value) if value - value == 0 else "null"
    if isinstance(value, dict):
        return "{%s}" % ",".join([f"{_quote(str(key))}:{encode(item)}" for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return "[%s]" % ",".join([encode(item) for item in value])
    raise TypeError(f"{type(value).__name__} has no place in an answer")
