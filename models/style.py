"""Benchmark weights by returns-based style analysis."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

# Weight of the row that asks the weights to sum to one, in units of the returns' root mean square.
_SUM_ROW_WEIGHT = 1e4


def style_weights(benchmark_returns: np.ndarray, sector_returns: np.ndarray) -> np.ndarray:
    """Long-only weights, summing to one, of the sectors that best track the benchmark.

    minimise ||b - R w||^2 subject to w >= 0, sum w = 1, the quadratic programme of Sharpe (1992),
    "Asset Allocation: Management Style and Performance Measurement", Journal of Portfolio
    Management 18(2), solved as non-negative least squares with the sum as a heavily weighted row.

    Args:
        benchmark_returns: [T] simple daily returns.
        sector_returns: [T x N] simple daily returns, no NaN.

    Returns:
        [N] weights; exactly zero where the bound holds. Known at the close of the last row.
    """
    scale = max(float(np.sqrt(np.mean(benchmark_returns**2))), 1e-12)
    heavy = _SUM_ROW_WEIGHT * scale
    design = np.vstack([sector_returns, np.full((1, sector_returns.shape[1]), heavy)])
    target = np.append(benchmark_returns, heavy)
    weights, _ = nnls(design, target)
    return np.asarray(weights / weights.sum())


def style_residual_pct(
    benchmark_returns: np.ndarray, sector_returns: np.ndarray, weights: np.ndarray
) -> float:
    """Annualised deviation (ddof 1) of benchmark less style portfolio, percent."""
    residual = benchmark_returns - sector_returns @ weights
    return float(residual.std(ddof=1) * np.sqrt(252.0) * 100.0)
