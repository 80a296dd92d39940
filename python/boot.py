"""Starts one of our Python programs inside the target's interpreter without touching its import names.

    python boot.py probe REQUEST.json ANSWERS.jsonl
    python boot.py facts REQUEST.json ANSWERS.jsonl

Our packages are reachable only as ``_codeflash_memory.probe`` and ``_codeflash_memory.facts``: a target that has a
top-level ``probe`` of its own gets its own. ``sys.path[0]``, which Python sets to this folder, is removed again.
"""

import importlib
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
NAMESPACE = "_codeflash_memory"


def mount() -> None:
    """Makes the folders beside this file importable under the private namespace."""
    package = types.ModuleType(NAMESPACE)
    package.__path__ = [HERE]
    sys.modules[NAMESPACE] = package


def main() -> int:
    program, request, answers = sys.argv[1:4]
    if sys.path and os.path.abspath(sys.path[0] or ".") == HERE:
        del sys.path[0]
    mount()
    return importlib.import_module(f"{NAMESPACE}.{program}.main").run(request, answers)


if __name__ == "__main__":
    sys.exit(main())
