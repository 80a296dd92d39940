"""Starts a program that may touch only what a policy names, and ends all that it started when it ends.

    python -I -S confine.py POLICY PROGRAM ARGUMENTS…

The policy is lines: ``r PATH`` may be read and executed, ``w PATH`` may be written as well, ``network off`` refuses TCP, signals
and abstract sockets to the outside. Everything else is refused by the kernel (landlock, Linux 5.13; TCP since 6.7). Standard library only,
and little of it: this stands before every run.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
SET_DEATH_SIGNAL, DROP_CAPABILITY, SET_SUBREAPER, SET_NO_NEW_PRIVILEGES = 1, 24, 36, 38
CAPABILITIES = 64
READ, READ_FILE, WRITE_FILE, TRUNCATE = 0b1101, 0b101, 1 << 1, 1 << 14
UNSUPPORTED = 125

libc = ctypes.CDLL(None, use_errno=True)


def fail(what: str) -> None:
    os.write(2, f"isolation: {what}\n".encode())
    os._exit(UNSUPPORTED)


def call(*numbers: bytes | int | None) -> int:
    result: int = libc.syscall(*(it if isinstance(it, (bytes, type(None))) else ctypes.c_long(it) for it in numbers))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def number(value: int, size: int) -> bytes:
    return value.to_bytes(size, sys.byteorder)


def restrict(policy: list[str]) -> None:
    """Binds this process and all that it starts. A path that is not there is passed over: nothing is allowed by that."""
    try:
        version = call(CREATE_RULESET, None, 0, 1)
    except OSError as error:
        fail(f"landlock is not to be had ({error.strerror})")
    everything = (1 << (13 + (version >= 2) + (version >= 3))) - 1
    closed = "network off" in policy
    attributes = number(everything, 8)
    if version >= 4:
        attributes += number(0b11 if closed else 0, 8)
    if version >= 6:
        attributes += number(0b11 if closed else 0, 8)  # abstract unix sockets, signals
    rules = call(CREATE_RULESET, attributes, len(attributes), 0)
    # Its own entries of /proc may be written: the peak is reset there.
    for line in [*policy, "w /proc/self"]:
        kind, _, path = line.partition(" ")
        if kind not in ("r", "w"):
            continue
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = READ if kind == "r" else everything
        if not os.path.isdir(path):
            allowed &= READ_FILE | WRITE_FILE | TRUNCATE
        call(ADD_RULE, rules, 1, number(allowed, 8) + number(place, 4), 0)
        os.close(place)
    if "w /" not in policy:  # root's own powers reach into other processes past landlock
        for capability in range(CAPABILITIES):
            libc.prctl(DROP_CAPABILITY, capability, 0, 0, 0)
    libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    call(RESTRICT_SELF, rules, 0)
    os.close(rules)


def children() -> list[int]:
    found: list[int] = []
    for thread in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
            found += [int(it) for it in file.read().split()]
    return found


def end_all() -> None:
    """Orphans come to us, so that nothing is left when we have no children."""
    while True:
        alive = children()
        if not alive:
            return
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for pid in alive:
            try:
                os.waitpid(pid, 0)
            except OSError:
                pass


def follow(program: int) -> None:
    """Waits for the program, ends what it left, and ends as it did."""
    while True:
        pid, status = os.wait()
        if pid == program:
            break
    end_all()
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def ended(*_: object) -> None:
    end_all()
    os._exit(128 + signal.SIGTERM)


def main() -> None:
    policy = sys.argv[1].split("\n")
    signal.signal(signal.SIGTERM, ended)
    libc.prctl(SET_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(SET_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
    program = os.fork()
    if program:
        follow(program)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    libc.prctl(SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    try:
        restrict(policy)
        os.execv(sys.argv[2], sys.argv[2:])
    except OSError as error:
        fail(f"{sys.argv[2]}: {error.strerror}")


main()
