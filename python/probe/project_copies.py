"""Another copy of the project in place of the checkout: what was installed without ``-e``, or from another checkout.

A name alone proves nothing: ``tests`` may come with anybody's package, ``lib`` may hold other people's libraries. A copy is what its
installation, or the folder that it lies in, says to be this very project. Asked for at the end of a run, and for names of the tree alone.
"""

from __future__ import annotations

import os
import sys

from .link_tree import FOLDERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Sequence, Set, Tuple

    from .project import Project

    Copy = Dict[str, str]

_PACKAGES = ("site-packages", "dist-packages")
_NAMED_IN = {
    "pyproject.toml": r"^\[(?:project|tool\.poetry)\][^\n]*\n(?:(?!\[)[^\n]*\n)*?name\s*=\s*[\"']([\w.-]+)[\"']",
    "setup.cfg": r"^\[metadata\][^\n]*\n(?:(?!\[)[^\n]*\n)*?name\s*=\s*([\w.-]+)\s*$",
    "setup.py": r"\bsetup\((?:[^)]*[\s,(])?name\s*=\s*[\"']([\w.-]+)[\"']",
}
"""Build files, and where they name their project; there is no reader of TOML before Python 3.11."""


def copies(project: Project, elsewhere: Sequence[Tuple[str, str]], own: Set[str]) -> Tuple[List[Copy], List[Copy]]:
    """The packages that were loaded from a copy alone: of the project that is worked on, and of others in the same checkout.

    Each with ``module``, ``path``, and ``copyOf``, the file of the tree that it stands for. ``elsewhere``: names and files of what was
    loaded from outside of the tree. ``own``: names of what was loaded from it.
    """
    tops = _tops(project)
    known = {it.partition(".")[0] for top in tops for folder in FOLDERS for it in _names(os.path.join(project.tree, top, folder))}
    filed = own.union(name for name, _ in elsewhere)
    seen: Set[str] = set()
    found: Tuple[List[Copy], List[Copy]] = ([], [])
    for name, path in sorted(it for it in elsewhere if it[0].partition(".")[0] in known):
        package, inside = _package(name, filed), _inside(name, path)
        if inside is None or package in seen or any(it == package or it.startswith(f"{package}.") for it in own):
            continue
        for top in tops:
            source = _source(project, top, inside)
            if source is not None:
                seen.add(package)
                if _is_of(project, top, path[: -len(inside) - 1], inside):
                    found[top != tops[0]].append({"module": name, "path": path, "copyOf": source})
                    break
    return found


def _tops(project: Project) -> List[str]:
    """Folders of the tree where projects begin: first the nearest above the working directory, last those that something was installed from."""
    above = project.tops()
    nearest = next((it for it in above if any(os.path.isfile(os.path.join(project.tree, it, name)) for name in _NAMED_IN)), "")
    root = os.path.realpath(project.root)
    packages = [it for it in sys.path if isinstance(it, str) and os.path.basename(it) in _PACKAGES]
    origins = [_origin(os.path.join(folder, it)) for folder in packages for it in _names(folder) if it.endswith(".dist-info")]
    inside = [os.path.relpath(it, root) for it in origins if it is not None and (it == root or it.startswith(root + os.sep))]
    return list(dict.fromkeys([nearest, *above, *("" if it == os.curdir else it for it in inside)]))


def _names(folder: str) -> List[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _package(name: str, filed: Set[str]) -> str:
    """The outermost package of a module that has code of its own: portions of a name space belong to several projects."""
    parts = name.split(".")
    return next(it for it in (".".join(parts[:count]) for count in range(1, len(parts) + 1)) if it in filed)


def _inside(name: str, path: str) -> Optional[str]:
    """The path of a module below the folder that it was found in; None where its name does not tell it."""
    below = name.replace(".", os.sep)
    return next((it for it in (f"{below}.py", os.path.join(below, "__init__.py")) if path.endswith(os.sep + it)), None)


def _source(project: Project, top: str, inside: str) -> Optional[str]:
    """The file of the tree, relative to it, that a module would come from if the project lay on the path."""
    for folder in FOLDERS:
        path = os.path.join(top, folder, inside)
        if os.path.isfile(os.path.join(project.tree, path)):
            return path.replace(os.sep, "/")
    return None


def _is_of(project: Project, top: str, base: str, inside: str) -> bool:
    """Whether what lies in ``base`` is of the project that has its build files in the folder ``top`` of the tree."""
    names = _project_names(os.path.join(project.tree, top))
    if os.path.basename(base) not in _PACKAGES:
        return any(names & _project_names(it) for it in (base, os.path.dirname(base)))
    for entry in _names(base):
        if entry.endswith(".dist-info"):
            folder = os.path.join(base, entry)
            named = _normal(entry.partition("-")[0]) in names
            if (named or _origin(folder) == os.path.realpath(os.path.join(project.root, top))) and _lists(folder, inside):
                return True
    return False


def _project_names(folder: str) -> Set[str]:
    """What a project calls itself in its build files."""
    import re

    found = (re.search(pattern, _text(folder, name), re.MULTILINE) for name, pattern in _NAMED_IN.items())
    return {_normal(it.group(1)) for it in found if it}


def _normal(name: str) -> str:
    import re

    return re.sub(r"[-_.]+", "-", name).lower()


def _origin(info: str) -> Optional[str]:
    """The folder that a distribution says that it was copied from; None for every other, and for an editable one."""
    told = _text(info, "direct_url.json")
    if not told:
        return None
    import json
    from urllib.parse import unquote

    try:
        origin = json.loads(told)
        if origin["dir_info"].get("editable") or not origin["url"].startswith("file://"):
            return None
        return os.path.realpath(unquote(origin["url"][len("file://") :]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _lists(info: str, inside: str) -> bool:
    """Whether a distribution names a file as its own."""
    return any(line.startswith(f"{inside.replace(os.sep, '/')},") for line in _text(info, "RECORD").splitlines())


def _text(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
