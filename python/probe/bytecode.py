"""Pass compile: bytecode of project files that is checked by the hash of its source, written beside them in the tree."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from .answers import Answers
    from .project import Project


def compile_files(files: List[str], project: Project, answers: Answers) -> None:
    """Writes ``__pycache__/NAME.TAG.pyc`` for each file. What is no Python, or would lie outside the tree, is left alone."""
    import importlib.util
    import py_compile

    outside = 0
    for file in files:
        path = os.path.join(project.tree, file)
        if not path.endswith(".py") or project.relative(path) is None or not os.path.isfile(path):
            continue
        target = importlib.util.cache_from_source(path)
        folder = os.path.realpath(os.path.dirname(target))
        if not project.in_tree(os.path.realpath(path)) or not project.in_tree(folder) or os.path.islink(target):
            outside += 1
            continue
        try:
            mode = py_compile.PycInvalidationMode.CHECKED_HASH
            py_compile.compile(path, cfile=target, doraise=True, invalidation_mode=mode)
        except (py_compile.PyCompileError, OSError, ValueError):
            pass  # who imports it will say so
    if outside:
        answers.note(f"{outside} files have no bytecode: it would lie outside the tree (PYTHONPYCACHEPREFIX, or links).")
