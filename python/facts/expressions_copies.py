"""Calls that copy an object, and what happens to both sides afterwards in the same function."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Tuple

from .expressions_logs import whole_lines
from .expressions_project import Project, is_test
from .expressions_tree import Tree, full_name, position
from .expressions_uses import Use, captured, classify, is_local, local_names, parameter, peeks, uses
from .syntax import FUNCTIONS, own_nodes, suspends


def copies(tree: Tree, project: Project) -> List[Dict[str, object]]:
    """CopySite of every copying expression of the file."""
    found = []
    for node in tree.nodes:
        form = _form(tree, node)
        if form:
            found.append(_site(tree, node, form[0], form[1], form[2], project))
    return found


def _form(tree: Tree, node: ast.AST) -> Optional[Tuple[str, ast.expr, List[str]]]:
    """Kind of copy, the copied expression, blockers."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load):
        part = node.slice
        return ("slice", node.value, []) if part.lower is None and part.upper is None and part.step is None else None
    if not isinstance(node, ast.Call):
        return None
    name = full_name(tree, node.func)
    if name == "json.loads":
        return _round_trip(tree, node)
    if len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], ast.Starred):
        forms = {"copy.copy": "copy", "copy.deepcopy": "deepcopy", "dict": "dict", "list": "list"}
        if name in forms:
            argument = node.args[0]
            if name in ("dict", "list") and not isinstance(argument, (ast.Name, ast.Attribute)):
                return None
            return forms[name], argument, []
    if isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args and not node.keywords:
        return "method", node.func.value, []
    return None


def _round_trip(tree: Tree, node: ast.Call) -> Optional[Tuple[str, ast.expr, List[str]]]:
    inner = node.args[0] if len(node.args) == 1 else None
    if not (isinstance(inner, ast.Call) and full_name(tree, inner.func) == "json.dumps" and inner.args):
        return None
    blockers = [f"json.loads has the option {it.arg}" for it in node.keywords]
    blockers += [f"json.dumps has the option {it.arg}" for it in inner.keywords if it.arg not in ("ensure_ascii", "separators", "indent")]
    if len(inner.args) > 1:
        blockers.append("json.dumps has more than one argument")
    return "json", inner.args[0], blockers


def _site(tree: Tree, node: ast.AST, form: str, argument: ast.expr, blockers: List[str], project: Project) -> Dict[str, object]:
    function = tree.function(node)
    result = _result(tree, node)
    name = argument.id if isinstance(argument, ast.Name) and is_local(function, argument.id) else None
    loop = _loop_of(tree, node, name) if name else None
    if function is None or not isinstance(function, FUNCTIONS):
        blockers = blockers + ["it stands outside of a function, where every name is public"]
    else:
        blockers = blockers + _hidden(tree, function, [it for it in (name, result["name"]) if it])  # type: ignore[misc]
    if loop is not None and tree.loops(node)[0] is not loop:
        blockers = blockers + ["it is copied in a loop inside of the loop that it comes from"]
    statement = tree.statement(node)
    kind = "loop-target" if loop is not None else "parameter" if name and parameter(function, name) else "local"  # type: ignore[arg-type]
    return {
        **tree.site(node),
        "form": form,
        "argument": list(tree.source.span(argument)),
        "argumentText": tree.source.text(argument),
        "original": {"name": name, "kind": kind} if name else None,
        "result": result,
        "originalUses": _after(tree, node, function, name) if name else [],
        "resultUses": _after(tree, node, function, result["name"]) if result["name"] else [],
        "loop": _loop(tree, loop, function, str(name)) if loop is not None and function is not None else None,
        "callers": _callers(tree, function, project),
        "public": function is not None and not any(it.startswith("_") for it in tree.qualname(function).split(".")),
        "fresh": isinstance(argument, (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)),
        "statement": list(tree.source.span(statement)),
        "statementLines": whole_lines(tree, statement),
        "blockSize": len(tree.block(statement)),
        "blockers": blockers,
    }


def _hidden(tree: Tree, function: ast.AST, names: List[str]) -> List[str]:
    found = []
    for name in names:
        inside = captured(tree, function, name)
        if inside is not None:
            found.append(f"{name} is captured by a function or generator in line {inside.lineno}")  # type: ignore[attr-defined]
    seen = peeks(function)
    if seen:
        found.append(f"the function looks at its own locals: {seen}")
    if suspends(function):
        found.append("the function is a generator or coroutine: others run between its lines")
    return found


def _result(tree: Tree, node: ast.AST) -> Dict[str, Optional[str]]:
    above = tree.parents[node]
    if isinstance(above, (ast.Assign, ast.AnnAssign)) and above.value is node:
        targets = above.targets if isinstance(above, ast.Assign) else [above.target]
        if len(targets) == 1 and isinstance(targets[0], ast.Name):
            return {"kind": "bound", "name": targets[0].id}
        return {"kind": "stored", "name": None}
    if isinstance(above, ast.Return):
        return {"kind": "returned", "name": None}
    if isinstance(above, ast.Expr):
        return {"kind": "discarded", "name": None}
    if isinstance(above, (ast.Call, ast.keyword)):
        return {"kind": "passed", "name": None}
    return {"kind": "other", "name": None}


def _loop_of(tree: Tree, node: ast.AST, name: str) -> Optional[ast.AST]:
    """The `for` around the copy that binds the name and nothing else does."""
    for loop in tree.loops(node):
        if isinstance(loop, ast.For) and any(isinstance(it, ast.Name) and it.id == name for it in _targets(loop)):
            return loop
    return None


def _targets(loop: ast.For) -> List[ast.AST]:
    return list(loop.target.elts) if isinstance(loop.target, ast.Tuple) else [loop.target]


def _container(tree: Tree, loop: ast.For, name: str) -> Tuple[ast.AST, Optional[str]]:
    """What the loop's target comes from, element by element, and the builtin in between: `zip`, `enumerate`."""
    if isinstance(loop.target, ast.Name):
        return loop.iter, None
    index = next(place for place, it in enumerate(_targets(loop)) if isinstance(it, ast.Name) and it.id == name)
    call = loop.iter
    through = full_name(tree, call.func) if isinstance(call, ast.Call) and not call.keywords else None
    if through == "zip" and index < len(call.args) and len(call.args) == len(_targets(loop)):  # type: ignore[attr-defined]
        return call.args[index], through  # type: ignore[attr-defined]
    if through == "enumerate" and index == 1 and len(_targets(loop)) == 2 and call.args:  # type: ignore[attr-defined]
        return call.args[0], through  # type: ignore[attr-defined]
    return loop.iter, None


def _loop(tree: Tree, loop: ast.AST, function: ast.AST, target: str) -> Dict[str, object]:
    iterable, through = _container(tree, loop, target)  # type: ignore[arg-type]
    if not (isinstance(iterable, ast.Name) and is_local(function, iterable.id)):
        return {"iterable": tree.short(iterable), "kind": "other", "through": through, "laterUses": []}
    name = iterable.id
    later = [it for it in local_names(tree, function, name) if position(it) > position(iterable)]
    outer = tree.loops(loop)
    if outer:
        later = [it for it in local_names(tree, function, name) if it is not iterable and (position(it) > position(iterable) or outer[-1] in tree.up(it))]
    kind = "parameter" if parameter(function, name) else "local"
    return {"iterable": name, "kind": kind, "through": through, "laterUses": [one for it in later for one in classify(tree, it)]}


def _after(tree: Tree, node: ast.AST, function: Optional[ast.AST], name: Optional[str]) -> List[Use]:
    """Uses of the name that may run after the copy, until the name is bound anew."""
    if function is None or name is None:
        return []
    inside = {id(it) for it in ast.walk(tree.statement(node))}
    occurrences = local_names(tree, function, name)
    loops = [it for it in tree.loops(node) if not _binds(it, name)]
    found: List[ast.AST] = []
    for it in occurrences:
        later = position(it) > position(node) and not (id(it) in inside and not isinstance(tree.statement(node), (ast.Expr, ast.Assign, ast.Return)))
        again = any(loop in list(tree.up(it)) for loop in loops)
        within = id(it) in {id(low) for low in ast.walk(node)}
        if (later or again) and not within:
            found.append(it)
    inner = [it for it in found if set(tree.loops(it)) - set(tree.loops(node))]
    outside = [it for it in found if it not in inner]
    return sorted(uses(tree, outside) + [{**one, "again": True} for one in uses(tree, inner)], key=lambda one: int(str(one["line"])))


def _binds(loop: ast.AST, name: str) -> bool:
    """Every round gives the name a new object before it can be read: loop target, or first bound in the body."""
    target = getattr(loop, "target", None)
    if target is not None and any(isinstance(it, ast.Name) and it.id == name for it in ast.walk(target)):
        return True
    stores = [it for it in own_nodes(loop) if isinstance(it, ast.Name) and it.id == name]
    first = min(stores, key=position) if stores else None
    for statement in loop.body:  # type: ignore[attr-defined]
        if isinstance(statement, ast.Assign) and any(isinstance(it, ast.Name) and it.id == name for it in statement.targets):
            reads = any(isinstance(it, ast.Name) and it.id == name and isinstance(it.ctx, ast.Load) for it in ast.walk(statement.value))
            return not reads and first is not None and first.lineno >= statement.lineno
    return False


def _callers(tree: Tree, function: Optional[ast.AST], project: Project) -> List[Dict[str, object]]:
    """Calls by name from anywhere in the project; the name counts, whoever the receiver is."""
    name = getattr(function, "name", None)
    if name is None:
        return []
    found = []
    for other, node in list(project.names.get(name, [])) + list(project.attributes.get(name, [])):
        above = other.parents.get(node)
        if isinstance(above, ast.Call) and above.func is node and not (other is tree and node in ast.walk(function)):  # type: ignore[arg-type]
            found.append({"file": other.file, "line": above.lineno, "test": is_test(other.file)})
    return sorted(found, key=lambda it: (it["file"], it["line"]))
