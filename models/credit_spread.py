"""The high-yield spread in percent, as known at each close, from whatever source there is."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.publication import known_at_close
from models.stress import StressConfig
from models.stress_sources import STRESS_SOURCES

CHANNEL = "credit"


def high_yield_spread(
    macro: Mapping[str, pd.Series],
    lags: Mapping[str, int],
    etf_closes: pd.DataFrame,
    used: pd.Series,
    config: StressConfig,
) -> np.ndarray:
    """Level behind the channel `credit`, not standardised, percent, [T].

    Sources in order of preference: BAMLH0A0HYM2, the duration-matched proxies of HYG and JNK (a
    spread up to a constant), BAA10Y. Where the source changes, the new one is joined on without a
    jump: from then on only changes of the level mean something, which is all that a regression
    with an intercept reads.

    Args:
        macro: series id -> values by observation date.
        lags: series id -> publication lag in sessions.
        etf_closes: total-return closes of bond ETFs, [T x E] on the sessions.
        used: [T] name of the channel's source at each session, "" where there is none, as
            `models.stress.stress_features` chose it.
        config: after how many sessions a macro value is stale.

    Returns:
        [T], known at the close of each session; NaN where the channel has no source.
    """
    sessions = pd.DatetimeIndex(etf_closes.index)
    # A source that was never used may lack its inputs.
    chosen = set(used) - {""}
    sources = [source for source in STRESS_SOURCES[CHANNEL] if source.name in chosen]
    levels = np.full((len(sessions), len(sources)), np.nan)
    for column, source in enumerate(sources):
        inputs = {
            name: known_at_close(macro[name], sessions, lags[name], config.max_stale)
            for name in source.macro
        } | {name: etf_closes[name].to_numpy(dtype=np.float64) for name in source.etfs}
        levels[:, column] = source.level(inputs)
    order = {source.name: column for column, source in enumerate(sources)}
    return joined_level(levels, np.array([order.get(name, -1) for name in used], dtype=np.intp))


def joined_level(levels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """One level from several, without a jump where the choice changes, [T x S], [T] -> [T].

    `chosen` is the column at each row, -1 for none (NaN). At a change the new column is shifted
    to meet the joined level at the last row before it; where it has no value there, the level
    stands still over that step. Nothing later than a row enters it.
    """
    joined = np.full(len(chosen), np.nan)
    rows = np.flatnonzero(chosen >= 0)
    if not len(rows):
        return joined
    columns = chosen[rows]
    raw = levels[rows, columns]
    met = levels[rows[:-1], columns[1:]]
    step = np.where(np.isfinite(met), met, raw[1:]) - raw[:-1]
    jumps = np.where(columns[1:] != columns[:-1], step, 0.0)
    joined[rows] = raw - np.concatenate([[0.0], jumps.cumsum()])
    return joined
