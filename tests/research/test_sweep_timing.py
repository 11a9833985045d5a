"""The estimate of a plan, on a clock that only the work moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import product

import numpy as np
import pytest

from feeds.market import MarketData
from research import sweep_timing
from research.config import RunConfig
from research.sweep_batches import batches
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_evaluate import Job
from research.sweep_plan import Plan, StageCount
from research.sweep_study import Study
from tests.research.sweep_study_maker import small_study

COMPILING, FEATURES, VIEW, EACH = 20.0, 3.0, 0.5, 0.25
WINDOWS, PENALTIES = 4, 400


@pytest.fixture
def study(small_market: MarketData, make_config: Callable[..., RunConfig]) -> Study:
    base = make_config(period__start=date(2018, 1, 2), period__end=date(2018, 12, 31))
    return small_study(small_market, base)


@pytest.mark.parametrize(("engine", "compiling"), [("kernel", COMPILING), ("cerebro", 0.0)])
def test_compiling_does_not_count_and_shared_stages_count_once(
    monkeypatch: pytest.MonkeyPatch, study: Study, engine: str, compiling: float
) -> None:
    now, calls = [0.0], [0]

    def spend(seconds: float) -> dict[str, np.ndarray]:
        now[0] += seconds
        return {}

    def evaluate(job: Job, market: MarketData, configs: Configurations, shared: StageCache) -> None:
        spend(0.0 if calls[0] else compiling)
        calls[0] += 1
        for window, penalty in configs.rows:
            features = partial(shared.arrays, "features", str(window), partial(spend, FEATURES))
            # A view asks for the features that it needs.
            shared.arrays("view", f"{window} {penalty}", lambda f=features: f() or spend(VIEW))
            spend(EACH)

    monkeypatch.setattr(sweep_timing, "evaluate", evaluate)
    monkeypatch.setattr(sweep_timing.time, "perf_counter", lambda: now[0])
    rows = tuple(product(range(300, 300 + WINDOWS), [0.1 * n for n in range(PENALTIES)]))
    configs = Configurations(RunConfig(), ("stress.window", "strategy.params.penalty"), rows)
    first = batches(configs, configs.ids(), 0, 256)[0]
    stages = (StageCount("features", WINDOWS, True), StageCount("view", len(rows), True))
    plan = Plan(engine, ("", "", 1), len(rows), 0, stages, 2, None, False)
    other = replace(study, job=replace(study.job, engine=engine))
    seconds = sweep_timing.estimated_seconds(other, plan, first)
    assert seconds == pytest.approx((len(rows) * (EACH + VIEW) + WINDOWS * FEATURES) / 2)
    assert calls[0] == (2 if engine == "kernel" else 1)
