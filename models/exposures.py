"""Sectors' betas to contemporaneous stress shocks: the slower block beside the mapping."""

from __future__ import annotations

import numpy as np

from models.performance import newey_west_lags, regression_hac


def stress_betas(
    change: np.ndarray, relative_log: np.ndarray, span: int, window: int, min_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Beta of each sector's relative return to the stress change over the same sessions.

    Both are taken over `span` sessions, on rows that do not overlap and end at the last one, so the
    estimate moves slowly. Least squares with Newey-West errors (Newey & West 1987,
    doi:10.2307/1913610).

    Args:
        change: [T] standardised change of stress over `span` sessions, known at each close.
        relative_log: [T x N] log price of each sector less the benchmark's; NaN before listing.
        span: sessions.
        window: trailing sessions looked at.
        min_rows: rows that do not overlap which a sector needs.

    Returns:
        [N] betas (log return per standard deviation) and [N] their standard errors; NaN where a
        sector has too few rows. Known at the close of row T-1.
    """
    last = len(change) - 1
    ends = np.arange(last, max(span - 1, last - window), -span)[::-1]
    betas = np.full(relative_log.shape[1], np.nan)
    errors = np.full(relative_log.shape[1], np.nan)
    if len(ends) < min_rows:
        return betas, errors
    returns = relative_log[ends] - relative_log[ends - span]
    shocks = change[ends]
    finite = np.isfinite(returns) & np.isfinite(shocks)[:, None]
    patterns: dict[bytes, list[int]] = {}
    for sector in np.flatnonzero(finite.sum(axis=0) >= min_rows).tolist():
        patterns.setdefault(finite[:, sector].tobytes(), []).append(sector)
    for sectors in patterns.values():
        rows = finite[:, sectors[0]]
        lags = newey_west_lags(int(rows.sum()))
        coefficients, deviations = regression_hac(returns[rows][:, sectors], shocks[rows], lags)
        betas[sectors], errors[sectors] = coefficients[1], deviations[1]
    return betas, errors
