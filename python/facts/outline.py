"""Where the functions and classes of a file begin and end, and in which of them a name is used."""

from __future__ import annotations

import ast
import os
import re
from typing import Any, Dict, List

from .spans import Source, is_own
from .syntax import definitions, first_line

MOST_USES = 200


def outline(source: Source) -> List[Dict[str, Any]]:
    """Every function and class by whole lines: raw byte span with the last newline, and the columns in front of its first line."""
    found = []
    for qualname, node in definitions(source.tree):
        line, end = first_line(node), node.end_lineno or node.lineno
        found.append(
            {
                "qualname": qualname,
                "kind": "class" if isinstance(node, ast.ClassDef) else "function",
                "line": line,
                "endLine": end,
                "start": source.line_start(line),
                "end": source.line_start(end + 1),
                "indent": node.col_offset,
            }
        )
    return found


def outlines(root: str, files: List[str]) -> List[Dict[str, Any]]:
    """One row a file; a file that cannot be read or parsed has none."""
    rows = []
    for file in files:
        try:
            source = Source.read(os.path.join(root, file))
        except (OSError, SyntaxError, ValueError):
            continue
        rows.append({"file": file, "encoding": source.encoding, "definitions": outline(source)})
    return rows


def uses(root: str, files: List[str], name: str) -> Dict[str, Any]:
    """Every line of the project's own files that names it, text and comments included, with the innermost definition around it."""
    word = re.compile(rb"(?<!\w)" + re.escape(name.encode("utf-8")) + rb"(?!\w)")
    found: List[Dict[str, Any]] = []
    for path in files:
        if not is_own(path, root):
            continue
        with open(path, "rb") as file:
            raw = file.read()
        if not word.search(raw):
            continue
        try:
            source = Source(raw, path)
        except (SyntaxError, ValueError):
            continue
        known = outline(source)
        for number, text in enumerate(raw.splitlines(), 1):
            if not word.search(text):
                continue
            around = [it for it in known if it["line"] <= number <= it["endLine"]]
            found.append(
                {
                    "file": os.path.relpath(path, root).replace(os.sep, "/"),
                    "line": number,
                    "function": max(around, key=lambda it: it["line"])["qualname"] if around else "<module>",
                    "text": text.decode(source.encoding, "replace").strip()[:160],
                }
            )
    return {"uses": found[:MOST_USES], "more": max(0, len(found) - MOST_USES)}
