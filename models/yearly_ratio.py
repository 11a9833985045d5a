"""Information ratio by calendar year, with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.performance import (
    MIN_RETURNS,
    SESSIONS_PER_YEAR,
    information_ratio,
    information_ratio_interval,
)


@dataclass(frozen=True)
class YearlyRatio:
    """One year: sessions, annualised figures in percent, ratio and its 95 % interval.

    Ratio and interval are NaN with fewer than 20 sessions or without any active return.
    """

    year: int
    sessions: int
    active_return_pct: float
    tracking_error_pct: float
    information_ratio: float
    low: float
    high: float


def yearly_information_ratios(
    active: np.ndarray, years: np.ndarray, rng: np.random.Generator
) -> list[YearlyRatio]:
    """Annualised information ratio of each year by its own daily active returns.

    The interval is the stationary bootstrap's of `models.performance`; a year is some 250 sessions,
    so it is wide, and a year alone hardly ever says anything.

    Args:
        active: [T] simple daily active returns.
        years: [T] calendar year of each.
        rng: draws the resamples, year after year in ascending order.
    """
    rows = []
    for year in np.unique(years):
        mine = active[years == year]
        deviation = float(mine.std(ddof=1)) if len(mine) > 1 else math.nan
        ratio, low, high = math.nan, math.nan, math.nan
        if len(mine) >= MIN_RETURNS and deviation > 0.0:
            ratio = information_ratio(mine)
            low, high = information_ratio_interval(mine, rng)
        rows.append(
            YearlyRatio(
                year=int(year),
                sessions=len(mine),
                active_return_pct=100.0 * SESSIONS_PER_YEAR * float(mine.mean()),
                tracking_error_pct=100.0 * math.sqrt(SESSIONS_PER_YEAR) * deviation,
                information_ratio=ratio,
                low=low,
                high=high,
            )
        )
    return rows
