"""Arrays that a function makes for itself and computes anew from themselves: ``x = x * 2.0`` where ``x *= 2.0`` needs no second array."""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Optional, Set, Tuple

from .expressions_tree import Tree, at, full_name, position
from .expressions_uses import captured, parameter, peeks
from .syntax import FUNCTIONS, LOOPS, own_nodes

OPERATORS: Dict[type, str] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/=", ast.FloorDiv: "//=", ast.Pow: "**="}
#: Functions of numpy that compute each element of one array, and can put it into the array that they are given.
ELEMENTWISE = set("sqrt exp exp2 expm1 log log2 log10 log1p abs absolute fabs negative square sin cos tan tanh floor ceil rint trunc sign reciprocal".split())
MAKERS = set(
    """zeros ones empty full zeros_like ones_like empty_like full_like arange linspace array copy concatenate stack vstack hstack
    column_stack where tile repeat dot matmul outer add subtract multiply divide true_divide power maximum minimum clip cumsum meshgrid
    random.rand random.randn random.random random.normal random.uniform random.randint""".split()
)
#: What gives a number, or an array of its own, and keeps no view of what it is given.
MEASURES = set(
    """sum mean max min amax amin std var median any all argmax argmin count_nonzero prod ptp percentile quantile isnan isfinite isinf
    allclose array_equal""".split()
)
METHODS = {"sum", "mean", "max", "min", "std", "var", "any", "all", "argmax", "argmin", "prod", "copy", "tolist", "tobytes", "item"}
PROPERTIES = {"shape", "size", "ndim", "dtype", "nbytes"}
BUILTINS = {"len", "float", "int", "print", "abs", "bool"}
SIZED = METHODS - {"copy", "tolist", "tobytes"} | {"percentile", "median"}


def in_place(tree: Tree) -> List[Dict[str, object]]:
    """InPlaceSite of every statement that gives an array's name its own elementwise result."""
    if "numpy" not in {it.split(".")[0] for it in tree.imports.values()}:
        return []
    found = []
    for function in [it for it in tree.nodes if isinstance(it, FUNCTIONS)]:
        for node in own_nodes(function):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                one = _site(tree, function, node, node.targets[0].id)
                if one is not None:
                    found.append(one)
    return found


def _site(tree: Tree, function: ast.AST, statement: ast.Assign, name: str) -> Optional[Dict[str, object]]:
    value = statement.value
    operand: Optional[ast.AST] = None
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == name:
        rest = _behind(tree, value)
        operand, other = value.left if rest else None, value.right
        text = f"{name} {rest}"
    elif isinstance(value, ast.Call):
        operand, other = _innermost(tree, value, name), None
        text = _put_out(tree, value, name) if operand is not None else ""
    if operand is None:
        return None
    return {
        **tree.site(statement),
        "name": name,
        "operandAt": at(operand),
        "resultAt": at(value),
        "written": text,
        "blockers": list(_blockers(tree, function, statement, name, other)),
    }


def _innermost(tree: Tree, value: ast.AST, name: str) -> Optional[ast.AST]:
    """The name in ``np.sqrt(np.abs(x))``: elementwise functions of one argument and no options, one around the other."""
    if isinstance(value, ast.Name):
        return value if value.id == name else None
    if isinstance(value, ast.Call) and _numpy(tree, value) in ELEMENTWISE and len(value.args) == 1 and not value.keywords:
        return _innermost(tree, value.args[0], name)
    return None


def _put_out(tree: Tree, value: ast.AST, name: str) -> str:
    if not isinstance(value, ast.Call):
        return name
    return f"{tree.source.text(value.func)}({_put_out(tree, value.args[0], name)}, out={name})"


def _behind(tree: Tree, value: ast.BinOp) -> Optional[str]:
    """`*= 2.0` for what stands behind the left side in ``x * 2.0``, brackets included."""
    operator = OPERATORS.get(type(value.op))
    text = tree.source.raw[tree.source.span(value.left)[1] : tree.source.span(value)[1]].decode(tree.source.encoding).strip()
    if operator is None or not text.startswith(operator[:-1]):
        return None
    other = text[len(operator) - 1 :].strip()
    return f"{operator} ({other})" if "\n" in other else f"{operator} {other}"


def _numpy(tree: Tree, call: ast.Call) -> str:
    """`sqrt` of ``np.sqrt(…)``; empty for anything else."""
    name = full_name(tree, call.func) or ""
    return name[len("numpy.") :] if name.startswith("numpy.") else ""


def _blockers(tree: Tree, function: ast.AST, statement: ast.Assign, name: str, other: Optional[ast.AST]) -> Iterator[str]:
    if any(name in it.names for it in ast.walk(function) if isinstance(it, (ast.Global, ast.Nonlocal))):
        yield f"{name} is no array of the function's own"
    if peeks(function) or captured(tree, function, name):
        yield f"others may see {name}: the function looks at its locals, or one inside of it uses them"
    made = _made(tree, statement, name)
    if made is None and parameter(function, name):
        yield f"{name} may be the caller's array"
    for node in [it for it in own_nodes(function) if isinstance(it, ast.Name) and it.id == name]:
        above = tree.parents[node]
        if isinstance(node.ctx, ast.Store):
            assigned = isinstance(above, ast.Assign) and len(above.targets) == 1 and _fresh(tree, above.value)
            if (made is None or above is made) and not assigned and not isinstance(above, ast.AugAssign):
                yield f"{name} may be somebody else's array, by line {node.lineno}"
        elif _before(tree, node, statement, made) and not _lets_go(tree, node):
            yield f"another name may mean the same array, by line {node.lineno}"
    if other is not None and not _number(tree, function, other, set()):
        yield f"{tree.short(other)} may have more dimensions than {name}"


def _fresh(tree: Tree, value: ast.AST) -> bool:
    """A new array whenever it is evaluated."""
    if isinstance(value, (ast.BinOp, ast.UnaryOp)):
        return True
    if not isinstance(value, ast.Call):
        return False
    if _numpy(tree, value) in MAKERS | ELEMENTWISE:
        return not any(it.arg in ("out", "copy", "where", None) for it in value.keywords)
    method = value.func.attr if isinstance(value.func, ast.Attribute) else ""
    return (method == "astype" and not any(it.arg in ("copy", None) for it in value.keywords)) or (method == "copy" and not value.args)


def _made(tree: Tree, statement: ast.stmt, name: str) -> Optional[ast.Assign]:
    """The assignment in the same block that surely made the array which the statement meets; None where that is not so plain."""
    block = tree.block(statement)
    for earlier in reversed(block[: block.index(statement)]):
        if any(isinstance(it, ast.Name) and it.id == name and not isinstance(it.ctx, ast.Load) for it in ast.walk(earlier)):
            if isinstance(earlier, ast.AugAssign):
                continue
            plain = isinstance(earlier, ast.Assign) and len(earlier.targets) == 1 and isinstance(earlier.targets[0], ast.Name)
            return earlier if plain else None  # type: ignore[return-value]
    return None


def _before(tree: Tree, node: ast.AST, statement: ast.stmt, made: Optional[ast.stmt]) -> bool:
    """It may meet the array before the statement does: it stands between its making and there, or in a loop around both."""
    if made is not None:
        return (made.end_lineno or made.lineno) < node.lineno and position(node) < position(statement)  # type: ignore[attr-defined]
    if position(node) < position(statement):
        return True
    loops = [it for it in tree.loops(statement) if isinstance(it, LOOPS)]
    return any(above in loops for above in tree.up(node))


def _lets_go(tree: Tree, node: ast.AST) -> bool:
    """The use computes from the array and keeps nothing of it."""
    above = tree.parents[node]
    if isinstance(above, ast.Subscript) and above.value is node:
        if not isinstance(above.ctx, ast.Load):
            return True
        node, above = above, tree.parents[above]
    if isinstance(above, ast.Return) or (isinstance(above, ast.Tuple) and isinstance(tree.parents[above], ast.Return)):
        return not any(isinstance(it, ast.Try) for it in tree.up(node))
    if isinstance(above, (ast.BinOp, ast.UnaryOp, ast.Compare)):
        return not (isinstance(above, ast.Compare) and any(isinstance(it, (ast.Is, ast.IsNot)) for it in above.ops))
    if isinstance(above, ast.AugAssign):
        return True
    if isinstance(above, ast.Attribute):
        call = tree.parents[above]
        called = isinstance(call, ast.Call) and call.func is above
        if called and above.attr == "astype":
            return not any(it.arg in ("copy", None) for it in call.keywords)  # type: ignore[attr-defined]
        return above.attr in (METHODS if called else PROPERTIES) and not (called and any(it.arg == "out" for it in call.keywords))  # type: ignore[attr-defined]
    if isinstance(above, ast.Call) and node in above.args:
        taken = full_name(tree, above.func) in BUILTINS or _numpy(tree, above) in ELEMENTWISE | MEASURES | MAKERS
        return taken and not any(it.arg in ("out", "copy", None) for it in above.keywords)
    return False


def _number(tree: Tree, function: ast.AST, node: ast.AST, asked: Set[str]) -> bool:
    """A plain number: constants, reductions to one, and locals and arithmetic of such."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    if isinstance(node, ast.UnaryOp):
        return _number(tree, function, node.operand, asked)
    if isinstance(node, ast.BinOp):
        return _number(tree, function, node.left, asked) and _number(tree, function, node.right, asked)
    if isinstance(node, ast.Call):
        if any(it.arg in ("axis", "keepdims", "out", None) for it in node.keywords):
            return False
        if full_name(tree, node.func) in ("len", "float", "int"):
            return True
        if _numpy(tree, node) in SIZED:
            return len(node.args) == 1
        return isinstance(node.func, ast.Attribute) and node.func.attr in SIZED and not node.args and full_name(tree, node.func) not in tree.imports
    if isinstance(node, ast.Name) and node.id not in asked:
        bound = [it for it in own_nodes(function) if isinstance(it, ast.Name) and it.id == node.id and not isinstance(it.ctx, ast.Load)]
        values: List[Tuple[ast.AST, Optional[ast.AST]]] = [(it, getattr(tree.parents[it], "value", None)) for it in bound]
        plain = bound and not parameter(function, node.id) and all(isinstance(tree.parents[it], ast.Assign) for it in bound)
        return bool(plain) and all(value is not None and _number(tree, function, value, {*asked, node.id}) for _, value in values)
    return False
