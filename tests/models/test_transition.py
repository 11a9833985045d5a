from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from models.transition import (
    Move,
    TransitionConfig,
    plan_transition,
)
from models.transition_choice import trading_rate

FREE_DESK = TransitionConfig(session_dollars=0.0)


def move(**changes: Any) -> Move:
    """Ten per cent from the second sector to the first, that earns 4 % a year more."""
    basis: dict[str, Any] = {
        "current": np.array([0.5, 0.5]),
        "target": np.array([0.6, 0.4]),
        "benchmark": np.array([0.5, 0.5]),
        "expected": np.array([0.02, -0.02]),
        "covariance": np.diag([0.01, 0.01]),
        "risk_aversion": 5.0,
        "linear": np.full(2, 1e-4),
        "impact": np.full(2, 1e-3),
        "impact_memory": 0.0,
        "permanent_share": 0.0,
        "session_cost": 0.0,
        "session_limit": np.full(2, math.inf),
        "half_life": math.inf,
        "horizon": 60,
    }
    return Move(**(basis | changes))


def test_an_immediate_move_by_hand() -> None:
    plan = plan_transition(move(), TransitionConfig(max_sessions=1))
    # Earns 0.1 x 4 % less 5/2 x (0.01 x 0.1^2 x 2), for 60 of 252 sessions.
    assert plan.expected_benefit_bps == pytest.approx(1e4 * (0.004 - 0.0005) * 60 / 252)
    assert plan.expected_cost_bps == pytest.approx(1e4 * (2e-5 + 2e-3 * 0.1**1.5))
    per_session = plan.expected_benefit_bps / 60
    assert plan.break_even_sessions == math.ceil(plan.expected_cost_bps / per_session)
    np.testing.assert_array_equal(plan.path, [[0.6, 0.4]])


def test_a_decaying_view_earns_less() -> None:
    plan = plan_transition(move(half_life=20.0), TransitionConfig(max_sessions=1))
    decay = sum(0.5 ** (s / 20) for s in range(1, 61))
    assert plan.expected_benefit_bps == pytest.approx(1e4 * (0.004 * decay - 0.0005 * 60) / 252)


def test_two_equal_parts_by_hand() -> None:
    plan = plan_transition(
        move(impact_memory=0.5), TransitionConfig(max_sessions=20, fixed_sessions=2)
    )
    impact = 2e-3 * 0.1**1.5 * (0.5 * math.sqrt(0.5) + 0.5 * math.sqrt(0.25 + 0.5))
    assert plan.expected_cost_bps == pytest.approx(1e4 * (2e-5 + impact))
    np.testing.assert_allclose(plan.path, [[0.55, 0.45], [0.6, 0.4]])
    late = 1e4 * (0.004 - 0.0005) * 59 / 252 + 1e4 * (0.002 - 0.000125) / 252
    assert plan.expected_benefit_bps == pytest.approx(late)


def test_trading_that_costs_nothing_is_immediate() -> None:
    plan = plan_transition(move(linear=np.zeros(2), impact=np.zeros(2)), FREE_DESK)
    assert plan.sessions == 1
    assert plan.break_even_sessions == 1


def test_a_move_that_does_not_pay_is_not_made() -> None:
    plan = plan_transition(move(linear=np.full(2, 0.01)), FREE_DESK)
    assert plan.sessions == 0
    assert plan.path.shape == (0, 2)
    assert plan.expected_benefit_bps == plan.expected_cost_bps == 0.0
    assert plan.break_even_sessions == math.inf
    assert plan.reason.startswith("held")


def test_the_edge_of_the_no_trade_region_is_where_benefit_meets_cost() -> None:
    # Without impact: 0.1 x 0.04 x 60/252 less the charge for risk, against 0.2 x linear.
    edge = (0.004 - 0.0005) * 60 / 252 / 0.2
    for factor, sessions in ((0.999, 1), (1.001, 0)):
        given_move = move(linear=np.full(2, factor * edge), impact=np.zeros(2))
        assert plan_transition(given_move, FREE_DESK).sessions == sessions


def test_a_broken_limit_is_mended_even_at_a_loss() -> None:
    plan = plan_transition(move(linear=np.full(2, 0.01), required=True), FREE_DESK)
    assert plan.sessions >= 1
    assert plan.expected_benefit_bps < plan.expected_cost_bps


def test_nothing_to_trade() -> None:
    plan = plan_transition(move(target=np.array([0.5, 0.5])), FREE_DESK)
    assert (plan.sessions, plan.reason) == (0, "nothing to trade")


def test_participation_sets_the_least_number_of_sessions() -> None:
    plan = plan_transition(move(session_limit=np.array([0.03, 1.0])), FREE_DESK)
    assert plan.sessions >= 4
    steps = np.diff(np.vstack([[0.5, 0.5], plan.path]), axis=0)
    assert np.abs(steps[:, 0]).max() <= 0.03 + 1e-12
    short = plan_transition(
        move(session_limit=np.array([0.001, 1.0]), impact=np.zeros(2)), FREE_DESK
    )
    assert (short.sessions, short.reason) == (20, "20 sessions by participation")


def test_desk_time_shortens_a_transition() -> None:
    slow = plan_transition(move(impact=np.full(2, 0.01)), FREE_DESK)
    costly = plan_transition(move(impact=np.full(2, 0.01), session_cost=2e-5), FREE_DESK)
    assert 1 <= costly.sessions < slow.sessions
    assert slow.expected_cost_bps < costly.expected_cost_bps


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-4, 0.05), st.floats(1.1, 10.0), st.floats(0.0, 0.95))
def test_more_impact_never_means_fewer_sessions(impact: float, more: float, memory: float) -> None:
    plans = [
        plan_transition(move(impact=np.full(2, c), impact_memory=memory, required=True), FREE_DESK)
        for c in (impact, impact * more)
    ]
    assert plans[0].sessions <= plans[1].sessions


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_paths_stay_between_what_is_held_and_wanted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((5, 5)) * 0.05
    plan = plan_transition(
        move(
            current=rng.dirichlet(np.ones(5)),
            target=rng.dirichlet(np.ones(5)),
            benchmark=np.full(5, 0.2),
            expected=0.05 * rng.standard_normal(5),
            covariance=root @ root.T,
            linear=np.full(5, 1e-4),
            impact=10.0 ** rng.uniform(-4, -1, 5),
            impact_memory=float(rng.uniform(0, 0.9)),
            session_limit=rng.uniform(0.01, 1.0, 5),
            half_life=float(rng.uniform(5, 100)),
            required=True,
        ),
        FREE_DESK,
    )
    np.testing.assert_allclose(plan.path.sum(axis=1), 1.0, atol=1e-12)
    assert (plan.path >= -1e-12).all()
    assert 1 <= plan.sessions <= 20
    assert plan.expected_cost_bps > 0


def test_the_choice_is_the_best_of_all_lengths() -> None:
    given_move = move(impact=np.full(2, 0.01), impact_memory=0.6, half_life=30.0)
    chosen = plan_transition(given_move, FREE_DESK)
    nets = {
        n: plan.expected_benefit_bps - plan.expected_cost_bps
        for n in range(1, 21)
        if (plan := plan_transition(given_move, TransitionConfig(max_sessions=n))).sessions
    }
    net = chosen.expected_benefit_bps - chosen.expected_cost_bps
    assert net == pytest.approx(max(nets.values()))

    # No free schedule of as many parts beats it by more than a tenth of its advantage.
    def loss(parts: np.ndarray) -> float:
        progress = np.cumsum(parts)
        pressing, impact = 0.0, 0.0
        for part in parts:
            pressing = 0.6 * pressing + part
            impact += part * math.sqrt(max(pressing, 0.0))
        decay = 0.5 ** (np.arange(1, len(parts) + 1) / 30.0)
        missed = decay * (1 - progress) * 0.004 - 0.0005 * (1 - progress**2)
        return 1e4 * (0.02 * 0.1**1.5 * impact + missed.sum() / 252)

    size = chosen.sessions
    steps = np.diff(np.concatenate([[0.5], chosen.path[:, 0]])) / 0.1
    best = minimize(
        loss,
        np.full(size, 1 / size),
        bounds=[(0, 1)] * size,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        method="SLSQP",
    )
    assert loss(steps) <= best.fun * 1.05


def test_the_trading_rate_solves_its_recursion() -> None:
    """Iterated Bellman equation of the scalar problem."""
    for curvature, cost in ((1.0, 1.0), (0.01, 3.0), (5.0, 0.2)):
        value = 0.0
        for _ in range(10_000):
            # min over v of g/2 (y - v)^2 + V/2 (y - v)^2 + c/2 v^2 at y = 1.
            value = (value + curvature) * cost / (value + curvature + cost)
        rate = (value + curvature) / (value + curvature + cost)
        assert trading_rate(curvature, cost) == pytest.approx(rate, rel=1e-9)
    assert trading_rate(1.0, 0.0) == 1.0
    assert trading_rate(0.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"linear": np.zeros(3)}, "linear must have shape"),
        ({"expected": np.array([np.nan, 0.0])}, "expected must have shape"),
        ({"covariance": np.zeros((3, 3))}, "covariance must be finite"),
        ({"half_life": 0.0}, "half_life and horizon must be positive"),
    ],
)
def test_bad_input_names_its_field(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        move(**changes)


@pytest.mark.parametrize(
    "field", [{"max_sessions": 0}, {"fixed_sessions": 21}, {"session_dollars": -1.0}]
)
def test_a_config_out_of_range_names_its_field(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(field))):
        replace(TransitionConfig(), **field)
