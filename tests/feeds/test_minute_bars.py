from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.market import MarketData
from feeds.minute_bars import (
    MINUTES,
    DailyBar,
    MinuteBars,
    daily_bar,
    make_minute_bars,
    volume_shape,
)
from feeds.trading_prices import trading_bars

DAY = pd.Timestamp("2019-03-01")
BAR = DailyBar("XLK", DAY, 100.0, 101.5, 99.2, 99.9, 1_234_567.0)


def same(left: MinuteBars, right: MinuteBars) -> bool:
    return all(
        np.array_equal(getattr(left, field.name), getattr(right, field.name))
        for field in fields(MinuteBars)
    )


def assert_agrees(minutes: MinuteBars, bar: DailyBar) -> None:
    assert minutes.open[0] == bar.open
    assert minutes.high.max() == bar.high
    assert minutes.low.min() == bar.low
    assert minutes.close[-1] == bar.close
    assert minutes.volume.sum() == bar.volume
    assert sum(minutes.volume.tolist()) == bar.volume
    assert (minutes.volume >= 0).all()
    assert (minutes.low <= np.minimum(minutes.open, minutes.close)).all()
    assert (minutes.high >= np.maximum(minutes.open, minutes.close)).all()
    assert minutes.minute.tolist() == list(range(MINUTES))


@st.composite
def daily_bars(draw: st.DrawFn) -> DailyBar:
    """Any bar: flat, opening or closing at an extreme, of a cent's range or a hundredfold one."""
    low = draw(st.floats(1e-4, 1e4))
    width = draw(st.one_of(st.just(0.0), st.floats(1e-9, 100.0)))
    high = low * (1 + width)
    inside = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1, allow_subnormal=False)).map(
        lambda share: min(max(low + share * (high - low), low), high)
    )
    volume = draw(
        st.one_of(st.sampled_from([0.0, 1.0, 3.0]), st.floats(0, 1e12), st.integers(0, 10**10))
    )
    return DailyBar("A", DAY, draw(inside), high, low, draw(inside), float(volume))


@given(daily_bars(), st.integers(0, 2**32))
@example(DailyBar("A", DAY, 10.0, 10.0, 10.0, 10.0, 0.0), 0)
@example(DailyBar("A", DAY, 11.0, 11.0, 9.0, 9.0, 5.0), 0)
def test_open_high_low_close_and_volume_are_exactly_the_days(bar: DailyBar, seed: int) -> None:
    assert_agrees(make_minute_bars(bar, seed), bar)


@pytest.mark.parametrize("seed", [1042, 2246, 2509])
def test_high_and_low_drawn_for_one_moment_are_both_touched(seed: int) -> None:
    """Seeds that draw the same place for both extremes of this bar."""
    assert_agrees(make_minute_bars(BAR, seed), BAR)


def test_on_rebased_total_return_bars(make_market: Callable[..., MarketData]) -> None:
    bars = trading_bars(make_market(seed=3, last="2015-06-30"), "XLE")
    for session in bars.dates:
        bar = daily_bar(bars, session)
        assert not float(bar.volume).is_integer()
        assert_agrees(make_minute_bars(bar, 7), bar)
    with pytest.raises(KeyError, match="XLE has no bar on 2015-01-03"):
        daily_bar(bars, pd.Timestamp("2015-01-03"))


@pytest.mark.realdata
def test_on_the_real_market(real_market: MarketData) -> None:
    market = real_market.until(pd.Timestamp("2019-12-31"))
    bars = trading_bars(market, "XLU")
    for session in bars.dates[::25]:
        bar = daily_bar(bars, session)
        assert_agrees(make_minute_bars(bar, 7), bar)


def test_any_session_alone_in_any_order() -> None:
    others = [replace(BAR, session=DAY + pd.Timedelta(days=k)) for k in range(3)]
    forward = [make_minute_bars(bar, 5) for bar in others]
    backward = [make_minute_bars(bar, 5) for bar in others[::-1]][::-1]
    assert all(map(same, forward, backward))
    assert not same(forward[0], forward[1])
    assert not same(forward[0], make_minute_bars(others[0], 6))
    assert not same(forward[0], make_minute_bars(replace(others[0], ticker="XLF"), 5))


def test_whole_shares_where_the_days_are() -> None:
    volume = make_minute_bars(BAR, 1).volume
    np.testing.assert_array_equal(volume, np.round(volume))


def test_volume_is_u_shaped() -> None:
    shape = volume_shape()
    assert shape.sum() == pytest.approx(1, abs=1e-15)
    np.testing.assert_allclose(shape, shape[::-1], rtol=1e-12)
    assert shape[0] / shape[195] == pytest.approx(3, rel=0.02)
    days = [replace(BAR, session=DAY + pd.Timedelta(days=k)) for k in range(40)]
    hours = np.mean([make_minute_bars(d, 1).volume.reshape(13, 30).sum(axis=1) for d in days], 0)
    assert hours.argmin() in (5, 6, 7)
    assert (np.diff(hours[:5]) < 0).all()
    assert (np.diff(hours[8:]) > 0).all()


def test_the_path_moves_as_its_range_says() -> None:
    """A minute's deviation, over sqrt(390) minutes, is about the range over sqrt(8 / pi)."""
    wide = replace(BAR, open=100.0, close=100.0, high=102.0, low=98.0)
    days = [replace(wide, session=DAY + pd.Timedelta(days=k)) for k in range(60)]
    moves = np.concatenate([np.diff(make_minute_bars(day, 2).close) for day in days])
    assert moves.std() * math.sqrt(MINUTES) == pytest.approx(4 / math.sqrt(8 / math.pi), rel=0.1)


@pytest.mark.parametrize(
    "change",
    [{"high": 99.0}, {"low": 100.5}, {"close": math.nan}, {"volume": -1.0}, {"low": 0.0}],
)
def test_a_daily_bar_that_cannot_be_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="XLK, 2019-03-01: open, high, low, close, volume"):
        replace(BAR, **change)
