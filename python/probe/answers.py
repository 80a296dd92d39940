"""The answers file: JSON lines, appended one by one, so that a killed run leaves everything up to there."""

from __future__ import annotations

import os

from .wire import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Answers:
    """Writes to the answers file; only in the process that opened it, so that a fork of the target stays silent."""

    def __init__(self, path: str) -> None:
        self._pid = os.getpid()
        self._path = os.path.abspath(path)
        self._file = self._open(os.O_CREAT)
        self._identity = self._stat()

    @property
    def here(self) -> bool:
        """False in a child that was forked from the process that opened the file."""
        return os.getpid() == self._pid

    def emit(self, kind: str, **fields: Any) -> None:
        """Appends one answer. Silent in a forked child; a target that closed our descriptor does not silence us."""
        if not self.here:
            return
        if self._stat() != self._identity:
            self._file = self._open(0)
        line = (encode({"kind": kind, **fields}) + "\n").encode("ascii")
        while line:
            line = line[os.write(self._file, line) :]

    def note(self, text: str) -> None:
        """A sentence for people."""
        self.emit("note", text=text)

    def _open(self, more: int) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | more, 0o600)

    def _stat(self) -> object:
        try:
            status = os.fstat(self._file)
        except OSError:
            return None
        return (status.st_dev, status.st_ino)
