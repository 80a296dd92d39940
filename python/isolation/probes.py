"""Tries what a confined run must not be able to do, and prints which of it could be done: ``python probes.py PLAN``.

The plan is JSON and names the bait: files, a socket, a port, the secret. What was written is undone by who laid it out.
"""

from __future__ import annotations

import json
import os
import socket
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

with open(sys.argv[1], encoding="utf-8") as file:
    plan = json.load(file)


def reads(paths: list[str]) -> bool:
    def read(path: str) -> bytes:
        with open(path, "rb") as file:
            return file.read(1)

    return any(_can(read, path) for path in paths)


def writes(path: str) -> bool:
    def write(path: str) -> None:
        with open(path, "w", encoding="ascii") as file:
            file.write("written")

    return _can(write, path)


def connects(family: int, addresses: list[Any]) -> bool:
    def connect(address: Any) -> bytes:
        with socket.socket(family, socket.SOCK_STREAM) as peer:
            peer.settimeout(2)
            peer.connect(address)
            return peer.recv(1)

    return any(_can(connect, address) for address in addresses)


def _can(act: Callable[[Any], object], given: Any) -> bool:
    try:
        return act(given) != b""
    except OSError:
        return False


def processes() -> list[str]:
    return [it for it in os.listdir("/proc") if it.isdigit()] if os.path.isdir("/proc") else []


def anywhere(name: str, word: str, pids: list[str]) -> bool:
    """Whether a file of one of the processes holds a word."""
    for pid in pids:
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if word.encode("ascii") in file.read():
                    return True
        except OSError:
            pass
    return False


others = [it for it in processes() if int(it) != os.getpid()]
print(
    json.dumps(
        {
            "read an ssh key": reads(plan["keys"]),
            "write outside of its tree": writes(plan["outside"]),
            "write through a link out of its tree": writes(plan["link"]),
            "write a git hook of the repository": writes(plan["hook"]),
            "a secret in its own environment": any(plan["secret"] in it for it in os.environ.values()),
            "a secret in another process's environment": anywhere("environ", plan["strangerSecret"], others),
            "connect to loopback by TCP": connects(socket.AF_INET, [("127.0.0.1", plan["port"])]),
            "connect to a host service's unix socket": connects(socket.AF_UNIX, plan["sockets"]),
            "see processes of the host": anywhere("cmdline", plan["stranger"], others),
        }
    )
)
