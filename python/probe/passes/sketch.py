"""Pass sketch: pass tree with the process's resident memory in place of the traced heap, at hardly any cost.

What it sees between two boundaries is the difference of resident memory, not the peak inside: enough to find the function whose
statements share the memory among them; pass stages then tells each statement's peak.
"""

from __future__ import annotations

import os
from types import CodeType
from typing import Any, Dict, Tuple

from .events import MUTE
from .tree import Node, Tree

NEVER = float("inf")


class Sketch(Tree):
    """Reads /proc/self/statm at each boundary of code that is not hot."""

    def __init__(self, request: Dict[str, Any], project: Any, answers: Any) -> None:
        Tree.__init__(self, request, project, answers)
        self._page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
        try:
            self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._statm = -1

    def begin(self) -> None:
        if self._statm < 0:
            return
        self.events.set_stride(1 << 30)
        self.events.start()

    def end(self) -> None:
        if self._statm < 0:
            self.answers.emit("note", text="This system does not tell the resident memory of a process cheaply: there is no quick look.")
            return
        current, _ = self.read(self.events.number())
        self.events.stop()
        while len(self.stack) > 1:
            self.close(self.stack.pop(), current)
        os.close(self._statm)
        self.emit()

    def forked(self) -> None:
        self.events.stop()

    def read(self, number: float) -> Tuple[int, int]:
        resident = int(os.pread(self._statm, 64, 0).split(b" ", 2)[1]) * self._page
        top = self.stack[-1]
        if resident > top.peak:
            top.peak = resident
        if resident > self.limit:
            self.note(resident, False)
        self.last_event = number
        return resident, resident

    def pause(self) -> None:
        """Our own memory is a matter of kilobytes here."""

    def resume(self) -> None:
        """See pause."""

    def new_node(self, group: Any, unit: int) -> Node:
        node = Node(len(self.nodes), None if group.parent is self.root else group.parent, group.code, unit)
        self.nodes.append(node)
        group.nodes[unit] = node
        return node

    def hot(self, code: Any, line: int, number: float) -> None:
        """Hot code is not looked at."""

    def line(self, code: CodeType, line: int) -> Any:
        """A loop that counts as one statement is not heard line by line."""
        level = self.stack[-1]
        known = level.known
        if level.code is code and known is not None and known.coarse and known.units.get(line, line) == level.unit:
            return MUTE
        return Tree.line(self, code, line)
