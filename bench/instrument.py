"""What a person would write by hand around each statement of `pipeline`: the truth by the operating system, or the snapshot template.

    instrument.py truth|template <workload.py> <answer.json>
"""

from __future__ import annotations

import ast
import json
import sys
import tracemalloc
from typing import Any, Dict, List, Tuple


def resident(field: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


class Truth:
    """VmHWM, reset before each statement."""

    def __init__(self, path: str) -> None:
        self.rows: Dict[int, Tuple[int, int]] = {}
        self.start = 0

    def before(self, line: int) -> None:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        self.start = resident("VmRSS")

    def after(self, line: int) -> None:
        peak = resident("VmHWM")
        self.rows[line] = (peak, peak - self.start)

    def answer(self) -> Dict[str, Any]:
        highest = max(peak for peak, _ in self.rows.values())
        near = [line for line, (peak, _) in self.rows.items() if peak >= 0.995 * highest]  # later ones only stand on it
        return {"stage": max(near, key=lambda line: self.rows[line][1]), "peakBytes": highest, "startsOthers": "multiprocessing" in sys.modules}


class Template:
    """A snapshot before and after each statement, compared by line."""

    def __init__(self, path: str) -> None:
        self.path = path
        tracemalloc.start()
        self.last = tracemalloc.take_snapshot()
        self.found: List[Any] = []

    def before(self, line: int) -> None:
        """The snapshot after the statement before is the one before this."""

    def after(self, line: int) -> None:
        snapshot = tracemalloc.take_snapshot()
        differences = snapshot.compare_to(self.last, "lineno")
        top = max(differences, key=lambda it: it.size_diff)
        self.found.append((sum(it.size_diff for it in differences), line, top.traceback[0].lineno, top.traceback[0].filename))
        self.last = snapshot

    def answer(self) -> Dict[str, Any]:
        _, stage, line, file = max(self.found)
        return {"stage": stage, "line": line if file == self.path else None, "peakBytes": tracemalloc.get_traced_memory()[1]}


def main() -> None:
    mode, path, out = sys.argv[1:4]
    with open(path) as file:
        tree = ast.parse(file.read())
    pipeline = next(it for it in tree.body if isinstance(it, ast.FunctionDef) and it.name == "pipeline")
    body: List[ast.stmt] = []
    for statement in pipeline.body:
        call = lambda when, line=statement.lineno: ast.parse(f"_watch.{when}({line})").body[0]  # noqa: E731
        if isinstance(statement, ast.Return):
            keep = ast.parse("_value = None").body[0]
            keep.value = statement.value  # type: ignore[attr-defined]
            body += [call("before"), keep, call("after"), ast.parse("def f():\n return _value").body[0].body[0]]  # type: ignore[attr-defined]
        else:
            body += [call("before"), statement, call("after")]
    pipeline.body = body
    watch = {"truth": Truth, "template": Template}[mode](path)
    sys.argv = [path]
    names = vars(sys.modules["__main__"])
    names["_watch"] = watch
    exec(compile(ast.fix_missing_locations(tree), path, "exec"), names)
    with open(out, "w") as file:
        json.dump(watch.answer(), file)


main()
