"""The kernel against Cerebro: every fill and every session's value, whatever the configuration."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.market import MarketData
from research.config import ConfigError, RunConfig, load_config
from research.sources import load_market
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_kernel import KernelEngine
from tests.research.engine_pair import assert_engines_agree
from tests.research.strange_markets import strange_market

RANDOM, SLICES = 200, 8


def random_params(rng: np.random.Generator) -> dict[str, Any]:
    """Strategy parameters over all that a sweep may vary."""
    longest = int(rng.integers(1, 25))
    return {
        "features": str(
            rng.choice(["credit_60,rates_60", "credit_20,rates_60,curve_60", "rates_120"])
        ),
        "horizon": int(rng.choice([20, 40, 60, 90])),
        "training_window": int(rng.choice([1260, 2520])),
        "min_rows": int(rng.choice([252, 504])),
        "penalty": float(np.exp(rng.uniform(-3, 2))),
        "feature_cap": float(rng.choice([2.0, 3.0])),
        "tracking_error_pct": float(rng.uniform(0.5, 6.0)),
        "risk_aversion": float(rng.uniform(1.0, 30.0)),
        "max_active_weight": float(rng.uniform(0.02, 0.5)),
        "max_turnover": float(rng.uniform(0.02, 1.0)),
        "transition_max_sessions": longest,
        "transition_fixed_sessions": int(rng.integers(1, longest + 1)) * (rng.random() < 0.2),
        "style_window": int(rng.choice([63, 126, 252, 500])),
        "algorithm": str(
            rng.choice(["plan"] * 4 + ["immediate", "twap", "vwap", "pov", "shortfall"])
        ),
        "sessions": int(rng.integers(1, 12)),
        "participation_rate": float(rng.uniform(0.01, 0.1)),
        "order_risk_aversion": float(10 ** rng.uniform(-8, -4)),
        "leftover": str(rng.choice(["carry", "cancel"])),
    }


def random_account(rng: np.random.Generator) -> dict[str, Any]:
    """From two thousand dollars to a hundred billion, whole shares, lots and fractions."""
    return {
        "account__cash": float(10 ** rng.uniform(3.3, 11.0)),
        "account__cash_buffer": float(rng.choice([0.0, 0.001, 0.005, 0.02])),
        "account__min_trade": float(rng.choice([0.0, 0.0002, 0.005])),
        "account__lot": float(rng.choice([1.0] * 6 + [0.0, 0.0, 10.0, 0.5])),
        "account__restricted": ("XLE",) if rng.random() < 0.1 else (),
        "costs__impact_coefficient": float(rng.uniform(0.0, 2.0)),
        "costs__impact_memory": float(rng.choice([0.0, 0.5, 0.9])),
        "costs__permanent_share": float(rng.choice([0.0, 1.0 / 3.0, 1.0])),
        "costs__commission_bps": float(rng.uniform(0.0, 5.0)),
        "costs__commission_minimum": float(rng.choice([0.0, 1.0, 5.0])),
        "costs__commission_per_share": float(rng.choice([0.0, 0.005])),
        "costs__max_participation": float(rng.choice([0.01, 0.1, 0.5])),
    }


def test_the_published_run() -> None:
    config = load_config()
    fills = assert_engines_agree(load_market(config.data), config)
    assert len(fills) > 500


@pytest.mark.realdata
def test_the_published_configuration_over_the_development_period(real_market: MarketData) -> None:
    config = load_config(period__start=date(2003, 1, 1), period__end=date(2019, 12, 31))
    assert len(assert_engines_agree(real_market, config)) > 2000


@pytest.mark.realdata
@pytest.mark.parametrize("part", range(SLICES))
def test_random_configurations_on_real_data(real_market: MarketData, part: int) -> None:
    """One year each, anywhere before the test period; funds list late in some of them."""
    for seed in range(part, RANDOM, SLICES):
        rng = np.random.default_rng(seed)
        first = date(2004, 1, 2).toordinal() + int(rng.integers(0, 15 * 365))
        config = load_config(
            period__start=date.fromordinal(first),
            period__end=date.fromordinal(first + 360),
            strategy__params=random_params(rng),
            **random_account(rng),
        )
        try:
            assert_engines_agree(real_market, config)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_strange_markets(make_config: Callable[..., RunConfig], seed: int) -> None:
    """Gaps, sessions without volume, late listings, tiny and huge accounts."""
    rng = np.random.default_rng(seed)
    params = random_params(rng) | {
        "horizon": 20, "training_window": 200, "min_rows": 60, "style_window": 100,
        "features": "credit_60,rates_60",
    }  # fmt: skip
    if params["algorithm"] in ("vwap", "pov", "shortfall"):
        # They refuse a fund whose trailing volume is nothing, which these markets may have.
        params["algorithm"] = "twap"
    config = make_config(
        period__start="2018-03-01",
        period__end="2018-10-31",
        stress__window=200,
        stress__min_history=60,
        strategy__params=params,
        **random_account(rng),
    )
    assert_engines_agree(strange_market(seed), config)


def test_a_small_account_chooses_its_lots(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    """Below the size at which every lot is small change the rounding weighs all subsets."""
    for cash in (2_000.0, 20_000.0, 200_000.0):
        fills = assert_engines_agree(small_market, make_config(account__cash=cash))
        assert (fills["shares"] % 1.0 == 0.0).all()


def test_a_batch_gives_what_each_configuration_gives_alone(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    base, shared = make_config(), StageCache()
    keys = ("strategy.params.penalty", "account.cash", "strategy.params.algorithm", "stress.window")
    rows = tuple(
        (penalty, cash, algorithm, window)
        for penalty in (0.5, 2.0)
        for cash in (1e5, 1e9)
        for algorithm in ("plan", "twap")
        for window in (300, 400)
    )
    together = KernelEngine().run_batch(small_market, Configurations(base, keys, rows), shared)
    for place, row in enumerate(rows):
        alone = KernelEngine().run_batch(
            small_market, Configurations(base, keys, (row,)), StageCache()
        )
        np.testing.assert_array_equal(together.values[place], alone.values[0])
        for name, figure in together.figures.items():
            assert figure[place] == alone.figures[name][0], name
    assert len(np.unique(together.values[:, -1])) == len(rows)


def test_what_the_kernel_does_not_simulate_is_refused(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config = make_config(strategy__name="BuyAndHold", strategy__params={})
    with pytest.raises(ConfigError, match="engine kernel simulates BondStressRotation only"):
        KernelEngine().run_batch(small_market, Configurations(config, (), ((),)), StageCache())


def test_an_order_that_would_take_thousands_of_sessions_is_refused(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    base = make_config(account__cash=1e12)
    keys = ("strategy.params.algorithm", "strategy.params.participation_rate")
    configs = Configurations(base, keys, (("pov", 1e-6),))
    with pytest.raises(ConfigError, match="takes thousands of sessions"):
        KernelEngine().run_batch(small_market, configs, StageCache())


def test_cash_that_runs_out_ends_buys_in_both_engines(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    """Each execution costs 900 dollars of a hundred thousand, and nothing is kept back for it."""
    config = make_config(
        account__cash=1e5, account__cash_buffer=0.0, costs__commission_minimum=900.0
    )
    fills = assert_engines_agree(small_market, config)
    assert (fills["commission"] == 900.0).all()
