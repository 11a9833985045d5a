"""How long before a sector's relative fall a warning stood, against warnings at random dates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.warning_quality import Estimate


@dataclass(frozen=True)
class LeadRecord:
    """Warnings against events.

    Attributes:
        leads: [E] sessions from warning to confirmation; NaN where an event had no warning.
        median: of those that there are, with a bootstrap interval over the events.
        recall: share of events with a warning.
        p_value: share of circularly shifted warnings that recall as many events or more; one
            counts the warnings as they were (Davison & Hinkley 1997, section 4.2). NaN without
            events or warnings.
    """

    leads: np.ndarray
    median: Estimate
    recall: float
    p_value: float


def fall_events(
    relative_log: np.ndarray, fall: float = 0.05, window: int = 252, apart: int = 60
) -> list[int]:
    """Rows at which a relative total return falls through `fall` below its running high.

    The high is that of the last `window` rows including the row itself, or of as many as there are.
    An event is a row that is at or under (1 - fall) x high where the row before was not; it counts
    when it comes at least `apart` rows after the last one that counted.

    Args:
        relative_log: [T] log price of the sector less the benchmark's; NaN before listing.
        fall: share of the high.
        window: rows of the running high.
        apart: rows between events.
    """
    known = np.where(np.isfinite(relative_log), relative_log, -math.inf)
    padded = np.concatenate([np.full(window - 1, -math.inf), known])
    high = np.lib.stride_tricks.sliding_window_view(padded, window).max(axis=1)
    under = relative_log - high <= math.log1p(-fall)
    events: list[int] = []
    for row in (np.flatnonzero(under[1:] & ~under[:-1]) + 1).tolist():
        if not events or row - events[-1] >= apart:
            events.append(row)
    return events


def lead_times(opened: list[int], events: list[int], within: int = 80) -> np.ndarray:
    """Sessions from the earliest warning in the `within` rows before each event to it, [E].

    A warning that opens on the event's own row does not lead it. NaN where there is none.
    """
    first = np.asarray(opened, dtype=float)
    leads = np.asarray(events, dtype=float)[:, None] - first[None, :]
    leads = np.where((leads >= 1.0) & (leads <= within), leads, -math.inf)
    longest = leads.max(axis=1, initial=-math.inf)
    return np.where(np.isfinite(longest), longest, math.nan)


def lead_record(
    opened: list[int],
    events: list[int],
    length: int,
    draws: int,
    rng: np.random.Generator,
    within: int = 80,
    level: float = 0.95,
) -> LeadRecord:
    """Leads, recall, and whether warnings shifted in time around a circle would do as well.

    A shift keeps the number of warnings and the gaps between them and breaks their tie to events.

    Args:
        opened: rows at which warnings opened, 0..length-1.
        events: rows of events on the same axis.
        length: rows of the evaluated span.
        draws: shifted copies, and bootstrap samples.
        rng: source of both.
        within: rows before an event in which a warning counts.
        level: of the interval.
    """
    leads = lead_times(opened, events, within)
    hit = leads[np.isfinite(leads)]
    if not opened or not events:
        none = Estimate(math.nan, math.nan, math.nan)
        return LeadRecord(leads, none, 0.0 if events else math.nan, math.nan)
    shifts = rng.integers(1, length, draws)
    as_many = 0
    for shift in shifts.tolist():
        moved = [(row + shift) % length for row in opened]
        as_many += int(np.isfinite(lead_times(moved, events, within)).sum() >= len(hit))
    return LeadRecord(
        leads=leads,
        median=_median(leads, draws, rng, level),
        recall=len(hit) / len(events),
        p_value=(1 + as_many) / (1 + draws),
    )


def _median(leads: np.ndarray, draws: int, rng: np.random.Generator, level: float) -> Estimate:
    """Median of the leads that there are; events are drawn with replacement, missed ones too."""
    hit = leads[np.isfinite(leads)]
    if not len(hit):
        return Estimate(math.nan, math.nan, math.nan)
    samples = leads[rng.integers(0, len(leads), (draws, len(leads)))]
    samples = samples[np.isfinite(samples).any(axis=1)]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.nanmedian(samples, axis=1), [tail, 1.0 - tail])
    return Estimate(float(np.median(hit)), float(low), float(high))
