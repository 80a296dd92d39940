"""From ``ast`` positions to offsets into a file's raw bytes.

``ast`` counts UTF-8 bytes of the decoded line; a file may be latin-1, may start with a BOM, may end its lines in CRLF.
Every span that leaves this package is a pair of offsets into the raw bytes on disk, so that an edit keeps every other byte.
"""

from __future__ import annotations

import ast
import io
import os
import tokenize
from typing import List, Tuple


class Source:
    """One Python file: its raw bytes, its text, its tree, and the offsets between them.

    Raises SyntaxError (also for a bad coding cookie) where the file is no Python that this interpreter can parse.
    """

    def __init__(self, raw: bytes, path: str = "<source>") -> None:
        self.raw = raw
        self.path = path
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        self._bom = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
        self.tree = ast.parse(raw, filename=path)
        self._starts: List[int] = []
        offset = 0
        self._lines = raw.splitlines(keepends=True)
        for line in self._lines:
            self._starts.append(offset)
            offset += len(line)
        self._starts.append(offset)
        self.newline = "\r\n" if b"\r\n" in raw else "\n"

    @classmethod
    def read(cls, path: str) -> "Source":
        with open(path, "rb") as file:
            return cls(file.read(), path)

    def offset(self, line: int, column: int) -> int:
        """Raw byte offset of an ast position: ``line`` from 1, ``column`` in UTF-8 bytes from 0."""
        start = self._starts[line - 1] + (self._bom if line == 1 else 0)
        if self.encoding in ("utf-8", "utf-8-sig", "ascii"):
            return start + column
        text = self._lines[line - 1].decode(self.encoding)
        return start + len(text.encode("utf-8")[:column].decode("utf-8").encode(self.encoding))

    def span(self, node: ast.AST) -> Tuple[int, int]:
        """Raw byte span [start, end) of a node that has a position."""
        return (
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def line_start(self, line: int) -> int:
        """Raw offset of the first byte of a line; one past the last line is the end of the file."""
        return self._starts[min(line, len(self._starts)) - 1]

    def line_end(self, line: int) -> int:
        """Raw offset just after the line's last byte, its newline excluded."""
        text = self._lines[line - 1]
        return self._starts[line - 1] + len(text.rstrip(b"\r\n"))

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.raw[start:end].decode(self.encoding)

    def indent(self, line: int) -> str:
        """The white space in front of a line."""
        text = self._lines[line - 1].decode(self.encoding)
        return text[: len(text) - len(text.lstrip())]


def is_own(path: str, root: str) -> bool:
    """Whether it is a file of the project: there, and not behind a link that leads out of it."""
    return os.path.isfile(path) and os.path.realpath(path).startswith(os.path.join(os.path.realpath(root), ""))
