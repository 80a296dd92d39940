"""Logging calls that format too early, and the largest absolute value of an array."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional

from .expressions_project import Project
from .expressions_tree import Tree, at, full_name
from .syntax import dotted

LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
#: Handlers that format later, perhaps after an argument has changed; and code that reads a record before it is formatted.
LATE = ("QueueHandler", "MemoryHandler", "BufferingHandler")
ABS = {"numpy.abs", "numpy.absolute", "numpy.fabs"}


def eager_logs(tree: Tree, project: Project) -> List[Dict[str, object]]:
    """EagerLog of every logging call whose one positional argument is text put together on the spot."""
    found = []
    loggers = _loggers(tree)
    late = _late(project)
    for node in tree.nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        receiver = dotted(node.func.value)
        if receiver is None or len(node.args) != 1:
            continue
        pieces, blockers = _pieces(tree, node.args[0])
        if not any(it["expression"] for it in pieces) and not blockers:
            continue
        known = full_name(tree, node.func.value) == "logging" or receiver in loggers
        if not known:
            blockers.append(f"{receiver} is not known to be a logging.Logger: nothing in this file binds it to logging.getLogger")
        if any(it.arg is None for it in node.keywords):
            blockers.append("the call hands on keywords by **")
        message = node.args[0]
        found.append({**tree.site(message), "method": node.func.attr, "receiver": receiver, "pieces": pieces, "blockers": blockers + late})
    return found


def _loggers(tree: Tree) -> List[str]:
    found = []
    for node in tree.nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        value = getattr(node, "value", None) if targets else None
        if isinstance(value, ast.Call) and full_name(tree, value.func) == "logging.getLogger":
            found += [it for it in (dotted(target) for target in targets) if it]
    return found


def _late(project: Project) -> List[str]:
    found = []
    for name in LATE:
        for tree, node in list(project.attributes.get(name, [])) + list(project.names.get(name, [])):
            found.append(f"{name} in {tree.place(node)} formats later, when the values may have changed")
    for name in ("msg", "args"):
        for tree, node in project.attributes.get(name, []):
            if isinstance(node.value, ast.Name) and node.value.id in ("record", "rec", "log_record") and isinstance(node.ctx, ast.Load):
                found.append(f"{tree.place(node)} reads record.{name}, which changes with this form")
    return found[:3]


def _pieces(tree: Tree, message: ast.AST):  # type: ignore[no-untyped-def]
    """Pieces of an f-string, of ``"…" % values`` or of ``"…".format(values)``; and why it cannot be taken apart."""
    if isinstance(message, ast.JoinedStr):
        return _fstring(message)
    if isinstance(message, ast.BinOp) and isinstance(message.op, ast.Mod) and _text(message.left) is not None:
        values = message.right.elts if isinstance(message.right, ast.Tuple) else [message.right]
        return _percent(_text(message.left) or "", values, isinstance(message.right, ast.Tuple))
    if isinstance(message, ast.Call) and isinstance(message.func, ast.Attribute) and message.func.attr == "format":
        if _text(message.func.value) is not None:
            return _format(_text(message.func.value) or "", message)
    return [], []


def _text(node: ast.AST) -> Optional[str]:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _piece(literal: str, expression: Optional[ast.AST] = None, conversion: Optional[str] = None, spec: Optional[str] = None) -> Dict[str, object]:
    return {"literal": literal, "expression": ast.unparse(expression) if expression is not None else None, "conversion": conversion, "spec": spec}


def _fstring(message: ast.JoinedStr):  # type: ignore[no-untyped-def]
    pieces: List[Dict[str, object]] = []
    blockers: List[str] = []
    for value in message.values:
        if isinstance(value, ast.FormattedValue):
            spec = value.format_spec
            plain = None if spec is None else "".join(_text(it) or "" for it in spec.values)  # type: ignore[attr-defined]
            if spec is not None and not all(_text(it) is not None for it in spec.values):  # type: ignore[attr-defined]
                blockers.append("a format is itself computed")
            if any(isinstance(it, (ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)) for it in ast.walk(value.value)):
                blockers.append("an expression in the text binds a name or suspends the function")
            pieces.append(_piece("", value.value, chr(value.conversion) if value.conversion > 0 else None, plain))
        else:
            pieces.append(_piece(_text(value) or ""))
    return pieces, blockers


def _percent(text: str, values: List[ast.expr], tuple_given: bool):  # type: ignore[no-untyped-def]
    """``"a %s b %r" % (x, y)``: the very same text goes to the logger."""
    import re

    parts = re.split(r"(%[^a-zA-Z%]*[a-zA-Z%])", text)
    places = [it for it in parts[1::2] if it != "%%"]
    if any("(" in it or "*" in it for it in places) or len(places) != len(values):
        return [_piece("", None)], ["the text takes its values by name or counts them at run time"]
    if not tuple_given and not isinstance(values[0], (ast.Constant, ast.JoinedStr)):
        return [_piece("", None)], ["the value after % may be a tuple, which would be taken apart"]
    pieces: List[Dict[str, object]] = []
    rest = list(values)
    for index, part in enumerate(parts):
        if index % 2 == 0 or part == "%%":
            pieces.append(_piece("%" if part == "%%" else part))
        else:
            pieces.append(_piece("", rest.pop(0), None, part))
    return pieces, [] if not any(isinstance(it, ast.Starred) for it in values) else ["the values are handed on by *"]


def _format(text: str, call: ast.Call):  # type: ignore[no-untyped-def]
    import string

    pieces: List[Dict[str, object]] = []
    blockers: List[str] = []
    named = {it.arg: it.value for it in call.keywords if it.arg}
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return [_piece("")], ["the text is no format"]
    used = 0
    for literal, field, spec, conversion in fields:
        pieces.append(_piece(literal))
        if field is None:
            continue
        if field == "" or field.isdigit():
            index = int(field) if field else used
            used += 1
            value = call.args[index] if index < len(call.args) else None
            if field and index != used - 1:
                blockers.append("the text takes its values in another order")
        else:
            value = named.get(field)
            if [it.arg for it in call.keywords].index(field) != used - len(call.args) if field in named else False:
                blockers.append("the text takes its values in another order")
            used += 1
        if value is None or isinstance(value, ast.Starred):
            blockers.append(f"the field {{{field}}} is no plain value")
            continue
        pieces.append(_piece("", value, conversion, spec or None))
    if used != len(call.args) + len(call.keywords):
        blockers.append("not every value is used once")
    return pieces, blockers


def abs_extrema(tree: Tree) -> List[Dict[str, object]]:
    """AbsExtremum of ``np.abs(a).max()``, ``np.max(np.abs(a))`` and the same with the builtin ``abs``."""
    found = []
    for node in tree.nodes:
        inner = _largest(tree, node)
        if inner is None:
            continue
        name = full_name(tree, inner.func)
        alias = next((local for local, whole in tree.imports.items() if whole == "numpy"), None)
        if alias is None or name not in ABS | {"abs"} or len(inner.args) != 1:
            continue
        operand = inner.args[0]
        blockers = [] if dotted(operand) else [f"{tree.short(operand)} would be evaluated twice"]
        if inner.keywords:
            blockers.append(f"{name} has options")
        if "abs" in tree.rebound or "abs" in tree.imports:
            blockers.append("the file gives the name abs another meaning")
        if name == "numpy.fabs":
            blockers.append("fabs turns integers into floats")
        found.append({**tree.site(node), "numpy": alias, "operand": tree.source.text(operand), "operandAt": at(operand), "blockers": blockers})
    return found


def _largest(tree: Tree, node: ast.AST) -> Optional[ast.Call]:
    if not isinstance(node, ast.Call) or node.keywords:
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "max" and not node.args:
        return node.func.value if isinstance(node.func.value, ast.Call) else None
    if full_name(tree, node.func) in ("numpy.max", "numpy.amax") and len(node.args) == 1:
        return node.args[0] if isinstance(node.args[0], ast.Call) else None
    return None
