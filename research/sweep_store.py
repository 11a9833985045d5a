"""A sweep's results on disk: a Parquet dataset that grows a part at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from research.results_folder import write_parquet
from research.sweep_engine import TRADING_FIGURES
from research.sweep_evaluate import Evaluation

RESULTS = "results"
WINDOW = "window.parquet"
MERGED = "all.parquet"


class SweepStore:
    """The dataset `results/*.parquet` of a sweep's folder, and `window.parquet` beside it.

    Columns of results, a row a configuration: config_id, fold (first that may select it, from 0),
    the varied keys, TRADING_FIGURES, inner_1.. and outer_1.. (the objective by fold), whole,
    and value: the portfolio's value at each close. window.parquet has the closes' date and the
    benchmark's price. Parts appear whole (renamed); `merge` sorts them into one file by id.
    """

    def __init__(self, folder: Path, keys: Sequence[str], folds: int) -> None:
        self._folder = folder
        self._keys = list(keys)
        self._folds = folds
        self._window: tuple[np.ndarray, np.ndarray] | None = None
        self.results = folder / RESULTS

    def scores(self) -> dict[str, np.ndarray]:
        """[F] inner scores, by id, of every configuration on disk."""
        if not self._parts():
            return {}
        names = ", ".join(f"inner_{number + 1}" for number in range(self._folds))
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"SELECT config_id, {names} FROM read_parquet(?)",  # noqa: S608
                [self._parts()],
            ).fetchnumpy()
        inner = np.column_stack(
            [np.ma.filled(rows[f"inner_{n + 1}"], np.nan) for n in range(self._folds)]
        )
        return dict(zip(rows["config_id"].tolist(), inner, strict=True))

    def write(self, evaluation: Evaluation, fold: int) -> None:
        """Add a part.

        Raises:
            ValueError: the batch was evaluated on other sessions than those on disk.
        """
        result, scores = evaluation.result, evaluation.scores
        self._same_window(result.dates, result.benchmark)
        frame = pd.DataFrame({"config_id": evaluation.ids, "fold": fold})
        for place, key in enumerate(self._keys):
            frame[key] = [row[place] for row in evaluation.configs.rows]
        for name in TRADING_FIGURES:
            frame[name] = result.figures[name]
        for number in range(self._folds):
            frame[f"inner_{number + 1}"] = scores.inner[:, number]
        for number in range(self._folds):
            frame[f"outer_{number + 1}"] = scores.outer[:, number]
        frame["whole"] = scores.whole
        frame["value"] = pd.Series(list(result.values), dtype=object)
        name = hashlib.sha256("".join(evaluation.ids).encode()).hexdigest()[:16]
        _write(self.results / f"part-{name}.parquet", frame)

    def merge(self) -> Path:
        """All parts as one file sorted by id; the same results give the same bytes."""
        final = self.results / MERGED
        parts = self._parts()
        if parts == [str(final)]:
            return final
        partial = self.results / f".{MERGED}"
        with duckdb.connect(config={"threads": 1}) as connection:
            target = str(partial).replace("'", "''")
            connection.execute(
                "COPY (SELECT DISTINCT ON (config_id) * FROM read_parquet(?) "  # noqa: S608
                "ORDER BY config_id) "
                f"TO '{target}' (FORMAT parquet, COMPRESSION zstd)",
                [parts],
            )
        partial.replace(final)
        for part in parts:
            if part != str(final):
                Path(part).unlink()
        return final

    def table(self, values: bool = False) -> pd.DataFrame:
        """Results sorted by id; with `values` the series too, as arrays."""
        columns = "*" if values else "* EXCLUDE (value)"
        with duckdb.connect() as connection:
            return connection.execute(
                f"SELECT {columns} FROM read_parquet(?) ORDER BY config_id",  # noqa: S608
                [self._parts()],
            ).df()

    def window(self) -> tuple[np.ndarray, np.ndarray]:
        """Dates [T] (datetime64[D]) and the benchmark's price [T]."""
        if self._window is None:
            frame = duckdb.read_parquet(str(self._folder / WINDOW)).df()
            days = frame["date"].to_numpy("datetime64[D]")
            self._window = days, frame["benchmark"].to_numpy(np.float64)
        return self._window

    def _parts(self) -> list[str]:
        return sorted(str(path) for path in self.results.glob("[!.]*.parquet"))

    def _same_window(self, dates: np.ndarray, benchmark: np.ndarray) -> None:
        if not (self._folder / WINDOW).exists():
            frame = pd.DataFrame({"date": dates.astype("datetime64[s]"), "benchmark": benchmark})
            _write(self._folder / WINDOW, frame)
            return
        known_dates, known_benchmark = self.window()
        if not (np.array_equal(known_dates, dates) and np.array_equal(known_benchmark, benchmark)):
            raise ValueError(f"{self._folder}: results of another window; remove the folder")


def _write(path: Path, frame: pd.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}")
    write_parquet(partial, frame)
    partial.replace(path)
