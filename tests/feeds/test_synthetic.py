from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.calibrate_synthetic import (
    CREDIT,
    RATES,
    change_moments,
    equity_moments,
    fund_moments,
    lead_correlations,
    level_moments,
    read_real,
    read_synthetic,
    sector_moments,
)
from feeds.frames import from_frames
from feeds.market import MarketData
from feeds.publication import PUBLICATION_LAG_SESSIONS
from feeds.sessions import nyse_sessions
from feeds.synthetic import LONGEST_LEAD, SyntheticConfig, synthetic_market
from feeds.synthetic_bars import QUOTES, ex_dividend
from feeds.synthetic_drivers import Regime, draw_regimes, soft_ceiling, student_t
from feeds.synthetic_sectors import SECTOR_TRAITS, response_kernel
from models.universe import BENCHMARK, BOND_ETFS, MACRO_SERIES, SECTORS

SEEDS = range(12)
EVERYTHING = [BENCHMARK, *SECTORS, *BOND_ETFS]


@cache
def drawn(seed: int = 7, lead: int = 40, effect: float = 1.0, placebo: bool = False) -> MarketData:
    return synthetic_market(
        SyntheticConfig(seed=seed, lead_sessions=lead, effect=effect, placebo=placebo)
    )


def bars_of(market: MarketData) -> dict[str, pd.DataFrame]:
    columns = {"adj_close": "total_return_close"} | {
        name: name for name in ("open", "high", "low", "close", "volume")
    }
    return {
        ticker: pd.DataFrame(
            {column: getattr(market, name)[ticker] for column, name in columns.items()}
        ).dropna()
        for ticker in market.tickers
    }


# What it contains


def test_default_market_is_whole_and_labelled() -> None:
    market = drawn()
    assert market.tickers == EVERYTHING
    assert set(market.macro) == set(MACRO_SERIES)
    assert market.sessions.equals(nyse_sessions("2005-01-03", "2024-12-31"))
    assert market.synthetic
    assert market.source == "synthetic market (seed 7, planted lead 40 sessions)"
    assert market.publication_lags == PUBLICATION_LAG_SESSIONS
    assert all(series.index.equals(market.sessions) for series in market.macro.values())


def test_variants_say_so_in_the_source() -> None:
    config = SyntheticConfig(seed=3, lead_sessions=0, effect=0.5, placebo=True)
    assert config.source == (
        "synthetic market (seed 3, planted lead 0 sessions, effect 0.5, placebo)"
    )


# Beside the default: the lowest price (124) and the largest moves (28, 251) among 300 seeds.
@pytest.mark.parametrize("seed", [7, 28, 124, 251])
def test_no_session_looks_like_a_split(seed: int) -> None:
    moves = np.log(drawn(seed).close[[BENCHMARK, *SECTORS]]).diff().abs()
    assert moves.max().max() < 0.26


@pytest.mark.parametrize("seed", [7, 28, 124, 251])
def test_passes_the_validation_of_files_unchanged(seed: int) -> None:
    market = drawn(seed)
    again = from_frames(bars_of(market), market.macro, source=market.source, synthetic=True)
    assert again.digest == market.digest


def test_late_listings_are_those_of_reality() -> None:
    late = {"XLRE": "2015-10-08", "XLC": "2018-06-19", "HYG": "2007-04-11", "JNK": "2007-12-04"}
    market = drawn()
    for name in ("open", "high", "low", "close", "total_return_close", "volume"):
        frame = getattr(market, name)
        for ticker in EVERYTHING:
            first = pd.Timestamp(late.get(ticker, "2005-01-03"))
            assert frame[ticker].loc[first:].notna().all()
            assert frame[ticker].loc[: first - pd.Timedelta(days=1)].isna().all()


def test_a_ticker_that_lists_after_the_end_is_left_out() -> None:
    market = synthetic_market(SyntheticConfig(first="2010-01-01", last="2016-12-31"))
    assert "XLC" not in market.tickers
    assert {"XLRE", "HYG", BENCHMARK} <= set(market.tickers)
    assert market.close["XLRE"].first_valid_index() == pd.Timestamp("2015-10-08")
    single = synthetic_market(SyntheticConfig(first="2024-12-31", last="2024-12-31"))
    assert single.close.shape == (1, len(EVERYTHING))
    assert single.close.notna().all().all()


# Bars


@pytest.mark.parametrize("seed", [7, 124])
def test_bars_are_possible_and_rounded(seed: int) -> None:
    market = drawn(seed)
    for ticker, bars in bars_of(market).items():
        body = bars[["open", "close"]]
        assert (bars["high"] >= body.max(axis=1)).all(), ticker
        assert (bars["low"] <= body.min(axis=1)).all(), ticker
        assert (bars["low"] > 0).all(), ticker
        assert (bars["volume"] > 0).all(), ticker
        assert (bars["volume"] % 1 == 0).all(), ticker
        prices = bars[["open", "high", "low", "close"]]
        assert prices.equals(prices.round(4)), ticker
        assert bars["adj_close"].equals(bars["adj_close"].round(6)), ticker


def test_opens_gap_and_days_have_ranges() -> None:
    bars = bars_of(drawn())[BENCHMARK]
    overnight = np.log(bars["open"] / bars["close"].shift()).dropna()
    intraday = np.log(bars["close"] / bars["open"])
    share = overnight.var() / (overnight.var() + intraday.var())
    assert 0.25 < share < 0.40
    assert abs(overnight.corr(intraday.loc[overnight.index])) < 0.15


@pytest.mark.parametrize(("ticker", "payments"), [(BENCHMARK, 4), ("XLU", 4), ("LQD", 12)])
def test_dividends_come_on_their_days_and_compound(ticker: str, payments: int) -> None:
    bars = bars_of(drawn())[ticker]
    ratio = (bars["adj_close"] / bars["close"]).to_numpy()
    growth = pd.Series(ratio[1:] / ratio[:-1] - 1.0, index=bars.index[1:])
    paid = growth[growth > 1e-4]
    assert (growth[growth <= 1e-4].abs() < 1e-6).all()
    assert (paid.groupby(paid.index.year).size().loc[2006:] == payments).all()
    yearly = 100.0 * paid.mean() * payments
    assert yearly == pytest.approx(QUOTES[ticker].payout, rel=0.05)
    assert ratio[0] == 1.0


def test_quarterly_dividends_follow_the_third_friday() -> None:
    sessions = nyse_sessions("2024-01-01", "2024-12-31")
    days = [f"{day:%Y-%m-%d}" for day in sessions[ex_dividend(sessions, 4)]]
    assert days == ["2024-03-18", "2024-06-24", "2024-09-23", "2024-12-23"]
    assert ex_dividend(sessions, 12).sum() == 12


def test_volume_rises_with_moves_and_persists() -> None:
    bars = bars_of(drawn())["XLK"]
    volume = np.log(bars["volume"] * bars["close"])
    moves = np.log(bars["close"]).diff().abs()
    assert volume.corr(moves) > 0.2
    assert volume.autocorr(5) > 0.2


# Sectors and benchmark


@pytest.mark.parametrize(("year", "funds"), [("2014", 9), ("2017", 10), ("2024", 11)])
def test_benchmark_is_a_mix_of_the_sectors_that_trade(year: str, funds: int) -> None:
    returns = drawn().total_return_close.pct_change(fill_method=None).loc[year]
    sectors = returns[list(SECTORS)].dropna(axis=1, how="all").to_numpy()
    benchmark = returns[BENCHMARK].to_numpy()
    weights, *_ = np.linalg.lstsq(sectors, benchmark, rcond=None)
    assert len(weights) == funds
    assert (weights > 0.0).all()
    assert weights.sum() == pytest.approx(1.0, abs=0.01)
    # The residual itself is 0.5 % a year; drifting weights add to it within the year.
    assert (benchmark - sectors @ weights).std() * np.sqrt(252.0) < 0.007


# Macro


@pytest.mark.parametrize("seed", [7, 28, 124, 251])
def test_macro_identities_hold_to_the_cent(seed: int) -> None:
    macro = pd.DataFrame(dict(drawn(seed).macro))
    assert macro.equals(macro.round(2))
    for whole, minus, left in (
        ("T10Y2Y", "DGS2", "DGS10"),
        ("T10Y3M", "DGS3MO", "DGS10"),
        ("T10YIE", "DFII10", "DGS10"),
    ):
        assert (macro[whole] - (macro[left] - macro[minus])).abs().max() < 1e-9
    assert (macro["BAA10Y"] > macro["AAA10Y"]).all()
    assert (macro["BAMLC0A4CBBB"] > macro["BAMLC0A0CM"]).all()
    assert (macro["BAMLH0A0HYM2"] > macro["BAMLC0A4CBBB"]).all()
    assert (macro[["AAA10Y", "BAMLC0A0CM", "DGS10", "DGS2", "MOVE"]] > 0).all().all()
    assert (macro["DGS3MO"] >= 0).all()
    assert not np.signbit(macro.to_numpy()[macro.to_numpy() == 0]).any()


def test_bond_funds_follow_the_yields_and_spreads_that_are_published() -> None:
    market = drawn()
    weekly = np.log(market.total_return_close).iloc[::5].diff()
    changes = pd.DataFrame(dict(market.macro)).iloc[::5].diff()
    for ticker, series, duration in (("SHY", "DGS2", 1.85), ("IEF", "DGS10", 7.4)):
        slope = weekly[ticker].cov(changes[series]) / changes[series].var()
        assert slope == pytest.approx(-duration / 100.0, rel=0.1)
        assert weekly[ticker].corr(changes[series]) < -0.9
    assert weekly["TIP"].corr(changes["DFII10"]) < -0.9
    for ticker in ("HYG", "JNK"):
        assert weekly[ticker].corr(changes[CREDIT]) < -0.6


# Determinism


def test_same_seed_same_market_other_seed_other_market() -> None:
    assert synthetic_market(SyntheticConfig()).digest == drawn().digest
    assert synthetic_market().digest == drawn().digest
    assert len({drawn(seed).digest for seed in SEEDS}) == len(SEEDS)


def test_lead_effect_and_placebo_leave_the_bond_market_as_it_was() -> None:
    default = drawn()
    variants = [drawn(lead=0), drawn(effect=0.0), drawn(placebo=True)]
    for other in variants:
        assert all(other.macro[name].equals(default.macro[name]) for name in MACRO_SERIES)
        bonds = list(BOND_ETFS)
        assert other.close[bonds].equals(default.close[bonds])
        assert not other.close["XLF"].equals(default.close["XLF"])
    assert len({market.digest for market in [default, *variants]}) == 4


def test_generation_takes_under_a_second() -> None:
    drawn()  # loads the calendar
    start = time.process_time()
    synthetic_market(SyntheticConfig(seed=99))
    assert time.process_time() - start < 1.0


# Moments: bands around the table in the module's docstring


def test_moments_of_the_default_seed() -> None:
    sample = read_synthetic(drawn())
    equity = {name: row[""] for name, row in equity_moments(sample).items()}
    bands = {
        "SPY volatility, %": (15.0, 22.0),
        "SPY maximum drawdown, %": (-60.0, -30.0),
        "SPY kurtosis (normal 0)": (5.0, 20.0),
        "autocorrelation of r, lag 1": (-0.06, 0.06),
        "autocorrelation of |r|, lag 1": (0.15, 0.35),
        "autocorrelation of |r|, lag 20": (0.08, 0.30),
        "mean log range / deviation": (1.0, 1.25),
        "pairwise corr of nine sectors": (0.62, 0.76),
        "weekly corr SPY, HY spread": (-0.70, -0.45),
        "weekly corr SPY, 10y yield": (0.25, 0.50),
        "weekly corr HY spread, 10y": (-0.55, -0.25),
        "daily corr 2y, 10y yield": (0.65, 0.85),
        "daily corr SPY, HYG": (0.5, 0.75),
        "daily corr SPY, TLT": (-0.5, -0.3),
        "HY spread, autocorr of change": (0.2, 0.4),
    }
    outside = {n: equity[n] for n, (low, high) in bands.items() if not low < equity[n] < high}
    assert not outside


def test_sectors_differ_as_real_ones_do() -> None:
    sectors = sector_moments(read_synthetic(drawn()))
    beta = {ticker: row["beta"] for ticker, row in sectors.items()}
    assert beta["XLF"] > 1.2
    assert beta["XLE"] > 1.05
    assert max(beta["XLP"], beta["XLU"]) < 0.75
    assert all(0.6 < row["corr"] < 0.97 for row in sectors.values())
    relative = {ticker: row["relative vol %"] for ticker, row in sectors.items()}
    assert relative["XLE"] > 1.5 * relative["XLK"]
    assert all(6.0 < value < 21.0 for value in relative.values())


def test_spreads_and_yields_of_the_default_seed() -> None:
    levels = level_moments(read_synthetic(drawn()))
    changes = change_moments(read_synthetic(drawn()))
    assert 4.0 < levels[CREDIT]["mean"] < 6.5
    assert levels[CREDIT]["maximum"] > 8.0
    assert 2.0 < levels[RATES]["mean"] < 4.5
    assert 65.0 < levels["MOVE"]["mean"] < 95.0
    assert changes[RATES]["daily change"] == pytest.approx(0.055, rel=0.15)
    assert all(row["1 - AR(1)"] < 0.03 for row in changes.values())


@pytest.mark.realdata
def test_real_moments_lie_near_the_seeds(real_data_dir: Path) -> None:
    real = read_real(real_data_dir)
    samples = [read_synthetic(drawn(seed)) for seed in SEEDS]
    turnover = [fund_moments(sample) for sample in samples]
    for ticker, row in fund_moments(real).items():
        name = "median $M a session"
        middle = np.median([seed[ticker][name] for seed in turnover])
        assert middle == pytest.approx(row[name], rel=0.15), ticker
    volatility = [sector_moments(sample) for sample in samples]
    for ticker, row in sector_moments(real).items():
        if ticker not in ("XLRE", "XLC"):  # a few quiet real years only
            middle = np.median([seed[ticker]["relative vol %"] for seed in volatility])
            assert middle == pytest.approx(row["relative vol %"], rel=0.25), ticker
            middle = np.median([seed[ticker]["beta"] for seed in volatility])
            assert middle == pytest.approx(row["beta"], rel=0.1), ticker
    changes = [change_moments(sample) for sample in samples]
    for series, row in change_moments(real).items():
        middle = np.median([seed[series]["daily change"] for seed in changes])
        assert middle == pytest.approx(row["daily change"], rel=0.5), series


# The planted lead


def pooled(**variant: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mean over the seeds of the lead correlations, and its standard error."""
    tables = []
    for seed in SEEDS:
        market = drawn(seed, **variant)
        tables.append(
            lead_correlations(market.total_return_close, pd.DataFrame(dict(market.macro)))
        )
    values = np.stack([table.to_numpy() for table in tables])
    like = tables[0]
    error = values.std(axis=0, ddof=1) / np.sqrt(len(tables))
    return (
        pd.DataFrame(values.mean(axis=0), like.index, like.columns),
        pd.DataFrame(error, like.index, like.columns),
    )


def test_stress_leads_the_sectors_with_the_signs_of_real_data() -> None:
    mean, error = pooled()
    signs = {
        CREDIT: {"XLF": -1, "XLI": -1, "XLK": 1, "XLU": 1, "XLP": 1},
        RATES: {"XLK": -1, "XLF": 1, "XLI": 1},
    }
    for series, expected in signs.items():
        for ticker, sign in expected.items():
            assert sign * mean.loc[series, ticker] > 0.0, (series, ticker)
    for series, ticker in ((CREDIT, "XLF"), (CREDIT, "XLK"), (RATES, "XLK"), (RATES, "XLF")):
        assert abs(mean.loc[series, ticker]) > 3.0 * error.loc[series, ticker]
        assert 0.12 < abs(mean.loc[series, ticker]) < 0.45


@pytest.mark.parametrize("variant", [{"lead": 0}, {"placebo": True}, {"effect": 0.0}])
def test_without_a_lead_stress_predicts_nothing(variant: dict[str, Any]) -> None:
    mean, error = pooled(**variant)
    t = (mean / error).to_numpy()
    # 22 t-statistics with 11 degrees of freedom, correlated within a row: 4.0 is beyond 1 in 20.
    assert np.abs(t).max() < 4.0
    assert np.abs(mean.to_numpy()).max() < 0.12
    strong = [(CREDIT, "XLF"), (CREDIT, "XLK"), (RATES, "XLK"), (RATES, "XLF")]
    assert np.mean([abs(mean.loc[place]) for place in strong]) < 0.06


def test_lead_zero_acts_in_the_same_session_with_the_same_signs() -> None:
    same, none = [], []
    for seed in SEEDS:
        for found, effect in ((same, 1.0), (none, 0.0)):
            market = drawn(seed, lead=0, effect=effect)
            log = np.log(market.total_return_close)
            relative = (log["XLF"] - log["XLK"]).diff(5)
            found.append(relative.corr(market.macro[CREDIT].diff(5)))
    assert np.mean(same) < np.mean(none) - 0.1


@pytest.mark.parametrize("lead", [15, 40, 100])
def test_the_response_peaks_at_the_configured_lead(lead: int) -> None:
    shifts = np.arange(0, 181, 5)
    profile = np.zeros(len(shifts))
    for seed in SEEDS:
        market = drawn(seed, lead=lead, effect=2.0)
        log = np.log(market.total_return_close)
        relative = (log["XLK"] - log["XLF"]).diff().rolling(11, center=True).sum()
        shock = np.log(market.macro[CREDIT]).diff()
        profile += [relative.shift(-int(shift)).corr(shock) for shift in shifts]
    assert abs(shifts[profile.argmax()] - lead) <= max(5, 0.3 * lead)
    assert profile[shifts > 1.5 * lead + 15].max() < 0.5 * profile.max()


@given(st.integers(1, LONGEST_LEAD))
def test_response_is_centred_on_the_lead_and_never_immediate(lead: int) -> None:
    kernel = response_kernel(lead)
    lags = np.arange(len(kernel))
    assert kernel.sum() == pytest.approx(1.0)
    assert kernel[0] == 0.0
    assert (kernel >= 0.0).all()
    assert kernel @ lags == pytest.approx(lead)
    assert np.count_nonzero(kernel >= 0.5 * kernel.max()) <= lead / 2 + 2


def test_lead_zero_is_the_session_itself() -> None:
    assert response_kernel(0).tolist() == [1.0]


# Parts


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6000))
def test_regimes_cover_every_session(seed: int, length: int) -> None:
    regime, severity = draw_regimes(np.random.default_rng(seed), length)
    assert len(regime) == length == len(severity)
    assert set(np.unique(regime)) <= set(Regime)
    assert ((severity >= 0) & (severity <= 1)).all()
    assert (severity[regime != Regime.STRESS] == 0).all()
    changes = np.flatnonzero(np.diff(regime)) + 1
    assert (np.diff(np.concatenate([[0], changes])) >= 20).all()


def test_regimes_fall_on_other_dates_with_another_seed() -> None:
    starts = {
        tuple(np.flatnonzero(np.diff(draw_regimes(np.random.default_rng(seed), 5000)[0])))
        for seed in SEEDS
    }
    assert len(starts) == len(SEEDS)


def test_shocks_have_unit_variance_and_fat_but_bounded_tails() -> None:
    draws = student_t(np.random.default_rng(1), 400_000)
    assert draws.std() == pytest.approx(1.0, abs=0.02)
    assert pd.Series(draws).kurt() > 2.0
    assert np.abs(draws).max() <= 6.0


@given(st.floats(-50.0, 50.0))
def test_soft_ceiling_bounds_and_keeps_sign(value: float) -> None:
    bent = float(soft_ceiling(np.array([value]))[0])
    assert abs(bent) <= min(abs(value), 1.65) + 1e-12
    assert bent * value >= 0.0


def test_sector_traits_cover_the_universe_and_responses_nearly_cancel() -> None:
    assert list(SECTOR_TRAITS) == list(SECTORS)
    total = sum(traits.weight for traits in SECTOR_TRAITS.values())
    assert total == pytest.approx(1.0)
    for name in ("credit", "rates"):
        mixed = sum(t.weight * getattr(t, name) for t in SECTOR_TRAITS.values())
        assert abs(mixed) < 0.05


# Bad configuration


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": -1}, "seed -1 is negative"),
        ({"lead_sessions": -1}, r"lead_sessions -1 is not in 0\.\.250"),
        ({"lead_sessions": 251}, r"lead_sessions 251 is not in 0\.\.250"),
        ({"effect": -0.1}, "effect -0.1 is not a finite number"),
        ({"effect": float("nan")}, "effect nan is not a finite number"),
    ],
)
def test_bad_configuration_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SyntheticConfig(), **change)


def test_no_session_between_the_dates_is_named() -> None:
    with pytest.raises(ValueError, match="no NYSE session from 2024-12-28 to 2024-12-29"):
        synthetic_market(SyntheticConfig(first="2024-12-28", last="2024-12-29"))
