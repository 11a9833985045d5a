"""What a decision is made from: its configuration, what is known and what is held."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from models.costs import CostConfig
from models.mapping import MappingConfig
from models.risk_inputs import MIN_STYLE_SESSIONS
from models.transition import TransitionConfig


@dataclass(frozen=True)
class CoreConfig:
    """Everything that the decision depends on besides data.

    Attributes:
        mapping: the bond-to-sector regression.
        costs: what trading costs; the same figures that the simulated broker charges.
        tracking_error_budget_pct: annualised, percent, at full evidence.
        risk_aversion: per unit of annualised active variance.
        max_active_weight: largest distance of a sector from its benchmark weight.
        max_turnover: largest one-way turnover of one decision.
        transition: how fast to move.
        style_window: trailing sessions of the style analysis and the covariance; also the history
            that a sector needs before it can be held. Where the oldest sector has less, all of its
            history is used, down to 63 sessions.
    """

    mapping: MappingConfig = field(default_factory=MappingConfig)
    costs: CostConfig = field(default_factory=CostConfig)
    tracking_error_budget_pct: float = 3.0
    risk_aversion: float = 5.0
    max_active_weight: float = 0.25
    max_turnover: float = 0.5
    transition: TransitionConfig = field(default_factory=TransitionConfig)
    style_window: int = 252

    def __post_init__(self) -> None:
        for name in ("tracking_error_budget_pct", "risk_aversion"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        for name in ("max_active_weight", "max_turnover"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0..1 and not be 0, not {getattr(self, name)}")
        if self.style_window < MIN_STYLE_SESSIONS:
            raise ValueError(
                f"style_window must be {MIN_STYLE_SESSIONS} or more, not {self.style_window}"
            )


@dataclass(frozen=True)
class History:
    """What is known at the close of the last row; T sessions, N sectors, K features.

    Attributes:
        tickers: [N] sector names.
        sector_prices: [T x N] total-return closes; NaN before listing.
        benchmark_prices: [T] total-return closes.
        features: [T x K] stress features named in MappingConfig.features; NaN where unknown.
        adv_dollars: [N] trailing mean dollar volume; NaN before listing.
        volatility: [N] trailing daily standard deviation of returns; NaN before listing.
    """

    tickers: tuple[str, ...]
    sector_prices: np.ndarray
    benchmark_prices: np.ndarray
    features: np.ndarray
    adv_dollars: np.ndarray
    volatility: np.ndarray


@dataclass(frozen=True)
class Holdings:
    """What is held at the decision.

    Attributes:
        weights: [N] shares of what is to be invested, non-negative; all zero before the portfolio
            is built. The sum may differ from one by what prices did to the cash buffer.
        value: of the portfolio, dollars.
    """

    weights: np.ndarray
    value: float
