"""Being ended by SIGTERM: the figures so far are told, then the process dies by the signal as if nobody had listened."""

from __future__ import annotations

import _signal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def on_termination(tell: Callable[[], None]) -> None:
    """Calls ``tell`` when SIGTERM arrives. Forked children get the default action back; a handler of the target's wins."""

    def handle(number: int, frame: Any) -> None:
        _signal.signal(number, _signal.SIG_DFL)
        try:
            tell()
        finally:
            os.kill(os.getpid(), number)

    def restore() -> None:
        if _signal.getsignal(_signal.SIGTERM) is handle:
            _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)

    if _signal.getsignal(_signal.SIGTERM) != _signal.SIG_DFL:
        return  # whoever started us wants it ignored
    _signal.signal(_signal.SIGTERM, handle)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=restore)
