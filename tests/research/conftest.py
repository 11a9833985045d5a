"""A short run on a small random market, made once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from feeds.market import MarketData
from research.config import RunConfig, load_config
from research.run import RunResult, run

QUICK = {
    "horizon": 20,
    "training_window": 500,
    "min_rows": 200,
    "risk_aversion": 1.0,
}


@pytest.fixture(scope="session")
def make_config() -> Callable[..., RunConfig]:
    """Factory of configs for the small market; overrides are section__key."""

    def make(**overrides: Any) -> RunConfig:
        given = {
            "period__start": date(2018, 1, 1),
            "period__end": date(2019, 9, 30),
            "strategy__params": QUICK,
            "stress__window": 400,
            "stress__min_history": 150,
        }
        return load_config(**(given | overrides))

    return make


@pytest.fixture(scope="session")
def small_market(make_market: Callable[..., MarketData]) -> MarketData:
    """Eleven sectors, two of which list late."""
    return make_market(late={"XLC": "2018-06-19", "XLRE": "2015-10-08"})


@pytest.fixture(scope="session")
def small_run(small_market: MarketData, make_config: Callable[..., RunConfig]) -> RunResult:
    return run(small_market, make_config())
