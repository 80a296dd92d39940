"""The strict form of an editable install by setuptools: a folder on the path with a link for each file of the project's packages.

The links are symbolic where that can be, else hard ones, which part from their source where somebody writes it anew.
"""

from __future__ import annotations

import os

from .project import LINK_TREE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

FOLDERS = ("", "src", "lib", "python")
"""Where packages lie in a project; a symbolic link tells it for itself."""


def source_of(path: str, top: str) -> Optional[str]:
    """The file below ``top`` that a path of a link tree leads to; None where it leads to none, or is of no link tree."""
    inside = _inside(path)
    if inside is None:
        return None
    real = os.path.realpath(path)
    if _inside(real) is None:
        return real
    for folder in FOLDERS:
        source = os.path.join(top, folder, inside)
        try:
            if os.path.samefile(path, source):
                return source
        except OSError:
            pass
    return None


def is_stale(path: str, top: str) -> bool:
    """Whether a link tree has something else than the file below ``top`` that it was a hard link to."""
    inside = _inside(path)
    if inside is None or source_of(path, top) is not None:
        return False
    data = _content(path)
    for folder in FOLDERS:
        source = _content(os.path.join(top, folder, inside))
        if source is not None:
            return source != data
    return False


def _content(path: str) -> Optional[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _inside(path: str) -> Optional[str]:
    """The path within the link tree; None for every other path."""
    _, mark, rest = path.partition(LINK_TREE)
    return rest.partition(os.sep)[2] or None if mark else None
