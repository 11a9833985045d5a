from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.backtest_overfitting import backtest_overfitting


def returns(seed: int = 0, rows: int = 240, columns: int = 7) -> np.ndarray:
    return 0.01 * np.random.default_rng(seed).standard_normal((rows, columns))


@pytest.mark.parametrize("rows", [240, 251])
def test_splits_agree_with_the_definition_written_out(rows: int) -> None:
    """The definition on the rows themselves: split, choose, rank; here with SciPy's ranks."""
    x = returns(1, rows) + 0.001
    found = backtest_overfitting(x, 6)
    edges = [rows * block // 6 for block in range(7)]
    blocks = [x[a:b] for a, b in itertools.pairwise(edges)]
    splits = list(itertools.combinations(range(6), 3))
    assert len(found.logits) == len(splits) == 20
    for k, split in enumerate(splits):
        inside = np.concatenate([blocks[b] for b in split])
        outside = np.concatenate([blocks[b] for b in range(6) if b not in split])
        ratio_in = inside.mean(axis=0) / inside.std(axis=0, ddof=1)
        ratio_out = outside.mean(axis=0) / outside.std(axis=0, ddof=1)
        best = int(ratio_in.argmax())
        rank = stats.rankdata(ratio_out)[best] / 8.0
        assert found.chosen[k] == best
        assert found.logits[k] == pytest.approx(math.log(rank / (1.0 - rank)), abs=1e-9)
        assert found.in_sample_annual[k] == pytest.approx(ratio_in[best] * math.sqrt(252))
        assert found.out_of_sample_annual[k] == pytest.approx(ratio_out[best] * math.sqrt(252))
    assert found.probability == np.mean(found.logits <= 1e-12)
    assert found.probability_of_loss == np.mean(found.out_of_sample_annual < 0.0)
    line = stats.linregress(found.in_sample_annual, found.out_of_sample_annual)
    assert found.slope.value == pytest.approx(line.slope)
    assert found.intercept_annual == pytest.approx(line.intercept)
    assert found.slope.low < found.slope.value < found.slope.high


def test_skill_is_not_overfitting_and_noise_is() -> None:
    skilled = returns(2, 1260, 20)
    skilled[:, 4] += 0.003
    found = backtest_overfitting(skilled, 10)
    assert found.probability < 0.01
    assert found.probability_of_loss == 0.0
    assert (found.chosen == 4).mean() > 0.99
    noise = [backtest_overfitting(returns(seed, 600, 20), 8).probability for seed in range(60)]
    # The mean of the median split: half, with the spread of 60 draws.
    assert abs(np.mean(noise) - 0.5) < 4.0 * np.std(noise) / math.sqrt(60)


def test_what_shines_in_one_half_only_is_overfitting() -> None:
    """Each of four configurations earns in one block alone, so that what won must lose."""
    x = returns(3, 800, 4) * 0.1
    for column in range(4):
        x[200 * column : 200 * (column + 1), column] += 0.02
    x -= x.mean(axis=0)
    found = backtest_overfitting(x, 4)
    assert found.probability == 1.0
    assert found.probability_of_loss == 1.0
    assert (found.in_sample_annual > 0.0).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_scale_and_order_of_configurations_do_not_matter(seed: int, columns: int) -> None:
    x = returns(seed, 80, columns)
    order = np.random.default_rng(seed).permutation(columns)
    plain = backtest_overfitting(x, 4)
    moved = backtest_overfitting((x * np.linspace(1.0, 5.0, columns))[:, order], 4)
    np.testing.assert_allclose(moved.logits, plain.logits, atol=1e-9)
    np.testing.assert_array_equal(order[moved.chosen], plain.chosen)


def test_many_configurations_in_pieces_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = backtest_overfitting(returns(5), 8)
    monkeypatch.setattr("models.backtest_overfitting.CELLS_AT_ONCE", 50)
    pieces = backtest_overfitting(returns(5), 8)
    np.testing.assert_array_equal(whole.chosen, pieces.chosen)
    np.testing.assert_allclose(whole.logits, pieces.logits)


def test_copies_share_the_middle_rank() -> None:
    found = backtest_overfitting(np.repeat(returns(6, columns=1), 2, axis=1), 4)
    np.testing.assert_array_equal(found.logits, np.zeros(6))
    assert found.probability == 1.0


def test_what_cannot_be_split_is_refused() -> None:
    x = returns()
    for blocks in (2, 5):
        with pytest.raises(ValueError, match=f"blocks: {blocks}"):
            backtest_overfitting(x, blocks)
    with pytest.raises(ValueError, match="two or more"):
        backtest_overfitting(x[:, :1])
    with pytest.raises(ValueError, match="10 rows are too few"):
        backtest_overfitting(x[:10], 6)
    idle = x.copy()
    idle[:130, 2] = 0.0
    with pytest.raises(ValueError, match="column 2 does not move"):
        backtest_overfitting(idle, 4)
    x[3, 4] = math.inf
    with pytest.raises(ValueError, match="row 3, column 4"):
        backtest_overfitting(x)
