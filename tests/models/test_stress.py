from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.stress import StressConfig, feature_names, stress_features, trailing_z
from models.stress_sources import STRESS_SOURCES
from models.universe import BOND_ETFS, MACRO_SERIES

SESSIONS = pd.bdate_range("2010-01-04", periods=700)
CONFIG = StressConfig(window=200, min_history=100, spans=(20, 60, 120))
LAGS = dict.fromkeys(MACRO_SERIES, 1)


def macro(seed: int = 0) -> dict[str, pd.Series]:
    rng = np.random.default_rng(seed)
    return {
        name: pd.Series(5.0 + np.cumsum(0.05 * rng.standard_normal(len(SESSIONS))), index=SESSIONS)
        for name in MACRO_SERIES
    }


def etfs(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    steps = 0.003 * rng.standard_normal((len(SESSIONS), len(BOND_ETFS)))
    return pd.DataFrame(100.0 * np.exp(steps.cumsum(axis=0)), SESSIONS, list(BOND_ETFS))


def test_trailing_z_is_the_textbook_z_on_the_window_that_ends_today() -> None:
    values = np.random.default_rng(3).standard_normal(50)
    z = trailing_z(values, window=10, min_history=5)
    assert np.isnan(z[:4]).all()
    for row in range(4, 50):
        window = values[max(0, row - 9) : row + 1]
        assert z[row] == pytest.approx((values[row] - window.mean()) / window.std(ddof=1))


def test_a_constant_has_no_z() -> None:
    assert np.isnan(trailing_z(np.full(30, 2.0), 10, 5)).all()


def test_columns_and_one_session_lag() -> None:
    series = macro()
    features, sources = stress_features(series, LAGS, etfs(), CONFIG)
    assert tuple(features.columns) == feature_names(CONFIG)
    assert (sources["credit"].iloc[-300:] == "BAMLH0A0HYM2").all()
    level = series["BAMLH0A0HYM2"].shift(1).to_numpy()
    expected = trailing_z(level, CONFIG.window, CONFIG.min_history)
    np.testing.assert_allclose(features["credit"].iloc[-300:], expected[-300:], rtol=1e-9)
    change = level[60:] - level[:-60]
    expected = trailing_z(np.r_[np.full(60, np.nan), change], CONFIG.window, CONFIG.min_history)
    np.testing.assert_allclose(features["credit_60"].iloc[-300:], expected[-300:], rtol=1e-9)


def test_every_channel_lives_without_the_series_that_users_cannot_get() -> None:
    available = {name: s for name, s in macro().items() if not name.startswith("BAML")}
    features, sources = stress_features(available, LAGS, etfs(), CONFIG)
    assert features.iloc[-1].notna().all()
    assert (
        sources.iloc[-1][["credit", "quality"]] == ["HYG over SHY/IEF", "LQD over IEF/TLT"]
    ).all()


def test_every_channel_lives_on_bond_funds_alone() -> None:
    features, _ = stress_features({}, {}, etfs(), CONFIG)
    assert features.iloc[-1].notna().all()


def test_a_source_that_ends_is_replaced_and_its_past_stays() -> None:
    series = macro()
    whole, _ = stress_features(series, LAGS, etfs(), CONFIG)
    dead = series | {"BAMLH0A0HYM2": series["BAMLH0A0HYM2"].iloc[:500]}
    features, sources = stress_features(dead, LAGS, etfs(), CONFIG)
    last = 500 + CONFIG.max_stale
    assert (sources["credit"].iloc[300 : last + 1] == "BAMLH0A0HYM2").all()
    assert (sources["credit"].iloc[last + 1 :] == "HYG over SHY/IEF").all()
    pd.testing.assert_frame_equal(features.iloc[:500], whole.iloc[:500])
    assert features["credit"].iloc[-100:].notna().all()


def test_the_future_cannot_be_seen() -> None:
    rng = np.random.default_rng(5)
    series, funds = macro(), etfs()
    whole, _ = stress_features(series, LAGS, funds, CONFIG)
    for row in (250, 431, 650):
        today = SESSIONS[row]
        changed = {
            name: s.where(s.index <= today, rng.uniform(0.1, 30, len(s)))
            for name, s in series.items()
        }
        # A value observed today is published tomorrow, so today's may change as well.
        for s in changed.values():
            s.loc[today] = 99.0
        shaken = funds.copy()
        shaken.iloc[row + 1 :] = rng.uniform(50, 150, (len(funds) - row - 1, funds.shape[1]))
        features, _ = stress_features(changed, LAGS, shaken, CONFIG)
        pd.testing.assert_frame_equal(features.loc[:today], whole.loc[:today], check_exact=True)
        cut, _ = stress_features(
            {name: s.loc[:today] for name, s in series.items()}, LAGS, funds.loc[:today], CONFIG
        )
        pd.testing.assert_frame_equal(cut, whole.loc[:today], check_exact=True)


@pytest.mark.parametrize(
    ("channel", "series"),
    [("credit", "BAMLH0A0HYM2"), ("rates", "DGS10"), ("rate_volatility", "MOVE")],
)
def test_stress_rises_with_its_series(channel: str, series: str) -> None:
    raised = macro()
    raised[series] = raised[series].copy()
    raised[series].iloc[-5:] += 3.0
    before, _ = stress_features(macro(), LAGS, etfs(), CONFIG)
    after, _ = stress_features(raised, LAGS, etfs(), CONFIG)
    assert after[channel].iloc[-1] > before[channel].iloc[-1]


def test_fund_sources_point_the_same_way_as_spreads() -> None:
    funds = etfs()
    fallen = funds.copy()
    fallen.iloc[-5:, fallen.columns.get_loc("HYG")] *= 0.9
    before, _ = stress_features({}, {}, funds, CONFIG)
    after, _ = stress_features({}, {}, fallen, CONFIG)
    assert after["credit"].iloc[-1] > before["credit"].iloc[-1] + 1.0


def test_every_source_reads_only_known_inputs() -> None:
    for sources in STRESS_SOURCES.values():
        for source in sources:
            assert set(source.macro) <= set(MACRO_SERIES)
            assert set(source.etfs) <= set(BOND_ETFS)
