"""What the portfolio held, what it earned, what trading cost: rebuilt from a run's tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from feeds.market import MarketData
from feeds.trading_prices import trading_bars
from models.universe import SECTORS, SECTORS_REDEFINED

CASH = "CASH"
TRADING_EFFECTS = ("timing", "half_spread", "impact", "commission")
# Share of the value: far above rounding, far below any real flow.
UNEXPLAINED = 1e-12


@dataclass(frozen=True)
class Books:
    """The portfolio by session; row t of [T] runs from one close of the run to the next.

    Attributes:
        sessions: [T] sessions.
        tickers: [N] what can be held, CASH last.
        weights: [T x N] at the start of each session, as a share of the value; rows sum to one.
        held_returns: [T x N] simple returns of the positions held over the session, from the books;
            where nothing was held, the fund's own.
        fund_returns: [T x N] simple returns of the funds' closes; zero before listing and for cash.
        trades: date, ticker, decision_id and the effects of `TRADING_EFFECTS`, one row a fill, each
            as a share of the value at the session's start.
        portfolio, benchmark: [T] simple returns.
    """

    sessions: pd.DatetimeIndex
    tickers: list[str]
    weights: np.ndarray
    held_returns: np.ndarray
    fund_returns: np.ndarray
    trades: pd.DataFrame
    portfolio: np.ndarray
    benchmark: np.ndarray


def trading_closes(market: MarketData, tickers: Sequence[str]) -> pd.DataFrame:
    """Closes at which the engine values positions, [sessions x tickers]; NaN before listing.

    Rebased total-return closes as in `feeds.trading_prices`; tickers without data are left out.
    """
    closes = {}
    for ticker in tickers:
        if ticker in market.tickers:
            bars = trading_bars(market, ticker, SECTORS_REDEFINED if ticker in SECTORS else None)
            closes[ticker] = pd.Series(bars.close, bars.dates)
    return pd.DataFrame(closes).reindex(market.sessions)


def read_books(tables: dict[str, pd.DataFrame], closes: pd.DataFrame) -> Books:
    """Rebuild every session's result from equity, weights, fills and closes.

    Args:
        tables: a run's equity, weights and fills.
        closes: see `trading_closes`.

    Raises:
        ValueError: closes are missing, or a session's result is not what holdings and fills give.
    """
    equity = tables["equity"]
    days = pd.DatetimeIndex(equity["date"])
    value = equity["value"].to_numpy(dtype=np.float64)
    long = tables["weights"]
    tickers = [*(name for name in long["ticker"].unique() if name != CASH), CASH]
    wide = long.pivot_table(index="date", columns="ticker", values="weight")
    weights = wide.loc[equity["date"], tickers].to_numpy(dtype=np.float64)
    prices = _prices(closes, days, tickers, weights)
    fund_returns = np.nan_to_num(prices[1:] / prices[:-1] - 1.0)
    trades = _trades(tables["fills"], equity, pd.DataFrame(prices, days, tickers))
    worth = weights * value[:, None]
    bought = trades.pivot_table(
        index="date", columns="ticker", values="worth_at_close", aggfunc="sum"
    ).reindex(index=days[1:], columns=pd.Index(tickers), fill_value=0.0)
    grown = worth[1:] - bought.fillna(0.0).to_numpy(dtype=np.float64)
    held = weights[:-1] != 0.0
    held_returns = np.where(held, grown / np.where(held, worth[:-1], 1.0) - 1.0, fund_returns)
    # Cash moves by trades only, which stand on their own.
    held_returns[:, -1] = 0.0
    books = Books(
        sessions=days[1:],
        tickers=tickers,
        weights=weights[:-1],
        held_returns=held_returns,
        fund_returns=fund_returns,
        trades=trades.drop(columns="worth_at_close"),
        portfolio=value[1:] / value[:-1] - 1.0,
        benchmark=_returns(equity["benchmark"]),
    )
    _check(books)
    return books


def _returns(wealth: pd.Series) -> np.ndarray:
    values = wealth.to_numpy(dtype=np.float64)
    return np.asarray(values[1:] / values[:-1] - 1.0)


def _prices(
    closes: pd.DataFrame, days: pd.DatetimeIndex, tickers: list[str], weights: np.ndarray
) -> np.ndarray:
    """[T+1 x N] closes, one for cash; NaN only where nothing is held."""
    absent = [name for name in tickers[:-1] if name not in closes]
    if absent:
        raise ValueError(f"closes have no column {absent[0]}; give every ticker of weights")
    prices = closes.reindex(days)[tickers[:-1]].assign(**{CASH: 1.0}).to_numpy(dtype=np.float64)
    unpriced = np.isnan(prices) & (weights != 0.0)
    if unpriced.any():
        row, column = np.argwhere(unpriced)[0]
        raise ValueError(f"closes have no {tickers[column]} on {days[row].date()}, but it is held")
    return np.asarray(prices)


def _trades(fills: pd.DataFrame, equity: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Each fill's effects; fills up to the first row belong to the building and are left out."""
    start = dict(zip(equity["date"].iloc[1:], equity["value"].iloc[:-1], strict=True))
    # Numbers of an empty table come as objects.
    numbers = dict.fromkeys(("shares", "price", "reference_price", "commission"), np.float64)
    mine = fills[fills["date"].isin(list(start))].reset_index(drop=True).astype(numbers)
    value = mine["date"].map(start).astype(np.float64)
    date = pd.to_datetime(mine["date"])
    rows = prices.index.get_indexer(pd.DatetimeIndex(date))
    columns = prices.columns.get_indexer(pd.Index(mine["ticker"]))
    if (columns < 0).any():
        raise ValueError(f"fills: {mine['ticker'][int((columns < 0).argmax())]} has no weights")
    close = prices.to_numpy()[rows, columns]
    shares = mine["shares"]
    signed = shares.where(mine["side"] == "buy", -shares)
    slippage = signed * (mine["price"] - mine["reference_price"])
    # None from a broker that knows no half-spread; then all slippage counts as impact.
    half_spread_bps = pd.to_numeric(mine["half_spread_bps"]).astype(np.float64).fillna(0.0)
    half_spread = shares * mine["reference_price"] * half_spread_bps * 1e-4
    return pd.DataFrame(
        {
            "date": date,
            "ticker": mine["ticker"],
            "decision_id": mine["decision_id"],
            "worth_at_close": signed * close,
            "timing": signed * (close - mine["reference_price"]) / value,
            "half_spread": -half_spread / value,
            "impact": -(slippage - half_spread) / value,
            "commission": -mine["commission"] / value,
        }
    )


def _check(books: Books) -> None:
    traded = books.trades.groupby("date")[list(TRADING_EFFECTS)].sum().sum(axis=1)
    explained = (books.weights * books.fund_returns).sum(axis=1)
    explained += traded.reindex(books.sessions, fill_value=0.0).to_numpy()
    gap = books.portfolio - explained
    wrong = ~(np.abs(gap) <= UNEXPLAINED)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"{books.sessions[row].date()}: {1e4 * gap[row]:.6f} bp of the return is neither in "
            "weights and closes nor in fills; take all of them from the same run"
        )
