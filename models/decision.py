"""The decision core: from what is known at a close to target weights, as one pure function.

The Backtrader strategy, sweeps and the paper desk all call `decide`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from models.exposures import stress_betas
from models.mapping import MappingConfig, View, fit_view, view_reliability
from models.style import style_residual_pct, style_weights
from models.weights import relative_covariance, tilt, tracking_error_pct

MIN_STYLE_SESSIONS = 63
# Non-overlapping rows behind a beta: two years of 60-session changes.
MIN_BETA_ROWS = 8


@dataclass(frozen=True)
class CoreConfig:
    """Everything that the decision depends on besides data.

    Attributes:
        mapping: the bond-to-sector regression.
        tracking_error_budget_pct: annualised, percent.
        risk_aversion: per unit of annualised active variance.
        style_window: trailing sessions of the style analysis and the covariance; also the history
            that a sector needs before it can be held. Where the oldest sector has less, all of its
            history is used, down to 63 sessions.
        covariance_shrinkage: intensity toward the diagonal, 0..1.
    """

    mapping: MappingConfig = field(default_factory=MappingConfig)
    tracking_error_budget_pct: float = 3.0
    risk_aversion: float = 5.0
    style_window: int = 252
    covariance_shrinkage: float = 0.5

    def __post_init__(self) -> None:
        for name in ("tracking_error_budget_pct", "risk_aversion"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        if self.style_window < MIN_STYLE_SESSIONS:
            raise ValueError(
                f"style_window must be {MIN_STYLE_SESSIONS} or more, not {self.style_window}"
            )
        if not 0 <= self.covariance_shrinkage <= 1:
            raise ValueError(
                f"covariance_shrinkage must lie in 0..1, not {self.covariance_shrinkage}"
            )


@dataclass(frozen=True)
class History:
    """What is known at the close of the last row; T sessions, N sectors, K features.

    Attributes:
        tickers: [N] sector names.
        sector_prices: [T x N] total-return closes; NaN before listing.
        benchmark_prices: [T] total-return closes.
        features: [T x K] stress features named in MappingConfig.features; NaN where unknown.
    """

    tickers: tuple[str, ...]
    sector_prices: np.ndarray
    benchmark_prices: np.ndarray
    features: np.ndarray


@dataclass(frozen=True)
class Decision:
    """Target weights with their reasons; arrays are [N], zero for sectors not held yet.

    Attributes:
        tickers: sector names.
        target_weights: non-negative, sum one.
        benchmark_weights: style-analysis weights, non-negative, sum one.
        view: expected relative returns, their intervals, contributions and coefficients.
        other_views: the same over other horizons, by sessions; for the record, not acted on.
        reliability: 0..1, how much of such forecasts came true on held-out blocks of the past.
        betas, beta_errors: [N x K] sensitivity to contemporaneous stress changes and its
            Newey-West error; NaN where unknown or where a feature is no change.
        tracking_error_pct: ex-ante, annualised.
        style_residual_pct: annualised deviation of the benchmark from its style portfolio.
        reason: one line for the record.
    """

    tickers: tuple[str, ...]
    target_weights: np.ndarray
    benchmark_weights: np.ndarray
    view: View
    other_views: dict[int, View]
    reliability: float
    betas: np.ndarray
    beta_errors: np.ndarray
    tracking_error_pct: float
    style_residual_pct: float
    reason: str


def decide(history: History, config: CoreConfig) -> Decision:
    """Decide at the close of the history's last row.

    A sector takes part once it has `style_window` returns, or as many as the oldest has. Before the
    mapping has enough labels the target is the benchmark's weights, and `reason` says so.

    Raises:
        ValueError: no sector has 63 returns yet.
    """
    available = np.isfinite(history.sector_prices[::-1])
    # Sessions since the last gap, that is since listing.
    returns = np.where(available.all(axis=0), len(available), available.argmin(axis=0)) - 1
    window = min(config.style_window, int(returns.max()))
    if window < MIN_STYLE_SESSIONS:
        raise ValueError(
            f"the decision core needs {MIN_STYLE_SESSIONS} returns of at least one sector and has "
            f"{max(window, 0)}; start later"
        )
    held = returns >= window
    prices = history.sector_prices[-window - 1 :]
    benchmark = history.benchmark_prices[-window - 1 :]
    benchmark_returns = benchmark[1:] / benchmark[:-1] - 1.0
    sector_returns = prices[1:, held] / prices[:-1, held] - 1.0

    style = style_weights(benchmark_returns, sector_returns)
    mapping = config.mapping
    # Only what the models look back on; a long history would be read for nothing.
    recent = slice(-(mapping.window + max(mapping.horizon, *mapping.other_horizons) + 1), None)
    features = history.features[recent]
    relative = np.log(history.sector_prices[recent])
    relative -= np.log(history.benchmark_prices[recent])[:, None]
    view = fit_view(features, relative, mapping, mapping.horizon)
    betas, beta_errors = _exposures(features, relative, mapping)
    covariance = relative_covariance(sector_returns, benchmark_returns, config.covariance_shrinkage)
    target = tilt(
        style,
        view.expected[held],
        view.rows[held] >= mapping.min_rows,
        covariance,
        config.tracking_error_budget_pct,
        config.risk_aversion,
        mapping.horizon,
    )
    return Decision(
        tickers=history.tickers,
        target_weights=_spread(target, held),
        benchmark_weights=_spread(style, held),
        view=view,
        other_views={
            span: fit_view(features, relative, mapping, span) for span in mapping.other_horizons
        },
        reliability=view_reliability(features, relative, mapping),
        betas=betas,
        beta_errors=beta_errors,
        tracking_error_pct=tracking_error_pct(target - style, covariance),
        style_residual_pct=style_residual_pct(benchmark_returns, sector_returns, style),
        reason=_reason(view, features[-1], mapping),
    )


def _exposures(
    features: np.ndarray, relative_log: np.ndarray, config: MappingConfig
) -> tuple[np.ndarray, np.ndarray]:
    """[N x K] betas to the contemporaneous stress changes among the features, and their errors."""
    shape = (relative_log.shape[1], len(config.features))
    betas, errors = np.full(shape, np.nan), np.full(shape, np.nan)
    for column, name in enumerate(config.features):
        span = name.rpartition("_")[2]
        if span.isdigit():
            betas[:, column], errors[:, column] = stress_betas(
                features[:, column], relative_log, int(span), config.window, MIN_BETA_ROWS
            )
    return betas, errors


def _spread(weights: np.ndarray, held: np.ndarray) -> np.ndarray:
    """[held] -> [N] with zeros elsewhere."""
    full = np.zeros(len(held))
    full[held] = weights
    return full


def _reason(view: View, today: np.ndarray, config: MappingConfig) -> str:
    if not np.isfinite(today).all():
        missing = [
            name
            for name, value in zip(config.features, today, strict=True)
            if not np.isfinite(value)
        ]
        return f"benchmark weights: {', '.join(missing)} not available"
    best = int(view.rows.max(initial=0))
    if best < config.min_rows:
        return f"benchmark weights: {best} of {config.min_rows} training rows"
    return f"view from {best} training rows"
