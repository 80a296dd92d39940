"""The passes: what is observed while the target runs. One pass a process.

A pass is a class in a module of its own, made before the target's code starts and asked three times::

    pass_ = Tree(request, project, answers)   # import here, at module level, all that it needs
    pass_.begin()                             # directly before the target's first statement, on the main thread
    pass_.end()                               # directly after it ended or raised; emits answers

For a pytest target the window is pytest's test loop (fixtures included, collecting left out); for the others it is all of
the target, its imports and setup included, and ends when its non-daemon threads did.

``end`` is always called when ``begin`` was, also on SystemExit; it is not called when the process is killed. On SIGTERM
``killed()`` is called instead where a pass has it. Figures of the process that hold for every pass (``result``, ``witness``)
are emitted by the launcher, after ``end``. A pass that cannot observe something says so with ``answers.note(text)``.

What a pass gets:

* ``request``: the whole request, a dict;
* ``project.relative(filename)``: the path of a code object's ``co_filename`` relative to the project with ``/``, or None
  where it is no file of the project (outside the tree, excluded, generated code); cached by file name;
* ``project.display(filename)``: the same, but the absolute path where it lies outside;
* ``answers.emit(kind, **fields)``: one JSON line, flushed;
* ``calls(call)`` (method, optional): for a function target it is given the call instead of its result, and may call it again;
  each call makes its arguments anew;
* ``traced_peak_bytes`` (attribute, optional): a pass that starts and stops tracemalloc itself leaves its overall traced
  peak there, and ``result`` tells it as ``tracedPeakBytes``.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # the real one lies in a module that would weigh on every measured process
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Optional

PASSES: Dict[str, str] = {
    "bench": "bench:Bench",
    "traced": "traced:Traced",
    "clock": "clock:Clock",
    "outcomes": "outcomes:Outcomes",
    "trial": "trial:Trial",
    "usage": "usage:Usage",
    "tree": "tree:Tree",
    "census": "census:CensusPass",
    "stages": "stages:Stages",
    "memray": "memray_pass:MemrayPass",
}
"""Pass name → ``module:Class`` beside this file; loaded only when asked for."""


class Pass:
    """Observes nothing. The base of every pass, though a class with the same methods does as well."""

    traced_peak_bytes: Optional[int] = None

    # The constructor runs before anything of the target is loaded: what must be seen at import (transforms) goes here.
    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        self.request = request
        self.project = project
        self.answers = answers

    def begin(self) -> None:
        """Directly before the target's code starts."""

    def prepares(self) -> None:
        """The setup of a function target, and then its arguments, are about to be evaluated."""

    def entry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What is called in the place of a function target."""
        return function

    def end(self) -> None:
        """Directly after it ended or raised; the place to emit answers."""

    def forked(self) -> None:
        """In a child that the target forked, before its code goes on: what is observed is the first process alone."""

    def killed(self) -> None:
        """Instead of ``end`` when the process is being ended by SIGTERM: emit what is there, quickly."""


def load(name: str) -> Callable[[Dict[str, Any], Any, Any], Any]:
    """The class of a pass. Raises ValueError for a name that no pass has."""
    if name not in PASSES:
        raise ValueError(f"There is no pass '{name}'. Known: {', '.join(sorted(PASSES))}, tests, compile.")
    module, _, attribute = PASSES[name].partition(":")
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)
