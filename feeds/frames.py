"""The in-memory source: a market from pandas objects, for tests and notebooks."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from feeds.market import MarketData
from feeds.panel import TRADED, build_market, check_lags, check_together
from feeds.problems import Problem, Severity
from feeds.publication import PUBLICATION_LAG_SESSIONS
from feeds.tables import Table
from feeds.validation_bars import validate_bars
from feeds.validation_macro import validate_macro

MEMORY_FIRST_ROW = 1


def from_frames(
    bars: Mapping[str, pd.DataFrame],
    macro: Mapping[str, pd.Series] | None = None,
    *,
    source: str = "memory",
    synthetic: bool = False,
    publication_lags: Mapping[str, int] | None = None,
) -> MarketData:
    """A validated market from frames; any tickers, the same checks as for files.

    Args:
        bars: ticker -> frame on a DatetimeIndex of NYSE sessions (no time zone) with columns
            open, high, low, close, volume and, if dividends count, adj_close (total-return
            close); without it `close` is taken as total return. Prices in dollars. Tickers other
            than the benchmark and the sectors may be close-only (the rest NaN throughout).
        macro: series id -> values by observation date; NaN = no observation.
        source: one line for people.
        synthetic: True for a generated market.
        publication_lags: series id -> sessions; None for the table of feeds/publication.py.

    Returns:
        MarketData on the sessions of the benchmark, or of the longest ticker where the benchmark
        is not among them; NaN before a ticker's first session.

    Raises:
        DataError: an ERROR in any frame; a problem's `file` is the ticker or series id, its `row`
            the position plus one.
    """
    lags = dict(PUBLICATION_LAG_SESSIONS if publication_lags is None else publication_lags)
    problems: list[Problem] = []
    parsed = []
    for ticker, frame in bars.items():
        table, found = _table(ticker, frame)
        if table is not None:
            one, more = validate_bars(table, ticker, full=ticker in TRADED)
            found += more
            parsed += [one] if one else []
        problems += found
    series = []
    for series_id, values in (macro or {}).items():
        table, found = _table(series_id, values.to_frame("value"))
        if table is not None:
            observed, more = validate_macro(table, series_id)
            found += more
            series += [observed] if observed else []
        problems += found
    problems += check_lags(series, lags, Severity.ERROR) + check_together(parsed, series)
    return build_market(
        parsed, series, problems, source=source, synthetic=synthetic, publication_lags=lags
    )


def _table(name: str, frame: pd.DataFrame) -> tuple[Table | None, list[Problem]]:
    if frame.empty:
        return None, [Problem(name, 0, "the frame has no row", "give it data or leave it out")]
    if not isinstance(frame.index, pd.DatetimeIndex):
        what = f"the index is a {type(frame.index).__name__}, not a DatetimeIndex"
        return None, [Problem(name, 0, what, "index it by session")]
    columns = frame.reset_index(drop=True).drop(columns="date", errors="ignore")
    columns.insert(0, "date", pd.Series(frame.index))
    if "adj_close" not in columns and list(columns).count("close") == 1:
        columns["adj_close"] = columns["close"]
    return Table(name, columns, first_row=MEMORY_FIRST_ROW), []
