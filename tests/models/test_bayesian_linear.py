from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from models.bayesian_linear import Moments, moments, posterior


def sample(seed: int = 0, rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 3))
    return x, x @ [0.5, -0.2, 0.0] + rng.standard_normal(rows)


def test_a_vanishing_prior_gives_least_squares() -> None:
    x, y = sample()
    fit = posterior(moments(x, y[:, None]), np.zeros((1, 3)), 1e-9, 1)
    oracle = sm.OLS(y, x).fit()
    np.testing.assert_allclose(fit.means[0], oracle.params, rtol=1e-8)
    # statsmodels divides the squared residuals by T - K.
    scale = (len(y) - 3) / len(y)
    np.testing.assert_allclose(fit.covariances[0], oracle.cov_params() * scale, rtol=1e-7)


def test_a_heavy_prior_wins() -> None:
    x, y = sample()
    prior = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(
        posterior(moments(x, y[:, None]), prior[None], 1e9, 1).means[0], prior, rtol=1e-6
    )


def test_one_feature_by_hand() -> None:
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0], [1.0]])
    fit = posterior(moments(x, y), np.array([[0.5]]), 5.0, 4)
    # X'X + r = 10; m + X'(y - 0.5 x) / 10 = 0.5 + 0.5 / 10.
    assert fit.means[0, 0] == pytest.approx(0.55)
    noise = ((1 - 0.55) ** 2 + (1 - 1.1) ** 2) / 2
    assert fit.covariances[0, 0, 0] == pytest.approx(4 * noise / 10)


def test_intervals_of_independent_labels_cover_as_they_say() -> None:
    covered = 0
    for seed in range(300):
        x, y = sample(seed, 100)
        fit = posterior(moments(x, y[:, None]), np.zeros((1, 3)), 1e-6, 1)
        covered += abs(fit.means[0, 0] - 0.5) <= 1.96 * np.sqrt(fit.covariances[0, 0, 0])
    # Binomial(300, 0.95) lies in 274..296 with probability 0.998.
    assert 272 <= covered <= 297


def test_several_targets_are_several_fits() -> None:
    x, y = sample()
    both = np.column_stack([y, 2 * y + 1])
    prior = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, -1.0]])
    fit = posterior(moments(x, both), prior, 50.0, 7)
    for column in range(2):
        alone = posterior(moments(x, both[:, [column]]), prior[[column]], 50.0, 7)
        np.testing.assert_allclose(fit.means[column], alone.means[0], rtol=1e-12)
        np.testing.assert_allclose(fit.covariances[column], alone.covariances[0], rtol=1e-12)


def test_missing_labels_are_missing_rows() -> None:
    x, y = sample()
    both = np.column_stack([y, y])
    both[:50, 1] = np.nan
    data = moments(x, both)
    assert data.rows.tolist() == [200, 150]
    alone = moments(x[50:], y[50:, None])
    for name in Moments.__dataclass_fields__:
        np.testing.assert_allclose(getattr(data, name)[1], getattr(alone, name)[0], rtol=1e-12)
    fit = posterior(data, np.zeros((2, 3)), 50.0, 7)
    oracle = posterior(alone, np.zeros((1, 3)), 50.0, 7)
    np.testing.assert_allclose(fit.means[1], oracle.means[0], rtol=1e-12)
    np.testing.assert_allclose(fit.covariances[1], oracle.covariances[0], rtol=1e-11)
