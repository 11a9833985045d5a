"""The scorecard and its evidence on a small market."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from feeds.market import MarketData
from models.performance import daily_returns
from research import alternatives
from research.config import RunConfig
from research.crisis_windows import crisis_table
from research.run import RunResult
from research.scorecard import ARRIVED, deflated, scorecard, transition_error, trial_ratio
from research.trials import Trial
from research.validation import development, validate, write_validation


def trial(name: str, **result: float | None) -> Trial:
    return Trial("study", name, {}, "2015-01-01", "2017-12-31", "0" * 64, result)


TRIALS = [
    trial("one", information_ratio=0.3),
    trial("two", ir_net=0.9, ir_gross=2.0),
    trial("three", hits=3.0),
    trial("four", information_ratio=None),
]


def test_a_trial_counts_by_its_net_ratio() -> None:
    assert [trial_ratio(one) for one in TRIALS] == [0.3, 0.9, None, None]


def test_the_scorecard_is_the_run_s_own_figures(small_run: RunResult) -> None:
    criteria = {one.criterion: one for one in scorecard(small_run, TRIALS, 1)}
    metrics = small_run.metrics
    assert list(criteria) == [
        "advance_warning_sessions", "alpha_pct", "transition_tracking_error_pct",
        "tech_underperformance_accuracy_pct", "information_ratio",
    ]  # fmt: skip
    assert criteria["alpha_pct"].value == metrics["alpha_pct"]
    assert criteria["alpha_pct"].low == pytest.approx(metrics["alpha_low_pct"])
    assert criteria["information_ratio"].value == metrics["information_ratio"]
    assert {one.trials for one in criteria.values()} == {4}
    against = deflated(small_run, TRIALS)
    assert criteria["information_ratio"].p_value == pytest.approx(1.0 - against.deflated)
    # Four looks, the spread of the two ratios that were kept.
    assert against.independent_trials == 4
    more = deflated(small_run, [*TRIALS, *(trial(f"more {k}") for k in range(100))])
    assert more.expected_maximum_annual > against.expected_maximum_annual
    assert more.deflated < against.deflated


def test_the_transitions_error_by_hand(small_run: RunResult) -> None:
    tables = small_run.tables
    equity, weights = tables["equity"], tables["weights"]
    days = equity["date"].tolist()
    away = (weights["weight"] - weights["target_weight"]).abs().groupby(weights["date"]).sum() / 2
    moving = np.zeros(len(days), dtype=bool)
    for decided in sorted(set(tables["decisions"]["date"]) & set(days)):
        row = days.index(decided)
        arrived = next(
            (k for k in range(row + 1, len(days)) if away[days[k]] <= ARRIVED), len(days)
        )
        moving[row + 1 : arrived + 21] = True
    active = daily_returns(equity["value"].to_numpy()) - daily_returns(
        equity["benchmark"].to_numpy()
    )
    expected = active[moving[1:]].std(ddof=1) * np.sqrt(252) * 100
    assert transition_error(tables).value == pytest.approx(expected)


def test_a_crisis_by_hand() -> None:
    days = pd.bdate_range("2018-08-01", "2019-01-31")
    ramp = np.linspace(100.0, 90.0, len(days))
    equity = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "value": ramp, "benchmark": ramp**2})
    composite = pd.Series(0.5, days)
    start = days.get_loc(pd.Timestamp("2018-09-20"))
    composite.iloc[start - 7 : start + 5] = 1.5
    composite.iloc[start + 20] = 3.0
    (row,) = crisis_table({"equity": equity}, composite.to_frame("composite")).to_dict("records")
    end = days.get_loc(pd.Timestamp("2018-12-24"))
    assert row["crisis"] == "fourth quarter of 2018"
    assert row["strategy_pct"] == pytest.approx(100 * (ramp[end] / ramp[start] - 1))
    assert row["active_pct"] == pytest.approx(row["strategy_pct"] - row["benchmark_pct"])
    assert (row["stress_at_start"], row["stress_maximum"], row["lead_sessions"]) == (1.5, 3.0, 7.0)
    calm = crisis_table({"equity": equity}, (composite * 0).to_frame("composite"))
    assert calm["lead_sessions"].isna().all()
    early = {"equity": equity[equity["date"] < "2018-12-01"]}
    assert crisis_table(early, composite.to_frame("composite")).empty


def test_no_development_period_without_three_years(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    early = make_config(period__start="2016-01-04", period__end="2017-12-29")
    assert development(small_market, early) is None
    late = make_config(period__start="2019-01-02", period__end="2019-12-31")
    earlier = development(small_market, late)
    assert earlier is not None
    assert str(earlier.period.end) == "2019-01-01"


def test_the_whole_validation(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alternatives, "SPACE", {"features": ("credit_60",), "penalty": (1.0, 9.0)})
    monkeypatch.setattr(alternatives, "PLACEBOS", 2)
    config = make_config(period__start="2018-12-03")
    told: list[str] = []
    found = validate(small_market, config, TRIALS, told.append)
    assert any("placebo 2 of 2" in step for step in told)
    names = found.tables["compared"]["name"].tolist()
    assert names == [
        "walk-forward, evaluated period", "walk-forward, development", "stitched",
        "in-sample optimum", "placebo", "perfect foresight",
    ]  # fmt: skip
    compared = found.tables["compared"].set_index("name")["information_ratio"].astype(float)
    assert compared["perfect foresight"] > compared["in-sample optimum"]
    assert compared["in-sample optimum"] >= compared["walk-forward, evaluated period"]
    assert found.summary["overfitting"]["configurations"] == 3
    assert 0.0 <= found.summary["overfitting"]["probability"] <= 1.0
    assert len(found.tables["peers"]) == 14
    attribution = found.tables["attribution"].groupby("by")["contribution_pct"].sum()
    active = 100 * (
        found.result.tables["equity"]["value"].iloc[-1]
        / found.result.tables["equity"]["value"].iloc[0]
        - found.result.tables["equity"]["benchmark"].iloc[-1]
        / found.result.tables["equity"]["benchmark"].iloc[0]
    )
    np.testing.assert_allclose(attribution, active, atol=1e-10 * 100)

    pages: list[Path] = []
    folder = write_validation(found, tmp_path, pages.append)
    assert folder.name == f"validation-{found.result.run_id}"
    assert len(pages) == 1
    lines = json.loads((folder / "scorecard.json").read_text())
    assert [line["criterion"] for line in lines] == [one.criterion for one in found.criteria]
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = write_validation(
        validate(small_market, config, TRIALS), tmp_path / "again", pages.append
    )
    assert {path.name: path.read_bytes() for path in again.iterdir()} == first
