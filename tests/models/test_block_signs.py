"""Random signs of blocks: against slow code, exact enumeration and simulated size."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from models.block_signs import block_sign_slopes, draw_signs, many_p, sign_p
from models.hodrick import hodrick_errors


def persistent(rng: np.random.Generator, rows: int, rho: float) -> np.ndarray:
    series, shocks = np.zeros(rows), rng.standard_normal(rows)
    for t in range(1, rows):
        series[t] = rho * series[t - 1] + shocks[t]
    return series


def test_a_draw_is_a_regression_on_returns_with_turned_blocks() -> None:
    rng = np.random.default_rng(1)
    rows, h, block = 101, 7, 20
    x, returns = persistent(rng, rows, 0.9), rng.standard_normal((rows, 2))
    signs = draw_signs(rows, block, 4, rng)
    slopes, drawn = block_sign_slopes(returns, x, h, block, signs)
    for column in range(2):
        centred = returns[1:, column] - returns[1:, column].mean()
        # Blocks count back from the last row, so the first sign meets the last returns.
        for row, turns in enumerate([np.ones(len(signs[0])), *signs]):
            turned = (centred[::-1] * np.repeat(turns, block)[: rows - 1])[::-1]
            ahead = [turned[t : t + h].sum() for t in range(rows - h)]
            fit = sm.OLS(ahead, sm.add_constant(x[: rows - h])).fit()
            found = slopes[column] if row == 0 else drawn[row - 1, column]
            assert found == pytest.approx(fit.params[1], rel=1e-9)
    np.testing.assert_allclose(slopes, hodrick_errors(returns, x, h)[0], rtol=1e-9)


def test_p_is_the_share_of_all_sign_patterns() -> None:
    rng = np.random.default_rng(2)
    x, returns = persistent(rng, 61, 0.9), rng.standard_normal((61, 3))
    every = np.array(list(product((-1.0, 1.0), repeat=6)))
    slopes, drawn = block_sign_slopes(returns, x, 5, 10, every)
    share = (np.abs(drawn) >= np.abs(slopes) - 1e-15).mean(axis=0)
    # The data's own pattern and its opposite are among them.
    assert (share >= 2 / 64).all()
    np.testing.assert_allclose(sign_p(slopes, drawn), (1 + 64 * share) / 65)


@pytest.mark.parametrize("reversal", [0.0, 0.4])
def test_p_is_uniform_without_predictability_even_where_returns_revert(reversal: float) -> None:
    rng = np.random.default_rng(3)
    rows, h, runs = 1500, 20, 300
    p_values, hodrick = [], []
    for _ in range(runs):
        x = persistent(rng, rows, 0.97)
        noise = np.exp(persistent(rng, rows, 0.95) / 6.0) * rng.standard_normal(rows)
        returns = (noise - reversal * np.r_[0.0, noise[:-1]])[:, None]
        slopes, drawn = block_sign_slopes(returns, x, h, 40, draw_signs(rows, 40, 399, rng))
        p_values.append(float(sign_p(slopes, drawn)[0]))
        slopes, errors = hodrick_errors(returns, x, h)
        hodrick.append(abs(float(slopes[0] / errors[0])) > 1.96)
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert 0.02 * runs <= np.sum(np.array(p_values) <= 0.05) <= 0.09 * runs
    # Hodrick takes single returns as unrelated, so he rejects too seldom where they revert.
    assert (np.mean(hodrick) < 0.02) == (reversal > 0.0)


def test_a_true_slope_is_found() -> None:
    rng = np.random.default_rng(4)
    x = persistent(rng, 1500, 0.97)
    returns = rng.standard_normal((1500, 1))
    returns[1:, 0] += 0.05 * x[:-1]
    slopes, drawn = block_sign_slopes(returns, x, 20, 40, draw_signs(1500, 40, 999, rng))
    assert sign_p(slopes, drawn)[0] < 0.01


def test_so_many_are_as_rare_as_counted_by_hand() -> None:
    # Three draws of two tests; ranks of |draw| give p-values 1/3, 2/3, 1 within each test.
    drawn = np.array([[3.0, -3.0], [2.0, 1.0], [-1.0, 2.0]])
    assert many_p(np.array([0.3, 0.9]), drawn, level=0.34) == (1, pytest.approx(2 / 4))
    assert many_p(np.array([0.3, 0.3]), drawn, level=0.34) == (2, pytest.approx(2 / 4))
    assert many_p(np.array([0.9, 0.9]), drawn, level=0.34) == (0, 1.0)


def test_bad_input_is_refused() -> None:
    rng = np.random.default_rng(5)
    x, returns, signs = rng.standard_normal(50), rng.standard_normal((50, 1)), np.ones((2, 2))
    with pytest.raises(ValueError, match="50 rows with a predictor are too few for horizon 20"):
        block_sign_slopes(returns, x, 20, 20, signs)
    with pytest.raises(ValueError, match="signs for 2 blocks of 20 are too few for 50 rows"):
        block_sign_slopes(returns, x, 10, 20, signs)
    with pytest.raises(ValueError, match="too few"):
        block_sign_slopes(returns, np.where(x > 1, np.nan, x), 10, 25, signs)
