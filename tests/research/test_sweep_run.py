"""A whole sweep with Cerebro: parity, workers, resuming, the trials log and the dataset."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import numpy as np
import pandas as pd
import pytest

from feeds.market import BAR_FIELDS, MarketData
from research import sweep_engine
from research.config import ConfigError, RunConfig
from research.run import run
from research.sweep import plan_sweep, run_sweep
from research.sweep_cache import StageCache
from research.sweep_cerebro import CerebroEngine
from research.sweep_configurations import Configurations
from research.sweep_confirm import ParityError
from research.sweep_engine import BatchResult, engine_named
from research.sweep_store import StoreError
from research.sweep_study import Study, make_study
from research.trials import read_trials
from tests.research.sweep_study_maker import small_study

KEYS = ("strategy.params.horizon", "stress.window")


@pytest.fixture(scope="module")
def base(make_config: Callable[..., RunConfig]) -> RunConfig:
    return make_config(period__start=date(2018, 1, 2), period__end=date(2018, 12, 31))


@pytest.fixture(scope="module")
def study(small_market: MarketData, base: RunConfig) -> Study:
    return small_study(small_market, base)


@pytest.fixture(scope="module")
def finished(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sweep, run in this process. Not to be changed."""
    return run_sweep(study, tmp_path_factory.mktemp("sweeps"), workers=1)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_engine_gives_what_a_run_gives(small_market: MarketData, base: RunConfig) -> None:
    configs = Configurations(base, KEYS, ((20, 400), (30, 300)))
    shared = StageCache()
    batch = CerebroEngine().run_batch(small_market, configs, shared)
    assert shared.computed["features"] == 2
    for row, config in enumerate(configs):
        result = run(small_market, config)
        equity = result.tables["equity"]
        assert batch.dates.astype(str).tolist() == equity["date"].tolist()
        np.testing.assert_array_equal(batch.values[row, :], equity["value"])  # noqa: PD011
        np.testing.assert_allclose(
            batch.benchmark / batch.benchmark[0],
            equity["benchmark"] / equity["benchmark"].iloc[0],
            rtol=1e-14,
        )
        for name, figure in batch.figures.items():
            assert figure[row] == result.metrics[name], name


def test_a_batch_does_not_depend_on_what_else_is_in_it(
    small_market: MarketData, base: RunConfig
) -> None:
    rows = ((20, 400), (30, 300))
    both = CerebroEngine().run_batch(small_market, Configurations(base, KEYS, rows), StageCache())
    for place, row in enumerate(rows):
        alone = Configurations(base, KEYS, (row,))
        result = CerebroEngine().run_batch(small_market, alone, StageCache())
        np.testing.assert_array_equal(result.benchmark, both.benchmark)
        np.testing.assert_array_equal(result.values[0], both.values[place])  # noqa: PD011


def test_two_processes_write_the_same_bytes(study: Study, finished: Path, tmp_path: Path) -> None:
    seen: list[str] = []
    folder = run_sweep(study, tmp_path, workers=2, say=seen.append)
    assert folder.name == finished.name == study.sweep_id
    assert contents(folder) == contents(finished)
    assert seen == []


def test_duckdb_reads_the_dataset(finished: Path, study: Study) -> None:
    dataset = duckdb.read_parquet(f"{finished}/results/*.parquet")
    rows = dataset.select(
        'config_id, "stress.window", whole, len(value) AS closes, value[1] AS first'
    ).fetchall()
    assert len(rows) == 8
    assert len({row[0] for row in rows}) == 8
    assert {row[1] for row in rows} == {300, 400}
    assert {row[3] for row in rows} == {study.sessions + 1}
    assert all(np.isfinite(row[2]) and row[4] > 0.0 for row in rows)
    assert not (finished / ".stages").exists()


def test_every_configuration_is_in_the_trials_log(finished: Path, study: Study) -> None:
    trials = read_trials(finished.parent / "trials.jsonl")
    table = duckdb.read_parquet(f"{finished}/results/*.parquet").df().sort_values("config_id")
    assert sorted(trial.name for trial in trials) == table["config_id"].tolist()
    by_id = dict(zip(table["config_id"], table["whole"], strict=True))
    for trial in trials:
        assert (trial.study, trial.first, trial.last) == ("small", "2018-01-02", "2018-12-31")
        assert trial.data == study.market.digest
        assert trial.result["information_ratio"] == pytest.approx(by_id[trial.name], rel=1e-12)
        assert set(trial.config) == set(study.keys)


class InterruptedSweepError(Exception):
    """What stands for Ctrl-C."""


def interrupt_after(finished_ones: int) -> Callable[[str, int | None], Callable[[], None]]:
    done: list[str] = []

    def advance() -> None:
        done.append("")
        if len(done) == finished_ones:
            raise InterruptedSweepError

    return lambda title, total: advance if total else lambda: None


def test_an_interrupted_sweep_goes_on_where_it_was(
    study: Study, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InterruptedSweepError):
        run_sweep(study, tmp_path, workers=1, progress=interrupt_after(3))
    assert len(list((tmp_path / study.sweep_id / "results").glob("part-*.parquet"))) == 3
    assert len(read_trials(tmp_path / "trials.jsonl")) == 3
    assert plan_sweep(study, tmp_path, 1).on_disk == 3
    ran: list[int] = []
    original = CerebroEngine.run_batch

    def counted(self: CerebroEngine, market: Any, configs: Any, shared: Any) -> BatchResult:
        ran.append(len(configs))
        return original(self, market, configs, shared)

    monkeypatch.setattr(CerebroEngine, "run_batch", counted)
    folder = run_sweep(study, tmp_path, workers=1)
    assert sum(ran) == 5
    assert contents(folder) == contents(finished)
    assert len(read_trials(tmp_path / "trials.jsonl")) == 8
    run_sweep(study, tmp_path, workers=1)
    assert sum(ran) == 5


class Fours(CerebroEngine):
    """Cerebro with four configurations a batch."""

    name = "fours"
    batch = 4
    ran: ClassVar[list[int]] = []

    def run_batch(self, market: Any, configs: Any, shared: Any) -> BatchResult:
        self.ran.append(len(configs))
        return super().run_batch(market, configs, shared)


def test_a_batch_that_was_not_finished_runs_again_and_no_other(
    small_market: MarketData, base: RunConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sweep_engine.ENGINES, "fours", f"{__name__}:Fours")
    monkeypatch.setattr("research.sweep_batches.AT_LEAST", 2)
    monkeypatch.setattr("research.sweep.confirm", lambda study, store: 0)
    study = small_study(small_market, base, "fours")
    whole = run_sweep(study, tmp_path / "whole", workers=1)
    # In the middle of the second batch, after it was kept; then a copy that lost it.
    with pytest.raises(InterruptedSweepError):
        run_sweep(study, tmp_path / "cut", workers=1, progress=interrupt_after(5))
    _, second = sorted((tmp_path / "cut" / study.sweep_id / "results").iterdir())
    second.rename(second.with_name(f".{second.name}"))
    assert plan_sweep(study, tmp_path / "cut", 1).on_disk == 4
    Fours.ran.clear()
    folder = run_sweep(study, tmp_path / "cut", workers=1)
    assert Fours.ran == [4]
    assert contents(folder) == contents(whole)
    logs = [read_trials(tmp_path / name / "trials.jsonl") for name in ("cut", "whole")]
    assert sorted(trial.name for trial in logs[0]) == sorted(trial.name for trial in logs[1])


def test_what_the_sweep_did_not_write_is_refused(
    study: Study, finished: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(finished, tmp_path / study.sweep_id)
    copied = min((folder / "results").iterdir())
    shutil.copy(copied, folder / "results" / "mine.parquet")
    with pytest.raises(StoreError, match="holds 9 configurations, and the sweep has 8; remove"):
        run_sweep(study, tmp_path, workers=1)


def loky_workers() -> list[int]:
    """Process ids of this process's joblib workers."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in file.read_text().split()]
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
    return [pid for pid, line in lines.items() if b"loky" in line and b"tracker" not in line]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="worker processes are found in /proc")
def test_a_killed_worker_loses_nothing(study: Study, finished: Path, tmp_path: Path) -> None:
    killed: list[int] = []

    def kill_once() -> None:
        if not killed:
            killed.append(loky_workers()[0])
            os.kill(killed[0], signal.SIGKILL)

    said: list[str] = []
    folder = run_sweep(
        study,
        tmp_path,
        workers=2,
        say=said.append,
        progress=lambda title, total: kill_once if total else lambda: None,
    )
    assert killed
    assert contents(folder) == contents(finished)
    assert len(read_trials(tmp_path / "trials.jsonl")) == 8
    assert said
    assert "a worker died" in said[0]


def test_the_plan_is_said_and_nothing_is_written(study: Study, tmp_path: Path) -> None:
    plan = plan_sweep(study, tmp_path / "out", workers=2)
    assert (plan.configurations, plan.on_disk, plan.workers) == (8, 0, 2)
    assert [stage.distinct for stage in plan.stages] == [2, 4, 4, 1, 8, 8]
    assert plan.seconds is not None
    assert plan.seconds > 0.0
    assert not (tmp_path / "out").exists()
    text = "\n".join(plan.lines())
    assert "8 configurations, 0 of them on disk" in text
    assert "stage features: 2 distinct, computed once each" in text
    assert "estimated time on 2 workers" in text


def test_nothing_after_the_window_matters(
    small_market: MarketData, base: RunConfig, study: Study
) -> None:
    later = small_market.sessions > pd.Timestamp(base.period.end)
    assert later.any()
    rng = np.random.default_rng(3)
    frames = {}
    for name in BAR_FIELDS:
        frame = getattr(small_market, name).copy()
        frame.loc[later] *= rng.uniform(0.5, 2.0)
        frames[name] = frame
    other = small_study(replace(small_market, **frames), base)
    assert other.sweep_id == study.sweep_id
    assert other.market.sessions[-1] <= pd.Timestamp(base.period.end)


def test_a_parameter_that_the_strategy_refuses_is_named_before_anything_runs(
    small_market: MarketData, base: RunConfig
) -> None:
    with pytest.raises(ConfigError, match=r"space\.strategy\.params\.horizon = 0: horizon must"):
        small_study(small_market, base, space={"strategy.params.horizon": [0, 20]})


def test_adaptive_sweeps_repeat_and_resume(
    small_market: MarketData, base: RunConfig, tmp_path: Path
) -> None:
    pytest.importorskip("optuna", reason="the extra optuna is not installed")
    sampler = {"method": "optuna", "samples": 6, "round": 2}
    space = {"strategy.params.tracking_error_pct": {"low": 1.0, "high": 5.0}}
    adaptive = small_study(small_market, base, space=space, sampler=sampler)
    whole = run_sweep(adaptive, tmp_path / "a", workers=1)
    with pytest.raises(InterruptedSweepError):
        run_sweep(adaptive, tmp_path / "b", workers=1, progress=interrupt_after(3))
    assert contents(run_sweep(adaptive, tmp_path / "b", workers=1)) == contents(whole)
    folds = duckdb.read_parquet(f"{whole}/results/*.parquet").df()["fold"]
    assert sorted(folds) == [0, 0, 0, 1, 1, 1]


class Shifted(CerebroEngine):
    """Cerebro whose last value is wrong by a part in a million."""

    name = "shifted"
    by = 1e-6

    def run_batch(self, market: Any, configs: Any, shared: Any) -> BatchResult:
        result = super().run_batch(market, configs, shared)
        values = result.values.copy()  # noqa: PD011
        values[:, -1] *= 1.0 + self.by
        return replace(result, values=values)


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sweep_engine.ENGINES, "shifted", f"{__name__}:Shifted")


@pytest.mark.usefixtures("shifted")
def test_another_engine_is_confirmed_in_cerebro_or_refused(
    small_market: MarketData,
    base: RunConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = {"strategy.params.horizon": [20, 30]}
    other = small_study(small_market, base, "shifted", space=space)
    with pytest.raises(ParityError, match=r"shifted has .* on 2018-12-31, cerebro"):
        run_sweep(other, tmp_path / "wrong", workers=1)
    monkeypatch.setattr(Shifted, "by", 1e-11)
    folder = run_sweep(other, tmp_path / "right", workers=1)
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["engine"], summary["confirmed_in_cerebro"]) == ("shifted", 2)


def test_unknown_engines_are_named() -> None:
    with pytest.raises(ConfigError, match="engine kernal: unknown; known: kernel, cerebro"):
        engine_named("kernal")


def test_a_search_on_the_test_set_says_so_in_the_log(
    make_market: Callable[..., MarketData], make_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    market = make_market(first="2017-01-03", last="2020-03-31")
    base = make_config(period__start=date(2019, 10, 1), period__end=date(2020, 3, 31))
    burning = small_study(market, base, space={"stress.window": [300]})
    folder = run_sweep(burning, tmp_path, workers=1)
    (trial,) = read_trials(tmp_path / "trials.jsonl")
    assert trial.study == "small (on the test set)"
    assert trial.last == "2020-03-31"
    assert json.loads((folder / "summary.json").read_text())["on_test_set"] is True


def test_the_window_must_lie_in_the_market(small_market: MarketData, base: RunConfig) -> None:
    late = base.model_copy(
        update={"period": base.period.model_copy(update={"start": date(2014, 1, 2)})}
    )
    with pytest.raises(ConfigError, match=r"period\.start 2014-01-02"):
        small_study(small_market, late)


def test_study_ids_tell_what_differs(
    study: Study, small_market: MarketData, base: RunConfig
) -> None:
    again = make_study(study.sweep, base, small_market, study.job.engine)
    assert again.sweep_id == study.sweep_id
    assert make_study(study.sweep, base, small_market).sweep_id != study.sweep_id
    assert small_study(small_market, base, seed=1).sweep_id != study.sweep_id
