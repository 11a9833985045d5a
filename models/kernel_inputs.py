"""What the sweep's kernel works on: one market for all configurations, numbers for each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# How an account ended; anything but GOOD voids it.
GOOD, MARGIN, NO_VOLATILITY, NO_VOLUME, LONG_SCHEDULE = range(5)
# Lines of `Bars.lines`.
OPEN, CLOSE, VOLUME, VOLATILITY, DOLLAR_ADV = range(5)


class Bars(NamedTuple):
    """The trading window: A funds over T sessions, the first being the inception.

    Attributes:
        lines: [T x 5 x A] opens and closes (dollars), volume (shares), trailing volatility and
            dollar volume known at each close; NaN before a fund lists. A session lies together:
            trading looks at all funds of one.
        closes: [A x T] once more, for marking one fund to market over many sessions.
        covariance: [T x A x A] of daily returns as known at each close, for the rounding of orders.
        order: [A] funds in the order in which Backtrader adds up positions.
        decision: [T] number of the decision at a session's close, -1 where there is none.
        following: [T] session of the next decision after each session, T where there is none.
        measured: number of the first session whose close is measured.
    """

    lines: np.ndarray
    closes: np.ndarray
    covariance: np.ndarray
    order: np.ndarray
    decision: np.ndarray
    following: np.ndarray
    measured: int


class Costs(NamedTuple):
    """models.costs.CostConfig of one configuration; half-spreads stand in the account."""

    coefficient: float
    memory: float
    permanent_share: float
    commission_bps: float
    commission_minimum: float
    commission_per_share: float
    max_participation: float


class Rules(NamedTuple):
    """How orders are made and worked; see models.orders.OrderRules, strategies.rebalancing.

    Attributes:
        algorithm: a code of models.schedule_paths.
        carry: whether what a session leaves of an order is sent again.
    """

    cash: float
    cash_buffer: float
    min_trade: float
    lot: float
    algorithm: int
    sessions: int
    participation_rate: float
    risk_aversion: float
    carry: bool


class Core(NamedTuple):
    """models.decision_inputs.CoreConfig of one configuration, its tracking error as a fraction."""

    tracking_error_cap: float
    idle_tracking_error: float
    risk_aversion: float
    max_active_weight: float
    max_turnover: float
    max_sessions: int
    fixed_sessions: int
    session_dollars: float
    horizon: int


class Signals(NamedTuple):
    """What each of D decisions knows before it looks at what is held; N sectors, the last N funds.

    Attributes:
        holdable: [D] n, how many sectors can be held.
        sectors: [D x N] their numbers first, n of them.
        benchmark: [D x N] their style weights, n of them.
        covariance: [D x N*N] daily, of sector less benchmark returns, n*n of them.
        expected: [D x N] log return over the horizon, of all sectors.
        viewed: [D x N] whether a sector has enough training rows.
        evidence, half_life: [D].
    """

    holdable: np.ndarray
    sectors: np.ndarray
    benchmark: np.ndarray
    covariance: np.ndarray
    expected: np.ndarray
    viewed: np.ndarray
    evidence: np.ndarray
    half_life: np.ndarray


class Targets(NamedTuple):
    """Weights that were decided elsewhere, instead of Signals.

    Attributes:
        weights: [D x A] of what is to be invested.
        parts: [D x S] shares of each move by session; a row of zeros holds.
    """

    weights: np.ndarray
    parts: np.ndarray
