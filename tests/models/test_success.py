from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.deflated_ratio import deflated_ratio
from models.performance import information_ratio
from models.success import (
    TARGETS,
    judge,
    judge_accuracy,
    judge_alpha,
    judge_information_ratio,
    judge_lead,
)
from models.warning_lead import LeadRecord
from models.warning_quality import Estimate, Hits, exact_interval

NAN = math.nan
NONE = Estimate(NAN, NAN, NAN)
ENOUGH = "not enough evidence"


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "p_value", "expected"),
    [
        # At least: the target's own value reaches it; the interval need not.
        ("alpha_pct", 2.5, 0.1, 4.9, 0.04, "met"),
        ("alpha_pct", 2.5, -0.1, 5.1, 0.06, ENOUGH),
        ("alpha_pct", 2.4, 1.0, 3.8, 0.001, ENOUGH),
        ("alpha_pct", 1.0, -0.4, 2.4, 0.2, "not met"),
        ("alpha_pct", 1.0, -0.5, 2.5, 0.2, ENOUGH),
        ("information_ratio", -0.58, -1.17, 0.03, 0.99, "not met"),
        ("information_ratio", 2.0, 1.1, 2.9, NAN, ENOUGH),
        # Below: the whole interval must be, and five itself is not.
        ("transition_tracking_error_pct", 2.0, 1.5, 2.7, NAN, "met"),
        ("transition_tracking_error_pct", 4.0, 3.0, 5.0, NAN, ENOUGH),
        ("transition_tracking_error_pct", 6.0, 4.9, 7.0, NAN, ENOUGH),
        ("transition_tracking_error_pct", 6.0, 5.0, 7.0, NAN, "not met"),
        ("transition_tracking_error_pct", 2.0, NAN, NAN, NAN, ENOUGH),
        # Within a range: missed on either side.
        ("advance_warning_sessions", 20.0, 5.0, 70.0, 0.01, "met"),
        ("advance_warning_sessions", 60.0, 5.0, 70.0, 0.05, ENOUGH),
        ("advance_warning_sessions", 70.0, 61.0, 79.0, 0.01, "not met"),
        ("advance_warning_sessions", 10.0, 2.0, 19.0, 0.01, "not met"),
        ("tech_underperformance_accuracy_pct", NAN, NAN, NAN, NAN, ENOUGH),
    ],
)
def test_rule_by_hand(
    name: str, value: float, low: float, high: float, p_value: float, expected: str
) -> None:
    assert judge(name, Estimate(value, low, high), p_value, 3).verdict == expected


@given(
    st.sampled_from(sorted(TARGETS)),
    st.lists(st.floats(-100.0, 100.0), min_size=3, max_size=3),
    st.floats(0.0, 1.0),
)
def test_verdicts_never_contradict_their_numbers(
    name: str, numbers: list[float], p_value: float
) -> None:
    low, value, high = sorted(numbers)
    found = judge(name, Estimate(value, low, high), p_value, 1)
    reached = TARGETS[name].reached(value)
    if found.verdict == "met":
        assert reached
        assert p_value < 0.05 or not TARGETS[name].tested
    if found.verdict == "not met":
        assert not reached
        assert not TARGETS[name].reached(low)
        assert not TARGETS[name].reached(high)


def test_line_is_that_of_the_scorecard_file() -> None:
    line = judge("alpha_pct", NONE, NAN, 7).as_dict()
    assert list(line) == [
        "criterion", "value", "low", "high", "target", "p_value", "trials", "verdict",
    ]  # fmt: skip
    assert json.loads(json.dumps(line, allow_nan=False)) == {
        "criterion": "alpha_pct", "value": None, "low": None, "high": None, "target": ">= 2.5",
        "p_value": None, "trials": 7, "verdict": ENOUGH,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("leads", "median", "p_value", "expected"),
    [
        ([30.0] * 8, Estimate(30.0, 25.0, 40.0), 0.01, "met"),
        ([70.0] * 8, Estimate(70.0, 65.0, 75.0), 0.01, "not met"),
        # One lead has a bootstrap interval of no width: it must not decide.
        ([70.0] + [NAN] * 8, Estimate(70.0, 70.0, 70.0), 0.4, ENOUGH),
        # Silence before six events is a miss, before five it may be chance.
        ([NAN] * 9, NONE, NAN, "not met"),
        ([NAN] * 6, NONE, NAN, "not met"),
        ([NAN] * 5, NONE, NAN, ENOUGH),
        ([], NONE, NAN, ENOUGH),
    ],
)
def test_lead(leads: list[float], median: Estimate, p_value: float, expected: str) -> None:
    record = LeadRecord(np.array(leads), median, 0.0, p_value)
    assert judge_lead(record, 2).verdict == expected


def test_six_events_are_where_silence_and_a_median_interval_begin_to_say_something() -> None:
    assert exact_interval(0, 6).high < 0.5 < exact_interval(0, 5).high
    assert 2.0 * 0.5**6 < 0.05 < 2.0 * 0.5**5


def test_alpha_of_the_development_years() -> None:
    """Alpha 1.36 with t 2.13 (README): interval 0.11 to 2.61, p 0.033; 2.5 is inside."""
    found = judge_alpha(1.36, 1.36 / 2.13, 151)
    assert found.low == pytest.approx(0.11, abs=0.005)
    assert found.high == pytest.approx(2.61, abs=0.005)
    assert found.p_value == pytest.approx(0.0332, abs=5e-5)
    assert found.verdict == ENOUGH
    assert judge_alpha(3.0, 0.0, 1).verdict == ENOUGH
    assert judge_alpha(-3.0, 1.0, 1).verdict == "not met"


def test_accuracy_against_the_base_rate() -> None:
    hits = Hits(9, 10, exact_interval(9, 10), 0.5)
    found = judge_accuracy(hits, 4)
    # 11 of 1,024 equally likely outcomes have nine hits or more.
    assert found.p_value == pytest.approx(11.0 / 1024.0)
    assert (found.value, found.verdict) == (90.0, "met")
    often = judge_accuracy(Hits(9, 10, exact_interval(9, 10), 0.8), 4)
    assert often.p_value == pytest.approx(stats.binomtest(9, 10, 0.8, "greater").pvalue)
    assert often.verdict == ENOUGH
    assert judge_accuracy(Hits(0, 0, exact_interval(0, 0), 0.4), 4).verdict == ENOUGH
    assert judge_accuracy(Hits(1, 10, exact_interval(1, 10), 0.5), 4).verdict == "not met"


def test_information_ratio_needs_more_of_one_among_many() -> None:
    x = np.random.default_rng(1).standard_normal(756)
    x += 2.2 / math.sqrt(252.0) - x.mean()
    ratio = information_ratio(x)
    interval = Estimate(ratio, ratio - 1.1, ratio + 1.1)
    alone = judge_information_ratio(interval, deflated_ratio(x, np.array([ratio])))
    among = np.append(np.random.default_rng(2).standard_normal(150), ratio)
    chosen = judge_information_ratio(interval, deflated_ratio(x, among))
    assert (alone.verdict, alone.trials) == ("met", 1)
    assert (chosen.verdict, chosen.trials) == (ENOUGH, 151)
    assert alone.p_value is not None
    assert chosen.p_value is not None
    assert chosen.p_value > alone.p_value


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha: not a criterion; one of advance_warning"):
        judge("alpha", NONE, NAN, 1)
    with pytest.raises(ValueError, match=r"p-value 1\.5"):
        judge("alpha_pct", NONE, 1.5, 1)
    with pytest.raises(ValueError, match="0 trials"):
        judge("alpha_pct", NONE, NAN, 0)
    with pytest.raises(ValueError, match="turned"):
        judge("alpha_pct", Estimate(1.0, 2.0, 0.0), NAN, 1)
