"""What is true of the classes of one source file, and of everything in the project that could touch them."""

from __future__ import annotations

import ast
import os
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from . import classes_one as one
from .classes_caches import instance_caches, method_caches
from .classes_project import Project, project_of
from .classes_reads import Tree, default_reads
from .classes_stores import Blocks, expression, stores_of
from .decorators import gives_back
from .dict_stores import dict_stores
from .spans import Source
from .syntax import FUNCTIONS, dotted

LIMIT = 40


def facts(source: Source, file: str, project_files: List[str]) -> Dict[str, Any]:
    """The section ``classes`` of a file's facts (src/vocabulary/facts-classes.ts).

    ``source.path`` is the file on disk, ``file`` the same relative to the root; ``project_files`` are the absolute paths of
    all Python files of the tree.
    """
    path = os.path.abspath(source.path)
    root = path[: -len(file)].rstrip("/") if path.replace(os.sep, "/").endswith("/" + file) else os.path.dirname(path)
    project = project_of(root or "/", list(dict.fromkeys([*project_files, path])))
    here = _classes(source, file, project)
    keys = {c["key"] for c in here}
    related = []
    elsewhere: Dict[str, Set[str]] = {}
    for key in {k for c in here for k in [*project.ancestors(c["key"]), *project.descendants(c["key"])]} - keys:
        elsewhere.setdefault(key.partition(":")[0], set()).add(key)
    for other in sorted(elsewhere):
        related.extend(_classes(Source.read(project.paths[other]), other, project, elsewhere[other]))
    for klass in [*here, *related]:
        del klass["key"]
    return {
        "library": _library(root, file, project),
        "classes": here,
        "related": related,
        "defaultReads": default_reads(source, file, project),
        "records": _records(source, file, project),
        "sys": _sys(source, file, project),
        "cacheImport": _cache_import(source, file, project),
        "weakReferences": _places(project, "weak"),
        "oldPickles": _places(project, "old_pickles"),
        "dictUses": _places(project, "dict_uses"),
        "dictReads": _places(project, "dict_reads"),
        "classChanges": _places(project, "class_changes"),
    }


def _places(project: Project, field: str) -> List[Dict[str, Any]]:
    found = [{"file": n.file, "line": line, "function": where} for n in project.notes.values() for line, where in getattr(n, field)]
    return found[:LIMIT]


def _each(body: List[ast.stmt], path: Tuple[str, ...], local: bool) -> Iterator[Tuple[ast.ClassDef, Tuple[str, ...], bool]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node, path, local
            yield from _each(node.body, (*path, node.name), local)
        elif isinstance(node, FUNCTIONS):
            yield from _each(node.body, (*path, node.name), True)
        else:
            for field in ("body", "orelse", "finalbody", "handlers"):
                inner = getattr(node, field, [])
                for part in inner if isinstance(inner, list) else []:
                    yield from _each(part.body if isinstance(part, ast.ExceptHandler) else [part], path, local)


def _classes(source: Source, file: str, project: Project, only: Optional[Set[str]] = None) -> List[Dict[str, Any]]:
    """The classes of a file, or those of them whose keys are asked for."""
    blocks = Blocks(source)
    return [
        _klass(source, file, project, blocks, node, path, local)
        for node, path, local in _each(source.tree.body, (), False)
        if only is None or f"{file}:{'.'.join([*path, node.name])}" in only
    ]


def _klass(source: Source, file: str, project: Project, blocks: Blocks, node: ast.ClassDef, path: Tuple[str, ...], local: bool) -> Dict[str, Any]:
    qualname = ".".join([*path, node.name])
    key = f"{file}:{qualname}"
    note = project.notes[file]
    decorators = [dotted(d.func if isinstance(d, ast.Call) else d) or source.text(d) for d in node.decorator_list]
    stores, dynamic = stores_of(source, node, blocks, note.imports)
    names = one.names(node, project, file)
    origins = [one.origin(project, file, d) for d in decorators]
    lineage = [b for k in [key, *project.ancestors(key)] for b in _base_names(project, k)]
    kind = one.kind_of(project, key, lineage, origins)
    maker = one.slots_call(source, node, project, file)
    if kind == "attrs":
        fields = one.attrs_fields(node, project, file)
        names = [{**n, "field": n["name"] in fields} for n in names]
    caches = instance_caches(source, node, blocks, project, file)
    metaclass = next((source.text(k.value) for k in node.keywords if k.arg == "metaclass"), None)
    top = not path and not local
    own = {s["name"] for s in stores} | {n["name"] for n in names} | {c["name"] for c in caches}
    return {
        "key": key, "file": file, "name": node.name, "qualname": qualname, "line": node.lineno,
        "bases": one.base_facts(project, file, node, source),
        "metaclass": metaclass,
        "keywords": [k.arg or "**" for k in node.keywords if k.arg != "metaclass"],
        "kind": kind,
        "decorators": [
            {"text": t, "line": d.lineno, "gives": gives_back(project, file, t, isinstance(d, ast.Call))}
            for t, d in zip(decorators, node.decorator_list)
        ],
        "dataclass": maker,
        "attrsSlots": kind == "attrs" and not any(o in one.ATTRS_DICT_MAKERS for o in origins)
        and (maker is None or maker["keywords"].get("slots", "True") == "True"),
        "local": local,
        "body": _body(source, node),
        "slots": one.class_slots(source, node),
        "names": names,
        "stores": stores,
        "dynamic": dynamic,
        "dictStores": dict_stores(source, one.methods(node), blocks),
        "overrides": sorted({n["name"] for n in names if n["name"] in one.MATTERS}),
        "zeroArgumentSuper": one.super_uses(node),
        "subclasses": project.descendants(key),
        "exported": (top and not node.name.startswith("_")) or node.name in (note.exports or ()),
        "foreignStores": _foreign_stores(project, key, own),
        "classReads": _class_reads(project, key, {n["name"] for n in names}),
        "attributeReads": _attribute_reads(project, sorted({s["name"] for s in stores})),
        "instanceCaches": caches,
        "methodCaches": method_caches(node, project, file),
    }


def _base_names(project: Project, key: str) -> List[str]:
    note = project.note(key)
    return [one.origin(project, note.file, b) for b in note.bases if b] if note else []


def _body(source: Source, node: ast.ClassDef) -> Dict[str, Any]:
    """Where a line at the head of the class body goes: after the docstring, before comments that belong to what follows."""
    first = node.body[0]
    document = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    one_line = first.lineno == node.lineno or not source.indent(first.lineno) or bool(source.raw[source.line_start(first.lineno):source.span(first)[0]].strip())
    if document:
        line = (first.end_lineno or first.lineno) + 1
        one_line = one_line or bool(source.raw[source.span(first)[1]:source.line_end(line - 1)].strip())
    else:
        line = min([first.lineno, *[d.lineno for d in getattr(first, "decorator_list", [])]])
        while line - 1 > node.lineno and _bare(source, line - 1):
            line -= 1
    at = source.line_start(line)
    text = source.raw[at:source.line_end(line)].strip() if at < len(source.raw) else b""
    return {"insertAt": at, "indent": source.indent(first.lineno), "newline": source.newline,
            "tight": text.startswith((b"def ", b"async def ", b"@", b"class ")),
            "oneLine": one_line or not source.raw[:at].endswith(b"\n")}


def _bare(source: Source, line: int) -> bool:
    text = source.raw[source.line_start(line):source.line_end(line)].strip()
    return not text or text.startswith(b"#")


def _foreign_stores(project: Project, key: str, own: Any) -> List[Dict[str, Any]]:
    """Stores on other receivers that are, or could be, instances of this class."""
    family = {key, *project.ancestors(key), *project.descendants(key)}
    simple = {k.partition(":")[2].split(".")[-1] for k in family}
    mentioning = {file for name in simple for file in project.mentioning(name)}
    found = [place for k in sorted(family) for place in project.proven_stores.get(k, [])]
    for name, places in project.unknown_stores.items():
        if name in own:
            found.extend(places)
        elif not project.owners.get(name, set()) - family:
            found.extend(place for place in places if place["file"] in mentioning)
    return found[:LIMIT]


def _class_reads(project: Project, key: str, names: Any) -> List[Dict[str, Any]]:
    family = [key, *project.descendants(key)]
    return [place for k in family for place in project.class_reads.get(k, []) if place["name"] in names][:LIMIT]


def _attribute_reads(project: Project, names: List[str]) -> Dict[str, Any]:
    found = {}
    for name in names:
        count, first = project.reads(name)
        found[name] = {"count": count, "first": first}
    return found


def _records(source: Source, file: str, project: Project) -> List[Dict[str, Any]]:
    """Dict displays with at least one key, all of them text."""
    tree = Tree(source, file)
    imports = project.notes[file].imports
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Dict) and node.keys and all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in node.keys):
            function = tree.function(node)
            found.append({
                "line": node.lineno, "endLine": node.end_lineno, "function": tree.qualname(node),
                "functionLine": getattr(function, "lineno", 1),
                "entries": [{"key": k.value, "value": expression(source, v, imports)} for k, v in zip(node.keys, node.values)],  # type: ignore[union-attr]
            })
    return found


def _sys(source: Source, file: str, project: Project) -> Dict[str, Any]:
    """The module-level name of `sys`, or where `import sys` goes: after the docstring and `from __future__` lines."""
    name = None
    line = 1
    for index, node in enumerate(source.tree.body):
        document = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if document or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            line = (node.end_lineno or node.lineno) + 1
        elif isinstance(node, ast.Import):
            name = next((a.asname or "sys" for a in node.names if a.name == "sys"), name)
    first_import = next((n for n in source.tree.body if isinstance(n, (ast.Import, ast.ImportFrom)) and n.lineno >= line), None)
    if first_import is not None:
        line = first_import.lineno
    elif line == 1 and source.tree.body:
        first = source.tree.body[0]
        line = min([first.lineno, *[d.lineno for d in getattr(first, "decorator_list", [])]])
    taken = any(
        (isinstance(n, ast.Name) and n.id == "sys" and not isinstance(n.ctx, ast.Load)) or (isinstance(n, ast.arg) and n.arg == "sys")
        for n in ast.walk(source.tree)
    )
    return {"name": name, "taken": taken, "insertAt": source.line_start(line), "newline": source.newline}


def _cache_import(source: Source, file: str, project: Project) -> Any:
    """`from functools import lru_cache` that stands alone on its line, with the number of uses of the name."""
    blocks = Blocks(source)
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "functools" and len(node.names) == 1 and node.names[0].name in ("lru_cache", "cache"):
            statement = blocks.statement(node)
            name = node.names[0].asname or node.names[0].name
            uses = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(source.tree))
            elsewhere = any(
                full.endswith(f".{name}") and project.modules.get(full.rpartition(".")[0]) == file
                for note in project.notes.values() if note.file != file for full in note.imports.values()
            )
            if statement["alone"] and not elsewhere and name not in (project.notes[file].exports or ()) and not file.endswith("__init__.py"):
                return {"start": statement["start"], "end": statement["end"], "uses": uses}
    return None


def _library(root: str, file: str, project: Project) -> bool:
    """The file lies in a package, and the project says how it is packaged."""
    parts = file.split("/")
    if len(parts) < 2 or not os.path.exists(os.path.join(root, *parts[:-1], "__init__.py")) or project.notes[file].test:
        return False
    if os.path.exists(os.path.join(root, "setup.py")):
        return True
    for name, words in (("setup.cfg", ("[metadata]",)), ("pyproject.toml", ("[project]", "[tool.poetry]", "[build-system]", "[tool.flit"))):
        path = os.path.join(root, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as text:
                content = text.read()
            if any(word in content for word in words):
                return True
    return False
