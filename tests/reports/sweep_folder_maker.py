"""A sweep's folder with random results, written as the sweep writes it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from feeds.market import MarketData
from research.config import load_config
from research.sweep_batches import batches
from research.sweep_config import SweepConfig
from research.sweep_configurations import Configurations
from research.sweep_engine import TRADING_FIGURES, BatchResult
from research.sweep_evaluate import scored
from research.sweep_part import make_part
from research.sweep_samplers import proposals
from research.sweep_store import SweepStore
from research.sweep_study import make_study
from research.sweep_summary import write_summary

LUCK = {
    "overfitting_probability": 0.31,
    "best_information_ratio": 0.62,
    "best_information_ratio_low": -0.11,
    "best_information_ratio_high": 1.35,
    "expected_best_without_skill": 0.8,
    "independent_trials": 12.3,
    "deflated_probability": 0.27,
    "reality_check_p": 0.412,
    "superior_ability_p": None,
    "draws": 1000,
    "draws_shared": 1,
    "p_error": 0.0158,
}
SPACE: dict[str, Any] = {
    "strategy.params.horizon": [20, 40, 60],
    "strategy.params.features": ["credit_60,rates_60", "credit_20"],
    "stress.window": {"low": 300, "high": 900},
    "strategy.params.penalty": {"low": 0.1, "high": 10.0, "scale": "log"},
}


def sweep_folder(
    market: MarketData, root: Path, samples: int = 40, luck: bool = True, **given: Any
) -> Path:
    """The folder of `samples` configurations whose active returns are noise."""
    content = {
        "name": "noise <b>&</b> nothing",
        "space": SPACE,
        "sampler": {"method": "sobol", "samples": samples},
        "window": {"start": date(2017, 1, 3), "end": date(2018, 12, 31), "folds": 3},
    }
    sweep = SweepConfig.model_validate(content | given)
    base = load_config(period__start=sweep.window.start, period__end=sweep.window.end)
    study = make_study(sweep, base, market)
    folds = len(study.job.folds)
    rows = next(proposals(study.axes, sweep.sampler, folds, sweep.seed)).rows
    rng = np.random.default_rng(5)
    returns = 0.01 * rng.standard_normal(study.sessions)
    mine = returns + 0.002 * rng.standard_normal((len(rows), study.sessions))
    benchmark = np.cumprod(np.r_[1.0, 1.0 + returns])
    values = 1e7 * np.cumprod(np.c_[np.ones(len(rows)), 1.0 + mine], axis=1)
    days = pd.bdate_range("2017-01-02", periods=study.sessions + 1).to_numpy("datetime64[D]")
    configs = Configurations(base, study.keys, tuple(rows))
    store = SweepStore(root / study.sweep_id, folds)
    ids = dict(zip(configs.rows, configs.ids(), strict=True))
    series = dict(zip(configs.rows, values, strict=True))
    for batch in batches(configs, configs.ids(), 0, 256):
        assert batch.ids == tuple(ids[row] for row in batch.configs.rows)
        mine = np.stack([series[row] for row in batch.configs.rows])
        figures = {name: np.ones(len(batch)) for name in TRADING_FIGURES}
        result = BatchResult(days, benchmark, mine, figures)
        store.keep(make_part(batch, scored(study.job, result)))
    folder = root / study.sweep_id
    said = (lambda _returns, _seed: LUCK) if luck else None
    write_summary(study, store, folder, 1234, 0, said)
    return folder
