"""Pass tree: the traced heap by statement and path of calls, and the moment at which it stood highest.

A stack of levels mirrors the project's frames on the main thread; each level holds its open statement. At every boundary
(another statement, call, return, yield, resume) tracemalloc's figures are read and its peak is reset. The interval's peak
belongs to every open statement; it is noted on the innermost level and handed outwards when that level's statement closes.
"""

from __future__ import annotations

import sys
import threading
import tracemalloc
from types import CodeType
from typing import Any, Dict, List, Optional, Tuple

from . import Pass
from .events import HOT_BOUNDARIES, Code, Handler, source

RECURSION_LIMIT = 12
"""From this depth of calls on, a function that is already among its own callers counts for the statement that calls it."""
MOST_NODES = 4_000
"""Nodes kept in memory; later paths count for the statement that opens them."""
MOST_EMITTED = 400
STRIDE = 32
"""Calls of hot code between two looks at the heap."""
FINE_EVENTS = 2_000
"""How long hot code is looked at line by line after a peak in it that was gone at the next look."""
SAME = 1.001
"""A peak is a new one when it is higher by this factor."""
FIRST_SAVED = 32 * 1024 * 1024
SAVED_AGAIN = 1.25
"""The tree is written whenever the peak has grown by this factor, so that a process killed at its peak leaves it."""


class Node:
    """One statement reached through one path of calls."""

    __slots__ = ("id", "parent", "code", "unit", "count", "delta", "rise", "peak", "calls")

    def __init__(self, id: int, parent: Optional["Node"], code: Optional[Code], unit: int) -> None:
        self.id = id
        self.parent = parent
        self.code = code
        self.unit = unit
        self.count = 0
        self.delta = 0
        self.rise = 0
        self.peak = 0
        self.calls: Dict[int, "Group"] = {}


class Group:
    """The statements of one function as called from one node: first line → node."""

    __slots__ = ("nodes", "depth", "parent", "code")

    def __init__(self, parent: Node, code: Code, depth: int) -> None:
        self.parent = parent
        self.code = code
        self.depth = depth
        self.nodes: Dict[int, Node] = {}


class Level:
    """A frame of the project that is running, with its open statement."""

    __slots__ = ("known", "code", "group", "node", "unit", "entry", "peak")

    def __init__(self, known: Optional[Code], group: Optional[Group]) -> None:
        self.known = known
        self.code = None if known is None else known.code
        self.group = group
        self.node: Optional[Node] = None
        self.unit = 0
        self.entry = 0
        self.peak = 0


Stack = List[Tuple[Code, int]]


class Threads:
    """Counts the threads that the program starts, by the hook that each new one calls once."""

    def __init__(self) -> None:
        self.count = 0
        self._before: Any = None

    def start(self) -> None:
        self._before = threading._profile_hook  # type: ignore[attr-defined]
        if self._before is None:
            threading.setprofile(self._met)

    def stop(self) -> None:
        if self._before is None:
            threading.setprofile(None)  # type: ignore[arg-type]

    def _met(self, *_: Any) -> None:
        self.count += 1
        sys.setprofile(None)


class Tree(Handler, Pass):
    """Listens to the events and keeps the tree."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Pass.__init__(self, request, project, answers)
        self.root = Node(-1, None, None, 0)
        self.nodes: List[Node] = []
        bottom = Level(None, None)
        bottom.node = self.root
        self.stack: List[Level] = [bottom]
        self.best = 0
        self.limit = 0.0
        self.best_event = 0.0
        self.best_stack: Stack = []
        self.best_coarse = False
        self.last_event = 0.0
        self.last_place: Optional[Tuple[CodeType, int]] = None
        self.fine_left = 0
        self.coarse_tick = STRIDE
        self.own = 0
        self.before_pause = 0
        self.truncated = False
        self.save_at: float = FIRST_SAVED
        self.threads = Threads()
        self.events = source(project, self)

    # -- the pass

    def begin(self) -> None:
        self.events.set_stride(STRIDE)
        tracemalloc.start(1)
        self.threads.start()
        self.events.start()

    def end(self) -> None:
        lost = self.events.lost()
        self.events.stop()
        self.threads.stop()
        current, peak = self.read(self.events.number())
        while len(self.stack) > 1:
            self.close(self.stack.pop(), current)
        tracemalloc.stop()
        self.traced_peak_bytes = max(self.best, peak)
        if lost:
            self.answers.emit("note", text="The program installed a tracer of its own: statements after that are not in the stage tree.")
        if self.truncated:
            self.answers.emit("note", text=f"The stage tree has more than {MOST_NODES} statements; deeper calls count for their callers.")
        self.emit()

    def killed(self) -> None:
        self.end()

    def forked(self) -> None:
        self.events.stop()
        tracemalloc.stop()

    # -- reading the heap

    def read(self, number: float) -> Tuple[int, int]:
        """Closes the interval: (current, its peak); the peak goes to the innermost level and maybe becomes the best."""
        current, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        current -= self.own
        peak -= self.own
        top = self.stack[-1]
        if peak > top.peak:
            top.peak = peak
        if peak > self.limit:
            self.note(peak, False)
        self.last_event = number
        self.last_place = None
        if self.best > self.save_at:
            self.save(current)
        return current, peak

    def save(self, current: int) -> None:
        """Writes the tree as it stands, with what the open statements reached so far."""
        self.save_at = self.best * SAVED_AGAIN
        before = tracemalloc.get_traced_memory()[0]
        self.answers.emit("saved")
        self.emit(current)
        self.own += tracemalloc.get_traced_memory()[0] - before
        tracemalloc.reset_peak()

    def note(self, peak: int, coarse: bool) -> None:
        """A new highest point, reached after the event that was looked at last."""
        self.best = max(peak, self.best)
        self.limit = self.best * SAME
        self.best_event = self.last_event
        self.best_coarse = coarse
        stack: Stack = []
        if self.last_place is not None:
            code, line = self.last_place
            known = self.events.known.find(code)
            if known is not None:
                stack.append((known, known.statements.unit(line)))
        for level in reversed(self.stack):
            if level.known is not None and level.node is not None:
                stack.append((level.known, level.unit))
        self.best_stack = stack

    def pause(self) -> None:
        self.before_pause = self.read(self.last_event)[0]

    def resume(self) -> None:
        self.own += tracemalloc.get_traced_memory()[0] - self.own - self.before_pause
        tracemalloc.reset_peak()

    # -- statements

    def enter(self, code: Code, line: Optional[int], number: float) -> None:
        current, _ = self.read(number)
        caller = self.stack[-1]
        group = None if caller.node is None else self.group(caller.node, code)
        level = Level(code, group)
        self.stack.append(level)
        if line is not None and group is not None:
            self.open(level, code.units.get(line, line), current)

    def leave(self, code: Code, number: float) -> None:
        level = self.stack[-1]
        if level.known is not code:
            if all(it.known is not code for it in self.stack):
                return
            while self.stack[-1].known is not code:
                self.close(self.stack.pop(), self.read(number)[0])
            level = self.stack[-1]
        current, _ = self.read(number)
        self.stack.pop()
        self.close(level, current)

    def line(self, code: CodeType, line: int) -> Any:
        level = self.stack[-1]
        if level.code is not code or level.group is None:
            self.hot(code, line, self.events.number())
            return
        known = level.known
        unit = known.units.get(line, line)  # type: ignore[union-attr]
        if unit == level.unit and level.node is not None:
            if known.coarse:  # type: ignore[union-attr]
                self.coarse_tick -= 1
                if not self.coarse_tick:
                    self.coarse_tick = STRIDE
                    self.hot(code, line, self.events.number())
            return
        current, _ = self.read(self.events.number())
        self.close(level, current)
        self.open(level, unit, current)
        level.node.count += 1  # type: ignore[union-attr]
        known.boundaries += 1  # type: ignore[union-attr]
        if known.boundaries > HOT_BOUNDARIES:  # type: ignore[union-attr]
            self.pause()
            known.coarsen()  # type: ignore[union-attr]
            self.resume()

    def hot(self, code: CodeType, line: int, number: float) -> None:
        current, peak = tracemalloc.get_traced_memory()
        peak -= self.own
        if peak > self.limit:
            gone = current - self.own < 0.98 * peak
            coarse = gone and self.fine_left == 0
            self.note(peak, coarse)
            if coarse:
                self.fine_left = FINE_EVENTS
                self.events.set_stride(1)
                self.events.set_fine(True)
                self.limit = self.best * 0.995
                self.restart_interval(peak)
        elif self.fine_left:
            self.fine_left -= 1
            if not self.fine_left:
                self.events.set_stride(STRIDE)
                self.events.set_fine(False)
                self.limit = self.best * SAME
            elif self.best_coarse:
                self.restart_interval(peak)
        self.last_event = number
        self.last_place = (code, line)

    def restart_interval(self, peak: int) -> None:
        top = self.stack[-1]
        top.peak = max(top.peak, peak)
        tracemalloc.reset_peak()

    def open(self, level: Level, unit: int, current: int) -> None:
        group = level.group
        node = group.nodes.get(unit)  # type: ignore[union-attr]
        if node is None:
            node = self.new_node(group, unit)  # type: ignore[arg-type]
        level.node = node
        level.unit = unit
        level.entry = current
        level.peak = current

    def close(self, level: Level, current: int) -> None:
        """Ends the level's open statement; its highest point is also one of the statement that called it."""
        node = level.node
        if node is not None and level.group is not None:
            node.delta += current - level.entry
            if level.peak - level.entry > node.rise:
                node.rise = level.peak - level.entry
            if level.peak > node.peak:
                node.peak = level.peak
        caller = self.stack[-1]
        if caller is level:
            caller = self.stack[-2]
        if level.peak > caller.peak:
            caller.peak = level.peak

    # -- the tree

    def new_node(self, group: Group, unit: int) -> Node:
        before = tracemalloc.get_traced_memory()[0]
        node = Node(len(self.nodes), None if group.parent is self.root else group.parent, group.code, unit)
        self.nodes.append(node)
        group.nodes[unit] = node
        self.own += tracemalloc.get_traced_memory()[0] - before
        return node

    def group(self, caller: Node, code: Code) -> Optional[Group]:
        """The statements of this function called from there; None where its memory counts for the caller's statement."""
        found = caller.calls.get(id(code))
        if found is not None:
            return found
        if len(self.nodes) >= MOST_NODES:
            self.truncated = True
            return None
        depth, recursive = 1, False
        node: Optional[Node] = caller
        while node is not None:
            depth += 1
            recursive = recursive or node.code is code
            node = node.parent
        if recursive and depth > RECURSION_LIMIT:
            return None
        before = tracemalloc.get_traced_memory()[0]
        found = caller.calls[id(code)] = Group(caller, code, depth)
        self.own += tracemalloc.get_traced_memory()[0] - before
        return found

    # -- answers

    def emit(self, current: Optional[int] = None) -> None:
        reached = {} if current is None else self.open_now(current)
        for node in self.worth_telling(list(reached)):
            code = node.code
            assert code is not None
            delta, rise, peak = reached.get(node, (node.delta, node.rise, node.peak))
            self.answers.emit(
                "node",
                id=node.id,
                parent=None if node.parent is None else node.parent.id,
                function={"file": code.file, "qualname": code.qualname, "line": code.line},
                line=node.unit,
                endLine=code.statements.end_of.get(node.unit, node.unit),
                text=code.statements.text(node.unit),
                callee=code.statements.callee(node.unit),
                count=node.count,
                deltaBytes=delta,
                riseBytes=rise,
                peakBytes=peak,
            )
        stack = [{"file": code.file, "line": line, "function": code.qualname} for code, line in self.best_stack]
        self.answers.emit("peak", peakBytes=self.best, event=int(self.best_event), stack=stack)
        if self.threads.count:
            self.answers.emit("threads", count=self.threads.count)

    def open_now(self, current: int) -> Dict[Node, Tuple[int, int, int]]:
        """Delta, rise and peak of the open statements, as if they ended now."""
        found: Dict[Node, Tuple[int, int, int]] = {}
        inner = current
        for level in reversed(self.stack):
            inner = max(inner, level.peak)
            node = level.node
            if node is not None and level.group is not None:
                figures = (node.delta + current - level.entry, max(node.rise, inner - level.entry), max(node.peak, inner))
                found[node] = figures
        return found

    def worth_telling(self, always: List[Node]) -> List[Node]:
        """The nodes with the largest peak and rise, and their parents, in order of first sight."""
        chosen: Dict[int, Node] = {}
        ranked = sorted(self.nodes, key=lambda node: (-max(node.rise, abs(node.delta)), -node.peak))
        for node in always + ranked[:MOST_EMITTED]:
            walk: Optional[Node] = node
            while walk is not None and walk.id not in chosen:
                chosen[walk.id] = walk
                walk = walk.parent
        return [chosen[id] for id in sorted(chosen)]
