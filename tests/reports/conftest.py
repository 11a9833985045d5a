"""Run folders: one made by a small run, others written with the figures of random wealth."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from models.performance import active_metrics, curve_metrics
from research.config import load_config
from research.results_folder import write_json, write_parquet
from research.run import run, write_run


@pytest.fixture(scope="session")
def run_folder(
    make_market: Callable[..., MarketData], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a two-year run, with its tearsheet. Not to be changed: copy it."""
    from reports.tearsheet import write_tearsheet

    settings = load_config(
        period__start=date(2017, 1, 1),
        period__end=date(2018, 12, 31),
        strategy__params={"horizon": 20, "training_window": 300, "min_rows": 80},
    )
    market = make_market(last="2018-12-31")
    folder = write_run(run(market, settings), tmp_path_factory.mktemp("results"))
    write_tearsheet(folder)
    return folder


@pytest.fixture
def copied(run_folder: Path, tmp_path: Path) -> Path:
    """A copy of the run's folder that a test may damage."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


@pytest.fixture
def wealth_folder(copied: Path) -> Callable[..., Path]:
    """Rewrites the copy around given wealth: `wealth_folder(value, benchmark, notices=[...])`.

    Figures are worked out by the models that work out a run's.
    """

    def rewrite(value: np.ndarray, benchmark: np.ndarray, **manifest: object) -> Path:
        sessions = pd.bdate_range("2019-03-12", periods=len(value))
        columns = {"value": value, "cash": 0.01 * value, "benchmark": benchmark}
        write_parquet(copied / "equity.parquet", pd.DataFrame({"date": sessions, **columns}))
        theirs = {f"benchmark_{key}": x for key, x in curve_metrics(benchmark).items()}
        figures = curve_metrics(value) | theirs | dict(active_metrics(value, benchmark, 1))
        metrics = json.loads((copied / "metrics.json").read_text())
        write_json(copied / "metrics.json", metrics | figures)
        days = [f"{session:%Y-%m-%d}" for session in sessions[[0, 1, -1]]]
        period = dict(zip(("built", "start", "end"), days, strict=True))
        content = json.loads((copied / "manifest.json").read_text())
        write_json(copied / "manifest.json", content | {"period": period} | manifest)
        return copied

    return rewrite


@pytest.fixture
def random_wealth() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """Factory of (strategy, benchmark) wealth over so many returns, from a seed."""

    def make(returns: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        market = 0.0004 + 0.01 * rng.standard_normal(returns)
        strategy = market + 0.002 * rng.standard_normal(returns)
        value, benchmark = (1e6 * np.cumprod(np.r_[1.0, 1.0 + x]) for x in (strategy, market))
        return value, benchmark

    return make
