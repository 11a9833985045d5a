"""What is asked of the optimiser: views, risk, costs and limits of one rebalance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.compiled import compiled

# Weights that come from positions or a solver sum to one only up to rounding.
SUM_TOLERANCE = 1e-6
_RELATIVE_ROUNDING = 1e-8


@dataclass(frozen=True, kw_only=True)
class Programme:
    """The mean-variance-cost programme of one rebalance; N sectors, weights are fractions.

    maximise  e mu'w - lambda/2 a' Sigma a - rate * (sum l|d| + sum c|d|^1.5 + sum t max(-d, 0)),
    a = w - benchmark, d = w - current; Markowitz (1952) around a benchmark (Roll 1992,
    doi:10.3905/jpm.1992.701922) with the linear and 3/2-power costs of Boyd et al. (2017),
    doi:10.1561/2400000023, section 2.3. Costs are paid once and gains accrue, so costs are
    amortised over the expected holding: rate = 252 / sessions held.

    Evidence e scales the expected returns and the tracking-error cap alike, so that active risk is
    proportional to it whichever of the two binds: no signal, no bet. The cap does not fall below
    `idle_tracking_error`: at e = 0 views are ignored, a portfolio further from the benchmark than
    that is brought back within it, and inside it trades only where the saved risk pays for the
    trade (a no-trade region around the benchmark, which itself stays exactly).

    Attributes:
        expected: [N] annualised expected relative return.
        covariance: [N x N] annualised covariance of relative returns, symmetric, no negative
            eigenvalue. The market risk of cash is not in it.
        benchmark: [N] weights, non-negative, sum one.
        current: [N] weights held, non-negative, sum at most one; the rest is cash.
        risk_aversion: lambda, per unit of annualised active variance.
        cost_rate: a year's expected number of such rebalances, 252 / holding sessions.
        linear: [N] l, cost of a unit traded (half-spread, commission), a fraction.
        impact: [N] c: trading Q = |d| value dollars costs Y sigma sqrt(Q / ADV) of Q, which is
            Y sigma sqrt(value / ADV) |d|^1.5 of the portfolio; see models.rebalance_terms.
        tax: [N] t, tax due on a unit sold, a fraction; zero without gains. A negative one (a loss
            worth realising) would make the programme non-convex and is refused.
        tracking_error_cap: annualised, may be infinite.
        idle_tracking_error: annualised, tolerated without any evidence.
        turnover_cap: one-way, sum |d| / 2, may be infinite; filling a portfolio from cash is 0.5.
        lower, upper: [N] bounds on weights.
        trade_limit: [N] largest |d|, the participation limit; may be infinite.
        evidence: e, 0..1.

    Raises:
        ValueError: names the field that is not finite, misshapen or inconsistent.
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
    tracking_error_cap: float = math.inf
    idle_tracking_error: float = 0.005
    turnover_cap: float = math.inf
    evidence: float = 1.0

    def __post_init__(self) -> None:
        self._check_scalars()
        self._check_vectors()
        _check_covariance(self.covariance, len(self.expected))
        if abs(float(self.benchmark.sum()) - 1.0) > SUM_TOLERANCE:
            raise ValueError(f"benchmark must sum to one, not {self.benchmark.sum():.9g}")
        if self.current.sum() > 1.0 + SUM_TOLERANCE:
            raise ValueError(f"current must sum to at most one, not {self.current.sum():.9g}")
        crossed = np.nonzero(self.lower > self.upper)[0]
        if len(crossed):
            raise ValueError(f"lower exceeds upper in position {crossed[0]}")

    def _check_scalars(self) -> None:
        for name in ("risk_aversion", "idle_tracking_error"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        if not 0 <= self.cost_rate < math.inf:
            raise ValueError(f"cost_rate must be non-negative and finite, not {self.cost_rate}")
        if not self.tracking_error_cap > 0:
            raise ValueError(f"tracking_error_cap must be positive, not {self.tracking_error_cap}")
        if not self.turnover_cap >= 0:
            raise ValueError(f"turnover_cap must be non-negative, not {self.turnover_cap}")
        if not 0 <= self.evidence <= 1:
            raise ValueError(f"evidence must lie in 0..1, not {self.evidence}")

    def _check_vectors(self) -> None:
        size = len(self.expected)
        non_negative = ("benchmark", "current", "linear", "impact", "tax", "trade_limit")
        for name in ("expected", *non_negative, "lower", "upper"):
            values = getattr(self, name)
            if values.shape != (size,) or size == 0:
                raise ValueError(f"{name} must have shape ({size},), not {values.shape}")
            bounded = values[values < math.inf] if name == "trade_limit" else values
            # An infinite trade limit means none; NaN is never smaller and is kept out here.
            if np.isnan(values).any() or not np.isfinite(bounded).all():
                raise ValueError(f"{name} must be finite, not {values}")
            if name in non_negative and (values < 0).any():
                raise ValueError(f"{name} must not be negative, not {values}")

    @property
    def effective_tracking_error_cap(self) -> float:
        """The cap after evidence: e * cap, at least the idle tracking error, at most the cap.

        Without a cap there is none at any evidence; only the expected returns are scaled then.
        """
        return effective_cap(
            float(self.tracking_error_cap), float(self.evidence), float(self.idle_tracking_error)
        )

    @property
    def reachable(self) -> tuple[np.ndarray, np.ndarray]:
        """[N] smallest and largest weights that participation, long-only and cash allow."""
        return (
            np.maximum(self.current - self.trade_limit, 0.0),
            np.minimum(self.current + self.trade_limit, 1.0),
        )

    def tracking_error(self, weights: np.ndarray) -> float:
        """Annualised tracking error of weights [N], a fraction."""
        active = weights - self.benchmark
        return math.sqrt(max(float(active @ self.covariance @ active), 0.0))

    def turnover(self, weights: np.ndarray) -> float:
        """One-way turnover from the current weights to weights [N]."""
        return float(np.abs(weights - self.current).sum()) / 2.0


@compiled
def effective_cap(cap: float, evidence: float, idle: float) -> float:
    """`Programme.effective_tracking_error_cap` of numbers."""
    if math.isinf(cap):
        return cap
    return min(cap, max(evidence * cap, idle))


def _check_covariance(covariance: np.ndarray, size: int) -> None:
    if covariance.shape != (size, size):
        raise ValueError(f"covariance must have shape ({size}, {size}), not {covariance.shape}")
    if not np.isfinite(covariance).all():
        raise ValueError("covariance must be finite")
    scale = float(np.abs(covariance).max())
    if np.abs(covariance - covariance.T).max() > _RELATIVE_ROUNDING * scale:
        raise ValueError("covariance must be symmetric")
    lowest = float(np.linalg.eigvalsh(covariance)[0])
    if lowest < -_RELATIVE_ROUNDING * scale:
        raise ValueError(f"covariance must have no negative eigenvalue, not {lowest:.3g}")
