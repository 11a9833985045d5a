"""Tests and splits from pieces give what they give in memory."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.backtest_overfitting import FEW, backtest_overfitting, overfitting_of_sums
from models.block_sums import BlockSums, block_sums
from models.deflated_ratio import average_correlation
from models.overfitting_splits import split_ranks
from models.reality_check import reality_check, stationary_variance, superior_ability
from models.standardised_sum import average_of_sum, standardised_sum
from models.streamed_tests import StreamedTests


def _noise(configurations: int, sessions: int = 300, drift: float = 0.0002) -> np.ndarray:
    rng = np.random.default_rng(4)
    common = 0.001 * rng.standard_normal(sessions)
    means = drift * rng.standard_normal((configurations, 1))
    return means + common + 0.002 * rng.standard_normal((configurations, sessions))


@pytest.mark.parametrize("sessions", [300, 301])
@pytest.mark.parametrize("worse", [0.0, 0.0008])
def test_p_values_are_those_of_the_same_draws_in_memory(sessions: int, worse: float) -> None:
    active = _noise(90, sessions, drift=0.0)
    # Clearly worse ones, which Hansen's test drops and White's does not.
    active[30:] -= worse
    tests = StreamedTests(sessions, np.random.default_rng(9))
    for piece in np.array_split(active, 7):
        tests.add(piece)
    white = reality_check(active.T, np.random.default_rng(9))
    hansen = superior_ability(active.T, np.random.default_rng(9))
    assert tests.reality_check_p == white.p_value
    assert tests.superior_ability_p == hansen.consistent
    assert 0.01 < hansen.consistent < 0.99
    assert (hansen.consistent < hansen.upper) == (worse > 0.0)


@pytest.mark.parametrize("sessions", [300, 301])
def test_the_variance_is_that_of_the_autocovariances(sessions: int) -> None:
    active = _noise(5, sessions)
    centred = active - active.mean(axis=1)[:, None]
    ours = StreamedTests(sessions, np.random.default_rng(1), draws=1)._variance(centred)
    np.testing.assert_allclose(ours, stationary_variance(active.T, 10.0), rtol=1e-10)


def test_what_cannot_be_tested_is_named() -> None:
    tests = StreamedTests(100, np.random.default_rng(1), draws=10)
    with pytest.raises(ValueError, match="row 1 does not move"):
        tests.add(np.array([_noise(1, 100)[0], np.full(100, 0.1)]))
    with pytest.raises(ValueError, match="not finite"):
        tests.add(np.full((1, 100), np.nan))


def test_the_sum_of_pieces_gives_the_average_correlation() -> None:
    active = _noise(60).T
    total = sum(standardised_sum(piece) for piece in np.array_split(active, 4, axis=1))
    expected = average_correlation(active)
    assert expected > 0.1
    assert average_of_sum(np.asarray(total), 60) == pytest.approx(expected, rel=1e-12)


def _slow_splits(active: np.ndarray, blocks: int) -> tuple[np.ndarray, np.ndarray]:
    """Chosen column and relative rank of each split, from the rows themselves."""
    cut = np.array_split(np.arange(len(active)), blocks)
    chosen, ranks = [], []
    for inside in itertools.combinations(range(blocks), blocks // 2):
        within = np.concatenate([cut[block] for block in inside])
        without = np.setdiff1d(np.arange(len(active)), within)
        first, second = (
            active[rows].mean(axis=0) / active[rows].std(axis=0, ddof=1)
            for rows in (within, without)
        )
        best = int(first.argmax())
        chosen.append(best)
        below, same = (second < second[best]).sum(), np.isclose(second, second[best], 1e-12).sum()
        ranks.append((below + (same + 1.0) / 2.0) / (len(second) + 1.0))
    return np.array(chosen), np.array(ranks)


def test_compiled_splits_are_those_of_the_rows_and_equal_ones_share_their_rank() -> None:
    blocks = 6
    active = _noise(700).T
    active[:, 650] = active[:, 3]
    active[:, 651] = active[:, 600]
    sums = block_sums(active, blocks)
    member = np.zeros((20, blocks))
    insides = np.array(list(itertools.combinations(range(blocks), 3)))
    np.put_along_axis(member, insides, 1.0, axis=1)
    chosen, _, _, rank = split_ranks(sums.first, sums.second, sums.count, sums.centre, member)
    expected, ranks = _slow_splits(active, blocks)
    np.testing.assert_array_equal(chosen, expected)
    np.testing.assert_allclose(rank, ranks, rtol=1e-12)


def test_many_configurations_in_pieces_are_judged_as_one_table() -> None:
    active = _noise(FEW + 50).T
    pieces = [block_sums(piece, 8) for piece in np.array_split(active, 3, axis=1)]
    streamed = overfitting_of_sums(BlockSums.joined(pieces))
    whole = backtest_overfitting(active, 8)
    assert streamed.probability == whole.probability
    np.testing.assert_array_equal(streamed.chosen, whole.chosen)
    # The first ones alone take the other way, whose sums round differently.
    few = backtest_overfitting(active[:, :FEW], 8)
    first = block_sums(active[:, :FEW], 8)
    member = np.zeros((70, 8))
    np.put_along_axis(member, np.array(list(itertools.combinations(range(8), 4))), 1.0, axis=1)
    ours = split_ranks(first.first, first.second, first.count, first.centre, member)
    np.testing.assert_array_equal(ours[0], few.chosen)
    np.testing.assert_allclose(np.log(ours[3] / (1.0 - ours[3])), few.logits, rtol=1e-9)


def test_a_column_that_does_not_move_in_a_half_is_named() -> None:
    active = _noise(FEW + 5).T
    active[:150, FEW + 1] = 0.0
    with pytest.raises(ValueError, match=f"column {FEW + 1} does not move within some half"):
        backtest_overfitting(active, 4)
