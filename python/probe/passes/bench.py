"""Pass bench: nothing is observed; the launcher's own figures are what counts."""

from __future__ import annotations

from . import Pass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict


class Bench(Pass):
    """The target as it is. With ``inputs``, in a run whose figures nobody uses: what it reads, and what it is called with."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        super().__init__(request, project, answers)
        self._inputs: Any = None
        if request.get("inputs"):
            from .inputs import Inputs

            self._inputs = Inputs(project)

    def begin(self) -> None:
        if self._inputs:
            self._inputs.start()

    def end(self) -> None:
        if self._inputs:
            self._inputs.stop()
            self.answers.emit("inputs", **self._inputs.told())

    def forked(self) -> None:
        if self._inputs:
            self._inputs.stop()

    def prepares(self) -> None:
        if self._inputs:
            self._inputs.weigh()

    def entry(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return self._inputs.entry(function) if self._inputs else function
