"""Where a local's last use is: the places at which ``del name`` is provably harmless, with exact offsets."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

from .flow import names_of
from .liveness import Liveness, first_line, functions, parameters
from .spans import Source

Block = Sequence[ast.stmt]


def blocks(statements: Block, loop: Optional[ast.stmt] = None) -> Iterator[Tuple[Block, Optional[ast.stmt]]]:
    """Every block of a function with the innermost loop that repeats it."""
    yield statements, loop
    for it in statements:
        if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner = it if isinstance(it, (ast.For, ast.AsyncFor, ast.While)) else loop
        for name in ("body", "orelse", "finalbody"):
            inside = getattr(it, name, None)
            if inside:
                yield from blocks(inside, inner if name == "body" else loop)
        for part in [*getattr(it, "handlers", []), *getattr(it, "cases", [])]:
            yield from blocks(part.body, loop)


def touched(statement: ast.stmt) -> set:
    """Names that a statement, its blocks included, reads or binds."""
    found = {it.id for it in ast.walk(statement) if isinstance(it, ast.Name)}
    return found | names_of(statement).binds


def own_lines(source: Source, statement: ast.stmt) -> bool:
    """The statement shares neither its first nor its last line with another."""
    if source.raw[slice(*source.span(statement))].startswith(b"elif"):
        return False  # what stands behind it stands behind the whole `if`
    first = source.raw[source.line_start(statement.lineno) : source.span(statement)[0]]
    last = source.raw[source.span(statement)[1] : source.line_end(statement.end_lineno or statement.lineno)].strip()
    return not first.strip(b" \t\x0c\xef\xbb\xbf") and (not last or last.startswith(b"#"))


def _points(source: Source, known: Liveness, body: Block) -> Iterator[Dict[str, Any]]:
    for block, loop in blocks(body):
        for index, statement in enumerate(block):
            last = index == len(block) - 1
            if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Delete, ast.Global, ast.Nonlocal, ast.Pass)):
                continue
            if last and block is body:
                continue  # the function returns: nothing to gain
            bound = known.bound_after(statement, loop)
            if bound is None or not own_lines(source, statement):
                continue
            names = (touched(statement) & known.locals & bound) - known.live_behind(statement)
            for name in sorted(names):
                if known.blocked(name) is None:
                    yield _point(source, block, statement, loop, name)


def _point(source: Source, block: Block, statement: ast.stmt, loop: Optional[ast.stmt], name: str) -> Dict[str, Any]:
    end = statement.end_lineno or statement.lineno
    return {
        "name": name,
        "line": statement.lineno,
        "endLine": end,
        "offset": source.line_end(end),
        "indent": source.indent(statement.lineno),
        "blockLine": block[0].lineno,
        "blockEndLine": block[-1].end_lineno or block[-1].lineno,
        "loopLine": loop.lineno if loop is not None else None,
        "loopEndLine": (loop.end_lineno or loop.lineno) if loop is not None else None,
    }


def facts(source: Source, file: str) -> Dict[str, Any]:
    """Of every function: where which local may go, and why others may not."""
    found: List[Dict[str, Any]] = []
    for qualname, function in functions(source.tree):
        known = Liveness(function)
        blocked = {name: why for name in sorted(known.locals) for why in [known.blocked(name)] if why is not None}
        found.append(
            {
                "qualname": qualname,
                "line": first_line(function),
                "endLine": function.end_lineno or function.lineno,
                "parameters": parameters(function),
                "generator": any(isinstance(it, (ast.Yield, ast.YieldFrom)) for it in ast.walk(function)),
                "points": list(_points(source, known, function.body)),
                "blocked": blocked,
            }
        )
    return {"functions": found}
