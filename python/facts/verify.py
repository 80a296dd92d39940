"""Whether an edited text is the text before but for its edits: the second look at every change."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

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


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement


def _touches(span: Span, edits: Sequence[Span]) -> bool:
    """Inside or overlapping; an insertion at a statement's very end or start lies beside it."""
    return any(start < span[1] and span[0] < end if start != end else span[0] < start < span[1] for start, end in edits)


def _blocks(statement: ast.stmt) -> List[Sequence[ast.stmt]]:
    found = [getattr(statement, name) for name in ("body", "orelse", "finalbody") if getattr(statement, name, None)]
    found += [part.body for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]]
    return found


class _Comparison:
    """Walks two trees side by side; what no edit touches must be equal."""

    def __init__(self, before: Source, after: Source, spans: List[Tuple[Span, Span]]) -> None:
        self.before = before
        self.after = after
        self.old = [old for old, _ in spans]
        self.new = [new for _, new in spans]

    def block(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Optional[str]:
        kept_old = [it for it in _statements(old) if not _touches(self.before.span(it), self.old)]
        kept_new = [it for it in _statements(new) if not self._new(it)]
        changed_old = [it for it in old if _touches(self.before.span(it), self.old)]
        changed_new = [it for it in new if self._new(it)]
        if [ast.dump(it) for it in kept_old] != [ast.dump(it) for it in kept_new]:
            where = next((it.lineno for it in kept_new), next((it.lineno for it in kept_old), 0))
            return f"the code around line {where} changed beyond the edit"
        return self._inside(changed_old, changed_new)

    def _new(self, statement: ast.stmt) -> bool:
        """Written or changed by an edit: it overlaps the text that an edit put there, or stands around a place where one cut."""
        start, end = self.after.span(statement)
        return any((a < end and start < b) if a != b else start < a < end for a, b in self.new)

    def _inside(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> Optional[str]:
        """A changed compound statement is compared block by block where its shape stayed."""
        if len(old) != len(new):
            return None
        for one, other in zip(old, new):
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
