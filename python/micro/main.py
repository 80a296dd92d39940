"""Runs one snippet after its setup and tells what it alone needed: heap and process peak above the entry, time, a digest of its value."""

from __future__ import annotations

import ast
import gc
import json
import os
import sys
import time
from types import CodeType
from typing import Any, Dict, Optional, Tuple

from ..probe import digest, memory


def compile_snippet(text: str, name: str) -> Tuple[CodeType, Optional[CodeType]]:
    """The statements, and the last expression apart, whose value is the snippet's. Raises SyntaxError."""
    tree = ast.parse(text, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), name, "eval", dont_inherit=True)  # type: ignore[attr-defined]
    return compile(tree, name, "exec", dont_inherit=True), last


def measure(body: CodeType, last: Optional[CodeType], namespace: Dict[str, Any], traced: bool) -> Dict[str, Any]:
    """Bytes above the entry (None where this run does not tell), milliseconds, and the value's digest."""
    gc.collect()
    if traced:
        import tracemalloc

        tracemalloc.start(1)
    memory.reset_peak()
    entry = memory.resident_bytes()
    began = time.perf_counter_ns()
    exec(body, namespace)
    value = None if last is None else eval(last, namespace)
    duration = (time.perf_counter_ns() - began) / 1e6
    peak = memory.peak_bytes()
    heap = None
    if traced:
        heap = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    process = None if traced or peak is None or entry is None else max(0, peak - entry)
    return {"heapBytes": heap, "processBytes": process, "durationMs": duration, "valueDigest": digest.digest(value)}


def run(request_path: str, answers_path: str) -> int:
    """Reads {setup, code, traced}, appends one answer: `micro`, or `failed` with what went wrong in which part."""
    with open(request_path, encoding="utf-8") as file:
        request = json.load(file)
    here = os.getcwd()
    sys.path[:0] = [here, *([os.path.join(here, "src")] if os.path.isdir("src") else [])]
    namespace: Dict[str, Any] = {"__name__": "__micro__"}
    part = "setup"
    try:
        exec(compile(request.get("setup") or "", "<setup>", "exec", dont_inherit=True), namespace)
        part = "snippet"
        body, last = compile_snippet(request["code"], "<snippet>")
        answer = {"kind": "micro", **measure(body, last, namespace, bool(request.get("traced")))}
    except BaseException as error:  # noqa: BLE001 - whatever a snippet does is told, not raised
        answer = {"kind": "failed", "part": part, "why": f"{type(error).__name__}: {error}"}
    with open(answers_path, "a", encoding="utf-8") as file:
        file.write(json.dumps(answer) + "\n")
    return 0
