"""Which code was really run: every module of the project that is loaded, the hash of its file, and what came from elsewhere."""

from __future__ import annotations

import os
import sys
import types

from . import source
from .digest import sha256
from .link_tree import is_stale
from .project_copies import copies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

    from .answers import Answers
    from .project import Project


def testify(project: Project, answers: Answers, begun_ns: int) -> None:
    """Emits the ``witness`` answer. ``begun_ns``: when this process began; files written since are compared with what runs."""
    files: Dict[str, Dict[str, Any]] = {}
    strays: List[Dict[str, str]] = []
    elsewhere: List[Tuple[str, str]] = []
    own: Set[str] = set()
    for name, module, path in _loaded():
        inside = project.relative(path)
        if inside is None:
            if project.moved_path(path) is not None or is_stale(path, project.tree):
                strays.append({"module": name, "path": path})
            else:
                elsewhere.append((name, path))
            continue
        own.add(name)
        if inside in files:
            continue
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            continue
        agrees = _agrees(module, path, data, begun_ns)
        files[inside] = {"file": inside, "sha256": sha256(data).hexdigest(), "code": agrees}
        if agrees is False or is_stale(path, project.tree):
            strays.append({"module": name, "path": path})
    of_project, of_others = copies(project, elsewhere, own)
    strays += of_project
    borrowed = sorted({name for finder in sys.meta_path for name in getattr(finder, "borrowed", ())})
    answers.emit("witness", files=[files[it] for it in sorted(files)], strays=strays, copies=of_others, borrowed=borrowed)


def _loaded() -> Iterator[Tuple[str, Any, str]]:
    for name, module in list(sys.modules.items()):
        try:
            path = module.__file__
        except Exception:
            continue
        if isinstance(name, str) and isinstance(path, str) and not name.startswith("_codeflash_memory"):
            yield name, module, path[:-1] if path.endswith(".pyc") and os.path.exists(path[:-1]) else path


def _agrees(module: Any, path: str, data: bytes, begun_ns: int) -> Optional[bool]:
    """Whether the module's loaded code is what its file says; None where that cannot be told.

    A hash-checked cache was compared with the source by Python itself. Without a cache the source was compiled. Only the
    content of a cache that goes by time and size, and files that were written during the run, have to be compared.
    """
    from _frozen_importlib_external import SourceFileLoader

    spec = getattr(module, "__spec__", None)
    loader = getattr(spec, "loader", None) or getattr(module, "__loader__", None)
    if type(loader) is not SourceFileLoader or source.is_transformed(path):
        return None
    try:
        changed = os.stat(path).st_mtime_ns > begun_ns
        cached = _time_checked_cache(getattr(spec, "cached", None), path)
        if not changed and cached is None:
            return True
        fresh = compile(data, path, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError):
        return None
    if cached is not None and not _same(cached, fresh):
        return False
    return not changed or _functions_agree(module, path, fresh)


def _time_checked_cache(cached: Optional[str], path: str) -> Optional[types.CodeType]:
    """The code in the cache file that an import took because time and size fit; None where there was none to take."""
    if not isinstance(cached, str):
        return None
    try:
        with open(cached, "rb") as file:
            data = file.read()
    except OSError:
        return None
    from _frozen_importlib_external import MAGIC_NUMBER

    status = os.stat(path)
    flags = int.from_bytes(data[4:8], "little")
    if data[:4] != MAGIC_NUMBER or flags & 0b11 == 0b11:
        return None
    by_time = flags == 0
    stamp = (int(status.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little") + (status.st_size & 0xFFFFFFFF).to_bytes(4, "little")
    if by_time and data[8:16] != stamp:
        return None
    import marshal

    return marshal.loads(data[16:])


def _same(one: types.CodeType, other: types.CodeType) -> bool:
    if (one.co_name, one.co_names, one.co_varnames, one.co_firstlineno, one.co_code) != (
        other.co_name,
        other.co_names,
        other.co_varnames,
        other.co_firstlineno,
        other.co_code,
    ):
        return False
    if len(one.co_consts) != len(other.co_consts):
        return False
    for a, b in zip(one.co_consts, other.co_consts):
        if isinstance(a, types.CodeType) and isinstance(b, types.CodeType):
            if not _same(a, b):
                return False
        elif type(a) is not type(b) or repr(a) != repr(b) and a != b:
            return False
    return True


def _functions_agree(module: Any, path: str, fresh: types.CodeType) -> bool:
    """Every function that the module's namespace and its classes hold is one of the fresh compile's."""
    known: Dict[Tuple[str, int], types.CodeType] = {}
    waiting = [fresh]
    while waiting:
        code = waiting.pop()
        known[(code.co_name, code.co_firstlineno)] = code
        waiting += [it for it in code.co_consts if isinstance(it, types.CodeType)]
    for code in _codes(module):
        if code.co_filename == path:
            there = known.get((code.co_name, code.co_firstlineno))
            if there is None or not _same(code, there):
                return False
    return True


def _codes(module: Any) -> Iterator[types.CodeType]:
    held = list(vars(module).values())
    held += [it for one in held if isinstance(one, type) for it in list(vars(one).values())]
    for one in held:
        one = getattr(one, "__func__", one) if isinstance(one, (staticmethod, classmethod)) else one
        if isinstance(one, types.FunctionType):
            yield one.__code__
