"""The time in which the target's code runs: opened directly before its first statement, closed directly after its last."""

from __future__ import annotations

from . import memory
from .instant import Instant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


def _growth(before: Optional[int], now: Optional[int]) -> Optional[int]:
    return None if before is None or now is None else max(0, now - before)


class TargetUnfit(Exception):
    """The target cannot be started at all; the message is a sentence for the user."""


class Window:
    """Tells the pass when to observe, and takes the time."""

    def __init__(self, pass_: Any) -> None:
        self.pass_ = pass_
        self._began: Optional[Instant] = None
        self._ended: Optional[Instant] = None
        self._paused_ns = 0
        self.start_bytes: Optional[int] = None
        """What the process held when it was opened."""
        self._file_bytes: Optional[int] = None
        self._written: Optional[int] = None

    @property
    def is_open(self) -> bool:
        return self._began is not None and self._ended is None

    def open(self) -> None:
        """Lets the pass begin, then starts the clock."""
        self.start_bytes = memory.resident_bytes()
        self._file_bytes = memory.file_bytes()
        self._written = memory.written_bytes()
        self.pass_.begin()
        self._began = Instant()

    def file_bytes(self) -> Optional[int]:
        """By how much the resident pages of mapped files grew since it was opened."""
        return _growth(self._file_bytes, memory.file_bytes())

    def written_bytes(self) -> Optional[int]:
        """What was written since it was opened, to files and pipes alike."""
        return _growth(self._written, memory.written_bytes())

    def restart_clock(self) -> None:
        """What was done up to here (the setup of a function target) does not count as the target's time."""
        self._began = Instant()

    def leave_out(self, duration_ns: int) -> None:
        """Takes work of ours, done inside the window, out of the time."""
        self._paused_ns += duration_ns

    def stop_clock(self) -> None:
        """The target's last statement was run."""
        if self.is_open:
            self._ended = Instant()

    def close(self) -> None:
        """Stops the clock and lets the pass end. Does nothing where the window was never opened."""
        if self.is_open:
            self.stop_clock()
            self.pass_.end()

    def times(self) -> dict:
        """``durationMs`` and ``cpuMs`` so far, 0 where the target never began."""
        if self._began is None:
            return {"durationMs": 0.0, "cpuMs": 0.0}
        now, began, paused = self._ended or Instant(), self._began, self._paused_ns / 1e9
        # What was left out waited for its processor as the rest did.
        wall, own = now.wall - began.wall, now.undisturbed_since(began)
        share = max(0.0, 1 - paused / wall) if wall > 0 else 0.0
        return {"durationMs": own * share * 1e3, "cpuMs": max(0.0, now.cpu - began.cpu - paused) * 1e3}
