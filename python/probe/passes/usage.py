"""Pass usage: what classes and values are really used for, while the target or the tests run."""

from __future__ import annotations

import importlib
from typing import Any, Dict, List, Tuple

from . import Pass

RECORDERS = {"classes": "recorder_classes", "values": "recorder_values", "lines": "recorder_lines"}
"""Part of the request → module of ``facts`` with ``install(requests, project)`` and ``collect() -> list``."""


class Usage(Pass):
    """Installs the recorders before anything of the project is loaded; one with nothing to watch is not even imported."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        self._recorders: List[Tuple[str, Any]] = []
        package = __name__.rpartition(".probe.")[0]
        for part, name in RECORDERS.items():
            wanted = (request.get("usage") or {}).get(part) or []
            if wanted:
                recorder = importlib.import_module(f"{package}.facts.{name}")
                recorder.install(wanted, project)
                self._recorders.append((part, recorder))

    def end(self) -> None:
        seen: Dict[str, list] = {part: [] for part in RECORDERS}
        for part, recorder in self._recorders:
            seen[part] = recorder.collect()
        self.answers.emit("usage", **seen)
