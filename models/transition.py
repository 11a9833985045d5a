"""When and how fast to move from what is held to what is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.costs import slicing_factor
from models.transition_choice import (
    FIXED,
    HELD,
    NET_BENEFIT,
    NOTHING,
    PARTICIPATION,
    SESSIONS_PER_YEAR,
    choose_parts,
)

_REASONS = {
    NOTHING: "nothing to trade",
    HELD: "held: the move does not pay within the horizon",
    FIXED: "fixed at {} sessions",
    PARTICIPATION: "{} sessions by participation",
    NET_BENEFIT: "{} sessions by net benefit",
}


@dataclass(frozen=True)
class TransitionConfig:
    """How transitions are planned; docs/decisions/0007 says what was compared.

    Attributes:
        max_sessions: longest transition; a month's, because the next decision plans anew.
        session_dollars: what one more session of trading costs the desk: its time, and that a
            transition may be interrupted. It counts in the choice and is not charged.
        fixed_sessions: 0 chooses the number of sessions; n trades n equal parts whatever the
            benefit, as a schedule to compare with.
    """

    max_sessions: int = 20
    session_dollars: float = 100.0
    fixed_sessions: int = 0

    def __post_init__(self) -> None:
        if self.max_sessions < 1:
            raise ValueError(f"max_sessions must be 1 or more, not {self.max_sessions}")
        if not 0 <= self.session_dollars < math.inf:
            raise ValueError(
                f"session_dollars must be non-negative and finite, not {self.session_dollars}"
            )
        if not 0 <= self.fixed_sessions <= self.max_sessions:
            raise ValueError(
                f"fixed_sessions must lie in 0..max_sessions ({self.max_sessions}), "
                f"not {self.fixed_sessions}"
            )


@dataclass(frozen=True, kw_only=True)
class Move:
    """A move and what it is for; N sectors, weights are fractions, rates annual.

    Attributes:
        current, target, benchmark: [N] weights.
        expected: [N] annualised expected relative return at the decision.
        covariance: [N x N] annualised covariance of relative returns.
        risk_aversion: per unit of annualised active variance.
        linear: [N] cost of a unit traded, a fraction.
        impact: [N] c: a trade of d in one session costs c |d|^1.5 of the portfolio.
        impact_memory, permanent_share: of the pressure of earlier sessions, see models.costs.
        session_cost: of trading in one more session at all, a fraction; counts in the choice only.
        session_limit: [N] largest |d| of one session (participation); may be infinite.
        half_life: sessions in which the expected return falls by half; may be infinite.
        horizon: sessions over which the move must pay.
        required: what is held breaks a limit, so that staying is no choice.
    """

    current: np.ndarray
    target: np.ndarray
    benchmark: np.ndarray
    expected: np.ndarray
    covariance: np.ndarray
    risk_aversion: float
    linear: np.ndarray
    impact: np.ndarray
    impact_memory: float
    permanent_share: float
    session_cost: float
    session_limit: np.ndarray
    half_life: float
    horizon: int
    required: bool = False

    def __post_init__(self) -> None:
        size = len(self.current)
        vectors = ("target", "benchmark", "expected", "linear", "impact", "session_limit")
        for name in ("current", *vectors):
            values = getattr(self, name)
            if values.shape != (size,) or np.isnan(values).any():
                raise ValueError(f"{name} must have shape ({size},) and no NaN, not {values}")
        if self.covariance.shape != (size, size) or not np.isfinite(self.covariance).all():
            raise ValueError(f"covariance must be finite and of shape ({size}, {size})")
        if not self.half_life > 0 or self.horizon < 1:
            raise ValueError(
                f"half_life and horizon must be positive, not {self.half_life}, {self.horizon}"
            )


@dataclass(frozen=True)
class TransitionPlan:
    """What was planned; gains and costs in basis points of the portfolio over the horizon.

    Attributes:
        path: [S x N] weights by session, the last being the target; [0 x N] holds.
        parts: [S] share of the move that each session trades, summing to one.
        expected_benefit_bps: of the path over staying: expected return with its decay, less the
            charge for active risk.
        expected_cost_bps: spread, commission and impact of the path.
        break_even_sessions: from the decision until the benefit has paid the cost; infinite where
            the horizon is too short for it.
        reason: one line for the record.
    """

    path: np.ndarray
    parts: np.ndarray
    expected_benefit_bps: float
    expected_cost_bps: float
    break_even_sessions: float
    reason: str

    @property
    def sessions(self) -> int:
        """Number of sessions traded; 0 holds."""
        return len(self.path)


def plan_transition(move: Move, config: TransitionConfig) -> TransitionPlan:
    """The number of sessions, and the path, with the largest benefit net of cost.

    The move d = target - current is traded along a line, x_s = x_0 + p_s d. Each session earns
    (e^(-k s) mu'x - lambda/2 a' Sigma a) / 252 with a = x - benchmark and a decay k = ln 2 / half
    life, and costs l'|d| dp + sum c |d|^1.5 dp sqrt(m) + f; dp is the part traded, m what presses
    on the price of it and of the sessions before (`models.costs`), f the cost of a session. For
    every number of sessions S up to `max_sessions` the parts fall geometrically at the rate of
    Garleanu & Pedersen (2013), "Dynamic Trading with Predictable Returns and Transaction Costs",
    doi:10.1111/jofi.12080, proposition 3 (models.transition_choice), scaled to end at the target; S
    is chosen for the largest net benefit over the horizon. Nothing is traded where no S pays (the
    no-trade region of Davis & Norman 1990, doi:10.1287/moor.15.4.676). The participation limit is
    a lower bound on S with equal parts; where even `max_sessions` do not suffice the longest
    transition is taken and the broker's limit does the rest.
    """
    parts, why = choose_parts(
        np.asarray(move.current, dtype=np.float64),
        np.asarray(move.target, dtype=np.float64),
        np.asarray(move.benchmark, dtype=np.float64),
        np.asarray(move.expected, dtype=np.float64),
        np.ascontiguousarray(move.covariance, dtype=np.float64),
        float(move.risk_aversion),
        np.asarray(move.linear, dtype=np.float64),
        np.asarray(move.impact, dtype=np.float64),
        float(move.impact_memory),
        float(move.permanent_share),
        float(move.session_cost),
        np.asarray(move.session_limit, dtype=np.float64),
        float(move.half_life),
        int(move.horizon),
        bool(move.required),
        config.max_sessions,
        config.fixed_sessions,
    )
    return _plan(move, parts, _REASONS[why].format(len(parts)))


def _benefits(move: Move, progress: np.ndarray) -> np.ndarray:
    """[... x horizon] benefit of each session over staying, fractions.

    `progress` [... x sessions] is the share of the move that is held over each session.
    """
    traded = move.target - move.current
    progress = progress[..., : move.horizon]
    decay = 0.5 ** (np.arange(1, move.horizon + 1) / move.half_life)
    start = move.covariance @ (move.current - move.benchmark)
    risk = progress * 2.0 * float(traded @ start)
    risk += progress**2 * float(traded @ move.covariance @ traded)
    gain = decay * progress * float(move.expected @ traded)
    return np.asarray((gain - move.risk_aversion / 2.0 * risk) / SESSIONS_PER_YEAR)


def _cost(move: Move, parts: np.ndarray) -> float:
    size = np.abs(move.target - move.current)
    factor = slicing_factor(parts, move.impact_memory, move.permanent_share)
    linear = float(move.linear @ size) * float(parts.sum())
    return linear + float(move.impact @ size**1.5) * factor


def _plan(move: Move, parts: np.ndarray, reason: str) -> TransitionPlan:
    path = move.current + np.cumsum(parts)[:, None] * (move.target - move.current)
    if len(path):
        path[-1] = move.target
    progress = np.full(max(move.horizon, len(parts)), float(len(parts) > 0))
    progress[: len(parts)] = np.cumsum(parts)
    benefits, cost = _benefits(move, progress), _cost(move, parts)
    paid = np.flatnonzero(np.cumsum(benefits) >= cost) if len(parts) else np.empty(0)
    return TransitionPlan(
        path=path,
        parts=parts,
        expected_benefit_bps=1e4 * float(benefits.sum()),
        expected_cost_bps=1e4 * cost,
        break_even_sessions=float(paid[0] + 1) if len(paid) else math.inf,
        reason=reason,
    )
