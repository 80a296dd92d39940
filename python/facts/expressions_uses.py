"""What is done with an object through a name: read, changed, handed on, kept."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Sequence, Set, Tuple

from .expressions_tree import COMPREHENSIONS, Tree, full_name
from .purity import CALLS, METHODS
from .syntax import FUNCTIONS, dotted

CHANGING = set(
    """add append appendleft clear discard extend extendleft insert intersection_update difference_update pop popitem popleft
    remove reverse rotate setdefault sort symmetric_difference_update update write writelines close seek truncate fill resize
    __setitem__ __delitem__ __setattr__ move_to_end subtract put itemset partition_inplace""".split()
)
#: Builtins that run through an argument, read it, and keep nothing of it.
RUNNING: Set[Optional[str]] = set(
    "all any frozenset list max min set sorted sum tuple dict str.join collections.Counter heapq.nsmallest heapq.nlargest".split()
)
#: Builtins whose result runs through the argument later.
LAZY = set("enumerate filter iter map reversed zip itertools.chain itertools.islice".split())

Use = Dict[str, object]


def use(tree: Tree, node: ast.AST, how: str, what: str = "", deep: bool = False) -> Use:
    """A NameUse."""
    statement = tree.statement(node)
    line = node.lineno  # type: ignore[attr-defined]
    return {"file": tree.file, "line": line, "how": how, "deep": deep, "again": False, "what": what, "text": tree.short(statement)}


def slot(node: ast.AST) -> str:
    """The attribute, the constant key in brackets, or `[]` for any other item."""
    if isinstance(node, ast.Attribute):
        return node.attr
    index = getattr(node, "slice", None)
    return f"[{index.value!r}]" if isinstance(index, ast.Constant) else "[]"


def uses(tree: Tree, tops: List[ast.AST]) -> List[Use]:
    """One use for each occurrence, in the order of the text; loops over the object add what is done with its elements."""
    found: List[Tuple[Tuple[int, int], Use]] = []
    for top in tops:
        for one in classify(tree, top):
            found.append(((int(str(one["line"])), len(found)), one))
    return [one for _, one in sorted(found, key=lambda it: it[0])]


def classify(tree: Tree, top: ast.AST) -> List[Use]:
    """``top`` is a Name, or the attribute chain that stands for the object (``self.log``)."""
    ctx = getattr(top, "ctx", None)
    if isinstance(ctx, ast.Del):
        return [use(tree, top, "deleted")]
    if isinstance(ctx, ast.Store):
        above = tree.parents[top]
        return [use(tree, top, "changes", "augmented assignment")] if isinstance(above, ast.AugAssign) else []
    node, depth, what = climb(tree, top)
    above = tree.parents[node]
    if isinstance(node, (ast.Attribute, ast.Subscript)) and node is not top and not isinstance(node.ctx, ast.Load):
        if depth == 1 and what != "[]" and isinstance(node.ctx, ast.Store):
            return [use(tree, top, "sets-attribute", what)]
        return [use(tree, top, "changes", what, depth > 1)]
    if isinstance(above, ast.Call) and above.func is node and depth:
        return [_method(tree, top, node, depth)]
    return _value(tree, top, node, depth, what)


def climb(tree: Tree, top: ast.AST) -> Tuple[ast.AST, int, str]:
    """Up through attributes, items and expressions that only hand the object on."""
    node, depth, what = top, 0, ""
    while True:
        above = tree.parents[node]
        if isinstance(above, (ast.Attribute, ast.Subscript)) and above.value is node:
            what = what or slot(above)
            depth += 1
        elif isinstance(above, (ast.Starred, ast.NamedExpr)) or (isinstance(above, ast.BoolOp) and not is_test(tree, above)):
            pass
        elif isinstance(above, ast.IfExp) and above.test is not node:
            pass
        else:
            return node, depth, what
        node = above


def _method(tree: Tree, top: ast.AST, node: ast.AST, depth: int) -> Use:
    name = node.attr if isinstance(node, ast.Attribute) else "[]"
    if name in CHANGING:
        return use(tree, top, "changes", name, depth > 1)
    if name in METHODS:
        return use(tree, top, "reads", name, depth > 1)
    return use(tree, top, "passed", name, depth > 1)


def _value(tree: Tree, top: ast.AST, node: ast.AST, depth: int, what: str) -> List[Use]:
    above = tree.parents[node]
    deep = depth > 0
    if isinstance(above, ast.keyword):
        above = tree.parents[above]
    if isinstance(above, ast.Call):
        return _argument(tree, top, node, above, deep, what)
    if isinstance(above, (ast.For, ast.AsyncFor)) and above.iter is node:
        return [use(tree, top, "iterates", what, deep)] + elements(tree, above.target, above.body)
    if isinstance(above, ast.comprehension) and above.iter is node:
        return [use(tree, top, "iterates", what, deep)] + elements(tree, above.target, [tree.parents[above]])
    if isinstance(above, ast.Compare) and any(isinstance(it, (ast.Is, ast.IsNot)) for it in above.ops):
        both = [above.left] + above.comparators
        constant = any(isinstance(it, ast.Constant) for it in both)
        return [use(tree, top, "reads" if constant or deep else "identity", what, deep)]
    if isinstance(above, (ast.Return, ast.Yield, ast.YieldFrom, ast.Await)) or isinstance(above, ast.Lambda):
        return [use(tree, top, "returned", what, deep)]
    if isinstance(above, (ast.Assign, ast.AnnAssign)) and above.value is node:
        targets = above.targets if isinstance(above, ast.Assign) else [above.target]
        plain = all(isinstance(it, ast.Name) for it in targets)
        return [use(tree, top, "aliased" if plain else "stored", what, deep)]
    if isinstance(above, (ast.List, ast.Tuple, ast.Set, ast.Dict)) or (isinstance(above, COMPREHENSIONS)):
        return [use(tree, top, "stored", what, deep)]
    if isinstance(above, ast.AugAssign) and not deep:
        return [use(tree, top, "iterates", "augmented assignment", deep)]
    if isinstance(above, (ast.With, ast.AsyncWith, ast.withitem, ast.Raise)):
        return [use(tree, top, "passed", what, deep)]
    return [use(tree, top, "reads", what, deep)]


def _argument(tree: Tree, top: ast.AST, node: ast.AST, call: ast.Call, deep: bool, what: str) -> List[Use]:
    name = full_name(tree, call.func)
    if name == "len":
        return [use(tree, top, "length", what, deep)]
    if name in RUNNING:
        kept = [use(tree, top, "stored", name or "", True)] if name in ("list", "tuple", "set", "sorted", "dict", "min", "max") else []
        return [use(tree, top, "iterates", what, deep)] + kept
    if name in LAZY:
        target = tree.parents[call]
        if isinstance(target, (ast.For, ast.AsyncFor)) and target.iter is call:
            return [use(tree, top, "iterates", what, deep)] + elements(tree, target.target, target.body)
        if isinstance(target, ast.comprehension) and target.iter is call:
            return [use(tree, top, "iterates", what, deep)] + elements(tree, target.target, [tree.parents[target]])
        return [use(tree, top, "passed", name or "", deep)]
    if name in CALLS or name == "print":
        return [use(tree, top, "reads", name or what, deep)]
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("append", "add", "appendleft", "insert", "put", "setdefault"):
        return [use(tree, top, "stored", call.func.attr, deep)]
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("extend", "update", "join", "writelines", "writerows"):
        return [use(tree, top, "iterates", call.func.attr, deep), use(tree, top, "stored", call.func.attr, True)]
    return [use(tree, top, "passed", dotted(call.func) or "a call", deep)]


def elements(tree: Tree, target: ast.AST, body: Sequence[ast.AST]) -> List[Use]:
    """What a loop does with the elements: uses of something inside of the iterated object."""
    names = {it.id for it in ast.walk(target) if isinstance(it, ast.Name)}
    found: List[Use] = []
    for statement in body:
        for it in ast.walk(statement):
            if isinstance(it, ast.Name) and it.id in names and isinstance(it.ctx, ast.Load) and it is not target:
                for one in classify(tree, it):
                    found.append({**one, "deep": True})
    return [one for one in found if one["how"] not in ("reads", "length")]


def is_test(tree: Tree, node: ast.AST) -> bool:
    """The value is only asked for its truth."""
    above: Optional[ast.AST] = tree.parents.get(node)
    while isinstance(above, (ast.BoolOp, ast.UnaryOp)):
        node, above = above, tree.parents.get(above)
    return isinstance(above, (ast.If, ast.While, ast.IfExp, ast.Assert, ast.comprehension)) and node is not getattr(above, "iter", None)


def local_names(tree: Tree, function: ast.AST, name: str) -> List[ast.Name]:
    """Occurrences of a local of the function, those in functions defined in it included."""
    return [it for it in ast.walk(function) if isinstance(it, ast.Name) and it.id == name]


def is_local(function: Optional[ast.AST], name: str) -> bool:
    """The name is the function's own: bound in it, not declared global or nonlocal."""
    if function is None or not isinstance(function, FUNCTIONS):
        return False
    bound = any(isinstance(it, ast.Name) and it.id == name and not isinstance(it.ctx, ast.Load) for it in ast.walk(function))
    foreign = any(isinstance(it, (ast.Global, ast.Nonlocal)) and name in it.names for it in ast.walk(function))
    return (bound or parameter(function, name)) and not foreign


def parameter(function: ast.AST, name: str) -> bool:
    spec = getattr(function, "args", None)
    if not isinstance(spec, ast.arguments):
        return False
    named = list(spec.args) + list(spec.kwonlyargs) + list(getattr(spec, "posonlyargs", []))
    return any(it.arg == name for it in named)


def captured(tree: Tree, function: ast.AST, name: str) -> Optional[ast.AST]:
    """A function or lazy generator inside that uses the name and may run later."""
    for it in local_names(tree, function, name):
        scope = tree.function(it)
        if scope is not function and scope is not None:
            return it
        for above in tree.up(it):
            if above is function:
                break
            if isinstance(above, ast.GeneratorExp) and not any(it is low for low in ast.walk(above.generators[0].iter)):
                taker = tree.parents[above]
                if not (isinstance(taker, ast.Call) and full_name(tree, taker.func) in RUNNING):
                    return it
    return None


PEEKING = {"locals", "vars", "dir", "eval", "exec", "breakpoint"}


def peeks(function: ast.AST) -> Optional[str]:
    """Code in the function that sees its locals by other ways than their names."""
    for it in ast.walk(function):
        if isinstance(it, ast.Call) and isinstance(it.func, ast.Name) and it.func.id in PEEKING:
            if not (it.func.id in ("vars", "dir") and it.args):
                return f"{it.func.id}() in line {it.lineno}"
        if isinstance(it, ast.Attribute) and it.attr in ("_getframe", "currentframe"):
            return f"{it.attr} in line {it.lineno}"
    return None
