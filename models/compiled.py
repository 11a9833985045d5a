"""The compiler of the numeric core: one decorator, so that its settings stand in one place."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from platformdirs import user_cache_path

_Function = TypeVar("_Function", bound=Callable[..., object])
_OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy", "nogil": True}
# A dozen megabytes each.
_VERSIONS = 4
# Said outright, or a caller that makes no arrays would pass its own setting on.
_ALLOCATING = {**_OPTIONS, "_nrt": True}
_IN_PLACE = {**_OPTIONS, "_nrt": False}
_INLINED = {**_IN_PLACE, "forceinline": True}


def compiled(function: _Function) -> _Function:
    """Compile a function of numbers and arrays on its first call, IEEE arithmetic kept as written.

    The same machine code serves the Backtrader strategy, the simulated broker and the sweep, so
    that they agree to the last digit. Inside a compiled function nothing is checked: callers check.
    """
    return cast("_Function", numba.njit(**_ALLOCATING)(function))


def compiled_in_place(function: _Function) -> _Function:
    """`compiled`, for a function that only works on arrays that it is given and makes none.

    It leaves out the counting of references, which costs several times the arithmetic of a fill
    where many arrays are passed on. A view of an array is fine, a new array does not compile.
    """
    return cast("_Function", numba.njit(**_IN_PLACE)(function))


def inlined(function: _Function) -> _Function:
    """`compiled_in_place`, for a small function that is called for every fill."""
    return cast("_Function", numba.njit(**_INLINED)(function))


def is_kept(function: Callable[..., object]) -> bool:
    """Whether machine code of a compiled function was kept by an earlier process."""
    folder = Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    return any(folder.rglob(f"*.{function.__name__}-*.nbi"))


def _cache_folder() -> Path:
    """Where machine code is kept between processes, by the content of every pure module.

    Numba looks only at a function's own file when it decides whether kept code is still valid; a
    change to a function that it calls, or to a constant from elsewhere, would go unnoticed.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    given = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    root = Path(given or user_cache_path("bellwether", appauthor=False) / "compiled")
    folder = root / digest.hexdigest()[:16]
    if not given and not folder.exists():
        _forget_all_but_the_newest(root)
    return folder


def _forget_all_but_the_newest(root: Path) -> None:
    # Another process may be doing the same: what is gone is gone.
    with suppress(OSError):
        for old in sorted(root.glob("*"), key=lambda path: path.stat().st_mtime)[:-_VERSIONS]:
            shutil.rmtree(old, ignore_errors=True)


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]
