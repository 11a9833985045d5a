"""The published choice on the real market up to 2019, and what the future can change of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from models.warning_lead import fall_events
from models.warning_model import WarningConfig
from models.warning_state import WarningRule, states
from models.warning_walk import walk_warnings

LAST = "2019-12-31"


def inputs(market: MarketData) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray, list[int]]:
    stress, _ = market_stress(market)
    closes = market.total_return_close.loc[SECTORS_REDEFINED:]
    sessions = pd.DatetimeIndex(closes.index)
    logs = np.log(closes[list(SECTORS)].to_numpy())
    relative = logs - np.log(closes[BENCHMARK].to_numpy())[:, None]
    features = stress.loc[SECTORS_REDEFINED:, list(WarningConfig().features)].to_numpy()
    months = sessions.to_period("M")
    refits = np.flatnonzero(np.r_[True, months[1:] != months[:-1]]).tolist()
    return sessions, features, relative, refits


@pytest.mark.realdata
def test_technology_up_to_2019_is_as_the_decision_record_says(real_market: MarketData) -> None:
    sessions, features, relative, refits = inputs(real_market.until(LAST))
    config, technology = WarningConfig(), list(SECTORS).index("XLK")
    history = walk_warnings(features, relative, refits, config)
    every = states(history.probabilities, history.base_rates, config.horizons, WarningRule())
    opened = [w for state in every for w in state.opened_now if w.sector == technology]
    assert [str(sessions[w.opened].date()) for w in opened] == ["2009-05-26", "2013-06-25"]
    assert [w.window for w in opened] == [(60, 60), (40, 40)]
    events = fall_events(relative[:, technology])
    assert sum(sessions[row] >= pd.Timestamp("2004-11-01") for row in events) == 20


@pytest.mark.realdata
def test_a_shorter_market_says_the_same_up_to_its_end(real_market: MarketData) -> None:
    _, features, relative, refits = inputs(real_market.until(LAST))
    _, short, part, fewer = inputs(real_market.until("2012-03-15"))
    config = WarningConfig()
    now = walk_warnings(short, part, fewer, config)
    later = walk_warnings(features, relative, refits, config)
    np.testing.assert_array_equal(later.probabilities[: len(short)], now.probabilities)
