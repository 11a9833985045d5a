"""Local projections: the path of a sector after a shock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Projection:
    """Response by horizon, [H].

    Attributes:
        horizons: rows after the shock.
        response: cumulative return per unit of the shock.
        error: its Newey-West standard error.
    """

    horizons: np.ndarray
    response: np.ndarray
    error: np.ndarray


def local_projection(
    returns: np.ndarray, shock: np.ndarray, horizons: np.ndarray, lags: int = 5
) -> Projection:
    """Regress the sum of the next h returns on today's shock, for each h on its own.

    Jorda (2005), doi:10.1257/0002828053828518, with `lags` past returns and shocks as controls and
    Newey-West errors of h lags, since the sums overlap.

    Args:
        returns: [T] from row t - 1 to row t, no NaN.
        shock: [T] known at row t, no NaN.
        horizons: [H] rows ahead, each at least 1.
        lags: of the controls.
    """
    rows = len(returns)
    total = returns.cumsum()
    past = [series[lags - k : rows - k] for series in (returns, shock) for k in range(lags + 1)]
    # Today's return is a control, today's shock is the regressor of interest.
    design = np.column_stack(
        [np.ones(rows - lags), past[lags + 1], *past[: lags + 1], *past[lags + 2 :]]
    )
    response, error = np.empty(len(horizons)), np.empty(len(horizons))
    for place, ahead in enumerate(np.asarray(horizons).tolist()):
        used = design[: len(design) - ahead]
        outcome = total[lags + ahead :] - total[lags : rows - ahead]
        inverse = np.linalg.inv(used.T @ used)
        coefficients = inverse @ (used.T @ outcome)
        # Only the shock's own row of the sandwich is needed.
        influence = (used @ inverse[1]) * (outcome - used @ coefficients)
        variance = float(influence @ influence)
        for lag in range(1, ahead + 1):
            weight = 1.0 - lag / (ahead + 1.0)
            variance += 2.0 * weight * float(influence[lag:] @ influence[:-lag])
        response[place], error[place] = coefficients[1], np.sqrt(max(variance, 0.0))
    return Projection(np.asarray(horizons), response, error)
