"""Optimal weights: solve, relax what cannot be met in a stated order, verify, explain."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from models.weight_cones import Limits, solve
from models.weight_programme import SUM_TOLERANCE, Programme

# A trade below this share of the portfolio is the solver's rounding, not a trade.
DUST = 1e-6
# Room in a bound or cap for that rounding, in weight or in annual tracking error.
TOLERANCE = 1e-5
# A relaxed tracking-error cap is the smallest reachable one and this much more, so that views and
# costs can still choose among what is left.
_SLACK = 1.001

TURNOVER, BOUNDS, TRACKING_ERROR = "turnover cap", "sector bounds", "tracking-error cap"
SOLVER = "solver"


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


# Numbers too large to square end as a refused solution.
@np.errstate(over="ignore", invalid="ignore")
def optimal_weights(programme: Programme) -> OptimalWeights:
    """Weights that maximise the programme, or come as near to it as its limits allow.

    Participation, long-only and no borrowing always hold. Where participation keeps the portfolio
    from being filled, every sector is bought up to its limit and the rest stays cash. Otherwise,
    when the limits cannot be met together, they are given up one after the other and stay given up:
    the turnover cap, the sector bounds, the tracking-error cap (replaced by the smallest tracking
    error within reach), and at last the optimisation itself: current weights are held, or the
    benchmark's as far as participation allows where nothing is held.

    A solution counts only when the solver calls it accurate and it passes an independent check of
    its sum, bounds and caps. Before that check the solver's rounding is cleaned: weights are moved
    into their bounds by at most 1e-5, weights and trades below 1e-6 become exactly zero, and what
    the sum lost thereby goes to the largest trades.
    """
    low, high = programme.reachable
    if high.sum() <= 1.0 or np.array_equal(low, high):
        return _filled(programme)
    notes: list[str] = []
    relaxed: list[str] = []
    for given_up, limits in _stages(programme):
        if given_up:
            relaxed.append(given_up)
        nearest = given_up == TRACKING_ERROR
        within = _nearest(programme, limits, notes) if nearest else limits
        weights = _attempt(programme, within, notes) if within else None
        if weights is not None:
            reason = f"gave up {', '.join(relaxed)}" if relaxed else "optimal"
            return _explained(programme, weights, tuple(relaxed), _line(reason, notes))
    held = "current weights held" if programme.current.any() else "benchmark weights"
    reason = _line(f"{held}: no trustworthy solution", notes)
    return _explained(programme, _held(programme), (*relaxed, SOLVER), reason)


def _stages(programme: Programme) -> Iterator[tuple[str, Limits]]:
    """What is given up at each stage, and the limits that are left."""
    free = np.full(len(programme.current), np.inf)
    full = Limits(
        total=1.0,
        tracking_error=programme.effective_tracking_error_cap,
        turnover=programme.turnover_cap,
        lower=programme.lower,
        upper=programme.upper,
    )
    yield "", full
    if math.isfinite(full.turnover):
        full = replace(full, turnover=math.inf)
        yield TURNOVER, full
    if (full.lower > 0.0).any() or (full.upper < 1.0).any():
        full = replace(full, lower=-free, upper=free)
        yield BOUNDS, full
    if math.isfinite(full.tracking_error):
        yield TRACKING_ERROR, replace(full, tracking_error=math.inf)


def _nearest(programme: Programme, limits: Limits, notes: list[str]) -> Limits | None:
    """The limits with the smallest reachable tracking error as cap.

    None where none is found: a solve without a cap would bet without bound just when something is
    wrong.
    """
    weights = _attempt(programme, limits, notes, risk_only=True)
    if weights is None:
        return None
    return replace(limits, tracking_error=_SLACK * programme.tracking_error(weights) + TOLERANCE)


def _attempt(
    programme: Programme, limits: Limits, notes: list[str], *, risk_only: bool = False
) -> np.ndarray | None:
    """Clean, verified weights, or None with a note why not."""
    solution = solve(programme, limits, risk_only=risk_only)
    if len(solution.statuses) > 1:
        notes.append(f"solver: {', '.join(solution.statuses)}")
    if solution.weights is None:
        return None
    weights = clean(programme, limits, solution.weights)
    broken = violations(programme, limits, weights)
    if broken:
        notes.append(f"solution refused: {', '.join(broken)}")
        return None
    return weights


def clean(programme: Programme, limits: Limits, solved: np.ndarray) -> np.ndarray:
    """Take the solver's rounding off weights [N]; more than rounding stays for the check."""
    physical_low, physical_high = programme.reachable
    low = np.maximum(physical_low, limits.lower)
    high = np.minimum(physical_high, limits.upper)
    inside = np.clip(solved, low, high)
    weights = np.where(np.abs(solved - inside) <= TOLERANCE, inside, solved)
    weights = np.where((np.abs(weights) < DUST) & (low <= 0.0), 0.0, weights)
    weights = np.where(np.abs(weights - programme.current) < DUST, programme.current, weights)
    trades = np.abs(weights - programme.current)
    lost = limits.total - float(weights.sum())
    if abs(lost) > len(weights) * TOLERANCE:
        return weights
    for sector in np.argsort(-trades, kind="stable"):
        if trades[sector] > 0.0 and low[sector] <= weights[sector] <= high[sector]:
            moved = float(np.clip(weights[sector] + lost, low[sector], high[sector]))
            lost -= moved - weights[sector]
            weights[sector] = moved
    return weights


def violations(programme: Programme, limits: Limits, weights: np.ndarray) -> list[str]:
    """Which limits weights [N] break by more than the tolerance; asked of every solution."""
    if not np.isfinite(weights).all():
        return ["weights not finite"]
    low, high = programme.reachable
    reachable = (weights >= low) & (weights <= high)
    within = (weights >= limits.lower - TOLERANCE) & (weights <= limits.upper + TOLERANCE)
    checks = {
        "sum of weights": abs(weights.sum() - limits.total) <= len(weights) * SUM_TOLERANCE,
        "participation or long-only": bool(reachable.all()),
        TURNOVER: programme.turnover(weights) <= limits.turnover + TOLERANCE,
        BOUNDS: bool(within.all()),
        TRACKING_ERROR: programme.tracking_error(weights) <= limits.tracking_error + TOLERANCE,
    }
    return [name for name, kept in checks.items() if not kept]


def _filled(programme: Programme) -> OptimalWeights:
    """Every sector at its participation limit: that does not fill the portfolio, or just does."""
    weights = programme.reachable[1]
    _, limits = next(iter(_stages(programme)))
    given_up = (TURNOVER, BOUNDS, TRACKING_ERROR)
    broken = violations(programme, limits, weights)
    relaxed = tuple(name for name in given_up if name in broken)
    reason = _line("bought up to the participation limit", list(relaxed))
    return _explained(programme, weights, relaxed, reason)


def _held(programme: Programme) -> np.ndarray:
    if programme.current.any():
        return programme.current
    return np.asarray(np.minimum(programme.benchmark, programme.trade_limit))


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
