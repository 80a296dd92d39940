"""Peak memory of one command at two commits: each in a worktree of its own, in turns, every run a fresh process.

    python memory_benchmark.py [--json] [--pairs N]

Needs Python 3.9, git, and a POSIX system. The checkout that it is started in stays as it is. The figure is the operating system's
for the command's own process (ru_maxrss); it rests on this script being small, since a process inherits the size of its parent.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

BASE = "HEAD~1"
HEAD = "HEAD"
FOLDER = ""
COMMAND = ["-c", "pass"]
PAIRS = 3

# Started with every run: it refuses to end well when the checkout was imported instead of the worktree.
WITNESS = """
import atexit, os, sys
def check(root=os.environ["MEMORY_BENCHMARK_ROOT"], tree=os.environ["MEMORY_BENCHMARK_TREE"]):
    for module in list(sys.modules.values()):
        file = os.path.realpath(getattr(module, "__file__", None) or "/")
        inside = file.startswith(root + os.sep) and not file.startswith(tree + os.sep)
        if inside and os.path.exists(os.path.join(tree, os.path.relpath(file, root))):
            sys.stderr.write("imported from the checkout instead of the worktree: %s\\n" % file)
            sys.stderr.flush()
            os._exit(97)
atexit.register(check)
"""


def git(*words: str, cwd: str) -> str:
    done = subprocess.run(["git", "-c", "core.hooksPath=/dev/null", *words], cwd=cwd, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


def peak_mib(root: str, tree: str, witness: str) -> float:
    paths = [witness, tree, os.path.join(tree, "src")]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*paths, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
        "MEMORY_BENCHMARK_ROOT": root,
        "MEMORY_BENCHMARK_TREE": tree,
    }
    child = subprocess.Popen([sys.executable, *COMMAND], cwd=os.path.join(tree, FOLDER), env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        raise SystemExit("the command fails at %s (status %d)" % (tree, status))
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    options = parser.parse_args()
    root = os.path.realpath(git("rev-parse", "--show-toplevel", cwd=os.getcwd()))
    scratch = os.path.realpath(tempfile.mkdtemp(prefix="memory-benchmark-"))
    trees = {name: os.path.join(scratch, name) for name in ("base", "head")}
    peaks: dict[str, list[float]] = {"base": [], "head": []}
    try:
        with open(os.path.join(scratch, "sitecustomize.py"), "w") as file:
            file.write(WITNESS)
        for name, ref in (("base", BASE), ("head", HEAD)):
            git("worktree", "add", "--quiet", "--detach", trees[name], ref, cwd=root)
        for pair in range(options.pairs):
            for name in ("base", "head") if pair % 2 == 0 else ("head", "base"):
                peaks[name].append(peak_mib(root, trees[name], scratch))
    finally:
        for tree in trees.values():
            if os.path.exists(tree):
                git("worktree", "remove", "--force", tree, cwd=root)
        shutil.rmtree(scratch, ignore_errors=True)
    base, head = (statistics.median(peaks[name]) for name in ("base", "head"))
    if options.json:
        print(json.dumps({"base_mib": base, "head_mib": head, "runs_mib": peaks}))
        return
    print("| Ref | Peak MiB | Delta |")
    print("|---|---|---|")
    print("| base %s | %.1f | |" % (BASE[:12], base))
    print("| head %s | %.1f | %+.1f (%+.1f %%) |" % (HEAD[:12], head, head - base, 100 * (head - base) / base))


if __name__ == "__main__":
    main()
