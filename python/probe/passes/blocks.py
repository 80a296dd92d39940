"""The lines that hold the traced memory, from tracemalloc's own table."""

from __future__ import annotations

import _tracemalloc
from types import CodeType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

Place = Tuple[str, int]
Frames = Tuple[Place, ...]
Area = Tuple[str, str]
"""What the memory is for, and the library (its top-level package) that asked for it, or nothing."""

ARRAYS = 389047
"""The domain under which numpy reports the data of arrays (np.lib.tracemalloc_domain)."""
IMPORT = "<frozen importlib._bootstrap"


class Lines:
    """Memory by allocation line, own bookkeeping left out. `top`: by the innermost frame; `project`: by the innermost frame
    of the project, blocks without one left out; `areas`: by whose they are, all blocks."""

    def __init__(self, ours: str, is_project: Callable[[str], bool]) -> None:
        self.top: Dict[Place, List[int]] = {}
        self.project: Dict[Place, List[int]] = {}
        self.areas: Dict[Area, List[int]] = {}
        self.unplaced = 0
        """Bytes of blocks in whose trace is no frame of the project, and which no import asked for."""
        self.stacks: Optional[List[Tuple[int, int, Frames]]] = None
        """(bytes, blocks, frames) of every trace but our own; kept only where somebody made it a list."""
        self._ours = ours
        self._is_project = is_project
        self._traces: Sequence[Any] = ()
        self._made_at: Dict[Frames, Optional[Place]] = {}
        self._last_lines: Dict[int, int] = {}
        """Of code objects, by identity: all of them live as long as this look at the heap."""

    def take(self) -> None:
        """Takes the table of all living blocks. Tracing must be on."""
        self._traces = _tracemalloc._get_traces()

    def sum(self) -> None:
        """Adds the table up by line; better done with tracing off, since adding allocates."""
        sums: Dict[Tuple[int, bool], List[Any]] = {}
        for trace in self._traces:
            frames = trace[2]
            key = (id(frames), trace[0] == ARRAYS)
            found = sums.get(key)
            if found is None:
                sums[key] = [trace[1], 1, frames]
            else:
                found[0] += trace[1]
                found[1] += 1
        self._traces = ()
        for (_, is_array), (size, blocks, frames) in sums.items():
            place = self.project_place(frames)
            if self._is_ours(frames, place):
                continue
            if self.stacks is not None:
                self.stacks.append((size, blocks, frames))
            area = self._area(frames, is_array)
            if place is None and area[0] != "imports":
                self.unplaced += size
            self._add(self.areas, area, size, blocks)
            self._add(self.top, frames[0], size, blocks)
            if place is not None:
                self._add(self.project, place, size, blocks)

    def _area(self, frames: Frames, is_array: bool) -> Area:
        if is_array:
            return "arrays", "numpy"
        if any(filename.startswith(IMPORT) for filename, _ in frames):
            return "imports", ""
        for filename, _ in frames:
            if self._is_project(filename):
                return "project", ""
            library = package_of(filename)
            if library:
                return "library", library
        return "interpreter", ""

    def project_place(self, frames: Frames) -> Optional[Place]:
        """The innermost frame of the project in a trace (traces come innermost first)."""
        return next((frame for frame in frames if self._is_project(frame[0])), None)

    def made_at(self, value: Any) -> Optional[Place]:
        """Where an object was made: the innermost line of the project, or the innermost line at all."""
        frames: Optional[Frames] = _tracemalloc._get_object_traceback(value)  # type: ignore[assignment]
        if not frames:
            return None
        known = self._made_at.get(frames, False)  # one look: the hash of many frames is what costs here
        if known is False:
            place = self.project_place(frames)
            known = self._made_at[frames] = None if self._is_ours(frames, place) else place or frames[0]
        return known  # type: ignore[return-value]

    def caller_of(self, code: CodeType, value: Any) -> Optional[Place]:
        """The line that called the function while the function made the value; None where the function did not make it."""
        frames = _tracemalloc._get_object_traceback(value) or ()  # type: ignore[attr-defined]
        last = self._last_lines.get(id(code))
        if last is None:
            last = max((line for _, _, line in code.co_lines() if line is not None), default=0)
            self._last_lines[id(code)] = last
        for inner, outer in zip(frames, frames[1:]):
            if inner[0] == code.co_filename and code.co_firstlineno <= inner[1] <= last:
                return outer
        return None

    def _is_ours(self, frames: Frames, place: Optional[Place]) -> bool:
        """Made by a pass, or by what a pass called: one of its frames lies inside the innermost frame of the project."""
        inner = frames if place is None else frames[: frames.index(place)]
        return any(frame[0].startswith(self._ours) for frame in inner)

    @staticmethod
    def _add(into: Dict[Any, List[int]], place: Any, size: int, blocks: int) -> None:
        found = into.get(place)
        if found is None:
            into[place] = [size, blocks]
        else:
            found[0] += size
            found[1] += blocks


def package_of(filename: str) -> str:
    """The top-level package that a file of an installed library belongs to; empty for all other files."""
    for folder in ("site-packages", "dist-packages"):
        head, found, rest = filename.replace("\\", "/").rpartition(f"/{folder}/")
        if found and head:
            return rest.split("/")[0].partition(".")[0]
    return ""
