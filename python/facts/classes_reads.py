"""Reads of a defaultdict that create what they read, and everything that becomes of their results."""

from __future__ import annotations

import ast
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from .classes_one import origin, self_name
from .classes_project import Project
from .spans import Source
from .syntax import FUNCTIONS, dotted

READING = {"index", "count", "copy", "get", "keys", "values", "items", "isdisjoint", "issubset", "issuperset", "union", "intersection", "difference",
           "symmetric_difference", "__len__", "__contains__", "__iter__"}
MUTATING = {"append", "extend", "insert", "remove", "pop", "sort", "reverse", "clear", "add", "discard", "update", "setdefault", "popitem",
            "intersection_update", "difference_update", "symmetric_difference_update"}
BUILTINS = {"len", "list", "tuple", "set", "frozenset", "sorted", "any", "all", "sum", "min", "max", "enumerate", "reversed", "zip", "map", "filter", "dict",
            "bool", "str", "repr", "print", "isinstance", "type", "iter", "copy.copy", "copy.deepcopy", "json.dumps"}
FACTORIES = {"list": "list", "dict": "dict", "set": "set"}
LAZY = {"map", "filter", "zip", "enumerate", "reversed", "iter"}
DEPTH = 5


class Tree:
    """One file's tree with the way up from each node."""

    def __init__(self, source: Source, file: str) -> None:
        self.source = source
        self.file = file
        self.parents: Dict[int, ast.AST] = {}
        for node in ast.walk(source.tree):
            for child in ast.iter_child_nodes(node):
                self.parents[id(child)] = node

    def parent(self, node: ast.AST) -> ast.AST:
        return self.parents.get(id(node), self.source.tree)

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        while id(node) in self.parents:
            node = self.parents[id(node)]
            yield node

    def function(self, node: ast.AST) -> Optional[Any]:
        return next((n for n in self.up(node) if isinstance(n, (*FUNCTIONS, ast.Lambda))), None)

    def klass(self, function: ast.AST) -> Optional[ast.ClassDef]:
        """The class whose body holds the function."""
        parent = next((n for n in self.up(function) if isinstance(n, (*FUNCTIONS, ast.ClassDef, ast.Lambda))), None)
        return parent if isinstance(parent, ast.ClassDef) else None

    def statement(self, node: ast.AST) -> ast.stmt:
        return next(n for n in [node, *self.up(node)] if isinstance(n, ast.stmt))

    def qualname(self, node: ast.AST) -> str:
        """Of the innermost function or class around the node, in Python's own spelling."""
        parts: List[str] = []
        for n in [node, *self.up(node)] if isinstance(node, (*FUNCTIONS, ast.ClassDef)) else self.up(node):
            if isinstance(n, FUNCTIONS):
                parts = [n.name, *(["<locals>"] if parts else []), *parts]
            elif isinstance(n, ast.ClassDef):
                parts.insert(0, n.name)
        return ".".join(parts) or "<module>"


class Follower:
    """Follows the result of one read to all its uses in the project."""

    def __init__(self, project: Project, trees: Dict[str, Tree]) -> None:
        self.project = project
        self.trees = trees
        self.found: List[Dict[str, Any]] = []
        self.visited: Set[str] = set()

    def tree(self, file: str) -> Tree:
        if file not in self.trees:
            self.trees[file] = Tree(Source.read(self.project.paths[file]), file)
        return self.trees[file]

    def add(self, tree: Tree, node: ast.AST, kind: str, what: str, rewrite: Optional[Dict[str, Any]] = None) -> None:
        self.found.append({"file": tree.file, "line": node.lineno, "function": tree.qualname(node), "kind": kind, "what": what, "rewrite": rewrite})  # type: ignore[attr-defined]

    def result(self, tree: Tree, node: ast.AST, level: int, rewrite: Optional[Dict[str, Any]] = None) -> None:
        """``node`` is an expression that gives the container: what does its surrounding do with it?"""
        parent = tree.parent(node)
        if isinstance(parent, (ast.BoolOp, ast.Await)) or (isinstance(parent, ast.IfExp) and parent.test is not node):
            self.result(tree, parent, level)
        elif isinstance(parent, ast.Attribute):
            self._method(tree, node, parent, rewrite)
        elif isinstance(parent, ast.Subscript) and parent.value is node:
            kind = "read" if isinstance(parent.ctx, ast.Load) else "mutate"
            self.add(tree, node, kind, "an item is read" if kind == "read" else "an item is replaced or deleted", rewrite)
        elif isinstance(parent, ast.Call) and parent.func is not node:
            self._argument(tree, node, parent, level)
        elif isinstance(parent, ast.Compare):
            same = any(isinstance(op, (ast.Is, ast.IsNot)) for op in parent.ops) and not any(
                isinstance(c, ast.Constant) for c in [parent.left, *parent.comparators])
            self.add(tree, node, "other" if same else "read", "its identity is compared" if same else "it is compared")
        elif isinstance(parent, ast.Return):
            self._returned(tree, node, parent, level)
        elif isinstance(parent, ast.NamedExpr) and isinstance(parent.target, ast.Name):
            self._local(tree, parent.target.id, parent, level)
            self.result(tree, parent, level)
        elif isinstance(parent, (ast.Assign, ast.AnnAssign)):
            self._assigned(tree, node, parent, level)
        elif _only_read(parent, node):
            self.add(tree, node, "read", "it is only looked at")
        else:
            self.add(tree, node, "other", "it goes where it cannot be followed")

    def _method(self, tree: Tree, node: ast.AST, attribute: ast.Attribute, rewrite: Optional[Dict[str, Any]]) -> None:
        call = tree.parent(attribute)
        called = isinstance(call, ast.Call) and call.func is attribute
        if called and attribute.attr in READING:
            self.add(tree, node, "read", f".{attribute.attr}() reads it")
        elif called and attribute.attr in MUTATING:
            self.add(tree, node, "mutate", f".{attribute.attr}() changes it", rewrite)
        else:
            self.add(tree, node, "other", f".{attribute.attr} is taken of it")

    def _argument(self, tree: Tree, node: ast.AST, call: ast.Call, level: int) -> None:
        name = origin(self.project, tree.file, dotted(call.func))
        if name in ("typing.cast", "typing_extensions.cast") and len(call.args) == 2 and call.args[1] is node:
            self.result(tree, call, level)
        elif name in LAZY and not _consumed(tree, call):
            self.add(tree, node, "other", f"a lazy {name}() keeps it")
        elif name in BUILTINS:
            self.add(tree, node, "read", f"{name}() reads it")
        else:
            self.add(tree, node, "other", f"it is passed to {dotted(call.func) or 'a call'}")

    def _assigned(self, tree: Tree, node: ast.AST, parent: Any, level: int) -> None:
        targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
        for target in targets:
            if isinstance(target, ast.Name) and tree.function(parent) is not None:
                self._local(tree, target.id, parent, level)
            elif isinstance(target, (ast.Tuple, ast.List)):
                self.add(tree, node, "read", "it is unpacked")
            else:
                self.add(tree, node, "other", f"it is stored in {tree.source.text(target)}")

    def _local(self, tree: Tree, name: str, bound: ast.AST, level: int) -> None:
        """A local holds it: each use must come before any other code can put something into the mapping."""
        function = tree.function(bound)
        for node in ast.walk(function) if function is not None else []:
            if isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names:
                self.add(tree, node, "other", f"{name} is not local")
            if not (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)):
                continue
            if tree.function(node) is not function:
                self.add(tree, node, "other", f"{name} is used by a nested function")
            elif function is None or _code_between(tree, bound, node, function):
                self.add(tree, node, "other", f"other code runs between the read and this use of {name}")
            else:
                self.result(tree, node, level)

    def _returned(self, tree: Tree, node: ast.AST, parent: ast.AST, level: int) -> None:
        function = tree.function(parent)
        if function is None or isinstance(function, (ast.Lambda, ast.AsyncFunctionDef)):
            self.add(tree, node, "other", "it is returned by a lambda or coroutine")
            return
        self.function(tree, function, level + 1, None)

    def function(self, tree: Tree, function: Any, level: int, access: Optional[Tuple[str, str]]) -> None:
        """Every use of a function whose result it is. ``access``: the mapping's attribute and the parameter that is the key."""
        klass = tree.klass(function)
        key = f"{tree.file}:{tree.qualname(function)}"
        if key in self.visited:
            return
        self.visited.add(key)
        words = [dotted(d.func if isinstance(d, ast.Call) else d) or "?" for d in function.decorator_list]
        is_property = words == ["property"]
        nested = klass is None and tree.function(function) is not None
        if level > DEPTH or nested or (words and not is_property):
            self.add(tree, function, "other", f"{function.name} is nested, decorated or too far away to be followed")
            return
        for file in self.project.mentioning(function.name):
            self._uses(self.tree(file), function, klass, level, access, is_property, tree)

    def _uses(self, tree: Tree, function: Any, klass: Optional[ast.ClassDef], level: int, access: Optional[Tuple[str, str]], is_property: bool,
              home: Tree) -> None:
        name = function.name
        for node in ast.walk(tree.source.tree):
            by_name = klass is None and isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
            by_attribute = isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load)
            if isinstance(node, ast.Call) and dotted(node.func) in ("getattr", "methodcaller", "operator.methodcaller"):
                if any(isinstance(a, ast.Constant) and a.value == name for a in node.args):
                    self.add(tree, node, "other", f"{name} is fetched by its name as text")
            if not (by_name or by_attribute):
                continue
            if is_property:
                self.result(tree, node, level)
                continue
            call = tree.parent(node)
            if isinstance(call, ast.Call) and call.func is node:
                self.result(tree, call, level, self._rewritten(tree, call, function, klass, access, home))
            else:
                self.add(tree, node, "other", f"{name} is taken without being called")

    def _rewritten(self, tree: Tree, call: ast.Call, function: Any, klass: Optional[ast.ClassDef], access: Optional[Tuple[str, str]],
                   home: Tree) -> Optional[Dict[str, Any]]:
        """`recv.method(k)` as `recv.attr[k]`, where it can only mean this method."""
        if access is None or klass is None or not isinstance(call.func, ast.Attribute):
            return None
        attribute, parameter = access
        receiver = dotted(call.func.value)
        around = tree.function(call)
        while around is not None and tree.klass(around) is None:
            around = tree.function(around)
        inside = tree.file == home.file and around is not None and tree.klass(around) is klass and receiver == self_name(around)
        mine = {f"{home.file}:{home.qualname(klass)}"}
        if receiver is None or (not inside and self.project.owners.get(function.name, set()) - mine):
            return None
        key = _argument_text(tree.source, call, function, parameter)
        if key is None:
            return None
        start, end = tree.source.span(call)
        return {"start": start, "end": end, "text": f"{receiver}.{attribute}[{key}]", "scope": f"{tree.file}:{tree.qualname(call)}"}


def _argument_text(source: Source, call: ast.Call, function: Any, parameter: str) -> Optional[str]:
    names = [a.arg for a in function.args.posonlyargs + function.args.args][1:]
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords) or parameter not in names:
        return None
    if len(call.args) + len(call.keywords) != 1:
        return None
    if call.args and names.index(parameter) == 0:
        return source.text(call.args[0])
    return next((source.text(k.value) for k in call.keywords if k.arg == parameter), None)


def _only_read(parent: ast.AST, node: ast.AST) -> bool:
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
        return parent.iter is node
    if isinstance(parent, (ast.If, ast.While, ast.Assert, ast.IfExp)):
        return parent.test is node
    return isinstance(parent, (ast.Expr, ast.UnaryOp, ast.BinOp, ast.FormattedValue, ast.Starred, ast.YieldFrom)) or (
        isinstance(parent, ast.AugAssign) and parent.value is node)


def _consumed(tree: Tree, call: ast.Call) -> bool:
    parent = tree.parent(call)
    inside = isinstance(parent, ast.Call) and dotted(parent.func) in BUILTINS - LAZY
    return inside or (isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is call)


def _code_between(tree: Tree, bound: ast.AST, use: ast.Name, function: ast.AST) -> bool:
    """Calls or stores may happen after the binding statement and before the statement of the use."""
    first, last = tree.statement(bound), tree.statement(use)
    if first is last:
        return False
    loops_first = [n for n in tree.up(first) if isinstance(n, (ast.For, ast.While, ast.AsyncFor))]
    loops_last = [n for n in tree.up(last) if isinstance(n, (ast.For, ast.While, ast.AsyncFor))]
    if any(loop not in loops_first for loop in loops_last) or last.lineno <= (first.end_lineno or 0):
        return True
    for node in ast.walk(function):
        if isinstance(node, (ast.Call, ast.Delete, ast.Yield, ast.Await)) or (
            isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, (ast.Store, ast.Del))
        ):
            if (first.end_lineno or 0) < node.lineno < last.lineno:
                return True
    return False


def default_reads(source: Source, file: str, project: Project) -> List[Dict[str, Any]]:
    """Every `mapping[key]` of this file that is no store and no change, with what follows from it."""
    trees: Dict[str, Tree] = {}
    tree = Tree(source, file)
    trees[file] = tree
    found = []
    if "defaultdict" not in " ".join([*project.notes[file].imports, *project.notes[file].imports.values()]) and b"defaultdict" not in source.raw:
        return []
    bindings = _bindings(tree, project)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
            bound = _binding_of(tree, node, bindings)
            if bound is not None and not _changes(tree, node):
                found.append(_read(tree, node, bound, project, trees))
    return found


def _changes(tree: Tree, node: ast.Subscript) -> bool:
    """The read is the first half of a change (`d[k].append(v)`): then the entry is wanted."""
    parent = tree.parent(node)
    if isinstance(parent, ast.Attribute):
        return parent.attr in MUTATING
    return isinstance(parent, ast.Subscript) and parent.value is node and not isinstance(parent.ctx, ast.Load)


def _read(tree: Tree, node: ast.Subscript, bound: Dict[str, Any], project: Project, trees: Dict[str, Tree]) -> Dict[str, Any]:
    follower = Follower(project, trees)
    parent, function = tree.parent(node), tree.function(node)
    key = _key(node)
    klass = tree.klass(function) if function is not None else None
    if isinstance(parent, ast.Return) and klass is not None and isinstance(key, ast.Name) and isinstance(node.value, ast.Attribute):
        access = (node.value.attr, key.id) if len(_body(function)) == 1 else None
        follower.function(tree, function, 1, access)
    else:
        follower.result(tree, node, 0)
    start, end = tree.source.span(node)
    return {
        "start": start, "end": end, "line": node.lineno, "function": tree.qualname(node),
        "functionLine": function.lineno if function is not None else 1,
        "mapping": tree.source.text(node.value), "key": tree.source.text(key), "factory": bound["factory"], "blocker": bound["blocker"],
        "uses": follower.found, "mappingUses": bound["uses"](),
    }


def _key(node: ast.Subscript) -> ast.expr:
    key: Any = node.slice
    return getattr(key, "value", key) if type(key).__name__ == "Index" else key


def _body(function: Any) -> List[ast.stmt]:
    first = function.body[0]
    return function.body[1:] if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else function.body


def _factory(project: Project, file: str, node: Optional[ast.AST]) -> Optional[str]:
    if isinstance(node, ast.Call) and origin(project, file, dotted(node.func)) == "collections.defaultdict" and node.args:
        return FACTORIES.get(dotted(node.args[0]) or "")
    return None


def _bindings(tree: Tree, project: Project) -> Dict[Tuple[Optional[int], str], Dict[str, Any]]:
    """What is bound to a defaultdict: (class id, attribute), (function id, local name) or (None, module name)."""
    found: Dict[Tuple[Optional[int], str], Dict[str, Any]] = {}
    for node in ast.walk(tree.source.tree):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        factory = _factory(project, tree.file, getattr(node, "value", None)) if targets else None
        if factory is None or len(targets) != 1:
            continue
        function = tree.function(node)
        target = targets[0]
        if isinstance(target, ast.Attribute) and function is not None and tree.klass(function) is not None:
            klass = tree.klass(function)
            if klass is not None and isinstance(target.value, ast.Name) and target.value.id == self_name(function):
                found[(id(klass), target.attr)] = {"factory": factory, "blocker": _rebound(project, tree, target.attr, factory),
                                                   "uses": _attribute_uses(project, tree, target.attr)}
        elif isinstance(target, ast.Name):
            scope = function if function is not None else tree.source.tree
            found[(id(function) if function is not None else None, target.id)] = {
                "factory": factory, "blocker": _rebound_name(scope, target), "uses": _name_uses(tree, scope, target.id)}
    return found


def _binding_of(tree: Tree, node: ast.Subscript, bindings: Dict[Tuple[Optional[int], str], Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    value = node.value
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        for function in [n for n in tree.up(node) if isinstance(n, FUNCTIONS)]:
            klass = tree.klass(function)
            if klass is not None:
                return bindings.get((id(klass), value.attr)) if value.value.id == self_name(function) else None
    if isinstance(value, ast.Name):
        for function in [n for n in tree.up(node) if isinstance(n, FUNCTIONS)]:
            if (id(function), value.id) in bindings:
                return bindings[(id(function), value.id)]
        return bindings.get((None, value.id))
    return None


def _rebound(project: Project, home: Tree, name: str, factory: str) -> Optional[str]:
    """A place that stores something else under the attribute; None when all stores are the same defaultdict."""
    for file in project.mentioning(name):
        tree = home if file == home.file else Tree(Source.read(project.paths[file]), file)
        for node in ast.walk(tree.source.tree):
            if isinstance(node, ast.Attribute) and node.attr == name and not isinstance(node.ctx, ast.Load):
                parent = tree.parent(node)
                if _factory(project, file, getattr(parent, "value", None)) != factory or not isinstance(parent, (ast.Assign, ast.AnnAssign)):
                    return f"{file}:{node.lineno} stores something else under {name}"
    return None


def _rebound_name(scope: ast.AST, target: ast.Name) -> Optional[str]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Name) and node.id == target.id and not isinstance(node.ctx, ast.Load) and node is not target:
            return f"line {node.lineno} binds {target.id} to something else"
        if isinstance(node, (ast.Global, ast.Nonlocal)) and target.id in node.names:
            return f"line {node.lineno} declares {target.id} as not local"
    return None


def _attribute_uses(project: Project, home: Tree, name: str) -> Any:
    def uses() -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = []
        for file in project.mentioning(name):
            tree = home if file == home.file else Tree(Source.read(project.paths[file]), file)
            for node in ast.walk(tree.source.tree):
                if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load):
                    _mapping_use(tree, node, found)
                elif isinstance(node, ast.Constant) and node.value == name:
                    _add(tree, node, "other", f"{name} is named in text", found)
        return found

    return uses


def _name_uses(tree: Tree, scope: ast.AST, name: str) -> Any:
    def uses() -> List[Dict[str, Any]]:
        found: List[Dict[str, Any]] = []
        for node in ast.walk(scope):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                _mapping_use(tree, node, found)
        if isinstance(scope, ast.Module) and not name.startswith("_"):
            found.append({"file": tree.file, "line": 1, "function": "<module>", "kind": "other", "what": f"{name} is public in its module", "rewrite": None})
        return found

    return uses


def _add(tree: Tree, node: ast.AST, kind: str, what: str, found: List[Dict[str, Any]]) -> None:
    found.append({"file": tree.file, "line": node.lineno, "function": tree.qualname(node), "kind": kind, "what": what, "rewrite": None})  # type: ignore[attr-defined]


def _mapping_use(tree: Tree, node: ast.AST, found: List[Dict[str, Any]]) -> None:
    """A use of the whole mapping: only those count by which a missing key could be noticed."""
    parent = tree.parent(node)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        if isinstance(parent.ctx, ast.Del):
            _add(tree, node, "other", "a key is deleted that a read may have made", found)
        return
    test = parent
    if isinstance(parent, ast.Attribute):
        call = tree.parent(parent)
        if not (isinstance(call, ast.Call) and call.func is parent):
            _add(tree, node, "other", f".{parent.attr} of it is taken", found)
            return
        if parent.attr in ("get", "setdefault", "clear", "update") or (parent.attr == "pop" and len(call.args) == 2):
            return
        test = tree.parent(call)
        if parent.attr != "keys" or not isinstance(test, ast.Compare):
            _add(tree, node, "other", f".{parent.attr}() sees which keys are there", found)
            return
    if isinstance(test, ast.Compare) and all(isinstance(op, (ast.In, ast.NotIn)) for op in test.ops):
        _add(tree, node, "membership", "a key is looked for", found)
    else:
        _add(tree, node, "other", "the whole mapping is used", found)
