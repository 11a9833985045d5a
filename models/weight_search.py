"""The search for optimal weights: solve, relax what cannot be met in a stated order, verify."""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.weight_interior import BELOW, SOLVED, interior
from models.weight_limits import (
    BOUNDS,
    TOLERANCE,
    TRACKING_ERROR,
    TURNOVER,
    Asked,
    Limits,
    clean,
    least_weight,
    most_weight,
    tracking_error,
    turnover,
    violations,
)
from models.weight_point import NET, VARIANCE
from models.weight_problem import problem_of
from models.weight_ranges import EMPTY, MEET, TURNOVER_HOLDS, trade_ranges

# What `optimise` returns, as bits. From `REFUSED` on follow those of `violations` for solutions
# that failed the check.
NO_TURNOVER_CAP, NO_BOUNDS, NO_TRACKING_ERROR_CAP, HELD, FILLED, NOT_CONVERGED, REFUSED = (
    1, 2, 4, 8, 16, 32, 64,
)  # fmt: skip

# A relaxed tracking-error cap is the smallest reachable one and this much more, so that views and
# costs can still choose among what is left.
_SLACK = 1.001
# A cap that only one point reaches is widened by this much: the solver works in the interior.
_OPENED = 1.0 + 1e-7
_INFEASIBLE = -1

# Stages: all limits, without each of them, the nearest to the benchmark, and not much further.
_ALL, _NO_TURNOVER_CAP, _NO_BOUNDS, _NEAREST, _WITHIN_NEAREST = range(5)
_STAGES = 5


@compiled
def optimise(
    expected: np.ndarray, covariance: np.ndarray, benchmark: np.ndarray, current: np.ndarray,
    risk_aversion: float, cost_rate: float, linear: np.ndarray, impact: np.ndarray,
    tax: np.ndarray, lower: np.ndarray, upper: np.ndarray, trade_limit: np.ndarray,
    tracking_error_cap: float, turnover_cap: float, evidence: float, weights: np.ndarray,
) -> int:  # fmt: skip
    """Fill weights [N] with those that maximise the programme; `optimal_weights` says how.

    Nothing is checked: the arguments are those of a valid `models.weight_programme.Programme`, with
    its effective tracking-error cap, as C-contiguous float64.

    Returns:
        Bits: caps and bounds that were given up, whether positions are HELD or FILLED up to the
        participation limit, and what kept solutions from being taken.
    """
    asked = Asked(
        expected, covariance, benchmark, current, risk_aversion, cost_rate, linear, impact, tax,
        lower, upper, trade_limit, tracking_error_cap, turnover_cap, evidence,
    )  # fmt: skip
    limits = Limits(tracking_error_cap, turnover_cap, lower, upper)
    filled = _fill(asked, limits, weights)
    if filled:
        return filled
    said, told = 0, _INFEASIBLE
    # One call in a loop, not one a stage: the compiler copies what it calls to every call.
    for stage in range(_STAGES):
        given_up, limits = _relax(asked, limits, stage, weights)
        if stage > _ALL and given_up == 0:
            continue
        if stage == _WITHIN_NEAREST and told != 0:
            # A solve without a cap would bet without bound just when something is wrong.
            break
        said |= given_up
        told = _attempt(asked, limits, stage == _NEAREST, weights)
        if told == 0 and stage != _NEAREST:
            return said
        said |= max(told, 0)
    _hold(asked, weights)
    return said | HELD


@compiled
def _relax(asked: Asked, limits: Limits, stage: int, weights: np.ndarray) -> tuple[int, Limits]:
    """What a stage gives up, 0 where there is nothing to give up, and the limits that are left.

    `weights` [N] are those that the stage before came to: the nearest to the benchmark set the cap.
    """
    error, most_turned = limits.tracking_error, limits.turnover
    lower, upper = limits.lower, limits.upper
    given_up = 0
    if stage == _NO_TURNOVER_CAP and most_turned < np.inf:
        given_up, most_turned = NO_TURNOVER_CAP, np.inf
    elif stage == _NO_BOUNDS and ((lower > 0.0).any() or (upper < 1.0).any()):
        given_up = NO_BOUNDS
        lower, upper = np.full(len(lower), -np.inf), np.full(len(upper), np.inf)
    elif stage >= _NEAREST and asked.tracking_error_cap < np.inf:
        given_up, error = NO_TRACKING_ERROR_CAP, np.inf
        if stage == _WITHIN_NEAREST:
            error = _SLACK * tracking_error(asked, weights) + TOLERANCE
    return given_up, Limits(error, most_turned, lower, upper)


@compiled
def _fill(asked: Asked, limits: Limits, weights: np.ndarray) -> int:
    """Buy up to the participation limit where that does not fill the portfolio, or just does."""
    total, choice = 0.0, False
    for i in range(len(weights)):
        weights[i] = most_weight(asked, i)
        total += weights[i]
        choice |= least_weight(asked, i) != weights[i]
    if total > 1.0 and choice:
        return 0
    broken, said = violations(asked, limits, weights), FILLED
    if broken & TURNOVER:
        said |= NO_TURNOVER_CAP
    if broken & BOUNDS:
        said |= NO_BOUNDS
    if broken & TRACKING_ERROR:
        said |= NO_TRACKING_ERROR_CAP
    return said


@compiled
def _hold(asked: Asked, weights: np.ndarray) -> None:
    """Current weights, or the benchmark's as far as participation allows where nothing is held."""
    held = asked.current.any()
    for i in range(len(weights)):
        fresh = min(asked.benchmark[i], asked.trade_limit[i])
        weights[i] = asked.current[i] if held else fresh


@compiled
def _attempt(asked: Asked, limits: Limits, risk_only: bool, weights: np.ndarray) -> int:
    """Fill weights [N] with clean, verified ones: 0, or bits why not, `_INFEASIBLE` without any."""
    size = len(weights)
    low, high = np.empty(size), np.empty(size)
    left = trade_ranges(asked, limits, low, high)
    if left == EMPTY:
        return _INFEASIBLE
    room = 2.0 * limits.turnover if left == TURNOVER_HOLDS else np.inf
    cap = limits.tracking_error
    in_doubt = cap < np.inf and not _reaches_benchmark(asked, limits)
    for asking in (True, False):
        if asking and not in_doubt:
            continue
        within, goal = (np.inf, cap * cap) if asking else (cap, -1.0)
        problem = problem_of(asked, low, high, room, within, risk_only or asking)
        state, point = interior(problem, goal)
        if asking:
            cap = _reachable_cap(state, point.numbers[VARIANCE], cap)
            if cap == 0.0:
                return _INFEASIBLE
        elif state != SOLVED:
            return NOT_CONVERGED
        else:
            _take(asked, low, high, point.nets[NET], weights)
    clean(asked, limits, weights)
    return REFUSED * violations(asked, limits, weights)


@compiled
def _take(
    asked: Asked, low: np.ndarray, high: np.ndarray, net: np.ndarray, weights: np.ndarray
) -> None:
    """Fill weights [N] with the net trades [K] of those sectors that have a choice."""
    k = 0
    for i in range(len(weights)):
        weights[i] = asked.current[i] + low[i]
        if low[i] < high[i]:
            weights[i] = asked.current[i] + net[k]
            k += 1


@compiled
def _reaches_benchmark(asked: Asked, limits: Limits) -> bool:
    """Whether the benchmark itself is within the limits: then a tracking-error cap is, too."""
    for i in range(len(asked.benchmark)):
        weight = asked.benchmark[i]
        low = max(least_weight(asked, i), limits.lower[i])
        if not low <= weight <= min(most_weight(asked, i), limits.upper[i]):
            return False
    return turnover(asked, asked.benchmark) <= limits.turnover


@compiled
def _reachable_cap(state: int, variance: float, cap: float) -> float:
    """The cap on tracking error where the least variance meets it, 0 where it does not.

    A cap that is met by a hair is widened by one.
    """
    if state == BELOW:
        return cap
    least = np.sqrt(max(variance, 0.0))
    if state != SOLVED or least > cap * (1.0 + MEET):
        return 0.0
    return float(max(cap, least * _OPENED))
