"""NBER recessions, with the day on which each turning point was announced.

A peak is announced four to twelve months late and a trough later still, so nothing that decides
may read the dates: they describe regimes in hindsight.

Source: NBER Business Cycle Dating Committee, "US Business Cycle Expansions and Contractions" and
its announcements of 1980-06-03 to 2021-07-19 (nber.org/research/business-cycle-dating).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Recession:
    """One contraction of the US economy.

    Attributes:
        peak: month of the peak, `YYYY-MM`: the last month of the expansion.
        trough: month of the trough, `YYYY-MM`: the last month of the recession.
        peak_announced: day on which the committee announced the peak, `YYYY-MM-DD`.
        trough_announced: the same for the trough.
    """

    peak: str
    trough: str
    peak_announced: str
    trough_announced: str

    @property
    def first_day(self) -> pd.Timestamp:
        """First day of the month after the peak, as FRED's USREC counts."""
        return pd.Timestamp(self.peak) + pd.offsets.MonthBegin(1)

    @property
    def last_day(self) -> pd.Timestamp:
        """Last day of the trough's month."""
        return pd.Timestamp(self.trough) + pd.offsets.MonthEnd(0)


RECESSIONS: tuple[Recession, ...] = (
    Recession("1980-01", "1980-07", "1980-06-03", "1981-07-08"),
    Recession("1981-07", "1982-11", "1982-01-06", "1983-07-08"),
    Recession("1990-07", "1991-03", "1991-04-25", "1992-12-22"),
    Recession("2001-03", "2001-11", "2001-11-26", "2003-07-17"),
    Recession("2007-12", "2009-06", "2008-12-01", "2010-09-20"),
    Recession("2020-02", "2020-04", "2020-06-08", "2021-07-19"),
)
"""Since the committee announces turning points."""


def in_recession(sessions: pd.DatetimeIndex) -> np.ndarray:
    """[T] bool: True from the month after a peak through the trough's month, in hindsight."""
    inside = np.zeros(len(sessions), dtype=bool)
    for recession in RECESSIONS:
        inside |= np.asarray((sessions >= recession.first_day) & (sessions <= recession.last_day))
    return inside


def recession_table() -> pd.DataFrame:
    """One row a recession: first_day, last_day, peak_announced, trough_announced (timestamps)."""
    return pd.DataFrame(
        {
            "first_day": [one.first_day for one in RECESSIONS],
            "last_day": [one.last_day for one in RECESSIONS],
            "peak_announced": [pd.Timestamp(one.peak_announced) for one in RECESSIONS],
            "trough_announced": [pd.Timestamp(one.trough_announced) for one in RECESSIONS],
        }
    )
