"""What a predictor does to the tails of an outcome."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class QuantileSlope:
    """Slope of one quantile of the outcome on the predictor, with its t-value."""

    slope: float
    t_value: float


def quantile_slope(
    ahead: np.ndarray, predictor: np.ndarray, horizon: int, quantile: float
) -> QuantileSlope:
    """Quantile regression on rows a horizon apart, whose outcomes do not overlap.

    Koenker & Bassett (1978), doi:10.2307/1913643, by statsmodels, with its robust kernel
    (sandwich) error. Using every h-th row wastes data and keeps the error honest.

    Args:
        ahead: [T] outcome over the next `horizon` rows; NaN where not known.
        predictor: [T] known at the row.
        horizon: rows.
        quantile: in (0, 1), such as 0.1.

    Returns:
        NaN with fewer than 30 rows, or where the fit does not converge.
    """
    from statsmodels.regression.quantile_regression import QuantReg
    from statsmodels.tools.sm_exceptions import IterationLimitWarning

    rows = np.arange(0, len(ahead), horizon)
    rows = rows[np.isfinite(ahead[rows]) & np.isfinite(predictor[rows])]
    if len(rows) < 30:
        return QuantileSlope(math.nan, math.nan)
    design = np.column_stack([np.ones(len(rows)), predictor[rows]])
    with warnings.catch_warnings():
        warnings.simplefilter("error", IterationLimitWarning)
        try:
            fit = QuantReg(ahead[rows], design).fit(q=quantile, max_iter=2000)
        except IterationLimitWarning:
            return QuantileSlope(math.nan, math.nan)
    return QuantileSlope(float(fit.params[1]), float(fit.tvalues[1]))
