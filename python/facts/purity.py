"""What evaluating an expression may do besides giving its value: effects that others can see, and exceptions.

Taken as free of effects: reading names, attributes (properties of the project are looked up by name) and items, arithmetic,
comparisons, text forms. Calls are free when they are known builtins, known methods of builtins, or functions of the project
whose whole body is. What is not known has an effect.
"""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Set, Tuple

from .expressions_project import Project
from .expressions_tree import COMPREHENSIONS, Tree, full_name
from .syntax import FUNCTIONS, dotted

#: Calls that change nothing and iterate nothing that could be an iterator of somebody else.
CALLS = set(
    """abs bool bytes chr complex dict divmod float format getattr hash hex id int isinstance issubclass len object oct ord pow
    range repr round str type callable bytearray slice copy.copy copy.deepcopy json.dumps json.loads math.sqrt math.floor math.ceil
    math.isnan math.isfinite math.log math.exp math.sin math.cos math.fabs time.time time.perf_counter time.monotonic
    datetime.datetime.now datetime.datetime.utcnow datetime.date.today os.path.join os.path.basename os.path.dirname
    os.getpid sys.getsizeof re.compile re.match re.search re.sub re.escape decimal.Decimal fractions.Fraction types.SimpleNamespace
    operator.itemgetter operator.attrgetter collections.OrderedDict""".split()
)
#: Calls that change nothing but run through their first argument.
CONSUMING = set(
    """all any enumerate filter frozenset iter list map max min next reversed set sorted sum tuple zip collections.Counter
    collections.deque itertools.chain itertools.islice heapq.nsmallest heapq.nlargest""".split()
)
#: Calls that do not raise for any argument that a working program hands them.
STEADY = set("str repr len isinstance id type bool dict list copy.copy callable hex time.time time.perf_counter time.monotonic".split())
#: Methods of builtin types that change nothing.
METHODS = set(
    """capitalize casefold center copy count decode encode endswith expandtabs find format get hex index isalnum isalpha isascii
    isdecimal isdigit isidentifier islower isnumeric isspace istitle isupper items join keys ljust lower lstrip partition replace
    rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title total_seconds isoformat strftime
    timestamp date time translate upper values zfill union intersection difference issubset issuperset isdisjoint as_integer_ratio
    is_integer bit_length tolist item sum mean min max""".split()
)
#: What gives a fresh sequence whatever its arguments are: running through it is nobody's business.
FRESH = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.Constant, ast.JoinedStr)


class Purity:
    """Judges expressions of one file; remembers which functions of the project are free of effects."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._functions: Dict[ast.AST, Optional[str]] = {}

    def judge(self, tree: Tree, node: ast.AST) -> Tuple[List[str], List[str]]:
        """Sentences for effects, and for what may raise."""
        effects: List[str] = []
        raises: List[str] = []
        for it in ast.walk(node):
            why = self._effect(tree, it)
            if why:
                effects.append(f"{why} ({tree.place(it)})")
            risk = self._risk(tree, it)
            if risk:
                raises.append(f"{risk} ({tree.place(it)})")
        return unique(effects), unique(raises)

    def consumes(self, tree: Tree, node: ast.AST) -> Optional[str]:
        """The name that may be an iterator and that running through ``node`` would advance; None when it cannot be."""
        if isinstance(node, FRESH):
            return None
        if isinstance(node, ast.GeneratorExp):
            return self.consumes(tree, node.generators[0].iter)
        if isinstance(node, ast.Starred):
            return self.consumes(tree, node.value)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return None
        if isinstance(node, ast.Call):
            name = full_name(tree, node.func)
            if name in ("range", "str", "dict", "list", "sorted", "set", "tuple", "frozenset", "bytes", "repr", "vars", "copy.deepcopy"):
                return None
            if isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "keys", "values", "split", "splitlines", "copy"):
                return None
            if name in ("enumerate", "zip", "map", "filter", "reversed") or name in CONSUMING:
                lost = [self.consumes(tree, it) for it in node.args]
                return next((it for it in lost if it), None)
        if isinstance(node, ast.Name) and self._container_local(tree, node):
            return None
        return tree.short(node)

    def _container_local(self, tree: Tree, name: ast.Name) -> bool:
        function = tree.function(name)
        if function is None or isinstance(function, ast.Lambda):
            return False
        values: List[Optional[ast.expr]] = []
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and any(isinstance(it, ast.Name) and it.id == name.id for it in node.targets):
                values.append(node.value)
            elif isinstance(node, ast.Name) and node.id == name.id and not isinstance(node.ctx, ast.Load):
                above = tree.parents[node]
                if not (isinstance(above, ast.Assign) or isinstance(above, ast.AugAssign)):
                    values.append(None)
            elif isinstance(node, ast.arg) and node.arg == name.id:
                values.append(None)
        return bool(values) and all(it is not None and not isinstance(it, ast.Name) and self.consumes(tree, it) is None for it in values)

    def _effect(self, tree: Tree, node: ast.AST) -> Optional[str]:
        if isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            return "suspends the function"
        if isinstance(node, ast.NamedExpr):
            return f"binds {tree.short(node.target)}"
        if isinstance(node, ast.Attribute) and node.attr in self.project.properties and not self._pure_property(node.attr):
            return f"reads the property {node.attr}, which does more than look up"
        if isinstance(node, ast.Call):
            return self.call_effect(tree, node)
        if isinstance(node, COMPREHENSIONS):
            if any(it.is_async for it in node.generators):
                return "iterates asynchronously"
            lost = self.consumes(tree, node.generators[0].iter)
            return f"iterates {lost}, which may be an iterator" if lost else None
        return None

    def _pure_property(self, name: str) -> bool:
        return all(self.function_effect(tree, node) is None for tree, node in self.project.definitions.get(name, []))

    def call_effect(self, tree: Tree, node: ast.Call) -> Optional[str]:
        """Why making the call can be noticed, its arguments left aside; None when it cannot."""
        name = full_name(tree, node.func)
        if name in CALLS:
            return None
        if name in CONSUMING:
            lost = next((it for it in (self.consumes(tree, arg) for arg in node.args[-1:]) if it), None)
            return f"{name}() runs through {lost}, which may be an iterator" if lost else None
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in METHODS and node.func.attr not in self.project.definitions:
                return None
            found = self.project.only_function(node.func.attr)
        else:
            found = self.named(tree, node.func)
        if found and self.function_effect(*found) is None:
            return None
        return f"calls {dotted(node.func) or 'a computed function'}()"

    def named(self, tree: Tree, func: ast.AST) -> Optional[Tuple[Tree, ast.AST]]:
        """The function of the project that a plain name stands for."""
        if not isinstance(func, ast.Name):
            return None
        here = [it for it in tree.module.body if isinstance(it, FUNCTIONS) and it.name == func.id]
        if len(here) == 1:
            return tree, here[0]
        if func.id in tree.imports:
            return self.project.only_function(tree.imports[func.id].rpartition(".")[2])
        return None

    def function_effect(self, tree: Tree, function: ast.AST) -> Optional[str]:
        """Why a call of the function can be noticed; None when it cannot. A recursion is taken as free until refuted."""
        if function in self._functions:
            return self._functions[function]
        self._functions[function] = None
        self._functions[function] = self._body_effect(tree, function)
        return self._functions[function]

    def _body_effect(self, tree: Tree, function: ast.AST) -> Optional[str]:
        if not isinstance(function, ast.FunctionDef) or [it for it in function.decorator_list if dotted(it) not in ("staticmethod", "property")]:
            return "is decorated or asynchronous"
        local = {it.id for it in ast.walk(function) if isinstance(it, ast.Name) and not isinstance(it.ctx, ast.Load)}
        for node in ast.walk(function):
            if isinstance(node, (ast.Global, ast.Nonlocal, ast.Delete, ast.Import, ast.ImportFrom, ast.With, ast.Raise, ast.ClassDef)):
                return f"{type(node).__name__.lower()} in line {node.lineno}"
            if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                if not (isinstance(node.value, ast.Name) and node.value.id in self._fresh_locals(function, local)):
                    return f"changes {tree.short(node)} in line {node.lineno}"
            if isinstance(node, ast.Call) and self._grows_local(node, function, local):
                continue
            if isinstance(node, (ast.For, ast.AsyncFor)) and self.consumes(tree, node.iter):
                return f"iterates {tree.short(node.iter)} in line {node.lineno}"
            why = self._effect(tree, node)
            if why:
                return why
        return None

    def _fresh_locals(self, function: ast.AST, local: Set[str]) -> Set[str]:
        """Locals bound only to displays made in the function itself."""
        fresh: Dict[str, bool] = {it.arg: False for it in ast.walk(function) if isinstance(it, ast.arg)}
        assigned = {id(target) for it in ast.walk(function) if isinstance(it, ast.Assign) for target in it.targets}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and id(node) not in assigned:
                fresh[node.id] = False
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                fresh[name] = fresh.get(name, True) and isinstance(node.value, FRESH)
        return {name for name, value in fresh.items() if value and name in local}

    def _grows_local(self, node: ast.Call, function: ast.AST, local: Set[str]) -> bool:
        func = node.func
        return (
            isinstance(func, ast.Attribute)
            and func.attr in ("append", "add", "setdefault")
            and isinstance(func.value, ast.Name)
            and func.value.id in self._fresh_locals(function, local)
        )

    def _risk(self, tree: Tree, node: ast.AST) -> Optional[str]:
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            return f"{tree.short(node)} may find nothing"
        if isinstance(node, ast.Call) and full_name(tree, node.func) not in STEADY:
            return f"{dotted(node.func) or 'a call'}() may raise"
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
            return "a division may raise"
        return None


def unique(items: List[str]) -> List[str]:
    return list(dict.fromkeys(items))
