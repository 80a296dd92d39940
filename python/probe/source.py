"""Changes the syntax tree of project files as they are loaded. Without a transform nothing is patched."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from types import CodeType
    from typing import Any, Callable, Iterable, List, Optional, Tuple

    from .project import Project

    Transform = Callable[[ast.Module, str], ast.Module]

_project: Optional[Project] = None
_transforms: List[Tuple[Transform, Optional[frozenset]]] = []
_around: List[Tuple[Callable[[], None], Callable[[], None]]] = []


def use(project: Project) -> None:
    """Says which files are the project's. The probe calls it once, first."""
    global _project
    _project = project


def add_transform(transform: Transform, files: Optional[Iterable[str]] = None) -> None:
    """``transform(module, filename)`` is applied to every project file loaded from now on, the script run as ``__main__``
    and test modules that pytest rewrites included. ``filename`` is absolute; ``project.relative`` gives its short form.
    ``files``, relative paths, limits it: all other files keep their cached bytecode.
    """
    if not _transforms:
        _patch_imports()
    _transforms.append((transform, None if files is None else frozenset(files)))
    _patch_pytest()


def measure(before: Callable[[], None], after: Callable[[], None]) -> None:
    """To be called around each reading of a file that is transformed, whose memory is ours and not the program's."""
    _around.append((before, after))


def is_transformed(filename: str) -> bool:
    """Whether any transform applies to a file."""
    return bool(_applying(filename))


def compile_file(filename: str, data: bytes) -> CodeType:
    """The code of a source file as ``exec`` wants it, transformed where a transform applies."""
    transforms = _applying(filename)
    if not transforms:
        return compile(data, filename, "exec", dont_inherit=True)
    import ast

    for before, _ in _around:
        before()
    code = compile(_apply(ast.parse(data, filename), filename, transforms), filename, "exec", dont_inherit=True)
    for _, after in _around:
        after()
    return code


def pytest_is_loaded() -> None:
    """To be called once pytest was imported: its rewriter reads test modules by itself."""
    _patch_pytest()


def _applying(filename: str) -> List[Transform]:
    inside = _project.relative(filename) if _transforms and _project is not None else None
    return [] if inside is None else [it for it, files in _transforms if files is None or inside in files]


def _apply(module: ast.Module, filename: str, transforms: List[Transform]) -> ast.Module:
    import ast

    for transform in transforms:
        module = transform(module, filename)
    return ast.fix_missing_locations(module)


def _patch_imports() -> None:
    from _frozen_importlib_external import SourceFileLoader

    original = SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        filename = self.get_filename(fullname)
        return compile_file(filename, self.get_data(filename)) if _applying(filename) else original(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def _patch_pytest() -> None:
    rewrite: Any = sys.modules.get("_pytest.assertion.rewrite")
    if rewrite is None or not _transforms or hasattr(rewrite, "__codeflash_memory__"):
        return
    rewrite.__codeflash_memory__ = True
    rewrite_asserts, read_pyc = rewrite.rewrite_asserts, rewrite._read_pyc

    def transformed(module: Any, source: bytes, path: Any = None, config: Any = None) -> None:
        transforms = _applying(str(path)) if path is not None else []
        if transforms:
            module.body[:] = _apply(module, str(path), transforms).body
        rewrite_asserts(module, source, path, config)

    def uncached(source: Any, *rest: Any, **named: Any) -> Any:
        return None if _applying(str(source)) else read_pyc(source, *rest, **named)

    rewrite.rewrite_asserts, rewrite._read_pyc = transformed, uncached
