"""Held-out forecasts and the slope that they leave."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from models.shrunk_logistic import LogisticProblem, logistic
from models.warning_calibration import BLOCKS, calibration_slopes, held_out_shifts

ROWS = 200


def problem(effect: float, seed: int = 5) -> LogisticProblem:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((ROWS, 1))
    y = (rng.random((ROWS, 4)) < logistic(effect * x)).astype(float)
    return LogisticProblem(x, y, np.ones_like(y), np.full(4, 10.0), np.full(4, 5.0))


def test_a_block_and_what_touches_it_teach_nothing_about_it() -> None:
    given_problem, purge, width = problem(1.0), 12, ROWS // BLOCKS
    base, shift = held_out_shifts(given_problem, purge)
    for block in range(BLOCKS):
        start, stop = block * width, (block + 1) * width
        y = given_problem.y.copy()
        y[max(start - purge, 0) : stop + purge] = 1.0 - y[max(start - purge, 0) : stop + purge]
        poisoned = LogisticProblem(
            given_problem.x, y, given_problem.weights, given_problem.prior_rows,
            given_problem.penalties,
        )  # fmt: skip
        other_base, other_shift = held_out_shifts(poisoned, purge)
        np.testing.assert_array_equal(other_base[start:stop], base[start:stop])
        np.testing.assert_array_equal(other_shift[start:stop], shift[start:stop])
        assert not np.array_equal(other_shift, shift)


def test_a_target_without_other_rows_is_unknown() -> None:
    given_problem = problem(1.0)
    weights = given_problem.weights.copy()
    weights[50:, 0] = 0.0
    short = LogisticProblem(
        given_problem.x, given_problem.y, weights, given_problem.prior_rows,
        given_problem.penalties,
    )  # fmt: skip
    base, shift = held_out_shifts(short, purge=15)
    assert np.isnan(base[:40, 0]).all()
    assert np.isnan(shift[:40, 0]).all()
    assert np.isfinite(base[40:]).all()
    assert np.isfinite(shift[:, 1:]).all()


def test_the_slope_is_the_posterior_mode() -> None:
    rng = np.random.default_rng(6)
    base, shift = rng.standard_normal((2, 3, 80)) * 0.5
    y = (rng.random((3, 80)) < logistic(base + 0.6 * shift)).astype(float)
    weights = rng.random((3, 80)) * 3.0
    shift[0, :5] = np.nan
    slopes = calibration_slopes(base, shift, y, weights)
    for group in range(3):
        seen = np.isfinite(shift[group])

        def loss(slope: float, group: int = group, seen: np.ndarray = seen) -> float:
            eta = base[group, seen] + slope * shift[group, seen]
            misfit = np.logaddexp(0.0, eta) - y[group, seen] * eta
            return float(weights[group, seen] @ misfit + 0.5 * slope**2)

        best = minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-10})
        assert slopes[group] == pytest.approx(best.x, abs=1e-5)
    assert slopes.max() > 0.0


def test_bounds_hold() -> None:
    shift = np.tile(np.linspace(-0.5, 0.5, 2000), (2, 1))
    y = np.stack([shift[0] > 0.0, shift[0] < 0.0]).astype(float)
    np.testing.assert_array_equal(
        calibration_slopes(np.zeros_like(shift), shift, y, np.ones_like(shift)), [1.0, 0.0]
    )


def test_signal_is_kept_and_noise_is_not() -> None:
    def slope(effect: float, seed: int) -> float:
        given_problem = problem(effect, seed)
        base, shift = held_out_shifts(given_problem, purge=5)
        flat = (c.reshape(1, -1) for c in (base, shift, given_problem.y, given_problem.weights))
        return float(calibration_slopes(*flat)[0])

    assert np.mean([slope(1.0, seed) for seed in range(10)]) > 0.8
    assert np.mean([slope(0.0, seed) for seed in range(10)]) < 0.3
