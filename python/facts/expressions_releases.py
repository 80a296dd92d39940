"""Attributes that only the stages inside one method's call use: behind which statement nothing can read them any more."""

from __future__ import annotations

import ast
from itertools import chain, islice
from typing import Dict, Iterator, List, Optional

from .classes_project import template_words
from .expressions_family import Family, Order, receiver
from .expressions_once import of_others, once
from .expressions_project import Project, is_test
from .expressions_tree import Tree
from .lifetimes import own_lines
from .syntax import FUNCTIONS, LOOPS, dotted, own_nodes, suspends

BY_NAME = {"getattr", "setattr", "hasattr", "delattr", "attrgetter", "methodcaller", "patch", "object"}


def releases(tree: Tree, project: Project) -> List[Dict[str, object]]:
    """ReleaseSite of every attribute and method whose call stores it, uses it, and goes on without it."""
    found: List[Dict[str, object]] = []
    for cls in [it for it in tree.module.body if isinstance(it, ast.ClassDef)]:
        methods = [it for it in cls.body if isinstance(it, FUNCTIONS) and receiver(it) is not None]
        stored = sorted({it.attr for method in methods for it in own_nodes(method) if _is_own(it, method) and isinstance(it.ctx, ast.Store)})  # type: ignore[attr-defined]
        family = Family(project, tree, cls) if stored else None
        if family is not None and family.foreign:
            continue  # its other methods are not known: nothing can be said of any attribute
        for name in stored if family is not None else ():
            order = Order(family, name)  # type: ignore[arg-type]
            known: Optional[List[str]] = None
            for method in methods:
                touching = [it for it in method.body if order.touches(tree, it)]
                if touching and touching[-1] is not method.body[-1] and method.name != "__init__":
                    known = list(islice(_outside(tree, order), 1)) if known is None else known
                    found.append(_site(tree, cls, method, order, next(chain(known, _inside(tree, method, order)), None)))
    return found


def _is_own(node: ast.AST, method: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == receiver(method)


def _site(tree: Tree, cls: ast.ClassDef, method: ast.AST, order: Order, blocker: Optional[str]) -> Dict[str, object]:
    statements = [it for it in own_nodes(method) if isinstance(it, ast.stmt)]
    touching = [it for it in statements if not _has_blocks(it) and order.touches(tree, it)]
    heads = [it for it in statements if _has_blocks(it) and any(order.touches(tree, head) for head in _head(it))]
    around = {id(above): above for it in [*touching, *heads] for above in [it, *tree.up(it)] if isinstance(above, ast.stmt)}
    inside = {id(it) for it in statements}
    return {
        "class": tree.qualname(cls),
        "attribute": order.attribute,
        "method": tree.reference(method),
        "receiver": receiver(method),
        "touching": sorted([it.lineno, it.end_lineno or it.lineno] for it in touching) + sorted([it.lineno, _head_end(it)] for it in heads),
        "loops": sorted([it.lineno, it.end_lineno or it.lineno] for it in statements if isinstance(it, LOOPS)),
        "points": [_point(tree, it) for key, it in around.items() if key in inside and own_lines(tree.source, it)],
        "blocker": blocker,
    }


def _has_blocks(statement: ast.stmt) -> bool:
    return bool(getattr(statement, "body", None) or getattr(statement, "cases", None))


def _head(statement: ast.stmt) -> List[ast.AST]:
    """What a statement with blocks evaluates itself."""
    return [it for it in ast.iter_child_nodes(statement) if not isinstance(it, (ast.stmt, ast.ExceptHandler)) and type(it).__name__ != "match_case"]


def _head_end(statement: ast.stmt) -> int:
    """A head that is evaluated again (a loop's) belongs to the whole."""
    if isinstance(statement, ast.While):
        return statement.end_lineno or statement.lineno
    return max(getattr(it, "end_lineno", 0) or 0 for it in _head(statement)) or statement.lineno


def _point(tree: Tree, statement: ast.stmt) -> Dict[str, object]:
    block = tree.block(statement)
    end = statement.end_lineno or statement.lineno
    return {
        "line": statement.lineno,
        "endLine": end,
        "offset": tree.source.line_end(end),
        "indent": tree.source.indent(statement.lineno),
        "blockLine": block[0].lineno,
        "blockEndLine": block[-1].end_lineno or block[-1].lineno,
    }


def _outside(tree: Tree, order: Order) -> Iterator[str]:
    """Why others may see the attribute: through another name than the method's own instance, by text, or later."""
    family, name = order.family, order.attribute
    if family.project.published and not name.startswith("_"):
        yield f"{name} is public in a library: needs consent: api"
    for one, node in family.project.attributes.get(name, []):
        function = one.function(node)
        in_class = function is not None and isinstance(one.parents.get(function), ast.ClassDef)
        if not (in_class and _is_own(node, function)):  # type: ignore[arg-type]
            yield f"{dotted(node) or name} stands at {one.place(node)}, outside of the methods of its own class"
        elif family.holds(one, function) and _later(one, node, function):
            yield f"{name} is used in a generator at {one.place(node)}, which may run later"
    if name in family.methods:
        yield f"{name} is also a method or property of the class"
    yield from [f"{name} is named in a text at {place}" for place in _by_name(family.project, name)]
    if family.project.template_words is None:
        family.project.template_words = template_words(family.project.root)
    if name in family.project.template_words:
        yield f"{name} stands in {family.project.template_words[name]}, which may read it"
    for one, cls in family.classes:
        for it in ast.walk(cls):
            if isinstance(it, ast.Call) and (dotted(it.func) or "").rpartition(".")[2] in ("getattr", "vars") and not _constant_name(it):
                yield f"{dotted(it.func)} may mean any attribute at {one.place(it)}"
            if isinstance(it, ast.Attribute) and it.attr == "__dict__":
                yield f"all attributes are looked at, at {one.place(it)}"


def _later(tree: Tree, node: ast.AST, function: Optional[ast.AST]) -> bool:
    if function is None or suspends(function):
        return True
    for above in tree.up(node):
        if above is function:
            return False
        if isinstance(above, ast.GeneratorExp):
            return True
    return False


def _constant_name(call: ast.Call) -> bool:
    return len(call.args) > 1 and isinstance(call.args[1], ast.Constant)


def _by_name(project: Project, name: str) -> List[str]:
    found = []
    for tree, node in project.texts.get(name, []):
        above = tree.parents.get(node)
        if isinstance(above, ast.Call) and (dotted(above.func) or "").rpartition(".")[2] in BY_NAME:
            found.append(tree.place(node))
    return found


def _inside(tree: Tree, method: ast.AST, order: Order) -> Iterator[str]:
    """Why the method, or another one after it, may read what this call left."""
    family, name = order.family, order.attribute
    own: str = method.name  # type: ignore[attr-defined]
    if len(family.methods[own]) > 1:
        yield f"{own} is defined more than once among the class and its kin"
    if suspends(method):
        yield f"{own} can be left and entered again"
    place = order.exposed(tree, method)
    if place is not None and not once(family, own):
        yield f"{name} may be read as an earlier call left it ({place}): called again, {own} would find None"
    for other in sorted(order.exposing() - {own}):
        if not (family.reaches(other, own) and once(family, other)):
            yield from _callers(order, other, own)
    for other, methods in sorted(family.methods.items()):
        if family.reaches(other, own):
            reads = [one.place(it) for one, function in methods for it in order.reads(one, function)]
            if other == own:
                yield f"{own} may call itself, and the inner call would take {name} from the outer one"
            elif reads:
                yield f"{other} calls {own}, and may read {name} after it ({reads[0]})"


def _callers(order: Order, name: str, own: str) -> Iterator[str]:
    """Ways to call a method that reads the attribute, other than through the method in question."""
    family, project = order.family, order.family.project
    for tree, function in family.methods[name]:
        decorators = [dotted(it) or "?" for it in function.decorator_list]  # type: ignore[attr-defined]
        if name.startswith("__") and name.endswith("__"):
            yield f"{name} reads it, and may be called by anything ({tree.place(function)})"
        if [it for it in decorators if it != "property"]:
            yield f"{name} reads it, and a decorator may call it ({tree.place(function)})"
    if project.published and not name.startswith("_"):
        yield f"{name} reads it, and whoever uses the library may call it later: needs consent: api"
    for tree, node in project.attributes.get(name, []):
        if family.called(tree, node) is None:
            if not is_test(tree.file) and not of_others(family, tree, node):
                yield f"{name} reads it, and is called at {tree.place(node)}"
            continue
        caller: str = tree.function(node).name  # type: ignore[union-attr]
        property_ = any(dotted(it) == "property" for _, one in family.methods[name] for it in one.decorator_list)  # type: ignore[attr-defined]
        above = tree.parents[node]
        if not property_ and not (isinstance(above, ast.Call) and above.func is node):
            yield f"{name} reads it, and is handed on at {tree.place(node)}"
        elif caller != own and family.reaches(caller, own):
            yield f"{name} reads it, and {caller} may call it after {own} ({tree.place(node)})"
    yield from [f"{name} reads it, and is named in a text at {place}" for place in _by_name(project, name)]
