from __future__ import annotations

import numpy as np
import pytest

from models.decision import CoreConfig, History, decide
from models.mapping import MappingConfig

CONFIG = CoreConfig(mapping=MappingConfig(window=500, min_rows=150, horizon=20), style_window=120)


def history(rows: int = 700, late: int = 0, seed: int = 0) -> History:
    rng = np.random.default_rng(seed)
    market = 0.01 * rng.standard_normal(rows)
    moves = market[:, None] + 0.006 * rng.standard_normal((rows, 4))
    prices = 100 * np.exp(np.cumsum(moves, axis=0))
    benchmark = 100 * np.exp(np.cumsum(moves @ [0.4, 0.3, 0.2, 0.1]))
    if late:
        prices[:-late, 3] = np.nan
    return History(("XLA", "XLB", "XLC", "XLD"), prices, benchmark, rng.standard_normal((rows, 2)))


def test_a_full_decision() -> None:
    decision = decide(history(), CONFIG)
    for weights in (decision.target_weights, decision.benchmark_weights):
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        assert (weights >= 0).all()
    np.testing.assert_allclose(decision.benchmark_weights, [0.4, 0.3, 0.2, 0.1], atol=0.02)
    assert 0 < decision.tracking_error_pct <= CONFIG.tracking_error_budget_pct * (1 + 1e-9)
    assert decision.reason == "view from 500 training rows"


@pytest.mark.parametrize(("late", "held"), [(120, False), (121, True)])
def test_a_late_listing_joins_once_it_has_a_window_of_returns(late: int, held: bool) -> None:
    decision = decide(history(late=late), CONFIG)
    assert (decision.benchmark_weights[3] > 0) == held
    assert (decision.target_weights[3] > 0) == held
    assert decision.target_weights.sum() == pytest.approx(1.0)


def test_before_the_mapping_is_trained_the_benchmark_is_held() -> None:
    short = decide(history(rows=170), CONFIG)
    np.testing.assert_allclose(short.target_weights, short.benchmark_weights, atol=1e-12)
    assert short.reason == "benchmark weights: 149 of 150 training rows"


def test_a_missing_reading_is_said() -> None:
    market = history()
    features = market.features.copy()
    features[-1, 1] = np.nan
    decision = decide(
        History(market.tickers, market.sector_prices, market.benchmark_prices, features), CONFIG
    )
    np.testing.assert_allclose(decision.target_weights, decision.benchmark_weights, atol=1e-12)
    assert decision.reason == "benchmark weights: rates_60 not available"


def test_a_short_history_is_used_whole() -> None:
    decision = decide(history(rows=90), CONFIG)
    np.testing.assert_allclose(decision.benchmark_weights, [0.4, 0.3, 0.2, 0.1], atol=0.05)


def test_too_little_history_says_how_much_is_missing() -> None:
    with pytest.raises(ValueError, match="needs 63 returns of at least one sector and has 62"):
        decide(history(rows=63), CONFIG)


def test_the_decision_is_pure() -> None:
    market = history(late=300)
    for array in (market.sector_prices, market.benchmark_prices, market.features):
        array.flags.writeable = False
    first, second = decide(market, CONFIG), decide(market, CONFIG)
    np.testing.assert_array_equal(first.target_weights, second.target_weights)
