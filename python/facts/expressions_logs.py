"""Containers that are created empty and grow: where they grow, and everything else the project does with them."""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Sequence, Tuple

from .expressions_project import Project
from .expressions_tree import Tree, full_name
from .expressions_uses import Use, captured, classify, is_local, local_names, use
from .purity import Purity
from .syntax import FUNCTIONS, dotted

GROWING = {"append": False, "appendleft": False, "add": False, "extend": True, "extendleft": True, "update": True, "setdefault": False}
EMPTY_CALLS = {"list", "dict", "set", "collections.deque", "collections.defaultdict", "collections.OrderedDict", "bytearray"}
SEEING_ALL = {"vars", "globals", "asdict", "astuple", "getattr", "dir"}


def containers(tree: Tree, project: Project, purity: Purity) -> List[Dict[str, object]]:
    """GrowingContainer of every container of the file that grows somewhere."""
    found = [_globals(tree, project, purity), _attributes(tree, project, purity), _locals(tree, purity)]
    return [one for group in found for one in group if one["growths"]]


def is_empty(tree: Tree, value: Optional[ast.AST]) -> bool:
    """``[]``, ``{}``, ``set()``, ``deque(maxlen=9)``, ``defaultdict(list)``: nothing in it yet."""
    if isinstance(value, ast.List):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    if isinstance(value, ast.Call) and full_name(tree, value.func) in EMPTY_CALLS:
        return not value.args or (full_name(tree, value.func) == "collections.defaultdict" and len(value.args) == 1)
    return False


def _binding(tree: Tree, node: ast.AST) -> Optional[Tuple[ast.AST, Optional[ast.AST]]]:
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        return node.targets[0], node.value
    if isinstance(node, ast.AnnAssign):
        return node.target, node.value
    return None


def _globals(tree: Tree, project: Project, purity: Purity) -> List[Dict[str, object]]:
    created = _created(tree, tree.module.body)
    result = []
    for name, node in created.items():
        tops: List[Tuple[Tree, ast.AST]] = []
        for it in tree.nodes:
            if isinstance(it, ast.Name) and it.id == name and not _shadowed(tree, it):
                tops.append((tree, it))
        for other, top in project.attributes.get(name, []):
            if (dotted(top.value) or "").partition(".")[0] in other.imports:
                tops.append((other, top))
        abroad, unclear = _imported(tree, project, name)
        growths, uses = _sort(tops + abroad, purity)
        uses += unclear
        uses += _mentions(project, name) + _seen_whole(tree, tree.module, ("globals", "vars", "dir"))
        result.append(_container(tree, "global", _module(tree), name, node, None, growths, uses))
    return result


def _imported(tree: Tree, project: Project, name: str) -> Tuple[List[Tuple[Tree, ast.AST]], List[Use]]:
    """The name's occurrences in files that import it from this module; imports that hand it on count as uses."""
    tops: List[Tuple[Tree, ast.AST]] = []
    unclear: List[Use] = []
    for other, statement in project.imported.get(name, []):
        direct = (statement.module or "").rpartition(".")[2] == _module(tree).rpartition(".")[2]
        if not direct or other.file.endswith("__init__.py") or other is tree:
            unclear.append(use(other, statement, "named", "import"))
            continue
        alias = next(it.asname or it.name for it in statement.names if it.name == name)
        tops += [(other, it) for it in other.nodes if isinstance(it, ast.Name) and it.id == alias and not _shadowed(other, it)]
    return tops, unclear


def _created(tree: Tree, body: List[ast.stmt]) -> Dict[str, ast.AST]:
    """Names that a module or class body binds to an empty container."""
    created: Dict[str, ast.AST] = {}
    for node in body:
        bound = _binding(tree, node)
        if bound and isinstance(bound[0], ast.Name) and is_empty(tree, bound[1]) and not bound[0].id.startswith("__"):
            created.setdefault(bound[0].id, node)
    return created


def _shadowed(tree: Tree, name: ast.Name) -> bool:
    scope = tree.function(name)
    while scope is not None:
        if isinstance(scope, FUNCTIONS) and is_local(scope, name.id):
            return True
        scope = tree.function(scope)
    return False


def _attributes(tree: Tree, project: Project, purity: Purity) -> List[Dict[str, object]]:
    result = []
    for cls in [it for it in tree.nodes if isinstance(it, ast.ClassDef)]:
        created: Dict[str, Tuple[str, ast.AST]] = {name: ("class-attribute", node) for name, node in _created(tree, cls.body).items()}
        for node in ast.walk(cls):
            bound = _binding(tree, node)
            if bound and isinstance(bound[0], ast.Attribute) and isinstance(bound[0].value, ast.Name) and bound[0].value.id == "self":
                if is_empty(tree, bound[1]):
                    created.setdefault(bound[0].attr, ("instance-attribute", node))
        for name, (kind, node) in created.items():
            tops = [(other, top) for other, top in project.attributes.get(name, []) if not _of_others(other, top, cls, project)]
            growths, uses = _sort([pair for pair in tops if _receiver_known(pair[1], cls)], purity)
            for other, top in tops:
                if not _receiver_known(top, cls):
                    uses += classify(other, top) or [use(other, top, "changes", "assignment")]
            for it in ast.walk(cls):
                if isinstance(it, ast.Name) and it.id == name and tree.owner(it) is cls and isinstance(it.ctx, ast.Load):
                    uses.append(use(tree, it, "reads"))
            uses += _mentions(project, name) + _seen_whole(tree, cls, tuple(SEEING_ALL))
            if kind == "instance-attribute":
                uses += _dumped(tree, project, cls)
            owner = f"{_module(tree)}:{tree.qualname(cls)}"
            result.append(_container(tree, kind, owner, name, node, _foreign_base(tree, project, cls), growths, uses))
    return result


def _receiver_known(top: ast.AST, cls: ast.ClassDef) -> bool:
    """`self.name`, `cls.name`, `Class.name`."""
    value = getattr(top, "value", None)
    return isinstance(value, ast.Name) and value.id in ("self", "cls", cls.name)


def _of_others(tree: Tree, top: ast.AST, cls: ast.ClassDef, project: Project) -> bool:
    """`self.name` inside a class that is neither this one nor related to it."""
    value = getattr(top, "value", None)
    if not (isinstance(value, ast.Name) and value.id in ("self", "cls")):
        return False
    around = next((it for it in tree.up(top) if isinstance(it, ast.ClassDef)), None)
    if around is None or around is cls:
        return around is None
    return not (_related(around, cls, project) or _related(cls, around, project))


def _related(cls: ast.ClassDef, base: ast.ClassDef, project: Project, depth: int = 0) -> bool:
    names = [(dotted(it) or "").rpartition(".")[2] for it in cls.bases]
    deeper = [node for name in names for _, node in project.classes.get(name, [])]
    return base.name in names or (depth < 20 and any(_related(it, base, project, depth + 1) for it in deeper if it is not cls))


def _locals(tree: Tree, purity: Purity) -> List[Dict[str, object]]:
    result = []
    for function in [it for it in tree.nodes if isinstance(it, FUNCTIONS)]:
        names: Dict[str, ast.AST] = {}
        for node in ast.walk(function):
            bound = _binding(tree, node)
            if bound and isinstance(bound[0], ast.Name) and is_empty(tree, bound[1]) and tree.function(node) is function:
                names.setdefault(bound[0].id, node)
        for name, node in names.items():
            if not is_local(function, name):
                continue
            growths, uses = _sort([(tree, it) for it in local_names(tree, function, name)], purity)
            hidden = captured(tree, function, name)
            if hidden is not None:
                uses.append(use(tree, hidden, "captured"))
            result.append(_container(tree, "local", tree.qualname(function), name, node, None, growths, uses))
    return result


def _container(tree, kind, owner, name, node, base, growths, uses) -> Dict[str, object]:  # type: ignore[no-untyped-def]
    exported = any(it["how"] == "named" and it["what"] == "__all__" for it in uses)
    return {
        "kind": kind,
        "owner": owner,
        "name": name,
        "function": tree.reference(tree.owner(node)),
        "line": node.lineno,
        "private": kind == "local" or name.startswith("_") or any(it.startswith("_") for it in owner.rpartition(":")[2].split(".") if ":" in owner),
        "exported": exported,
        "foreignBase": base,
        "growths": growths,
        "uses": uses,
    }


def _sort(tops: List[Tuple[Tree, ast.AST]], purity: Purity) -> Tuple[List[Dict[str, object]], List[Use]]:
    """Each occurrence is growth, harmless (created or emptied), or a use."""
    growths: List[Dict[str, object]] = []
    uses: List[Use] = []
    for tree, top in tops:
        statement = tree.statement(top)
        grown = _growth(tree, top, statement, purity)
        if grown:
            growths.append(grown)
        elif not _harmless(tree, top, statement):
            uses += classify(tree, top) or [use(tree, top, "aliased")]
    return growths, uses


def _harmless(tree: Tree, top: ast.AST, statement: ast.stmt) -> bool:
    bound = _binding(tree, statement)
    if bound and bound[0] is top:
        return bound[1] is None or is_empty(tree, bound[1])
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and isinstance(statement.value.func, ast.Attribute):
        return statement.value.func.value is top and statement.value.func.attr == "clear"
    return False


def _growth(tree: Tree, top: ast.AST, statement: ast.stmt, purity: Purity) -> Optional[Dict[str, object]]:
    method, arguments, runs = _grows(top, statement)
    if method is None:
        return None
    effects: List[str] = []
    raises: List[str] = []
    for argument in arguments:
        more, risks = purity.judge(tree, argument)
        effects += more
        raises += risks
    lost = next((it for it in (purity.consumes(tree, argument) for argument in arguments[-1:]) if it), None) if runs else None
    block = tree.block(statement)
    return {
        **tree.site(statement),
        "file": tree.file,
        "method": method,
        "argument": ", ".join(tree.source.text(it) for it in arguments),
        "effects": effects,
        "raises": raises,
        "consumes": lost,
        "lines": whole_lines(tree, statement),
        "block": tree.source.span(block[0])[0],
        "blockSize": len(block),
    }


def _grows(top: ast.AST, statement: ast.stmt) -> Tuple[Optional[str], Sequence[ast.AST], bool]:
    """Method (or `[]=`, `+=`), its argument expressions, and whether it runs through the last one."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if isinstance(call.func, ast.Attribute) and call.func.value is top and call.func.attr in GROWING:
            if not any(isinstance(it, ast.Starred) for it in call.args):
                return call.func.attr, list(call.args) + [it.value for it in call.keywords], GROWING[call.func.attr]
    if isinstance(statement, ast.AugAssign) and statement.target is top and isinstance(statement.op, (ast.Add, ast.BitOr)):
        return "+=", [statement.value], True
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Subscript) and target.value is top and not isinstance(target.slice, ast.Slice):
            return "[]=", [target.slice, statement.value], False
    return None, [], False


def whole_lines(tree: Tree, statement: ast.stmt) -> Optional[List[int]]:
    """The statement's lines with their newline; None where another statement stands on them."""
    source = tree.source
    start, end = source.span(statement)
    first = source.line_start(statement.lineno)
    last = source.line_start(statement.end_lineno + 1) if statement.end_lineno else end  # type: ignore[operator]
    before = source.raw[first:start].strip()
    after = source.raw[end:last].split(b"#")[0].strip()
    return [first, last] if not before and not after else None


def _mentions(project: Project, name: str) -> List[Use]:
    """Texts that name it: `__all__`, `getattr(x, "name")`, `mock.patch("module.name")`."""
    found = []
    for tree, node in project.texts.get(name, []):
        if isinstance(tree.parents.get(node), ast.Expr):
            continue
        statement = tree.statement(node)
        listed = isinstance(statement, (ast.Assign, ast.AugAssign)) and "__all__" in tree.short(statement)
        found.append(use(tree, node, "named", "__all__" if listed else "text"))
    return found


def _seen_whole(tree: Tree, scope: ast.AST, calls: Tuple[str, ...]) -> List[Use]:
    """Code in the module or class that sees all names at once."""
    found = []
    for it in ast.walk(scope):
        if isinstance(it, ast.Call):
            name = (dotted(it.func) or "").rpartition(".")[2]
            constant = name == "getattr" and len(it.args) > 1 and isinstance(it.args[1], ast.Constant)
            if name in calls and not constant:
                found.append(use(tree, it, "dynamic", f"{name}()"))
        elif isinstance(it, ast.Attribute) and it.attr == "__dict__":
            found.append(use(tree, it, "dynamic", "__dict__"))
    return found


def _dumped(tree: Tree, project: Project, cls: ast.ClassDef) -> List[Use]:
    """Code anywhere that takes all attributes of some object at once, which may be one of the class."""
    found = []
    inside = set(map(id, ast.walk(cls)))
    for other, node in project.attributes.get("__dict__", []):
        if id(node) not in inside and not _of_others(other, node, cls, project):
            found.append(use(other, node, "dynamic", "__dict__"))
    for name in ("vars", "asdict"):
        for other, named in project.names.get(name, []):
            call = other.parents[named]
            if id(named) in inside or not (isinstance(call, ast.Call) and call.func is named and call.args):
                continue
            argument = call.args[0]
            own = isinstance(argument, ast.Name) and argument.id == "self"
            around = next((it for it in other.up(named) if isinstance(it, ast.ClassDef)), None)
            if not own or around is None or _related(around, cls, project) or _related(cls, around, project):
                found.append(use(other, named, "dynamic", f"{name}()"))
    return found


def _foreign_base(tree: Tree, project: Project, cls: ast.ClassDef, depth: int = 0) -> Optional[str]:
    for base in cls.bases:
        name = dotted(base) or tree.short(base)
        if name == "object":
            continue
        found = project.classes.get(name.rpartition(".")[2], [])
        if not found:
            return name
        for other, node in found:
            deeper = _foreign_base(other, project, node, depth + 1) if node is not cls and depth < 20 else None
            if deeper:
                return deeper
    return None


def _module(tree: Tree) -> str:
    """Dotted name from the file's path, `src/` taken off; census owners end with it."""
    parts = tree.file[:-3].split("/") if tree.file.endswith(".py") else tree.file.split("/")
    if parts and parts[0] == "src":
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
