"""What the operating system says about the memory of this process. Unknown is None, never 0."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_STATUS = "/proc/self/status"
_CLEAR = "/proc/self/clear_refs"
_highest = 0


def _read(field: bytes, path: str = _STATUS) -> Optional[int]:
    """A figure of a file of /proc, in the unit that it has there."""
    try:
        file = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return None
    try:
        text = os.read(file, 16384)
    finally:
        os.close(file)
    start = text.find(b"\n" + field + b":")
    return None if start < 0 else int(text[start + len(field) + 2 : text.index(b"\n", start + 1)].split()[0])


def _status_bytes(field: bytes) -> Optional[int]:
    kibibytes = _read(field)
    return None if kibibytes is None else kibibytes * 1024


def peak_bytes() -> Optional[int]:
    """Most resident memory of this process since it was made (or since ``reset_peak``)."""
    peak = _status_bytes(b"VmHWM")
    return _rusage_peak() if peak is None else peak


def resident_bytes() -> Optional[int]:
    """Resident memory of this process now."""
    return _status_bytes(b"VmRSS")


def file_bytes() -> Optional[int]:
    """Resident pages of mapped files: libraries, memory-mapped data."""
    return _status_bytes(b"RssFile")


def written_bytes() -> Optional[int]:
    """What this process has handed to the system to write, to files and pipes alike."""
    return _read(b"wchar", "/proc/self/io")


def whole_peak_bytes() -> Optional[int]:
    """Most resident memory of this process since it was made, however often the peak was reset."""
    peak = peak_bytes()
    return None if peak is None else max(peak, _highest)


def reset_peak() -> bool:
    """Lets ``peak_bytes`` start again from now; False where the system does not allow it."""
    global _highest
    _highest = max(_highest, _status_bytes(b"VmHWM") or 0)
    try:
        file = os.open(_CLEAR, os.O_WRONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return False
    try:
        os.write(file, b"5")
        return True
    except OSError:
        return False
    finally:
        os.close(file)


def is_exact() -> bool:
    """Whether ``peak_bytes`` is this process's own; the fallback may include what the process that started it held."""
    return os.path.exists(_STATUS)


def _rusage_peak() -> Optional[int]:
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def started_children() -> bool:
    """Whether this process started others: waited for (their use is counted) or still there."""
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if used.ru_maxrss or used.ru_utime or used.ru_stime or used.ru_minflt:
            return True
    except ImportError:
        pass
    try:
        for task in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{task}/children", "rb") as file:
                if file.read(1):
                    return True
    except OSError:
        pass
    return False
