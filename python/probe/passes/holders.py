"""What only a local variable of a frame on the stack, or only a long-lived container, keeps alive."""

from __future__ import annotations

import gc
import sys
import threading
from types import FrameType, ModuleType
from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple

from .reach import Owners
from .sizes import Kind, Sizer, attributes_of, class_dict, safe_module

LONG = 50
"""Containers with fewer items are no holders."""
BIG_BYTES = 64 * 1024
NAMESPACE = "_codeflash_memory"


class Standing:
    """A frame of the project on the main thread's stack, innermost first, and the line that counts for it."""

    __slots__ = ("frame", "file", "qualname", "line", "depth", "variables", "states")

    def __init__(self, frame: FrameType, file: str, qualname: str, line: int, depth: int) -> None:
        self.frame = frame
        self.file = file
        self.qualname = qualname
        self.line = line
        self.depth = depth
        self.variables = [] if is_global(frame) else variables(frame)
        self.states: Dict[str, str] = {}


def is_global(frame: FrameType) -> bool:
    """Module and class bodies: their names are no locals."""
    return not frame.f_code.co_flags & 0x2


def variables(frame: FrameType) -> List[Tuple[str, Any]]:
    """Names and values of a frame's variables."""
    return list(frame.f_locals.items())


class Surroundings:
    """What is alive whatever the project's frames do: modules, other code's frames, other threads."""

    def __init__(self, stack: List[Standing], others: List[FrameType], frames: List[FrameType], ours: List[Any]) -> None:
        self._frames = frames
        self._ours = ours
        roots: List[Any] = [it.__dict__ for name, it in list(sys.modules.items()) if isinstance(it, ModuleType) and not _is_ours(name)]
        roots += [it.frame.f_globals for it in stack]
        roots += [it.f_globals for it in others]
        roots += [value for frame in others for _, value in variables(frame)]
        main = threading.get_ident()
        for thread, frame in list(sys._current_frames().items()):
            walk: Optional[FrameType] = frame if thread != main else None
            while walk is not None:
                roots += [value for _, value in variables(walk)]
                self._frames.append(walk)
                walk = walk.f_back
        self.roots = roots

    def mark(self, owners: Owners) -> None:
        """Marks all of that as belonging to nobody in question; never enters frames or what is ours."""
        owners.stop_at(self._frames)
        owners.stop_at(self._ours)
        owners.stop_at(it for name, module in list(sys.modules.items()) if _is_ours(name) for it in (module, module.__dict__))
        owners.share(self.roots)


def _is_ours(module: str) -> bool:
    return module == NAMESPACE or module.startswith(NAMESPACE + ".")


def price_locals(stack: List[Standing], around: Surroundings, sizer: Sizer) -> Optional[List[Dict[str, Any]]]:
    """The variables on the stack with their exclusive bytes (PeakLocal); None when there is too much to walk."""
    owners = Owners(sizer)
    around.mark(owners)
    rows: List[Tuple[Standing, str, Any, str]] = []
    for standing in stack:
        for name, value in standing.variables:
            rows.append((standing, name, value, standing.states.get(name, "live")))
    for index, (_, _, value, state) in enumerate(rows, start=1):
        if state != "dead":
            owners.mark([value], index)
    answers: List[Dict[str, Any]] = []
    known: Dict[int, int] = {}
    for index, (standing, name, value, state) in enumerate(rows, start=1):
        if state == "dead":
            if id(value) not in known:
                known[id(value)] = owners.unowned_bytes(value)
            size = known[id(value)]
        else:
            size = owners.bytes.get(index, 0)
        if name.startswith("."):
            continue
        answers.append(
            {
                "file": standing.file,
                "line": standing.line,
                "function": standing.qualname,
                "functionLine": max(1, standing.frame.f_code.co_firstlineno),
                "name": name,
                "type": sizer.kind(type(value)).name,
                "state": state,
                "exclusiveBytes": size,
                "depth": standing.depth,
            }
        )
    return answers if owners.complete else None


class Candidate:
    """A long-lived container and the object through which it is held."""

    __slots__ = ("kind", "file", "owner", "name", "value", "through")

    def __init__(self, kind: str, file: str, owner: str, name: str, value: Any, through: List[Any]) -> None:
        self.kind = kind
        self.file = file
        self.owner = owner
        self.name = name
        self.value = value
        self.through = through


def find_holders(few: List[Tuple[Any, Kind]], classes: List[type], file_of: Callable[[str], Optional[str]], sizer: Sizer) -> List[Candidate]:
    """Long containers in globals and classes of the project, and in attributes of instances of which there are few."""
    found: List[Candidate] = []
    for name, module in list(sys.modules.items()):
        file = None if not isinstance(module, ModuleType) or _is_ours(name) else file_of(name)
        if file is not None:
            held = [(key, value) for key, value in list(module.__dict__.items()) if sizer.length(value) >= LONG and not key.startswith("__")]
            found += [Candidate("global", file, name, key, value, [module.__dict__]) for key, value in held]
    for cls in classes:
        file = file_of(safe_module(cls))
        if file is not None:
            spaces = [it for it in gc.get_referents(cls) if type(it) is dict]
            for key, value in list(class_dict(cls).items()):
                if sizer.length(value) >= LONG and not key.startswith("__"):
                    found.append(Candidate("class-attribute", file, sizer.kind_name(cls), key, value, [cls, *spaces]))
    for instance, kind in few:
        referents = gc.get_referents(instance)
        own = sizer.shallow(instance, kind, referents)[2]
        for key, value in attributes_of(instance, kind, own):
            if sizer.length(value) >= LONG or _is_big(sizer.kind(type(value)), value):
                through = [instance] if own is None else [instance, own]
                file = file_of(safe_module(kind.cls)) or ""
                found.append(Candidate("instance-attribute", file, kind.name, key, value, through))
    return found


def _is_big(kind: Kind, value: Any) -> bool:
    """A text, bytes or an array of some size."""
    return (kind.plain or kind.array) and kind.measure(value) >= BIG_BYTES


def price_holders(candidates: List[Candidate], stack: List[Standing], around: Surroundings, sizer: Sizer) -> Optional[List[Dict[str, Any]]]:
    """The candidates with their exclusive bytes (Holder); None when there is too much to walk."""
    cut: Dict[int, Set[int]] = {}
    for candidate in candidates:
        for through in candidate.through:
            cut.setdefault(id(through), set()).add(id(candidate.value))
    owners = Owners(sizer, cut)
    around.mark(owners)
    live: Iterable[Any] = [
        value for standing in stack for name, value in standing.variables if standing.states.get(name, "live") != "dead"
    ]
    owners.share(live)
    for index, candidate in enumerate(candidates, start=1):
        owners.mark([candidate.value], index)
    if not owners.complete:
        return None
    totals = {index: owners.bytes.get(index, 0) for index in range(1, len(candidates) + 1)}
    for index, candidate in enumerate(candidates, start=1):
        holder = owners.owner(candidate.through[0])
        if holder and holder != index:
            totals[holder] += owners.bytes.get(index, 0)
    return [
        {
            "kind": candidate.kind,
            "file": candidate.file,
            "owner": candidate.owner,
            "name": candidate.name,
            "type": sizer.kind(type(candidate.value)).name,
            "length": sizer.length(candidate.value) or None,
            "exclusiveBytes": totals[index],
        }
        for index, candidate in enumerate(candidates, start=1)
    ]
