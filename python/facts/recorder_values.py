"""Watches given expressions while tests and target run (src/vocabulary/usage-values.ts): copies, sequences, loops, arrays, logs.

The expressions are found by their position in the syntax tree and wrapped in a call of ours; nothing else of the program is
touched. A failure of our own book-keeping never reaches the program: it is counted as something that could not be followed.
"""

from __future__ import annotations

import ast
import copy
import os
import sys
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import recorder_copies, recorder_sequences, recorder_texts

CALL = f"__import__('sys').modules[{__name__!r}]"
TYPES = 8


class Record:
    """What was seen of one requested expression."""

    def __init__(self, request: Dict[str, Any]) -> None:
        self.request = request
        self.calls = 0
        self.tests: Set[str] = set()
        self.types: List[str] = []
        self.counts: Dict[str, int] = {}
        self.lists: Dict[str, List[str]] = {}
        self.states: List[Any] = []
        self.checked = 0

    def called(self, value: Any) -> None:
        """Counts an evaluation and notes the exact type of what it is about, and the test it happened in."""
        self.calls += 1
        test = os.environ.get("PYTEST_CURRENT_TEST")
        if test:
            self.tests.add(test.rpartition(" (")[0])
        kind = type(value)
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        self.note("types", name, TYPES)

    def refused(self) -> bool:
        """Whether what was seen of a copy rules out already that it can go: nothing more needs to be known."""
        return self.counts.get("custom", 0) > 0 or "raised" in self.lists

    def count(self, name: str, times: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + times

    def note(self, name: str, text: str, limit: int = 12) -> None:
        texts = self.types if name == "types" else self.lists.setdefault(name, [])
        if text not in texts and len(texts) < limit:
            texts.append(text)


_records: List[Record] = []
_project: Any = None


def install(requests: List[Dict[str, Any]], project: Any) -> None:
    """Starts to watch; ``project.relative(path)`` is None for files outside of the project."""
    global _project
    _project = project
    _records.extend(Record(it) for it in requests)
    if _records:
        from ..probe.source import add_transform

        recorder_copies.calibrate(transform_text, project)
        add_transform(transform, sorted({it.request["file"] for it in _records}))


def collect() -> List[Dict[str, Any]]:
    """ValueUsage of every request, in their order."""
    recorder_copies.settle()
    return [_answer(it) for it in _records]


def _answer(record: Record) -> Dict[str, Any]:
    request = record.request
    kind = request["kind"]
    counts, lists = record.counts, record.lists
    seen = {"kind": kind, "file": request["file"], "at": request["at"], "calls": record.calls, "tests": len(record.tests), "types": record.types}
    if kind == "copy":
        numbers = ("sameType", "equal", "followed", "originalChanged", "copyChanged", "shared", "sharedInside", "custom", "unfollowed")
        seen.update({name: counts.get(name, 0) for name in numbers})
        seen.update({name: lists.get(name, []) for name in ("liveIn", "callers", "raised")})
    elif kind == "sequence":
        seen.update({"once": sum(1 for it in record.states if it.once()), "others": lists.get("others", [])})
    elif kind == "loop":
        seen.update({name: counts.get(name, 0) for name in ("changed", "different")})
    elif kind == "text":
        late = sum(1 for it in record.states if it.late)
        seen.update({"returns": counts.get("returns", 0), "late": late, "others": lists.get("others", [])})
    elif kind == "array":
        seen.update({"dtypes": lists.get("dtypes", []), "lowest": counts.get("lowest", 0)})
    elif kind == "log":
        seen.update({"enabled": counts.get("enabled", 0)})
    return seen


# -- finding the expressions ------------------------------------------------------------------------------------------------


def transform(tree: ast.Module, path: str) -> ast.Module:
    """Wraps the requested expressions of a file as it is loaded."""
    file = _project.relative(path)
    wanted: Dict[Tuple[int, ...], List[int]] = {}
    for index, record in enumerate(_records):
        if record.request["file"] == file:
            wanted.setdefault(tuple(record.request["at"]), []).append(index)
    _Wrapper(wanted, lambda index: _records[index].request).visit(tree)
    return ast.fix_missing_locations(tree)


def transform_text(text: str, at: Tuple[int, ...], request: Dict[str, Any]) -> ast.Module:
    """The same for a text of our own: calibration goes through the very wrapping that it calibrates (index -1)."""
    tree = ast.parse(text)
    _Wrapper({at: [-1]}, lambda index: request).visit(tree)
    return ast.fix_missing_locations(tree)


class _Wrapper(ast.NodeTransformer):
    def __init__(self, wanted: Dict[Tuple[int, ...], List[int]], request: Callable[[int], Dict[str, Any]]) -> None:
        self.wanted = wanted
        self.request = request
        self.messages: Dict[int, ast.Call] = {}

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Call) and node.args:
            self.messages[id(node.args[0])] = node
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0), getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
        indexes = self.wanted.get(place, []) if isinstance(node, ast.expr) else []
        call = self.messages.get(id(node))
        self.generic_visit(node)
        for index in indexes:
            wrapped = self._wrap(index, node, call)
            if wrapped is not None:
                node = ast.copy_location(wrapped, node)
        return node

    def _wrap(self, index: int, node: ast.AST, call: Optional[ast.Call]) -> Optional[ast.expr]:
        request = self.request(index)
        kind = request["kind"]
        if kind == "copy":
            split = _split(node)
            if split is None:
                return None
            original, make = split
            container = ast.Name(request["container"], ast.Load()) if request.get("container") else ast.Constant(None)
            return _call("copied", index, original, make, container)
        if kind == "loop":
            base = _base(node, request["form"])
            return None if base is None else _call("looped", index, base, *_start(node))
        if kind == "text":
            return _whole_text(index, node)
        if kind == "log":
            receiver = call.func.value if call is not None and isinstance(call.func, ast.Attribute) else None
            if receiver is None or call is None:
                return None
            return _call("logged", index, copy.deepcopy(receiver), ast.Constant(call.func.attr), node)  # type: ignore[attr-defined]
        return _call({"sequence": "sequence", "array": "array"}[kind], index, node)


def _whole_text(index: int, node: ast.AST) -> Optional[ast.expr]:
    """`text(index, file, lambda it: StringIO(it.read()))`."""
    read = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if not (isinstance(read, ast.Call) and isinstance(read.func, ast.Attribute)):
        return None
    file, read.func.value = read.func.value, ast.Name("_codeflash_memory_value", ast.Load())
    return _call("text", index, file, _lambda(node))


def _lambda(body: Any) -> ast.Lambda:
    spec = ast.arguments(posonlyargs=[], args=[ast.arg("_codeflash_memory_value")], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(args=spec, body=body)


def _call(name: str, index: int, *arguments: Any) -> ast.Call:
    function = ast.parse(f"{CALL}.{name}", mode="eval").body
    return ast.Call(func=function, args=[ast.Constant(index), *arguments], keywords=[])


def _split(node: ast.AST) -> Optional[Tuple[ast.expr, ast.expr]]:
    """The copied expression, and a lambda that makes the copy of its argument in the program's own words."""
    if isinstance(node, ast.Subscript):
        holder, field = node, "value"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
        holder, field = node.func, "value"  # type: ignore[assignment]
    elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Call) and _last_name(node.func) == "loads":
        holder, field = node.args[0], "args"  # type: ignore[assignment]
    elif isinstance(node, ast.Call) and node.args:
        holder, field = node, "args"  # type: ignore[assignment]
    else:
        return None
    parameter = ast.Name("_codeflash_memory_value", ast.Load())
    if field == "args":
        original = holder.args[0]  # type: ignore[attr-defined]
        holder.args[0] = parameter  # type: ignore[attr-defined]
    else:
        original = holder.value  # type: ignore[attr-defined]
        holder.value = parameter  # type: ignore[attr-defined]
    return original, _lambda(node)


def _last_name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _base(node: ast.AST, form: str) -> Optional[ast.expr]:
    if form == "slice" and isinstance(node, ast.Subscript):
        return node.value
    if form in ("list", "tuple") and isinstance(node, ast.Call) and node.args:
        return node.args[0]
    if form == "readlines" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.value
    if form == "splitlines" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        read = node.func.value.func
        return read.value if isinstance(read, ast.Attribute) else None
    return None


def _start(node: ast.AST) -> List[ast.expr]:
    part = node.slice if isinstance(node, ast.Subscript) else None
    return [part.lower] if isinstance(part, ast.Slice) and part.lower is not None else []


# -- called by the wrapped program ------------------------------------------------------------------------------------------


def copied(index: int, value: Any, make: Callable[[Any], Any], container: Any) -> Any:
    """Stands for a copy. The reference counts are taken first, before anything of ours holds the value."""
    references = sys.getrefcount(value)
    container_references = sys.getrefcount(container)
    if index < 0:
        return references, container_references
    record = _records[index]
    record.called(value)
    if record.refused():
        return make(value)
    frame = sys._getframe(1)
    try:
        recorder_copies.before(record, value, references, container, container_references, frame)
    finally:
        del frame
    try:
        result = make(value)
    except BaseException as error:
        record.note("raised", type(error).__name__)
        raise
    recorder_copies.after(record, value, result)
    return result


def sequence(index: int, value: Any) -> Any:
    """Stands for a list or tuple: gives one that notes how it is used."""
    record = _records[index]
    record.called(value)
    return recorder_sequences.watched(record, value, _project)


def looped(index: int, base: Any, start: int = 0) -> Any:
    """Stands for the materialised iterable of a loop: the same elements, and a look at the base while they are taken."""
    record = _records[index]
    record.called(base)
    return recorder_sequences.loop(record, base, start)


def text(index: int, file: Any, make: Callable[[Any], Any]) -> Any:
    """Stands for `StringIO(file.read())`: gives one that notes how it is read."""
    record = _records[index]
    record.called(file)
    return recorder_texts.watched(record, file, make(file), _project)


def array(index: int, value: Any) -> Any:
    """Stands for an operand: notes its element type."""
    record = _records[index]
    record.called(value)
    try:
        record.note("dtypes", str(value.dtype))
        if value.dtype.kind == "i" and value.size and int(value.min()) == -(2 ** (8 * value.dtype.itemsize - 1)):
            record.count("lowest")
    except Exception:
        record.note("dtypes", "none")
    return value


def logged(index: int, receiver: Any, method: str, message: Any) -> Any:
    """Stands for the message of a logging call: notes whether its level is enabled."""
    record = _records[index]
    record.called(receiver)
    try:
        import logging

        level = logging.ERROR if method == "exception" else logging.getLevelName(method.upper())
        logger = logging.getLogger() if receiver is logging else receiver
        record.count("enabled", int(logger.isEnabledFor(level)))
    except Exception:
        record.count("enabled")
    return message
