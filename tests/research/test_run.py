from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analyzers.trades import Trades
from feeds.market import BAR_FIELDS, MarketData
from research.config import ConfigError, RunConfig
from research.run import RunResult, run, write_run

QUICK = {
    "horizon": 20,
    "training_window": 500,
    "min_rows": 200,
    "risk_aversion": 1.0,
}
REQUIRED = {
    "alpha_pct", "alpha_t_hac", "beta", "information_ratio", "tracking_error_pct",
    "total_return_pct", "benchmark_total_return_pct", "max_drawdown_pct",
    "turnover_pct_per_year", "cost_bps_per_year",
}  # fmt: skip


def read(path: Path) -> pd.DataFrame:
    return duckdb.read_parquet(str(path)).df()


def test_metrics_agree_with_an_independent_computation_from_the_folder(
    small_run: RunResult, tmp_path: Path
) -> None:
    folder = write_run(small_run, tmp_path)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert set(metrics) >= REQUIRED
    equity = read(folder / "equity.parquet").set_index("date")
    fills = read(folder / "fills.parquet")
    r = equity["value"].pct_change().dropna()
    b = equity["benchmark"].pct_change().dropna()
    fit = sm.OLS(r.to_numpy(), sm.add_constant(b.to_numpy())).fit(
        cov_type="HAC", cov_kwds={"maxlags": metrics["alpha_hac_lags"]}
    )
    active = r - b
    years = len(r) / 252
    mean = equity["value"].mean()
    later = fills[fills["date"] > equity.index[0]]
    built = fills[fills["date"] <= equity.index[0]]

    def cost(rows: pd.DataFrame) -> float:
        slippage = rows["shares"] * (rows["price"] - rows["reference_price"]).abs()
        return float(slippage.sum() + rows["commission"].sum())

    drift = read(folder / "weights.parquet")
    drift["distance"] = (drift["weight"] - drift["target_weight"]).abs()
    expected = {
        "alpha_pct": fit.params[0] * 252 * 100,
        "alpha_t_hac": fit.tvalues[0],
        "beta": fit.params[1],
        "information_ratio": active.mean() / active.std() * math.sqrt(252),
        "tracking_error_pct": active.std() * math.sqrt(252) * 100,
        "total_return_pct": (equity["value"].iloc[-1] / equity["value"].iloc[0] - 1) * 100,
        "benchmark_total_return_pct": (
            equity["benchmark"].iloc[-1] / equity["benchmark"].iloc[0] - 1
        ) * 100,
        "max_drawdown_pct": (equity["value"] / equity["value"].cummax() - 1).min() * 100,
        "turnover_pct_per_year": (later["shares"] * later["price"]).sum() / 2 / mean / years * 100,
        "cost_bps_per_year": cost(later) / mean / years * 1e4,
        "mean_drift_pct": 50 * drift["distance"].sum() / drift["date"].nunique(),
        "building_cost_bps": cost(built) / equity["value"].iloc[0] * 1e4,
    }  # fmt: skip
    for name, value in expected.items():
        assert metrics[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name


def test_the_benchmark_column_is_the_benchmarks_total_return(
    small_run: RunResult, small_market: MarketData
) -> None:
    equity = small_run.tables["equity"]
    total = small_market.total_return_close["SPY"]
    total.index = total.index.strftime("%Y-%m-%d")
    measured = total.loc[equity["date"]]
    np.testing.assert_allclose(
        equity["benchmark"] / equity["benchmark"].iloc[0], measured / measured.iloc[0], rtol=1e-7
    )
    assert equity["benchmark"].iloc[0] == equity["value"].iloc[0]
    assert equity["date"].iloc[:2].tolist() == ["2017-12-29", "2018-01-02"]


def test_decisions_carry_their_reasons(small_run: RunResult) -> None:
    decisions = small_run.tables["decisions"]
    sums = decisions.groupby("decision_id")[["target_weight", "benchmark_weight"]].sum()
    np.testing.assert_allclose(sums, 1.0, rtol=1e-12)
    parts = decisions["credit_60_contribution_pct"] + decisions["rates_60_contribution_pct"]
    np.testing.assert_allclose(parts, decisions["expected_relative_return_pct"], atol=1e-12)
    assert (
        decisions["acts_from"].dropna() > decisions["date"].loc[decisions["acts_from"].notna()]
    ).all()
    days = pd.DatetimeIndex(decisions["date"].unique())
    months = days[1:].to_period("M")
    assert list(months) == list(pd.period_range(months[0], months[-1], freq="M"))


def test_the_same_inputs_give_the_same_bytes(
    small_market: MarketData, make_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    folders = [write_run(run(small_market, make_config()), tmp_path / name) for name in ("a", "b")]
    assert folders[0].name == folders[1].name
    names = sorted(path.name for path in folders[0].iterdir())
    assert names == [
        "attribution.parquet", "decisions.parquet", "equity.parquet", "fills.parquet",
        "manifest.json", "metrics.json", "monitor.parquet", "orders.parquet", "parents.parquet",
        "recommendations.parquet",
        "transitions.parquet", "warnings.parquet", "weights.parquet",
    ]  # fmt: skip
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_another_config_or_market_is_another_run(
    small_market: MarketData, small_run: RunResult, make_config: Callable[..., RunConfig]
) -> None:
    other = make_config(account__cash_buffer=0.006)
    assert run(small_market, other).run_id != small_run.run_id
    volume = small_market.volume.copy()
    volume.iloc[100, 0] += 1
    assert run(replace(small_market, volume=volume), make_config()).run_id != small_run.run_id


def test_a_failing_page_leaves_the_results_as_they_were(
    small_run: RunResult, tmp_path: Path
) -> None:
    folder = write_run(small_run, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(_: Path) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_run(small_run, tmp_path, fail)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == [small_run.run_id]


def shaken(market: MarketData, after: pd.Timestamp, seed: int) -> MarketData:
    """The same market up to `after`; every later bar, dividend and macro value at random."""
    rng = np.random.default_rng(seed)
    later = market.sessions > after
    frames = {}
    moves = np.exp(0.05 * rng.standard_normal((int(later.sum()), len(market.tickers))))
    for name in BAR_FIELDS:
        frame = getattr(market, name).copy()
        frame.loc[later] = frame.loc[later].to_numpy() * moves
        frames[name] = frame
    frames["volume"] = frames["volume"].round()
    # A dividend after `after` moves the vendor's whole adjusted history by a constant.
    frames["total_return_close"] = frames["total_return_close"] * rng.uniform(0.7, 1.0)
    macro = {}
    for name, series in market.macro.items():
        changed = series.copy()
        # What is observed on the day itself is published the next.
        later_values = changed.index >= after
        changed[later_values] = rng.uniform(0.1, 20.0, int(later_values.sum()))
        macro[name] = changed
    return replace(market, macro=macro, **frames)


def until(result: RunResult, last: str, name: str, column: str = "date") -> pd.DataFrame:
    table = result.tables[name]
    return table[table[column] <= last].reset_index(drop=True)


@pytest.mark.parametrize(("day", "seed"), [("2018-08-01", 1), ("2018-08-14", 2), ("2019-03-01", 3)])
def test_the_future_cannot_be_seen(
    small_market: MarketData,
    small_run: RunResult,
    make_config: Callable[..., RunConfig],
    day: str,
    seed: int,
) -> None:
    """Weights, decisions, orders and fills up to a day do not depend on anything later."""
    cut = small_market.until(pd.Timestamp(day))
    for market, settings in (
        (shaken(small_market, pd.Timestamp(day), seed), make_config()),
        (cut, make_config(period__end=date.fromisoformat(day))),
    ):
        other = run(market, settings)
        for name in ("equity", "weights", "warnings", "recommendations", "fills"):
            ours, theirs = until(other, day, name), until(small_run, day, name)
            assert len(ours) == len(theirs)
            if len(ours):  # a table that never got a row has other columns
                pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
        pd.testing.assert_frame_equal(
            until(other, day, "transitions", "decision_id"),
            until(small_run, day, "transitions", "decision_id"),
            check_exact=True,
        )
        # Where orders went and how they ended is known only later; what was ordered is not.
        for name, later in (("decisions", ["acts_from"]), ("orders", ["status", "filled_shares"])):
            pd.testing.assert_frame_equal(
                until(other, day, name).drop(columns=later),
                until(small_run, day, name).drop(columns=later),
                check_exact=True,
            )


def test_the_perturbation_does_reach_what_comes_later(
    small_market: MarketData, small_run: RunResult, make_config: Callable[..., RunConfig]
) -> None:
    other = run(shaken(small_market, pd.Timestamp("2018-08-14"), 2), make_config())
    merged = (
        other.tables["decisions"]["target_weight"] - small_run.tables["decisions"]["target_weight"]
    )
    assert merged.abs().max() > 0.01


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"period__start": date(2014, 1, 1)}, "start on 2015-02-03 or later"),
        ({"period__start": date(2019, 12, 31), "period__end": date(2020, 5, 1)}, "fewer than two"),
        ({"strategy__name": "Momentum"}, "no strategy Momentum; known: BondStressRotation"),
        ({"strategy__params": {"horizn": 20}}, "did you mean horizon?"),
        ({"strategy__params": {"horizon": "20"}}, "strategy.params.horizon: '20' is no int"),
        ({"strategy__params": {"horizon": True}}, "strategy.params.horizon: True is no int"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
    overrides: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(ConfigError) as error:
        run(small_market, make_config(**overrides))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"penalty": -1.0}, "penalty must be positive"),
        ({"feature_cap": 0.0}, "feature_cap must be positive"),
        ({"tracking_error_pct": 0.0}, "tracking_error_budget_pct must be positive"),
        ({"max_turnover": 1.5}, "max_turnover must lie in 0..1"),
        ({"style_window": 20}, "style_window must be 63 or more"),
        ({"features": "credit_60,,"}, "features must name"),
    ],
)
def test_a_parameter_out_of_its_range_is_named(
    small_market: MarketData,
    make_config: Callable[..., RunConfig],
    params: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        run(small_market, make_config(strategy__params=QUICK | params))


@pytest.mark.parametrize(
    "params",
    [
        {"penalty": 3.0},
        {"feature_cap": 0.5},
        {"max_active_weight": 0.005},
        {"max_turnover": 0.02},
        {"features": "credit_60"},
        {"horizon": 40},
        {"training_window": 300},
        {"style_window": 120},
        {"tracking_error_pct": 1.0},
        {"risk_aversion": 50.0},
    ],
)
def test_every_parameter_reaches_the_decision(
    small_market: MarketData,
    small_run: RunResult,
    make_config: Callable[..., RunConfig],
    params: dict[str, object],
) -> None:
    settings = make_config(period__end=date(2018, 8, 31), strategy__params=QUICK | params)
    weights = run(small_market, settings).tables["decisions"]["target_weight"]
    before = small_run.tables["decisions"]["target_weight"].iloc[: len(weights)]
    assert (weights - before).abs().max() > 1e-4


def test_the_seed_moves_the_interval_and_nothing_else(
    small_market: MarketData, small_run: RunResult, make_config: Callable[..., RunConfig]
) -> None:
    other = run(small_market, make_config(seed=1))
    changed = {k for k, v in other.metrics.items() if v != small_run.metrics[k]}
    assert changed >= {"information_ratio_low", "information_ratio_high"}
    assert all("_low" in name or "_high" in name for name in changed)
    pd.testing.assert_frame_equal(other.tables["equity"], small_run.tables["equity"])


def test_an_account_too_small_for_a_share_is_a_run_without_orders(
    small_market: MarketData, make_config: Callable[..., RunConfig], tmp_path: Path
) -> None:
    result = run(small_market, make_config(account__cash=50.0))
    folder = write_run(result, tmp_path)
    orders, fills = read(folder / "orders.parquet"), read(folder / "fills.parquet")
    assert (len(orders), len(fills)) == (0, 0)
    assert list(fills.columns) == list(Trades.fill_columns)
    assert result.metrics["turnover_pct_per_year"] == 0.0
    assert any("0 % of the portfolio could be built" in n for n in result.manifest["notices"])


def test_what_departs_from_the_request_is_noted(
    small_market: MarketData, small_run: RunResult, make_config: Callable[..., RunConfig]
) -> None:
    assert small_run.manifest["notices"] == []
    macro = {k: v for k, v in small_market.macro.items() if not k.startswith("BAMLH")}
    settings = make_config(
        period__end=date(2020, 6, 30), strategy__params=QUICK | {"min_rows": 10_000}
    )
    notices = run(replace(small_market, macro=macro), settings).manifest["notices"]
    assert any(n.startswith("the data end on 2019-12-31, before") for n in notices)
    assert any(n.startswith("credit stress is read from HYG over SHY/IEF") for n in notices)
    assert any("decisions had no view and held the benchmark's weights" in n for n in notices)


@pytest.mark.realdata
def test_spy_held_for_2022_at_no_cost_earns_the_index_return(
    real_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    settings = make_config(
        period__start=date(2022, 1, 1),
        period__end=date(2022, 12, 31),
        strategy__name="BuyAndHold",
        strategy__params={},
        costs__free=True,
        account__cash_buffer=0.0,
    )
    metrics = run(real_market, settings).metrics
    assert metrics["total_return_pct"] == pytest.approx(-18.18, abs=0.05)
    assert metrics["benchmark_total_return_pct"] == pytest.approx(-18.18, abs=0.01)
    assert metrics["cost_bps_per_year"] == 0.0


@pytest.mark.realdata
def test_a_run_without_the_series_that_users_cannot_get(
    real_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    macro = {k: v for k, v in real_market.macro.items() if not k.startswith("BAML")}
    settings = make_config(
        period__start=date(2018, 1, 1), stress__window=1260, stress__min_history=252
    )
    result = run(replace(real_market, macro=macro), settings)
    assert list(result.manifest["data"]["stress_sources"]["credit"]) == ["HYG over SHY/IEF"]
    assert (result.tables["decisions"]["training_rows"] > 0).any()
