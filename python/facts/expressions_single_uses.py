"""Locals with a materialised value that are used in one place only: a loop, or one argument of a call."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Set, Tuple

from .expressions_project import Project
from .expressions_streams import PLACE, REDUCING, SHORT, comprehension_of, inner_text, judge_elements
from .expressions_tree import Tree, full_name, names_in, position
from .expressions_uses import classify, is_local, local_names, parameter, peeks
from .purity import Purity
from .syntax import FUNCTIONS, own_nodes, suspends


def single_uses(tree: Tree, project: Project, purity: Purity) -> List[Dict[str, object]]:
    """SingleUse of every local bound once to a materialised value and used in one place: a loop or one argument."""
    found = []
    for function in [it for it in tree.nodes if isinstance(it, FUNCTIONS)]:
        for node in own_nodes(function):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                one = _single(tree, function, node, project, purity)
                if one:
                    found.append(one)
    return found


def _single(tree: Tree, function: ast.AST, node: ast.Assign, project: Project, purity: Purity) -> Optional[Dict[str, object]]:
    name = node.targets[0].id  # type: ignore[attr-defined]
    lazy = _lazy(tree, node.value)
    if lazy is None or not is_local(function, name):
        return None
    form, text, parts = lazy
    occurrences = local_names(tree, function, name)
    loads = [it for it in occurrences if isinstance(it.ctx, ast.Load)]
    if len(loads) != 1:
        return None
    use = loads[0]
    kind, callee, consumer = _only_use(tree, use, project)
    if kind is None:
        return None
    blockers = []
    if len(occurrences) != 2 or parameter(function, name):
        blockers.append(f"{name} is bound in more than one place")
    if tree.function(use) is not function:
        blockers.append(f"{name} is used by a function inside of this one")
    blockers += _moved(tree, function, node, use, parts, callee)
    effects: List[str] = []
    raises: List[str] = []
    if form != "comprehension":
        blockers += _unknown_source(tree, function, parts[0])
    if form == "comprehension":
        effects, raises = judge_elements(tree, purity, parts[0])
    return {
        **tree.site(node.value),
        "name": name,
        "form": form,
        "lazy": text,
        "use": {"kind": kind, "line": use.lineno, "consumer": consumer, "callee": callee[0] if callee else None},
        "effects": effects,
        "raises": raises,
        "blockers": list(dict.fromkeys(blockers)),
    }


def _lazy(tree: Tree, value: ast.AST) -> Optional[Tuple[str, str, List[ast.AST]]]:
    """The form, the text of the iterator, and the nodes whose evaluation moves to the use."""
    if isinstance(value, ast.ListComp) and comprehension_of(tree, value) is not None:
        return "comprehension", f"({inner_text(tree, value)})", [value]
    if isinstance(value, ast.Call) and full_name(tree, value.func) in ("list", "tuple") and len(value.args) == 1 and not value.keywords:
        argument = value.args[0]
        if isinstance(argument, ast.GeneratorExp):
            return "comprehension", tree.source.text(argument), [argument]
        if isinstance(argument, (ast.Name, ast.Attribute, ast.Call)):
            return str(full_name(tree, value.func)), tree.source.text(argument), [argument]
    return None


def _only_use(tree: Tree, use: ast.Name, project: Project):  # type: ignore[no-untyped-def]
    above = tree.parents[use]
    if isinstance(above, ast.For) and above.iter is use:
        return "loop", None, None
    if isinstance(above, ast.comprehension) and above.iter is use and not isinstance(tree.parents[above], ast.GeneratorExp):
        return "loop", None, None
    call = tree.parents[above] if isinstance(above, ast.keyword) else above
    if isinstance(call, ast.Call) and use is not call.func:
        name = full_name(tree, call.func)
        running = name in REDUCING | SHORT and call.args.index(use) == PLACE.get(name or "", 0) if use in call.args else False
        return "argument", _callee(tree, call, use, above, project), name if running else None
    return None, None, None


#: Calls whose result yields its elements one by one and runs no code of the project meanwhile.
ITERATORS = {"csv.reader", "csv.DictReader", "zip", "enumerate", "range", "reversed", "open", "io.open", "gzip.open", "iter"}


def _unknown_source(tree: Tree, function: ast.AST, source: ast.AST) -> List[str]:
    """Why running through the source later may run other code later, too."""
    if isinstance(source, ast.Name):
        assigned = [it for it in own_nodes(function) if isinstance(it, ast.Assign)]
        values = [it.value for it in assigned if any(isinstance(to, ast.Name) and to.id == source.id for to in it.targets)]
        for it in own_nodes(function):
            if isinstance(it, ast.withitem) and isinstance(it.optional_vars, ast.Name) and it.optional_vars.id == source.id:
                values.append(it.context_expr)
        if len(values) == 1 and isinstance(values[0], ast.Call) and full_name(tree, values[0].func) in ITERATORS:
            return []
        return [f"what {source.id} yields is not known from the text of the function"]
    if isinstance(source, ast.Call):
        name = full_name(tree, source.func)
        if name in ITERATORS or (isinstance(source.func, ast.Attribute) and source.func.attr in ("items", "keys", "values")):
            return []
        return [f"{tree.short(source)} may be a generator, whose code would run later"]
    return [f"{tree.short(source)} can be changed by others before its elements are needed"]


def _callee(tree: Tree, call: ast.Call, use: ast.Name, above: ast.AST, project: Project):  # type: ignore[no-untyped-def]
    """The project's function that gets the value: ({function, parameter, problem}, its ast, its tree); None for foreign code."""
    func = call.func
    found = None
    method = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self"
    if isinstance(func, ast.Name) and (func.id in tree.imports or not is_local(tree.function(call), func.id)):
        called = tree.imports.get(func.id, func.id).rpartition(".")[2]
        found = project.only_function(called) or project.only_init(called)
        method = found is not None and getattr(found[1], "name", "") == "__init__"
    elif isinstance(func, ast.Attribute) and (method or (isinstance(func.value, ast.Name) and func.value.id in tree.imports)):
        found = project.only_function(func.attr)
    if found is None:
        return None
    other, node = found
    names: List[str] = [it.arg for it in getattr(node.args, "posonlyargs", []) + node.args.args]  # type: ignore[attr-defined]
    if method:
        names = names[1:]
    if isinstance(above, ast.keyword):
        name = above.arg
    else:
        index = call.args.index(use)
        starred = any(isinstance(it, ast.Starred) for it in call.args[:index])
        name = names[index] if index < len(names) and not starred else None
    facts = {"function": other.reference(node), "parameter": name or "", "problem": _passes(other, node, name)}
    return facts, node, other


def _passes(tree: Tree, function: ast.AST, name: Optional[str]) -> Optional[str]:
    """Why the parameter is not simply run through once on every path; None when it is."""
    if name is None or not parameter(function, name):
        return "the argument cannot be matched with a parameter"
    if suspends(function):
        return f"{tree.qualname(function)} is a generator or coroutine: it would run through the value later"
    if function.decorator_list:  # type: ignore[attr-defined]
        return f"{tree.qualname(function)} is decorated: the decorator sees the value first"
    seen = peeks(function)
    if seen:
        return f"{tree.qualname(function)} looks at its own locals: {seen}"
    occurrences = local_names(tree, function, name)
    if len(occurrences) != 1:
        second = occurrences[1] if len(occurrences) > 1 else function
        return f"{tree.qualname(function)} needs {name} more than once: {tree.place(second)} {tree.short(tree.statement(second))}"
    use = occurrences[0]
    above = tree.parents[use]
    loop = isinstance(above, ast.For) and above.iter is use
    clause = isinstance(above, ast.comprehension) and above.iter is use
    running = isinstance(above, ast.Call) and full_name(tree, above.func) in REDUCING | SHORT | {"list", "tuple"}
    if not (loop or clause or running):
        return f"{tree.qualname(function)} does not simply run through {name}: {tree.place(use)} {tree.short(tree.statement(use))}"
    if tree.loops(use) or tree.function(use) is not function:
        return f"{tree.qualname(function)} runs through {name} inside a loop or another function: {tree.place(use)}"
    if clause and (isinstance(tree.parents[above], ast.GeneratorExp) or tree.parents[above].generators[0] is not above):  # type: ignore[attr-defined]
        return f"{tree.qualname(function)} runs through {name} more than once or later: {tree.place(use)}"
    for around in tree.up(use):
        if around is function:
            break
        if isinstance(around, (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.While)):
            return f"{tree.qualname(function)} runs through {name} on one of its paths only: {tree.place(use)}"
    own = tree.statement(use)
    before = [it for it in own_nodes(function) if isinstance(it, (ast.Return, ast.Raise)) and it is not own and position(it) < position(use)]
    if before:
        return f"{tree.qualname(function)} may leave in {tree.place(before[0])} before it runs through {name}"
    return None


def _moved(tree: Tree, function: ast.AST, node: ast.Assign, use: ast.Name, parts: List[ast.AST], callee) -> List[str]:  # type: ignore[no-untyped-def]
    """What may change between the place where the value was made and the places where its elements are needed now."""
    found: List[str] = []
    if peeks(function):
        found.append(f"the function looks at its own locals: {peeks(function)}")
    if suspends(function):
        found.append("the function is a generator or coroutine: others run between its lines")
    if tree.block(node) is not tree.block(tree.statement(use)):
        outer = next((it for it in tree.up(node) if isinstance(it, (ast.With, ast.AsyncWith))), None)
        if outer is not None and outer not in list(tree.up(use)):
            found.append(f"line {use.lineno} stands behind the with block of line {outer.lineno}, which has closed the source by then")
        else:
            found.append(f"line {use.lineno} does not stand in the same block as line {node.lineno}")
        return found
    if position(use) < position(node):
        return found + [f"line {use.lineno} stands before line {node.lineno}: the value comes from an earlier round"]
    roots = _free_names(parts)
    read = _attributes_read(parts)
    between = [it for it in tree.block(node) if position(node) < position(it) < position(tree.statement(use))]
    statement = tree.statement(use)
    running: List[ast.AST] = list(statement.body) if isinstance(statement, ast.For) and statement.iter is use else []
    for part in between + running:
        for it in ast.walk(part):
            if isinstance(it, ast.Name) and it.id in roots and not _harmless_read(tree, it):
                found.append(f"line {it.lineno} uses {it.id}, from which the elements come")
    foreign = [(tree, it) for it in between + running] + ([(callee[2], it) for it in callee[1].body] if callee else [])
    for other, part in foreign:
        for it in ast.walk(part):
            if isinstance(it, (ast.Attribute, ast.Subscript)) and not isinstance(it.ctx, ast.Load) and _stored_key(it) in read:
                found.append(f"{other.place(it)} changes {other.short(it)}, which the elements read")
    used_later = [it for it in ast.walk(statement) if isinstance(it, ast.Name) and it.id in roots and it is not use and not isinstance(statement, ast.For)]
    for it in used_later:
        if not _harmless_read(tree, it):
            found.append(f"line {it.lineno} hands on {it.id}, from which the elements come, together with them")
    return found


def _free_names(parts: List[ast.AST]) -> Set[str]:
    """Names that the elements need, without those that the comprehension binds itself."""
    own = {it.id for part in parts for node in ast.walk(part) if isinstance(node, ast.comprehension) for it in names_in(node.target)}
    return {it.id for part in parts for it in names_in(part)} - own


def _attributes_read(parts: List[ast.AST]) -> Set[str]:
    return {key for part in parts for it in ast.walk(part) if isinstance(it, (ast.Attribute, ast.Subscript)) for key in [_stored_key(it)] if key}


def _stored_key(node: ast.AST) -> Optional[str]:
    if isinstance(node, ast.Attribute):
        return f".{node.attr}"
    index = getattr(node, "slice", None)
    return repr(index.value) if isinstance(index, ast.Constant) else None


def _harmless_read(tree: Tree, name: ast.Name) -> bool:
    """Reading does not disturb; running through it would, since it may be an iterator."""
    if not isinstance(name.ctx, ast.Load):
        return False
    above = tree.parents[name]
    if isinstance(above, ast.Call) and above.func is name:
        return True
    return all(one["how"] in ("reads", "length") for one in classify(tree, name))


