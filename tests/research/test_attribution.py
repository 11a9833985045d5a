"""The attribution of runs, and of books made by hand: every sum is exact."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.market import MarketData
from models.universe import BENCHMARK, SECTORS
from research.attribution import attribution_table
from research.attribution_books import trading_closes
from research.attribution_summary import attribution_summary, factor_fits, yearly_ratio_table
from research.config import RunConfig
from research.run import RunResult, run

EXACT = 1e-10
COSTS = ("half_spread", "impact", "commission")
Tables = dict[str, pd.DataFrame]


def active_returns(equity: pd.DataFrame) -> pd.Series:
    returns = equity.set_index("date")[["value", "benchmark"]].pct_change().iloc[1:]
    return returns["value"] - returns["benchmark"]


def check_sums(table: pd.DataFrame, equity: pd.DataFrame) -> None:
    """Session by session, over the run and within each year."""
    daily = table.groupby("date")["contribution"].sum()
    pd.testing.assert_series_equal(
        daily, active_returns(equity), check_names=False, rtol=0.0, atol=1e-13
    )
    wealth = equity.set_index("date")[["value", "benchmark"]]
    growth = wealth.iloc[-1] / wealth.iloc[0]
    assert table["linked"].sum() == pytest.approx(growth["value"] - growth["benchmark"], abs=EXACT)
    years = wealth.groupby(wealth.index.str[:4]).last()
    before = years.shift(1).fillna(wealth.iloc[0])
    growth_by_year = years / before
    linked = table.groupby(table["date"].str[:4])["linked_year"].sum()
    expected = (growth_by_year["value"] - growth_by_year["benchmark"]).loc[linked.index]
    np.testing.assert_allclose(linked, expected, rtol=0.0, atol=EXACT)


@pytest.fixture(scope="module")
def closes(small_market: MarketData) -> pd.DataFrame:
    return trading_closes(small_market, [BENCHMARK, *SECTORS])


@pytest.fixture(scope="module")
def table(small_run: RunResult, closes: pd.DataFrame) -> pd.DataFrame:
    return attribution_table(small_run.tables, closes)


def test_a_run_with_late_listings_sums(table: pd.DataFrame, small_run: RunResult) -> None:
    check_sums(table, small_run.tables["equity"])
    assert not table.isna().any().any()
    assert not table.duplicated(["date", "decision_id", "ticker", "effect", "channel"]).any()
    xlc = table[(table["ticker"] == "XLC") & (table["contribution"] != 0.0)]
    assert xlc["date"].min() > "2018-06-19"
    channels = set(table.loc[table["effect"] == "allocation", "channel"])
    assert channels == {"credit", "rates", "optimiser", "implementation"}
    assert table.loc[table["channel"] == "rates", "contribution"].abs().sum() > 1e-3


def test_selection_against_a_sectors_own_fund_is_measured_to_be_zero(table: pd.DataFrame) -> None:
    own = table[table["effect"].isin(["selection", "interaction"])]
    assert set(own["ticker"]) >= set(SECTORS)
    assert own["contribution"].abs().max() < 1e-14


def test_costs_are_those_of_the_fills(table: pd.DataFrame, small_run: RunResult) -> None:
    equity, fills = small_run.tables["equity"], small_run.tables["fills"]
    start = dict(zip(equity["date"].iloc[1:], equity["value"].iloc[:-1], strict=True))
    mine = fills[fills["date"].isin(list(start))]
    value = mine["date"].map(start)
    at_reference = mine["shares"] * mine["reference_price"] * 1e-4 / value
    expected = {
        "half_spread": -(at_reference * mine["half_spread_bps"]).sum(),
        "impact": -(at_reference * mine["impact_bps"]).sum(),
        "commission": -(mine["commission"] / value).sum(),
    }
    found = table.groupby("effect")["contribution"].sum()
    for effect, amount in expected.items():
        assert amount < 0.0
        assert found[effect] == pytest.approx(amount, rel=1e-9), effect


def test_style_residual_is_style_portfolio_less_benchmark(
    table: pd.DataFrame, small_run: RunResult, closes: pd.DataFrame
) -> None:
    """On the session after a decision the weights have not drifted yet."""
    decisions, equity = small_run.tables["decisions"], small_run.tables["equity"]
    day = decisions["date"].iloc[-1]
    weights = decisions[decisions["date"] == day].set_index("ticker")["benchmark_weight"]
    after = equity["date"].iloc[equity["date"].tolist().index(day) + 1]
    moves = closes.pct_change(fill_method=None).loc[after]
    expected = (weights * moves.reindex(weights.index)).sum() - moves[BENCHMARK]
    row = table[(table["date"] == after) & (table["effect"] == "style_residual")]
    assert row["contribution"].item() == pytest.approx(expected, abs=1e-13)


def test_a_decision_is_in_force_from_the_next_session(
    table: pd.DataFrame, small_run: RunResult
) -> None:
    days = small_run.tables["equity"]["date"].tolist()
    holding = table[table["effect"] == "selection"].groupby("date")["decision_id"].agg(set)
    measured = [day for day in small_run.tables["decisions"]["date"].unique() if day > days[0]]
    assert len(measured) > 10
    for day in measured[:-1]:
        assert holding[days[days.index(day) + 1]] == {day}
        assert day not in holding[day]


def test_a_peer_without_style_weights_is_measured_against_the_benchmark(
    small_market: MarketData, make_config: Callable[..., RunConfig], closes: pd.DataFrame
) -> None:
    config = make_config(strategy={"name": "BuyAndHold"})
    result = run(small_market, config)
    table = attribution_table(result.tables, closes)
    check_sums(table, result.tables["equity"])
    sums = table.groupby("effect")["contribution"].sum()
    assert sums["cash"] == pytest.approx(sums.sum(), rel=1e-6)
    assert sums["style_residual"] == pytest.approx(0.0, abs=1e-14)


def test_summaries_sum_over_every_key(table: pd.DataFrame, small_run: RunResult) -> None:
    equity = small_run.tables["equity"]
    regimes = pd.Series(
        np.where(np.arange(len(equity)) % 3, "calm", "stress"), pd.DatetimeIndex(equity["date"])
    )
    for key in ("ticker", "effect", "channel", "decision_id", "year", "regime"):
        summary = attribution_summary(table, [key, "effect"], regimes)
        assert summary["linked_pct"].sum() == pytest.approx(100.0 * table["linked"].sum(), abs=1e-9)
    by_regime = attribution_summary(table, ["regime"], regimes)["linked_pct"]
    stress = equity["date"][::3]
    mine = table.loc[table["date"].isin(stress), "linked"].sum()
    assert by_regime["stress"] == pytest.approx(100.0 * mine, abs=1e-9)
    with pytest.raises(ValueError, match="by sector: give some of ticker"):
        attribution_summary(table, ["sector"])
    with pytest.raises(ValueError, match=f"no name for {equity['date'].iloc[-1]}"):
        attribution_summary(table, ["regime"], regimes.iloc[:-1])


def test_factors_and_years_of_a_run(small_run: RunResult) -> None:
    equity = small_run.tables["equity"]
    days = pd.DatetimeIndex(equity["date"])
    rng = np.random.default_rng(2)
    factors = pd.DataFrame(0.01 * rng.standard_normal((len(days), 2)), days, ["m", "RF"])
    fits, notices = factor_fits(equity, factors.drop(days[5]))
    assert set(fits) == {"market", "factors", "active on factors"}
    metrics = small_run.metrics
    alpha, beta = fits["market"].loadings
    assert alpha.value == pytest.approx(metrics["alpha_pct"])
    assert beta.value == pytest.approx(metrics["beta"])
    assert fits["factors"].observations == len(days) - 2
    assert [one.name for one in fits["factors"].loadings] == ["alpha", "m"]
    assert notices == [
        f"factor file: no row for 1 of {len(days) - 1} sessions, first {days[5].date()}; "
        "they are left out"
    ]
    yearly = yearly_ratio_table(equity, seed=4)
    assert list(yearly.index) == [2018, 2019]
    assert yearly["sessions"].sum() == len(days) - 1
    assert (yearly["low"] < yearly["high"]).all()


def hand_made(seed: int, sessions: int) -> tuple[Tables, pd.DataFrame]:
    """Books of SPY, three sectors of which C lists late, and D; kept by adding up dollars.

    Fills fall on any day, several a day and fund, on both sides; decisions too.
    """
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2018-12-20", periods=sessions + 1)
    names = ["SPY", "A", "B", "C", "D"]
    closes = pd.DataFrame(
        100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal((len(days), 5)), axis=0)), days, names
    )
    late = int(rng.integers(0, sessions + 1))
    closes.iloc[:late, 3] = np.nan
    shares = dict.fromkeys(names, 0.0) | {"A": 300.0, "B": 500.0}
    cash = 5_000.0
    equity, weights, fills, decisions = [], [], [], []
    for row, day in enumerate(days.strftime("%Y-%m-%d")):
        price = closes.iloc[row]
        for _ in range(int(rng.integers(0, 4)) if row else 0):
            name = str(rng.choice([name for name in names if np.isfinite(price[name])]))
            side = "sell" if shares[name] > 40 and rng.random() < 0.5 else "buy"
            fill = one_fill(rng, day, name, side, price[name])
            sign = 1.0 if side == "buy" else -1.0
            size, paid, fee = (float(fill[key]) for key in ("shares", "price", "commission"))
            shares[name] += sign * size
            cash -= sign * size * paid + fee
            fills.append(fill)
        worth = {name: shares[name] * price[name] if shares[name] else 0.0 for name in names}
        value = cash + sum(worth.values())
        equity.append({"date": day, "value": value, "cash": cash, "benchmark": price["SPY"] * 3.0})
        weights += [
            {"date": day, "ticker": name, "weight": amount / value}
            for name, amount in (worth | {"CASH": cash}).items()
        ]
        if row == 0 or rng.random() < 0.3:
            listed = np.isfinite(price[["A", "B", "C"]].to_numpy(dtype=np.float64))
            style, target = (rng.dirichlet(np.ones(3)) * listed for _ in range(2))
            for at, name in enumerate("ABC"):
                decisions.append(
                    {
                        "decision_id": day,
                        "date": day,
                        "ticker": name,
                        "benchmark_weight": style[at] / style.sum(),
                        "target_weight": target[at] / target.sum(),
                        "credit_60_contribution_pct": rng.standard_normal() * listed[at],
                        "credit_20_contribution_pct": rng.standard_normal() * listed[at],
                        "rate_volatility_60_contribution_pct": rng.standard_normal() * listed[at],
                    }
                )
    columns = [*one_fill(rng, "", "", "buy", 1.0)]
    tables = {
        "equity": pd.DataFrame(equity),
        "weights": pd.DataFrame(weights),
        "fills": pd.DataFrame(fills, columns=columns),
        "decisions": pd.DataFrame(decisions),
    }
    return tables, closes


def one_fill(
    rng: np.random.Generator, day: str, name: str, side: str, close: float
) -> dict[str, str | float]:
    reference = close * (1.0 + 0.01 * float(rng.standard_normal()))
    half_spread, impact = float(rng.uniform(0.0, 5.0)), float(rng.uniform(0.0, 30.0))
    sign = 1.0 if side == "buy" else -1.0
    return {
        "decision_id": "",
        "date": day,
        "ticker": name,
        "side": side,
        "shares": float(rng.integers(1, 40)),
        "reference_price": reference,
        "price": reference * (1.0 + sign * (half_spread + impact) * 1e-4),
        "half_spread_bps": half_spread,
        "commission": float(rng.uniform(0.0, 2.0)),
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sessions=st.integers(1, 20))
def test_any_books_sum(seed: int, sessions: int) -> None:
    tables, closes = hand_made(seed, sessions)
    table = attribution_table(tables, closes)
    check_sums(table, tables["equity"])
    channels = set(table.loc[table["effect"] == "allocation", "channel"])
    assert channels == {"credit", "rate_volatility", "optimiser", "implementation"}
    # D stands for A: the choice between them is selection then, and no allocation.
    merged = attribution_table(tables, closes, sector_of={"D": "A"})
    check_sums(merged, tables["equity"])


def test_three_sessions_by_hand() -> None:
    """10,000 dollars: 60 A at 100 and 4,000 in cash; 20 B are bought on the second session."""
    days = ["2019-01-02", "2019-01-03", "2019-01-04", "2019-01-07"]
    closes = pd.DataFrame(
        {
            "SPY": [200.0, 202.0, 204.02, 204.02],
            "A": [100.0, 102.0, 102.0, 102.0],
            "B": [50.0, 50.0, 51.0, 56.1],
        },
        pd.DatetimeIndex(days),
    )
    # Bought at 50.5 plus a half-spread of 20 bp (0.101) and impact of 0.404, 1 dollar commission.
    fill: dict[str, str | float] = {
        "decision_id": days[0], "date": days[2], "ticker": "B", "side": "buy", "shares": 20.0,
        "reference_price": 50.5, "price": 51.005, "half_spread_bps": 20.0, "commission": 1.0,
    }  # fmt: skip
    cash = [4_000.0, 4_000.0, 4_000.0 - 20.0 * 51.005 - 1.0, 4_000.0 - 20.0 * 51.005 - 1.0]
    held = [(6_000.0, 0.0), (6_120.0, 0.0), (6_120.0, 1_020.0), (6_120.0, 1_122.0)]
    value = [money + a + b for money, (a, b) in zip(cash, held, strict=True)]
    weights = [
        {"date": day, "ticker": name, "weight": amount / whole}
        for day, money, (a, b), whole in zip(days, cash, held, value, strict=True)
        for name, amount in (("SPY", 0.0), ("A", a), ("B", b), ("CASH", money))
    ]
    decision = {"decision_id": days[0], "date": days[0]}
    tables = {
        "equity": pd.DataFrame({"date": days, "value": value, "benchmark": closes["SPY"].tolist()}),
        "weights": pd.DataFrame(weights),
        "fills": pd.DataFrame([fill]),
        "decisions": pd.DataFrame(
            [
                decision
                | {"ticker": "A", "benchmark_weight": 0.5, "target_weight": 0.8}
                | {"credit_60_contribution_pct": 0.2},
                decision
                | {"ticker": "B", "benchmark_weight": 0.5, "target_weight": 0.2}
                | {"credit_60_contribution_pct": -0.2},
            ]
        ),
    }
    table = attribution_table(tables, closes)
    check_sums(table, tables["equity"])
    cells = table.set_index(["date", "ticker", "effect", "channel"])["contribution"]
    # First session: style return (2 % + 0) / 2 = 1 %, benchmark 1 %, portfolio 1.2 %.
    first = cells.loc[days[1]]
    credit = first.loc[["A", "B"], "allocation", "credit"]
    np.testing.assert_allclose(credit, [0.3 * 0.01, -0.3 * -0.01], atol=1e-15)
    rest = first.loc[["A", "B"], "allocation", "implementation"]
    np.testing.assert_allclose(rest, [-0.2 * 0.01, -0.2 * -0.01], atol=1e-15)
    np.testing.assert_allclose(first.loc["CASH", "cash", "cash"], 0.4 * -0.01, atol=1e-15)
    # Second: style weights have drifted to 51/101, 50/101; B gains 2 %, A nothing.
    second = cells.loc[days[2]]
    style = 50.0 / 101.0 * 0.02
    assert second.loc["SPY", "style_residual"].item() == pytest.approx(style - 0.01, abs=1e-15)
    assert second.loc["CASH", "cash"].item() == pytest.approx(-style * 4_000.0 / 10_120.0)
    assert second.loc["B", "timing"].item() == pytest.approx(20.0 * 0.5 / 10_120.0, abs=1e-15)
    expected = [-20.0 * 0.101 / 10_120.0, -20.0 * 0.404 / 10_120.0, -1.0 / 10_120.0]
    np.testing.assert_allclose(
        [second.loc["B", effect].item() for effect in COSTS], expected, atol=1e-15
    )


def test_a_substitute_is_selected_within_its_sector() -> None:
    tables, closes = hand_made(8, 12)
    assert (tables["fills"]["ticker"] == "D").any()
    table = attribution_table(tables, closes, sector_of={"D": "A"})
    check_sums(table, tables["equity"])
    parts = table[table["effect"].isin(["selection", "interaction"])]
    # D against A's own return, at D's weight: whatever D earns over A is the choice of D.
    weights = tables["weights"].pivot_table(index="date", columns="ticker", values="weight")
    moves = closes.pct_change(fill_method=None).iloc[1:]
    gap = (moves["D"] - moves["A"]).to_numpy()
    expected = weights["D"].to_numpy()[:-1] * gap
    np.testing.assert_allclose(parts.groupby("date")["contribution"].sum(), expected, atol=1e-13)


def test_tables_that_do_not_belong_together_are_refused() -> None:
    tables, closes = hand_made(3, 15)
    assert len(tables["fills"]) > 3
    day = tables["fills"]["date"].iloc[2]
    with pytest.raises(ValueError, match=rf"^{day}: .* bp of the return"):
        attribution_table(tables | {"fills": tables["fills"].drop(index=2)}, closes)
    with pytest.raises(ValueError, match="no column B"):
        attribution_table(tables, closes.drop(columns="B"))
    held = closes.copy()
    held.iloc[4, 1] = np.nan
    with pytest.raises(ValueError, match=f"no A on {closes.index[4].date()}, but it is held"):
        attribution_table(tables, held)
    with pytest.raises(ValueError, match="sector_of: A is decided on by itself"):
        attribution_table(tables, closes, sector_of={"A": "B"})
    strange = tables["fills"].assign(ticker="XYZ")
    with pytest.raises(ValueError, match="fills: XYZ has no weights"):
        attribution_table(tables | {"fills": strange}, closes)
    early = tables["decisions"].assign(date="2018-12-01")
    with pytest.raises(ValueError, match="2018-12-01 is no session of closes"):
        attribution_table(tables | {"decisions": early}, closes)
