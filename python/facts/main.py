"""The program ``facts``: answers one request with what is true of source files (see PROTOCOL.md)."""

from __future__ import annotations

import gc
import hashlib
import json
import os
from typing import Any, Dict, List, Optional

from . import classes, expressions, lifetimes
from .outline import outlines, uses
from .review import review
from .spans import Source
from .verify import verify

SKIPPED = {".git", ".codeflash", "node_modules", "__pycache__", ".tox", ".nox", "site-packages"}


def project_files(root: str) -> List[str]:
    """Absolute paths of every Python file of the tree, environments and caches left out."""
    found: List[str] = []
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(it for it in inner if it not in SKIPPED and not os.path.exists(os.path.join(folder, it, "pyvenv.cfg")))
        paths = [os.path.join(folder, it) for it in sorted(names) if it.endswith(".py")]
        found += [it for it in paths if os.path.isfile(it)]  # a link may lead nowhere
    return found


def module_of(root: str, file: str) -> Optional[str]:
    """The dotted name by which a file is imported: as far up as there are packages, or up to ``src``. None for a file that is no module."""
    path = os.path.join(root, file)
    parts = [os.path.basename(path)[: -len(".py")]]
    if not parts[0].isidentifier():
        return None
    folder = os.path.dirname(path)
    while os.path.exists(os.path.join(folder, "__init__.py")) and os.path.abspath(folder) != os.path.abspath(root):
        parts.insert(0, os.path.basename(folder))
        folder = os.path.dirname(folder)
    above = os.path.relpath(folder, root).split(os.sep)
    if above[0] == "src":  # folders below it are namespace packages
        parts = [*above[1:], *parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _facts(root: str, files: List[str]) -> Dict[str, Any]:
    everything = project_files(root)
    known: Dict[str, Any] = {}
    unreadable: Dict[str, str] = {}
    for file in files:
        try:
            source = Source.read(os.path.join(root, file))
        except (OSError, SyntaxError, ValueError) as error:
            unreadable[file] = str(error)
            continue
        known[file] = {
            "file": file,
            "sha256": hashlib.sha256(source.raw).hexdigest(),
            "module": module_of(root, file),
            "newline": source.newline,
            "encoding": source.encoding,
            "lifetimes": lifetimes.facts(source, file),
            "classes": classes.facts(source, file, everything),
            "expressions": expressions.facts(source, file, everything),
        }
    return {"files": known, "unreadable": unreadable}


def _review(entries: List[str], files: List[Dict[str, str]]) -> List[Dict[str, Any]]:
    """Findings of each changed file; a name among the project's entries is no new dependency."""
    own = sorted({it.partition(".")[0] for it in entries} | {os.path.basename(it["file"]).partition(".")[0] for it in files})
    findings: List[Dict[str, Any]] = []
    for it in files:
        with open(it["before"], "rb") as before, open(it["after"], "rb") as after:
            findings += [{"file": it["file"], **found} for found in review(before.read(), after.read(), own)]
    return findings


def run(request_path: str, answers_path: str) -> int:
    """Reads the request, appends one answer. Exit code 2 for a request that is not of the protocol."""
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    gc.disable()  # syntax trees are held to the end: looking through them again and again takes a fifth of the time and frees nothing
    if request.get("want") == "facts":
        answer = {"kind": "facts", **_facts(request["root"], request["files"])}
    elif request.get("want") == "verify":
        answer = {"kind": "verify", **verify(request["before"], request["after"], request["edits"])}
    elif request.get("want") == "review":
        answer = {"kind": "review", "findings": _review(request["entries"], request["files"])}
    elif request.get("want") == "outline":
        answer = {"kind": "outline", "files": outlines(request["root"], request["files"])}
    elif request.get("want") == "uses":
        answer = {"kind": "uses", **uses(request["root"], project_files(request["root"]), request["name"])}
    else:
        return 2
    with open(answers_path, "a", encoding="utf-8") as file:
        file.write(json.dumps(answer) + "\n")
    return 0
