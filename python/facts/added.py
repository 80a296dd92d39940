"""What a change newly reaches for: names by which a program can hide memory, watch who measures it, keep results back, or
reach out of itself (processes, the network, other people's files).

No opinion: which of them need leave is decided elsewhere (src/method/reach.ts). Aliases, ``getattr`` with a plain name and
``__import__`` are followed; a name counts where the text after uses it more often than the text before.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

Use = Tuple[str, int, str]
"""Dotted name, line, qualified name of the function it stands in."""

MODULES = {
    "tracemalloc", "resource", "psutil", "memray", "subprocess", "multiprocessing", "mmap", "tempfile", "atexit", "ctypes", "cffi",
    "sqlite3", "shelve", "dbm", "inspect", "pytest", "unittest", "signal", "socket", "faulthandler", "_posixshmem", "_posixsubprocess",
    "requests", "httpx", "aiohttp", "ftplib", "smtplib", "pty", "webbrowser", "shutil",
}  # fmt: skip
"""Every use of these counts, and so does the import alone."""
NAMES = {
    "gc": re.compile(r"(?!collect$|garbage$).+"),
    "sys": re.compile(
        r"_getframe|_current_frames|_current_exceptions|settrace|setprofile|gettrace|getprofile|monitoring|modules|meta_path|path_hooks"
        r"|addaudithook|exitfunc"
    ),
    "os": re.compile(
        r"environb?|getenvb?|putenv|fork|forkpty|posix_spawnp?|spawn\w+|system|popen|exec\w+|memfd_create|_exit|getppid|truncate"
        r"|posix_fallocate|remove|removedirs|unlink|rmdir|rename|renames|replace|symlink|link|chmod|chown|path\.expanduser"
    ),
    "pathlib": re.compile(r"Path\.home"),
    "urllib": re.compile(r"request"),
    "http": re.compile(r"client|server"),
    "asyncio": re.compile(r"create_subprocess_\w+|open_\w*connection|start_\w*server"),
    "threading": re.compile(r"settrace\w*|setprofile\w*"),
    "functools": re.compile(r"lru_cache|cache|cached_property"),
    "concurrent": re.compile(r"futures\.ProcessPoolExecutor|futures\.process.*"),
    "importlib": re.compile(r"import_module|reload|__import__"),
    "numpy": re.compile(r"memmap|lib\.format\.open_memmap"),
    "builtins": re.compile(r".+"),
}  # fmt: skip
BUILTINS = {"__import__", "exec", "eval", "globals", "vars", "compile"}
WORDS = re.compile(r"\bPYTEST|CODEFLASH|\bpytest\b|\btracemalloc\b|\bmemray\b|/proc/|/dev/shm|\b(?:test|bench)\w*\.py\b|::test_|(?:^|/)(?:tests?|bench\w*)/")
"""In texts: marks of who measures, places where memory can lie, names of tests and benchmarks."""
MUTABLE = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp, ast.Call)


def added(before: ast.AST, after: ast.AST) -> List[Dict[str, Any]]:
    """``{name, line, function}`` of each name that the text after uses more often; the last of its uses stands for them."""
    was: Dict[str, int] = {}
    for name, _, _ in _uses(before):
        was[name] = was.get(name, 0) + 1
    now: Dict[str, List[Use]] = {}
    for use in _uses(after):
        now.setdefault(use[0], []).append(use)
    more = [uses[-1] for name, uses in now.items() if len(uses) > was.get(name, 0)]
    return [{"name": name, "line": line, "function": function} for name, line, function in sorted(more, key=lambda it: (it[1], it[0]))]


def _uses(tree: ast.AST) -> Iterator[Use]:
    bindings = _bindings(tree)
    module_names = _module_names(tree)
    yield from ((f"global {name}", line, "<module>") for name, line in module_names.items() if not _is_harmless(tree, name))
    for node, function, local in _walk(tree, "<module>", set()):
        line = getattr(node, "lineno", 1)
        for name in _named(node, bindings, local):
            yield name, line, function
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            found = WORDS.search(text)
            if found and not _is_docstring(tree, node):
                yield f"text {found.group(0)}", line, function
        for target in _stored(node):
            into = _into(target, bindings, module_names, local, function)
            if into is not None:
                yield into, line, function
        if isinstance(node, ast.ClassDef):
            yield from ((f"global {node.name}.{name}", at, node.name) for name, at in _containers(node))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            defaults = [*node.args.defaults, *[it for it in node.args.kw_defaults if it is not None]]
            if any(isinstance(it, MUTABLE) for it in defaults):
                yield f"default of {getattr(node, 'name', 'lambda')}", line, function


# -- names


def _bindings(tree: ast.AST) -> Dict[str, str]:
    """Name → what it was imported as, wherever the import stands; one more look follows plain assignments of such names."""
    found: Dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = alias.name if alias.asname else alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            dotted = _dotted(node.value, found)
            if dotted is not None and node.targets[0].id not in found:
                found[node.targets[0].id] = dotted
    return found


def _dotted(node: ast.AST, bindings: Dict[str, str]) -> Optional[str]:
    """``gc.disable`` for whatever way of writing it; None for what is no imported name."""
    if isinstance(node, ast.Name):
        return bindings.get(node.id) or (node.id if node.id in BUILTINS else None)
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, bindings)
        return None if base is None else f"{base}.{node.attr}"
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) else _dotted(node.func, bindings)
        first = node.args[0] if node.args else None
        if called in ("__import__", "importlib.import_module") and isinstance(first, ast.Constant):
            return str(first.value)
        if called == "getattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            base = _dotted(node.args[0], bindings)
            return None if base is None else f"{base}.{str(node.args[1].value)}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base = _dotted(node.value, bindings)
        return str(node.slice.value) if base == "sys.modules" else None
    return None


def _named(node: ast.AST, bindings: Dict[str, str], local: Set[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names if alias.name.partition(".")[0] in MODULES)
        return
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        for alias in node.names:
            imported = f"{node.module}.{alias.name}"
            if _watched(imported):
                yield imported
        return
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
        return
    if isinstance(node, ast.Name) and (node.id in local or not isinstance(node.ctx, ast.Load)):
        return
    dotted = _dotted(node, bindings)
    if dotted is not None and _watched(dotted):
        yield dotted


def _watched(dotted: str) -> bool:
    if dotted in BUILTINS or dotted == "concurrent.futures.ProcessPoolExecutor":
        return True
    module, _, rest = dotted.partition(".")
    if module in MODULES:
        return True
    return module in NAMES and rest != "" and NAMES[module].match(rest) is not None


# -- what outlives a call


def _module_names(tree: ast.AST) -> Dict[str, int]:
    """Names that the module's own statements bind by assignment → line."""
    found: Dict[str, int] = {}
    todo = list(getattr(tree, "body", []))
    while todo:
        node = todo.pop(0)
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, (ast.AnnAssign, ast.AugAssign)) else []
        for target in targets:
            for it in ast.walk(target):
                if isinstance(it, ast.Name):
                    found.setdefault(it.id, node.lineno)
        for name in ("body", "orelse", "finalbody"):
            if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                todo += getattr(node, name, [])
    return found


def _is_harmless(tree: ast.AST, name: str) -> bool:
    """Bound once, to something that cannot grow: a plain value, a tuple of such, a dunder."""
    if name.startswith("__") and name.endswith("__"):
        return True
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    values = [node.value for node in assigned for it in node.targets if isinstance(it, ast.Name) and it.id == name]
    return len(values) == 1 and _is_plain(values[0])


def _is_plain(value: ast.AST) -> bool:
    """A constant, or what such a call gives: it holds nothing that grows."""
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rpartition(".")[2] in MAKERS
    if isinstance(value, (ast.Tuple, ast.UnaryOp)):
        return all(_is_plain(part) for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr))
    return isinstance(value, ast.Constant)


def _containers(node: ast.ClassDef) -> Iterator[Tuple[str, int]]:
    """What a class holds for all of its instances and that can grow."""
    for it in node.body:
        value = it.value if isinstance(it, (ast.Assign, ast.AnnAssign)) else None
        target = it.targets[0] if isinstance(it, ast.Assign) else getattr(it, "target", None)
        if isinstance(value, (ast.Dict, ast.List, ast.Set)) and isinstance(target, ast.Name) and not target.id.startswith("__"):
            yield target.id, it.lineno


MAKERS = frozenset(("namedtuple", "NamedTuple", "TypeVar", "NewType", "Struct", "itemgetter", "attrgetter", "compile", "frozenset"))
FILLING = frozenset(("append", "extend", "add", "update", "setdefault", "insert", "appendleft"))


def _stored(node: ast.AST) -> List[ast.expr]:
    """Whatever a statement stores into, and whatever a call of a growing method fills."""
    if isinstance(node, ast.Assign):
        return [part for target in node.targets for part in (target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target])]
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        return [node.target]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILLING:
        return [node.func]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
        return [ast.Attribute(value=node.args[0], attr="…", ctx=ast.Store())]
    return []


def _into(target: ast.expr, bindings: Dict[str, str], module_names: Dict[str, int], local: Set[str], function: str) -> Optional[str]:
    """``global NAME`` for what a function stores beyond itself, ``patch MODULE.NAME`` for what is stored into another module."""
    if isinstance(target, ast.Name):
        return f"global {target.id}" if f"global {target.id}" in local else None
    if not isinstance(target, (ast.Attribute, ast.Subscript)):
        return None
    dotted = _dotted(target, bindings) if isinstance(target, ast.Attribute) and not isinstance(target.ctx, ast.Load) else None
    root: ast.expr = target
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    if not isinstance(root, ast.Name) or root.id in local:
        return None
    if root.id == "cls":
        return "global cls"
    if dotted is not None:
        return f"patch {dotted}"
    if function == "<module>":
        return None
    return f"global {root.id}" if root.id in module_names or root.id in local or f"def {root.id}" in local else None


def _walk(tree: ast.AST, function: str, local: Set[str]) -> Iterator[Tuple[ast.AST, str, Set[str]]]:
    """Every node with the function that it stands in and the names that are local there (`def NAME`: what the module defines)."""
    defined = {f"def {it.name}" for it in getattr(tree, "body", []) if isinstance(it, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
    todo: List[Tuple[ast.AST, str, Set[str]]] = [(tree, function, local | defined)]
    while todo:
        node, here, names = todo.pop(0)
        yield node, here, names
        inside, inner = here, names
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            inside = node.name if here == "<module>" else f"{here}.{node.name}"
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            inner = names | _locals(node)
        todo += [(child, inside, inner) for child in ast.iter_child_nodes(node)]


def _locals(function: Any) -> Set[str]:
    a = function.args
    names = {it.arg for it in [*a.posonlyargs, *a.args, *a.kwonlyargs, *([a.vararg] if a.vararg else []), *([a.kwarg] if a.kwarg else [])]}
    names.discard("cls")
    declared: Set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            declared |= set(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            declared |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return (names - declared) | {f"global {it}" for it in declared}


def _is_docstring(tree: ast.AST, node: ast.Constant) -> bool:
    for it in ast.walk(tree):
        body = getattr(it, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and body[0].value is node:
            return True
    return False
