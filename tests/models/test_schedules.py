from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from models.almgren_chriss import holdings, urgency
from models.costs import FREE, CostConfig
from models.schedules import (
    ScheduleConfig,
    immediate,
    implementation_shortfall,
    percentage_of_volume,
    percentage_of_volume_step,
    schedule,
    twap,
    vwap,
)
from models.splitting import split

COSTS = CostConfig()


def test_hand_computed_children() -> None:
    assert immediate(7, 3).tolist() == [7, 0, 0]
    # The path 2.5, 5, 7.5, 10 rounds, half a share up, to 3, 5, 8, 10.
    assert twap(10, 4).tolist() == [3, 2, 3, 2]
    # 3/7, 4/7, 5/7 of 100 are 42.86, 57.14, 71.43.
    assert vwap(100, [3, 1, 1, 2]).tolist() == [43, 14, 14, 29]
    # 10 % of 255, 355, 355 and 855 so far: 25.5, 35.5, 35.5, 85.5.
    assert percentage_of_volume(50, [255, 100, 0, 500], 0.1).tolist() == [25, 10, 0, 15]
    assert twap(300, 2, lot=100).tolist() == [200, 100]
    assert twap(1, 4, lot=0).tolist() == [0.25] * 4


def test_percentage_of_volume_step_by_step() -> None:
    assert percentage_of_volume_step(50, 0, 0, 0.1) == 0
    assert percentage_of_volume_step(50, 0, 255, 0.1) == 25
    assert percentage_of_volume_step(50, 20, 255, 0.1) == 5  # what was missed is made up
    assert percentage_of_volume_step(50, 30, 255, 0.1) == 0  # ahead: wait
    assert percentage_of_volume_step(50, 45, 9_999, 0.1) == 5  # never above the order
    assert percentage_of_volume_step(50, 0, 255, 0.1, lot=0) == 25.5


weights_of = st.lists(st.floats(0, 1e9), min_size=1, max_size=60).filter(lambda w: sum(w) > 0)


@given(st.integers(0, 10**12), weights_of)
def test_children_are_whole_and_sum_to_the_parent(shares: int, weights: list[float]) -> None:
    children = split(shares, weights)
    assert children.sum() == shares
    assert (children >= 0).all()
    assert (children == np.round(children)).all()
    exact = shares * np.cumsum(weights) / np.sum(weights)
    assert (np.abs(np.cumsum(children) - exact) <= 0.5 + 1e-9 * (1 + shares)).all()


@given(st.floats(1e-6, 1e12), weights_of, st.randoms(use_true_random=False))
def test_fractions_sum_without_rounding_in_any_order(
    shares: float, weights: list[float], random: object
) -> None:
    children = split(shares, weights, lot=0).tolist()
    random.shuffle(children)  # type: ignore[attr-defined]
    assert sum(children) == shares
    assert min(children) >= 0


@given(
    st.integers(0, 10**7),
    st.sampled_from(["immediate", "twap", "vwap", "pov", "shortfall"]),
    st.lists(st.floats(1e3, 1e8), min_size=1, max_size=30),
    st.floats(0.01, 1),
    st.floats(0, 1e-2),
    st.sampled_from([0.0, 1.0]),
)
def test_every_algorithm_sums_to_the_parent(
    shares: int, algorithm: str, volume: list[float], rate: float, aversion: float, lot: float
) -> None:
    config = ScheduleConfig(algorithm, len(volume), rate, aversion)
    numbers = {"expected_volume": volume, "price": 50.0, "volatility": 0.01, "costs": COSTS}
    if algorithm == "pov" and math.floor(rate * sum(volume)) < shares:
        shares = math.floor(rate * sum(volume)) // 2
    children = schedule(config, shares, lot=lot, **numbers)  # type: ignore[arg-type]
    assert children.shape == (len(volume),)
    assert children.sum() == shares
    assert (children >= 0).all()
    np.testing.assert_array_equal(
        children,
        schedule(config, shares, lot=lot, **numbers),  # type: ignore[arg-type]
    )
    if algorithm == "pov":
        allowed = rate * np.cumsum(volume)
        assert (np.cumsum(children) <= allowed + 1e-6 * allowed).all()


def objective(
    children: np.ndarray, aversion: float, sigma: float, eta: float, gamma: float
) -> float:
    """E + lambda V written out trade by trade, with slots of length one."""
    left, pushed, cost, variance = children.sum(), 0.0, 0.0, 0.0
    for child in children:
        cost += child * (eta * child + gamma * pushed)
        pushed += child
        left -= child
        variance += sigma**2 * left**2
    return cost + aversion * variance


@pytest.mark.parametrize("aversion", [0.0, 1e-7, 1e-6, 1e-5])
@pytest.mark.parametrize("gamma", [0.0, 2.5e-7])
def test_the_closed_form_is_the_minimum_of_its_objective(aversion: float, gamma: float) -> None:
    sigma, eta, slots, scale = 0.95, 2.5e-6, 6, 1e6

    def trades(free: np.ndarray) -> np.ndarray:
        return scale * np.r_[free, 1.0 - free.sum()]

    def cost(free: np.ndarray) -> float:
        return objective(trades(free), aversion, sigma, eta, gamma) / 1e6

    found = minimize(cost, np.full(slots - 1, 1 / slots), method="BFGS", options={"gtol": 1e-9})
    kappa = urgency(aversion, volatility=sigma, temporary=eta, permanent=gamma)
    closed = -np.diff(holdings(slots, kappa))
    np.testing.assert_allclose(closed[:-1], found.x, atol=2e-6)
    assert cost(closed[:-1]) <= found.fun * (1 + 1e-12)


def test_the_papers_example() -> None:
    """Section 4: sigma 0.95, eta 2.5e-6, gamma 2.5e-7, lambda 1e-6 give kappa of about 0.61."""
    kappa = urgency(1e-6, volatility=0.95, temporary=2.5e-6, permanent=2.5e-7)
    assert kappa == pytest.approx(0.61, abs=0.005)
    # sinh(kappa (T - t)) / sinh(kappa T), five days.
    expected = np.sinh(kappa * np.arange(5, -1, -1)) / np.sinh(kappa * 5)
    np.testing.assert_allclose(holdings(5, kappa), expected, rtol=1e-13)


def test_limits_of_risk_aversion() -> None:
    common = {"price": 80.0, "volatility": 0.01, "volume": 1e6, "costs": COSTS, "lot": 0.0}
    calm = implementation_shortfall(1e5, 8, risk_aversion=0.0, **common)  # type: ignore[arg-type]
    np.testing.assert_array_equal(calm, twap(1e5, 8, lot=0))
    nearly = implementation_shortfall(1e5, 8, risk_aversion=1e-16, **common)  # type: ignore[arg-type]
    np.testing.assert_allclose(nearly, calm, rtol=1e-8)
    rushed = implementation_shortfall(1e5, 8, risk_aversion=1e6, **common)  # type: ignore[arg-type]
    np.testing.assert_allclose(rushed, immediate(1e5, 8), atol=1e-3)
    free = {**common, "costs": FREE}
    at_once = implementation_shortfall(1e5, 8, risk_aversion=1e-9, **free)  # type: ignore[arg-type]
    assert at_once.tolist() == immediate(1e5, 8).tolist()
    none = implementation_shortfall(1e5, 8, risk_aversion=0.0, **free)  # type: ignore[arg-type]
    assert none.tolist() == twap(1e5, 8).tolist()


def test_shortfall_by_hand() -> None:
    # n = 500 a slot: eta 500 = 100 * 0.02 * sqrt(500 / 50,000) = 0.2 dollars, eta = 4e-4. With
    # lambda = 1e-4 and sigma = 2 dollars k2 = 4e-4 / 4e-4 = 1: two slots minimise
    # n^2 + (X - n)^2 + (X - n)^2, hence n = 2/3 X.
    costs = replace(FREE, impact_coefficient=1.0)
    children = implementation_shortfall(
        1_000, 2, price=100, volatility=0.02, volume=50_000, costs=costs, risk_aversion=1e-4
    )
    assert children.tolist() == [667, 333]


@given(st.floats(1e-9, 1e-4), st.integers(2, 40))
def test_shortfall_never_grows(aversion: float, slots: int) -> None:
    children = implementation_shortfall(
        1e5, slots, price=50, volatility=0.01, volume=1e6, costs=COSTS,
        risk_aversion=aversion, lot=0.0,
    )  # fmt: skip
    assert (np.diff(children) <= 1e-6).all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"algorithm": "vwop"}, "algorithm"),
        ({"slots": 0}, "slots"),
        ({"slots": 2.5}, "slots"),
        ({"participation_rate": 0.0}, "participation_rate"),
        ({"participation_rate": 1.1}, "participation_rate"),
        ({"participation_rate": math.nan}, "participation_rate"),
        ({"risk_aversion": -1.0}, "risk_aversion"),
        ({"risk_aversion": math.inf}, "risk_aversion"),
    ],
)
def test_bad_configuration_is_refused_by_name(change: dict[str, object], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        ScheduleConfig(**change)  # type: ignore[arg-type]


def test_bad_orders_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="shares must be non-negative"):
        twap(-1, 3)
    with pytest.raises(ValueError, match="multiple of the lot"):
        twap(1.5, 3)
    with pytest.raises(ValueError, match="lot must be"):
        twap(1, 3, lot=-1)
    with pytest.raises(ValueError, match="weights must have a positive sum"):
        vwap(10, [0, 0])
    with pytest.raises(ValueError, match="weights must be finite"):
        vwap(10, [1, math.nan])
    with pytest.raises(ValueError, match="expected_volume must be finite"):
        percentage_of_volume(10, [1, -1], 0.5)
    with pytest.raises(ValueError, match="is 10 of 20 shares; give more slots"):
        percentage_of_volume(20, [50, 50], 0.1)
    with pytest.raises(ValueError, match="one value for each of 3 slots"):
        schedule(ScheduleConfig("vwap", 3), 10, expected_volume=[1, 2])
    with pytest.raises(ValueError, match="volatility must be positive"):
        schedule(ScheduleConfig("shortfall", 2), 10, expected_volume=[1, 2], price=10)
    with pytest.raises(ValueError, match="twice the temporary"):
        urgency(1e-6, volatility=1, temporary=1, permanent=2)
    with pytest.raises(ValueError, match="risk_aversion must be non-negative"):
        urgency(-1, volatility=1, temporary=1)
