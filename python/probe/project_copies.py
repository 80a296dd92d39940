"""Another copy of the project in place of the checkout: what was installed without ``-e``, or from another checkout.

A name alone proves nothing: ``tests`` may come with anybody's package, ``lib`` may hold other people's libraries. A copy is what its
installation, or the folder that it lies in, says to be this very project. Asked for at the end of a run, and for names of the tree alone.
"""

from __future__ import annotations

import os

from .link_tree import FOLDERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterator, List, Optional, Sequence, Set, Tuple

    from .project import Project

_PACKAGES = ("site-packages", "dist-packages")


def copies(project: Project, elsewhere: Sequence[Tuple[str, str]], own: Set[str]) -> Iterator[Dict[str, str]]:
    """The packages that were loaded from a copy alone: ``module``, ``path``, and ``copyOf``, the file of the tree that it stands for.

    ``elsewhere``: names and files of what was loaded from outside of the tree. ``own``: names of what was loaded from it.
    """
    tops = project.tops()
    known = {it.partition(".")[0] for top in tops for folder in FOLDERS for it in _names(os.path.join(project.tree, top, folder))}
    filed = own.union(name for name, _ in elsewhere)
    seen: Set[str] = set()
    for name, path in sorted(it for it in elsewhere if it[0].partition(".")[0] in known):
        package, inside = _package(name, filed), _inside(name, path)
        if inside is None or package in seen or any(it == package or it.startswith(f"{package}.") for it in own):
            continue
        for top in tops:
            source = _source(project, top, inside)
            if source is not None:
                seen.add(package)
                if _is_of(project, top, path[: -len(inside) - 1], inside):
                    yield {"module": name, "path": path, "copyOf": source}
                    break


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
            if (named or _comes_from(folder, os.path.join(project.root, top))) and _lists(folder, inside):
                return True
    return False


def _project_names(folder: str) -> Set[str]:
    """What a project calls itself in its build files; there is no reader of TOML before Python 3.11."""
    import re

    patterns = {
        "pyproject.toml": r"^\[(?:project|tool\.poetry)\][^\n]*\n(?:(?!\[)[^\n]*\n)*?name\s*=\s*[\"']([\w.-]+)[\"']",
        "setup.cfg": r"^\[metadata\][^\n]*\n(?:(?!\[)[^\n]*\n)*?name\s*=\s*([\w.-]+)\s*$",
        "setup.py": r"\bsetup\((?:[^)]*[\s,(])?name\s*=\s*[\"']([\w.-]+)[\"']",
    }
    found = (re.search(pattern, _text(folder, name), re.MULTILINE) for name, pattern in patterns.items())
    return {_normal(it.group(1)) for it in found if it}


def _normal(name: str) -> str:
    import re

    return re.sub(r"[-_.]+", "-", name).lower()


def _comes_from(info: str, folder: str) -> bool:
    """Whether a distribution says that it was installed from a folder."""
    import json

    try:
        origin = json.loads(_text(info, "direct_url.json"))
        address = origin["url"] if "dir_info" in origin else ""
    except (KeyError, TypeError, ValueError):
        return False
    if not isinstance(address, str) or not address.startswith("file://"):
        return False
    from urllib.parse import unquote

    return os.path.realpath(unquote(address[len("file://") :])) == os.path.realpath(folder)


def _lists(info: str, inside: str) -> bool:
    """Whether a distribution names a file as its own."""
    return any(line.startswith(f"{inside.replace(os.sep, '/')},") for line in _text(info, "RECORD").splitlines())


def _text(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
