"""Optimality: closed forms, hand arithmetic, KKT conditions, and a second solver."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, linprog, minimize

from models.optimal_weights import optimal_weights
from models.weight_programme import Programme

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=40, deadline=None)


def random_programme(seed: int, size: int, **changes: Any) -> Programme:
    """Everything at once: views, correlated risk, all costs, bounds and caps."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((size, 3 * size)) * rng.uniform(0.5, 2.0, size)[:, None]
    benchmark = rng.dirichlet(np.full(size, 3.0))
    fields: dict[str, Any] = {
        "expected": rng.normal(0.0, 0.05, size),
        "covariance": mixing @ mixing.T / (3 * size) * 0.1**2,
        "benchmark": benchmark,
        # Half of the current positions stand at a trade's kink, where no-trade is likely.
        "current": rng.dirichlet(np.full(size, 3.0)) if rng.random() < 0.5 else benchmark,
        "risk_aversion": rng.uniform(2.0, 20.0),
        "cost_rate": 252.0 / rng.integers(20, 120),
        "linear": rng.uniform(0.5e-4, 30e-4, size),
        "impact": rng.uniform(5e-4, 50e-4, size) * (rng.random(size) < 0.7),
        "tax": rng.uniform(0.0, 0.03, size) * (rng.random(size) < 0.5),
        "lower": np.maximum(benchmark - rng.uniform(0.05, 0.3), 0.0),
        "upper": benchmark + rng.uniform(0.05, 0.3),
        "trade_limit": rng.uniform(0.05, 0.5, size),
        "tracking_error_cap": rng.uniform(0.01, 0.06),
        "turnover_cap": rng.uniform(0.05, 0.5),
    }
    return Programme(**{**fields, **changes})


def free(**changes: Any) -> Programme:
    """Four sectors at their benchmark weights, no costs, no caps: only what is changed counts."""
    benchmark = np.array([0.4, 0.3, 0.2, 0.1])
    deviations = np.array([0.05, 0.06, 0.08, 0.12])
    fields: dict[str, Any] = {
        "expected": np.array([0.002, -0.001, 0.0015, -0.003]),
        "covariance": np.outer(deviations, deviations) * (0.8 * np.eye(4) + 0.2),
        "benchmark": benchmark,
        "current": benchmark,
        "risk_aversion": 5.0,
        "cost_rate": 4.0,
        "lower": np.zeros(4),
        "upper": np.ones(4),
        "trade_limit": np.full(4, math.inf),
        **{name: np.zeros(4) for name in ("linear", "impact", "tax")},
    }
    return Programme(**{**fields, **changes})


def tilt(programme: Programme) -> np.ndarray:
    """Sigma^-1 (mu - nu 1) / lambda with nu such that it sums to zero."""
    ones = np.ones(len(programme.expected))
    toward = np.linalg.solve(programme.covariance, programme.expected)
    spread = np.linalg.solve(programme.covariance, ones)
    return (toward - toward.sum() / spread.sum() * spread) / programme.risk_aversion


def utility(programme: Programme, weights: np.ndarray) -> float:
    active, traded = weights - programme.benchmark, weights - programme.current
    cost = (
        programme.linear @ np.abs(traded)
        + programme.impact @ np.abs(traded) ** 1.5
        + programme.tax @ np.maximum(-traded, 0.0)
    )
    risk = programme.risk_aversion / 2.0 * active @ programme.covariance @ active
    gain = programme.evidence * programme.expected @ weights
    return float(gain - risk - programme.cost_rate * cost)


def test_interior_optimum_in_closed_form() -> None:
    programme = free()
    found = optimal_weights(programme)
    np.testing.assert_allclose(found.weights, programme.benchmark + tilt(programme), atol=1e-9)
    assert found.reason == "optimal"
    assert found.cash == 0.0


def test_active_tracking_error_cap_shortens_the_tilt() -> None:
    active = tilt(free())
    full = math.sqrt(active @ free().covariance @ active)
    found = optimal_weights(free(tracking_error_cap=0.4 * full, idle_tracking_error=1e-4))
    np.testing.assert_allclose(found.weights - free().benchmark, 0.4 * active, atol=1e-9)
    assert found.tracking_error == pytest.approx(0.4 * full, rel=1e-9)


def pair(advantage: float, **changes: Any) -> Programme:
    """Two sectors, the first expected to earn `advantage` more than the second."""
    fields: dict[str, Any] = {
        "expected": np.array([advantage, 0.0]),
        "covariance": np.diag([0.01, 0.03]),
        "benchmark": np.array([0.5, 0.5]),
        "current": np.array([0.5, 0.5]),
        "lower": np.zeros(2),
        "upper": np.ones(2),
        "linear": np.array([1e-4, 3e-4]),
        "impact": np.zeros(2),
        "tax": np.array([0.0, 6e-4]),
        "trade_limit": np.full(2, math.inf),
    }
    return free(**{**fields, **changes})


# Buying the first (1 bp) and selling the second (3 bp, 6 bp of tax), four times a year.
PAIR_COST = 4.0 * (1e-4 + 3e-4 + 6e-4)
# Moving d costs lambda (0.01 + 0.03) d^2 / 2 of risk.
PAIR_RISK = 5.0 * 0.04


def test_no_trade_region_ends_where_marginal_benefit_is_marginal_cost() -> None:
    inside = optimal_weights(pair(0.98 * PAIR_COST))
    np.testing.assert_array_equal(inside.weights, [0.5, 0.5])
    assert inside.expected_cost == 0.0
    outside = optimal_weights(pair(1.5 * PAIR_COST))
    moved = 0.5 * PAIR_COST / PAIR_RISK
    np.testing.assert_allclose(outside.weights, [0.5 + moved, 0.5 - moved], atol=1e-9)
    # The other way sells the first, which has no gain to tax: 4 x (1 + 3) bp.
    back = optimal_weights(pair(-1.5 * 4.0 * 4e-4))
    assert back.weights[1] - 0.5 == pytest.approx(0.5 * 4.0 * 4e-4 / PAIR_RISK, abs=1e-9)


@pytest.mark.parametrize("advantage", [0.005, 0.02, 0.08])
def test_three_halves_impact_of_a_pair_by_root_finding(advantage: float) -> None:
    impact = np.array([0.002, 0.005])

    def marginal(moved: float) -> float:
        slope = 4.0 * 1.5 * impact.sum() * math.sqrt(moved)
        return advantage - PAIR_COST - PAIR_RISK * moved - slope

    moved = brentq(marginal, 0.0, 0.5, xtol=1e-14)
    found = optimal_weights(pair(advantage, impact=impact))
    assert found.weights[0] - 0.5 == pytest.approx(moved, abs=1e-9)
    assert found.impact_cost == pytest.approx(impact.sum() * moved**1.5, rel=1e-6)
    assert found.spread_cost == pytest.approx(4e-4 * moved, rel=1e-6)
    assert found.tax_cost == pytest.approx(6e-4 * moved, rel=1e-6)


def stationarity_gap(programme: Programme, weights: np.ndarray) -> float:
    """Smallest largest violation of the KKT stationarity over all admissible multipliers.

    Unknowns: nu (free), theta (tracking error), tau (turnover), one multiplier a side for bounds
    that hold, the cost's subgradient where nothing is traded, and the gap itself.
    """
    N, near = len(weights), 2e-5
    traded, active = weights - programme.current, weights - programme.benchmark
    still = np.abs(traded) < near
    low = np.maximum(programme.reachable[0], programme.lower)
    high = np.minimum(programme.reachable[1], programme.upper)
    te = programme.tracking_error(weights)
    rate, sign = programme.cost_rate, np.where(still, 0.0, np.sign(traded))
    slope = np.where(traded > 0, programme.linear, -(programme.linear + programme.tax))
    slope = slope + 1.5 * programme.impact * np.sqrt(np.abs(traded)) * sign
    gradient = programme.evidence * programme.expected
    gradient = gradient - programme.risk_aversion * programme.covariance @ active
    gradient = gradient - rate * np.where(still, 0.0, slope)
    cap_holds = te > programme.effective_tracking_error_cap - near
    turned = programme.turnover(weights) > programme.turnover_cap - near
    # Columns: nu, theta, tau, alpha low [N], alpha high [N], cost subgradient [N], turn [N], gap.
    columns = np.zeros((N, 3 + 4 * N + 1))
    columns[:, 0] = -1.0
    columns[:, 1] = -(programme.covariance @ active) / max(te, 1e-12)
    columns[:, 2] = -sign
    columns[:, 3 : 3 + N] = np.eye(N)
    columns[:, 3 + N : 3 + 2 * N] = -np.eye(N)
    columns[:, 3 + 2 * N : 3 + 3 * N] = -np.eye(N)
    columns[:, 3 + 3 * N : 3 + 4 * N] = -np.eye(N)
    gap = np.zeros(3 + 4 * N + 1)
    gap[-1] = 1.0
    turns = np.zeros((2 * N, len(gap)))
    for i in range(N):  # |turn_i| <= tau where nothing is traded
        turns[2 * i, [3 + 3 * N + i, 2]] = 1.0, -1.0
        turns[2 * i + 1, [3 + 3 * N + i, 2]] = -1.0, -1.0
    upper = np.vstack([columns - gap, -columns - gap, turns])
    right = np.concatenate([-gradient, gradient, np.zeros(2 * N)])
    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    bounds += [(0, None if cap_holds else 0), (0, None if turned else 0)]
    bounds += [(0, None if at else 0) for at in weights < low + near]
    bounds += [(0, None if at else 0) for at in weights > high - near]
    # A trade within the solver's rounding of none has any slope that such a trade can have.
    steep = 1.5 * programme.impact * math.sqrt(near)
    least = -rate * (programme.linear + programme.tax + steep)
    most = rate * (programme.linear + steep)
    bounds += [(least[i], most[i]) if still[i] else (0.0, 0.0) for i in range(N)]
    bounds += [(None, None) if at else (0.0, 0.0) for at in still]
    bounds += [(0, None)]
    solved = linprog(gap, A_ub=upper, b_ub=right, bounds=bounds)
    assert solved.status == 0, solved.message
    return float(solved.fun)


@FEW
@given(SEEDS, st.integers(2, 11))
def test_solutions_satisfy_the_kkt_conditions(seed: int, size: int) -> None:
    programme = random_programme(seed, size)
    found = optimal_weights(programme)
    if found.relaxed:
        return
    low, high = programme.reachable
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert (found.weights >= low).all()
    assert (found.weights <= high).all()
    assert (found.weights >= programme.lower - 1e-6).all()
    assert (found.weights <= programme.upper + 1e-6).all()
    assert found.tracking_error <= programme.effective_tracking_error_cap + 1e-6
    assert found.turnover <= programme.turnover_cap + 1e-6
    # Annual return per unit of weight: a hundredth of a basis point.
    assert stationarity_gap(programme, found.weights) < 1e-6


def test_the_kkt_check_can_fail() -> None:
    programme = random_programme(3, 6)
    found = optimal_weights(programme)
    assert found.relaxed == ()
    middle = (found.weights + programme.benchmark) / 2.0
    assert stationarity_gap(programme, middle) > 1e-4


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(2, 5))
def test_a_second_solver_finds_no_better_and_about_the_same(seed: int, size: int) -> None:
    programme = random_programme(seed, size)
    found = optimal_weights(programme)
    if found.relaxed:
        return
    low, high = programme.reachable
    eye = np.eye(size)
    trade = np.hstack([eye, -eye])

    def weights_of(x: np.ndarray) -> np.ndarray:
        return np.asarray(programme.current + trade @ x)

    def loss(x: np.ndarray) -> float:
        buys, sells = x[:size], x[size:]
        free_of_cost = weights_of(x)
        active = free_of_cost - programme.benchmark
        gain = programme.expected @ free_of_cost
        risk = programme.risk_aversion / 2.0 * active @ programme.covariance @ active
        linear = programme.linear @ buys + (programme.linear + programme.tax) @ sells
        impact = programme.impact @ (np.abs(buys) ** 1.5 + np.abs(sells) ** 1.5)
        return float(100.0 * (risk - gain + programme.cost_rate * (linear + impact)))

    cap = programme.effective_tracking_error_cap
    inequalities = (
        lambda x: 2.0 * programme.turnover_cap - x.sum(),
        lambda x: weights_of(x) - programme.lower,
        lambda x: programme.upper - weights_of(x),
        lambda x: 1.0 - (programme.tracking_error(weights_of(x)) / cap) ** 2,
    )
    constraints = [{"type": "ineq", "fun": each} for each in inequalities]
    constraints.append({"type": "eq", "fun": lambda x: weights_of(x).sum() - 1.0})
    most = np.concatenate([high - programme.current, programme.current - low])
    second = minimize(
        loss, 0.1 * most, method="SLSQP", bounds=[(0.0, one) for one in most],
        constraints=constraints, options={"maxiter": 500, "ftol": 1e-12},
    )  # fmt: skip
    if not second.success:
        return
    other = utility(programme, weights_of(second.x))
    assert utility(programme, found.weights) == pytest.approx(other, abs=2e-6)


def test_the_second_solver_is_not_idle() -> None:
    # Both comparisons above return early on a relaxed programme: most are not.
    kept = [not optimal_weights(random_programme(seed, 4)).relaxed for seed in range(40)]
    assert sum(kept) > 20


@FEW
@given(SEEDS, st.integers(2, 11))
def test_the_order_of_sectors_does_not_matter(seed: int, size: int) -> None:
    programme = random_programme(seed, size)
    order = np.random.default_rng(seed).permutation(size)
    vectors = ("expected", "benchmark", "current", "linear", "impact", "tax", "lower", "upper",
               "trade_limit")  # fmt: skip
    changes: dict[str, Any] = {name: getattr(programme, name)[order] for name in vectors}
    changes["covariance"] = programme.covariance[np.ix_(order, order)]
    scalars = ("risk_aversion", "cost_rate", "tracking_error_cap", "turnover_cap")
    changes.update({name: getattr(programme, name) for name in scalars})
    plain, permuted = optimal_weights(programme), optimal_weights(Programme(**changes))
    assert permuted.relaxed == plain.relaxed
    np.testing.assert_allclose(permuted.weights, plain.weights[order], atol=2e-5)


def test_duplicate_sectors_share_a_bet_like_one() -> None:
    # Sector 1 twice, each half of its weight: the bet on the pair is that on the single sector.
    single = free(impact=np.full(4, 1e-3))
    split = [0, 1, 1, 2, 3]
    share = np.array([1.0, 0.5, 0.5, 1.0, 1.0])
    twice = Programme(
        expected=single.expected[split],
        covariance=single.covariance[np.ix_(split, split)],
        benchmark=single.benchmark[split] * share,
        current=single.current[split] * share,
        risk_aversion=5.0,
        cost_rate=4.0,
        linear=np.zeros(5),
        # Two halves of a trade cost 2 (d/2)^1.5: the coefficient that makes it the whole's.
        impact=1e-3 / np.sqrt(share),
        tax=np.zeros(5),
        lower=np.zeros(5),
        upper=np.ones(5),
        trade_limit=np.full(5, math.inf),
    )
    found = optimal_weights(twice)
    assert found.relaxed == ()
    joined = np.array([found.weights[0], found.weights[1:3].sum(), *found.weights[3:]])
    np.testing.assert_allclose(joined, optimal_weights(single).weights, atol=1e-5)
    assert found.weights[1] == pytest.approx(found.weights[2], abs=1e-5)


def test_without_risk_the_best_sector_takes_all() -> None:
    found = optimal_weights(free(covariance=np.zeros((4, 4)), linear=np.full(4, 5e-5)))
    np.testing.assert_allclose(found.weights, [1.0, 0.0, 0.0, 0.0], atol=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e3, 1e12])
def test_units_of_utility_do_not_matter(scale: float) -> None:
    # Views, variances' price and costs in another unit: the same weights.
    plain = random_programme(12, 6, turnover_cap=math.inf)
    scaled = random_programme(
        12, 6, turnover_cap=math.inf, expected=plain.expected * scale,
        risk_aversion=plain.risk_aversion * scale, cost_rate=plain.cost_rate * scale,
    )  # fmt: skip
    assert plain.turnover(optimal_weights(plain).weights) > 0.01
    found = optimal_weights(scaled).weights
    np.testing.assert_allclose(found, optimal_weights(plain).weights, atol=1e-5)
