"""Stages computed once: arrays by content, in memory or mapped from a folder."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

Arrays = Mapping[str, np.ndarray]
# Mapped files cost address space only, arrays without a folder cost memory.
KEPT = 64


class StageCache:
    """Results of stages by name and key of what they read.

    With a folder, one process works a stage out while the others wait, and all of them map its file
    into their memory, so that the machine holds it once. An entry appears whole or not at all.

    Attributes:
        computed: stage -> how often it was worked out here rather than found.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.computed: Counter[str] = Counter()
        self._folder = folder
        self._kept: OrderedDict[tuple[str, str], Arrays] = OrderedDict()

    def arrays(self, stage: str, key: str, compute: Callable[[], Arrays]) -> Arrays:
        """Read-only arrays of a stage, computed when nobody has yet.

        Args:
            stage: name, of letters, digits and spaces.
            key: digest of everything that the result depends on, market and code included.
            compute: works them out.
        """
        place = (stage, key)
        if place not in self._kept:
            self._kept[place] = self._found(stage, key) or self._made(stage, key, compute)
        self._kept.move_to_end(place)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[place]

    def _entry(self, stage: str, key: str) -> Path | None:
        return self._folder / f"{stage.replace(' ', '-')}-{key}" if self._folder else None

    def _found(self, stage: str, key: str) -> Arrays | None:
        entry = self._entry(stage, key)
        return read_arrays(entry) if entry is not None and entry.is_dir() else None

    def _made(self, stage: str, key: str, compute: Callable[[], Arrays]) -> Arrays:
        entry = self._entry(stage, key)
        if entry is None:
            self.computed[stage] += 1
            return {name: _read_only(values) for name, values in compute().items()}
        entry.parent.mkdir(parents=True, exist_ok=True)
        with _alone(entry.with_suffix(".lock")):
            # Another process may have made it while this one waited.
            if not entry.is_dir():
                write_arrays(entry, compute())
                self.computed[stage] += 1
        return read_arrays(entry)


def write_arrays(entry: Path, arrays: Arrays) -> None:
    """One .npy file an array, in a folder that appears whole or not at all."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=entry.parent))
    try:
        for name, values in arrays.items():
            np.save(partial / f"{name}.npy", values, allow_pickle=False)
        try:
            partial.rename(entry)
        except OSError:
            # Another process was first: same content, same name.
            if not entry.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def read_arrays(entry: Path) -> Arrays:
    """The arrays of a folder, mapped into memory read-only."""
    return {
        path.stem: np.load(path, mmap_mode="r", allow_pickle=False)
        for path in sorted(entry.iterdir())
    }


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a file's lock, which the system frees when a process dies; without effect on Windows."""
    with lock.open("w") as handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _read_only(values: np.ndarray) -> np.ndarray:
    view = values.view()
    view.flags.writeable = False
    return view
