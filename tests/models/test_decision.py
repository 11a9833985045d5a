from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.costs import FREE
from models.decision import Decision
from models.decision import decide as decide_from
from models.decision_inputs import CoreConfig, History, Holdings
from models.mapping import MappingConfig

CONFIG = CoreConfig(mapping=MappingConfig(window=500, min_rows=150, horizon=20), style_window=120)
NOTHING = Holdings(np.zeros(4), 1e7)


def decide(history: History, config: CoreConfig, holdings: Holdings = NOTHING) -> Decision:
    return decide_from(history, holdings, config)


def history(rows: int = 700, late: int = 0, seed: int = 0) -> History:
    """Slow stress that leads the sectors, two up and two down."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((rows, 2))
    for row in range(1, rows):
        features[row] = 0.97 * features[row - 1] + 0.24 * features[row]
    market = 0.01 * rng.standard_normal(rows)
    moves = market[:, None] + 0.006 * rng.standard_normal((rows, 4))
    moves[1:] += 0.002 * features[:-1, :1] * np.array([1.0, -1.0, 1.0, -1.0])
    prices = 100 * np.exp(np.cumsum(moves, axis=0))
    benchmark = 100 * np.exp(np.cumsum(moves @ [0.4, 0.3, 0.2, 0.1]))
    if late:
        prices[:-late, 3] = np.nan
    return History(
        ("XLA", "XLB", "XLC", "XLD"),
        prices,
        benchmark,
        features,
        adv_dollars=np.full(4, 1e9),
        volatility=np.full(4, 0.012),
    )


def test_a_full_decision() -> None:
    decision = decide(history(), CONFIG)
    for weights in (decision.target_weights, decision.benchmark_weights):
        assert weights.sum() == pytest.approx(1.0, abs=1e-12)
        assert (weights >= 0).all()
    np.testing.assert_allclose(decision.benchmark_weights, [0.4, 0.3, 0.2, 0.1], atol=0.02)
    error = 100.0 * decision.optimum.tracking_error
    assert 0 < error <= decision.evidence * CONFIG.tracking_error_budget_pct * (1 + 1e-3)
    assert 0 < decision.evidence <= 1
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
    decision = decide(replace(market, features=features), CONFIG)
    assert decision.evidence == 0.0
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


def test_without_evidence_holdings_near_the_benchmark_are_left_alone() -> None:
    market = history(rows=170)
    bare = decide(market, CONFIG).benchmark_weights
    near = bare + np.array([0.004, -0.004, 0.0, 0.0])
    kept = decide(market, CONFIG, Holdings(near, 1e7))
    np.testing.assert_allclose(kept.target_weights, near, atol=1e-12)
    far = bare + np.array([0.2, -0.2, 0.0, 0.0])
    back = decide(market, CONFIG, Holdings(far, 1e7)).target_weights
    assert np.abs(back - bare).sum() < 0.25 * np.abs(far - bare).sum()


def test_costs_keep_a_large_portfolio_nearer_to_what_it_holds() -> None:
    market = history()
    bare = decide(market, CONFIG).benchmark_weights
    near = [decide(market, CONFIG, Holdings(bare, value)) for value in (1e5, 1e10, 1e12)]
    assert near[0].optimum.turnover > near[2].optimum.turnover > 0
    assert near[0].plan.sessions == 1 < near[1].plan.sessions
    free = decide(market, replace(CONFIG, costs=FREE), Holdings(bare, 1e9))
    assert free.optimum.turnover >= near[0].optimum.turnover - 1e-3
    assert free.optimum.expected_cost == 0.0


def test_what_prices_did_to_the_cash_buffer_is_not_traded() -> None:
    market = history(rows=170)
    near = decide(market, CONFIG).benchmark_weights
    for total in (0.99, 1.0, 1.01):
        kept = decide(market, CONFIG, Holdings(total * near, 1e7))
        np.testing.assert_allclose(kept.target_weights, near, atol=1e-12)
    half = decide(market, CONFIG, Holdings(0.5 * near, 1e7))
    assert half.optimum.turnover == pytest.approx(0.25)
    assert half.target_weights.sum() == pytest.approx(1.0)


def test_a_sector_without_a_view_stays_at_its_benchmark_weight() -> None:
    decision = decide(history(late=160), CONFIG)
    assert decision.view.rows[3] < CONFIG.mapping.min_rows <= decision.view.rows[0]
    assert decision.target_weights[3] == pytest.approx(decision.benchmark_weights[3], abs=1e-9)
    assert np.abs(decision.target_weights - decision.benchmark_weights)[:3].max() > 0.005


def test_no_sector_leaves_its_bounds() -> None:
    decision = decide(history(), replace(CONFIG, max_active_weight=0.01))
    assert np.abs(decision.target_weights - decision.benchmark_weights).max() <= 0.01 + 1e-5
    assert decision.optimum.relaxed == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [("max_active_weight", 0.0), ("max_turnover", 1.5), ("risk_aversion", np.inf)],
)
def test_a_config_out_of_range_names_its_field(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        replace(CONFIG, **{field: value})


def test_a_sector_without_volume_is_not_traded() -> None:
    market = history()
    bare = decide(market, CONFIG).benchmark_weights
    dry = replace(market, adv_dollars=np.array([1e9, 0.0, 1e9, 1e9]))
    decision = decide(dry, CONFIG, Holdings(bare, 1e7))
    assert decision.target_weights[1] == bare[1]
    assert decision.optimum.turnover > 0
    assert decision.plan.path[:, 1] == pytest.approx(bare[1])
