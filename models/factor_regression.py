"""Regression of a strategy's returns on the market and on any other factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.performance import NORMAL_95, SESSIONS_PER_YEAR, newey_west_lags, regression_hac

ALPHA = "alpha"


@dataclass(frozen=True)
class FactorLoading:
    """One coefficient with its Newey-West error and 95 % interval.

    `alpha` is in percent a year, every other loading in units of return per unit of factor return.
    """

    name: str
    value: float
    error: float
    t: float
    low: float
    high: float


@dataclass(frozen=True)
class FactorFit:
    """A factor regression.

    Attributes:
        loadings: alpha first, then the factors as given.
        r_squared: share of the variance explained.
        residual_pct: annualised deviation of the residual, percent (degrees of freedom T - K - 1).
        observations: sessions.
        lags: truncation lag of the Newey-West errors.
    """

    loadings: tuple[FactorLoading, ...]
    r_squared: float
    residual_pct: float
    observations: int
    lags: int


def factor_regression(
    returns: np.ndarray, factors: np.ndarray, names: Sequence[str], lags: int | None = None
) -> FactorFit:
    """Least squares of returns on a constant and factors with Newey-West errors.

    Jensen (1968), doi:10.1111/j.1540-6261.1968.tb00815.x, with several factors as in Fama & French
    (1993), doi:10.1016/0304-405X(93)90023-5; errors as `models.performance.regression_hac`.

    Args:
        returns: [T] simple returns over the risk-free rate, or active returns.
        factors: [T x K] simple factor returns of the same sessions.
        names: K names.
        lags: of the Newey-West errors; by default the rule of `newey_west_lags`.

    Raises:
        ValueError: fewer than ten sessions a coefficient, values that are not finite, or factors
            of which one is (nearly) constant or a combination of others.
    """
    count, width = factors.shape
    if len(returns) != count or len(names) != width:
        raise ValueError(f"{len(returns)} returns, {count} x {width} factors, {len(names)} names")
    if not (np.isfinite(returns).all() and np.isfinite(factors).all()):
        raise ValueError("returns and factors must be finite; leave out sessions without a value")
    if count < 10 * (width + 1):
        raise ValueError(f"{count} sessions are too few for {width + 1} coefficients; 10 for each")
    spread = factors.std(axis=0)
    flat = spread <= 1e-12
    if flat.any():
        raise ValueError(f"factor {names[int(flat.argmax())]} is constant; leave it out")
    if np.linalg.cond(np.column_stack([np.ones(count), factors / spread])) > 1e8:
        raise ValueError(f"factors {', '.join(names)}: one follows from the others; leave it out")
    used = newey_west_lags(count) if lags is None else lags
    values, errors = regression_hac(returns, factors, used)
    residual = returns - values[0] - factors @ values[1:]
    scale = np.r_[100.0 * SESSIONS_PER_YEAR, np.ones(width)]
    loadings = tuple(
        FactorLoading(name, value, error, value / error, *_interval(value, error))
        for name, value, error in zip(
            (ALPHA, *names), (values * scale).tolist(), (errors * scale).tolist(), strict=True
        )
    )
    squares = float(residual @ residual)
    deviation = np.sqrt(squares / (count - width - 1) * SESSIONS_PER_YEAR)
    return FactorFit(
        loadings=loadings,
        r_squared=1.0 - squares / float(((returns - returns.mean()) ** 2).sum()),
        residual_pct=100.0 * float(deviation),
        observations=count,
        lags=used,
    )


def _interval(value: float, error: float) -> tuple[float, float]:
    return value - NORMAL_95 * error, value + NORMAL_95 * error
