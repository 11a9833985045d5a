"""From views, risk and what is held to the numbers that one rebalance is decided on: compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from models.compiled import compiled
from models.weight_limits import TOLERANCE

BUFFER_DRIFT = 0.02


class Terms(NamedTuple):
    """Of the sectors held, [n] each; see models.weight_programme.Programme and models.transition.

    Attributes:
        current: weights held, or the benchmark's before anything is.
        linear, impact: cost of trading.
        lower, upper: bounds on weights.
        trade_limit: largest change of weight of a whole transition.
    """

    current: np.ndarray
    linear: np.ndarray
    impact: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    trade_limit: np.ndarray


@compiled
def rebalance_terms(
    weights: np.ndarray,
    value: float,
    benchmark: np.ndarray,
    viewed: np.ndarray,
    evidence: float,
    adv_dollars: np.ndarray,
    volatility: np.ndarray,
    half_spreads: np.ndarray,
    commission_bps: float,
    impact_coefficient: float,
    max_participation: float,
    max_active_weight: float,
    max_sessions: int,
) -> Terms:
    """What is held, what trading costs and how far it may go.

    Nothing held yet: the building trades are due whatever the views, so the programme starts from
    the benchmark's weights. A sector without a view is kept at its benchmark weight where others
    have one, a sector without volume is not traded.

    `weights` [n] are shares of what is to be invested, zero before the portfolio is built; `value`
    is the portfolio's, dollars; `viewed` [n] says which sectors have enough training rows; volume
    and volatility [n] are trailing, half-spreads [n] in basis points. The rest is said in
    models.costs.CostConfig, CoreConfig and TransitionConfig.
    """
    size = len(weights)
    terms = Terms(
        current_weights(weights, benchmark), np.empty(size), np.empty(size), np.empty(size),
        np.empty(size), np.empty(size),
    )  # fmt: skip
    for sector in range(size):
        adv = adv_dollars[sector]
        room = max_active_weight if viewed[sector] or evidence == 0.0 else 0.0
        terms.linear[sector] = (half_spreads[sector] + commission_bps) * 1e-4
        root = math.sqrt(value / (adv if adv > 0.0 else 1.0))
        terms.impact[sector] = impact_coefficient * volatility[sector] * root
        terms.lower[sector] = max(benchmark[sector] - room, 0.0)
        terms.upper[sector] = min(benchmark[sector] + room, 1.0)
        terms.trade_limit[sector] = max_participation * adv / value * max_sessions
    return terms


@compiled
def current_weights(weights: np.ndarray, benchmark: np.ndarray) -> np.ndarray:
    """[n] weights that a rebalance starts from; a new array."""
    total = 0.0
    for weight in weights:
        total += weight
    if total == 0.0:
        return benchmark.copy()
    # Prices move the cash buffer a little; that is neither cash to invest nor money borrowed.
    return weights / total if total > 1.0 - BUFFER_DRIFT else weights.copy()


@compiled
def must_move(
    current: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    benchmark: np.ndarray,
    covariance: np.ndarray,
    tracking_error_cap: float,
) -> bool:
    """Whether what is held breaks a limit, or leaves cash, so that staying is no choice.

    `covariance` [n x n] is annualised like the cap.
    """
    total, variance = 0.0, 0.0
    for row in range(len(current)):
        total += current[row]
        if current[row] < lower[row] - TOLERANCE or current[row] > upper[row] + TOLERANCE:
            return True
        for column in range(len(current)):
            active = (current[row] - benchmark[row]) * (current[column] - benchmark[column])
            variance += active * covariance[row, column]
    beyond = math.sqrt(max(variance, 0.0)) > tracking_error_cap + TOLERANCE
    return beyond or total < 1.0 - TOLERANCE


@compiled
def session_cost(
    target: np.ndarray,
    current: np.ndarray,
    value: float,
    session_dollars: float,
    commission_minimum: float,
) -> float:
    """What one more session of trading costs, a fraction of the portfolio."""
    traded = 0
    for sector in range(len(current)):
        traded += target[sector] != current[sector]
    return (session_dollars + commission_minimum * traded) / value
