"""Pass traced: the peak of the traced heap over the whole target, and nothing else."""

from __future__ import annotations

import _tracemalloc  # the C half: the other half's imports would weigh on the measured process

from . import Pass


class Traced(Pass):
    """tracemalloc with one frame a block, from directly before the target's first statement."""

    def begin(self) -> None:
        _tracemalloc.start(1)

    def end(self) -> None:
        self.killed()
        _tracemalloc.stop()

    def forked(self) -> None:
        _tracemalloc.stop()

    def killed(self) -> None:
        if _tracemalloc.is_tracing():
            self.traced_peak_bytes = _tracemalloc.get_traced_memory()[1]
        else:
            self.answers.note("The target stopped tracemalloc itself: its traced peak is not known.")
