"""How good probabilities of underperformance were: calibration, Brier skill, precision, recall."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval; NaN where there is too little to say."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Hits:
    """Right ones among some, with an exact interval and what chance alone gives.

    Attributes:
        hits, count: right, and all.
        share: hits / count, with its Clopper-Pearson interval.
        base_rate: share of all rows that would have been right.
    """

    hits: int
    count: int
    share: Estimate
    base_rate: float


@dataclass(frozen=True)
class CalibrationBin:
    """Forecasts of about one size: their mean, and how often what they forecast came.

    Attributes:
        forecast: mean probability.
        frequency: share that came true, with a Wilson interval on count / overlap rows.
        count: forecasts in the bin.
    """

    forecast: float
    frequency: Estimate
    count: int


def underperformed(relative_log: np.ndarray, horizon: int) -> np.ndarray:
    """1 where the next `horizon` rows bring less than the benchmark, 0 where not, [T x N].

    NaN where that is not known by the last row, or before the sector lists.
    """
    outcome = np.full(relative_log.shape, math.nan)
    change = relative_log[horizon:] - relative_log[:-horizon]
    outcome[: len(change)] = np.where(np.isfinite(change), change < 0.0, math.nan)
    return outcome


def exact_interval(hits: int, count: int, level: float = 0.95) -> Estimate:
    """Share with the exact binomial interval of Clopper & Pearson (1934, doi:10.2307/2331986)."""
    if count == 0:
        return Estimate(math.nan, math.nan, math.nan)
    tail = (1.0 - level) / 2.0
    low = special.betaincinv(hits, count - hits + 1, tail) if hits else 0.0
    high = special.betaincinv(hits + 1, count - hits, 1.0 - tail) if hits < count else 1.0
    return Estimate(hits / count, float(low), float(high))


def wilson_interval(share: float, count: float, level: float = 0.95) -> Estimate:
    """Share with Wilson's (1927) score interval; `count` may be a fraction (effective rows)."""
    if count <= 0.0:
        return Estimate(math.nan, math.nan, math.nan)
    z2 = float(special.ndtri(0.5 + level / 2.0)) ** 2
    middle = (share + z2 / (2.0 * count)) / (1.0 + z2 / count)
    spread = math.sqrt(z2 * (share * (1.0 - share) + z2 / (4.0 * count)) / count)
    return Estimate(
        share, middle - spread / (1.0 + z2 / count), middle + spread / (1.0 + z2 / count)
    )


def calibration_curve(
    probabilities: np.ndarray, outcomes: np.ndarray, bins: int, overlap: int
) -> list[CalibrationBin]:
    """Forecasts in bins of equal number, lowest first; bins without a forecast are left out.

    Args:
        probabilities: of any shape; NaN and those without an outcome are left out.
        outcomes: the same shape, 0, 1 or NaN.
        bins: how many.
        overlap: sessions that an outcome spans: its rows carry about 1 / overlap of their number.
    """
    known = np.isfinite(probabilities) & np.isfinite(outcomes)
    order = np.argsort(probabilities[known], kind="stable")
    forecasts, came = probabilities[known][order], outcomes[known][order]
    curve = []
    for part in np.array_split(np.arange(len(order)), bins):
        if len(part):
            interval = wilson_interval(float(came[part].mean()), len(part) / overlap)
            curve.append(CalibrationBin(float(forecasts[part].mean()), interval, len(part)))
    return curve


def brier_score(probabilities: np.ndarray, outcomes: np.ndarray) -> float:
    """Mean squared error of probabilities (Brier 1950); rows with a NaN are left out."""
    known = np.isfinite(probabilities) & np.isfinite(outcomes)
    if not known.any():
        return math.nan
    return float(np.mean((probabilities[known] - outcomes[known]) ** 2))


def brier_skill(
    probabilities: np.ndarray,
    base_rates: np.ndarray,
    outcomes: np.ndarray,
    block: int,
    draws: int,
    rng: np.random.Generator,
    level: float = 0.95,
) -> Estimate:
    """1 - Brier(probabilities) / Brier(base rates), with a block-bootstrap interval.

    Zero is no better than the base rate as it was known at the time. The interval is the percentile
    one of a circular block bootstrap of rows (Politis & Romano 1992); all sectors of a row are
    drawn together, so that their dependence is kept.

    Args:
        probabilities: [T] or [T x N]; cells with a NaN in any of the three are left out.
        base_rates: the same shape, the forecast to beat.
        outcomes: the same shape, 0, 1 or NaN.
        block: rows a block; at least the horizon, because outcomes overlap that far.
        draws: bootstrap samples.
        rng: source of the draws.
        level: of the interval.
    """
    known = np.isfinite(probabilities) & np.isfinite(outcomes) & np.isfinite(base_rates)
    if not known.any():
        return Estimate(math.nan, math.nan, math.nan)
    errors = np.stack(
        [
            np.where(known, (forecast - outcomes) ** 2, 0.0).reshape(len(outcomes), -1).sum(axis=1)
            for forecast in (probabilities, base_rates)
        ],
        axis=1,
    )
    errors = errors[known.reshape(len(outcomes), -1).any(axis=1)]
    length = len(errors)
    wrapped = np.concatenate([errors, errors[: min(block, length)]])
    running = np.concatenate([np.zeros((1, 2)), wrapped.cumsum(axis=0)])
    width = min(block, length)
    sums = running[width : width + length] - running[:length]
    starts = rng.integers(0, length, (draws, -(-length // width)))
    totals = sums[starts].sum(axis=1)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(1.0 - totals[:, 0] / totals[:, 1], [tail, 1.0 - tail])
    model, base = errors.sum(axis=0)
    return Estimate(float(1.0 - model / base), float(low), float(high))


def precision_recall(
    probabilities: np.ndarray, outcomes: np.ndarray, levels: np.ndarray
) -> list[tuple[float, float, float, float]]:
    """(level, precision, recall, alarm share) of rows at or above each level.

    Precision is to be read against the base rate, the mean of the outcomes; it is NaN where no row
    reaches the level. Recall equal to the alarm share is chance. NaN rows are left out.
    """
    known = np.isfinite(probabilities) & np.isfinite(outcomes)
    forecasts, came = probabilities[known], outcomes[known] > 0.0
    found = []
    for level in levels.tolist():
        alarm = forecasts >= level
        right = float((alarm & came).sum())
        precision = right / alarm.sum() if alarm.any() else math.nan
        recall = right / came.sum() if came.any() else math.nan
        share = float(alarm.mean()) if len(alarm) else math.nan
        found.append((level, precision, recall, share))
    return found


def warning_accuracy(opened: list[int], outcomes: np.ndarray, apart: int) -> Hits:
    """How often a warning came true, counting warnings at least `apart` rows from the last counted.

    Args:
        opened: rows at which warnings opened, increasing.
        outcomes: [T] 0, 1 or NaN, as from `underperformed`; warnings without an outcome yet are
            left out. Their mean is the base rate.
        apart: the horizon, so that no two counted outcomes overlap.
    """
    counted: list[int] = []
    for row in opened:
        if math.isfinite(outcomes[row]) and (not counted or row - counted[-1] >= apart):
            counted.append(row)
    hits = int(outcomes[counted].sum())
    known = outcomes[np.isfinite(outcomes)]
    base_rate = float(known.mean()) if len(known) else math.nan
    return Hits(hits, len(counted), exact_interval(hits, len(counted)), base_rate)
