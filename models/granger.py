"""Does the past of one series help to predict another beyond its own past?"""

from __future__ import annotations

import numpy as np
from scipy import stats


def granger_p(effect: np.ndarray, cause: np.ndarray, lags: int = 5) -> float:
    """p-value that `lags` past values of the cause add nothing to those of the effect.

    Granger (1969), doi:10.2307/1912791; chi-squared Wald test with White's heteroskedasticity-
    consistent covariance (HC0, doi:10.2307/1912934), because volatility clusters.

    Args:
        effect: [T] no NaN.
        cause: [T] no NaN.
        lags: of both.

    Raises:
        ValueError: fewer than ten rows a coefficient.
    """
    rows = len(effect) - lags
    if rows < 10 * (1 + 2 * lags):
        raise ValueError(f"{len(effect)} rows are too few for {lags} lags")
    past = [
        series[lags - k : len(series) - k] for series in (effect, cause) for k in range(1, lags + 1)
    ]
    design = np.column_stack([np.ones(rows), *past])
    outcome = effect[lags:]
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ outcome)
    residuals = outcome - design @ coefficients
    scores = design * residuals[:, None]
    covariance = inverse @ (scores.T @ scores) @ inverse
    tested = slice(1 + lags, None)
    wald = coefficients[tested] @ np.linalg.solve(covariance[tested, tested], coefficients[tested])
    return float(stats.chi2.sf(wald, lags))
