"""Runs a command and prints its CPU seconds (children included), wall seconds and largest process, as JSON. Small itself, so that
what a process inherits from the one that starts it says nothing."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time


LIMIT_S = 120
"""A tool that is not done by then hangs."""


def main() -> None:
    begun = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execvp(sys.argv[1], sys.argv[1:])
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(pid, signal.SIGKILL))
    signal.alarm(LIMIT_S)
    _, status = os.waitpid(pid, 0)
    signal.alarm(0)
    wall = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    scale = 1 if sys.platform == "darwin" else 1024
    figures = {"cpuS": used.ru_utime + used.ru_stime, "wallS": wall, "largestBytes": used.ru_maxrss * scale, "ok": status == 0, "hung": wall >= LIMIT_S}
    print(json.dumps(figures))


main()
