"""Facts about expressions (src/vocabulary/facts-expressions.ts): containers that grow, copies, lists that are run through once,
eager log texts. No opinion and no edit: recipes decide.
"""

from __future__ import annotations

import os
from typing import Dict, List, Tuple

from .expressions_calls import abs_extrema, eager_logs
from .expressions_copies import copies
from .expressions_in_place import in_place
from .expressions_logs import containers
from .expressions_project import Project
from .expressions_readers import text_copies
from .expressions_releases import releases
from .expressions_single_uses import single_uses
from .expressions_streams import consumed_lists, loop_sources
from .expressions_sums import padded_sums
from .expressions_tree import Tree, import_at
from .expressions_tuples import tuples
from .purity import Purity
from .spans import Source

_known: Dict[Tuple[str, ...], Tuple[Project, Purity]] = {}


def facts(source: Source, file: str, project_files: List[str]) -> Dict[str, object]:
    """ExpressionFacts of one file; ``file`` is relative to the root, ``project_files`` are absolute paths of the whole tree."""
    project, purity = _project(source, file, project_files)
    tree = project.trees.get(file) or Tree(source, file)
    return {
        "published": project.published,
        "importAt": import_at(tree),
        "containers": containers(tree, project, purity),
        "copies": copies(tree, project),
        "consumedLists": consumed_lists(tree, project, purity),
        "loopSources": loop_sources(tree, project, purity),
        "singleUses": single_uses(tree, project, purity),
        "eagerLogs": eager_logs(tree, project),
        "absExtrema": abs_extrema(tree),
        "textCopies": text_copies(tree),
        "paddedSums": padded_sums(tree),
        "inPlace": in_place(tree),
        "tuples": tuples(tree, project),
        "releases": releases(tree, project),
    }


def _project(source: Source, file: str, project_files: List[str]) -> Tuple[Project, Purity]:
    """The project's index, made once for all files of a request."""
    path = os.path.abspath(source.path)
    root = path[: -len(file)] if path.replace(os.sep, "/").endswith("/" + file) else os.path.commonpath(project_files)
    key = (root, *project_files)
    if key not in _known:
        _known.clear()
        project = Project(root, project_files)
        _known[key] = (project, Purity(project))
    return _known[key]
