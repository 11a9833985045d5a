"""A sweep's results on disk: a Parquet dataset of one file a batch, read back a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from research.results_folder import write_parquet
from research.sweep_batches import Batch
from research.sweep_part import Part

RESULTS = "results"
WINDOW = "window.parquet"
# Configurations whose daily values are in memory together.
AT_ONCE = 512


class StoreError(ValueError):
    """Results that cannot be used; the message names the folder or file and the mend."""


class SweepStore:
    """The dataset `results/*.parquet` of a sweep's folder, and `window.parquet` beside it.

    Columns of results, a row a configuration: config_id, fold (first that may select it, from 0),
    the varied keys, TRADING_FIGURES, inner_1.. and outer_1.. (the objective by fold), whole,
    and value: the portfolio's value at each close. window.parquet has the closes' date and the
    benchmark's price. A file holds one batch (research.sweep_batches), appears whole (renamed) and
    is never written again. Whatever reads raises StoreError on a damaged file.
    """

    def __init__(self, folder: Path, folds: int) -> None:
        self._folder = folder
        self._folds = folds
        self._window: tuple[np.ndarray, np.ndarray] | None = None
        self.results = folder / RESULTS

    def missing(self, batches: Sequence[Batch]) -> list[Batch]:
        """Those that are not on disk."""
        present = {path.name for path in self.results.glob("[!.]*.parquet")}
        return [batch for batch in batches if _file(batch.name) not in present]

    def keep(self, part: Part) -> None:
        """Add a part.

        Raises:
            StoreError: the batch was evaluated on other sessions than those on disk.
        """
        self._same_window(part.dates, part.benchmark)
        self.results.mkdir(parents=True, exist_ok=True)
        partial = self.results / f".{_file(part.name)}"
        partial.write_bytes(part.content)
        partial.replace(self.results / _file(part.name))

    def count(self) -> int:
        """Configurations on disk."""
        files = self._files()
        if not files:
            return 0
        with self._reading() as connection:
            found = connection.execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchone()
        return int(found[0]) if found else 0

    def inner(self, batches: Sequence[Batch]) -> dict[str, np.ndarray]:
        """[F] inner scores by id of batches that are on disk."""
        names = [f"inner_{number + 1}" for number in range(self._folds)]
        files = [str(self.results / _file(batch.name)) for batch in batches]
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT config_id, {', '.join(names)} FROM read_parquet(?)",  # noqa: S608
                [files],
            ).fetchnumpy()
        scores = np.column_stack([np.ma.filled(rows[name], np.nan) for name in names])
        return dict(zip(rows["config_id"].tolist(), scores, strict=True))

    def table(self) -> pd.DataFrame:
        """Results sorted by id, without the daily values.

        Raises:
            StoreError: a configuration is there twice.
        """
        with self._reading() as connection:
            table = connection.execute(
                "SELECT * EXCLUDE (value) FROM read_parquet(?) ORDER BY config_id", [self._files()]
            ).df()
        twice = table["config_id"].duplicated()
        if twice.any():
            raise StoreError(
                f"{self.results} has configuration {table['config_id'][twice].iloc[0]} twice; "
                "remove the folder and start the sweep again"
            )
        return table

    def chunks(self) -> Iterator[tuple[list[str], np.ndarray]]:
        """Ids [c] and daily values [c x T] of all configurations, some hundreds at a time.

        Every configuration once, always in the same order: by file, and in it by row.
        """
        files = self._files()
        together = max(1, AT_ONCE * len(files) // max(self.count(), 1))
        with self._reading() as connection:
            for start in range(0, len(files), together):
                yield _series(connection, files[start : start + together], None)

    def series(self, ids: Sequence[str]) -> np.ndarray:
        """Daily values of some configurations, [c x T] in the order of `ids`."""
        wanted = sorted(set(ids))
        with self._reading() as connection:
            found, values = _series(connection, self._files(), wanted)
        place = {name: row for row, name in enumerate(found)}
        return values[[place[name] for name in ids]]

    def window(self) -> tuple[np.ndarray, np.ndarray]:
        """Dates [T] (datetime64[D]) and the benchmark's price [T]."""
        if self._window is None:
            frame = duckdb.read_parquet(str(self._folder / WINDOW)).df()
            days = frame["date"].to_numpy("datetime64[D]")
            self._window = days, frame["benchmark"].to_numpy(np.float64)
        return self._window

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database of one thread, so that rows keep their order."""
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                yield connection
        except duckdb.Error as error:
            raise StoreError(
                f"{self.results}: a file is damaged ({str(error).splitlines()[0]}); "
                "remove it and start the sweep again, which makes it anew"
            ) from None

    def _files(self) -> list[str]:
        return sorted(str(path) for path in self.results.glob("[!.]*.parquet"))

    def _same_window(self, dates: np.ndarray, benchmark: np.ndarray) -> None:
        if not (self._folder / WINDOW).exists():
            frame = pd.DataFrame({"date": dates.astype("datetime64[s]"), "benchmark": benchmark})
            write_renamed(self._folder / WINDOW, frame)
            return
        known_dates, known_benchmark = self.window()
        if not (np.array_equal(known_dates, dates) and np.array_equal(known_benchmark, benchmark)):
            raise StoreError(f"{self._folder}: results of another window; remove the folder")


def write_renamed(path: Path, frame: pd.DataFrame) -> None:
    """A Parquet file that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    write_parquet(partial, frame)
    partial.replace(path)


def _file(name: str) -> str:
    return f"part-{name}.parquet"


def _series(
    connection: duckdb.DuckDBPyConnection, files: list[str], wanted: list[str] | None
) -> tuple[list[str], np.ndarray]:
    """Ids and values of files, or of some ids in them."""
    some = "" if wanted is None else "WHERE config_id IN (SELECT unnest(?))"
    rows = connection.execute(
        f"SELECT config_id, value FROM read_parquet(?) {some}",  # noqa: S608
        [files] if wanted is None else [files, wanted],
    ).fetchnumpy()
    return [str(name) for name in rows["config_id"]], np.stack([*rows["value"]])
