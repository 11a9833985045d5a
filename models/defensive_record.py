"""One place in the ranking of defensives, and its row for the record."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.analogues import AnalogueRecord
from models.ranking_swap import Swap
from models.warning_quality import Estimate


@dataclass(frozen=True)
class Defensive:
    """One place in the ranking; returns are log returns over the benchmark.

    Attributes:
        ticker, rank: rank 1 is the first choice.
        defensive: its downside capture is below the stated level.
        expected: by the mapping, over the horizon, with the 95 % interval of the expectation.
        outcome: the same value with the 95 % interval of what may come.
        record: its history after similar stress.
        capture, down_sessions: downside capture and the sessions behind it.
        adv_dollars: average dollar volume.
        sessions_to_trade: to buy the whole portfolio's value at the participation cap; infinite
            without volume.
        method, score: what it is ranked by, higher first; NaN (last) where there is no evidence.
        model_weight: share of the mapping in the score, 0..1.
        swap: when the next one in the ranking would overtake it; None for the last.
    """

    ticker: str
    rank: int
    defensive: bool
    expected: Estimate
    outcome: Estimate
    record: AnalogueRecord
    capture: float
    down_sessions: int
    adv_dollars: float
    sessions_to_trade: float
    method: str
    score: float
    model_weight: float
    swap: Swap | None


def recommendation_row(place: Defensive, dates: np.ndarray) -> dict[str, str | float | int]:
    """Everything that the ranking holds about one defensive.

    Args:
        place: its place.
        dates: [T] numpy datetime64 of the sessions that the ranking was made from.

    Returns:
        Relative returns (log, percent) with intervals; the analogues' dates, distances and
        outcomes in one order, comma-separated; capture and hit rate in percent; NaN and "" where
        there is none.
    """
    record, swap = place.record, place.swap
    days = dates[record.rows].astype("datetime64[D]")
    return {
        "rank": place.rank,
        "ticker": place.ticker,
        "defensive": int(place.defensive),
        "expected_relative_return_pct": 100.0 * place.expected.value,
        "expected_low_pct": 100.0 * place.expected.low,
        "expected_high_pct": 100.0 * place.expected.high,
        "outcome_low_pct": 100.0 * place.outcome.low,
        "outcome_high_pct": 100.0 * place.outcome.high,
        "analogue_count": len(record.rows),
        "analogue_mean_pct": 100.0 * record.mean,
        "analogue_median_pct": 100.0 * record.median,
        "analogue_error_pct": 100.0 * record.error,
        "analogue_hit_rate_pct": 100.0 * record.hits.value,
        "analogue_hit_rate_low_pct": 100.0 * record.hits.low,
        "analogue_hit_rate_high_pct": 100.0 * record.hits.high,
        "analogue_dates": ",".join(str(day) for day in days),
        "analogue_distances": ",".join(f"{distance:.2f}" for distance in record.distances),
        "analogue_returns_pct": ",".join(f"{100.0 * value:.2f}" for value in record.outcomes),
        "downside_capture_pct": 100.0 * place.capture,
        "down_sessions": place.down_sessions,
        "adv_dollars": place.adv_dollars,
        "sessions_to_trade": place.sessions_to_trade,
        "score_method": place.method,
        "score": place.score,
        "score_model_weight_pct": 100.0 * place.model_weight,
        "swaps_with": swap.behind if swap else "",
        "swap_feature": swap.feature if swap else "",
        "swap_change": swap.change if swap else math.nan,
        "swap_sentence": swap.sentence if swap else "",
    }
