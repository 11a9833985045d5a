"""Price jumps that no market made: a split not adjusted for, a single wrong close."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.problems import Problem, Severity
from feeds.tables import Table
from feeds.validation import listed
from feeds.validation_actions import Actions

SPLIT_RATIOS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0)
"""New shares for one old share, and the inverse for reverse splits."""

LOG_TOLERANCE = 0.08
"""Room for the market's own move on the day of a split, in log points.

A move between -28 % and +38 % never comes near a ratio. The largest moves of 36 US sector and bond
ETFs over 1993-2024 are -20.1 % (energy, 2020-03-09) and +17.1 %, so no genuine one is taken for a
split; a split on a day that moved more than 8 % would be missed.
"""

ADJACENT_DAYS = 15
"""Calendar days between two records that still count as one move; holidays need seven."""


SPIKE_LOG = 0.3
"""Log points; the largest genuine move of one day that the next day took back is 17 %."""


def check_spikes(
    table: Table,
    dates: pd.DatetimeIndex,
    cells: dict[str, NDArray[np.float64]],
    bad_rows: AbstractSet[int],
) -> list[Problem]:
    """Closes more than 30 log % away from both neighbours, on the same side: a slipped digit.

    Arguments as in `check_split_jumps`. A spike of `adj_close` is named where `close` has none.
    """
    problems: list[Problem] = []
    usable = _usable(table, dates, cells, bad_rows)
    named: set[int] = set()
    for column in ("close", "adj_close"):
        moves = np.diff(np.log(cells[column][usable]))
        there, back = moves[:-1], moves[1:]
        large = np.minimum(np.abs(there), np.abs(back)) > SPIKE_LOG
        spikes = np.flatnonzero(large & (there * back < 0.0))
        size = {int(usable[i + 1]): 100.0 * float(np.expm1(there[i])) for i in spikes}
        found = sorted(size.keys() - named)
        said = {i: f"{column} moves {size[i]:+.0f} % and back on the next session" for i in found}
        problems += listed(table, found, said.__getitem__, "correct the cell; no fund does that")
        named |= size.keys()
    return problems


def _usable(
    table: Table,
    dates: pd.DatetimeIndex,
    cells: dict[str, NDArray[np.float64]],
    bad_rows: AbstractSet[int],
) -> NDArray[np.intp]:
    """Positions with a date, positive closes and no fault that is reported already."""
    sound = dates.notna() & (cells["close"] > 0) & (cells["adj_close"] > 0)
    return np.flatnonzero(sound & ~np.isin(np.arange(len(dates)) + table.first_row, list(bad_rows)))


def check_split_jumps(
    table: Table,
    ticker: str,
    dates: pd.DatetimeIndex,
    cells: dict[str, NDArray[np.float64]],
    actions: Actions,
    bad_rows: AbstractSet[int],
) -> list[Problem]:
    """Ratios of consecutive closes near a split ratio.

    `adj_close` is a total-return close, so a jump of it is always an error. A jump of `close`
    alone, with cash dividends of that date added back, is an error unless the actions hold a
    split of that ratio on that date; then it is a note, since prices and volumes before it are in
    another share unit (their product, the dollar volume, is not).

    Args:
        table: where the bars stand.
        ticker: its name in the actions.
        dates: one date a record, NaT where unreadable.
        cells: has `close` and `adj_close`.
        actions: splits and cash dividends.
        bad_rows: user's row numbers with a fault already reported; their prices are left out.
    """
    kept = _usable(table, dates, cells, bad_rows)
    # A row whose date is wrong or out of order says nothing about a move from day to day.
    days = np.diff(dates[kept].to_numpy("datetime64[D]")).astype(np.int64)
    adjacent = (days > 0) & (days <= ADJACENT_DAYS)
    close, adjusted = cells["close"][kept], cells["adj_close"][kept]
    cash = actions.dividends(ticker, dates[kept])
    recorded = actions.splits(ticker, dates[kept])
    ratio = (close[1:] + cash[1:]) / close[:-1]
    jump = np.where(adjacent, _near_split(ratio), np.nan)
    adjusted_jump = np.where(adjacent, _near_split(adjusted[1:] / adjusted[:-1]), np.nan)
    explained = np.abs(np.log(ratio * recorded[1:])) < LOG_TOLERANCE
    here = kept[1:]
    factor = dict(zip(here, np.where(adjusted_jump > 0, adjusted_jump, jump), strict=True))

    def what(column: str, i: int) -> str:
        old, new = _as_ratio(factor[i])
        return f"{column} jumps like an unadjusted {new}-for-{old} split"

    problems = listed(
        table,
        here[adjusted_jump > 0],
        lambda i: what("adj_close", i),
        "divide all earlier prices by the ratio, or correct the row",
    )
    problems += listed(
        table,
        here[(jump > 0) & ~(adjusted_jump > 0) & ~explained],
        lambda i: what("close", i) + " while adj_close does not",
        "divide earlier open, high, low and close by the ratio and multiply their volume by it",
    )
    return problems + listed(
        table,
        here[(jump > 0) & ~(adjusted_jump > 0) & explained],
        lambda i: what("close", i) + ", as recorded in the actions; adj_close carries on",
        "adjust earlier prices and volume to have share counts in one unit",
        Severity.NOTE,
    )


def _near_split(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """The price factor of the nearest split (0.5 for two-for-one), NaN where none is near."""
    factors = np.array([*(1 / r for r in SPLIT_RATIOS), *SPLIT_RATIOS])
    distance = np.abs(np.log(ratio)[:, None] - np.log(factors)[None, :])
    nearest = distance.argmin(axis=1)
    near = distance[np.arange(len(ratio)), nearest] < LOG_TOLERANCE
    return np.where(near, factors[nearest], np.nan)


def _as_ratio(factor: float) -> tuple[str, str]:
    """Price factor -> (old shares, new shares): 0.5 -> ("1", "2"), 1.5 -> ("3", "2")."""
    ratio = 1 / factor if factor < 1 else factor
    many, one = ("3", "2") if ratio == SPLIT_RATIOS[0] else (f"{ratio:.0f}", "1")
    return (one, many) if factor < 1 else (many, one)
