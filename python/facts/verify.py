"""Whether an edited text is the text before but for its edits: the second look at every change."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .liveness import Liveness, functions
from .spans import Source

Span = Tuple[int, int]


def _moved(edits: Sequence[Dict[str, Any]], encoding: str) -> List[Tuple[Span, Span]]:
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
                if not _near(source.span(it), spans) and not self._between(it, before, after):
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


def _unbound(before: Source, after: Source) -> Optional[str]:
    """A ``del`` that the edits brought in and that may meet an unbound name, or one whose name is read again."""
    known = {ast.dump(it) for it in ast.walk(before.tree) if isinstance(it, ast.Delete)}
    for qualname, function in functions(after.tree):
        flow: Optional[Liveness] = None
        for it in ast.walk(function):
            if not isinstance(it, ast.Delete) or ast.dump(it) in known:
                continue
            flow = flow or Liveness(function)
            for target in it.targets:
                if not isinstance(target, ast.Name):
                    continue
                if target.id not in flow.bound_before(it):
                    return f"`{target.id}` may be unbound at the new del in line {it.lineno} of {qualname}"
                if target.id in flow.live_behind(it):
                    return f"`{target.id}` is read again after the new del in line {it.lineno} of {qualname}"
    return None


def verify(before: str, after: str, edits: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """``{ok, why}`` for two files on disk and the edits (spans in the first) that lead from one to the other."""
    old = Source.read(before)
    try:
        new = Source.read(after)
    except SyntaxError as error:
        return {"ok": False, "why": f"it no longer parses: {error.msg} in line {error.lineno}"}
    spans = _moved(edits, old.encoding)
    why = _Comparison(old, new, spans).block(old.tree.body, new.tree.body) or _unbound(old, new)
    return {"ok": why is None, "why": why or ""}
