"""How long a true information ratio needs to show, and what a track record of some years can show.

Two-sided test of a ratio of zero, normal approximation with the ratio's own standard error:
var(IR) = (1 - g3 S + (g4 - 1) / 4 S^2) x inflation / years for S = IR / sqrt(252) (Lo 2002,
doi:10.2469/faj.v58.n4.2453; Mertens 2002 for skewness and kurtosis).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from models.deflated_ratio import ANNUAL, RatioMoments


@dataclass(frozen=True)
class Returns:
    """Shape of the returns behind a track record; the default is independent normal.

    Attributes:
        skewness, kurtosis: 0 and 3 for a normal.
        inflation: of the variance by autocorrelation, 1 without.
    """

    skewness: float = 0.0
    kurtosis: float = 3.0
    inflation: float = 1.0


NORMAL = Returns()


@dataclass(frozen=True)
class YearsNeeded:
    """A line of the power table.

    Attributes:
        ratio_annual: true information ratio.
        years: [P] years until it shows with each of the powers.
        power: probability that the given track record shows it.
    """

    ratio_annual: float
    years: tuple[float, ...]
    power: float


def power_of_years(
    ratio_annual: float, years: float, level: float = 0.05, shape: Returns = NORMAL
) -> float:
    """Probability that `years` of returns reject a ratio of zero when this one is true."""
    return _power(abs(ratio_annual) / _error_of_a_year(ratio_annual, shape) * years**0.5, level)


def years_needed(
    ratio_annual: float, power: float, level: float = 0.05, shape: Returns = NORMAL
) -> float:
    """Years after which a true ratio is shown with this power; infinite for a ratio of zero.

    Raises:
        ValueError: a power that is not between level and 1: level is had without any skill.
    """
    if not level < power < 1.0:
        raise ValueError(f"power: {power} must be between the level {level} and 1")
    if ratio_annual == 0.0:
        return math.inf
    distance = _distance(power, level)
    return (distance * _error_of_a_year(ratio_annual, shape) / ratio_annual) ** 2


def detectable_ratio(years: float, power: float = 0.8, level: float = 0.05) -> float:
    """Annualised ratio that `years` show with this power, independent normal returns.

    d / sqrt(years - d^2 / (2 x 252)) for the distance d between the hypotheses; infinite where the
    years are too few for any.
    """
    distance = _distance(power, level)
    left = years - distance**2 / (2.0 * ANNUAL**2)
    return distance / math.sqrt(left) if left > 0.0 else math.inf


def power_table(
    ratios_annual: tuple[float, ...] = (0.3, 0.5, 1.0, 1.8),
    powers: tuple[float, ...] = (0.5, 0.8, 0.9),
    years: float = 5.0,
    level: float = 0.05,
    shape: Returns = NORMAL,
) -> list[YearsNeeded]:
    """Years that each ratio needs for each power, and the power of a track record of `years`."""
    return [
        YearsNeeded(
            ratio,
            tuple(years_needed(ratio, power, level, shape) for power in powers),
            power_of_years(ratio, years, level, shape),
        )
        for ratio in ratios_annual
    ]


def _error_of_a_year(ratio_annual: float, shape: Returns) -> float:
    """Standard error of the annualised ratio after one year; falls with the root of the years."""
    moments = RatioMoments(
        np.inf, ratio_annual / ANNUAL, shape.skewness, shape.kurtosis, shape.inflation
    )
    return math.sqrt(moments.unit_variance)


def _power(distance: float, level: float) -> float:
    """Of a two-sided normal test when the truth is `distance` errors away."""
    z = float(special.ndtri(1.0 - level / 2.0))
    return float(special.ndtr(distance - z) + special.ndtr(-distance - z))


def _distance(power: float, level: float) -> float:
    """Errors between the hypotheses that give this power."""
    return float(optimize.brentq(lambda d: _power(d, level) - power, 0.0, 40.0, xtol=1e-12))
