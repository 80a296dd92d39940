"""Which files are the project's, and where a file of the user's checkout lies in the tree under measurement."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
"""The folder of our Python programs: no part of any project, even where it lies inside one."""
LINK_TREE = f"{os.sep}__editable__."
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _both(path: str) -> List[str]:
    """A path as it was given and as the file system knows it."""
    path = os.path.abspath(path)
    real = os.path.realpath(path)
    return [path] if real == path else [path, real]


class Project:
    """``root`` is where the user's code is installed from, ``tree`` what must be imported instead."""

    def __init__(self, description: Dict[str, Any]) -> None:
        self.description = description
        self._roots = _both(description["root"])
        self._trees = _both(description["tree"])
        self.root = self._roots[0]
        self.tree = self._trees[0]
        self.moved = self._roots[-1] != self._trees[-1]
        excluded = [it for path in description.get("exclude", []) for it in _both(path)]
        for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)}:
            excluded += [it for it in _both(prefix) if not any(_inside(root, it) for root in self._roots + self._trees)]
        self._excluded = [it for it in excluded if not any(_inside(tree, it) for tree in self._trees)]
        # An excluded folder of the checkout is excluded in the tree as well.
        self._excluded += [
            os.path.join(tree, os.path.relpath(it, root))
            for it in list(self._excluded)
            for root in self._roots
            for tree in self._trees
            if it != root and _inside(it, root)
        ]
        self._known: Dict[str, Optional[str]] = {}
        self._here = os.getcwd()

    def relative(self, filename: str) -> Optional[str]:
        """Path of a file of the tree relative to it, with ``/``; None for everything else. Cached by file name."""
        try:
            return self._known[filename]
        except KeyError:
            found = self._known[filename] = self._relative(filename)
            return found

    def display(self, filename: str) -> str:
        """The relative path of a project file, the absolute path of any other."""
        inside = self.relative(filename)
        if inside is not None:
            return inside
        return filename if filename.startswith("<") else os.path.join(self._here, filename)

    def tops(self) -> List[str]:
        """Where a project may begin, relative to the tree: on the way from the working directory, as it was at the start, up to the tree."""
        inside = next((os.path.relpath(self._here, it) for it in self._trees if _inside(self._here, it)), os.curdir)
        parts = [] if inside == os.curdir else inside.split(os.sep)
        return [os.path.join("", *parts[:count]) for count in range(len(parts), -1, -1)]

    def in_tree(self, path: str) -> bool:
        """Whether a path lies in the tree, excluded or not, there or not."""
        return any(_inside(path, tree) for tree in self._trees)

    def in_root(self, path: str) -> Optional[str]:
        """Path relative to the user's checkout of what lies there, is not excluded, and is not in the tree; else None."""
        if not self.moved or not path:
            return None
        for candidate in self._spellings(path, self._roots):
            if self.in_tree(candidate):
                return None
            for root in self._roots:
                if _inside(candidate, root) and not self._is_excluded(candidate, root):
                    return os.path.relpath(candidate, root)
        return None

    def moved_path(self, path: str) -> Optional[str]:
        """Where a file or folder of the user's checkout lies in the tree; None where it is elsewhere or the tree lacks it."""
        inside = self.in_root(path)
        if inside is None:
            return None
        there = self.tree if inside == os.curdir else os.path.join(self.tree, inside)
        return there if os.path.exists(there) else None

    def original_path(self, path: str) -> Optional[str]:
        """The user's counterpart of a path of the tree, there or not; None for a path elsewhere."""
        for tree in self._trees:
            if _inside(path, tree) and not self._is_excluded(path, tree):
                return os.path.normpath(os.path.join(self.root, os.path.relpath(path, tree)))
        return None

    def _is_excluded(self, path: str, base: str) -> bool:
        below = path[len(base) :] + os.sep
        return any(part in below for part in _PACKAGES) or any(_inside(path, it) for it in self._excluded)

    def _relative(self, filename: str) -> Optional[str]:
        if not filename or filename.startswith(("<", _OURS)):
            return None
        for candidate in self._spellings(filename, self._trees):
            for tree in self._trees:
                if _inside(candidate, tree) and candidate != tree and not self._is_excluded(candidate, tree):
                    return os.path.relpath(candidate, tree).replace(os.sep, "/")
        return None

    def _spellings(self, path: str, tops: List[str]) -> List[str]:
        """A path without what is relative in it, and as the file system knows it; before them the file that a link tree means by it."""
        path = os.path.join(self._here, path)
        known = list(dict.fromkeys((os.path.normpath(path), os.path.realpath(path))))
        if LINK_TREE not in path:
            return known
        from .link_tree import source_of

        sources = [source_of(it, top) for it in known for top in tops]
        return [it for it in sources if it is not None] + known
