"""Bond-stress channels: levels and changes, standardised on trailing data only.

Channels are kept apart because they act in opposite directions on the sectors; the composite is for
showing. At every session each channel is read from its first source that is fresh and has enough
trailing history, so a feed that dies or starts late changes the source, never the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.publication import known_at_close
from models.stress_sources import CHANNELS, STRESS_SOURCES, StressSource


@dataclass(frozen=True)
class StressConfig:
    """How channels are measured.

    Attributes:
        window: trailing sessions of history that standardisation looks at.
        min_history: sessions of a source needed before it is used.
        spans: sessions over which changes are taken.
        max_stale: sessions after which an unrenewed macro value is no longer used.
    """

    window: int = 1260
    min_history: int = 252
    spans: tuple[int, ...] = (20, 60, 120)
    max_stale: int = 10


def feature_names(config: StressConfig) -> tuple[str, ...]:
    """Column names of `stress_features`: channels, changes as `<channel>_<span>`, composite."""
    changes = tuple(f"{channel}_{span}" for channel in CHANNELS for span in config.spans)
    return (*CHANNELS, *changes, "composite")


def trailing_z(values: np.ndarray, window: int, min_history: int) -> np.ndarray:
    """(value - trailing mean) / trailing standard deviation (ddof 1), [T] -> [T].

    The window ends with the value itself, so row t uses rows t-window+1..t and nothing later. NaN
    where the value is NaN, where fewer than `min_history` values are finite, or where the trailing
    standard deviation is zero.
    """
    rolling = pd.Series(values).rolling(window, min_periods=min_history)
    mean = rolling.mean().to_numpy()
    deviation = rolling.std(ddof=1).to_numpy()
    deviation = np.where(deviation > 1e-12, deviation, np.nan)
    return np.asarray((values - mean) / deviation)


def _standardise(level: np.ndarray, config: StressConfig) -> np.ndarray:
    """[T] raw level -> [T x (1 + spans)]: z of the level, then z of each change."""
    columns = [trailing_z(level, config.window, config.min_history)]
    for span in config.spans:
        change = np.full(len(level), np.nan)
        change[span:] = level[span:] - level[:-span]
        columns.append(trailing_z(change, config.window, config.min_history))
    return np.column_stack(columns)


def _available(source: StressSource, macro: Mapping[str, object], etfs: pd.DataFrame) -> bool:
    return all(name in macro for name in source.macro) and all(
        ticker in etfs.columns for ticker in source.etfs
    )


def stress_features(
    macro: Mapping[str, pd.Series],
    lags: Mapping[str, int],
    etf_closes: pd.DataFrame,
    config: StressConfig | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Channels as known at each session's close.

    Args:
        macro: series id -> values by observation date.
        lags: series id -> publication lag in sessions.
        etf_closes: total-return closes of bond ETFs, [T x E] on the sessions; NaN before listing.
        config: windows and spans.

    Returns:
        features: [T x F] with the columns of `feature_names`, in trailing standard deviations,
            positive = more stress; row t is known at the close of session t. NaN before any
            source has enough history.
        sources: [T x channels] name of the source behind each value, "" where there is none.
    """
    config = config or StressConfig()
    sessions = pd.DatetimeIndex(etf_closes.index)
    inputs = {
        name: known_at_close(series, sessions, lags[name], config.max_stale)
        for name, series in macro.items()
    }
    inputs |= {
        str(ticker): etf_closes[ticker].to_numpy(dtype=np.float64) for ticker in etf_closes.columns
    }
    features: dict[str, np.ndarray] = {}
    used: dict[str, np.ndarray] = {}
    for channel, candidates in STRESS_SOURCES.items():
        chosen = np.full((len(sessions), 1 + len(config.spans)), np.nan)
        names = np.full(len(sessions), "", dtype=object)
        for source in candidates:
            if not (names == "").any() or not _available(source, macro, etf_closes):
                continue
            standardised = _standardise(source.level(inputs), config)
            # A source takes over with all its columns at once, so one row never mixes two.
            take = (names == "") & np.isfinite(standardised).all(axis=1)
            chosen[take] = standardised[take]
            names[take] = source.name
        used[channel] = names
        features[channel] = chosen[:, 0]
        for column, span in enumerate(config.spans, start=1):
            features[f"{channel}_{span}"] = chosen[:, column]
    features["composite"] = _composite(features)
    frame = pd.DataFrame(features, index=sessions)[list(feature_names(config))]
    return frame, pd.DataFrame(used, index=sessions)


def _composite(features: Mapping[str, np.ndarray]) -> np.ndarray:
    """Mean of the channels' levels; NaN until every channel has one."""
    return np.asarray(np.column_stack([features[channel] for channel in CHANNELS]).mean(axis=1))
