"""Imports the tree where the user's checkout is installed: editable installs, search paths, name-space packages, links.

Nothing is installed or written. What git ignores (a generated ``_version.py``, a compiled module) does not exist in the
tree and is still found in the checkout; a file that git tracks is never taken from there.
"""

from __future__ import annotations

import _thread
import os
import sys

# The same objects as in importlib.machinery and importlib.util, which would weigh on the measured process.
from _frozen_importlib_external import ExtensionFileLoader, PathFinder, SourceFileLoader, spec_from_file_location

from . import editable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List, Optional

    from .project import Project


def install(project: Project) -> None:
    """Rewrites what this process would import from the checkout; does nothing where tree and checkout are the same."""
    if not project.moved:
        return
    sys.path[:] = [project.moved_path(entry) or entry for entry in sys.path]
    editable.rewrite(project)
    for module in list(sys.modules.values()):
        _rewrite_loaded(module, project)
    sys.meta_path.insert(0, TreeFinder(project))


def _rewrite_loaded(module: Any, project: Project) -> None:
    """Name-space packages that a ``.pth`` file made at start keep a list of folders."""
    folders = getattr(module, "__path__", None)
    if isinstance(folders, list):
        folders[:] = [project.moved_path(it) or it if isinstance(it, str) else it for it in folders]


class TreeFinder:
    """Asks all other finders and moves what they find in the checkout to the same place in the tree."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._asked: set = set()
        self._index: Optional[bytes] = None
        self.borrowed: List[str] = []
        """Modules that exist only in the checkout and were found there."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """The spec that the other finders give, in the tree where the tree has that file."""
        key = (_thread.get_ident(), name)
        if key in self._asked:
            return None
        self._asked.add(key)
        try:
            spec = self._ask(name, path, target)
            if spec is None:
                return self._borrow(name, path)
            return self._moved(spec)
        finally:
            self._asked.discard(key)

    def invalidate_caches(self) -> None:
        """Nothing is cached here."""

    def _ask(self, name: str, path: Any, target: Any) -> Any:
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec = find(name, path, target)
            if spec is not None:
                return spec
        return None

    def _moved(self, spec: Any) -> Any:
        folders = spec.submodule_search_locations
        origin = spec.origin if spec.has_location else None
        there = self._project.moved_path(origin) if isinstance(origin, str) else None
        if there is None:
            if type(folders) is list:
                folders[:] = [self._project.moved_path(it) or it for it in folders]
            return spec
        loader = (ExtensionFileLoader if isinstance(spec.loader, ExtensionFileLoader) else SourceFileLoader)(spec.name, there)
        inside = None if folders is None else [self._project.moved_path(it) or it for it in folders]
        moved = spec_from_file_location(spec.name, there, loader=loader, submodule_search_locations=inside)
        return moved if moved is not None else spec

    def _borrow(self, name: str, path: Any) -> Any:
        """What nobody found in the tree, and git does not know, is looked for at the same place of the checkout."""
        originals = [self._project.original_path(it) for it in (sys.path if path is None else path) if isinstance(it, str)]
        folders = [it for it in originals if it is not None and os.path.isdir(it)]
        spec = PathFinder.find_spec(name, folders) if folders else None
        if spec is None or not spec.has_location or not isinstance(spec.origin, str):
            return None
        inside = self._project.in_root(spec.origin)
        if inside is None or self._is_tracked(inside.replace(os.sep, "/")):
            return None
        self.borrowed.append(name)
        return spec

    def _is_tracked(self, inside: str) -> bool:
        """Whether the index of the checkout names a path (versions 2 and 3 hold each path in full, NUL at its end)."""
        if self._index is None:
            self._index = _read_index(self._project.root)
        return (b"%s\0" % os.fsencode(inside)) in self._index if self._index else False


def _read_index(root: str) -> bytes:
    folder = os.path.join(root, ".git")
    try:
        if os.path.isfile(folder):  # a linked worktree
            with open(folder, encoding="utf-8") as file:
                folder = os.path.join(root, file.read().partition("gitdir:")[2].strip())
        with open(os.path.join(folder, "index"), "rb") as file:
            return file.read()
    except OSError:
        return b""
