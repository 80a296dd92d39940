"""Runs one pytest node id in this process, as ``python -m pytest NODE`` would; the window is pytest's test loop, so that
collecting (and rewriting asserts) does not stand in the figures of the tests."""

from __future__ import annotations

import os
import sys

from . import source
from .failures import describe
from .launch import fresh_main, search_first
from .window import TargetUnfit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from .project import Project
    from .window import Window


class TestsFailed(Exception):
    """pytest ended with something else than 0; ``told`` is the error answer of the first thing that went wrong."""

    def __init__(self, exit_code: int, told: Dict[str, Any]) -> None:
        Exception.__init__(self, told["message"])
        self.exit_code = exit_code
        self.told = told


def import_pytest() -> Any:
    """The user's pytest. Raises TargetUnfit where this interpreter has none."""
    search_first(os.getcwd())
    fresh_main()
    try:
        import pytest
    except ModuleNotFoundError as missing:
        if missing.name != "pytest":
            raise
        way = "install it there, or name another Python with --python."
        raise TargetUnfit(f"pytest is not installed for {sys.executable}: {way}") from None
    source.pytest_is_loaded()
    return pytest


def call_pytest(pytest: Any, args: List[str], plugin: Any) -> int:
    """``pytest.main`` with ``sys.argv`` as its own command line would have it."""
    sys.argv[:] = [os.path.join(os.path.dirname(os.path.abspath(pytest.__file__)), "__main__.py"), *args]
    return int(pytest.main(args, plugins=[plugin]))


def run(node: str, project: Project, window: Window) -> None:
    """Runs the node inside the window. Raises TestsFailed where pytest does not end with 0."""
    pytest = import_pytest()
    path, separator, rest = node.partition("::")
    plugin = _plugin(pytest, project, window)
    moved = f"{project.moved_path(path) or path}{separator}{rest}"
    code = call_pytest(pytest, ["-q", "-p", "no:cacheprovider", moved], plugin)
    if code == 0:
        return
    sentences = {
        4: f"pytest does not know the test {node}: see what it wrote.",
        5: f"pytest found no test under {node}.",
    }
    sentence = sentences.get(code, f"pytest ended with exit code {code}.")
    raise TestsFailed(code, plugin.error or {"type": "pytest", "message": sentence, "where": None})


def in_process(pytest: Any) -> type:
    """A plugin that keeps pytest in this process and untraced: no xdist workers, no coverage."""

    class InProcess:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_load_initial_conftests(self, early_config: Any) -> Iterator[None]:
            options = early_config.known_args_namespace
            for name in ("cov_source", "cov_report"):
                if hasattr(options, name):
                    setattr(options, name, [] if name == "cov_source" else {})
            yield

        @pytest.hookimpl(hookwrapper=True)
        def pytest_cmdline_main(self, config: Any) -> Iterator[None]:
            for name, value in (("numprocesses", None), ("dist", "no"), ("tx", []), ("no_cov", True), ("cov_source", [])):
                if hasattr(config.option, name):
                    setattr(config.option, name, value)
            yield

    return InProcess


def _plugin(pytest: Any, project: Project, window: Window) -> Any:
    class Target(in_process(pytest)):  # type: ignore[misc]
        error: Optional[Dict[str, Any]] = None

        @pytest.hookimpl(hookwrapper=True, tryfirst=True)
        def pytest_runtestloop(self) -> Iterator[None]:
            window.open()
            try:
                yield
            finally:
                window.close()

        def pytest_exception_interact(self, call: Any) -> None:
            if self.error is None and call.excinfo is not None:
                self.error = describe(call.excinfo.value, project)

        def pytest_collectreport(self, report: Any) -> None:
            if self.error is None and report.failed:
                self.error = {"type": "CollectError", "message": str(report.longrepr)[:2000], "where": None}

    return Target()
