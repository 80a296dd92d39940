"""Whether an edited text is the text before but for its edits: the second look at every change."""

from __future__ import annotations

import ast
import difflib
import re
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .liveness import Liveness
from .spans import Source
from .syntax import functions, own_statements

Span = Tuple[int, int]
#: White space, line ends and comments.
NO_CODE = re.compile(rb"(?:[ \t\f\r\n]|#[^\r\n]*)*")


def _moved(edits: Sequence[Dict[str, Any]]) -> List[Tuple[Span, Span]]:
    """Each edit's span in the text before and in the text after."""
    shift = 0
    spans = []
    for edit in sorted(edits, key=lambda it: (it["start"], it["end"])):
        length = len(edit["text"].encode("utf-8"))
        start = edit["start"] + shift
        spans.append(((edit["start"], edit["end"]), (start, start + length)))
        shift += length - (edit["end"] - edit["start"])
    return spans


def _touches(span: Span, border: int, edits: Sequence[Span]) -> bool:
    """An edit lies inside or overlaps; a place where nothing stands (or stands no longer) may lie as far behind as the border."""
    return any(start < span[1] and span[0] < end if start != end else span[0] <= start <= border for start, end in edits)


def _within(span: Span, edits: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in edits)


def _blocks(statement: ast.stmt) -> List[List[ast.stmt]]:
    found = [getattr(statement, name) for name in ("body", "orelse", "finalbody") if getattr(statement, name, None)]
    found += [part.body for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]]
    return found


class _Comparison:
    """Walks two trees side by side: statements that differ must be touched by an edit, in the text before and in the text after."""

    def __init__(self, before: Source, after: Source, spans: List[Tuple[Span, Span]]) -> None:
        self.before = before
        self.after = after
        self.old = [old for old, _ in spans]
        self.new = [new for _, new in spans]

    def block(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Optional[str]:
        """Why two blocks are not the same but for the edits; None when they are."""
        left, right = [ast.dump(it) for it in old], [ast.dump(it) for it in new]
        for kind, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            why = None if kind == "equal" else self._changed(old[a:b], new[c:d])
            if why is not None:
                return why
        return None

    def _changed(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Optional[str]:
        for source, statements, edits in ((self.before, old, self.old), (self.after, new, self.new)):
            for it in statements:
                if not _touches(*self._whole(source, it), edits):
                    return f"the code around line {it.lineno} changed beyond the edit"
        stayed = [it for it in old if not _within(self.before.span(it), self.old)]
        came = [it for it in new if not _within(self.after.span(it), self.new)]
        pairs = zip(stayed, came) if len(stayed) == len(came) else []
        return next((why for one, other in pairs for why in [self._inside(one, other)] if why), None)

    def _whole(self, source: Source, statement: ast.stmt) -> Tuple[Span, int]:
        """Its span with its decorators, and where the code behind it begins: lines taken from its end leave a place before that."""
        first = min([statement, *getattr(statement, "decorator_list", [])], key=lambda it: it.lineno)
        end = source.span(statement)[1]
        behind = NO_CODE.match(source.raw, end)
        assert behind is not None
        return (source.span(first)[0], end), behind.end()

    def _inside(self, one: ast.stmt, other: ast.stmt) -> Optional[str]:
        """A changed compound statement is compared block by block where its shape stayed."""
        if type(one) is not type(other) or len(_blocks(one)) != len(_blocks(other)):
            return None
        return next((why for left, right in zip(_blocks(one), _blocks(other)) for why in [self.block(left, right)] if why), None)


def unprovable(after: Source, spans: Sequence[Span]) -> Iterator[Tuple[int, str, str]]:
    """Line, name and reason of every ``del`` inside the spans that may meet an unbound name, or whose name is read again."""
    for qualname, function in functions(after.tree):
        deletions = [it for it in own_statements(function) if isinstance(it, ast.Delete) and _inside(after.span(it), spans)]
        known = Liveness(function) if deletions else None
        for it in sorted(deletions, key=lambda it: it.lineno):
            assert known is not None
            for name in [target.id for target in it.targets if isinstance(target, ast.Name)]:
                if name not in known.bound_before(it):
                    yield it.lineno, name, f"`{name}` may be unbound at the new del in line {it.lineno} of {qualname}"
                elif name in known.live_behind(it):
                    yield it.lineno, name, f"`{name}` is read again after the new del in line {it.lineno} of {qualname}"
                elif known.blocked(name):
                    yield it.lineno, name, f"the new del of `{name}` in line {it.lineno} of {qualname}: {known.blocked(name)}"


def _inside(span: Span, spans: Sequence[Span]) -> bool:
    return any(start <= span[0] < end for start, end in spans)


def _public_names(after: Source, spans: Sequence[Span]) -> Iterator[str]:
    """New deletions in module and class bodies, whose names anybody may read."""
    local = {id(it) for _, function in functions(after.tree) for it in ast.walk(function)}
    for it in ast.walk(after.tree):
        if isinstance(it, ast.Delete) and id(it) not in local and _inside(after.span(it), spans):
            yield f"the new del in line {it.lineno} is of a name of the module or class"


def _applied(old: Source, new: bytes, edits: Sequence[Dict[str, Any]]) -> Optional[str]:
    """The text after must be the text before with exactly these edits."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda it: (it["start"], it["end"])):
        if not at <= edit["start"] <= edit["end"] <= len(old.raw):
            return "edits overlap or lie outside of the file"
        if not edit["text"].isascii() and old.encoding not in ("utf-8", "utf-8-sig"):
            return f"the edit's text cannot be written in {old.encoding}"
        parts += [old.raw[at : edit["start"]], edit["text"].encode("utf-8")]
        at = edit["end"]
    if b"".join([*parts, old.raw[at:]]) != new:
        return "the text after is not the text before with these edits"
    return None


def verify(before: str, after: str, edits: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """``{ok, why, functions}`` for two files on disk and the edits (spans in the first) that lead from one to the other; `functions`: the
    qualnames of all functions that stand in the second."""
    try:
        old = Source.read(before)
    except (SyntaxError, ValueError) as error:
        return {"ok": False, "why": f"the text before cannot be parsed: {error}", "functions": []}
    with open(after, "rb") as file:
        raw = file.read()
    why = _applied(old, raw, edits)
    if why is not None:
        return {"ok": False, "why": why, "functions": []}
    try:
        new = Source(raw, after)
        compile(raw, after, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return {"ok": False, "why": f"it no longer parses: {getattr(error, 'msg', error)}" + (f" in line {line}" if line else ""), "functions": []}
    spans = _moved(edits)
    why = _Comparison(old, new, spans).block(old.tree.body, new.tree.body)
    written = [span for _, span in spans]
    faults = [why] if why else [*_public_names(new, written), *[it for _, _, it in unprovable(new, written)]]
    return {"ok": not faults, "why": "; ".join(faults[:5]), "functions": [name for name, _ in functions(new.tree)]}
