"""Texts in memory that note whether more is done with them than taking their lines, and whether their file is open then."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

NOTED = "getvalue read seek tell truncate write writelines detach readlines seekable __enter__".split()
PLACES = 12
#: A file that was opened with `newline=""` ends a line there, a text does not.
LONE_RETURN = re.compile(r"\r(?!\n)")


class State:
    """One watched text: outlives it, holds nothing of it but its file."""

    __slots__ = ("file", "late")

    def __init__(self, file: Any) -> None:
        self.file = file
        self.late = False


class _Text(io.StringIO):
    _codeflash_memory: Any = None

    def __next__(self) -> str:  # type: ignore[override]
        _look(self)
        return super().__next__()

    def readline(self, *size: Any) -> str:  # type: ignore[override]
        _look(self)
        return super().readline(*size)


def _look(text: Any) -> None:
    state = text._codeflash_memory[0]
    state.late = state.late or bool(getattr(state.file, "closed", True))


def _noting(name: str) -> Any:
    original = getattr(io.StringIO, name)

    def method(self: Any, *rest: Any, **named: Any) -> Any:
        if self._codeflash_memory is not None:
            _, record, project = self._codeflash_memory
            frame = sys._getframe(1)
            path = project.relative(frame.f_code.co_filename) or frame.f_code.co_filename
            record.note("others", f"{name.strip('_')} in {frame.f_code.co_name} ({path}:{frame.f_lineno})", PLACES)
        return original(self, *rest, **named)

    method.__name__ = name
    return method


for _name in NOTED:
    setattr(_Text, _name, _noting(_name))


def watched(record: Any, file: Any, value: Any, project: Any) -> Any:
    """The same text in a StringIO that notes; anything else is handed on and counts as used otherwise."""
    state = State(file)
    record.states.append(state)
    if type(value) is not io.StringIO:
        record.note("others", f"is a {type(value).__name__}", PLACES)
        return value
    text = value.getvalue()
    record.count("returns", int(LONE_RETURN.search(text) is not None))
    noting = _Text(text)
    noting._codeflash_memory = (state, record, project)
    return noting
