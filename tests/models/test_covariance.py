from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.covariance import ledoit_wolf

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=40, deadline=None)


def factor_returns(seed: int, sessions: int, size: int) -> np.ndarray:
    """Correlated daily returns of unequal variances."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((size, size)) * rng.uniform(0.3, 2.0, size)
    return 0.01 * rng.standard_normal((sessions, size)) @ mixing + 0.0003


def by_loops(returns: np.ndarray) -> tuple[np.ndarray, float]:
    """Ledoit & Wolf (2004, JMVA) section 3.3, one definition a line, norms divided by N."""
    T, N = returns.shape
    x = [row - returns.mean(axis=0) for row in returns]
    S = sum(np.outer(row, row) for row in x) / T
    m = sum(S[i, i] for i in range(N)) / N
    d2 = sum((S[i, j] - m * (i == j)) ** 2 for i in range(N) for j in range(N)) / N
    b2_bar = 0.0
    for row in x:
        b2_bar += sum((row[i] * row[j] - S[i, j]) ** 2 for i in range(N) for j in range(N)) / N
    b2 = min(b2_bar / T**2, d2)
    a2 = d2 - b2
    return b2 / d2 * m * np.eye(N) + a2 / d2 * S, b2 / d2


@pytest.mark.parametrize(("sessions", "size"), [(3, 2), (8, 11), (60, 11), (252, 4)])
def test_agrees_with_the_paper_written_out(sessions: int, size: int) -> None:
    returns = factor_returns(sessions, sessions, size)
    shrunk = ledoit_wolf(returns)
    covariance, intensity = by_loops(returns)
    assert shrunk.intensity == pytest.approx(intensity, rel=1e-9)
    np.testing.assert_allclose(shrunk.covariance, covariance, rtol=1e-9, atol=1e-18)


def test_by_hand() -> None:
    # Deviations (1,0), (-1,0), (0,1), (0,-1), (1,1), (-1,-1): S = [[4,2],[2,4]]/6, m = 2/3,
    # ||S - mI||^2 = 2/9; mean ||x||^4 = (4*1 + 2*4)/6 = 2, ||S||^2 = 10/9,
    # b^2 = (2 - 10/9)/6 = 4/27, intensity = (4/27)/(2/9) = 2/3.
    returns = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1], [1, 1], [-1, -1]])
    shrunk = ledoit_wolf(returns)
    assert shrunk.intensity == pytest.approx(2 / 3)
    np.testing.assert_allclose(shrunk.covariance, [[2 / 3, 1 / 9], [1 / 9, 2 / 3]])


@FEW
@given(SEEDS, st.integers(3, 80), st.integers(1, 12))
def test_is_positive_definite_with_an_intensity_in_range(seed: int, T: int, N: int) -> None:
    shrunk = ledoit_wolf(factor_returns(seed, T, N))
    assert 0.0 <= shrunk.intensity <= 1.0
    np.testing.assert_array_equal(shrunk.covariance, shrunk.covariance.T)
    assert np.linalg.eigvalsh(shrunk.covariance)[0] > 0.0


@FEW
@given(SEEDS, st.sampled_from([1e-9, 1e-3, 100.0, 1e9]))
def test_scaling_and_order_pass_through(seed: int, scale: float) -> None:
    returns = factor_returns(seed, 40, 6)
    order = np.random.default_rng(seed).permutation(6)
    plain, changed = ledoit_wolf(returns), ledoit_wolf(returns[:, order] * scale)
    assert changed.intensity == pytest.approx(plain.intensity, rel=1e-6)
    expected = plain.covariance[np.ix_(order, order)] * scale**2
    np.testing.assert_allclose(changed.covariance, expected, rtol=1e-6, atol=1e-12 * scale**2)


@FEW
@given(SEEDS)
def test_a_shift_of_returns_changes_nothing(seed: int) -> None:
    returns = factor_returns(seed, 40, 5)
    shifted = ledoit_wolf(returns + np.arange(5) * 0.01)
    np.testing.assert_allclose(shifted.covariance, ledoit_wolf(returns).covariance, atol=1e-12)


@FEW
@given(SEEDS)
def test_rotation_passes_through(seed: int) -> None:
    # The estimator class of the paper: rotation-equivariant, eigenvectors stay the sample's.
    returns = factor_returns(seed, 30, 5)
    rotation = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))[0]
    rotated = ledoit_wolf(returns @ rotation).covariance
    plain = rotation.T @ ledoit_wolf(returns).covariance @ rotation
    np.testing.assert_allclose(rotated, plain, rtol=1e-7, atol=1e-15)


def test_intensity_falls_with_the_length_of_history() -> None:
    lengths = (20, 60, 252, 2520)
    means = [np.mean([ledoit_wolf(factor_returns(s, T, 8)).intensity for s in range(20)])
             for T in lengths]  # fmt: skip
    assert all(later < earlier for earlier, later in pairwise(means))
    assert means[-1] < 0.02


def test_beats_the_sample_on_average_where_history_is_short() -> None:
    rng = np.random.default_rng(4)
    truth = np.diag(rng.uniform(0.5, 1.5, 11))
    losses = []
    for _ in range(50):
        returns = rng.standard_normal((30, 11)) @ np.sqrt(truth)
        sample = np.cov(returns, rowvar=False, ddof=0)
        losses.append([np.sum((estimate - truth) ** 2)
                       for estimate in (ledoit_wolf(returns).covariance, sample)])  # fmt: skip
    shrunk, plain = np.mean(losses, axis=0)
    assert shrunk < 0.5 * plain


def test_lifts_the_near_singular_direction_of_relative_returns() -> None:
    rng = np.random.default_rng(9)
    benchmark = rng.dirichlet(np.full(11, 4.0))
    sectors = factor_returns(9, 252, 11)
    relative = sectors - (sectors @ benchmark)[:, None]
    assert np.linalg.cond(np.cov(relative, rowvar=False)) > 1e12
    assert np.linalg.cond(ledoit_wolf(relative).covariance) < 1e4


def test_one_series_keeps_its_variance() -> None:
    returns = np.array([[0.01], [-0.02], [0.03]])
    shrunk = ledoit_wolf(returns)
    assert shrunk.intensity == 0.0
    assert shrunk.covariance[0, 0] == pytest.approx(np.var(returns))


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (np.zeros((2, 3)), "3 or more sessions"),
        (np.full((5, 2), np.nan), "finite"),
        (np.full((5, 2), 0.01), "constant"),
        (np.zeros(5), "T x N"),
        (np.zeros((5, 0)), "T x N"),
    ],
)
def test_unusable_returns_are_refused(returns: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ledoit_wolf(returns)
