"""Reads a memray capture: what stood at the highest point, by call stack, largest first."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, List

from ..probe.project import Project

BATCH = 500
OTHER_THREADS = "<other threads>"
"""The outermost frame of what another thread than the main one asked for."""
OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
"""The folder of our programs: their frames, outside of all others, say nothing."""


def read(request: Dict[str, Any], project: Project) -> List[Dict[str, Any]]:
    """Answers of one capture: `stacks` in batches, then `captured` with the totals."""
    if request.get("overlay"):
        sys.path.append(request["overlay"])
    from memray import FileReader

    reader = FileReader(request["capture"])
    found: Dict[Any, List[int]] = {}
    main = reader.metadata.main_thread_id
    for record in reader.get_high_watermark_allocation_records(merge_threads=False):
        frames = tuple((frame[1], frame[2], frame[0]) for frame in record.stack_trace() if not frame[1].startswith(OURS))
        if record.tid != main:
            frames += ((OTHER_THREADS, 0, "other threads"),)
        known = found.setdefault(frames, [0, 0])
        known[0] += record.size
        known[1] += record.n_allocations
    ranked = sorted(found.items(), key=lambda item: -item[1][0])
    kept = ranked[: request["limit"]]
    answers: List[Dict[str, Any]] = []
    for start in range(0, len(kept), BATCH):
        stacks = [
            {
                "frames": [{"file": project.display(file), "line": line, "function": function} for file, line, function in reversed(frames)],
                "bytes": size,
                "blocks": blocks,
            }
            for frames, (size, blocks) in kept[start : start + BATCH]
        ]
        answers.append({"kind": "stacks", "stacks": stacks})
    rest = sum(size for _, (size, _) in ranked[len(kept) :])
    metadata = reader.metadata
    answers.append({"kind": "captured", "peakBytes": metadata.peak_memory, "allocations": metadata.total_allocations, "restBytes": rest})
    return answers


def run(request_path: str, answers_path: str) -> int:
    """Appends the answers, or one `failed` with the reason."""
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    try:
        answers = read(request, Project(request["project"]))
    except Exception as error:  # noqa: BLE001 - a torn capture is told, not raised
        answers = [{"kind": "failed", "why": f"{type(error).__name__}: {error}"}]
    with open(answers_path, "a", encoding="utf-8") as file:
        for answer in answers:
            file.write(json.dumps(answer) + "\n")
    return 0
