"""Tells of the interpreter that runs it what its environment holds, and runs nothing of that: ``python -E -s -S … main.py``.

Without ``site`` no ``.pth`` file, no sitecustomize and no module of the working directory comes to run; what they would add to the path
is read instead. Standard library only.
"""

from __future__ import annotations

import ast
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Tuple

_TABLES = ("MAPPING", "NAMESPACES")


def environment() -> Dict[str, Any]:
    """The answer, of the shape that the one who asks expects."""
    base = sys.base_prefix
    home, has_system = _virtual()
    if home is not None:  # what site does for a virtual environment, on which sysconfig rests
        sys.prefix = sys.exec_prefix = home
    import sysconfig

    alone = home is not None and not has_system
    folders = [*_site_folders(alone, base)]
    python_path = [os.path.abspath(it) for it in os.environ.get("PYTHONPATH", "").split(os.pathsep) if it]
    added = [it for folder in folders for it in _added(folder)]
    searched = list(dict.fromkeys([*python_path, *sys.path, *folders, *added]))
    return {
        "executable": sys.executable,
        "version": list(sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "prefix": sys.prefix,
        "basePrefix": base,
        "packages": sorted({sysconfig.get_paths()[it] for it in ("purelib", "platlib")}),
        "searched": searched,
        "pytest": _version("pytest", searched),
    }


def _virtual() -> Tuple[Optional[str], bool]:
    """The virtual environment that this is the interpreter of, and whether it has the packages of its base too."""
    beside = os.path.dirname(os.path.abspath(sys.executable))
    for folder in (beside, os.path.dirname(beside)):
        try:
            with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8") as file:
                lines = [line.partition("=") for line in file]
        except (OSError, UnicodeDecodeError):
            continue
        said = {name.strip().lower(): value.strip().lower() for name, _, value in lines}
        return folder, said.get("include-system-site-packages") == "true"
    return None, True


def _site_folders(alone: bool, base: str) -> Iterator[str]:
    """Where packages are installed, those of the user and of the base too unless a virtual environment stands alone."""
    import site

    if not alone and not os.environ.get("PYTHONNOUSERSITE"):
        yield site.getusersitepackages()
    yield from site.getsitepackages([sys.prefix] if alone else list(dict.fromkeys([sys.prefix, base])))


def _added(folder: str) -> Iterator[str]:
    """What the path files and the editable installs of a folder add. Lines of code in path files are passed over."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if name.endswith(".pth"):
            lines = [line.strip() for line in _text(path).splitlines()]
            found = [os.path.join(folder, line) for line in lines if line and not line.startswith(("#", "import ", "import\t"))]
            yield from (it for it in found if os.path.exists(it))
        elif name.startswith("__editable__") and name.endswith("_finder.py"):
            yield from _mapped(_text(path))


def _mapped(source: str) -> Iterator[str]:
    """The folders in the tables of a finder that setuptools wrote."""
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):
        return
    for it in statements:
        targets = it.targets if isinstance(it, ast.Assign) else [it.target] if isinstance(it, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id in _TABLES for target in targets):
            words = (node.value for node in ast.walk(it) if isinstance(node, ast.Constant))
            yield from (word for word in words if isinstance(word, str) and os.path.isabs(word))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _version(name: str, searched: List[str]) -> Optional[str]:
    from importlib import metadata

    for it in metadata.distributions(name=name, path=searched):
        return it.version
    return None


sys.stdout.write(json.dumps(environment()))
