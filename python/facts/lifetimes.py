"""Where a local's last use is: the places at which ``del name`` is provably harmless, with exact offsets."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple

from .flow import Node, names_of
from .handovers import handovers
from .liveness import Liveness, mangled, parameters
from .spans import Source
from .stable import ModuleNames
from .syntax import LOOPS, first_line, functions, own_statements

Block = Sequence[ast.stmt]
NOTHING_BEHIND = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Delete, ast.Global, ast.Nonlocal, ast.Pass)


def blocks(statements: Block, loop: Optional[ast.stmt] = None) -> Iterator[Tuple[Block, Optional[ast.stmt]]]:
    """Every block of a function with the innermost loop that repeats it."""
    yield statements, loop
    for it in statements:
        if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        inner = it if isinstance(it, LOOPS) else loop
        for name in ("body", "orelse", "finalbody"):
            inside = getattr(it, name, None)
            if inside:
                yield from blocks(inside, inner if name == "body" else loop)
        for part in [*getattr(it, "handlers", []), *getattr(it, "cases", [])]:
            yield from blocks(part.body, loop)


def touched(statement: ast.stmt) -> Set[str]:
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


def _points(source: Source, known: Liveness, qualname: str) -> Iterator[Dict[str, Any]]:
    body = known.function.body
    for block, loop in blocks(body):
        for statement in block:
            if isinstance(statement, NOTHING_BEHIND):
                continue
            if statement is body[-1]:
                continue  # the function returns: nothing to gain
            bound = known.bound_after(statement, loop)
            if bound is None or not own_lines(source, statement):
                continue
            for name in sorted((touched(statement) & known.locals) - known.live_behind(statement)):
                if known.blocked(name) is None:
                    yield _point(source, block, statement, loop, name, mangled(name, qualname), name in bound)


def _point(
    source: Source, block: Block, statement: ast.stmt, loop: Optional[ast.stmt], spelled: str, name: str, bound: bool
) -> Dict[str, Any]:
    end = statement.end_lineno or statement.lineno
    return {
        "name": name,
        "spelled": spelled,
        "bound": bound,
        "line": first_line(statement),
        "endLine": end,
        "offset": source.line_end(end),
        "indent": source.indent(statement.lineno),
        "blockLine": first_line(block[0]),
        "blockEndLine": block[-1].end_lineno or block[-1].lineno,
        "loopLine": loop.lineno if loop is not None else None,
        "loopEndLine": (loop.end_lineno or loop.lineno) if loop is not None else None,
    }


def _bindings(known: Liveness, qualname: str) -> Iterator[Dict[str, Any]]:
    """Every place that gives a local a value or takes it away, and the locals that the statement reads."""
    start = first_line(known.function)
    for name in parameters(known.function):
        yield {"name": mangled(name, qualname), "line": start, "kind": "parameter", "reads": []}
    for index, node in enumerate(known.flow.nodes):
        if node.statement is None:
            continue
        kind = "loop" if index in known.flow.targets else _kind(node)
        statement = node.statement
        reads = names_of(statement.iter).reads if kind == "loop" else node.reads  # type: ignore[attr-defined]
        for name in sorted((node.binds | node.may_bind | node.unbinds) & known.locals):
            yield {
                "name": mangled(name, qualname),
                "line": statement.lineno,
                "kind": "delete" if name in node.unbinds else kind,
                "reads": sorted(mangled(it, qualname) for it in reads & known.locals),
            }


def _kind(node: Node) -> str:
    """How a statement binds: by the result of a call, as a context, or otherwise."""
    if isinstance(node.statement, (ast.Assign, ast.AnnAssign)) and isinstance(node.statement.value, ast.Call):
        return "call"
    return "with" if isinstance(node.statement, (ast.With, ast.AsyncWith)) else "other"


def facts(source: Source, file: str) -> Dict[str, Any]:
    """Of every function: where which local may go, and why others may not (``LifetimeFacts``)."""
    found: List[Dict[str, Any]] = []
    names = ModuleNames(source.tree)
    for qualname, function in functions(source.tree):
        known = Liveness(function)
        blocked = {mangled(name, qualname): why for name in sorted(known.locals) for why in [known.blocked(name)] if why is not None}
        found.append(
            {
                "qualname": qualname,
                "line": first_line(function),
                "endLine": function.end_lineno or function.lineno,
                "parameters": [mangled(it, qualname) for it in parameters(function)],
                "decorated": bool(function.decorator_list),
                "loops": sorted([it.lineno, it.end_lineno or it.lineno] for it in own_statements(function) if isinstance(it, LOOPS)),
                "points": list(_points(source, known, qualname)),
                "bindings": sorted(_bindings(known, qualname), key=lambda it: (it["line"], it["name"])),
                "handovers": list(handovers(source, names, known, qualname)),
                "blocked": blocked,
            }
        )
    return {"functions": found}
