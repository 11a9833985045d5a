"""What weights must respect: the limits of a solve, cleaning to them and the check against them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.weight_programme import SUM_TOLERANCE

# A trade below this share of the portfolio is the solver's rounding, not a trade.
DUST = 1e-6
# Room in a bound or cap for that rounding, in weight or in annual tracking error.
TOLERANCE = 1e-5

# What a check finds broken, as bits.
NOT_FINITE, SUM, REACH, TURNOVER, BOUNDS, TRACKING_ERROR = 1, 2, 4, 8, 16, 32


class Asked(NamedTuple):
    """The fields of `models.weight_programme.Programme` as compiled code takes them; [N] float64.

    `tracking_error_cap` is the effective one, after evidence; caps may be infinite.
    """

    expected: np.ndarray
    covariance: np.ndarray
    benchmark: np.ndarray
    current: np.ndarray
    risk_aversion: float
    cost_rate: float
    linear: np.ndarray
    impact: np.ndarray
    tax: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    trade_limit: np.ndarray
    tracking_error_cap: float
    turnover_cap: float
    evidence: float


class Limits(NamedTuple):
    """What a solve must respect beyond the physical limits; infinite where given up.

    Attributes:
        tracking_error: annualised cap.
        turnover: one-way cap.
        lower, upper: [N] bounds on weights.
    """

    tracking_error: float
    turnover: float
    lower: np.ndarray
    upper: np.ndarray


@compiled
def least_weight(asked: Asked, i: int) -> float:
    """The smallest weight of sector i that participation and long-only allow."""
    return float(max(asked.current[i] - asked.trade_limit[i], 0.0))


@compiled
def most_weight(asked: Asked, i: int) -> float:
    """The largest weight of sector i that participation and cash allow."""
    return float(min(asked.current[i] + asked.trade_limit[i], 1.0))


@compiled
def tracking_error(asked: Asked, weights: np.ndarray) -> float:
    """Annualised tracking error of weights [N], a fraction; NaN weights give NaN."""
    variance = 0.0
    for i in range(len(weights)):
        row = 0.0
        for k in range(len(weights)):
            row += asked.covariance[i, k] * (weights[k] - asked.benchmark[k])
        variance += row * (weights[i] - asked.benchmark[i])
    # Rounding can leave a singular covariance a little below zero; NaN must pass.
    return 0.0 if variance < 0.0 else np.sqrt(variance)


@compiled
def turnover(asked: Asked, weights: np.ndarray) -> float:
    """One-way turnover from the current weights to weights [N]."""
    traded = 0.0
    for i in range(len(weights)):
        traded += abs(weights[i] - asked.current[i])
    return traded / 2.0


@compiled
def clean(asked: Asked, limits: Limits, weights: np.ndarray) -> None:
    """Take the solver's rounding off weights [N], in place; more than that stays for the check.

    Weights move into their bounds by at most `TOLERANCE`, weights and trades below `DUST` become
    exactly zero, and what the sum lost thereby goes to the largest trades.
    """
    size = len(weights)
    lost = 1.0
    for i in range(size):
        low = max(least_weight(asked, i), limits.lower[i])
        inside = min(max(weights[i], low), min(most_weight(asked, i), limits.upper[i]))
        if abs(weights[i] - inside) <= TOLERANCE:
            weights[i] = inside
        if abs(weights[i]) < DUST and low <= 0.0:
            weights[i] = 0.0
        if abs(weights[i] - asked.current[i]) < DUST:
            weights[i] = asked.current[i]
        lost -= weights[i]
    # Not so small, or not a number: that is no rounding.
    if not abs(lost) <= size * TOLERANCE:
        return
    _give_back(asked, limits, weights, lost)


@compiled
def _give_back(asked: Asked, limits: Limits, weights: np.ndarray, lost: float) -> None:
    """Add `lost` to weights [N], to the largest trades first and no further than their bounds."""
    size = len(weights)
    trades = np.abs(weights - asked.current)
    for _ in range(size):
        largest = int(np.argmax(trades))
        if trades[largest] <= 0.0 or lost == 0.0:
            return
        trades[largest] = 0.0
        low = max(least_weight(asked, largest), limits.lower[largest])
        high = min(most_weight(asked, largest), limits.upper[largest])
        if low <= weights[largest] <= high:
            moved = min(max(weights[largest] + lost, low), high)
            lost -= moved - weights[largest]
            weights[largest] = moved


@compiled
def violations(asked: Asked, limits: Limits, weights: np.ndarray) -> int:
    """Bits of what weights [N] break by more than the tolerance; asked of every solution."""
    size = len(weights)
    broken, total = 0, 0.0
    for i in range(size):
        if not np.isfinite(weights[i]):
            return NOT_FINITE
        total += weights[i]
        if not least_weight(asked, i) <= weights[i] <= most_weight(asked, i):
            broken |= REACH
        low, high = limits.lower[i] - TOLERANCE, limits.upper[i] + TOLERANCE
        if not low <= weights[i] <= high:
            broken |= BOUNDS
    if not abs(total - 1.0) <= size * SUM_TOLERANCE:
        broken |= SUM
    if not turnover(asked, weights) <= limits.turnover + TOLERANCE:
        broken |= TURNOVER
    if not tracking_error(asked, weights) <= limits.tracking_error + TOLERANCE:
        broken |= TRACKING_ERROR
    return broken
