"""The trading window of a market as the kernel reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feeds.market import MarketData
from feeds.trading_prices import TradingBars
from models.covariance import fund_covariance
from models.kernel_inputs import CLOSE, Bars
from models.universe import BENCHMARK, SECTORS
from research.assemble import LEAD_IN_SESSIONS, trading_span
from research.config import ConfigError, RunConfig
from research.sweep_cache import Arrays, StageCache
from research.sweep_shared import cache_key, shared_bars


@dataclass(frozen=True)
class Window:
    """A market from the inception to the period's end; A funds, N sectors, D decisions.

    Attributes:
        bars: what the kernel reads.
        dates: [T] sessions, datetime64[D].
        funds: [A] tickers, the benchmark first.
        decided: [D] row of each decision in the histories.
        sector_prices: [H x N] closes from the benchmark's first session to the window's end; NaN
            before a sector lists.
        benchmark_prices: [H] closes.
        offset: rows of the market's sessions before the histories begin.
    """

    bars: Bars
    dates: np.ndarray
    funds: tuple[str, ...]
    decided: np.ndarray
    sector_prices: np.ndarray
    benchmark_prices: np.ndarray
    offset: int


def window_of(market: MarketData, config: RunConfig, shared: StageCache) -> Window:
    """The window of a configuration's period.

    Raises:
        ConfigError: the benchmark has no bar where the window begins.
    """
    first, last = trading_span(market, config)
    known = {
        ticker: shared_bars(market, ticker, shared)
        for ticker in (BENCHMARK, *SECTORS)
        if ticker in market.tickers
    }
    known = {ticker: bars for ticker, bars in known.items() if bars.dates[0] <= last}
    if known[BENCHMARK].dates[0] > first:
        raise ConfigError(
            f"{market.source}: {BENCHMARK} has no bar on {first.date()}; start the period later"
        )
    sessions = market.sessions
    offset = int(sessions.searchsorted(known[BENCHMARK].dates[0]))
    start, stop = int(sessions.searchsorted(first)), int(sessions.searchsorted(last)) + 1
    closes = np.column_stack(
        [_aligned(bars, "close", len(sessions))[offset:stop] for bars in known.values()]
    )
    days = sessions[start:stop].to_numpy("datetime64[D]")
    decision, decided = _decisions(days)
    begins = [max(int(sessions.searchsorted(bars.dates[0])) - start, 0) for bars in known.values()]
    lines = np.array(
        [
            [_aligned(bars, name, len(sessions))[start:stop] for bars in known.values()]
            for name in ("open", "close", "volume", "volatility", "dollar_adv")
        ]
    )

    def covariances() -> Arrays:
        rows = range(start - offset, stop - offset)
        return {"values": np.array([_covariance(closes[: row + 1], begins, row, start - offset)
                                    for row in rows])}  # fmt: skip

    key = cache_key(market, f"{first} {last}")
    return Window(
        bars=Bars(
            lines=np.ascontiguousarray(lines.transpose(2, 0, 1)),
            closes=lines[CLOSE].copy(),
            covariance=np.array(shared.arrays("covariances", key, covariances)["values"]),
            order=_order(begins, np.flatnonzero(decision >= 0)),
            decision=decision,
            following=np.append(decided, len(days))[
                np.searchsorted(decided, np.arange(len(days)), side="right")
            ],
            measured=LEAD_IN_SESSIONS - 1,
        ),
        dates=days,
        funds=tuple(known),
        decided=decided + start - offset,
        sector_prices=closes[:, 1:],
        benchmark_prices=closes[:, 0],
        offset=offset,
    )


def _aligned(bars: TradingBars, line: str, sessions: int) -> np.ndarray:
    """[sessions] a line on the market's sessions; NaN before the fund lists."""
    values = np.full(sessions, np.nan)
    column = getattr(bars, line)
    values[sessions - len(column) :] = column
    return values


def _decisions(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[T] number of the decision at each close or -1, and the sessions [D] of the decisions.

    The inception and each month's first session; see strategies.rebalancing.
    """
    months = days.astype("datetime64[M]")
    due = np.r_[True, months[1:] != months[:-1]]
    return np.where(due, np.cumsum(due) - 1, -1), np.flatnonzero(due)


def _covariance(closes: np.ndarray, begins: list[int], row: int, start: int) -> np.ndarray:
    """[A x A] of the funds that have a bar by now, as the strategy asks for it at this close."""
    listed = [begin <= row - start for begin in begins]
    histories = [
        closes[np.isfinite(closes[:, fund]), fund] if known else closes[:0, fund]
        for fund, known in enumerate(listed)
    ]
    return fund_covariance(histories)


def _order(begins: list[int], decided: np.ndarray) -> np.ndarray:
    """[A] funds as Backtrader's table of positions comes to know them, a decision at a time."""
    return np.argsort(np.searchsorted(decided, begins), kind="stable").astype(np.int64)
