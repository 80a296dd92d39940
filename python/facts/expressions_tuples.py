"""Tuples and frozen sets that a loop makes inside one call of a function: where equal ones could be kept once."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Dict, List, Optional, Set, Tuple

from .expressions_family import last_name
from .expressions_identity import compared_by_identity
from .expressions_project import Project
from .expressions_tree import COMPREHENSIONS, Tree, full_name, imports, rebound
from .expressions_uses import peeks
from .syntax import FUNCTIONS, LOOPS, dotted

#: Where a tuple goes as soon as it is made.
PASSING = (ast.Compare, ast.Subscript, ast.For, ast.AsyncFor, ast.comprehension, ast.BinOp, ast.ExceptHandler, ast.Starred, ast.arguments)
TABLES = ("shared", "shared_values")
VALUES = ("same", "same_value")
#: What a condition on a value's types is written with.
WORDS = {"type", "map", "abs", "str", "bytes", "int", "bool", "float"}
#: Builtins whose result is exactly of one type, whatever they are given.
EXACT = {"int": "int", "float": "float", "len": "int", "ord": "int", "bool": "bool", "isinstance": "bool", "chr": "str"}
TEXT_METHODS = set("capitalize casefold center expandtabs format join ljust lower lstrip replace rjust rstrip strip swapcase title upper zfill".split())


def tuples(tree: Tree, project: Project) -> List[Dict[str, object]]:
    """TupleSite of every tuple display, ``tuple(…)`` and ``frozenset(…)`` of a function that may outlive its statement."""
    found = [(node, form) for node in tree.nodes for form in [_form(tree, project, node)] if form is not None]
    asked = compared_by_identity(project) if found else None
    scopes: Dict[ast.AST, _Scope] = {}
    module = _of_module(tree) if found else set()
    for node, _ in found:
        outermost = [it for it in tree.up(node) if isinstance(it, FUNCTIONS + (ast.Lambda,))][-1]
        if outermost not in scopes:
            scopes[outermost] = _Scope(outermost, module)
        scopes[node] = scopes[outermost]
    return [_site(tree, node, form, scopes[node], asked) for node, form in found]


class _Scope:
    """The names in an outermost function: two that are free, the builtins that are hidden, and what looks at its locals."""

    def __init__(self, function: ast.AST, module: Set[str]) -> None:
        inside = list(ast.walk(function))
        own = rebound(inside) | set(imports(inside))
        taken = own | {it.id for it in inside if isinstance(it, ast.Name)}
        table = next((it for it in TABLES if it not in taken), None)
        value = next((it for it in VALUES if it not in taken), None)
        self.names = None if table is None or value is None else {"table": table, "value": value}
        self.hidden = sorted(WORDS & (module | own))
        self.peeks = peeks(function)


def _of_module(tree: Tree) -> Set[str]:
    """Names that the module binds outside of all functions and classes."""
    waiting: List[ast.AST] = [tree.module]
    found: List[ast.AST] = []
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, FUNCTIONS + (ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return rebound(found) | set(tree.imports)


def _form(tree: Tree, project: Project, node: ast.AST) -> Optional[str]:
    if isinstance(node, ast.Call) and tree.function(node) is not None:
        name = full_name(tree, node.func)
        if name in ("tuple", "frozenset"):
            return name if len(node.args) == 1 and not node.keywords else None
        lost = _passes(tree, node) or isinstance(tree.parents[node], (ast.Expr, ast.Await))
        return "call" if not lost and last_name(node.func) in _makers(project) and _first(tree, node) is not None else None
    if not isinstance(node, ast.Tuple) or not isinstance(node.ctx, ast.Load) or all(isinstance(it, ast.Constant) for it in node.elts):
        return None
    return None if _passes(tree, node) or tree.function(node) is None else "display"


def _passes(tree: Tree, node: ast.AST) -> bool:
    """It is taken apart, or looked at, by the statement that it stands in."""
    above = tree.parents[node]
    unpacked = isinstance(above, ast.Assign) and any(isinstance(it, (ast.Tuple, ast.List)) for it in above.targets)
    return isinstance(above, PASSING) or unpacked


def _makers(project: Project) -> Set[str]:
    """Names of functions that give back a tuple or frozen set which they make."""
    if project.tuple_makers is None:
        project.tuple_makers = set()
        for tree in project.trees.values():
            for node in tree.nodes:
                value = node.value if isinstance(node, ast.Return) else None
                made = isinstance(value, ast.Tuple) or (isinstance(value, ast.Call) and dotted(value.func) in ("tuple", "frozenset"))
                function = tree.function(node) if made else None
                if isinstance(function, ast.FunctionDef):
                    project.tuple_makers.add(function.name)
    return project.tuple_makers


def _site(tree: Tree, node: ast.AST, form: str, scope: _Scope, asked: Optional[str]) -> Dict[str, object]:
    first, statement = _first(tree, node), tree.statement(node)
    return {
        **tree.site(node),
        "form": form,
        "callee": last_name(node.func) if isinstance(node, ast.Call) and form == "call" else None,
        "value": _value(tree, node),
        "items": _items(tree, node),
        "names": scope.names,
        "before": None if first is None else _line(tree, first),
        "statement": _line(tree, statement) if _may_come_before(tree, node, statement) else None,
        "blockers": _blockers(tree, node, first, scope, asked),
    }


def _line(tree: Tree, statement: ast.stmt) -> Dict[str, object]:
    return {"at": tree.source.line_start(statement.lineno), "indent": tree.source.indent(statement.lineno)}


def _begins_line(tree: Tree, statement: ast.stmt) -> bool:
    return not tree.source.raw[tree.source.line_start(statement.lineno) : tree.source.span(statement)[0]].strip()


def _may_come_before(tree: Tree, node: ast.AST, statement: ast.stmt) -> bool:
    """The expression can be evaluated in a statement of its own before this one: nothing but names is evaluated earlier in it."""
    if not _begins_line(tree, statement) or any(isinstance(it, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)) for it in ast.walk(node)):
        return False
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return statement.value is node and not isinstance(statement, ast.AnnAssign)
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Yield):
        return value.value is node
    if not isinstance(value, ast.Call) or node not in value.args or value.keywords:
        return False
    receiver = value.func.value if isinstance(value.func, ast.Attribute) else value.func
    earlier = [receiver, *value.args[: value.args.index(node)]]
    return all(isinstance(it, (ast.Name, ast.Constant)) for it in earlier)


def _items(tree: Tree, node: ast.AST) -> Optional[List[Optional[str]]]:
    if not isinstance(node, ast.Tuple) or any(isinstance(it, ast.Starred) for it in node.elts):
        return None
    return [_proven(tree, it) for it in node.elts]


def _proven(tree: Tree, node: ast.AST) -> Optional[str]:
    """The type that an expression has for certain, exactly; `constant` for one and the same value."""
    if isinstance(node, ast.Constant):
        return "constant"
    if isinstance(node, ast.JoinedStr):
        return "str" if len(node.values) > 1 else None  # a single value may have text of its own kind
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return "bool"
    if isinstance(node, ast.Compare) and all(isinstance(it, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for it in node.ops):
        return "bool"
    if isinstance(node, ast.IfExp):
        both = _proven(tree, node.body), _proven(tree, node.orelse)
        return both[0] if both[0] == both[1] != "constant" else None
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in TEXT_METHODS and _is_text(node.func.value):
            return "str"
        return EXACT.get(full_name(tree, node.func) or "")
    return None


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _value(tree: Tree, node: ast.AST) -> str:
    text = tree.source.text(node)
    return text if isinstance(node, ast.Call) or _bracketed(text) else f"({text})"


def _bracketed(text: str) -> bool:
    """One pair of brackets is around all of it: ``(a), (b)`` has none."""
    depth, closed = 0, False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP:
            if closed:
                return False
            depth += (token.string in "([{") - (token.string in ")]}")
            if depth == 0:
                if token.string != ")":
                    return False
                closed = True
        elif depth == 0 and token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING):
            return False
    return closed


def _first(tree: Tree, node: ast.AST) -> Optional[ast.stmt]:
    """The outermost loop around it in its function, or the statement of the comprehension that makes it many times."""
    found: Optional[ast.stmt] = None
    leaves = isinstance(tree.statement(node), ast.Return)  # no loop makes it twice
    below = node
    for above in tree.up(node):
        if isinstance(above, FUNCTIONS + (ast.Lambda, ast.ClassDef)):
            break
        if isinstance(above, LOOPS) and not leaves and below is not getattr(above, "iter", None) and below not in above.orelse:
            found = above  # type: ignore[assignment]
        elif isinstance(above, COMPREHENSIONS) and below is not above.generators[0]:
            found = tree.statement(above)
        below = above
    return found


def _blockers(tree: Tree, node: ast.AST, first: Optional[ast.stmt], scope: _Scope, asked: Optional[str]) -> List[str]:
    found: List[str] = []
    text, function = tree.short(node), tree.function(node)
    if not isinstance(function, FUNCTIONS):
        found.append(f"{text} is made in a lambda, where no table can be kept")
    elif first is None:
        found.append(f"{text} is made once in each call of {function.name}: no table of its values lives as long as they are made")
    elif not _begins_line(tree, first):
        found.append(f"other code stands on the line before the loop ({tree.file}:{first.lineno})")
    found += [it for it in _unwritable(tree, node) if it]
    if scope.peeks:
        found.append(f"the function looks at its own locals: {scope.peeks}")
    if scope.names is None:
        found.append(f"the function uses {' and '.join(TABLES)}, or {' and '.join(VALUES)}, for something else")
    if scope.hidden:
        found.append(f"{scope.hidden[0]} is no builtin there, so that a type could not be asked for")
    if asked is not None:
        found.append(f"whether two values are one object is asked at {asked}, where either may be a tuple")
    return found


def _unwritable(tree: Tree, node: ast.AST) -> Tuple[Optional[str], ...]:
    """``name := value`` may not stand in what a comprehension runs through, and not in text of an f-string that is read back."""
    below = node
    iterated = quoted = None
    for above in tree.up(node):
        if isinstance(above, ast.comprehension) and below is above.iter:
            iterated = "it stands in what a comprehension runs through, where no name can be given"
        if isinstance(above, ast.JoinedStr):
            quoted = "it stands inside of an f-string"
        if isinstance(above, ast.stmt):
            break
        below = above
    return iterated, quoted
