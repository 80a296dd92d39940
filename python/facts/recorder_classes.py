"""Watches given classes while tests and target run: which attributes are set, by whom, and which are ever read.

The watching starts right after the class statement (decorators done): an inserted statement wraps the four attribute hooks of
the class. What no hook sees (keys put into ``__dict__``, weak references) is found by looking through the heap now and then and
at the end. A weak reference that lives only between two looks is missed: the tests of the changed class are the last word.
"""

from __future__ import annotations

import ast
import functools
import gc
import sys
import time
import weakref
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

CALL = f"__import__('sys').modules[{__name__!r}].watch"
QUIET = {"copy", "copyreg", "pickle", "_pickle", __name__}
TYPES, PLACES, SAMPLE = 8, 12, 200
LOOK_EVERY, LOOK_SHARE, LOOK_PAUSE = 4096, 20, 1.0


class Record:
    """All that was seen of one class."""

    def __init__(self, file: str, qualname: str) -> None:
        self.file = file
        self.qualname = qualname
        self.seen = False
        self.instances = 0
        self.live = 0
        self.sets: Dict[str, int] = {}
        self.types: Dict[str, Set[str]] = {}
        self.set_by: Dict[str, Dict[Any, int]] = {}
        self.reads: Dict[str, int] = {}
        self.deletes: Dict[str, int] = {}
        self.dict_uses: Dict[Any, int] = {}
        self.copies = 0
        self.protocols: Set[int] = set()
        self.weak: Set[int] = set()
        self.others: Set[str] = set()
        self.mocked: Dict[Tuple[Any, str], int] = {}


_records: Dict[Tuple[str, str], Record] = {}
_watched: Dict[type, Record] = {}
_project: Any = None
_countdown = LOOK_EVERY
_last_look = [0.0, 0.0]


def install(requests: List[Dict[str, str]], project: Any) -> None:
    """Starts to watch. ``requests``: `{"file", "qualname"}`; ``project.relative(path)`` is None for files outside."""
    global _project
    _project = project
    for request in requests:
        key = (request["file"], request["qualname"])
        _records.setdefault(key, Record(*key))
    if _records:
        from ..probe.source import add_transform

        add_transform(transform, sorted({file for file, _ in _records}))


def transform(tree: ast.Module, path: str) -> ast.Module:
    """Puts a call of :func:`watch` behind each class statement that was asked for."""
    file = _project.relative(path)
    wanted = {qualname for f, qualname in _records if f == file}
    if wanted:
        _insert(tree, (), file, wanted)
        ast.fix_missing_locations(tree)
    return tree


def _insert(node: ast.AST, path: Tuple[str, ...], file: str, wanted: Set[str]) -> None:
    for field in ("body", "orelse", "finalbody", "handlers"):
        block = getattr(node, field, None)
        if not isinstance(block, list):
            continue
        for child in list(block):
            inner = (*path, child.name) if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) else path
            _insert(child, inner, file, wanted)
            if isinstance(child, ast.ClassDef) and ".".join(inner) in wanted:
                call = ast.parse(f"{CALL}({child.name}, {file!r}, {'.'.join(inner)!r})").body[0]
                for part in ast.walk(call):
                    if hasattr(part, "lineno"):
                        ast.copy_location(part, child)
                block.insert(block.index(child) + 1, call)


def watch(cls: Any, file: str, qualname: str) -> None:
    """Wraps the attribute hooks of a class that was just made. A class that cannot be wrapped stays as it is."""
    record = _records.get((file, qualname))
    if record is None or not isinstance(cls, type) or cls in _watched:
        return
    hooks = _hooks(cls, record)
    before = {name: cls.__dict__[name] for name in hooks if name in cls.__dict__}
    try:
        for name, hook in hooks.items():
            type.__setattr__(cls, name, hook)
    except TypeError:
        for name in hooks:
            if name in before:
                type.__setattr__(cls, name, before[name])
        return
    record.seen = True
    _watched[cls] = record


def _hooks(cls: type, record: Record) -> Dict[str, Any]:
    own: Any = cls
    setter, getter, deleter, reducer = own.__setattr__, own.__getattribute__, own.__delattr__, own.__reduce_ex__
    reads, frame_of, starts = record.reads, sys._getframe, str.startswith

    def __setattr__(self: Any, name: str, value: Any) -> None:
        if type(self) is cls:
            _noted_set(record, name, value, frame_of(1))
        setter(self, name, value)

    def __getattribute__(self: Any, name: str) -> Any:
        times = reads.get(name)
        if times is not None:
            reads[name] = times + 1
        elif not (starts(name, "__") and name.endswith("__")):
            reads[name] = 1
        elif name == "__dict__":
            _noted_dict(record, frame_of(1))
        return getter(self, name)

    def __delattr__(self: Any, name: str) -> None:
        record.deletes[name] = record.deletes.get(name, 0) + 1
        deleter(self, name)

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        record.copies += 1
        if isinstance(protocol, int):
            record.protocols.add(protocol)
        return reducer(self, protocol)

    hooks: Dict[str, Any] = {
        "__setattr__": __setattr__, "__getattribute__": __getattribute__, "__delattr__": __delattr__, "__reduce_ex__": __reduce_ex__,
    }
    init = cls.__init__  # type: ignore[misc]
    if hasattr(init, "__code__"):
        hooks["__init__"] = _counting(cls, record, init)
    elif hasattr(cls.__new__, "__code__"):
        hooks["__new__"] = _counting_new(cls, record, cls.__new__)
    return hooks


def _counting(cls: type, record: Record, init: Any) -> Callable[..., None]:
    @functools.wraps(init)
    def __init__(self: Any, *args: Any, **keywords: Any) -> None:
        kind = type(self)
        if kind is cls:
            record.instances += 1
        elif kind not in _watched and len(record.others) < PLACES:
            record.others.add(f"{kind.__module__}:{kind.__qualname__}")
        init(self, *args, **keywords)
        if kind is cls and (record.instances <= SAMPLE or record.instances % SAMPLE == 0):
            _noted_keys(record, self)

    return __init__


def _noted_keys(record: Record, thing: Any) -> None:
    """Keys that were put into the dictionary past all hooks."""
    try:
        for name in object.__getattribute__(thing, "__dict__"):
            record.sets.setdefault(name if isinstance(name, str) else repr(name), 0)
    except AttributeError:
        pass


def _counting_new(cls: type, record: Record, new: Any) -> Any:
    """For classes of immutable values, which are complete when ``__new__`` gives them back."""

    @functools.wraps(new)
    def __new__(kind: Any, *args: Any, **keywords: Any) -> Any:
        made = new(kind, *args, **keywords)
        if type(made) is cls:
            record.instances += 1
        return made

    return staticmethod(__new__)


def _caller(frame: Any) -> Any:
    while frame is not None and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame


def _noted_set(record: Record, name: str, value: Any, frame: Any) -> None:
    global _countdown
    frame = _caller(frame)
    record.sets[name] = record.sets.get(name, 0) + 1
    kinds = record.types.setdefault(name, set())
    if len(kinds) < TYPES:
        kind = type(value)
        kinds.add(kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}")
    places = record.set_by.setdefault(name, {})
    if frame is not None and frame.f_code not in places and len(places) < PLACES:
        places[frame.f_code] = frame.f_lineno
    if frame is not None and frame.f_globals.get("__name__") == "unittest.mock":
        record.mocked[(frame.f_code, name)] = frame.f_lineno
    _countdown -= 1
    if _countdown <= 0:
        _countdown = LOOK_EVERY
        if time.perf_counter() - _last_look[0] > max(LOOK_PAUSE, LOOK_SHARE * _last_look[1]):
            settle()


def _noted_dict(record: Record, frame: Any) -> None:
    """Counts only code that names `__dict__` or `vars` itself: C code that copies or pickles asks for it as well."""
    frame = _caller(frame)
    if frame is None or frame.f_globals.get("__name__") in QUIET or frame.f_globals.get("__name__") == "unittest.mock":
        return
    code = frame.f_code
    if "__dict__" in code.co_names or "vars" in code.co_names or "__dict__" in code.co_consts:
        if len(record.dict_uses) < PLACES:
            record.dict_uses.setdefault(code, frame.f_lineno)


def settle() -> None:
    """Looks through the heap for what the hooks cannot see; called now and then, after a test, and at the end."""
    started = time.perf_counter()
    live: Dict[type, int] = {}
    for thing in gc.get_objects():
        kind = type(thing)
        record = _watched.get(kind)
        if record is None:
            continue
        live[kind] = live.get(kind, 0) + 1
        if weakref.getweakrefcount(thing):
            record.weak.add(id(thing))
        if live[kind] <= SAMPLE:
            _noted_keys(record, thing)
    for kind, count in live.items():
        _watched[kind].live = max(_watched[kind].live, count)
    _last_look[:] = [time.perf_counter(), time.perf_counter() - started]


def collect() -> List[Dict[str, Any]]:
    """What was seen, in the shape of ClassUsage (src/vocabulary/usage-classes.ts)."""
    settle()
    return [_summary(record) for record in _records.values()]


def _place(code: Any, line: int, function: Optional[str] = None) -> Dict[str, Any]:
    file = _project.relative(code.co_filename)
    return {"file": file if file is not None else code.co_filename, "line": line, "function": function or getattr(code, "co_qualname", code.co_name)}


def _summary(record: Record) -> Dict[str, Any]:
    names = sorted({*record.sets, *record.deletes})
    return {
        "file": record.file,
        "qualname": record.qualname,
        "seen": record.seen,
        "instances": max(record.instances, record.live),
        "attributes": [
            {
                "name": name,
                "sets": record.sets.get(name, 0),
                "reads": record.reads.get(name, 0),
                "deletes": record.deletes.get(name, 0),
                "types": sorted(record.types.get(name, ())),
                "setBy": [_place(code, line) for code, line in record.set_by.get(name, {}).items()],
            }
            for name in names
        ],
        "dictUses": [_place(code, line) for code, line in record.dict_uses.items()],
        "copies": record.copies,
        "protocols": sorted(record.protocols),
        "weakReferences": len(record.weak),
        "otherSubclasses": sorted(record.others),
        "mocked": [_place(code, line, name) for (code, name), line in record.mocked.items()],
    }
