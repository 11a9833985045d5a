from __future__ import annotations

from typing import Any

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

from feeds.bars import Bars

DATES = pd.bdate_range("2024-01-01", periods=30)


def columns(rows: int = 30) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    names = ("open", "high", "low", "close", "volume", "volatility", "dollar_adv")
    return {name: rng.random(rows) + 10 for name in names}


class Recorder(bt.Strategy):
    def __init__(self) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.pasts: list[np.ndarray] = []

    def next(self) -> None:
        data = self.data
        self.rows.append(
            (
                data.datetime.date(0),
                *(getattr(data, n)[0] for n in ("open", "high", "low", "close")),
            )
        )
        if hasattr(data, "past"):
            self.pasts.append(data.past("close"))


def record(feed: Any, **options: Any) -> Recorder:
    cerebro = bt.Cerebro(stdstats=False, **options)
    cerebro.adddata(feed)
    cerebro.addstrategy(Recorder)
    return cerebro.run()[0]


def test_same_bars_as_backtraders_own_feed() -> None:
    frame = pd.DataFrame(columns(), index=DATES)
    expected = record(bt.feeds.PandasData(dataname=frame)).rows
    assert record(Bars(columns=columns(), dates=DATES)).rows == expected


@pytest.mark.parametrize("options", [{"preload": False}, {"runonce": False}, {"exactbars": 1}])
def test_every_way_of_running_gives_the_same_bars(options: dict[str, Any]) -> None:
    expected = record(Bars(columns=columns(), dates=DATES, warmup=7))
    other = record(Bars(columns=columns(), dates=DATES, warmup=7), **options)
    assert other.rows == expected.rows


def test_warm_up_is_history_but_no_bar() -> None:
    strategy = record(Bars(columns=columns(), dates=DATES, warmup=7))
    assert len(strategy.rows) == 23
    assert strategy.rows[0][0] == DATES[7].date()
    closes = columns()["close"]
    for number, past in enumerate(strategy.pasts):
        np.testing.assert_array_equal(past, closes[: 8 + number])


def test_the_past_is_read_only_and_never_longer_than_now() -> None:
    strategy = record(Bars(columns=columns(), dates=DATES, warmup=7))
    with pytest.raises(ValueError, match="read-only"):
        strategy.pasts[0][0] = 1.0


def test_a_cerebro_can_run_twice() -> None:
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(Bars(columns=columns(), dates=DATES))
    cerebro.addstrategy(Recorder)
    assert cerebro.run()[0].rows == cerebro.run()[0].rows
    assert cerebro.run(preload=False, runonce=False)[0].rows == cerebro.run()[0].rows
