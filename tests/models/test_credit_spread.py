"""The high-yield spread's level: sources, publication lag, and joining them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from feeds.sessions import nyse_sessions
from models.credit_spread import high_yield_spread, joined_level
from models.stress import StressConfig, stress_features

SESSIONS = nyse_sessions("2015-01-02", "2016-12-30")
LAGS = {"BAMLH0A0HYM2": 1, "BAA10Y": 2}
CONFIG = StressConfig(window=200, min_history=60, spans=(20,), max_stale=5)


def macro(seed: int = 3) -> dict[str, pd.Series]:
    rng = np.random.default_rng(seed)
    return {
        name: pd.Series(4.0 + rng.standard_normal(len(SESSIONS)).cumsum() * 0.05, SESSIONS)
        for name in LAGS
    }


def spread(series: dict[str, pd.Series]) -> tuple[np.ndarray, pd.Series]:
    funds = pd.DataFrame(index=SESSIONS)
    _, sources = stress_features(series, LAGS, funds, CONFIG)
    return high_yield_spread(series, LAGS, funds, sources["credit"], CONFIG), sources["credit"]


def test_levels_join_by_hand() -> None:
    levels = np.array(
        [[np.nan, 9.0], [5.0, 9.5], [5.5, 9.0], [7.0, 8.0], [np.nan, 8.5], [6.0, np.nan]]
    )
    # The first column from row 1; the second from row 3 on: 5.5 + (8 - 9), + 0.5 behind it; back
    # on the first at row 5, which has no value in row 4: the level stands still.
    found = joined_level(levels, np.array([-1, 0, 0, 1, 1, 0]))
    np.testing.assert_allclose(found, [np.nan, 5.0, 5.5, 4.5, 5.0, 5.0])
    assert np.isnan(joined_level(levels, np.full(6, -1))).all()


def test_one_source_is_its_published_level() -> None:
    series = macro()
    found, used = spread(series)
    known = used.to_numpy() == "BAMLH0A0HYM2"
    assert known[100:].all()
    # Observed on one session, known on the next.
    lagged = series["BAMLH0A0HYM2"].shift(1).to_numpy()
    np.testing.assert_array_equal(found[known], lagged[known])
    assert np.isnan(found[~known]).all()


def test_a_source_that_dies_hands_over_without_a_jump() -> None:
    series = macro()
    last = SESSIONS[300]
    series["BAMLH0A0HYM2"] = series["BAMLH0A0HYM2"].loc[:last]
    found, used = spread(series)
    # Published at 301, quoted for five sessions more.
    assert used.iloc[306] == "BAMLH0A0HYM2"
    assert used.iloc[307] == "BAA10Y"
    other = series["BAA10Y"].shift(2).to_numpy()
    np.testing.assert_allclose(np.diff(found)[306:], np.diff(other)[306:])
    whole, _ = spread(macro())
    np.testing.assert_array_equal(found[:302], whole[:302])


def test_the_future_does_not_enter() -> None:
    series, changed = macro(), macro()
    cut = SESSIONS[400]
    for name, values in changed.items():
        changed[name] = values.where(values.index <= cut, values + 3.0)
    changed["BAMLH0A0HYM2"] = changed["BAMLH0A0HYM2"].loc[: SESSIONS[420]]
    first, second = spread(series)[0], spread(changed)[0]
    np.testing.assert_array_equal(first[:401], second[:401])
    assert not np.allclose(first[401:], second[401:])
