"""Many tests at once: adjusted p-values that control the share of false discoveries."""

from __future__ import annotations

import numpy as np


def adjusted_p(p_values: np.ndarray, dependent: bool = False) -> np.ndarray:
    """Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x, step-up p-values.

    Rejecting what is at or below q keeps the expected share of false discoveries below q for
    independent or positively dependent tests. With `dependent`, Benjamini & Yekutieli (2001),
    doi:10.1214/aos/1013699998: under any dependence, at the price of a factor of sum 1 / k.

    Args:
        p_values: [M], NaN for tests that could not be made; those stay NaN and do not count.
        dependent: whether to assume nothing about dependence.
    """
    known = np.flatnonzero(np.isfinite(p_values))
    adjusted = np.full(len(p_values), np.nan)
    count = len(known)
    if not count:
        return adjusted
    order = known[np.argsort(p_values[known], kind="stable")]
    scaled = p_values[order] * count / np.arange(1, count + 1)
    if dependent:
        scaled = scaled * (1.0 / np.arange(1, count + 1)).sum()
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
