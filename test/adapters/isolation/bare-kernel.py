"""Runs a command as on a kernel that has neither landlock nor namespaces for users: ``python bare-kernel.py PROGRAM ARGUMENTS…``.

A seccomp filter of the kernel's own refuses what the two rest on, here and in all that the command starts.
"""

import ctypes
import os
import platform
import struct
import sys

LOAD, EQUALS, AT_LEAST, ANY_OF, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16  # where they lie in struct seccomp_data
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NEW_USER = 0x10000000
EPERM, ENOSYS = 1, 38
LANDLOCK_FIRST, LANDLOCK_LAST = 444, 446
CLONE, UNSHARE = {"x86_64": (56, 272), "aarch64": (220, 97)}[platform.machine()]

STEPS = [
    (LOAD, 0, 0, NUMBER),
    (AT_LEAST, 0, 2, LANDLOCK_FIRST),
    (AT_LEAST, 1, 0, LANDLOCK_LAST + 1),
    (ANSWER, 0, 0, REFUSE | ENOSYS),
    (EQUALS, 1, 0, CLONE),
    (EQUALS, 0, 3, UNSHARE),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (ANY_OF, 0, 1, NEW_USER),
    (ANSWER, 0, 0, REFUSE | EPERM),
    (ANSWER, 0, 0, ALLOW),
]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


code = b"".join(struct.pack("=HBBI", *step) for step in STEPS)
libc = ctypes.CDLL(None, use_errno=True)
SET_NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
if libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(Program(len(STEPS), code)), 0, 0) != 0:
    sys.exit(f"the kernel takes no filter: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[1], sys.argv[1:])
