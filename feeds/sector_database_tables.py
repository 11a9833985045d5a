"""From a market to the tables of one load of the sector database."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from feeds.market_regimes import RegimeSettings, market_regimes
from feeds.trading_prices import rebased_total_return
from models.universe import BENCHMARK, BOND_ETFS, SECTORS, SECTORS_REDEFINED


def load_tables(
    market: MarketData, settings: RegimeSettings, on_step: Callable[[str], None]
) -> dict[str, pd.DataFrame]:
    """Every table that a load fills, without the load's id; nothing is written.

    Args:
        market: what to load.
        settings: of stress and regimes.
        on_step: called with a title before each long step.
    """
    on_step("bond stress")
    features, sources = market_stress(market, settings.stress)
    regimes, fits = market_regimes(market, features, sources, settings, on_step)
    return {
        "instruments": _instruments(market.tickers),
        "prices": _prices(market),
        "total_returns": _total_returns(market),
        "stress": _long(features, "feature", "value"),
        "stress_sources": _long(sources.where(sources != ""), "channel", "source"),
        "regimes": regimes,
        "regime_fits": fits,
    }


def _instruments(tickers: list[str]) -> pd.DataFrame:
    """What each ticker is; `since` is the day from which a sector fund holds what its name says."""
    since = pd.Timestamp(SECTORS_REDEFINED)
    kinds: dict[str, tuple[str, str, pd.Timestamp | None]]
    kinds = {BENCHMARK: ("benchmark", "S&P 500", None)}
    kinds |= {ticker: ("sector", name, since) for ticker, name in SECTORS.items()}
    kinds |= {ticker: ("bond fund", name, None) for ticker, name in BOND_ETFS.items()}
    rows = [(ticker, *kinds.get(ticker, ("other", ticker, None))) for ticker in tickers]
    frame = pd.DataFrame(rows, columns=["ticker", "kind", "name", "since"])
    # A market without sectors leaves a column of None, which has no type of its own.
    return frame.assign(since=pd.to_datetime(frame["since"]))


def _prices(market: MarketData) -> pd.DataFrame:
    """Split-adjusted prices in dollars and volume in shares, from each ticker's first close."""
    parts = []
    for ticker in market.tickers:
        fields = ("open", "high", "low", "close", "volume")
        frame = pd.DataFrame({name: getattr(market, name)[ticker] for name in fields})
        frame.insert(0, "ticker", ticker)
        parts.append(frame.dropna(subset="close").reset_index(names="session"))
    return pd.concat(parts, ignore_index=True)


def _total_returns(market: MarketData) -> pd.DataFrame:
    """Total-return index from 100 at each ticker's first close, and its simple daily return."""
    levels = market.total_return_close.apply(rebased_total_return)
    frame = _long(levels, "ticker", "index_level")
    former = frame.groupby("ticker")["index_level"].shift()
    return frame.assign(daily_return=frame["index_level"] / former - 1.0)


def _long(frame: pd.DataFrame, variable: str, value: str) -> pd.DataFrame:
    """[T x C] -> session, variable, value; missing cells are left out."""
    rows, columns = np.nonzero(frame.notna().to_numpy().T)[::-1]
    return pd.DataFrame(
        {
            "session": frame.index.to_numpy()[rows],
            variable: frame.columns.to_numpy(dtype=object)[columns],
            value: frame.to_numpy()[rows, columns],
        }
    )
