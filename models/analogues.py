"""Past sessions whose bond stress was most like today's, and what followed them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.warning_quality import Estimate, exact_interval


@dataclass(frozen=True)
class Analogues:
    """Distinct past episodes, the nearest first.

    Attributes:
        rows: [m] their rows.
        distances: [m] distance of each from today, in deviations (see `nearest_analogues`).
    """

    rows: np.ndarray
    distances: np.ndarray


@dataclass(frozen=True)
class AnalogueRecord:
    """How one sector did against the benchmark after similar stress.

    Attributes:
        rows, distances: [m] of the analogues after which its return is known, the nearest first.
        outcomes: [m] its log return over the benchmark in the sessions that followed each.
        mean, median: of the outcomes; NaN without any.
        error: standard error of the mean, from outcomes that do not overlap; NaN under two.
        hits: share of outcomes above zero with its exact interval; NaN without any.
    """

    rows: np.ndarray
    distances: np.ndarray
    outcomes: np.ndarray
    mean: float
    median: float
    error: float
    hits: Estimate


def nearest_analogues(
    channels: np.ndarray, now: int, count: int, spacing: int, purge: int
) -> Analogues:
    """The past rows whose stress state is nearest to that of row `now`.

    The distance is Mahalanobis': sqrt(d' S^-1 d) for the difference d of two states. Channels move
    together (the spreads of high yield and of BBB bonds above all), and a Euclidean distance would
    count what they share once a channel. S is the covariance of every `spacing`-th row back from
    today - nearer ones repeat one another and would feign evidence - shrunk toward the identity,
    which it would be for unrelated channels of unit variance: (X'X + C I) / (n + C), the posterior
    of an inverse-Wishart prior worth C rows (Gelman et al. 2013, *Bayesian Data Analysis*,
    section 3.6). It is positive definite whatever the data, and Euclidean without any.

    Rows are taken greedily, nearest first (of equally near ones the earliest), each at least
    `spacing` rows from all that were taken before, so that one crisis counts once.

    Args:
        channels: [T x C], row t known at the close of t, standardised on trailing data. Two rows
            are compared over the channels that are finite in both, and only where those are at
            least half of all; the squared distance is then scaled by C over their number.
        now: today's row; nothing after it is read.
        count: how many at most.
        spacing: sessions between any two.
        purge: sessions that an outcome takes: only rows with row + purge <= now - 1 are considered,
            so that what followed each was fully known before today.

    Returns:
        At most `count`; fewer, down to none, where the past holds no more.

    Raises:
        ValueError: channels without two dimensions, `now` outside them, count or spacing below one
            or a negative purge.
    """
    _check(channels, now, count, spacing, purge)
    distances = _distances(channels, now, now - purge, spacing)
    rows: list[int] = []
    found: list[float] = []
    while len(rows) < count and distances.size:
        nearest = int(distances.argmin())
        if not np.isfinite(distances[nearest]):
            break
        rows.append(nearest)
        found.append(float(distances[nearest]))
        distances[max(0, nearest - spacing + 1) : nearest + spacing] = np.inf
    return Analogues(np.array(rows, dtype=np.int64), np.array(found))


def analogue_record(analogues: Analogues, relative_log: np.ndarray, horizon: int) -> AnalogueRecord:
    """What followed the analogues.

    Args:
        analogues: found with a purge and a spacing of at least `horizon`.
        relative_log: [T] log price of the sector less the benchmark's; NaN before it lists, and
            analogues from then are left out of its record.
        horizon: sessions that followed.
    """
    outcomes = relative_log[analogues.rows + horizon] - relative_log[analogues.rows]
    known = np.isfinite(outcomes)
    outcomes = outcomes[known]
    number = len(outcomes)
    return AnalogueRecord(
        rows=analogues.rows[known],
        distances=analogues.distances[known],
        outcomes=outcomes,
        mean=float(outcomes.mean()) if number else math.nan,
        median=float(np.median(outcomes)) if number else math.nan,
        error=float(outcomes.std(ddof=1)) / math.sqrt(number) if number > 1 else math.nan,
        hits=exact_interval(int((outcomes > 0.0).sum()), number),
    )


def _distances(channels: np.ndarray, now: int, known: int, spacing: int) -> np.ndarray:
    """Distance of rows 0..known-1 from row `now`; infinite where too few channels are shared."""
    past, today = channels[: max(known, 0)], channels[now]
    size = channels.shape[1]
    shared = np.isfinite(past) & np.isfinite(today)
    distances = np.full(len(past), np.inf)
    for pattern in _patterns(shared):
        if 2 * pattern.sum() < size:
            continue
        rows = (shared == pattern).all(axis=1)
        precision = np.linalg.inv(_covariance(channels[now::-spacing][:, pattern]))
        apart = past[np.ix_(rows, pattern)] - today[pattern]
        squared = np.einsum("ti,ij,tj->t", apart, precision, apart, optimize=True)
        # Rounding may leave a tiny negative square for a state equal to today's.
        distances[rows] = np.sqrt(np.maximum(squared, 0.0) * size / pattern.sum())
    return distances


def _patterns(shared: np.ndarray) -> list[np.ndarray]:
    """The different rows of a [T x C] mask; they change only where a channel starts or stops."""
    if not len(shared):
        return []
    changes = np.r_[True, (shared[1:] != shared[:-1]).any(axis=1)]
    return list(np.unique(shared[changes], axis=0))


def _covariance(states: np.ndarray) -> np.ndarray:
    """[K x K] shrunk covariance of the complete rows of `states` [R x K]."""
    complete = states[np.isfinite(states).all(axis=1)]
    size = states.shape[1]
    centred = complete - complete.sum(axis=0) / max(len(complete), 1)
    return np.asarray((centred.T @ centred + size * np.eye(size)) / (len(complete) + size))


def _check(channels: np.ndarray, now: int, count: int, spacing: int, purge: int) -> None:
    if channels.ndim != 2 or channels.shape[1] == 0:
        raise ValueError(f"channels must be [T x C], not of shape {channels.shape}")
    if not 0 <= now < len(channels):
        raise ValueError(f"now must be a row of channels (0..{len(channels) - 1}), not {now}")
    for name, value, least in (("count", count, 1), ("spacing", spacing, 1), ("purge", purge, 0)):
        if value < least:
            raise ValueError(f"{name} must be {least} or more, not {value}")
