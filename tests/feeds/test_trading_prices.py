from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from feeds.market import MarketData
from feeds.trading_prices import trading_bars

PRICES = ("open", "high", "low", "close")


def test_returns_are_total_returns_from_one_hundred(make_market: Callable[..., MarketData]) -> None:
    market = make_market(late={"XLC": "2018-06-19"})
    for ticker in ("SPY", "XLC"):
        bars = trading_bars(market, ticker)
        total = market.total_return_close[ticker].dropna()
        np.testing.assert_allclose(bars.close, 100 * total / total.iloc[0], atol=1e-6)
        assert bars.close[0] == 100.0
        assert bars.dates[0] == total.index[0]
        assert (bars.high >= np.maximum(bars.open, bars.close)).all()
        assert (bars.low <= np.minimum(bars.open, bars.close)).all()


def test_price_times_volume_is_the_raw_dollar_volume(
    make_market: Callable[..., MarketData],
) -> None:
    market = make_market()
    bars = trading_bars(market, "XLK")
    dollars = (market.close["XLK"] * market.volume["XLK"]).to_numpy()
    np.testing.assert_allclose(bars.close * bars.volume, dollars, rtol=1e-8)
    np.testing.assert_allclose(bars.dollar_adv[59:][0], dollars[:60].mean(), rtol=1e-9)
    logs = np.diff(np.log(bars.close))
    assert bars.volatility[200] == pytest.approx(logs[140:200].std(ddof=1), rel=1e-6)


@pytest.mark.parametrize("factor", [0.987654, 0.5, 1 / 3])
def test_later_dividends_and_splits_change_nothing_earlier(
    make_market: Callable[..., MarketData], factor: float
) -> None:
    """A later dividend rescales the vendor's whole adjusted history, a split every raw price."""
    market = make_market()
    dividend = replace(market, total_return_close=market.total_return_close * factor)
    split = replace(
        market,
        **{name: getattr(market, name) * factor for name in (*PRICES, "total_return_close")},
        volume=market.volume / factor,
    )
    for ticker in ("SPY", "XLF"):
        before = trading_bars(market, ticker)
        for after in (trading_bars(dividend, ticker), trading_bars(split, ticker)):
            for name in (*PRICES, "volatility"):
                np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
            for name in ("dollar_adv", "volume"):
                np.testing.assert_allclose(getattr(after, name), getattr(before, name), rtol=1e-12)


def test_a_fund_without_bars_cannot_be_traded(make_market: Callable[..., MarketData]) -> None:
    market = make_market()
    empty = replace(market, open=market.open.assign(XLK=np.nan))
    with pytest.raises(ValueError, match="XLK has no complete bar"):
        trading_bars(empty, "XLK")
