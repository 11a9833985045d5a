"""Spells, transitions and agreement, by hand and for any sequence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.regime_statistics import (
    agreement,
    days_in_state,
    regime_summary,
    spells,
    transition_counts,
    transition_matrix,
)

STATES = ("a", "b", "c", "never")
HAND = list("aabbbcacb")
sequences = st.lists(st.sampled_from("abc"), min_size=1, max_size=200)


def test_a_sequence_by_hand() -> None:
    runs = spells(HAND)
    assert runs["regime"].tolist() == list("abcacb")
    assert runs["sessions"].tolist() == [2, 3, 1, 1, 1, 1]
    assert runs["first"].tolist() == [0, 2, 5, 6, 7, 8]
    assert runs["cut"].tolist() == [True, False, False, False, False, True]
    assert days_in_state(HAND).tolist() == [1, 2, 1, 2, 3, 1, 1, 1, 1]
    counts = transition_counts(HAND, STATES).to_numpy()
    assert counts.tolist() == [[1, 1, 1, 0], [0, 2, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]]
    matrix = transition_matrix(HAND, STATES)
    assert matrix.loc["b", "c"] == pytest.approx(1 / 3)
    assert matrix.loc["c"].tolist() == [0.5, 0.5, 0.0, 0.0]
    assert matrix.loc["never"].isna().all()
    summary = regime_summary(HAND, STATES)
    assert summary["sessions"].tolist() == [3, 4, 2, 0]
    assert summary["spells"].tolist() == [2, 2, 2, 0]
    assert summary["mean_sessions"].tolist()[:3] == [1.5, 2.0, 1.0]
    assert summary["share_pct"].tolist() == pytest.approx([300 / 9, 400 / 9, 200 / 9, 0])
    assert np.isnan(summary.loc["never", "mean_sessions"])
    assert regime_summary(list("aabaaaaa"), "ab")["median_sessions"].tolist() == [3.5, 1.0]


@given(sequences)
def test_rows_sum_to_one_and_days_to_the_sessions(names: list[str]) -> None:
    matrix, counts = transition_matrix(names, STATES), transition_counts(names, STATES)
    left = counts.sum(axis=1) > 0
    np.testing.assert_allclose(matrix[left].sum(axis=1), 1.0, atol=1e-12)
    assert matrix[~left].isna().all(axis=None)
    assert counts.to_numpy().sum() == len(names) - 1
    summary, runs = regime_summary(names, STATES), spells(names)
    assert summary["sessions"].sum() == runs["sessions"].sum() == len(names)
    assert summary["spells"].sum() == len(runs)
    days = days_in_state(names)
    assert days[runs["last"]].tolist() == runs["sessions"].tolist()
    assert int((days == 1).sum()) == len(runs)
    for before, after, day in zip(names, names[1:], days[1:], strict=False):
        assert (day == 1) == (before != after)


def test_agreement_by_hand() -> None:
    names = ["?", "a", "b", "b", "a", "b", "b", "a", "a", "b"]
    recession = np.array([1, 1, 1, 0, 0, 0, 1, 0, 1, 0], dtype=bool)
    found = agreement(names, recession, {"b"}, unread="?")
    # Read: nine sessions; recession in 1, 2, 6, 8; signal in 2, 3, 5, 6, 9; both in 2 and 6.
    assert (found.sessions, found.recession_sessions) == (9, 4)
    assert (found.signal_sessions, found.both_sessions) == (5, 2)
    assert found.sensitivity == pytest.approx(2 / 4)
    assert found.precision == pytest.approx(2 / 5)
    assert found.specificity == pytest.approx(2 / 5)
    assert found.base_rate == pytest.approx(4 / 9)
    assert (found.recessions, found.recessions_met) == (3, 2)


def test_no_recession_gives_no_figure() -> None:
    found = agreement(["a", "a"], np.zeros(2, dtype=bool), {"b"}, unread="?")
    assert np.isnan([found.sensitivity, found.precision]).all()
    assert found.specificity == 1.0


@pytest.mark.parametrize("function", [transition_counts, regime_summary])
def test_an_unknown_regime_is_named(function: object) -> None:
    with pytest.raises(ValueError, match="regimes x are not among a, b"):
        function(["a", "x"], ("a", "b"))  # type: ignore[operator]


def test_flags_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 regimes but recession flags"):
        agreement(["a", "b"], np.zeros(3, dtype=bool), {"a"}, unread="?")
