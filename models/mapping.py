"""Bond-to-sector mapping: Bayesian linear regression with heavy shrinkage, walk-forward."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.bayesian_linear import Moments, moments, posterior
from models.compiled import compiled


@dataclass(frozen=True)
class MappingConfig:
    """The regression; docs/decisions/0006 says what it was compared with.

    Attributes:
        features: stress features that it reads.
        horizon: sessions ahead whose relative return is predicted and acted on.
        other_horizons: further horizons that are predicted for the record.
        window: trailing sessions of training rows.
        min_rows: training rows that a sector needs before it gets a view.
        penalty: weight of the prior (no effect) as a multiple of `window` rows. Features have
            about unit variance, so 1.0 halves a coefficient that was estimated on a full window,
            and short histories shrink more.
        feature_cap: features are bounded to +- this many deviations, so that a crisis reading
            cannot extrapolate the regression beyond what it has seen.
    """

    features: tuple[str, ...] = ("credit_60", "rates_60")
    horizon: int = 60
    other_horizons: tuple[int, ...] = (20, 40)
    window: int = 2520
    min_rows: int = 504
    penalty: float = 1.0
    feature_cap: float = 3.0

    def __post_init__(self) -> None:
        positive = ("horizon", "window", "min_rows", "penalty", "feature_cap")
        for name in positive:
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        if not self.features or "" in self.features:
            raise ValueError("features must name at least one stress feature")


@dataclass(frozen=True)
class View:
    """What the mapping expects at one decision over one horizon.

    Attributes:
        expected: [N] expected log return over the benchmark; zero without enough rows.
        deviation: [N] posterior standard deviation of `expected` (not of the return itself).
        contributions: [N x K] share of each feature in `expected`; rows sum to it.
        coefficients: [N x K] log return per standard deviation of stress.
        coefficient_deviations: [N x K] their posterior standard deviations.
        rows: [N] training rows behind each sector.
    """

    expected: np.ndarray
    deviation: np.ndarray
    contributions: np.ndarray
    coefficients: np.ndarray
    coefficient_deviations: np.ndarray
    rows: np.ndarray


def forward_relative_returns(relative_log: np.ndarray, horizon: int) -> np.ndarray:
    """Log return of each sector less the benchmark's over the next `horizon` rows, [T-h x N].

    `relative_log` [T x N] is the log price of each sector less the benchmark's. Row s runs from the
    close of s to the close of s + horizon; NaN before a sector lists.
    """
    return np.asarray(relative_log[horizon:] - relative_log[:-horizon])


def fit_view(
    features: np.ndarray, relative_log: np.ndarray, config: MappingConfig, horizon: int
) -> View:
    """Fit on labels that ended before the decision and read the view at the last row.

    Each sector's coefficients are the posterior of a normal prior around zero, which is ridge
    regression without intercept (Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634): a
    sector's past drift is not bet on. A label that starts at row s ends at s + horizon and is used
    only when that lies at least one session before the decision.

    Args:
        features: [T x K], row t known at the close of t; NaN rows are left out of training.
        relative_log: [T x N] log price of each sector less the benchmark's; NaN before listing.
        config: see MappingConfig.
        horizon: sessions ahead.

    Returns:
        The view at the close of row T-1; all zeros where the last feature row has a NaN.
    """
    data, today = training_moments(features, relative_log, config, horizon)
    enough = data.rows >= config.min_rows
    prior = np.zeros_like(data.products)
    fit = posterior(data, prior, config.penalty * config.window, horizon)
    coefficients = np.where(enough[:, None], fit.means, 0.0)
    covariances = np.where(enough[:, None, None], fit.covariances, 0.0)
    expected, deviation = read_view(coefficients, covariances, today)
    return View(
        expected=expected,
        deviation=deviation,
        contributions=coefficients * today,
        coefficients=coefficients,
        coefficient_deviations=np.sqrt(np.diagonal(covariances, axis1=1, axis2=2)),
        rows=data.rows,
    )


def model_rows(
    features: np.ndarray,
    sector_prices: np.ndarray,
    benchmark_prices: np.ndarray,
    config: MappingConfig,
) -> tuple[np.ndarray, np.ndarray]:
    """What the models look back on; a long history would be read for nothing.

    Args:
        features: [T x K] stress features.
        sector_prices: [T x N] total-return closes; NaN before listing.
        benchmark_prices: [T] total-return closes.
        config: window and horizons.

    Returns:
        The last rows of the features, and of the sectors' log prices less the benchmark's.
    """
    recent = slice(-(config.window + max(config.horizon, *config.other_horizons) + 1), None)
    relative = np.log(sector_prices[recent])
    relative -= np.log(benchmark_prices[recent])[:, None]
    return features[recent], relative


def training_moments(
    features: np.ndarray, relative_log: np.ndarray, config: MappingConfig, horizon: int
) -> tuple[Moments, np.ndarray]:
    """What the regression needs of its rows, and the features [K] that its view is read at.

    Arguments as in `fit_view`; the features are zeros where the last row has a NaN.
    """
    bounded = np.clip(features, -config.feature_cap, config.feature_cap)
    today = np.where(np.isfinite(bounded[-1]).all(), bounded[-1], 0.0)
    rows, labels = _training(bounded, relative_log, config, horizon)
    return moments(rows, labels), today


@compiled
def read_view(
    coefficients: np.ndarray, covariances: np.ndarray, today: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Expected [N] and deviation [N] of a View from coefficients [N x K] and today's features."""
    sectors, size = coefficients.shape
    expected, deviation = np.zeros(sectors), np.zeros(sectors)
    for sector in range(sectors):
        variance = 0.0
        for row in range(size):
            expected[sector] += coefficients[sector, row] * today[row]
            for column in range(size):
                variance += today[row] * covariances[sector, row, column] * today[column]
        deviation[sector] = math.sqrt(max(variance, 0.0))
    return expected, deviation


def _training(
    bounded: np.ndarray, relative_log: np.ndarray, config: MappingConfig, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Features [R x K] without NaN, and labels [R x N], of the rows that may be learned from."""
    known = len(bounded) - horizon - 1  # labels starting at 0..known-1 ended by T-2
    start = max(0, known - config.window)
    if known <= start:
        return np.empty((0, bounded.shape[1])), np.empty((0, relative_log.shape[1]))
    labels = forward_relative_returns(relative_log[start : known + horizon], horizon)
    rows = bounded[start:known]
    finite = np.isfinite(rows)
    if finite.all():
        return rows, labels
    usable = finite.all(axis=1)
    return rows[usable], labels[usable]
