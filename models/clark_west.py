"""Out-of-sample forecasts against the mean of the past."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class OutOfSample:
    """Forecasts by a predictor against the expanding mean.

    Attributes:
        r2_pct: 100 (1 - squared errors over those of the mean), Campbell & Thompson (2008).
        p_value: one-sided, that the predictor adds nothing.
        forecasts: how many.
    """

    r2_pct: float
    p_value: float
    forecasts: int


def out_of_sample(
    ahead: np.ndarray, predictor: np.ndarray, horizon: int, min_rows: int = 756
) -> OutOfSample:
    """Forecast each outcome from what was known, with expanding least squares.

    The forecast at row t is fitted on rows whose outcome had ended by t, that is up to t - horizon.
    The test is that of Clark & West (2007), doi:10.1016/j.jeconom.2006.05.023: squared errors are
    adjusted for the noise of estimating a slope that is zero; its error is Newey-West with
    `horizon` lags, because outcomes overlap.

    Args:
        ahead: [T] outcome over (t, t + horizon], NaN at the end where it is not known.
        predictor: [T] known at row t, no NaN.
        horizon: rows.
        min_rows: outcomes before the first forecast.

    Returns:
        NaN figures where there are fewer than three horizons of forecasts.
    """
    known = np.flatnonzero(np.isfinite(ahead))
    last = int(known[-1]) + 1 if len(known) else 0
    x, y = predictor[:last], ahead[:last]
    counts = np.arange(1, last + 1, dtype=np.float64)
    sums = [np.cumsum(v) for v in (x, y, x * x, x * y)]
    rows = np.arange(min_rows + horizon - 1, last)
    if len(rows) < 3 * horizon:
        return OutOfSample(math.nan, math.nan, max(len(rows), 0))
    fit = rows - horizon
    n, (sx, sy, sxx, sxy) = counts[fit], (total[fit] for total in sums)
    slope = (sxy - sx * sy / n) / (sxx - sx * sx / n)
    mean = sy / n
    forecast = mean + slope * (x[rows] - sx / n)
    naive_error, error = y[rows] - mean, y[rows] - forecast
    adjusted = naive_error**2 - (error**2 - (forecast - mean) ** 2)
    centred = adjusted - adjusted.mean()
    variance = float(centred @ centred)
    for lag in range(1, horizon + 1):
        weight = 1.0 - lag / (horizon + 1.0)
        variance += 2.0 * weight * float(centred[lag:] @ centred[:-lag])
    statistic = float(adjusted.sum()) / math.sqrt(max(variance, 1e-300))
    return OutOfSample(
        r2_pct=100.0 * (1.0 - float(error @ error) / float(naive_error @ naive_error)),
        p_value=float(special.ndtr(-statistic)),
        forecasts=len(rows),
    )
