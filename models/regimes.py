"""Named market regimes by a rule that fits in a sentence: stress quantile x slope of the curve.

A session is *stressed* when the channel's stress stands high within its own trailing history, and
*inverted* when the ten-year yield is below the short one. The four combinations have names; a
session that cannot be read says so. Every reading uses what was known at that session's close, so
a later session changes no earlier regime.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.publication import known_at_close
from models.stress_sources import STRESS_SOURCES

CALM, LATE_CYCLE, STRESS, SQUEEZE = "calm", "late cycle", "stress", "squeeze"
NO_READING = "no reading"
REGIMES: dict[str, str] = {
    CALM: "stress is not high, the curve slopes upward",
    LATE_CYCLE: "stress is not high, the curve is inverted",
    STRESS: "stress is high, the curve slopes upward",
    SQUEEZE: "stress is high, the curve is inverted",
    NO_READING: "no stress reading or no slope at that close",
}
"""Name -> what it means."""

STRESSED = (STRESS, SQUEEZE)


@dataclass(frozen=True)
class RegimeRule:
    """When a session counts as stressed.

    The two levels are set by hand, not fitted: the top fifth of history is high, and what has
    become high stays so until it leaves the top two fifths, so that a reading at the edge does not
    flicker.

    Attributes:
        channel: column of the stress features that is read.
        window: trailing sessions that the quantile looks at.
        min_history: readings needed before there is a quantile.
        enter: quantile in 0..1 at or above which stress becomes high.
        leave: quantile below which it stops being high; at most `enter`.
    """

    channel: str = "credit"
    window: int = 1260
    min_history: int = 252
    enter: float = 0.80
    leave: float = 0.60

    def __post_init__(self) -> None:
        if not 0.0 < self.leave <= self.enter <= 1.0:
            raise ValueError(
                f"leave {self.leave} and enter {self.enter}: give 0 < leave <= enter <= 1"
            )
        if not 1 < self.min_history <= self.window:
            raise ValueError(
                f"min_history {self.min_history} and window {self.window}: "
                "give 1 < min_history <= window"
            )


def curve_slope(
    macro: Mapping[str, pd.Series],
    lags: Mapping[str, int],
    sessions: pd.DatetimeIndex,
    max_stale: int = 10,
) -> np.ndarray:
    """Ten-year less short Treasury yield as known at each close.

    The curve channel's macro sources in their order (T10Y2Y, DGS10 - DGS2, T10Y3M), each session
    from the first one that is fresh. Bond funds give changes of the slope but not its sign, so
    they are not read.

    Args:
        macro: series id -> values by observation date, percent.
        lags: series id -> publication lag in sessions.
        sessions: the sessions, [T].
        max_stale: sessions after which an unrenewed value is no longer used.

    Returns:
        [T] percent; NaN where no source is known.
    """
    slope = np.full(len(sessions), np.nan)
    for source in STRESS_SOURCES["curve"]:
        if source.etfs or not all(name in macro for name in source.macro):
            continue
        known = {
            name: known_at_close(macro[name], sessions, lags[name], max_stale)
            for name in source.macro
        }
        # The channel rises with flattening; its negative is the slope itself.
        slope = np.where(np.isfinite(slope), slope, -source.level(known))
    return slope


def trailing_quantile(values: np.ndarray, window: int, min_history: int) -> np.ndarray:
    """Rank of each value within the trailing window that ends with it, [T] -> [T] in 0..1.

    1 is the highest of the window; ties share their mean rank. NaN where the value is NaN or where
    the window holds fewer than `min_history` finite values.
    """
    ranks = pd.Series(values).rolling(window, min_periods=min_history).rank(pct=True)
    return np.asarray(np.where(np.isfinite(values), ranks.to_numpy(), np.nan))


def rule_regimes(
    features: pd.DataFrame, slope: np.ndarray, rule: RegimeRule | None = None
) -> pd.DataFrame:
    """The regime at each close.

    Args:
        features: [T x F] stress features (`models.stress.stress_features`), by session.
        slope: [T] percent, as `curve_slope` gives it.
        rule: levels and windows.

    Returns:
        [T] rows: `regime` (a key of REGIMES), `quantile` of the stress reading in 0..1 (NaN
        without one), `slope_pct`. Row t is known at the close of t and acted upon from t+1.

    Raises:
        ValueError: the features lack the rule's channel, or slope has another length.
    """
    rule = rule or RegimeRule()
    if rule.channel not in features:
        raise ValueError(
            f"regime rule: no stress channel {rule.channel}; known: "
            f"{', '.join(str(name) for name in features.columns)}"
        )
    if slope.shape != (len(features),):
        raise ValueError(f"slope has shape {slope.shape}, the features {len(features)} sessions")
    stress = features[rule.channel].to_numpy(dtype=np.float64)
    quantile = trailing_quantile(stress, rule.window, rule.min_history)
    high = _held(quantile, rule)
    names = np.where(
        high,
        np.where(slope < 0.0, SQUEEZE, STRESS),
        np.where(slope < 0.0, LATE_CYCLE, CALM),
    ).astype(object)
    names[~(np.isfinite(quantile) & np.isfinite(slope))] = NO_READING
    return pd.DataFrame(
        {"regime": names, "quantile": quantile, "slope_pct": slope}, index=features.index
    )


def _held(quantile: np.ndarray, rule: RegimeRule) -> np.ndarray:
    """[T] bool: high from `enter` until below `leave`; a missing reading ends it."""
    high = np.zeros(len(quantile), dtype=bool)
    state = False
    for row, value in enumerate(quantile):
        # NaN compares false, so that stress must be seen high again after a gap.
        state = bool(value >= (rule.leave if state else rule.enter))
        high[row] = state
    return high
