"""A store of made-up results: read in pieces, by id, and refused where it is damaged."""

from __future__ import annotations

import tracemalloc
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from research.config import RunConfig
from research.sweep_active import StoredReturns
from research.sweep_batches import Batch, batches
from research.sweep_config import ObjectiveSection
from research.sweep_configurations import Configurations
from research.sweep_engine import TRADING_FIGURES, BatchResult
from research.sweep_evaluate import Job, scored
from research.sweep_folds import Fold
from research.sweep_objective import active_returns
from research.sweep_part import Part, make_part
from research.sweep_statistics import luck_statistics, statistics_in_memory
from research.sweep_store import StoreError, SweepStore

KEYS = ("stress.window", "strategy.params.penalty", "strategy.params.features", "costs.free")
SESSIONS = 400
DAYS = pd.bdate_range("2017-01-02", periods=SESSIONS + 1).to_numpy("datetime64[D]")
MARKET = 0.01 * np.random.default_rng(1).standard_normal(SESSIONS)
JOB = Job("none", (Fold((slice(0, 200),), slice(200, SESSIONS)),), ObjectiveSection())


def part_of(batch: Batch) -> Part:
    """Noise that depends on nothing but the batch."""
    rng = np.random.default_rng(int(batch.name, 16))
    returns = MARKET + 0.002 * rng.standard_normal((len(batch), SESSIONS))
    values = 1e7 * np.cumprod(np.c_[np.ones(len(batch)), 1.0 + returns], axis=1)
    benchmark = np.cumprod(np.r_[1.0, 1.0 + MARKET])
    figures = {name: np.full(len(batch), 2.0) for name in TRADING_FIGURES}
    return make_part(batch, scored(JOB, BatchResult(DAYS, benchmark, values, figures)))


def filled(folder: Path, count: int, most: int = 64) -> tuple[SweepStore, list[Batch]]:
    penalties = np.linspace(0.1, 9.0, count // 4).tolist()
    rows = tuple(product((300, 400), penalties, ("credit_20",), (True, False)))
    configs = Configurations(RunConfig(), KEYS, rows)
    store, cut = SweepStore(folder, 1), batches(configs, configs.ids(), 0, most)
    for batch in cut:
        store.keep(part_of(batch))
    return store, cut


def test_what_was_kept_is_read_in_pieces_and_by_id(tmp_path: Path) -> None:
    store, cut = filled(tmp_path, 120)
    assert store.count() == 120
    assert store.missing(cut) == []
    table = store.table()
    assert table["config_id"].is_monotonic_increasing
    by_id = {name: row for b in cut for name, row in zip(b.ids, b.configs.rows, strict=True)}
    assert [*zip(*(table[key] for key in KEYS), strict=True)] == [
        by_id[name] for name in table["config_id"]
    ]
    pieces = list(store.chunks())
    ids = [name for names, _ in pieces for name in names]
    assert sorted(ids) == sorted(by_id)
    values = dict(zip(ids, np.concatenate([values for _, values in pieces]), strict=True))
    some = [cut[3].ids[0], cut[0].ids[1], cut[3].ids[0]]
    np.testing.assert_array_equal(store.series(some), np.stack([values[name] for name in some]))
    inner = dict(zip(table["config_id"], table["inner_1"], strict=True))
    assert {name: score[0] for name, score in store.inner(cut[:2]).items()} == {
        name: inner[name] for batch in cut[:2] for name in batch.ids
    }


def test_a_part_has_the_same_bytes_again_and_ordinary_types(tmp_path: Path) -> None:
    store, cut = filled(tmp_path, 40)
    assert part_of(cut[0]).content == part_of(cut[0]).content
    types = dict(
        zip(*(duckdb.read_parquet(f"{store.results}/*.parquet").__getattribute__(name)
              for name in ("columns", "dtypes")), strict=True)
    )  # fmt: skip
    assert [str(types[key]) for key in KEYS] == ["BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN"]
    assert str(types["value"]) == "DOUBLE[]"


def test_only_what_is_missing_is_missing(tmp_path: Path) -> None:
    store, cut = filled(tmp_path, 120)
    gone = store.results / f"part-{cut[5].name}.parquet"
    gone.rename(gone.with_name(f".{gone.name}"))
    assert store.missing(cut) == [cut[5]]
    assert store.count() == 120 - len(cut[5])


def test_damaged_or_foreign_results_are_named(tmp_path: Path) -> None:
    store, cut = filled(tmp_path, 40)
    first = store.results / f"part-{cut[0].name}.parquet"
    copy = store.results / "copy.parquet"
    copy.write_bytes(first.read_bytes())
    with pytest.raises(StoreError, match=f"configuration {min(cut[0].ids)} twice; remove the fold"):
        store.table()
    copy.unlink()
    first.write_bytes(first.read_bytes()[:-30])
    with pytest.raises(StoreError, match=r"a file is damaged .*; remove it and start the sweep"):
        list(store.chunks())
    other = Part("00", DAYS[1:], np.ones(SESSIONS), np.ones(1), b"")
    with pytest.raises(StoreError, match="results of another window; remove the folder"):
        store.keep(other)


def test_statistics_of_a_store_are_those_of_its_table(tmp_path: Path) -> None:
    store, _ = filled(tmp_path, 120)
    ids = store.table()["config_id"].tolist()
    active = active_returns(store.series(ids), store.window()[1])
    assert luck_statistics(StoredReturns(store), 3) == statistics_in_memory(active.T, 3)


def test_memory_does_not_grow_with_the_daily_values(tmp_path: Path) -> None:
    peaks = []
    for count in (2400, 7200):
        store, _ = filled(tmp_path / str(count), count, most=256)
        luck_statistics(StoredReturns(store), 1)
        tracemalloc.start()
        said = luck_statistics(StoredReturns(store), 1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert said["draws_shared"] == 1
    daily = 8 * SESSIONS * (7200 - 2400)
    assert peaks[1] - peaks[0] < 0.5 * daily
