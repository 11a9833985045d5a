"""Many validated tickers and series -> one MarketData on the market's sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from feeds.market import MarketData
from feeds.problems import DataError, Problem, Severity
from feeds.publication import PUBLICATION_LAG_SESSIONS
from feeds.sessions import nyse_calendar, nyse_sessions
from feeds.validation_bars import BAR_COLUMNS, Bars
from feeds.validation_macro import Observations, check_early_end
from models.universe import BENCHMARK, SECTORS

TRADED = frozenset({BENCHMARK, *SECTORS})
"""Tickers that are bought and sold: they need full bars up to the market's last session."""

PANEL_FIELDS = {column: column for column in BAR_COLUMNS} | {"adj_close": "total_return_close"}


def leading(bars: Sequence[Bars]) -> Bars | None:
    """Whose sessions are the market's: the benchmark, else the ticker with most records."""
    held = [one for one in bars if one.dates.notna().any()]
    benchmark = [one for one in held if one.ticker == BENCHMARK]
    return benchmark[0] if benchmark else max(held, key=lambda one: len(one.dates), default=None)


def check_together(bars: Sequence[Bars], macro: Sequence[Observations]) -> list[Problem]:
    """What only shows when files stand side by side: late starts, early ends."""
    leader = leading(bars)
    if leader is None:
        return []
    others = [one for one in bars if one is not leader and one.dates.notna().any()]
    problems = [problem for one in others for problem in _check_span(one, leader)]
    last_session = _span(leader)[1]
    return problems + [problem for one in macro for problem in check_early_end(one, last_session)]


def _span(one: Bars) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last session; a lone date far from all others is a typing error, not a span."""
    calendar = nyse_calendar()
    held = calendar.isin(one.dates)
    beside = np.r_[False, held[:-1]] | np.r_[held[1:], False]
    days = calendar[held & beside] if (held & beside).any() else one.dates
    return days.min(), days.max()


def _check_span(one: Bars, leader: Bars) -> list[Problem]:
    (first, last), (start, end) = _span(leader), _span(one)
    file = one.table.file
    market = f"the market's ({leader.ticker})"
    problems = []
    if start > first:
        what = f"{one.ticker} starts on {start:%Y-%m-%d}, after {market} first session"
        mend = "nothing to mend when it was listed then; it joins when it has enough history"
        row = one.table.row(np.argmax(one.dates == start))
        problems.append(Problem(file, row, what, mend, Severity.NOTE))
    if end < last:
        what = f"{one.ticker} ends on {end:%Y-%m-%d}, before {market} last session {last:%Y-%m-%d}"
        mend = f"add its rows up to {last:%Y-%m-%d}, or cut the other files at {end:%Y-%m-%d}"
        severity = Severity.ERROR if one.ticker in TRADED else Severity.NOTE
        row = one.table.row(np.argmax(one.dates == end))
        problems.append(Problem(file, row, what, mend, severity))
    outside = int(((one.dates < first) | (one.dates > last)).sum())
    if outside:
        what = f"{outside} rows outside {market} sessions {first:%Y-%m-%d} to {last:%Y-%m-%d}"
        mend = f"nothing to mend when {leader.ticker} is complete; these rows are not used"
        problems.append(Problem(file, 0, what, mend, Severity.NOTE))
    return problems


def check_lags(
    macro: Iterable[Observations], lags: Mapping[str, int], severity: Severity
) -> list[Problem]:
    """Series without a publication lag in `lags`; an ERROR where they were asked for."""
    what = "no publication lag is known for this series, so it is not read"
    mend = "add its lag to feeds/publication.py to have it read"
    return [
        Problem(one.table.file, 0, what, mend, severity)
        for one in macro
        if one.series_id not in lags
    ]


def build_market(
    bars: Sequence[Bars],
    macro: Sequence[Observations],
    problems: Iterable[Problem],
    *,
    source: str,
    synthetic: bool = False,
    publication_lags: Mapping[str, int] | None = None,
) -> MarketData:
    """MarketData on the sessions of the leading ticker; NaN before a later start.

    Args:
        bars: one entry a ticker, in column order.
        macro: the series.
        problems: everything found in them.
        source: one line for people.
        synthetic: True for a generated market.
        publication_lags: None for the one table of feeds/publication.py.

    Raises:
        DataError: an ERROR among the problems; it carries all of them, sorted.
    """
    found = sorted(problems)
    if any(problem.severity is Severity.ERROR for problem in found):
        raise DataError(found)
    leader = leading(bars)
    if leader is None:
        raise DataError([Problem(source, 0, "there is no ticker to read", "name at least one")])
    sessions = nyse_sessions(leader.dates[0], leader.dates[-1])
    panels = {field: np.full((len(sessions), len(bars)), np.nan) for field in BAR_COLUMNS}
    for column, one in enumerate(bars):
        inside = one.dates.isin(sessions)
        rows = sessions.get_indexer(one.dates[inside])
        for field, panel in panels.items():
            panel[rows, column] = one.cells[field][inside]
    tickers = pd.Index([one.ticker for one in bars])
    frames: dict[str, Any] = {
        PANEL_FIELDS[field]: pd.DataFrame(panel, index=sessions, columns=tickers)
        for field, panel in panels.items()
    }
    return MarketData(
        sessions=sessions,
        macro={one.series_id: one.series for one in macro},
        source=source,
        synthetic=synthetic,
        publication_lags=dict(publication_lags or PUBLICATION_LAG_SESSIONS),
        **frames,
    )
