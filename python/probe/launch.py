"""Runs a target as the user would: a script, a module (``-m``) or a function. pytest has its own file."""

from __future__ import annotations

import builtins
import os
import sys
import types

from . import source
from .window import TargetUnfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from .project import Project
    from .window import Window

MAIN = "__main__"
FUNCTION = "__codeflash_memory_target__"


class Value:
    """What a function target gave back, kept until the figures were read; a generator is digested as it is consumed."""

    def __init__(self) -> None:
        self.given = False
        self.content: Any = None
        self.digest: Any = None


def run_target(target: Dict[str, Any], project: Project, window: Window, value: Value) -> None:
    """Runs the target inside the window, which is left open. Whatever the target raises comes out, SystemExit included."""
    if target["kind"] == "script":
        _script(target["path"], target["args"], project, window)
    elif target["kind"] == "module":
        _module(target["module"], target["args"], window)
    elif target["kind"] == "function":
        _function(target, project, window, value)
    elif target["kind"] == "pytest":
        from . import pytest_target

        pytest_target.run(target["nodeId"], project, window)
    else:
        raise TargetUnfit(f"There is no target kind '{target['kind']}'.")


def search_first(folder: str) -> None:
    """Puts a folder first on ``sys.path``, unless Python was told not to do such things."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, folder)


def fresh_main() -> Any:
    """A ``__main__`` for the target in place of ours."""
    main: Any = types.ModuleType(MAIN)
    main.__builtins__ = builtins
    if sys.version_info < (3, 14):
        main.__annotations__ = {}
    sys.modules[MAIN] = main
    return main


def _script(path: str, args: list, project: Project, window: Window) -> None:
    filename = os.path.abspath(path)
    filename = project.moved_path(filename) or filename
    folder = os.path.dirname(os.path.realpath(filename) if os.path.islink(filename) else filename)
    if os.path.isdir(filename):
        folder, filename = filename, os.path.join(filename, "__main__.py")
    if not os.path.isfile(filename):
        raise TargetUnfit(f"There is no script {path} in {os.getcwd()}.")
    sys.argv[:] = [path, *args]
    search_first(project.moved_path(folder) or folder)
    main = fresh_main()
    main.__file__ = filename
    main.__package__ = None
    main.__spec__ = None
    main.__cached__ = None
    main.__loader__ = type(__spec__.loader)(MAIN, filename)  # type: ignore[call-arg,misc]
    window.open()
    with open(filename, "rb") as file:
        data = file.read()
    code = source.compile_file(filename, data)
    del data, file
    exec(code, main.__dict__)


def _module(name: str, args: list, window: Window) -> None:
    import runpy

    search_first(os.getcwd())
    fresh_main()
    sys.argv[:] = ["-m", *args]
    window.open()
    runpy._run_module_as_main(name)  # type: ignore[attr-defined] # exactly what `python -m` calls; it puts the module's path into sys.argv[0]


def _function(target: Dict[str, Any], project: Project, window: Window, value: Value) -> None:
    search_first(os.getcwd())
    fresh_main()
    sys.argv[:] = ["-c"]
    setup = compile(target.get("setup") or "", "<setup>", "exec", dont_inherit=True)
    call = compile(f"{FUNCTION}({target.get('args') or ''}\n)", "<arguments>", "eval", dont_inherit=True)
    namespace: Dict[str, Any] = {"__name__": "__setup__", "__builtins__": builtins}
    window.open()
    function = _resolve(target["module"], target["qualname"], project)
    window.pass_.prepares()
    exec(setup, namespace)
    namespace[FUNCTION] = window.pass_.entry(function)
    window.restart_clock()
    if hasattr(window.pass_, "calls"):  # a pass that calls more than once has its own answers
        window.pass_.calls(lambda: eval(call, namespace))
        return
    result = finished(eval(call, namespace))
    value.given = True
    if is_lazy(result):
        from .digest import consume

        value.digest = consume(result, window)
    else:
        value.content = result


def finished(result: Any) -> Any:
    """A coroutine's own result; anything else as it is."""
    if isinstance(result, types.CoroutineType):
        import asyncio

        return asyncio.run(result)
    return result


def is_lazy(result: Any) -> bool:
    """Generators and the iterators of the language: their work is done by whoever consumes them."""
    kind = type(result)
    lazy = (types.GeneratorType, types.AsyncGeneratorType, map, filter, zip, enumerate, reversed)
    return isinstance(result, lazy) or (kind.__module__ == "itertools" and hasattr(kind, "__next__"))


def _resolve(name: str, qualname: str, project: Project) -> Any:
    import importlib

    top = name.partition(".")[0]
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as missing:
        folders = [os.path.join(it, "src") for it in (os.getcwd(), project.tree)]
        there = [it for it in folders if os.path.isdir(os.path.join(it, top)) or os.path.isfile(os.path.join(it, f"{top}.py"))]
        if missing.name != top or not there:
            raise
        sys.path.insert(1, there[0])  # a src layout that is not installed
        module = importlib.import_module(name)
    found: Any = module
    for part in qualname.split("."):
        if not hasattr(found, part):
            raise TargetUnfit(f"There is no {qualname} in the module {name} ({getattr(module, '__file__', None)}).")
        found = getattr(found, part)
    if not callable(found):
        raise TargetUnfit(f"{name}:{qualname} is no function.")
    return found
