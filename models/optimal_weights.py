"""Optimal weights, explained: what the search decided, what it gave up and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.weight_limits import Asked
from models.weight_programme import Programme
from models.weight_search import (
    FILLED,
    HELD,
    NO_BOUNDS,
    NO_TRACKING_ERROR_CAP,
    NO_TURNOVER_CAP,
    NOT_CONVERGED,
    REFUSED,
    optimise,
)

TURNOVER, BOUNDS, TRACKING_ERROR = "turnover cap", "sector bounds", "tracking-error cap"
SOLVER = "solver"
_GIVEN_UP = {
    NO_TURNOVER_CAP: TURNOVER,
    NO_BOUNDS: BOUNDS,
    NO_TRACKING_ERROR_CAP: TRACKING_ERROR,
    HELD: SOLVER,
}
# By the bits of `models.weight_limits.violations`, from the lowest.
_BROKEN = (
    "weights not finite",
    "sum of weights",
    "participation or long-only",
    TURNOVER,
    BOUNDS,
    TRACKING_ERROR,
)


@dataclass(frozen=True)
class OptimalWeights:
    """What the optimiser decided, arrays are [N]; annual figures are fractions a year.

    Attributes:
        weights: non-negative, sum one less `cash`.
        cash: share that the participation limit keeps from being invested, else zero.
        relaxed: constraints given up, in the order: "turnover cap", "sector bounds",
            "tracking-error cap", "solver" (nothing trustworthy was found: positions are held).
        reason: one line for the record.
        expected_benefit: annual expected active return, evidence included.
        spread_cost, impact_cost, tax_cost: one-off, fractions of the portfolio.
        tracking_error: ex-ante, annualised.
        risk_penalty: lambda / 2 times active variance, annual.
        turnover: one-way.
    """

    weights: np.ndarray
    cash: float
    relaxed: tuple[str, ...]
    reason: str
    expected_benefit: float
    spread_cost: float
    impact_cost: float
    tax_cost: float
    tracking_error: float
    risk_penalty: float
    turnover: float

    @property
    def expected_cost(self) -> float:
        """One-off cost of the trades, a fraction of the portfolio."""
        return self.spread_cost + self.impact_cost + self.tax_cost


def optimal_weights(programme: Programme) -> OptimalWeights:
    """Weights that maximise the programme, or come as near to it as its limits allow.

    Participation, long-only and no borrowing always hold. Where participation keeps the portfolio
    from being filled, every sector is bought up to its limit and the rest stays cash. Otherwise,
    when the limits cannot be met together, they are given up one after the other and stay given up:
    the turnover cap, the sector bounds, the tracking-error cap (replaced by the smallest tracking
    error within reach), and at last the optimisation itself: current weights are held, or the
    benchmark's as far as participation allows where nothing is held.

    A solution counts only when the solver proves it accurate and it passes an independent check of
    its sum, bounds and caps. Before that check the solver's rounding is cleaned: weights are moved
    into their bounds by at most 1e-5, weights and trades below 1e-6 become exactly zero, and what
    the sum lost thereby goes to the largest trades.
    """
    weights = np.empty(len(programme.current))
    said = optimise(*asked_of(programme), weights)
    relaxed = tuple(name for bit, name in _GIVEN_UP.items() if said & bit)
    return _explained(programme, weights, relaxed, _reason(programme, said, relaxed))


def asked_of(programme: Programme) -> Asked:
    """The programme as compiled code takes it."""
    return Asked(
        expected=_plain(programme.expected),
        covariance=_plain(programme.covariance),
        benchmark=_plain(programme.benchmark),
        current=_plain(programme.current),
        risk_aversion=float(programme.risk_aversion),
        cost_rate=float(programme.cost_rate),
        linear=_plain(programme.linear),
        impact=_plain(programme.impact),
        tax=_plain(programme.tax),
        lower=_plain(programme.lower),
        upper=_plain(programme.upper),
        trade_limit=_plain(programme.trade_limit),
        tracking_error_cap=float(programme.effective_tracking_error_cap),
        turnover_cap=float(programme.turnover_cap),
        evidence=float(programme.evidence),
    )


def _plain(values: np.ndarray) -> np.ndarray:
    # One type for all, or the compiler would start again for another one.
    return np.array(values, dtype=np.float64, order="C")


def broken_limits(bits: int) -> list[str]:
    """Names of what `models.weight_limits.violations` found broken."""
    return [name for place, name in enumerate(_BROKEN) if bits >> place & 1]


def _reason(programme: Programme, said: int, relaxed: tuple[str, ...]) -> str:
    notes = []
    if said & NOT_CONVERGED:
        notes.append("solver: not converged")
    refused = broken_limits(said // REFUSED)
    if refused:
        notes.append(f"solution refused: {', '.join(refused)}")
    if said & FILLED:
        return _line("bought up to the participation limit", list(relaxed))
    if said & HELD:
        held = "current weights held" if programme.current.any() else "benchmark weights"
        return _line(f"{held}: no trustworthy solution", notes)
    return _line(f"gave up {', '.join(relaxed)}" if relaxed else "optimal", notes)


def _line(reason: str, notes: list[str]) -> str:
    return f"{reason} ({'; '.join(notes)})" if notes else reason


def _explained(
    programme: Programme, weights: np.ndarray, relaxed: tuple[str, ...], reason: str
) -> OptimalWeights:
    traded = weights - programme.current
    size = np.abs(traded)
    tracking_error = programme.tracking_error(weights)
    view = programme.evidence * programme.expected
    return OptimalWeights(
        weights=weights,
        cash=max(1.0 - float(weights.sum()), 0.0),
        relaxed=relaxed,
        reason=reason,
        expected_benefit=float(view @ (weights - programme.benchmark)),
        spread_cost=float(programme.linear @ size),
        impact_cost=float(programme.impact @ size**1.5),
        tax_cost=float(programme.tax @ np.maximum(-traded, 0.0)),
        tracking_error=tracking_error,
        risk_penalty=programme.risk_aversion / 2.0 * tracking_error**2,
        turnover=programme.turnover(weights),
    )
