"""Whether an edited text is the text before but for its edits: the second look at every change."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .liveness import Liveness, functions, own_statements
from .spans import Source

Span = Tuple[int, int]


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


def _wide(span: Span, raw: bytes) -> Span:
    """With the white space around it: what was cut out of a line leaves its neighbours apart."""
    start, end = span
    while start > 0 and raw[start - 1 : start].isspace():
        start -= 1
    while end < len(raw) and raw[end : end + 1].isspace():
        end += 1
    return start, end


def _near(span: Span, edits: Sequence[Span]) -> bool:
    """An edit lies inside, overlaps, or stands directly beside."""
    return any(start <= span[1] and span[0] <= end for start, end in edits)


def _blocks(statement: ast.stmt) -> List[List[ast.stmt]]:
    found = [getattr(statement, name) for name in ("body", "orelse", "finalbody") if getattr(statement, name, None)]
    found += [part.body for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]]
    return found


class _Comparison:
    """Walks two trees side by side; statements that differ must lie at an edit, in the text before and in the text after."""

    def __init__(self, before: Source, after: Source, spans: List[Tuple[Span, Span]]) -> None:
        self.before = before
        self.after = after
        self.old = [_wide(old, before.raw) for old, _ in spans]
        self.new = [_wide(new, after.raw) for _, new in spans]

    def block(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Optional[str]:
        left, right = [ast.dump(it) for it in old], [ast.dump(it) for it in new]
        first = 0
        while first < min(len(left), len(right)) and left[first] == right[first]:
            first += 1
        last = 0
        while last < min(len(left), len(right)) - first and left[-1 - last] == right[-1 - last]:
            last += 1
        before, after = list(old[first : len(old) - last]), list(new[first : len(new) - last])
        for source, statements, spans in ((self.before, before, self.old), (self.after, after, self.new)):
            for it in statements:
                whole = (source.span(it)[0], source.line_end(it.end_lineno or it.lineno))  # with a comment behind it
                if not _near(whole, spans) and not self._between(it, before, after):
                    return f"the code around line {it.lineno} changed beyond the edit"
        return self._inside(before, after)

    def _between(self, statement: ast.stmt, before: List[ast.stmt], after: List[ast.stmt]) -> bool:
        """An unchanged statement between two changed ones."""
        dump = ast.dump(statement)
        return any(ast.dump(it) == dump for it in before) and any(ast.dump(it) == dump for it in after)

    def _inside(self, before: List[ast.stmt], after: List[ast.stmt]) -> Optional[str]:
        """A changed compound statement is compared block by block where its shape stayed."""
        if len(before) != len(after):
            return None
        for one, other in zip(before, after):
            if type(one) is not type(other) or len(_blocks(one)) != len(_blocks(other)):
                continue
            for left, right in zip(_blocks(one), _blocks(other)):
                why = self.block(left, right)
                if why is not None:
                    return why
        return None


def unprovable(after: Source, spans: Sequence[Span]) -> Iterator[Tuple[int, str, str]]:
    """Line, name and reason of every ``del`` inside the spans that may meet an unbound name, or whose name is read again."""
    for qualname, function in functions(after.tree):
        deletions = [it for it in own_statements(function) if isinstance(it, ast.Delete) and _inside(after.span(it), spans)]
        known = Liveness(function) if deletions else None
        for it in deletions:
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


def _applied(old: Source, new: Source, edits: Sequence[Dict[str, Any]]) -> Optional[str]:
    """The text after must be the text before with exactly these edits."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda it: (it["start"], it["end"])):
        if not at <= edit["start"] <= edit["end"] <= len(old.raw):
            return "edits overlap or lie outside of the file"
        if not edit["text"].isascii() and old.encoding not in ("utf-8", "utf-8-sig"):
            return f"the edit's text cannot be written in {old.encoding}"
        parts += [old.raw[at : edit["start"]], edit["text"].encode("utf-8")]
        at = edit["end"]
    if b"".join([*parts, old.raw[at:]]) != new.raw:
        return "the text after is not the text before with these edits"
    return None


def verify(before: str, after: str, edits: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """``{ok, why}`` for two files on disk and the edits (spans in the first) that lead from one to the other."""
    try:
        old = Source.read(before)
    except (SyntaxError, ValueError) as error:
        return {"ok": False, "why": f"the text before cannot be parsed: {error}"}
    try:
        new = Source.read(after)
        compile(new.raw, after, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        return {"ok": False, "why": f"it no longer parses: {getattr(error, 'msg', error)}" + (f" in line {line}" if line else "")}
    spans = _moved(edits)
    written = [span for _, span in spans]
    why = _applied(old, new, edits) or _Comparison(old, new, spans).block(old.tree.body, new.tree.body)
    faults = [] if why else [*_public_names(new, written), *[it for _, _, it in unprovable(new, written)]]
    why = why or "; ".join(faults[:5])
    return {"ok": not why, "why": why or ""}
