"""How the target ended, in the words of the answers: exit code, error, and where in the project."""

from __future__ import annotations

import os
import sys

from .window import TargetUnfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple

    from .project import Project

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def describe(error: BaseException, project: Project) -> Dict[str, Any]:
    """``{type, message, where}`` of an exception; ``where`` is the innermost project file and line, or None."""
    try:
        message = str(error)
    except Exception:
        message = "(its message could not be read)"
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, TargetUnfit):
        name = "TargetUnfit"
    return {"type": name, "message": message[:2000], "where": _where(error, project)}


def _where(error: BaseException, project: Project) -> Optional[str]:
    found = None
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        inside = project.relative(error.filename)
        found = f"{inside}:{error.lineno}" if inside is not None else None
    if found is not None:
        return found
    trace = error.__traceback__
    while trace is not None:
        inside = project.relative(trace.tb_frame.f_code.co_filename)
        if inside is not None:
            found = f"{inside}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def ending(error: Optional[BaseException], project: Project) -> Tuple[int, Optional[Dict[str, Any]]]:
    """Exit code and ``error`` answer of a target that raised (or returned, where ``error`` is None), shown as Python shows it."""
    if error is None:
        return 0, None
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or isinstance(code, int):
            return (code or 0) & 0xFF, None
        print(code, file=sys.stderr)
        return 1, {"type": "SystemExit", "message": str(code)[:2000], "where": _where(error, project)}
    _show(error)
    return (130 if isinstance(error, KeyboardInterrupt) else 1), describe(error, project)


def _show(error: BaseException) -> None:
    """The traceback on stderr as the user would see it: without the frames of the probe."""
    if isinstance(error, TargetUnfit):
        print(error, file=sys.stderr)
        return
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    try:
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    except Exception:
        sys.__excepthook__(type(error), error, trace)
