"""Lists that are built only to be run through by the call around them, and loops over copies of what could be iterated itself."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Set, Tuple

from .expressions_project import Project
from .expressions_tree import Tree, at, full_name, position
from .expressions_uses import CHANGING, captured, classify, is_local
from .purity import CALLS, CONSUMING, METHODS, Purity
from .syntax import dotted, suspends

REDUCING = {"sum", "min", "max", "set", "frozenset", "dict", "sorted", "collections.Counter", "heapq.nsmallest", "heapq.nlargest"}
SHORT = {"any", "all"}
GROWING = {"extend", "update", "writerows", "writelines"}
#: Position of the iterable among the arguments.
PLACE = {"heapq.nsmallest": 1, "heapq.nlargest": 1}


def consumed_lists(tree: Tree, project: Project, purity: Purity) -> List[Dict[str, object]]:
    """ConsumedList of every list comprehension (or ``list(genexp)``) that is the iterable of a consuming call."""
    found = []
    for call in [it for it in tree.nodes if isinstance(it, ast.Call)]:
        kind, name = _consumer(tree, call)
        place = PLACE.get(name, 0)
        if kind is None or len(call.args) <= place:
            continue
        built = call.args[place]
        comprehension = comprehension_of(tree, built)
        if comprehension is None:
            continue
        if name in ("min", "max") and len(call.args) != 1:
            continue
        blockers = []
        if kind == "grows":
            receiver = dotted(call.func.value)  # type: ignore[attr-defined]
            if receiver is None:
                blockers.append("what grows is not a plain name")
            elif any(_same_path(receiver, dotted(it) or "") for it in ast.walk(comprehension)):
                blockers.append(f"the elements come from {receiver} itself")
            for other, node in project.definitions.get(name, [])[:1]:
                blockers.append(f"{name} may be that of {other.place(node)}, which may need a list")
        effects, raises = judge_elements(tree, purity, comprehension)
        found.append(
            {
                **tree.site(built),
                "consumer": name,
                "kind": kind,
                "inner": inner_text(tree, comprehension),
                "alone": _alone(tree, call, built),
                "effects": effects,
                "raises": raises,
                "blockers": blockers,
            }
        )
    return found


def _consumer(tree: Tree, call: ast.Call) -> Tuple[Optional[str], str]:
    name = full_name(tree, call.func)
    if name in REDUCING:
        return "reduces", name or ""
    if name in SHORT:
        return "short-circuits", name or ""
    if isinstance(call.func, ast.Attribute) and call.func.attr in GROWING and len(call.args) == 1 and not call.keywords:
        return "grows", call.func.attr
    return None, ""


def comprehension_of(tree: Tree, built: ast.AST) -> Optional[ast.AST]:
    """A list comprehension, or the generator inside of ``list(…)``; None for anything else and where it is asynchronous."""
    if isinstance(built, ast.Call) and full_name(tree, built.func) == "list" and len(built.args) == 1 and not built.keywords:
        built = built.args[0]
        if not isinstance(built, ast.GeneratorExp):
            return None
    elif not isinstance(built, ast.ListComp):
        return None
    if any(it.is_async for it in built.generators) or any(isinstance(it, ast.Await) for it in ast.walk(built)):
        return None
    return built


def inner_text(tree: Tree, comprehension: ast.AST) -> str:
    """Between the brackets, as it is written."""
    text = tree.source.text(comprehension)
    return text[1:-1] if text[:1] in "([" else text


def _alone(tree: Tree, call: ast.Call, built: ast.AST) -> bool:
    if len(call.args) != 1 or call.keywords:
        return False
    end = tree.source.span(built)[1]
    return tree.source.raw[end : tree.source.span(call)[1] - 1].strip() == b""


def judge_elements(tree: Tree, purity: Purity, comprehension: ast.AST) -> Tuple[List[str], List[str]]:
    """Of everything that is evaluated element by element: all but the first iterable."""
    first = comprehension.generators[0]  # type: ignore[attr-defined]
    parts: List[ast.AST] = [comprehension.elt] + list(first.ifs)  # type: ignore[attr-defined]
    for later in comprehension.generators[1:]:  # type: ignore[attr-defined]
        parts += [later.iter] + list(later.ifs)
    effects: List[str] = []
    raises: List[str] = []
    for part in parts:
        more, risks = purity.judge(tree, part)
        effects += more
        raises += risks
        if any(isinstance(it, ast.Call) and full_name(tree, it.func) == "next" and len(it.args) == 1 for it in ast.walk(part)):
            effects.append(f"next() in line {part.lineno} may end the generator by StopIteration")  # type: ignore[attr-defined]
    return list(dict.fromkeys(effects)), list(dict.fromkeys(raises))


def _same_path(left: str, right: str) -> bool:
    return bool(right) and (left == right or left.startswith(right + ".") and "." in right or right.startswith(left + "."))


def loop_sources(tree: Tree, project: Project, purity: Purity) -> List[Dict[str, object]]:
    """LoopSource of every ``for`` (statement or clause) over a copy of what could be iterated itself."""
    found = []
    for loop in tree.nodes:
        if isinstance(loop, ast.For):
            body: List[ast.AST] = list(loop.body)
        elif isinstance(loop, ast.comprehension) and not loop.is_async:
            body = [tree.parents[loop]]
        else:
            continue
        form = _loop_form(tree, loop.iter)
        if form is None:
            continue
        name, base, start = form
        lazy = isinstance(loop, ast.comprehension) and isinstance(body[0], ast.GeneratorExp)
        blockers = ["a generator may run when the source has changed"] if lazy else []
        blockers += _touched(tree, loop.iter, base, body, purity, name)
        blockers += _left_early(tree, loop, base, name)
        found.append(
            {
                **tree.site(loop.iter),
                "form": name,
                "base": tree.source.text(base),
                "baseAt": at(base),
                "root": _root(base),
                "from": start,
                "islice": _islice(tree),
                "blockers": blockers,
            }
        )
    return found


def _left_early(tree: Tree, loop: ast.AST, base: ast.expr, form: str) -> List[str]:
    """A loop that may end before its source does leaves the rest in it: nobody may look there afterwards."""
    root = _root(base)
    if root is None or not isinstance(loop, ast.For) or not any(isinstance(it, (ast.Break, ast.Try)) for it in ast.walk(loop)):
        return []
    found = []
    scope = tree.function(loop) or tree.module
    for it in ast.walk(scope):
        if isinstance(it, ast.Name) and it.id == root and position(it) > (loop.end_lineno or 0, 0):
            above = tree.parents[it]
            if not (isinstance(above, ast.Attribute) and above.attr == "close"):
                found.append(f"the loop may end early and line {it.lineno} uses {root} again")
    return found[:1]


def _loop_form(tree: Tree, source: ast.AST) -> Optional[Tuple[str, ast.expr, Optional[str]]]:
    if isinstance(source, ast.Subscript) and isinstance(source.slice, ast.Slice):
        part = source.slice
        plain = isinstance(part.lower, ast.Constant) and isinstance(part.lower.value, int) and part.lower.value > 0
        return ("slice", source.value, str(part.lower.value)) if plain and part.upper is None and part.step is None else None  # type: ignore[union-attr]
    if not isinstance(source, ast.Call) or source.keywords:
        return None
    if isinstance(source.func, ast.Attribute) and not source.args:
        if source.func.attr == "readlines":
            return "readlines", source.func.value, None
        read = source.func.value
        if source.func.attr == "splitlines" and isinstance(read, ast.Call) and isinstance(read.func, ast.Attribute):
            if read.func.attr == "read" and not read.args and not read.keywords:
                return "splitlines", read.func.value, None
    name = full_name(tree, source.func)
    if name in ("list", "tuple") and len(source.args) == 1 and not isinstance(source.args[0], (ast.Starred, ast.GeneratorExp)):
        return str(name), source.args[0], None
    return None


def _root(node: ast.AST) -> Optional[str]:
    """``d`` of ``d.items()``; None where the text is no chain from a name."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def _sources(tree: Tree, base: ast.AST) -> List[ast.expr]:
    """What is really run through: the arguments of ``zip``, ``map``, ``enumerate``, else the chain itself."""
    if isinstance(base, ast.Call):
        name = full_name(tree, base.func)
        if name in ("zip", "enumerate", "reversed", "iter", "itertools.chain"):
            return [it for arg in base.args for it in _sources(tree, arg)]
        if name in ("map", "filter"):
            return [it for arg in base.args[1:] for it in _sources(tree, arg)]
        if isinstance(base.func, ast.Attribute) and base.func.attr in ("items", "keys", "values"):
            return _sources(tree, base.func.value)
    return [base]  # type: ignore[list-item]


def _touched(tree: Tree, iterable: ast.AST, base: ast.expr, body: List[ast.AST], purity: Purity, form: str) -> List[str]:
    """Why running through ``base`` itself may differ: the loop's body may change it, or must not see it half done."""
    found: List[str] = []
    inside = {id(it) for it in ast.walk(iterable)}
    function = tree.function(iterable)
    for source in _sources(tree, base):
        path = dotted(source)
        if path is None:
            if not isinstance(source, (ast.Constant, ast.List, ast.Tuple)) and not _steady(tree, source):
                found.append(f"what is iterated is {tree.short(source)}, of which more than the text must be known")
            continue
        root = path.partition(".")[0]
        for part in body:
            for it in ast.walk(part):
                if not (isinstance(it, ast.Name) and it.id == root) or id(it) in inside:
                    continue
                if form in ("readlines", "splitlines") or not _only_reads(tree, it, path):
                    found.append(f"the loop's body uses {root} in line {it.lineno}")
        if function is None or not is_local(function, root) or captured(tree, function, root) is not None or "." in path:
            found += _foreign_calls(tree, body, inside, purity, path)
        if function is not None and suspends(function) and not isinstance(function, ast.Lambda):
            found.append(f"the function is a generator or coroutine: {path} may change between two rounds")
    if isinstance(base, ast.Call) and full_name(tree, base.func) in ("map", "filter"):
        found += _foreign_function(tree, base, purity)
    return list(dict.fromkeys(found))


def _steady(tree: Tree, source: ast.AST) -> bool:
    """``range(n)``, ``sorted(x)``, a display: nobody else holds it."""
    return isinstance(source, ast.Call) and full_name(tree, source.func) in ("range", "sorted", "list", "dict", "set", "open")


def _foreign_function(tree: Tree, base: ast.Call, purity: Purity) -> List[str]:
    name = full_name(tree, base.args[0]) if base.args else None
    if name in CALLS or name in CONSUMING or name in ("str.strip", "str.lower", "str.upper", "str.split"):
        return []
    if isinstance(base.args[0], ast.Lambda):
        return purity.judge(tree, base.args[0].body)[0]
    found = purity.named(tree, base.args[0])
    why = purity.function_effect(*found) if found else "is not known"
    return [f"{tree.short(base.args[0])} would be called between the rounds and {why}"] if why else []


def _only_reads(tree: Tree, name: ast.Name, path: str) -> bool:
    if not isinstance(name.ctx, ast.Load):
        return False
    return all(one["how"] in ("reads", "length", "iterates") and not (one["deep"] and "." in path) for one in classify(tree, name))


def _foreign_calls(tree: Tree, body: List[ast.AST], inside: Set[int], purity: Purity, path: str) -> List[str]:
    """Others can reach the object too: only calls that are free of effects may run meanwhile."""
    found = []
    for part in body:
        for it in ast.walk(part):
            if isinstance(it, ast.Call) and id(it) not in inside:
                func = it.func
                if isinstance(func, ast.Attribute) and func.attr in METHODS | CHANGING and dotted(func.value) not in (None, path):
                    continue
                if full_name(tree, func) in ("print",):
                    continue
                why = purity.call_effect(tree, it)
                if why:
                    found.append(f"{path} can be changed by others, and the loop's body {why} in line {it.lineno}")
    return found[:2]


def _islice(tree: Tree) -> Optional[str]:
    for local, whole in tree.imports.items():
        if whole == "itertools.islice":
            return local
        if whole == "itertools":
            return f"{local}.islice"
    return None
