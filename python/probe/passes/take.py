"""Takes the census of one moment: from the heap and the stack to the answer's shape (Census in src/vocabulary/profile.ts)."""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from types import FrameType, ModuleType
from typing import Any, Dict, List, Optional, Tuple

from .blocks import Lines, Place, package_of
from .holders import Standing, Surroundings, find_holders, price_holders, price_locals
from .inventory import MANY, Inventory, Weights
from .paths import Paths
from .sizes import Sizer, safe_module
from .statements import Statements, read_statements

OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
"""The folder of our Python programs: frames and memory of files in it are not the program's."""
OUR_MODULES = __name__.partition(".")[0] + "."
MOST_ROWS = 60
MOST_PLACES = 5
MOST_PATHS = 14
OF_THE_PROGRAM = frozenset(["code", "type", "function", "module", "builtin_function_or_method", "getset_descriptor", "wrapper_descriptor"])
"""Types that are the program itself: who holds them is no question."""
LEAST_BYTES = 1024


class Taker:
    """Made before the target starts, used once."""

    def __init__(self, request: Dict[str, Any], project: Any, inline: List[int]) -> None:
        self._project = project
        self._statements: Dict[str, Statements] = {}
        self._frames: Dict[Place, Dict[str, Any]] = {}
        self._sizer = Sizer(inline, lambda cls: self._file_of(safe_module(cls)) is not None)
        self._lines = Lines(os.path.dirname(os.path.abspath(__file__)) + os.sep, lambda filename: project.relative(filename) is not None)
        self._notes: List[str] = []

    def take(
        self, frame: Optional[FrameType], lines_at_peak: Dict[int, int], peak_bytes: int, ours: List[Any]
    ) -> Tuple[Dict[str, Any], List[str]]:
        """The census as JSON, and what is partial in it. Turns tracing off."""
        traced = tracemalloc.get_traced_memory()[0]
        stack, others, frames = self._stack(frame, lines_at_peak)
        tracked = gc.get_objects()
        inventory = Inventory(self._sizer, self._lines)
        inventory.sample(tracked, [value for standing in stack for _, value in standing.variables])
        self._lines.take()
        tracemalloc.stop()
        self._lines.sum()
        for standing in stack:
            self._judge(standing)
        inventory.walk(tracked, {id(it) for it in ours})
        count = len(tracked)
        del tracked
        ours = [*ours, self, self.__dict__, inventory, inventory.__dict__]
        around = Surroundings(stack, others, frames, ours)
        locals_ = price_locals(stack, around, self._sizer)
        self._paths = Paths(stack, self._sizer.kind_name, [*ours, self._sizer, self._lines], count)
        candidates = find_holders(inventory.few, inventory.classes, self._file_of, self._sizer)
        holders = price_holders(candidates, stack, around, self._sizer)
        if locals_ is None or holders is None:
            self._notes.append("The heap is too large to tell what single names keep alive: there are no locals or holders in the census.")
        census = {
            "tracedBytes": traced,
            "peakBytes": max(traced, peak_bytes),
            "stack": [{"file": it.file, "line": it.line, "function": it.qualname} for it in stack],
            "lines": self._held(self._lines.top),
            "projectLines": self._held(self._lines.project),
            "unplacedBytes": self._lines.unplaced,
            "areas": self._areas(),
            "libraries": _libraries(),
            "types": self._types(inventory),
            "locals": _largest(locals_ or [], "exclusiveBytes"),
            "holders": _largest(holders or [], "exclusiveBytes"),
            "repeated": inventory.texts.rows()[:MOST_ROWS],
            "equalTuples": self._equal_tuples(inventory),
            "records": self._records(inventory),
            "caches": self._caches(inventory),
            "emptyValues": self._empties(inventory),
        }
        return census, self._notes + inventory.notes

    def keep_stacks(self) -> None:
        """Before `take`: the whole stacks are wanted afterwards."""
        self._lines.stacks = []

    def stacks(self, most: int) -> List[Dict[str, Any]]:
        """After `take`: the largest stacks of the living blocks, outermost frame first."""
        ranked = sorted(self._lines.stacks or [], key=lambda it: -it[0])[:most]
        return [
            {"frames": [self._frame(*place) for place in reversed(frames) if not place[0].startswith(OURS)], "bytes": size, "blocks": blocks}
            for size, blocks, frames in ranked
        ]

    def _frame(self, filename: str, line: int) -> Dict[str, Any]:
        found = self._frames.get((filename, line))
        if found is None:
            function = "<frozen>" if filename.startswith("<") else self._statements_of(filename).function_at(line)
            found = self._frames[(filename, line)] = {"file": self._project.display(filename), "line": line, "function": function}
        return found

    # -- the stack

    def _stack(self, frame: Optional[FrameType], lines: Dict[int, int]) -> Tuple[List[Standing], List[FrameType], List[FrameType]]:
        stack: List[Standing] = []
        others: List[FrameType] = []
        frames: List[FrameType] = []
        while frame is not None:
            code = frame.f_code
            frames.append(frame)
            file = self._project.relative(code.co_filename)
            if file is not None:
                statements = self._statements_of(code.co_filename)
                qualname = getattr(code, "co_qualname", None) or statements.qualname(code.co_name, code.co_firstlineno)
                line = statements.unit(lines.get(id(frame), frame.f_lineno))
                stack.append(Standing(frame, file, qualname, line, len(stack)))
            elif not code.co_filename.startswith(OURS):
                others.append(frame)
            frame = frame.f_back
        return stack, others, frames

    def _judge(self, standing: Standing) -> None:
        """States of the frame's variables at the statement under way; of names bound by that statement, those after it."""
        if not standing.variables or standing.frame.f_code.co_name.startswith("<"):
            return
        code = standing.frame.f_code
        now = self._statements_of(code.co_filename).unit(standing.frame.f_lineno)
        try:
            from ...facts import liveness

            with open(code.co_filename, "rb") as file:
                text = file.read()
            where = (text, max(1, code.co_firstlineno), standing.qualname)
            states = dict(liveness.states(*where, standing.line))
            if now != standing.line:
                after = liveness.states(*where, now)
                states = {name: after.get(name, state) if state == "dead" else state for name, state in states.items()}
            standing.states = states
        except Exception as error:  # noqa: BLE001 - whatever goes wrong there, the census is worth having
            self._notes.append(f"The variables of {standing.qualname} all count as live: {type(error).__name__}: {error}")

    # -- shapes

    def _held(self, table: Dict[Place, List[int]]) -> List[Dict[str, Any]]:
        ranked = sorted(table.items(), key=lambda item: -item[1][0])[:MOST_ROWS]
        return [
            {
                "file": self._project.display(filename),
                "line": line,
                "function": self._statements_of(filename).function_at(line),
                "bytes": size,
                "blocks": blocks,
                "project": self._project.relative(filename) is not None,
            }
            for (filename, line), (size, blocks) in ranked
        ]

    def _areas(self) -> List[Dict[str, Any]]:
        rows = [
            {"area": area, "library": library or None, "bytes": size, "blocks": blocks}
            for (area, library), (size, blocks) in self._lines.areas.items()
        ]
        return sorted(rows, key=lambda row: -row["bytes"])

    def _types(self, inventory: Inventory) -> List[Dict[str, Any]]:
        rows = []
        for kind in self._sizer.kinds():
            count, size, of_dicts = inventory.types.get(id(kind.cls), (0, 0, 0))
            if count and size >= LEAST_BYTES and not kind.name.startswith(OUR_MODULES):
                made = self._places(inventory.made.get(id(kind.cls), {}), count)
                sizes = sorted(inventory.sizes.get(id(kind.cls), {}).items())
                row: Dict[str, Any] = {"type": kind.name, "count": count, "bytes": size, "dictBytes": of_dicts, "project": kind.project, "madeAt": made}
                row["sizes"] = [{"below": 1 << bits, "count": number} for bits, number in sizes]
                rows.append((row, id(kind.cls)))
        ranked = sorted(rows, key=lambda it: -it[0]["bytes"])[:MOST_ROWS]
        total = sum(row["bytes"] for row, _ in ranked)
        asked = [it for it in ranked if it[0]["type"] not in OF_THE_PROGRAM and (it[0]["project"] or it[0]["bytes"] >= 0.02 * total)]
        wanted = asked[:MOST_PATHS]
        for row, key in wanted:
            row["heldBy"] = self._paths.of(inventory.example[key]) if key in inventory.example else None
        return [row for row, _ in ranked]

    def _places(self, weights: Weights, count: int) -> List[Dict[str, Any]]:
        total = sum(weights.values())
        ranked = sorted(weights.items(), key=lambda item: -item[1])[:MOST_PLACES]
        rows = [
            {"file": self._project.display(file), "line": line, "count": round(count * weight / total)} for (file, line), weight in ranked
        ]
        return [row for row in rows if row["count"] > 0]

    def _records(self, inventory: Inventory) -> List[Dict[str, Any]]:
        merged: Dict[Tuple[str, ...], Dict[str, Any]] = {}
        for keys, group in sorted(inventory.groups.items(), key=lambda item: -item[1].count):
            row = merged.setdefault(tuple(sorted(keys)), {"keys": list(keys), "count": 0, "bytes": 0})
            row["count"] += group.count
            row["bytes"] += group.bytes
        rows = []
        for shape, row in merged.items():
            if row["count"] >= MANY:
                row["madeAt"] = self._places(inventory.record_made.get(shape, {}), row["count"])
                rows.append(row)
        return _largest(rows, "bytes")

    def _equal_tuples(self, inventory: Inventory) -> List[Dict[str, Any]]:
        rows = []
        for row in inventory.equals.rows()[:MOST_ROWS]:
            file, line = row.pop("place")
            callers = self._places(row.pop("callers"), row["count"])
            rows.append({"file": self._project.display(file), "line": line, **row, "calledFrom": callers})
        return rows

    def _caches(self, inventory: Inventory) -> List[Dict[str, Any]]:
        rows = []
        for code, function, count, entries, hits, bound in inventory.caches.values():
            if self._project.relative(code.co_filename) is None and entries < MANY:
                continue
            file, line = self._project.display(code.co_filename), max(0, code.co_firstlineno)
            name = f"{function.__module__}:{function.__qualname__}"
            rows.append({"function": name, "file": file, "line": line, "count": count, "entries": entries, "hits": hits, "bound": bound})
        return _largest(rows, "entries")

    def _empties(self, inventory: Inventory) -> List[Dict[str, Any]]:
        rows = []
        for name, (count, size) in inventory.empties.items():
            for place in self._places(inventory.empty_made.get(name, {}), count):
                rows.append({"type": name, **place, "bytes": round(size * place["count"] / count)})
        return _largest([row for row in rows if row["bytes"] >= LEAST_BYTES], "bytes")

    # -- files

    def _statements_of(self, filename: str) -> Statements:
        found = self._statements.get(filename)
        if found is None:
            found = self._statements[filename] = read_statements(filename)
        return found

    def _file_of(self, module: str) -> Optional[str]:
        """The project's file of a module, None where the module is not of the project."""
        loaded = sys.modules.get(module)
        filename = loaded.__dict__.get("__file__") if isinstance(loaded, ModuleType) else None
        return self._project.relative(filename) if isinstance(filename, str) else None


def _largest(rows: List[Dict[str, Any]], figure: str) -> List[Dict[str, Any]]:
    return sorted(rows, key=lambda row: -row[figure])[:MOST_ROWS]


def _libraries() -> List[str]:
    """Top-level packages of the installed libraries that the program has loaded."""
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()) if isinstance(module, ModuleType))
    return sorted({package_of(file) for file in files if isinstance(file, str)} - {""})
