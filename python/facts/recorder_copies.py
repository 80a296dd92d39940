"""Both sides of a copy: who holds the original, who will read it again, and whether either side changes until the end."""

from __future__ import annotations

import gc
import sys
import types
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import recorder_classes

FOLLOWED, INSIDE_CALLS, INSIDE_OBJECTS, DEPTH, FRAMES = 2000, 3, 1_000_000, 200, 100
OWN_COPYING = ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "copy")
ATOMS = (str, bytes, int, float, complex, bool, type(None), type(Ellipsis), range)
#: deepcopy hands these on as they are.
SHARED_TYPES = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.CodeType)


class Base:
    """Reference counts that belong to nobody but the program's own frame; measured for this Python at the start."""

    local = 0
    per_caller = 0
    #: By what stands between the container and the loop's target: nothing, ``zip``, ``enumerate``.
    element: Dict[Optional[str], int] = {}
    container: Dict[Optional[str], int] = {}


class _Unknown(Exception):
    pass


_pairs: List[Tuple[Any, Any, Any, Any, Any, bool]] = []
_held: Dict[int, int] = {}
_foreign: Set[str] = set()
"""File names of code that is not of the project."""
_rules: Dict[int, Tuple[type, bool]] = {}
"""Whether a class has copying rules of its own, by its identity."""
_states: Dict[Tuple[str, int, int], Set[str]] = {}
_trees: Dict[str, Any] = {}
_project: Any = None


def calibrate(transform: Callable[..., Any], project: Any) -> None:
    """Counts references in functions that hold a value exactly as a watched one does."""
    global _project
    _project = project
    request = {"kind": "copy", "container": None}
    text = "def inner(v):\n    return list(v)\ndef one():\n    v = [1]\n    return list(v)\ndef two():\n    v = [1]\n    return inner(v)\n"
    space: Dict[str, Any] = {}
    exec(compile(transform(text, (5, 11, 5, 18), request), "<calibration>", "exec"), space)
    Base.local = space["one"]()[0]
    space = {}
    exec(compile(transform(text, (2, 11, 2, 18), request), "<calibration>", "exec"), space)
    Base.per_caller = space["two"]()[0] - Base.local
    for through, head in ((None, "v in c"), ("zip", "v, w in zip(c, c2)"), ("enumerate", "w, v in enumerate(c)")):
        text = f"def many():\n    c, c2 = [[1]], [[2]]\n    for {head}:\n        return list(v)\n"
        space = {}
        exec(compile(transform(text, (4, 15, 4, 22), {"kind": "copy", "container": "c"}), "<calibration>", "exec"), space)
        Base.element[through], Base.container[through] = space["many"]()


def before(record: Any, value: Any, references: int, container: Any, container_references: int, frame: Any) -> None:
    """Who holds the original, and will its holders read it again?"""
    if frame.f_back is not None:
        caller = frame.f_back
        record.note("callers", f"{_project.relative(caller.f_code.co_filename) or caller.f_code.co_filename}:{caller.f_lineno}", 60)
    looped = container is not None
    references -= _held.get(id(value), 0)
    through = record.request.get("through")
    frames = _frames(frame)
    expected, live = _expected(value, frames, Base.element[through] if looped else Base.local)
    shared = references > expected
    if looped:
        most, more = _expected(container, frames, Base.container[through])
        shared = shared or container_references - _held.get(id(container), 0) > most
        live += more
    for text in live:
        record.note("liveIn", text)
    del frames
    if shared:
        record.count("shared")
    if _copies_itself(type(value)):
        record.count("custom")
    if _deep(record) and record.checked < INSIDE_CALLS:
        record.checked += 1
        inside = _shared_inside(value)
        if inside is None:
            record.count("unfollowed")
        elif inside:
            record.count("sharedInside")


def _copies_itself(kind: type) -> bool:
    """Whether the class has copying rules of its own; the hooks by which it is watched at the same time are none."""
    known = _rules.get(id(kind))
    if known is not None:
        return known[1]
    members = [it.__dict__[name] for it in kind.__mro__[:-1] if not _builtin(it) for name in OWN_COPYING if name in it.__dict__]
    found = any(getattr(it, "__module__", None) != recorder_classes.__name__ for it in members)
    _rules[id(kind)] = (kind, found)
    return found


def _builtin(kind: type) -> bool:
    return kind.__module__ in ("builtins", "collections", "numpy", "datetime", "decimal", "array")


def _deep(record: Any) -> bool:
    return bool(record.request.get("deep"))


def _frames(frame: Any) -> List[Tuple[bool, Any, List[Tuple[str, Any]]]]:
    """The project's frames on the stack, innermost first, with their variables, and whether it is the one that copies. What a frame of
    others holds is held by others: asking each for its variables would take longer than the copy."""
    found: List[Tuple[bool, Any, List[Tuple[str, Any]]]] = []
    depth, current = 0, frame
    while current is not None and depth < FRAMES:
        filename = current.f_code.co_filename
        if filename not in _foreign:
            if _project.relative(filename) is None:
                _foreign.add(filename)
            else:
                found.append((depth == 0, current, _variables(current)))
        depth, current = depth + 1, current.f_back
    return found


def _expected(value: Any, frames: List[Tuple[bool, Any, List[Tuple[str, Any]]]], base: int) -> Tuple[int, List[str]]:
    """References that the frames on the stack explain, and those of their names that will be read again."""
    expected, live = base, []
    for first, frame, variables in frames:
        names = [name for name, it in variables if it is value]
        if names:
            expected += len(names) - 1 if first else Base.per_caller + len(names) - 1
            if not first:
                live += [f"{name} in {frame.f_code.co_name} ({_place(frame)})" for name in names if _read_later(frame, name)]
    return expected, live


def _variables(frame: Any) -> List[Tuple[str, Any]]:
    """Locals of a frame. Before 3.13 the frame keeps the dict that it is asked for: it is emptied again."""
    optimized = frame.f_code.co_flags & 1
    variables = frame.f_locals
    try:
        return list(variables.items())
    finally:
        if optimized and sys.version_info < (3, 13):
            variables.clear()
        del variables


def _place(frame: Any) -> str:
    path = frame.f_code.co_filename
    return f"{_project.relative(path) or path}:{frame.f_lineno}"


def _read_later(frame: Any, name: str) -> bool:
    """By the liveness of the frame's function; what cannot be known is read later."""
    path, first, line = frame.f_code.co_filename, frame.f_code.co_firstlineno, frame.f_lineno
    key = (path, first, line)
    if key not in _states:
        _states[key] = _unread(path, first, line)
    return name not in _states[key]


def _unread(path: str, first: int, line: int) -> Set[str]:
    """Locals that nobody reads again once the call under way has been made."""
    if _project.relative(path) is None:
        return set()
    try:
        from .expressions_tree import FUNCTIONS, Tree
        from .liveness import states
        from .spans import Source

        if path not in _trees:
            _trees[path] = Tree(Source.read(path), path)
        tree = _trees[path]
        function = next(it for it in tree.nodes if isinstance(it, FUNCTIONS) and tree.reference(it)["line"] == first)
        found = states(tree.source.raw, first, tree.qualname(function), line)
    except Exception:
        return set()
    gone = {name for name, state in found.items() if state == "dead"}
    return gone | {name for name, state in found.items() if state != "dead" and _read_once(tree, function, name, line, state)}


def _read_once(tree: Any, function: Any, name: str, line: int, state: str) -> bool:
    """The statement under way reads the name in one place, and there once: the call itself has it already.

    A name that is live only because the same statement binds it anew (``rows = f(rows)``) counts, unless a handler may read it.
    """
    import ast

    inside = [it for it in ast.walk(function) if isinstance(it, ast.stmt) and it is not function and it.lineno <= line <= (it.end_lineno or line)]
    if not inside:
        return False
    statement = max(inside, key=lambda it: (it.lineno, -(it.end_lineno or 0)))
    if state == "live":
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        bound = any(isinstance(it, ast.Name) and it.id == name and isinstance(it.ctx, ast.Store) for target in targets for it in ast.walk(target))
        if not bound or any(isinstance(it, ast.Try) for it in tree.up(statement)):
            return False
    bodies = {id(it) for field in ("body", "orelse", "finalbody", "handlers") for it in getattr(statement, field, [])}
    parts = [it for it in ast.iter_child_nodes(statement) if id(it) not in bodies]
    reads = [it for part in parts for it in ast.walk(part) if isinstance(it, ast.Name) and it.id == name and isinstance(it.ctx, ast.Load)]
    repeating = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    around = [it for it in tree.up(reads[0]) if it in list(ast.walk(statement))] if len(reads) == 1 else []
    return len(reads) == 1 and not any(isinstance(it, repeating) for it in around)


def _shared_inside(value: Any) -> Optional[bool]:
    """Something changeable below ``value`` is also held from elsewhere; None when there is too much to look at."""
    order: List[Any] = [value]
    inside: Dict[int, int] = {id(value): 0}
    for one in order:
        for child in gc.get_referents(one):
            if isinstance(child, ATOMS + SHARED_TYPES):
                continue
            if id(child) not in inside:
                inside[id(child)] = 0
                order.append(child)
            inside[id(child)] += 1
        if len(order) > INSIDE_OBJECTS:
            return None
    child = one = None
    for index in range(1, len(order)):
        one = order[index]
        if not isinstance(one, (tuple, frozenset)) and sys.getrefcount(one) - 3 > inside[id(one)]:
            return True
    return False


def after(record: Any, value: Any, result: Any) -> None:
    """Remembers both sides as they are now."""
    record.count("sameType", int(type(value) is type(result)))
    if record.counts.get("followed", 0) >= FOLLOWED * (1 + len(record.tests)):
        return
    deep = _deep(record)
    try:
        left, right = fingerprint(value, deep), fingerprint(result, deep)
    except _Unknown:
        record.count("unfollowed")
        return
    record.count("equal", int(left == right))
    record.count("followed")
    _held[id(value)] = _held.get(id(value), 0) + 1
    _held[id(result)] = _held.get(id(result), 0) + 1
    _pairs.append((record, value, result, left, right, deep))


def settle() -> None:
    """At the end: did either side change since it was copied?"""
    for record, value, result, left, right, deep in _pairs:
        try:
            record.count("originalChanged", int(fingerprint(value, deep) != left))
            record.count("copyChanged", int(fingerprint(result, deep) != right))
        except _Unknown:
            record.count("unfollowed")
    _pairs.clear()
    _held.clear()


def _items(value: Any) -> Any:
    """The elements as the type itself gives them, whatever the instance says."""
    return type(value).__iter__(value)


def fingerprint(value: Any, deep: bool) -> Any:
    """Equal for equal states. Shallow: the object's own slots, its contents by identity. Deep: all of it, types included."""
    return _deep_print(value, {}, 0) if deep else (type(value).__qualname__, _shallow_print(value))


def _shallow_print(value: Any) -> Any:
    kind = type(value)  # asked of the class: an instance that is watched would count the question as a read
    if issubclass(kind, dict):
        return hash(tuple((id(key), id(it)) for key, it in dict.items(value)))
    if issubclass(kind, (list, tuple)):
        return hash(tuple(map(id, _items(value))))
    if issubclass(kind, (set, frozenset)):
        return hash(frozenset(map(id, value)))
    if issubclass(kind, (bytearray, bytes, str)):
        return hash(bytes(value) if kind is bytearray else value)
    if hasattr(kind, "tobytes") and hasattr(kind, "dtype"):
        return hash((str(value.dtype), value.shape, value.tobytes()))
    return hash(tuple((name, id(it)) for name, it in _attributes(value)))


def _attributes(value: Any) -> List[Tuple[str, Any]]:
    """Instance dictionary and slots; refuses what keeps its state elsewhere."""
    kind = type(value)
    found: List[Tuple[str, Any]] = []
    known = False
    try:
        found += list(object.__getattribute__(value, "__dict__").items())
        known = True
    except AttributeError:
        pass
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__")
        if slots is None:
            if base is not object and not base.__flags__ & (1 << 9):
                raise _Unknown
            continue
        known = True
        for name in [slots] if isinstance(slots, str) else slots:
            mangled = f"_{base.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
            try:
                found.append((name, object.__getattribute__(value, mangled)))
            except AttributeError:
                continue
    if not known:
        raise _Unknown
    return found


def _deep_print(value: Any, seen: Dict[int, int], depth: int) -> Any:
    if isinstance(value, ATOMS) and type(value) in ATOMS:
        return (type(value).__name__, repr(value) if isinstance(value, (float, complex)) else value)
    if isinstance(value, SHARED_TYPES):
        return ("shared", id(value))
    if depth > DEPTH:
        raise _Unknown
    if id(value) in seen:
        return ("again", seen[id(value)])
    seen[id(value)] = len(seen)
    name = type(value).__qualname__
    if isinstance(value, dict):
        parts: Any = tuple((_deep_print(key, seen, depth + 1), _deep_print(it, seen, depth + 1)) for key, it in dict.items(value))
    elif isinstance(value, (list, tuple)):
        parts = tuple(_deep_print(it, seen, depth + 1) for it in _items(value))
    elif isinstance(value, (set, frozenset)):
        parts = frozenset(_deep_print(it, seen, depth + 1) for it in value)
    elif isinstance(value, bytearray):
        parts = bytes(value)
    elif hasattr(value, "tobytes") and hasattr(value, "dtype"):
        parts = (str(value.dtype), value.shape, value.tobytes())
    elif type(value).__module__ in ("datetime", "decimal", "fractions", "uuid", "pathlib"):
        parts = repr(value)
    else:
        parts = tuple((key, _deep_print(it, seen, depth + 1)) for key, it in _attributes(value))
    return hash((name, parts))

