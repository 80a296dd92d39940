"""Fails when the memory peak of TARGET_NAME comes back.

Written by codeflash-memory. The target runs in a process of its own, so that neither other tests nor their order have a part in the
figure; it is Python's heap (tracemalloc), which repeats from run to run. A first run above the limit is repeated once: then all
modules are compiled. To follow a wanted change, raise LIMIT_MIB, or have the file written anew: PIN_COMMAND
"""

import json
import os
import subprocess
import sys

TARGET = json.loads("{}")
FOLDER = ""
LIMIT_MIB = 0.0

MEASURE = r"""
import gc, json, os, runpy, sys, tracemalloc
target = json.loads(sys.argv[1])
sys.path.insert(0, os.getcwd())
class Window:
    peak = 0
    def __enter__(self):
        gc.collect()
        tracemalloc.start()
    def __exit__(self, *_):
        Window.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
def pytest_target():
    import pytest
    class Plugin:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_call(self, item):
            with Window():
                yield
    code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:memray", target["nodeId"]], plugins=[Plugin()])
    if code:
        sys.exit(int(code))
def as_main(run, args):
    sys.argv = args
    with Window():
        try:
            run()
        except SystemExit as end:
            if end.code not in (None, 0):
                raise
def function_target():
    names = {}
    exec(target.get("setup") or "", names)
    found = __import__("importlib").import_module(target["module"])
    for part in target["qualname"].split("."):
        found = getattr(found, part)
    call = eval("lambda call: call(%s)" % (target.get("args") or ""), names)
    with Window():
        call(found)
kind = target["kind"]
if kind == "pytest":
    pytest_target()
elif kind == "script":
    as_main(lambda: runpy.run_path(target["path"], run_name="__main__"), [target["path"], *target["args"]])
elif kind == "module":
    as_main(lambda: runpy.run_module(target["module"], run_name="__main__", alter_sys=True), [target["module"], *target["args"]])
else:
    function_target()
with open(os.environ["PEAK_LIMIT_ANSWER"], "w") as file:
    json.dump(Window.peak, file)
"""


def peak_mib(scratch: object) -> float:
    here = os.path.dirname(os.path.abspath(__file__))
    answer = os.path.join(str(scratch), "peak.json")
    env = {name: value for name, value in os.environ.items() if name not in ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTHONTRACEMALLOC")}
    env.update(PYTHONHASHSEED="0", PEAK_LIMIT_ANSWER=answer)
    command = [sys.executable, "-c", MEASURE, json.dumps(TARGET)]
    done = subprocess.run(command, cwd=os.path.join(here, FOLDER), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, "the target fails:\n" + done.stdout.decode(errors="replace")[-2000:]
    with open(answer) as file:
        return json.load(file) / 1024 / 1024


def test_peak_stays_below_its_limit(tmp_path: object) -> None:
    peak = peak_mib(tmp_path)
    if peak > LIMIT_MIB:
        peak = min(peak, peak_mib(tmp_path))
    assert peak <= LIMIT_MIB, "the heap of TARGET_NAME peaks at %.1f MiB, its limit is %.1f MiB" % (peak, LIMIT_MIB)
