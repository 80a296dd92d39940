"""What setuptools (and the builders that do as it does) leave in an environment for an editable install."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Optional

    from .project import Project

_TABLES = ("MAPPING", "NAMESPACES")


def rewrite(project: Project) -> None:
    """Rewrites the tables of editable finders in place: ``MAPPING`` (name → folder) and ``NAMESPACES`` (name → folders)."""
    for module in _finder_modules():
        for table in _TABLES:
            mapping = getattr(module, table, None)
            if isinstance(mapping, dict):
                for name, value in mapping.items():
                    mapping[name] = _moved(value, project)


def _finder_modules() -> Iterator[Any]:
    names = {name for name in sys.modules if name.startswith("__editable__") and name.endswith("_finder")}
    for finder in [*sys.meta_path, *sys.path_hooks]:
        name = getattr(finder, "__module__", None)
        if isinstance(name, str):
            names.add(name)
    for name in sorted(names):
        if name in sys.modules and not name.startswith("_codeflash_memory"):
            yield sys.modules[name]


def _moved(value: Any, project: Project) -> Any:
    if isinstance(value, str):
        return project.moved_path(value) or _with_suffix(value, project) or value
    if isinstance(value, list):
        return [_moved(it, project) for it in value]
    return value


def _with_suffix(value: str, project: Project) -> Optional[str]:
    """A single-module entry names the module's path without its ``.py``."""
    there = project.moved_path(f"{value}.py")
    return there[: -len(".py")] if there else None
