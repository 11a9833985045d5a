from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from research.run import RunResult
from research.warning_metrics import warning_metrics

ROWS, BEFORE = 400, 300


def made() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Technology falls by 20 % from row 100 on and recovers; two warnings, at 70 and at 300."""
    days = pd.bdate_range("2015-01-01", periods=BEFORE + ROWS).strftime("%Y-%m-%d")
    price = np.zeros(BEFORE + ROWS)
    price[BEFORE:] = np.interp(np.arange(ROWS), [0, 100, 150, 399], [0.0, 0.1, -0.1, 0.2])
    price[:BEFORE] = np.linspace(-0.1, 0.0, BEFORE)
    relative = pd.DataFrame({"XLB": 0.0, "XLK": price}, index=days)
    standing = np.zeros(ROWS, dtype=bool)
    standing[70:90] = standing[300:310] = True
    age = np.zeros(ROWS, dtype=int)
    age[70:90], age[300:310] = np.arange(20), np.arange(10)
    mine = pd.DataFrame(
        {
            "date": days[BEFORE:],
            "ticker": "XLK",
            "probability_20_pct": 50.0,
            "base_rate_20_pct": 50.0,
            "probability_60_pct": np.where(standing, 70.0, 40.0),
            "base_rate_60_pct": 40.0,
            "open": standing,
            "sessions_open": age,
        }
    )
    other = mine.assign(ticker="XLB", open=True)
    return pd.concat([mine, other]).sort_values("date", kind="stable"), relative


def test_figures_by_hand() -> None:
    found = warning_metrics(*made(), seed=1)
    assert found["tech_warning_opened"] == 2
    assert found["tech_warning_counted"] == 2
    assert found["tech_warning_sessions_open"] == 30
    # From row 70 to 130 technology falls, from 300 to 360 it rises.
    assert found["tech_warning_accuracy_pct"] == 50.0
    assert found["tech_warning_accuracy_low_pct"] == pytest.approx(1.258, abs=1e-3)
    # Five per cent below the high of row 100 lies at 0.1 - 0.0513, from row 113 on.
    assert found["tech_warning_events"] == 1
    assert found["tech_warning_recall_pct"] == 100.0
    assert found["tech_warning_median_lead_sessions"] == 113 - 70
    skill = found["tech_warning_brier_skill_pct"]
    outcome = made()[1]["XLK"].to_numpy()[BEFORE:]
    came = outcome[60:] < outcome[:-60]
    said = made()[0].query("ticker == 'XLK'")["probability_60_pct"].to_numpy()[:-60] / 100
    oracle = 1 - np.mean((said - came) ** 2) / np.mean((0.4 - came) ** 2)
    assert skill == pytest.approx(100 * oracle)


def test_without_warnings_there_are_no_figures() -> None:
    assert warning_metrics(pd.DataFrame({"date": [], "ticker": []}), made()[1], 1) == {}


def test_what_cannot_be_known_is_none() -> None:
    warnings, relative = made()
    quiet = warnings.assign(open=False)
    found = warning_metrics(quiet, relative, 1)
    assert found["tech_warning_opened"] == 0
    assert found["tech_warning_accuracy_pct"] is None
    assert found["tech_warning_median_lead_sessions"] is None
    assert found["tech_warning_recall_pct"] == 0.0


def test_a_run_states_probabilities_for_every_session(
    small_run: RunResult, small_market: MarketData
) -> None:
    warnings = small_run.tables["warnings"]
    equity = small_run.tables["equity"]
    assert warnings["date"].drop_duplicates().tolist() == equity["date"].tolist()
    assert (warnings.groupby("date").size() == 11).all()
    known = warnings.dropna()
    assert len(known) > 1000
    for horizon in (20, 30, 40, 50, 60):
        assert known[f"probability_{horizon}_pct"].between(0, 100).all()
    late = warnings.query("ticker == 'XLC'")["probability_60_pct"]
    assert late.isna().iloc[0]
    assert small_run.metrics["tech_warning_opened"] is not None
