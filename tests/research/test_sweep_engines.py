"""The same sweep through both engines, and what the kernel's workers survive."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from research.config import RunConfig
from research.sweep import plan_sweep, run_sweep
from research.sweep_study import Study
from tests.research.sweep_study_maker import small_study

# Something that every stage reads.
SPACE: dict[str, Any] = {
    "stress.window": [300, 400],
    "strategy.params.horizon": [20, 30],
    "strategy.params.penalty": {"low": 0.25, "high": 4.0, "scale": "log"},
    "strategy.params.style_window": [100, 200],
    "strategy.params.tracking_error_pct": {"low": 1.0, "high": 5.0},
    "costs.impact_coefficient": {"low": 0.5, "high": 1.5},
    "account.cash": {"low": 1e4, "high": 1e9, "scale": "log"},
}


@pytest.fixture(scope="module")
def base(make_config: Callable[..., RunConfig]) -> RunConfig:
    return make_config(period__start=date(2018, 1, 2), period__end=date(2018, 12, 31))


def study_of(market: MarketData, base: RunConfig, engine: str, samples: int) -> Study:
    sampler = {"method": "sobol", "samples": samples}
    return small_study(market, base, engine, space=SPACE, sampler=sampler)


def table_of(folder: Path) -> pd.DataFrame:
    parts = [str(path) for path in (folder / "results").iterdir()]
    return duckdb.read_parquet(parts).df().sort_values("config_id", ignore_index=True)


def test_both_engines_give_the_same_sweep(
    small_market: MarketData, base: RunConfig, tmp_path: Path
) -> None:
    folders = [
        run_sweep(study_of(small_market, base, engine, 12), tmp_path / engine, workers=1)
        for engine in ("kernel", "cerebro")
    ]
    ours, theirs = (table_of(folder) for folder in folders)
    assert ours["config_id"].tolist() == theirs["config_id"].tolist()
    for name in ours.columns.drop(["config_id", "value"]):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-7, err_msg=name)
    np.testing.assert_allclose(
        np.stack(ours["value"].to_list()), np.stack(theirs["value"].to_list()), rtol=1e-9
    )
    said = [json.loads((folder / "summary.json").read_text()) for folder in folders]
    assert [(each["engine"], each["confirmed_in_cerebro"]) for each in said] == [
        ("kernel", 5),
        ("cerebro", 0),
    ]


def test_the_plan_says_what_is_shared(
    small_market: MarketData, base: RunConfig, tmp_path: Path
) -> None:
    plan = plan_sweep(study_of(small_market, base, "kernel", 64), tmp_path, workers=1)
    counts = {stage.name: (stage.distinct, stage.shared) for stage in plan.stages}
    assert counts == {
        "features": (2, True), "model fit": (4, True), "view": (64, True), "risk": (2, True),
        "weights": (64, False), "execution": (64, False),
    }  # fmt: skip
    assert plan.seconds is not None


def test_a_killed_worker_of_the_kernel_loses_nothing(
    small_market: MarketData, base: RunConfig, tmp_path: Path
) -> None:
    study = study_of(small_market, base, "kernel", 512)
    quiet = run_sweep(study, tmp_path / "quiet", workers=1)
    notices: list[str] = []
    killed: list[int] = []

    def kill_once(_title: str, total: int | None) -> Callable[[], object]:
        def advance() -> None:
            if total and not killed:
                from joblib.externals.loky import get_reusable_executor

                victim = next(iter(get_reusable_executor(reuse=True)._processes))
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        return advance

    disturbed = run_sweep(
        study, tmp_path / "killed", workers=2, say=notices.append, progress=kill_once
    )
    assert killed
    assert any("a worker died" in line for line in notices)
    parts = sorted(path.name for path in (quiet / "results").iterdir())
    assert parts == sorted(path.name for path in (disturbed / "results").iterdir())
    for name in parts:
        ours, theirs = (folder / "results" / name for folder in (quiet, disturbed))
        assert ours.read_bytes() == theirs.read_bytes(), name
