"""Line events of one function by calls that are put into its source, for Pythons before 3.12: a tracer would slow down every
call of the program, and not the watched ones alone.

A call stands before each statement of the function. What runs again is told again: a loop where it goes on, a ``with`` where it
ends, a ``try`` whose handlers are asked. Functions inside of it, and expressions that run over several lines, report nothing.
"""

from __future__ import annotations

import ast
import builtins
import os
import sys
from _thread import get_ident
from typing import Any, Dict, List, Optional, Tuple

from ...facts.syntax import DEFINITIONS, LOOPS, first_line, functions, suspends
from .. import source
from .events import Known

NAME = "__codeflash_memory_stage__"
BLOCKS = ("body", "orelse", "finalbody")
RETURNED_TO = (*LOOPS, ast.With, ast.AsyncWith)


class InsertedEvents:
    """See events.py; nothing is hot here, so there are no strides."""

    def __init__(self, known: Known, file: str, where: Tuple[str, int]) -> None:
        self.known = known
        self.handler = known.handler
        self._where = where
        self._count = 0.0
        self._thread: Optional[int] = None
        self._depth = 0
        setattr(builtins, NAME, self)
        source.add_transform(self._transform, {file})
        source.measure(self.handler.pause, self.handler.resume)

    def start(self) -> None:
        self._thread = get_ident()

    def stop(self) -> None:
        self._thread = None

    def number(self) -> float:
        return self._count

    def set_stride(self, count: int) -> None:
        """All is counted one by one."""

    def set_fine(self, wanted: bool) -> None:
        """There is nothing finer."""

    def lost(self) -> bool:
        return False

    # -- called from the function

    def enter(self) -> None:
        if get_ident() != self._thread:
            return
        code = self.known.find(sys._getframe(1).f_code)
        if code is not None:
            self._depth += 1
            self.handler.enter(code, None, self._count)

    def leave(self) -> None:
        if self._depth and get_ident() == self._thread:
            code = self.known.find(sys._getframe(1).f_code)
            if code is not None:
                self._depth -= 1
                self.handler.leave(code, self._count)

    def line(self, number: int) -> None:
        if self._depth and get_ident() == self._thread:
            self._count += 1.0
            self.handler.line(sys._getframe(1).f_code, number)

    # -- putting the calls there

    def _transform(self, module: ast.Module, filename: str) -> ast.Module:
        found = _scopes(module).get(self._where)
        if found is not None:
            first = 0
            while first < len(found.body) and _stays_first(found.body[first], first):
                first += 1
            watched = ast.Try(
                body=[_call("enter", found.body[first:]), *_block(found.body[first:], None)],
                handlers=[],
                orelse=[],
                finalbody=[_call("leave", found.body[first:])],
            )
            found.body[first:] = [ast.copy_location(watched, found.body[first])] if first < len(found.body) else []
        return module


def inserted(project: Any, handler: Any, wanted: Any, function: Dict[str, Any]) -> Optional[InsertedEvents]:
    """The events of the request's function; None where they cannot be had so: it is not there, or it is a generator or coroutine."""
    handler.pause()
    try:
        with open(os.path.join(project.tree, function["file"]), "rb") as file:
            scopes = _scopes(ast.parse(file.read()))
    except (OSError, SyntaxError, ValueError, RecursionError):
        scopes = {}
    finally:
        handler.resume()
    where = _chosen(scopes, function)
    if where is None or suspends(scopes[where]):
        return None
    return InsertedEvents(Known(project, handler, wanted), function["file"], where)


def _chosen(scopes: Dict[Tuple[str, int], Any], function: Dict[str, Any]) -> Optional[Tuple[str, int]]:
    name = function["qualname"].rpartition(".")[2]
    if "within" in function:
        within = function["within"]
        named = [it for it in scopes if it[0].rpartition(".")[2] == name]
        around = [it for it in named if name == "<module>" or it[1] <= within <= (scopes[it].end_lineno or 0)]
        return max(around, key=lambda it: it[1], default=None)
    named = [it for it in scopes if it[0] == function["qualname"]]
    return next((it for it in named if it[1] == function["line"] or name == "<module>"), None)


def _scopes(module: ast.Module) -> Dict[Tuple[str, int], Any]:
    """The module and every plain function in it, by qualified name and first line."""
    found: Dict[Tuple[str, int], Any] = {("<module>", 1): module}
    found.update({(name, first_line(it)): it for name, it in functions(module) if isinstance(it, ast.FunctionDef)})
    return found


def _stays_first(statement: ast.stmt, index: int) -> bool:
    """A docstring, and what Python wants at the head of a file."""
    if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
        return True
    return index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


def _call(what: str, beside: List[ast.stmt], *arguments: int) -> ast.stmt:
    """`NAME.what(arguments)`, as if it stood where the first of the statements does."""
    function = ast.Attribute(value=ast.Name(id=NAME, ctx=ast.Load()), attr=what, ctx=ast.Load())
    call = ast.Expr(value=ast.Call(func=function, args=[ast.Constant(value=it) for it in arguments], keywords=[]))
    for part in ast.walk(call):
        if beside and isinstance(part, (ast.stmt, ast.expr)):
            ast.copy_location(part, beside[0])
    return call


def _block(statements: List[ast.stmt], loop: Optional[ast.stmt]) -> List[ast.stmt]:
    """The statements with their calls; `loop`: the innermost one around them, to which `continue` goes back."""
    done: List[ast.stmt] = []
    for statement in statements:
        done.append(_call("line", [statement], first_line(statement)))
        if isinstance(statement, ast.Continue) and loop is not None:
            done.append(_call("line", [statement], first_line(loop)))
        done.append(statement)
        if isinstance(statement, DEFINITIONS):
            continue
        again = _call("line", [statement], first_line(statement))
        for name in BLOCKS:
            inside = getattr(statement, name, None)
            if inside:
                block = _block(inside, statement if name == "body" and isinstance(statement, LOOPS) else loop)
                setattr(statement, name, [*block, again] if name == "body" and isinstance(statement, RETURNED_TO) else block)
        for handler in getattr(statement, "handlers", []):
            handler.body = [again, *_block(handler.body, loop)]
        for case in getattr(statement, "cases", []):
            case.body = _block(case.body, loop)
    return done
