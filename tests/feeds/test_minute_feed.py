from __future__ import annotations

import datetime
import math
from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from feeds.minute_bars import DailyBar, make_minute_bars
from feeds.minute_feed import MinuteFeed, minute_feed

DAYS = pd.bdate_range("2019-02-26", periods=4)
MADE = {day: make_minute_bars(DailyBar("XLK", day, 10, 11, 9, 10.5, 9_999), 1) for day in DAYS}
NAMES = ("open", "high", "low", "close", "volume")


class Recorder(bt.Strategy):
    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.volatility: list[float] = []

    def next(self) -> None:
        stamp = self.data.datetime.datetime(0)
        self.rows.append((stamp, *(getattr(self.data, name)[0] for name in NAMES)))
        if hasattr(self.data.lines, "volatility"):
            self.volatility.append(self.data.volatility[0])


def record(feed: Any, **options: Any) -> Recorder:
    cerebro = bt.Cerebro(stdstats=False, **options)
    cerebro.adddata(feed)
    cerebro.addstrategy(Recorder)
    return cerebro.run()[0]


def frame() -> pd.DataFrame:
    parts = [pd.DataFrame({name: getattr(MADE[day], name) for name in NAMES}) for day in DAYS]
    times = [day + pd.to_timedelta(571 + MADE[day].minute, unit="min") for day in DAYS]
    return pd.concat(parts).set_axis(times[0].append(times[1:]), axis=0)


@pytest.mark.parametrize("options", [{}, {"preload": False}, {"runonce": False}, {"exactbars": 1}])
def test_same_bars_as_backtraders_own_feed(options: dict[str, Any]) -> None:
    own = bt.feeds.PandasData(dataname=frame(), timeframe=bt.TimeFrame.Minutes)
    expected = record(own).rows
    found = record(minute_feed("XLK", MADE), **options).rows
    assert found == expected
    assert found[0][0] == datetime.datetime(2019, 2, 26, 9, 31)
    assert found[389][0] == datetime.datetime(2019, 2, 26, 16, 0)
    assert len(found) == 4 * 390


def test_backtrader_takes_it_for_minutes() -> None:
    feed = minute_feed("XLK", MADE)
    assert isinstance(feed, MinuteFeed)
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.resampledata(feed, timeframe=bt.TimeFrame.Days)
    cerebro.addstrategy(Recorder)
    rows = cerebro.run()[0].rows
    assert [row[1:] for row in rows] == [(10, 11, 9, 10.5, 9_999)] * 4


def test_warm_up_sessions_are_history() -> None:
    feed = minute_feed("XLK", MADE, warmup_sessions=3)
    recorder = record(feed)
    assert len(recorder.rows) == 390
    assert recorder.rows[0][0].date() == DAYS[3].date()
    np.testing.assert_array_equal(feed.past("close"), frame()["close"])


def test_volatility_is_what_the_next_bar_may_know() -> None:
    daily = {day: 0.01 * (k + 1) for k, day in enumerate(DAYS)}
    found = record(minute_feed("XLK", MADE, volatility=daily)).volatility
    # The last minute of a session is read by the execution in the first of the next.
    assert found[388] == 0.01 / math.sqrt(390)
    assert found[389] == 0.02 / math.sqrt(390)
    assert found[-1] == 0.04 / math.sqrt(390)
    assert np.isnan(record(minute_feed("XLK", MADE)).volatility).all()


def test_bad_sessions_are_refused() -> None:
    with pytest.raises(ValueError, match="XLK: 4 sessions, 4 of them warm-up"):
        minute_feed("XLK", MADE, warmup_sessions=4)
    with pytest.raises(ValueError, match="XLK: the sessions must increase"):
        minute_feed("XLK", dict(reversed(MADE.items())))
