"""From views to long-only weights within a tracking-error budget."""

from __future__ import annotations

import numpy as np

SESSIONS_PER_YEAR = 252.0
# Halvings of the tilt's length: finer than a thousandth of a basis point of weight.
_BISECTIONS = 40


def relative_covariance(
    sector_returns: np.ndarray, benchmark_returns: np.ndarray, shrinkage: float
) -> np.ndarray:
    """Daily covariance of sector-minus-benchmark returns, shrunk to its own diagonal.

    (1 - d) S + d diag(S), the linear shrinkage of Ledoit & Wolf (2004, J. Portfolio Management
    30(4)) with a given intensity. Inputs are [T x N] and [T] simple returns without NaN; the result
    is [N x N].
    """
    relative = sector_returns - benchmark_returns[:, None]
    sample = np.atleast_2d(np.cov(relative, rowvar=False, ddof=1))
    return np.asarray((1.0 - shrinkage) * sample + shrinkage * np.diag(np.diag(sample)))


def project_to_simplex(point: np.ndarray) -> np.ndarray:
    """Nearest point (Euclidean) with non-negative entries that sum to one.

    Held, Wolfe & Crowder (1974), doi:10.1007/BF01580223. [N] -> [N].
    """
    descending = np.sort(point)[::-1]
    excess = np.cumsum(descending) - 1.0
    counts = np.arange(1, len(point) + 1)
    support = int(np.nonzero(descending - excess / counts > 0.0)[0][-1])
    return np.asarray(np.maximum(point - excess[support] / counts[support], 0.0))


def tracking_error_pct(active: np.ndarray, covariance: np.ndarray) -> float:
    """Annualised tracking error of active weights [N] under a daily covariance [N x N], percent."""
    variance = max(float(active @ covariance @ active), 0.0)
    return float(np.sqrt(variance * SESSIONS_PER_YEAR) * 100.0)


def tilt(
    benchmark_weights: np.ndarray,
    expected: np.ndarray,
    viewed: np.ndarray,
    covariance: np.ndarray,
    budget_pct: float,
    risk_aversion: float,
    horizon: int,
) -> np.ndarray:
    """Weights that lean from the benchmark toward the views.

    The direction is the diagonal mean-variance tilt a_i = (mu_i - mean) / (risk aversion * s_i^2)
    (Grinold & Kahn 2000, *Active Portfolio Management*, ch. 14, without constraints), projected on
    long-only weights; sectors without a view are not leaned on. When the tilt exceeds the
    tracking-error budget its direction is shortened until it does not.

    Args:
        benchmark_weights: [N], non-negative, sum one.
        expected: [N] expected relative return across the horizon.
        viewed: [N] whether a sector has a view.
        covariance: [N x N] daily covariance of relative returns.
        budget_pct: annualised tracking-error budget, percent.
        risk_aversion: per unit of annualised active variance.
        horizon: sessions of `expected`.

    Returns:
        [N] weights, non-negative, sum one; the benchmark's where all views agree or none exists.
    """
    annual = expected * (SESSIONS_PER_YEAR / horizon)
    # A sector that moves exactly with the benchmark has nothing to lean on; the floor avoids 0/0.
    variance = np.maximum(np.diag(covariance) * SESSIONS_PER_YEAR, 1e-12)
    # Centring with inverse-variance weights makes the tilt sum to zero.
    if not viewed.any():
        return benchmark_weights
    centre = float(np.average(annual[viewed], weights=1.0 / variance[viewed]))
    direction = np.where(viewed, (annual - centre) / (risk_aversion * variance), 0.0)

    def weights_at(length: float) -> np.ndarray:
        return project_to_simplex(benchmark_weights + length * direction)

    def within_budget(weights: np.ndarray) -> bool:
        return tracking_error_pct(weights - benchmark_weights, covariance) <= budget_pct

    weights = weights_at(1.0)
    if within_budget(weights):
        return weights
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if within_budget(weights_at(middle)) else (low, middle)
    return weights_at(low)
