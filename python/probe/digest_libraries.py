"""Forms of the digest for values of libraries. Nothing is imported: a library is known by the names of its classes."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Generator, Optional, Tuple

    Parts = Generator[Any, bytes, bytes]


def library_form(kind: type) -> Optional[Callable[[Any, Any], Parts]]:
    """How to take a value of a well-known library apart whose pickle depends on how it was built; None for other types."""
    for base in kind.__mro__:
        form = _LIBRARIES.get((base.__module__.partition(".")[0], base.__name__))
        if form is not None:
            return form
    return None


def _array(value: Any, total: Any) -> Parts:
    total.update((yield (str(value.dtype), tuple(value.shape))))
    if value.dtype.hasobject:
        total.update((yield value.tolist()))
    elif value.size:
        rows = value.reshape(1) if value.ndim == 0 else value
        step = max(1, 2**20 // max(1, rows[:1].nbytes))
        for start in range(0, len(rows), step):
            total.update(rows[start : start + step].tobytes())
    return b""


def _frame(value: Any, total: Any) -> Parts:
    total.update((yield value.index))
    total.update((yield value.columns))
    for at in range(value.shape[1]):
        total.update((yield value.iloc[:, at].array))
    return b""


def _series(value: Any, total: Any) -> Parts:
    total.update((yield value.index))
    total.update((yield (value.name, str(value.dtype))))
    total.update((yield value.array))
    return b""


def _listed(value: Any, total: Any) -> Parts:
    for name in ("dtype", "name", "names", "freq"):
        total.update((yield str(getattr(value, name, None))))
    total.update((yield value.tolist() if hasattr(value, "tolist") else list(value)))
    return b""


def _numpy_backed(value: Any, total: Any) -> Parts:
    total.update((yield value.to_numpy()))
    return b""


def _polars_frame(value: Any, total: Any) -> Parts:
    for name, column in zip(value.columns, value.get_columns()):
        total.update((yield (name, str(column.dtype), column.to_list())))
    return b""


def _polars_series(value: Any, total: Any) -> Parts:
    total.update((yield (value.name, str(value.dtype), value.to_list())))
    return b""


def _tensor(value: Any, total: Any) -> Parts:
    total.update((yield str(value.dtype)))
    total.update((yield value.detach().cpu().tolist()))
    return b""


def _image(value: Any, total: Any) -> Parts:
    total.update((yield (value.mode, value.size, value.tobytes())))
    return b""


_LIBRARIES: Dict[Tuple[str, str], Callable[[Any, Any], Parts]] = {
    ("numpy", "ndarray"): _array,
    ("numpy", "generic"): _array,
    ("pandas", "DataFrame"): _frame,
    ("pandas", "Series"): _series,
    ("pandas", "Index"): _listed,
    ("pandas", "NumpyExtensionArray"): _numpy_backed,
    ("pandas", "PandasArray"): _numpy_backed,
    ("pandas", "ExtensionArray"): _listed,
    ("polars", "DataFrame"): _polars_frame,
    ("polars", "Series"): _polars_series,
    ("torch", "Tensor"): _tensor,
    ("PIL", "Image"): _image,
}
