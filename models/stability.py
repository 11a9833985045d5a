"""Is a slope the same throughout? The Nyblom-Hansen test."""

from __future__ import annotations

import math

import numpy as np
from scipy import special


def slope_stability_p(outcome: np.ndarray, predictor: np.ndarray, lags: int) -> float:
    """p-value that the slope of outcome on a constant and the predictor never changed.

    Hansen (1992), "Testing for parameter instability in linear models", Journal of Policy Modeling
    14(4), doi:10.1016/0161-8938(92)90019-9: L = sum of squared partial sums of the slope's scores
    over T^2 V, V being their long-run variance (Bartlett kernel with `lags`, for outcomes that
    overlap). Under stability L has the Cramer-von Mises distribution; a random walk or a break of
    the slope makes it large.

    Args:
        outcome: [T] no NaN.
        predictor: [T] no NaN.
        lags: of the kernel.
    """
    rows = len(outcome)
    design = np.column_stack([np.ones(rows), predictor])
    residuals = outcome - design @ (np.linalg.pinv(design) @ outcome)
    scores = (predictor - predictor.mean()) * residuals
    variance = float(scores @ scores)
    for lag in range(1, lags + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1.0)) * float(scores[lag:] @ scores[:-lag])
    statistic = float((scores.cumsum() ** 2).sum()) / (rows * max(variance, 1e-300))
    return cramer_von_mises_sf(statistic)


def cramer_von_mises_sf(statistic: float) -> float:
    """Probability that the integral of a squared Brownian bridge exceeds the statistic.

    Anderson & Darling (1952), doi:10.1214/aoms/1177729437, equation 4.35.
    """
    if statistic <= 0.0:
        return 1.0
    total = 0.0
    for j in range(20):
        power = (4 * j + 1) ** 2 / (16.0 * statistic)
        weight = math.gamma(j + 0.5) / (math.gamma(0.5) * math.factorial(j))
        total += weight * math.sqrt(4 * j + 1) * math.exp(-power) * float(special.kv(0.25, power))
    return min(max(1.0 - total / (math.pi * math.sqrt(statistic)), 0.0), 1.0)
