"""The compiled solver against a foreign one, and its parts against numpy, scipy and arithmetic."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from models.optimal_weights import TRACKING_ERROR, TURNOVER, asked_of, optimal_weights
from models.weight_cholesky import factor_bordered, solve_bordered
from models.weight_interior import SOLVED, interior
from models.weight_limits import Asked, Limits
from models.weight_point import NET, SHORT
from models.weight_problem import problem_of
from models.weight_programme import Programme
from models.weight_ranges import EMPTY, TURNOVER_HOLDS, inner_trades, trade_ranges
from models.weight_search import optimise
from tests.models import clarabel_oracle
from tests.models.test_weight_search import SEEDS, free, random_programme, utility


def limits_of(asked: Asked) -> Limits:
    return Limits(asked.tracking_error_cap, asked.turnover_cap, asked.lower, asked.upper)


def solved_only(programme: Programme) -> tuple[np.ndarray, float]:
    """Weights [N] as the solver leaves them, not cleaned, and how much they may fall short."""
    asked = asked_of(programme)
    low, high = np.empty((2, len(asked.current)))
    left = trade_ranges(asked, limits_of(asked), low, high)
    room = 2.0 * asked.turnover_cap if left == TURNOVER_HOLDS else math.inf
    problem = problem_of(asked, low, high, room, asked.tracking_error_cap, False)
    state, point = interior(problem, -1.0)
    assert state == SOLVED
    weights = asked.current + low
    weights[low < high] = asked.current[low < high] + point.nets[NET]
    return weights, float(point.numbers[SHORT])


# --- against Clarabel


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(2, 11))
def test_no_worse_than_clarabel_and_the_same_limits_given_up(seed: int, size: int) -> None:
    programme = random_programme(seed, size)
    oracle = clarabel_oracle.solve(programme, limits_of(asked_of(programme)))
    found = optimal_weights(programme)
    assert bool(found.relaxed) == oracle.infeasible
    if oracle.weights is None:
        return
    weights, short = solved_only(programme)
    assert short <= 1e-13
    low, high = programme.reachable
    assert (weights >= np.maximum(low, programme.lower) - 1e-12).all()
    assert (weights <= np.minimum(high, programme.upper) + 1e-12).all()
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert programme.turnover(weights) <= programme.turnover_cap + 1e-12
    cap = programme.effective_tracking_error_cap
    assert programme.tracking_error(weights) <= cap * (1.0 + 1e-12)
    # Clarabel exceeds its limits by up to 1e-8, which is worth as much times their prices.
    scale = np.abs(programme.expected).max()
    assert utility(programme, weights) >= utility(programme, oracle.weights) - 1e-7 * scale
    # Along a flat direction its gap of 1e-8 is as much as this in weight.
    np.testing.assert_allclose(weights, oracle.weights, atol=2e-4)
    np.testing.assert_allclose(found.weights, weights, atol=size * 1e-6)


def test_the_oracle_is_another_solver_and_sees_what_is_infeasible() -> None:
    programme = random_programme(3, 6)
    limits = limits_of(asked_of(programme))
    assert clarabel_oracle.solve(programme, limits).weights is not None
    stuck = limits._replace(upper=np.full(6, 0.1), lower=np.zeros(6))
    assert clarabel_oracle.solve(programme, stuck).infeasible


# --- feasible sets without an inside


def drifted(**changes: Any) -> Programme:
    """The first of four sectors is 0.1 above its upper bound, the last 0.04 below its lower one."""
    fields: dict[str, Any] = {
        "current": np.array([0.5, 0.3, 0.16, 0.04]),
        "lower": np.array([0.0, 0.0, 0.0, 0.08]),
        "upper": np.array([0.4, 1.0, 1.0, 1.0]),
        "linear": np.full(4, 1e-4),
    }
    return free(**{**fields, **changes})


def test_a_turnover_cap_that_only_the_forced_trades_meet() -> None:
    # 0.1 must be sold and 0.04 bought; what is left of the sum, 0.06, is bought: one-way 0.1.
    found = optimal_weights(drifted(turnover_cap=0.1))
    assert found.relaxed == ()
    assert found.turnover == pytest.approx(0.1, abs=1e-9)
    assert found.weights[0] == pytest.approx(0.4, abs=1e-9)
    assert (found.weights[1:] >= [0.3 - 1e-9, 0.16 - 1e-9, 0.08 - 1e-9]).all()
    assert optimal_weights(drifted(turnover_cap=0.0999)).relaxed == (TURNOVER,)


@pytest.mark.parametrize("excess", [1e-9, 1e-7, 1e-5, 1e-3])
def test_next_to_no_room_for_turnover(excess: float) -> None:
    found = optimal_weights(drifted(turnover_cap=0.1 + excess))
    assert found.relaxed == ()
    assert found.turnover <= 0.1 + excess + 1e-9


@pytest.mark.parametrize("factor", [1.0, 1.0 + 1e-9, 1.0 + 1e-6, 1.01])
def test_a_tracking_error_cap_that_only_the_nearest_weights_meet(factor: float) -> None:
    limit = np.full(4, 0.05)
    far = free(current=np.array([0.1, 0.2, 0.3, 0.4]), trade_limit=limit, tracking_error_cap=1e-6,
               idle_tracking_error=1e-6)  # fmt: skip
    # Two most overweight sectors sell and two most underweight ones buy, as far as they may.
    nearest = np.array([0.15, 0.25, 0.25, 0.35])
    least = far.tracking_error(nearest)
    found = optimal_weights(replace(far, tracking_error_cap=least * factor))
    assert found.relaxed == ()
    # A cap without an inside is widened by a ten-millionth.
    assert found.tracking_error <= least * factor * (1.0 + 2e-7)
    np.testing.assert_allclose(found.weights, nearest, atol=10 * math.sqrt(factor - 1.0) + 1e-5)
    short = optimal_weights(replace(far, tracking_error_cap=least * 0.999))
    assert short.relaxed == (TRACKING_ERROR,)


def test_neither_risk_nor_costs_nor_views_still_end_in_weights() -> None:
    nothing = free(expected=np.zeros(4), covariance=np.zeros((4, 4)), upper=np.full(4, 0.6))
    found = optimal_weights(nothing)
    assert found.reason == "optimal"
    assert found.weights.sum() == pytest.approx(1.0, abs=1e-12)


# --- the same arguments, the same bytes


def test_threads_and_repetition_change_nothing() -> None:
    programmes = [random_programme(seed, 2 + seed % 10) for seed in range(40)]
    alone = [optimal_weights(each).weights.tobytes() for each in programmes]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda each: optimal_weights(each).weights, programmes * 3))
    assert [weights.tobytes() for weights in together] == alone * 3


def test_the_compiled_entry_point_leaves_its_arguments_alone() -> None:
    programme = random_programme(5, 7)
    asked = asked_of(programme)
    before = [np.copy(each) for each in asked]
    weights = np.full(7, math.nan)
    assert optimise(*asked, weights) == 0
    np.testing.assert_array_equal(weights, optimal_weights(programme).weights)
    for kept, given_one in zip(before, asked, strict=True):
        np.testing.assert_array_equal(kept, given_one)


# --- parts


@given(SEEDS, st.integers(1, 11))
def test_bordered_systems_agree_with_numpy(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((size, size + 2))
    matrix, border = mixing @ mixing.T + np.eye(size), rng.standard_normal((3, size))
    right, core = rng.standard_normal(size), rng.standard_normal((5, 3))
    core[3] = np.where(rng.random(3) < 0.3, math.inf, rng.uniform(0.1, 1.0, 3))
    there = np.isfinite(core[3])
    whole = np.block([[matrix, border[there].T], [border[there], -np.diag(core[3, there])]])
    expected = np.linalg.solve(whole, np.append(right, core[4, there]))
    factor_bordered(matrix, border, core)
    solve_bordered(matrix, border, core, right)
    np.testing.assert_allclose(right, expected[:size], atol=1e-9)
    np.testing.assert_allclose(core[4, there], expected[size:], atol=1e-9)
    assert (core[4, ~there] == 0.0).all()


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.integers(1, 11))
def test_ranges_are_empty_where_a_linear_programme_is_infeasible(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    bounds = np.sort(rng.uniform(0.0, rng.choice([0.3, 1.0]), (2, size)), axis=0)
    asked = asked_of(
        random_programme(seed, size, lower=bounds[0], upper=bounds[1],
                         turnover_cap=rng.choice([0.05, 0.3, math.inf]))
    )  # fmt: skip
    low, high = np.empty((2, size))
    left = trade_ranges(asked, limits_of(asked), low, high)
    least = np.maximum(np.maximum(asked.current - asked.trade_limit, 0.0), asked.lower)
    most = np.minimum(np.minimum(asked.current + asked.trade_limit, 1.0), asked.upper)
    if (least > most).any():
        assert left == EMPTY
        return
    # Unknowns: trades and their sizes.
    eye = np.eye(size)
    sizes = np.vstack([np.hstack([eye, -eye]), np.hstack([-eye, -eye])])
    turned = np.append(np.zeros(size), np.ones(size))
    cap = min(2.0 * asked.turnover_cap, 10.0)
    most_used = np.append(np.zeros(2 * size), cap)
    answer = linprog(
        np.zeros(2 * size), A_ub=np.vstack([sizes, turned]), b_ub=most_used,
        A_eq=np.append(np.ones(size), np.zeros(size))[None], b_eq=[1.0 - asked.current.sum()],
        bounds=[*zip(least - asked.current, most - asked.current, strict=True),
                *[(0.0, None)] * size],
    )  # fmt: skip
    assert (left == EMPTY) == (answer.status == 2)
    if left == EMPTY or not (low < high).all():
        return
    remaining = 1.0 - asked.current.sum()
    cap = cap if left == TURNOVER_HOLDS else math.inf
    buys, sells = inner_trades(low, high, remaining, cap)
    trades = buys - sells
    assert (trades > low).all()
    assert (trades < high).all()
    assert (buys >= 0.0).all()
    assert (sells >= 0.0).all()
    assert trades.sum() == pytest.approx(remaining, abs=1e-9)
    assert buys.sum() + sells.sum() < cap
