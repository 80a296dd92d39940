"""The time in which the target's code runs: opened directly before its first statement, closed directly after its last."""

from __future__ import annotations

import os
import time

from . import memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple

_LOOKS = 5
_AT_ONCE_S = 0.0005
_SCHEDULER = "/proc/thread-self/schedstat"


def _queued_s() -> Tuple[float, float]:
    """Seconds in which this thread ran, and in which it could have run and was given no processor (company, or a quota used up)."""
    try:
        file = os.open(_SCHEDULER, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return 0.0, 0.0
    try:
        ran, waited = os.read(file, 256).split()[:2]
        return int(ran) / 1e9, int(waited) / 1e9
    except (OSError, ValueError):
        return 0.0, 0.0
    finally:
        os.close(file)


class _Instant:
    """All in seconds, as floats: they have one size, so that what a pass holds of them is the same in each run."""

    __slots__ = ("children", "cpu", "ran", "waited", "wall")

    def __init__(self) -> None:
        self.children = sum(os.times()[2:4])
        for _ in range(_LOOKS):
            began = time.perf_counter()
            self.ran, self.waited = _queued_s()
            self.cpu = time.process_time()
            self.wall = time.perf_counter()
            if self.wall - began < _AT_ONCE_S:
                break  # else the processor was lost in between, and the figures belong to different instants

    def undisturbed_since(self, began: _Instant) -> float:
        """Seconds on a machine of its own: without the wait for a processor, as far as none of its own threads and children had it."""
        waited, ran = self.waited - began.waited, self.ran - began.ran
        others = max(0.0, self.cpu - began.cpu - ran) + self.children - began.children
        return self.wall - began.wall - max(0.0, waited - others)


def _growth(before: Optional[int], now: Optional[int]) -> Optional[int]:
    return None if before is None or now is None else max(0, now - before)


class TargetUnfit(Exception):
    """The target cannot be started at all; the message is a sentence for the user."""


class Window:
    """Tells the pass when to observe, and takes the time."""

    def __init__(self, pass_: Any) -> None:
        self.pass_ = pass_
        self._began: Optional[_Instant] = None
        self._ended: Optional[_Instant] = None
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
        self._began = _Instant()

    def file_bytes(self) -> Optional[int]:
        """By how much the resident pages of mapped files grew since it was opened."""
        return _growth(self._file_bytes, memory.file_bytes())

    def written_bytes(self) -> Optional[int]:
        """What was written since it was opened, to files and pipes alike."""
        return _growth(self._written, memory.written_bytes())

    def restart_clock(self) -> None:
        """What was done up to here (the setup of a function target) does not count as the target's time."""
        self._began = _Instant()

    def leave_out(self, duration_ns: int) -> None:
        """Takes work of ours, done inside the window, out of the time."""
        self._paused_ns += duration_ns

    def stop_clock(self) -> None:
        """The target's last statement was run."""
        if self.is_open:
            self._ended = _Instant()

    def close(self) -> None:
        """Stops the clock and lets the pass end. Does nothing where the window was never opened."""
        if self.is_open:
            self.stop_clock()
            self.pass_.end()

    def times(self) -> dict:
        """``durationMs`` and ``cpuMs`` so far, 0 where the target never began."""
        if self._began is None:
            return {"durationMs": 0.0, "cpuMs": 0.0}
        now, began, paused = self._ended or _Instant(), self._began, self._paused_ns / 1e9
        # What was left out waited for its processor as the rest did.
        wall, own = now.wall - began.wall, now.undisturbed_since(began)
        share = max(0.0, 1 - paused / wall) if wall > 0 else 0.0
        return {"durationMs": own * share * 1e3, "cpuMs": max(0.0, now.cpu - began.cpu - paused) * 1e3}
