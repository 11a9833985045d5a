"""Baseline bond-to-sector mapping: ridge regression with heavy shrinkage, walk-forward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MappingConfig:
    """The baseline regression.

    Attributes:
        features: stress features that it reads.
        horizon: sessions ahead whose relative return is predicted.
        window: trailing sessions of training rows.
        min_rows: training rows that a sector needs before it gets a view.
        penalty: ridge penalty as a multiple of `window`. Features have about unit variance, so 1.0
            halves a coefficient that was estimated on a full window, and short histories shrink
            more.
        feature_cap: features are bounded to +- this many deviations, so that a crisis reading
            cannot extrapolate the regression beyond what it has seen.
    """

    features: tuple[str, ...] = ("credit_60", "rates_60")
    horizon: int = 60
    window: int = 2520
    min_rows: int = 504
    penalty: float = 1.0
    feature_cap: float = 3.0


@dataclass(frozen=True)
class View:
    """What the mapping expects at one decision.

    Attributes:
        expected: [N] expected log return over the benchmark across the horizon; zero without rows.
        contributions: [N x K] share of each feature in `expected`; rows sum to it.
        coefficients: [N x K] log return per standard deviation of stress.
        rows: [N] training rows behind each sector.
    """

    expected: np.ndarray
    contributions: np.ndarray
    coefficients: np.ndarray
    rows: np.ndarray


def forward_relative_returns(
    sector_prices: np.ndarray, benchmark_prices: np.ndarray, horizon: int
) -> np.ndarray:
    """Log return of each sector less the benchmark's over the next `horizon` rows, [T-h x N].

    Row s runs from the close of s to the close of s + horizon; NaN before a sector lists.
    """
    relative = np.log(sector_prices) - np.log(benchmark_prices)[:, None]
    return np.asarray(relative[horizon:] - relative[:-horizon])


def fit_view(
    features: np.ndarray,
    sector_prices: np.ndarray,
    benchmark_prices: np.ndarray,
    config: MappingConfig,
) -> View:
    """Fit on labels that ended before the decision and read the view at the last row.

    Ridge without intercept per sector (Hoerl & Kennard 1970, doi:10.1080/00401706.1970.10488634):
    beta = (X'X + penalty * window * I)^-1 X'y. No intercept means that a sector's past drift
    is not bet on. A label that starts at row s ends at s + horizon and is used only when that lies
    at least one session before the decision.

    Args:
        features: [T x K], row t known at the close of t; NaN rows are left out of training.
        sector_prices: [T x N] total-return closes; NaN before listing.
        benchmark_prices: [T] total-return closes.
        config: see MappingConfig.

    Returns:
        The view at the close of row T-1; all zeros where the last feature row has a NaN.
    """
    sectors, size = sector_prices.shape[1], features.shape[1]
    coefficients = np.zeros((sectors, size))
    rows = np.zeros(sectors, dtype=np.int64)
    known = len(features) - config.horizon - 1  # labels starting at 0..known-1 ended by T-2
    start = max(0, known - config.window)
    bounded = np.clip(features, -config.feature_cap, config.feature_cap)
    if known > start:
        labels = forward_relative_returns(
            sector_prices[start : known + config.horizon],
            benchmark_prices[start : known + config.horizon],
            config.horizon,
        )
        training = bounded[start:known]
        usable = np.isfinite(training).all(axis=1)
        ridge = config.penalty * config.window * np.eye(size)
        for sector in range(sectors):
            keep = usable & np.isfinite(labels[:, sector])
            rows[sector] = int(keep.sum())
            if rows[sector] >= config.min_rows:
                x, y = training[keep], labels[keep, sector]
                coefficients[sector] = np.linalg.solve(x.T @ x + ridge, x.T @ y)
    today = np.where(np.isfinite(bounded[-1]).all(), bounded[-1], 0.0)
    contributions = coefficients * today
    return View(contributions.sum(axis=1), contributions, coefficients, rows)
