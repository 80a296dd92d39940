"""Pass memray: the target under memray's Tracker, from a folder that is only appended to the search path while it is imported."""

from __future__ import annotations

import sys
from typing import Any, Dict

from . import Pass


class MemrayPass(Pass):
    """Writes an aggregated capture to ``request["capture"]``: a few kilobytes, whatever the target allocates.

    ``request["overlay"]``: the folder that holds memray, or nothing where the environment has it. ``pythonAllocators``: whether
    each small object counts by itself, and not only the arenas that hold them.
    """

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        overlay = request.get("overlay")
        if overlay:
            sys.path.append(overlay)
        try:
            import memray

            self._tracker: Any = memray.Tracker(
                destination=memray.FileDestination(request["capture"], overwrite=True),
                file_format=memray.FileFormat.AGGREGATED_ALLOCATIONS,
                trace_python_allocators=bool(request.get("pythonAllocators")),
            )
        finally:
            if overlay:
                sys.path.remove(overlay)
                _forget(overlay)

    def begin(self) -> None:
        self._tracker.__enter__()

    def end(self) -> None:
        tracker, self._tracker = self._tracker, None
        if tracker is not None:
            tracker.__exit__(None, None, None)

    def killed(self) -> None:
        self.end()


def _forget(overlay: str) -> None:
    """Takes what came from the overlay out of the target's reach: it must not find packages that its environment lacks."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(overlay):
            del sys.modules[name]
