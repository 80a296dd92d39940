"""Two instants, and the time between them without the wait for a processor that other programs had."""

from __future__ import annotations

import os
import time

_LOOKS = 5
_AT_ONCE_S = 0.0005
_SCHEDULER = "/proc/thread-self/schedstat"


def waited_s() -> float:
    """Seconds in which this thread could have run and was given no processor (company, or a quota used up); 0 where that is not told."""
    try:
        file = os.open(_SCHEDULER, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return 0.0
    try:
        return int(os.read(file, 256).split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
    finally:
        os.close(file)


class Instant:
    """All in seconds, as floats: they have one size, so that what a pass holds of them is the same in each run."""

    __slots__ = ("children", "cpu", "ran", "waited", "wall")

    def __init__(self) -> None:
        self.children = sum(os.times()[2:4])
        for _ in range(_LOOKS):
            began = time.perf_counter()
            self.waited = waited_s()
            self.ran = time.thread_time()
            self.cpu = time.process_time()
            self.wall = time.perf_counter()
            if self.wall - began < _AT_ONCE_S:
                break  # else the processor was lost in between, and the figures belong to different instants

    def undisturbed_since(self, began: Instant) -> float:
        """Seconds on a machine of its own: without the wait for a processor, as far as none of its own threads and children had it."""
        waited, ran = self.waited - began.waited, self.ran - began.ran
        others = max(0.0, self.cpu - began.cpu - ran) + self.children - began.children
        return self.wall - began.wall - max(0.0, waited - others)
