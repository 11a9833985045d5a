"""Corporate actions: cash dividends and splits, with their checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from feeds.problems import Problem
from feeds.tables import Table
from feeds.validation import check_columns, listed, parse_dates, parse_numbers

DIVIDEND_KINDS = ("dividend", "dividend(inferred)")
SPLIT_KIND = "split"


@dataclass(frozen=True)
class Actions:
    """Validated actions.

    Attributes:
        frame: columns date (ex-date), ticker, kind, value: dollars a share for a dividend, new
            shares for one old share for a split.
    """

    frame: pd.DataFrame

    def dividends(self, ticker: str, dates: pd.DatetimeIndex) -> NDArray[np.float64]:
        """Dollars a share that go ex on each date, 0 where none."""
        chosen = self._of(ticker, DIVIDEND_KINDS)
        return chosen.groupby("date")["value"].sum().reindex(dates, fill_value=0.0).to_numpy()

    def splits(self, ticker: str, dates: pd.DatetimeIndex) -> NDArray[np.float64]:
        """New shares for one old share on each date, 1 where none."""
        chosen = self._of(ticker, (SPLIT_KIND,))
        return chosen.groupby("date")["value"].prod().reindex(dates, fill_value=1.0).to_numpy()

    def _of(self, ticker: str, kinds: tuple[str, ...]) -> pd.DataFrame:
        return self.frame[(self.frame["ticker"] == ticker) & self.frame["kind"].isin(kinds)]


NO_ACTIONS = Actions(
    pd.DataFrame(
        {
            "date": pd.DatetimeIndex([]).as_unit("ns"),
            "ticker": np.array([], dtype=object),
            "kind": np.array([], dtype=object),
            "value": np.array([], dtype=np.float64),
        }
    )
)


def validate_actions(table: Table) -> tuple[Actions, list[Problem]]:
    """Parse and check actions: date, ticker, kind, value; no actions when a column is missing."""
    problems = check_columns(table, ("date", "ticker", "kind", "value"))
    if problems:
        return NO_ACTIONS, problems
    dates, problems = parse_dates(table)
    values, bad_numbers = parse_numbers(table, "value")
    kinds, tickers = table.frame["kind"].astype(str), table.frame["ticker"].astype(str)
    known = kinds.isin([*DIVIDEND_KINDS, SPLIT_KIND]).to_numpy()
    problems += bad_numbers
    problems += listed(
        table,
        np.flatnonzero(~known),
        lambda i: f"kind '{kinds.iloc[i]}' is unknown",
        f"write one of {', '.join((*DIVIDEND_KINDS, SPLIT_KIND))}",
    )
    empty = table.frame["ticker"].isna().to_numpy()
    problems += listed(
        table, np.flatnonzero(empty), lambda _: "ticker is empty", "write the ticker"
    )
    positive = values > 0
    empty_value = table.frame["value"].isna().to_numpy()
    problems += listed(
        table,
        np.flatnonzero((~np.isnan(values) | empty_value) & ~positive),
        lambda i: "value is empty" if np.isnan(values[i]) else f"value is {values[i]:.10g}",
        "write a dividend in dollars a share or a split ratio, above zero",
    )
    frame = pd.DataFrame({"date": dates, "ticker": tickers, "kind": kinds, "value": values})
    repeated = frame.duplicated(["date", "ticker", "kind"]).to_numpy()
    problems += listed(
        table,
        np.flatnonzero(repeated & dates.notna()),
        lambda i: f"{tickers.iloc[i]} has a {kinds.iloc[i]} on {dates[i]:%Y-%m-%d} above already",
        "remove one of the rows or add their values",
    )
    sound = known & positive & dates.notna() & ~empty & ~repeated
    return Actions(frame[sound]), problems
