"""Standard errors of long-horizon predictive regressions that overlap."""

from __future__ import annotations

import numpy as np


def hodrick_errors(
    one_period: np.ndarray, predictor: np.ndarray, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of sums of the next `horizon` returns on a predictor, with errors under the null.

    Hodrick (1992), "Dividend Yields and Expected Stock Returns", doi:10.1093/rfs/5.3.351, method
    1B: instead of summing residuals, which overlap, the regressors are summed backwards. The
    variance is Z^-1 S Z^-1 with Z = sum x x' and S = sum e(t+1)^2 (sum of the last h x)(...)', e
    being demeaned one-period returns: valid where nothing is predictable, and far better sized at
    long horizons than Newey-West (Ang & Bekaert 2007, doi:10.1093/rfs/hhl021).

    Args:
        one_period: [T x N] return from row t - 1 to row t; row 0 is not used.
        predictor: [T] known at row t, no NaN.
        horizon: h, rows ahead.

    Returns:
        slopes [N] and standard errors [N], on a constant and the predictor.

    Raises:
        ValueError: fewer than 3 h rows, or a value that is not finite.
    """
    rows = len(predictor)
    if rows < 3 * horizon or not np.isfinite(predictor).all():
        raise ValueError(f"{rows} rows with a predictor are too few for horizon {horizon}")
    total = np.concatenate([np.zeros((1, one_period.shape[1])), one_period[1:].cumsum(axis=0)])
    ahead = total[horizon:] - total[:-horizon]
    design = np.column_stack([np.ones(rows), predictor])
    used = design[: rows - horizon]
    inverse = np.linalg.inv(used.T @ used)
    slopes = (inverse @ (used.T @ ahead))[1]
    summed = np.concatenate([np.zeros((1, 2)), design.cumsum(axis=0)])
    # Row t: the last h regressors, which meet the return from t to t + 1.
    backwards = summed[horizon:rows] - summed[: rows - horizon]
    residuals = one_period[horizon:] - one_period[1:].mean(axis=0)
    # sum over t of e^2 (b b'), for every column at once.
    outer = backwards[:, :, None] * backwards[:, None, :]
    meat = np.einsum("tij,tn->nij", outer, residuals**2)
    variance = np.einsum("i,nij,j->n", inverse[1], meat, inverse[1])
    return slopes, np.sqrt(variance)
