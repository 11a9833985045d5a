from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from models import mapping
from models.mapping import MappingConfig, View, forward_relative_returns

CONFIG = MappingConfig(horizon=10, window=300, min_rows=60, penalty=0.5)


def fit_view(
    features: np.ndarray, prices: np.ndarray, benchmark: np.ndarray, config: MappingConfig
) -> View:
    relative = np.log(prices) - np.log(benchmark)[:, None]
    return mapping.fit_view(features, relative, config, config.horizon)


def sample(seed: int = 0, rows: int = 500, sectors: int = 3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((rows, 2))
    prices = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal((rows, sectors)), axis=0))
    benchmark = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(rows)))
    return features, prices, benchmark


def test_forward_relative_returns_by_hand() -> None:
    prices = np.array([[100.0], [110.0], [121.0]])
    benchmark = np.array([100.0, 100.0, 110.0])
    result = forward_relative_returns(np.log(prices / benchmark[:, None]), 2)
    np.testing.assert_allclose(result, [[np.log(1.21 / 1.10)]])


def test_coefficients_agree_with_statsmodels_ridge() -> None:
    features, prices, benchmark = sample()
    view = fit_view(features, prices, benchmark, CONFIG)
    known = len(features) - CONFIG.horizon - 1
    rows = slice(known - CONFIG.window, known)
    labels = forward_relative_returns(np.log(prices / benchmark[:, None]), CONFIG.horizon)
    x = np.clip(features, -3, 3)[rows]
    for sector in range(prices.shape[1]):
        # statsmodels minimises |y - xb|^2 / 2n + alpha |b|^2 / 2.
        oracle = sm.OLS(labels[rows, sector], x).fit_regularized(
            alpha=CONFIG.penalty * CONFIG.window / len(x), L1_wt=0.0
        )
        np.testing.assert_allclose(view.coefficients[sector], oracle.params, rtol=1e-8)
    assert (view.rows == CONFIG.window).all()


def test_contributions_sum_to_the_view() -> None:
    view = fit_view(*sample(3), CONFIG)
    np.testing.assert_allclose(view.contributions.sum(axis=1), view.expected, rtol=1e-12)
    assert np.abs(view.expected).min() > 0


def test_labels_that_overlap_the_decision_are_purged() -> None:
    features, prices, benchmark = sample(1)
    before = fit_view(features, prices, benchmark, CONFIG)
    shaken = prices.copy()
    shaken[-1] *= 1.5  # only a label that ends at the decision itself would see this
    np.testing.assert_array_equal(
        fit_view(features, shaken, benchmark, CONFIG).coefficients, before.coefficients
    )
    shaken[-2] *= 1.5  # the last admitted label ends here
    assert (fit_view(features, shaken, benchmark, CONFIG).coefficients != before.coefficients).any()


def test_a_sector_without_enough_labels_has_no_view() -> None:
    features, prices, benchmark = sample(2)
    prices = prices.copy()
    prices[:440, 0] = np.nan  # 60 prices, 49 labels of 10 sessions that ended before the decision
    view = fit_view(features, prices, benchmark, CONFIG)
    assert view.rows[0] == 49
    assert view.expected[0] == 0.0
    assert view.expected[1] != 0.0


def test_short_histories_shrink_more() -> None:
    rng = np.random.default_rng(4)
    features = rng.standard_normal((320, 2))
    benchmark = np.full(320, 100.0)
    moves = np.zeros(320)
    moves[1:] = 0.001 * features[:-1, 0]
    prices = np.column_stack([100 * np.exp(np.cumsum(moves))] * 2)
    prices[:200, 1] = np.nan
    view = fit_view(features, prices, benchmark, CONFIG)
    assert 0 < view.coefficients[1, 0] < view.coefficients[0, 0]


def test_a_missing_reading_gives_no_view() -> None:
    features, prices, benchmark = sample(5)
    features = features.copy()
    features[-1, 0] = np.nan
    assert (fit_view(features, prices, benchmark, CONFIG).expected == 0.0).all()


def test_a_crisis_reading_is_bounded() -> None:
    features, prices, benchmark = sample(6)
    features = features.copy()
    features[-1] = [3.0, 0.0]
    at_bound = fit_view(features, prices, benchmark, CONFIG).expected
    features[-1] = [30.0, 0.0]
    np.testing.assert_array_equal(fit_view(features, prices, benchmark, CONFIG).expected, at_bound)


@pytest.mark.parametrize("rows", [5, 11, 12])
def test_hardly_any_history_is_no_error(rows: int) -> None:
    features, prices, benchmark = sample(7, rows=rows)
    assert (fit_view(features, prices, benchmark, CONFIG).expected == 0.0).all()
