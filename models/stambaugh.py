"""The small-sample bias of predictive slopes on a persistent predictor."""

from __future__ import annotations

import numpy as np


def slope_bias(one_period: np.ndarray, predictor: np.ndarray, horizon: int) -> np.ndarray:
    """Expected error of the slopes of sums of the next `horizon` returns, [N]; subtract it.

    Stambaugh (1999), doi:10.1016/S0304-405X(99)00041-0: where shocks to a persistent predictor move
    with the return, the slope inherits the bias of the predictor's own autocorrelation. For one
    period it is -(1 + 3 rho) / T times cov(u, v) / var(v) (Kendall 1954); for h overlapping periods
    -(h (1 + rho) + 2 rho (1 - rho^h) / (1 - rho)) / T (Boudoukh, Richardson & Whitelaw 2008,
    doi:10.1093/rfs/hhl042, equation 6), u and v being the residuals of the one-period regression
    and of the predictor's first-order autoregression. rho is corrected for its own bias and kept
    below one.

    Args:
        one_period: [T x N] return from row t - 1 to row t; row 0 is not used.
        predictor: [T] known at row t, no NaN.
        horizon: h.
    """
    rows = len(predictor)
    before, after = predictor[:-1], predictor[1:]
    design = np.column_stack([np.ones(rows - 1), before])
    inverse = np.linalg.pinv(design)
    autoregression = inverse @ after
    rho = float(autoregression[1])
    rho = min(rho + (1.0 + 3.0 * rho) / rows, 1.0 - 1.0 / rows)
    shocks = after - design @ autoregression
    residuals = one_period[1:] - design @ (inverse @ one_period[1:])
    with_shocks = (residuals * shocks[:, None]).sum(axis=0) / (shocks @ shocks)
    weight = horizon * (1.0 + rho) + 2.0 * rho * (1.0 - rho**horizon) / (1.0 - rho)
    return np.asarray(-weight / rows * with_shocks)
