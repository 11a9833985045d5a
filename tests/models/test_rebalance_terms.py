"""What a rebalance is decided on, by hand, and held against the cost model."""

from __future__ import annotations

import numpy as np
import pytest

from models.costs import impact_bps
from models.rebalance_terms import (
    Terms,
    current_weights,
    must_move,
    rebalance_terms,
    session_cost,
)

BENCHMARK = np.array([0.5, 0.3, 0.2])
VALUE = 5e7


def terms(
    weights: list[float], adv: float = 2e9, evidence: float = 1.0, viewed: bool = True
) -> Terms:
    return rebalance_terms(
        np.array(weights), VALUE, BENCHMARK, np.array([True, viewed, True]), evidence,
        np.array([adv, 2e9, 2e9]), np.full(3, 0.012), np.array([0.5, 0.8, 1.3]), 0.5, 0.8, 0.1,
        0.25, 20,
    )  # fmt: skip


def test_costs_bounds_and_limits_by_hand() -> None:
    found = terms([0.4, 0.4, 0.2])
    np.testing.assert_allclose(found.current, [0.4, 0.4, 0.2])
    np.testing.assert_allclose(found.linear, [1.0e-4, 1.3e-4, 1.8e-4])
    np.testing.assert_allclose(found.lower, [0.25, 0.05, 0.0])
    np.testing.assert_allclose(found.upper, [0.75, 0.55, 0.45])
    # A tenth of 2 billion a session, for twenty sessions, of 50 million.
    np.testing.assert_allclose(found.trade_limit, 80.0)


def test_impact_agrees_with_what_the_broker_charges() -> None:
    coefficient = terms([0.4, 0.4, 0.2]).impact[0]
    for traded in (0.001, 0.1, 1.0):
        dollars = traded * VALUE
        charged = impact_bps(dollars / 2e9, 0.012, 0.8) * 1e-4 * dollars
        assert coefficient * traded**1.5 == pytest.approx(charged / VALUE)


def test_a_sector_without_volume_is_not_traded() -> None:
    found = terms([0.4, 0.4, 0.2], adv=0.0)
    assert found.trade_limit[0] == 0.0
    assert np.isfinite(found.impact).all()


def test_a_sector_without_a_view_stays_at_its_benchmark_weight_where_others_have_one() -> None:
    found = terms([0.4, 0.4, 0.2], viewed=False)
    assert found.lower[1] == found.upper[1] == 0.3
    nothing = terms([0.4, 0.4, 0.2], evidence=0.0, viewed=False)
    assert nothing.upper[1] > nothing.lower[1]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([0.0, 0.0, 0.0], [0.5, 0.3, 0.2]),  # nothing yet: the building trades are due
        ([0.495, 0.297, 0.198], [0.5, 0.3, 0.2]),  # what prices did to the cash buffer
        ([0.505, 0.303, 0.202], [0.5, 0.3, 0.2]),
        ([0.4, 0.3, 0.2], [0.4, 0.3, 0.2]),  # cash that was not to be kept
    ],
)
def test_where_a_rebalance_starts_from(held: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(current_weights(np.array(held), BENCHMARK), expected)


def test_staying_is_no_choice_where_a_limit_is_broken_or_cash_lies_idle() -> None:
    found = terms([0.4, 0.4, 0.2])
    covariance = np.diag([0.01, 0.01, 0.04])
    # 0.1 from the benchmark in two sectors: the root of 2 x 0.01 x 0.01.
    error = 0.1 * np.sqrt(2 * 0.01)

    def asked(current: list[float], cap: float) -> bool:
        return must_move(np.array(current), found.lower, found.upper, BENCHMARK, covariance, cap)

    assert not asked([0.4, 0.4, 0.2], 1.001 * error)
    assert asked([0.4, 0.4, 0.2], 0.99 * error)
    assert asked([0.2, 0.55, 0.25], 1.0)
    assert asked([0.4, 0.3, 0.2], 1.0)


def test_a_session_costs_the_desk_and_a_minimum_for_each_order() -> None:
    found = session_cost(np.array([0.5, 0.3, 0.2]), np.array([0.5, 0.2, 0.3]), 1e6, 100.0, 3.0)
    assert found == pytest.approx(106.0 / 1e6)
