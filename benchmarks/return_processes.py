"""Daily active returns with a known information ratio and the awkward habits of real ones."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import signal

from models.performance import SESSIONS_PER_YEAR

DEVIATION = 0.03 / math.sqrt(SESSIONS_PER_YEAR)  # tracking error of 3 % a year
BURN_IN = 500


def normal(rng: np.random.Generator, count: int) -> np.ndarray:
    """Independent normal."""
    return rng.standard_normal(count)


def student(rng: np.random.Generator, count: int) -> np.ndarray:
    """Independent Student t with 4 degrees of freedom: infinite fourth moment."""
    return rng.standard_t(4, count) / math.sqrt(2.0)


def garch(rng: np.random.Generator, count: int) -> np.ndarray:
    """GARCH(1,1), alpha 0.08, beta 0.90, normal shocks."""
    shocks = rng.standard_normal(count + BURN_IN)
    values = np.empty(count + BURN_IN)
    variance = 1.0
    for row, shock in enumerate(shocks.tolist()):
        values[row] = math.sqrt(variance) * shock
        variance = 0.02 + (0.08 * shock * shock + 0.90) * variance
    return values[BURN_IN:]


def autocorrelated(rng: np.random.Generator, count: int) -> np.ndarray:
    """First-order autoregression with coefficient 0.15."""
    shocks = rng.standard_normal(count + BURN_IN) * math.sqrt(1.0 - 0.15**2)
    return np.asarray(signal.lfilter([1.0], [1.0, -0.15], shocks))[BURN_IN:]


PROCESSES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "independent normal": normal,
    "independent t(4)": student,
    "GARCH(1,1)": garch,
    "AR(1), 0.15": autocorrelated,
}
"""Each of unit variance and zero mean."""


def active_returns(unit: np.ndarray, ratio_annual: float) -> np.ndarray:
    """Unit-variance noise turned into active returns whose true annualised ratio is this."""
    return DEVIATION * (unit + ratio_annual / math.sqrt(SESSIONS_PER_YEAR))
