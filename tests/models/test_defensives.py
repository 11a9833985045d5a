"""Ranked defensives: scores, captures, liquidity, what swaps them, and their rows."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from models.analogues import AnalogueRecord, Analogues, analogue_record
from models.defensive_record import Defensive, recommendation_row
from models.defensive_score import evidence_score
from models.defensives import DefensiveConfig, MarketHistory, rank_defensives
from models.downside import downside_capture
from models.mapping import MappingConfig, View, fit_view
from models.ranking_swap import Swap, smallest_swap
from models.stress_sources import CHANNELS
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED

TICKERS = ("XLK", "XLP", "XLU", "XLV")
MAPPING = MappingConfig(("credit_60", "rates_60"), 20, (), 600, 100)
CONFIG = DefensiveConfig(
    horizon=20, analogues=5, spacing=25, capture_window=250, min_down_sessions=30, volume_window=20
)
SESSIONS = 900


def market(seed: int = 11) -> tuple[MarketHistory, np.ndarray]:
    """A random market, in which rates move the sectors, and its two features."""
    rng = np.random.default_rng(seed)
    channels = np.cumsum(rng.standard_normal((SESSIONS, 4)), axis=0) / 8.0
    features = channels[:, :2]
    benchmark = 0.01 * rng.standard_normal(SESSIONS)
    betas = np.array([1.2, 0.6, 0.5, 0.7])
    pull = np.array([-1.0, 0.5, 1.0, 0.2])
    moves = benchmark[:, None] * betas + 0.006 * rng.standard_normal((SESSIONS, 4))
    moves[1:] += 0.0005 * features[:-1, 1:] * pull
    dollars = rng.uniform(5e7, 1.5e8, (SESSIONS, 4))
    history = MarketHistory(
        TICKERS, np.exp(moves.cumsum(axis=0)), np.exp(benchmark.cumsum()), dollars, channels
    )
    return history, features


def view_of(history: MarketHistory, features: np.ndarray) -> View:
    relative = np.log(history.sector_prices) - np.log(history.benchmark_prices)[:, None]
    return fit_view(features, relative, MAPPING, MAPPING.horizon)


def ranked(
    history: MarketHistory, features: np.ndarray, config: DefensiveConfig = CONFIG, **change: object
) -> tuple[Defensive, ...]:
    today = dict(zip(MAPPING.features, features[-1].tolist(), strict=True))
    given: dict[str, object] = {
        "readings": today, "config": config, "portfolio_value": 1e8, "max_participation": 0.1
    }  # fmt: skip
    if "view" not in change:
        given["view"] = view_of(history, features)
    return rank_defensives(history, **(given | change))  # type: ignore[arg-type]


def cut(history: MarketHistory, last: int) -> MarketHistory:
    return MarketHistory(
        history.tickers,
        history.sector_prices[: last + 1],
        history.benchmark_prices[: last + 1],
        history.dollar_volume[: last + 1],
        history.channels[: last + 1],
    )


def test_a_capture_by_hand() -> None:
    benchmark = np.array([100.0, 90.0, 99.0, 79.2, 79.2])  # -10 %, +10 %, -20 %, 0
    half = np.array([100.0, 95.0, 95.0, 85.5, 90.0])  # -5 % and -10 % on the two falls
    late = np.array([np.nan, np.nan, 10.0, 11.0, 11.0])  # lists after the first fall
    captures, sessions = downside_capture(np.column_stack([half, late]), benchmark, 1)
    own, theirs = math.sqrt(0.95 * 0.9) - 1.0, math.sqrt(0.9 * 0.8) - 1.0
    np.testing.assert_allclose(captures, [own / theirs, 0.1 / -0.2])
    assert sessions.tolist() == [2, 1]
    captures, sessions = downside_capture(np.column_stack([half, late]), benchmark, 2)
    assert captures[0] == pytest.approx(own / theirs)
    assert math.isnan(captures[1])
    rising, none = downside_capture(half[:, None], np.arange(1.0, 6.0), 1)
    assert (math.isnan(rising[0]), none.tolist()) == (True, [0])


def record_of(*outcomes: float) -> AnalogueRecord:
    relative = np.column_stack([np.zeros(len(outcomes)), outcomes]).ravel()
    rows = 2 * np.arange(len(outcomes))
    return analogue_record(Analogues(rows, np.ones(len(outcomes))), relative, 1)


def test_scores_by_hand() -> None:
    record = record_of(0.00, 0.02)  # mean 0.01, error 0.01
    assert evidence_score("expected", 0.03, 0.02, record, 0.5) == (0.03, 1.0)
    assert evidence_score("capture", 0.03, 0.02, record, 0.5) == (-0.5, 0.0)
    score, weight = evidence_score("analogues", 0.03, 0.02, record, 0.5)
    assert (score, weight) == (pytest.approx(0.01), 0.0)
    # Precisions 2,500 and 10,000: weights 0.2 and 0.8.
    score, weight = evidence_score("combined", 0.03, 0.02, record, 0.5)
    assert (score, weight) == (pytest.approx(0.014), pytest.approx(0.2))


def test_an_estimate_without_a_deviation_weighs_nothing() -> None:
    two, one = record_of(0.0, 0.02), record_of(0.02)
    assert evidence_score("combined", 0.0, 0.0, two, 0.5) == (pytest.approx(0.01), 0.0)
    assert evidence_score("combined", 0.03, 0.02, one, 0.5) == (0.03, 1.0)
    score, weight = evidence_score("combined", 0.0, 0.0, one, 0.5)
    assert (math.isnan(score), weight) == (True, 0.0)


def test_every_figure_of_a_place() -> None:
    history, features = market()
    places = ranked(history, features, warned=("XLK",))
    assert [place.rank for place in places] == [1, 2, 3]
    assert {place.ticker for place in places} == {"XLU", "XLP", "XLV"}
    view = view_of(history, features)
    relative = np.log(history.sector_prices) - np.log(history.benchmark_prices)[:, None]
    for place in places:
        sector = TICKERS.index(place.ticker)
        mean, deviation = view.expected[sector], view.deviation[sector]
        assert place.score == place.expected.value == mean
        assert place.expected.high - mean == pytest.approx(1.959964 * deviation, rel=1e-6)
        labels = relative[20:, sector] - relative[:-20, sector]
        spread = math.sqrt(deviation**2 + np.mean(labels**2))
        assert mean - place.outcome.low == pytest.approx(1.959964 * spread, rel=1e-6)
        rows = place.record.rows
        np.testing.assert_allclose(place.record.outcomes, labels[rows])
        assert len(rows) == 5
        assert (rows + 20 <= SESSIONS - 2).all()
        assert (np.diff(np.sort(rows)) >= 25).all()
        captures, downs = downside_capture(
            history.sector_prices[-251:], history.benchmark_prices[-251:], 30
        )
        assert (place.capture, place.down_sessions) == (captures[sector], downs[sector])
        assert place.defensive == (place.capture < 0.85)
        adv = history.dollar_volume[-20:, sector].mean()
        assert place.adv_dollars == pytest.approx(adv)
        assert place.sessions_to_trade == math.ceil(1e8 / (0.1 * adv))
    assert list(places) == sorted(places, key=lambda place: -place.score)


def test_others_join_by_their_capture_and_named_ones_stay() -> None:
    history, features = market()
    captures, _ = downside_capture(
        history.sector_prices[-251:], history.benchmark_prices[-251:], 30
    )
    level = float(captures[2]) + 1e-9  # XLU's
    config = replace(CONFIG, candidates=("XLK",), capture_level=level)
    below = {TICKERS[n] for n in range(4) if captures[n] < level}
    places = ranked(history, features, config)
    assert {place.ticker for place in places} == below | {"XLK"}
    assert {place.ticker for place in places if place.defensive} == below
    assert "XLU" in below
    assert ranked(history, features, config, warned=("XLK", *below)) == ()
    unlisted = replace(history, sector_prices=history.sector_prices.copy())
    unlisted.sector_prices[:, 3] = np.nan
    assert "XLV" not in {place.ticker for place in ranked(unlisted, features)}


def test_without_a_view_the_lower_capture_comes_first() -> None:
    history, features = market()
    features = features.copy()
    features[-1] = np.nan
    places = ranked(history, features)
    assert {place.score for place in places} == {0.0}
    assert list(places) == sorted(places, key=lambda place: place.capture)
    assert {place.swap.feature for place in places[:-1] if place.swap} == {""}
    short = cut(history, 20)  # no analogue yet, and too few down sessions
    scores = ranked(short, features[:21], replace(CONFIG, score="combined"))
    assert all(math.isnan(place.score) for place in scores)
    row = recommendation_row(
        scores[0], np.arange("2000-01-01", "2000-02-01", dtype="datetime64[D]")
    )
    assert (row["analogue_dates"], row["analogue_count"]) == ("", 0)


def test_without_evidence_comes_last() -> None:
    history, features = market()
    history.sector_prices[:-10, 2] = np.nan  # XLU lists too late for any analogue
    places = ranked(history, features, replace(CONFIG, score="analogues"), warned=("XLK",))
    assert [place.ticker for place in places if math.isnan(place.score)] == ["XLU"]
    assert places[-1].ticker == "XLU"
    assert repr(places[-2].swap) == repr(Swap(places[-2].ticker, "XLU", "", math.nan, 3.0))


@pytest.mark.parametrize("score", ["expected", "analogues", "capture", "combined"])
def test_the_future_changes_no_bit(score: str) -> None:
    history, features = market()
    config = replace(CONFIG, score=score)
    now = 700
    today = dict(zip(MAPPING.features, features[now].tolist(), strict=True))
    view = view_of(cut(history, now), features[: now + 1])
    given = {"view": view, "readings": today}
    before = ranked(cut(history, now), features, config, **given)
    rng = np.random.default_rng(2)
    for values in (history.sector_prices, history.dollar_volume, history.channels):
        values[now + 1 :] *= rng.uniform(0.1, 9.0, values[now + 1 :].shape)
    history.benchmark_prices[now + 1 :] *= rng.uniform(0.1, 9.0, SESSIONS - now - 1)
    after = ranked(cut(history, now), features, config, **given)
    dates = np.arange("2010-01-01", SESSIONS, dtype="datetime64[D]")
    rows = [[recommendation_row(p, dates) for p in places] for places in (before, after)]
    assert repr(rows[0]) == repr(rows[1])


def test_what_followed_the_analogues_had_ended_before_today() -> None:
    history, features = market()
    before = ranked(history, features)
    history.sector_prices[-1] *= 1.3
    after = ranked(history, features, view=view_of(history, features))
    for now, then in zip(after, before, strict=True):
        np.testing.assert_array_equal(now.record.outcomes, then.record.outcomes)
        assert now.outcome != then.outcome  # the latest outcome of all ends today


def scores_at(
    places: tuple[Defensive, ...], view: View, today: np.ndarray, moved: np.ndarray
) -> dict[str, float]:
    """The model's scores with one feature moved, by evaluating it again."""
    bounded = [np.clip(x, -CONFIG.feature_cap, CONFIG.feature_cap) for x in (today, moved)]
    return {
        place.ticker: place.score
        + place.model_weight
        * float(view.coefficients[TICKERS.index(place.ticker)] @ (bounded[1] - bounded[0]))
        for place in places
    }


@pytest.mark.parametrize("score", ["expected", "combined"])
@pytest.mark.parametrize("seed", range(6))
def test_neighbours_swap_exactly_at_the_threshold(score: str, seed: int) -> None:
    history, features = market(seed)
    view, today = view_of(history, features), features[-1]
    places = ranked(history, features, replace(CONFIG, score=score))
    assert places[-1].swap is None
    for upper, lower in itertools.pairwise(places):
        swap = upper.swap
        assert swap is not None
        assert (swap.ahead, swap.behind) == (upper.ticker, lower.ticker)
        steps = np.arange(-3.0, 3.0 + 1e-9, 0.001)
        for column, name in enumerate(MAPPING.features):
            for step in steps[:: 25 if swap.feature else 5]:
                # Nothing smaller swaps them, in either feature and direction.
                if swap.feature and abs(step) >= abs(swap.change):
                    continue
                moved = today.copy()
                moved[column] += step
                found = scores_at(places, view, today, moved)
                assert found[upper.ticker] >= found[lower.ticker] - 1e-15, name
        if swap.feature:
            column = MAPPING.features.index(swap.feature)
            for nudge in (-1e-6, 1e-6):
                moved = today.copy()
                moved[column] += swap.change + math.copysign(1.0, swap.change) * nudge
                found = scores_at(places, view, today, moved)
                assert (found[upper.ticker] > found[lower.ticker]) == (nudge < 0.0)


def test_the_model_itself_swaps_at_the_threshold() -> None:
    history, features = market(4)
    places = ranked(history, features)
    swaps = [place.swap for place in places if place.swap and place.swap.feature]
    assert swaps
    for swap in swaps:
        for nudge in (-1e-6, 1e-6):
            moved = features.copy()
            column = MAPPING.features.index(swap.feature)
            moved[-1, column] += swap.change + math.copysign(1.0, swap.change) * nudge
            expected = view_of(history, moved).expected
            ahead = expected[TICKERS.index(swap.ahead)] > expected[TICKERS.index(swap.behind)]
            assert ahead == (nudge < 0.0)


def swap_of(gap: float, slopes: list[float], readings: list[float]) -> tuple[str, float]:
    found = smallest_swap(
        ("A", "B"), gap, np.array(slopes), ("credit", "rates"), np.array(readings), 3.0, 2.0
    )
    return found.feature, found.change


def test_swaps_by_hand() -> None:
    # Credit would have to fall by 1, rates to rise by 0.5.
    assert swap_of(0.02, [0.02, -0.04], [0.0, 0.0]) == ("rates", pytest.approx(0.5))
    # Rates would have to rise above the cap, where the model no longer moves.
    assert swap_of(0.02, [0.02, -0.04], [0.0, 2.6]) == ("credit", pytest.approx(-1.0))
    # From beyond the cap the way back counts in full: 3.4 to 2.5.
    assert swap_of(0.02, [0.0, 0.04], [0.0, 3.4]) == ("rates", pytest.approx(-0.9))
    # Out of reach (2.5), no slope, no view, no score.
    for gap, slopes, readings in (
        (0.05, [0.02, 0.0], [0.0, 0.0]),
        (0.02, [0.0, 0.0], [0.0, 0.0]),
        (0.02, [0.02, -0.04], [math.nan, 0.0]),
        (math.nan, [0.02, -0.04], [0.0, 0.0]),
    ):
        feature, change = swap_of(gap, slopes, readings)
        assert (feature, math.isnan(change)) == ("", True)


def test_a_swap_in_words() -> None:
    features, readings = ("credit", "rates"), np.array([0.0, 0.0])
    given = (("A", "B"), 0.02, np.array([0.02, -0.05]), features, readings, 3.0)
    assert smallest_swap(*given, 3.0).sentence == (
        "B overtakes A when rates rises by more than 0.40 deviations, all else equal."
    )
    assert smallest_swap(*given, 0.1).sentence == (
        "No change of one stress feature within +-0.1 deviations lifts B above A."
    )
    tie = smallest_swap(("A", "B"), 0.0, np.array([0.02, 0.0]), features, readings, 3.0, 3.0)
    assert "credit falls by more than 0.00" in tie.sentence


@given(
    st.floats(0.0, 0.2),
    st.lists(st.floats(-0.1, 0.1), min_size=2, max_size=2),
    st.lists(st.floats(-5.0, 5.0), min_size=2, max_size=2),
)
def test_a_swap_stays_within_reach_and_cap(
    gap: float, slopes: list[float], readings: list[float]
) -> None:
    feature, change = swap_of(gap, slopes, readings)
    if feature:
        column = ("credit", "rates").index(feature)
        assert abs(change) <= 2.0
        assert abs(readings[column] + change) <= 3.0 + 1e-9
        assert change * slopes[column] <= 0.0
    else:
        assert math.isnan(change)


def test_a_row_for_the_record() -> None:
    history, features = market()
    dates = np.arange("2010-01-01", SESSIONS, dtype="datetime64[D]")
    places = ranked(history, features)
    rows = [recommendation_row(place, dates) for place in places]
    assert len({tuple(row) for row in rows}) == 1
    for row, place in zip(rows, places, strict=True):
        assert all(type(value) in (str, int, float) for value in row.values())
        record = place.record
        shown = {
            "rank": place.rank,
            "ticker": place.ticker,
            "defensive": int(place.defensive),
            "expected_relative_return_pct": 100.0 * place.expected.value,
            "expected_low_pct": 100.0 * place.expected.low,
            "expected_high_pct": 100.0 * place.expected.high,
            "outcome_low_pct": 100.0 * place.outcome.low,
            "outcome_high_pct": 100.0 * place.outcome.high,
            "analogue_mean_pct": 100.0 * np.mean(record.outcomes),
            "analogue_median_pct": 100.0 * np.median(record.outcomes),
            "analogue_error_pct": 100.0 * np.std(record.outcomes, ddof=1) / math.sqrt(5),
            "analogue_hit_rate_pct": 100.0 * np.mean(record.outcomes > 0.0),
            "analogue_hit_rate_low_pct": 100.0 * record.hits.low,
            "analogue_hit_rate_high_pct": 100.0 * record.hits.high,
            "downside_capture_pct": 100.0 * place.capture,
            "down_sessions": place.down_sessions,
            "adv_dollars": place.adv_dollars,
            "sessions_to_trade": place.sessions_to_trade,
            "score": place.score,
            "score_method": "expected",
            "score_model_weight_pct": 100.0,
        }
        assert {name: row[name] for name in shown} == pytest.approx(shown)
        days = str(row["analogue_dates"]).split(",")
        assert days == [str(dates[number]) for number in place.record.rows]
        returns = [float(value) for value in str(row["analogue_returns_pct"]).split(",")]
        np.testing.assert_allclose(returns, 100.0 * place.record.outcomes, atol=0.0051)
        assert len(str(row["analogue_distances"]).split(",")) == row["analogue_count"] == 5
    assert rows[-1]["swap_sentence"] == ""
    assert rows[0]["swaps_with"] == rows[1]["ticker"]


def test_no_volume_takes_for_ever() -> None:
    history, features = market()
    history.dollar_volume[-20:, 2] = np.nan
    history.dollar_volume[-10:, 1] = np.nan
    found = {place.ticker: place for place in ranked(history, features)}
    assert (found["XLU"].adv_dollars, found["XLU"].sessions_to_trade) == (0.0, math.inf)
    assert found["XLP"].adv_dollars == pytest.approx(history.dollar_volume[-20:-10, 1].mean())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"capture_level": 0.0}, "capture_level must be positive"),
        ({"horizon": -1}, "horizon must be positive"),
        ({"analogues": 0}, "analogues must be positive"),
        ({"spacing": 59}, "spacing must be at least the horizon"),
        ({"capture_window": 0}, "capture_window must be positive"),
        ({"min_down_sessions": 0}, "min_down_sessions must be positive"),
        ({"volume_window": 0}, "volume_window must be positive"),
        ({"feature_cap": math.nan}, "feature_cap must be positive"),
        ({"swap_reach": math.inf}, "swap_reach must be positive"),
        ({"candidates": ("XLU", "XLU")}, "candidates must be different"),
        ({"candidates": ("",)}, "candidates must be different"),
        ({"score": "best"}, "score must be one of expected"),
    ],
)
def test_a_bad_config_is_named(change: Mapping[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        DefensiveConfig(**change)  # type: ignore[arg-type]


def test_bad_input_is_named() -> None:
    history, features = market()
    with pytest.raises(ValueError, match=r"^candidates: XLX not among the tickers"):
        ranked(history, features, replace(CONFIG, candidates=("XLU", "XLX")))
    with pytest.raises(ValueError, match=r"^portfolio_value must be positive"):
        ranked(history, features, portfolio_value=0.0)
    with pytest.raises(ValueError, match=r"^portfolio_value must be positive"):
        ranked(history, features, portfolio_value=math.inf)
    with pytest.raises(ValueError, match=r"^max_participation must be .* at most 1"):
        ranked(history, features, max_participation=1.5)
    with pytest.raises(ValueError, match=r"^view must be of 4 tickers and 1 readings"):
        ranked(history, features, readings={"credit_60": 0.0})
    with pytest.raises(ValueError, match=r"^sector_prices must be \[900 x 4\]"):
        replace(history, sector_prices=history.sector_prices[:, :3])
    with pytest.raises(ValueError, match=r"^dollar_volume must be"):
        replace(history, dollar_volume=history.dollar_volume[1:])
    with pytest.raises(ValueError, match=r"^channels must have the 900 rows"):
        replace(history, channels=history.channels[1:])


@pytest.mark.realdata
def test_a_shorter_real_market_ranks_the_same_at_its_end(real_market: MarketData) -> None:
    def rows(last: str) -> list[dict[str, str | float | int]]:
        source = real_market.until(pd.Timestamp(last))
        stress = market_stress(source)[0].loc[SECTORS_REDEFINED:"2012-03-15"]  # type: ignore[misc]
        sectors = list(SECTORS)
        closes = source.total_return_close.loc[stress.index]
        dollars = (source.close * source.volume).loc[stress.index, sectors]
        history = MarketHistory(
            tuple(sectors),
            closes[sectors].to_numpy(),
            closes[BENCHMARK].to_numpy(),
            dollars.to_numpy(),
            stress[list(CHANNELS)].to_numpy(),
        )
        mapping = MappingConfig()
        features = stress[list(mapping.features)]
        relative = np.log(history.sector_prices) - np.log(history.benchmark_prices)[:, None]
        places = rank_defensives(
            history,
            fit_view(features.to_numpy(), relative, mapping, mapping.horizon),
            {str(name): float(value) for name, value in features.iloc[-1].items()},
            DefensiveConfig(),
            portfolio_value=1e7,
            max_participation=0.1,
            warned=("XLK",),
        )
        return [recommendation_row(place, stress.index.to_numpy()) for place in places]

    now, later = rows("2012-03-15"), rows("2019-12-31")
    assert repr(now) == repr(later)
    assert {row["ticker"] for row in now} >= {"XLU", "XLP", "XLV"}
    assert all(row["analogue_count"] == 10 for row in now)
