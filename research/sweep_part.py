"""The results of one batch as the file that will hold them, made where the batch was evaluated."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from feeds.market import MarketData
from research.sweep_batches import Batch
from research.sweep_cache import StageCache
from research.sweep_engine import TRADING_FIGURES
from research.sweep_evaluate import Evaluation, Job, evaluate


@dataclass(frozen=True)
class Part:
    """What a worker sends back for a batch of C configurations.

    Attributes:
        name: of the batch.
        dates, benchmark: [T] as in research.sweep_engine.BatchResult.
        information_ratio: [C].
        content: bytes of a Parquet file, a row a configuration in the order of the batch; see
            research.sweep_store for the columns.
    """

    name: str
    dates: np.ndarray
    benchmark: np.ndarray
    information_ratio: np.ndarray
    content: bytes


def evaluated_part(job: Job, market: MarketData, batch: Batch, shared: StageCache) -> Part:
    """Evaluate a batch. Errors are those of research.sweep_evaluate.evaluate."""
    return make_part(batch, evaluate(job, market, batch.configs, shared))


def make_part(batch: Batch, evaluation: Evaluation) -> Part:
    """The part of a batch that was evaluated; the same results give the same bytes."""
    result, scores = evaluation.result, evaluation.scores
    columns: dict[str, object] = {"config_id": list(batch.ids)}
    columns["fold"] = np.full(len(batch), batch.fold, dtype=np.int32)
    columns |= {key: batch.configs.column(key) for key in batch.configs.keys}
    columns |= {name: result.figures[name] for name in TRADING_FIGURES}
    for kind, table in (("inner", scores.inner), ("outer", scores.outer)):
        columns |= {f"{kind}_{fold}": column for fold, column in enumerate(table.T, start=1)}
    columns["whole"] = scores.whole
    columns["value"] = pd.Series(list(result.values), dtype=object)
    content = _parquet(pd.DataFrame(columns))
    return Part(batch.name, result.dates, result.benchmark, evaluation.information_ratio, content)


def _parquet(frame: pd.DataFrame) -> bytes:
    with (
        tempfile.TemporaryDirectory(prefix="sweep-part-") as folder,
        _database().cursor() as connection,
    ):
        path = Path(folder) / "part.parquet"
        connection.register("part", frame)
        # Version 2 splits the bytes of numbers, which makes series of prices a fifth smaller.
        connection.execute(
            "COPY (SELECT * FROM part) TO '"  # noqa: S608
            + str(path).replace("'", "''")
            + "' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
        )
        return path.read_bytes()


@lru_cache(maxsize=1)
def _database() -> duckdb.DuckDBPyConnection:
    """One a process: opening it takes longer than writing a part. One thread, for one order."""
    return duckdb.connect(config={"threads": 1})
