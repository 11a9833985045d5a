"""In how many sessions, and in which parts, a move is worth most: compiled."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled
from models.costs import slicing_factor

SESSIONS_PER_YEAR = 252.0
# Why the parts are what they are.
NOTHING, HELD, FIXED, PARTICIPATION, NET_BENEFIT = range(5)


@compiled
def choose_parts(
    current: np.ndarray,
    target: np.ndarray,
    benchmark: np.ndarray,
    expected: np.ndarray,
    covariance: np.ndarray,
    risk_aversion: float,
    linear: np.ndarray,
    impact: np.ndarray,
    impact_memory: float,
    permanent_share: float,
    session_cost: float,
    session_limit: np.ndarray,
    half_life: float,
    horizon: int,
    required: bool,
    max_sessions: int,
    fixed_sessions: int,
) -> tuple[np.ndarray, int]:
    """Parts [S] of the best transition, none where staying is better, and why.

    See models.transition: `plan_transition` for the formulas, `Move` and `TransitionConfig` for the
    arguments.
    """
    gain, variance, start, impacts, linears, slices = _totals(
        current, target, benchmark, expected, covariance, linear, impact, session_limit
    )
    if slices < 0.0:
        return np.empty(0), NOTHING
    least = max_sessions
    if slices <= max_sessions:
        least = max(math.ceil(slices - 1e-9), 1)
    if fixed_sessions > 0:
        sessions = max(fixed_sessions, least)
        return np.full(sessions, 1.0 / sessions), FIXED
    # A session more cannot save more than the whole impact.
    longest = max_sessions
    if session_cost > 0.0:
        longest = int(min(float(max_sessions), least + impacts / session_cost))
    # What is left of the view after each session, summed from the horizon back.
    still = np.zeros(horizon + 1)
    fading = 0.5 ** (1.0 / half_life)
    for session in range(horizon):
        still[session] = fading ** (session + 1.0)
    for session in range(horizon - 1, -1, -1):
        still[session] += still[session + 1]
    best, highest = np.empty(0), -math.inf
    first = True
    for sessions in range(least, longest + 1):
        parts = _falling_parts(
            sessions, slices, risk_aversion * variance, gain, 1.5 * impacts * math.sqrt(sessions)
        )
        charged = linears * parts.sum() + session_cost * sessions
        charged += impacts * slicing_factor(parts, impact_memory, permanent_share)
        net = _benefit(parts, still, gain, start, variance, risk_aversion, horizon) - charged
        if net > highest:
            best, highest = parts, net
            first = sessions == least
    if not (highest > 0.0 or required):
        return np.empty(0), HELD
    return best, PARTICIPATION if first and least > 1 else NET_BENEFIT


@compiled
def trading_rate(curvature: float, cost: float) -> float:
    """Share of what is left that is traded each session, 0..1.

    Minimises the sum over sessions of curvature / 2 y^2 + cost / 2 (change of y)^2, y being what is
    left: r = (-g + sqrt(g^2 + 4 g c)) / (2 c) with g the curvature and c the cost; Garleanu &
    Pedersen (2013), proposition 3, without discounting. One where trading costs nothing, zero
    where distance costs nothing.
    """
    if cost <= 0.0:
        return 1.0
    ratio = curvature / cost
    return 0.5 * (math.sqrt(ratio * ratio + 4.0 * ratio) - ratio)


@compiled
def _totals(
    current: np.ndarray,
    target: np.ndarray,
    benchmark: np.ndarray,
    expected: np.ndarray,
    covariance: np.ndarray,
    linear: np.ndarray,
    impact: np.ndarray,
    session_limit: np.ndarray,
) -> tuple[float, float, float, float, float, float]:
    """Of the whole move: mu'd, d' Sigma d, d' Sigma (x0 - b), sum c |d|^1.5, sum l |d|, slices.

    Slices are how many sessions' limits the move takes, -1 where nothing moves.
    """
    gain, variance, start, impacts, linears, slices = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    moved = False
    for row in range(len(current)):
        traded = target[row] - current[row]
        size = abs(traded)
        if size > 0.0:
            moved = True
            limit = session_limit[row]
            slices = max(slices, size / limit if limit > 0.0 else math.inf)
        gain += expected[row] * traded
        impacts += impact[row] * size * math.sqrt(size)
        linears += linear[row] * size
        for column in range(len(current)):
            risk = covariance[row, column] * traded
            variance += risk * (target[column] - current[column])
            start += risk * (current[column] - benchmark[column])
    return gain, variance, start, impacts, linears, slices if moved else -1.0


@compiled
def _falling_parts(
    sessions: int, slices: float, curvature: float, gain: float, quadratic: float
) -> np.ndarray:
    """[S] parts of the move, falling geometrically; equal where the first broke the limit.

    Curvature (lambda d' Sigma d) and gain are annual; quadratic is the curvature of the impact:
    c v^1.5 <= c (v0^1.5 + 3 v^2 v0^-0.5) / 4, touching at equal parts v0 = 1 / S. What is lost
    while away is linear in the distance too; its slope counts as curvature.
    """
    distance = (curvature + max(gain, 0.0)) / SESSIONS_PER_YEAR
    left = 1.0 - min(trading_rate(distance, quadratic), 1.0 - 1e-9)
    parts, part, total = np.empty(sessions), 1.0, 0.0
    for session in range(sessions):
        parts[session] = part
        total += part
        part *= left
    if slices > total:
        parts[:] = 1.0 / sessions
        return parts
    for session in range(sessions):
        parts[session] /= total
    return parts


@compiled
def _benefit(
    parts: np.ndarray,
    still: np.ndarray,
    gain: float,
    start: float,
    variance: float,
    risk_aversion: float,
    horizon: int,
) -> float:
    """Benefit over staying, a fraction, summed over the horizon; `still` are sums of decays."""
    progress, total = 0.0, 0.0
    trading = min(len(parts), horizon)
    for session in range(trading):
        progress += parts[session]
        risk = progress * (2.0 * start + progress * variance)
        total += (still[session] - still[session + 1]) * progress * gain
        total -= risk_aversion / 2.0 * risk
    risk = 2.0 * start + variance
    total += still[trading] * gain - risk_aversion / 2.0 * risk * (horizon - trading)
    return float(total / SESSIONS_PER_YEAR)
