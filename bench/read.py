"""Reads what a tool wrote: the line that it puts first and the statement of `pipeline` that it belongs to.

    read.py memray|fil|scalene <file> <workload.py>
    read.py look <line> <workload.py>
"""

from __future__ import annotations

import ast
import json
import re
import sys
from typing import Any, Dict, Iterable, List, Optional, Tuple

Frames = List[Tuple[int, str]]
"""(line, function) of the workload's own frames, outermost first."""


def judge(stacks: Iterable[Tuple[Frames, float]]) -> Dict[str, Any]:
    lines: Dict[int, float] = {}
    stages: Dict[int, float] = {}
    for frames, size in stacks:
        if frames:
            lines[frames[-1][0]] = lines.get(frames[-1][0], 0) + size
        for line, function in frames:
            if function.endswith("pipeline"):
                stages[line] = stages.get(line, 0) + size
                break
    first = max(lines, key=lambda it: lines[it], default=None)
    near = [it for it in lines if lines[it] >= 0.9 * lines[first]] if first else []
    return {"line": first, "near": near, "stage": max(stages, key=lambda it: stages[it], default=None)}


def memray(path: str, workload: str) -> Dict[str, Any]:
    from memray import FileReader

    reader = FileReader(path)
    records = reader.get_high_watermark_allocation_records(merge_threads=True)
    stacks = (([(it[2], it[0]) for it in reversed(record.stack_trace()) if it[1] == workload], record.size) for record in records)
    return {**judge(stacks), "peakBytes": reader.metadata.peak_memory}


def fil(path: str, workload: str) -> Dict[str, Any]:
    stacks: List[Tuple[Frames, float]] = []
    with open(path) as file:
        for row in file:
            text, _, size = row.rpartition(" ")
            frames = re.findall(re.escape(workload) + r":(\d+) \((.*?)\)(?:;|$)", text)
            stacks.append(([(int(line), function) for line, function in frames], float(size)))
    return {**judge(stacks), "peakBytes": sum(size for _, size in stacks)}


def scalene(path: str, workload: str) -> Dict[str, Any]:
    with open(path) as file:
        answer = json.load(file)
    rows = answer.get("files", {}).get(workload, {}).get("lines", [])
    row = max(rows, key=lambda it: it["n_peak_mb"], default=None)
    line = row["lineno"] if row and row["n_peak_mb"] > 0 else None
    return {"line": line, "stage": stage_of(line, workload), "peakBytes": answer.get("max_footprint_mb", 0) * 2**20}


def look(line: str, workload: str) -> Dict[str, Any]:
    """Of a stage that the product names, in `pipeline` or in a function that it opened."""
    return {"stage": stage_of(int(line), workload)}


def stage_of(line: Optional[int], workload: str) -> Optional[int]:
    """The statement of `pipeline` that calls the function around a line."""
    with open(workload) as file:
        functions = [it for it in ast.parse(file.read()).body if isinstance(it, ast.FunctionDef)]
    around = next((it for it in functions if line and it.lineno <= line <= (it.end_lineno or 0)), None)
    pipeline = next(it for it in functions if it.name == "pipeline")
    if around is pipeline:
        return line
    for statement in pipeline.body:
        names = {it.id for it in ast.walk(statement) if isinstance(it, ast.Name)}
        if around and around.name in names:
            return statement.lineno
    return None


print(json.dumps({"memray": memray, "fil": fil, "scalene": scalene, "look": look}[sys.argv[1]](*sys.argv[2:4])))
