"""The warning model: what it learns from, what it recovers, and what it never sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from models.shrunk_logistic import fit_logistic, log_odds, logistic
from models.warning_calibration import calibration_slopes, held_out_shifts
from models.warning_model import WarningConfig, fit_warnings, training_problem
from models.warning_state import WarningRule
from models.warning_walk import walk_warnings

SMALL = WarningConfig(
    features=("a", "b"), horizons=(4, 6, 8, 12), window=300, min_rows=100, base_rows=60.0, stride=2
)


def market(
    seed: int, rows: int, sectors: int = 3, drift: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Persistent features; the first moves each sector's drift by `drift` x (-1..1) a session."""
    rng = np.random.default_rng(seed)
    features = np.zeros((rows, 2))
    for row in range(1, rows):
        features[row] = 0.98 * features[row - 1] + 0.2 * rng.standard_normal(2)
    signs = np.linspace(-1.0, 1.0, sectors)
    steps = drift * features[:-1, :1] * signs + 0.007 * rng.standard_normal((rows - 1, sectors))
    return features, np.vstack([np.zeros(sectors), steps.cumsum(axis=0)])


def same(first: object, second: object) -> bool:
    """Bit for bit, NaN equal to NaN."""
    return all(
        np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True)
        for name in ("base_rates", "intercepts", "coefficients", "calibration_slopes", "rows")
    )


def test_training_rows_by_hand() -> None:
    features = np.arange(20.0).reshape(10, 2) / 10.0
    relative = np.array([0.0, 1.0, 0.0, 2.0, 1.0, 3.0, 2.0, 4.0, 3.0, 99.0])[:, None]
    config = WarningConfig(
        features=("a", "b"), horizons=(2, 3), window=5, min_rows=1, base_rows=6.0, stride=2
    )
    problem, rows = training_problem(features, relative, config)
    # Ten rows: labels of two sessions start at 2..6, of three at 1..5; every other back from 6.
    np.testing.assert_array_equal(problem.x, features[[2, 4, 6]])
    np.testing.assert_array_equal(rows, [[5, 5]])
    # Over two sessions it rises every time; over three it goes 0 -> 3 and 1 -> 4... never falls.
    change = [
        relative[[4, 6, 8], 0] - relative[[2, 4, 6], 0],
        relative[[5, 7], 0] - relative[[2, 4], 0],
    ]
    np.testing.assert_array_equal(problem.y[:, 0], np.array(change[0]) < 0.0)
    np.testing.assert_array_equal(problem.y[:2, 1], np.array(change[1]) < 0.0)
    np.testing.assert_allclose(problem.weights, [[1.0, 2 / 3], [1.0, 2 / 3], [1.0, 0.0]])
    np.testing.assert_allclose(problem.prior_rows, [3.0, 2.0])
    np.testing.assert_allclose(problem.penalties, [5 / 8, 5 / 12])


def test_base_rate_is_shrunk_toward_one_half_by_its_rows() -> None:
    features = np.zeros((400, 2))
    falling = -np.arange(400.0)[:, None]
    config = replace(SMALL, horizons=(4,), window=200, base_rows=100.0, stride=1)
    model = fit_warnings(features, falling, config)
    assert model.base_rates[0, 0] == pytest.approx((200 + 50) / (200 + 100))
    assert model.probabilities(np.zeros(2))[0, 0] == pytest.approx(model.base_rates[0, 0])


def test_labels_that_are_not_over_a_session_before_are_not_used() -> None:
    features, relative = market(1, 500)
    model = fit_warnings(features, relative, SMALL)
    last = relative.copy()
    last[-1] = [np.nan, 1e6, -1e6]
    assert same(model, fit_warnings(features, last, SMALL))
    poisoned = features.copy()
    poisoned[-SMALL.horizons[0] - 1 :] = 1e6
    assert same(model, fit_warnings(poisoned, relative, SMALL))
    # One row earlier the poison is felt: the test can fail.
    every = replace(SMALL, stride=1)
    before = relative.copy()
    before[-2] = -1e6
    assert not same(fit_warnings(features, relative, every), fit_warnings(features, before, every))
    poisoned[-SMALL.horizons[0] - 2] = 3.0
    assert not same(model, fit_warnings(poisoned, relative, SMALL))


@settings(max_examples=15)
@given(st.integers(0, 1000), st.integers(200, 598))
def test_the_future_changes_nothing(seed: int, now: int) -> None:
    features, relative = market(7, 600)
    refits = list(range(100, 600, 50))
    rng = np.random.default_rng(seed)
    other_features, other_relative = features.copy(), relative.copy()
    other_features[now + 1 :] = rng.standard_normal((599 - now, 2))
    other_relative[now + 1 :] = np.nan if seed % 2 else rng.standard_normal((599 - now, 3))
    first = walk_warnings(features, relative, refits, SMALL)
    second = walk_warnings(other_features, other_relative, refits, SMALL)
    cut = walk_warnings(
        features[: now + 1], relative[: now + 1], [r for r in refits if r <= now], SMALL
    )
    for other in (second, cut):
        np.testing.assert_array_equal(
            other.probabilities[: now + 1], first.probabilities[: now + 1]
        )
        np.testing.assert_array_equal(other.base_rates[: now + 1], first.base_rates[: now + 1])
    assert not np.array_equal(second.probabilities, first.probabilities, equal_nan=True)


def test_the_walk_is_the_fit_at_each_refit_on_all_that_is_known() -> None:
    features, relative = market(3, 700, drift=0.001)
    history = walk_warnings(features, relative, [350, 600], SMALL)
    assert np.isnan(history.probabilities[:350]).all()
    for refit, row in ((350, 350), (350, 599), (600, 699)):
        model = fit_warnings(features[: refit + 1], relative[: refit + 1], SMALL)
        np.testing.assert_allclose(
            history.probabilities[row], model.probabilities(features[row]), rtol=1e-12
        )


def test_late_sectors_wait_at_their_base_rate() -> None:
    features, relative = market(4, 500, sectors=4)
    full = fit_warnings(features, relative, SMALL)
    relative[:450, 1] = np.nan
    relative[:, 2] = np.nan
    model = fit_warnings(features, relative, SMALL)
    stress = np.array([2.0, -1.0])
    probabilities = model.probabilities(stress)
    np.testing.assert_array_equal(model.rows[1], [500 - 450 - 1 - h for h in SMALL.horizons])
    np.testing.assert_array_equal(model.coefficients[1], 0.0)
    np.testing.assert_allclose(probabilities[1], model.base_rates[1])
    assert np.isnan(probabilities[2]).all()
    assert np.isnan(model.base_rates[2]).all()
    none = replace(SMALL, calibration="none")
    np.testing.assert_allclose(
        fit_warnings(features, relative, none).coefficients[[0, 3]],
        fit_warnings(features, market(4, 500, sectors=4)[1], none).coefficients[[0, 3]],
    )
    assert np.isfinite(full.probabilities(stress)).all()


def test_missing_features_say_nothing() -> None:
    features, relative = market(5, 500)
    features[300:320, 0] = np.nan
    model = fit_warnings(features, relative, SMALL)
    assert model.rows.max() <= SMALL.window
    assert np.isfinite(model.coefficients).all()
    assert np.isnan(model.probabilities(np.array([np.nan, 1.0]))).all()
    assert model.probabilities(features).shape == (500, 3, 4)
    assert np.isnan(model.probabilities(features)[310]).all()


@pytest.mark.parametrize(("rows", "missing"), [(1, 0), (3, 0), (10, 0), (500, 500)])
def test_history_that_is_too_short_gives_nothing(rows: int, missing: int) -> None:
    features, relative = market(6, rows)
    features[:missing] = np.nan
    model = fit_warnings(features, relative, SMALL)
    assert np.isnan(model.probabilities(np.zeros(2))).all()
    assert model.rows[:, -1].max() == 0


def test_a_crisis_reading_is_capped() -> None:
    features, relative = market(8, 500, drift=0.002)
    model = fit_warnings(features, relative, SMALL)
    np.testing.assert_array_equal(
        model.probabilities(np.array([30.0, -9.0])), model.probabilities(np.array([3.0, -3.0]))
    )


def test_the_term_structure_has_at_most_one_turn() -> None:
    features, relative = market(9, 600, drift=0.001)
    config = replace(SMALL, horizons=(4, 6, 8, 10, 12))
    odds = log_odds(fit_warnings(features, relative, config).probabilities(np.array([1.5, 0.5])))
    np.testing.assert_allclose(np.diff(odds, n=3, axis=1), 0.0, atol=1e-9)


def test_a_planted_effect_is_recovered_and_calibrated() -> None:
    horizon, decay, drift = 20, 0.98, 0.0008
    config = WarningConfig(features=("a", "b"), horizons=(20, 40))
    rng = np.random.default_rng(11)
    stress = rng.standard_normal((500, 2))
    # Stress fades by `decay` a session: what it adds to the return over the horizon, and the noise.
    fading = decay ** np.arange(horizon)
    ahead = np.cumsum(fading[::-1])
    deviation = np.sqrt(horizon * 0.007**2 + (drift * 0.2) ** 2 * (ahead[:-1] ** 2).sum())
    errors, flat = [], []
    for seed in range(8):
        features, relative = market(100 + seed, 2700, sectors=5, drift=drift)
        model = fit_warnings(features, relative, config)
        effect = drift * fading.sum() * stress[:, :1] * np.linspace(-1.0, 1.0, 5)
        truth = ndtr(-effect / deviation)
        errors.append(model.probabilities(stress)[:, :, 0] - truth)
        flat.append(model.base_rates[:, 0] - truth)
    assert np.sqrt(np.mean(np.square(errors))) < 0.75 * np.sqrt(np.mean(np.square(flat)))
    assert np.abs(np.mean(errors, axis=(0, 1))).max() < 0.06


def test_without_an_effect_probabilities_stay_at_the_base_rate() -> None:
    config = WarningConfig(features=("a", "b"), horizons=(20, 40, 60))
    departures, opened, plain = [], [], []
    for seed in range(20):
        features, relative = market(200 + seed, 2700, sectors=5)
        stress = np.random.default_rng(seed).standard_normal((100, 2))
        model = fit_warnings(features, relative, config)
        probabilities = model.probabilities(stress)
        departures.append(probabilities - model.base_rates)
        opened.append((probabilities >= WarningRule().opening(model.base_rates)).any(axis=2))
        other = fit_warnings(features, relative, replace(config, calibration="none"))
        plain.append(other.probabilities(stress) - other.base_rates)
    assert np.sqrt(np.mean(np.square(departures))) < 0.03
    assert np.sqrt(np.mean(np.square(departures))) < 0.6 * np.sqrt(np.mean(np.square(plain)))
    assert np.mean(opened) < 0.01


def test_the_model_is_the_fit_times_what_held_out_blocks_leave() -> None:
    features, relative = market(12, 900, sectors=4, drift=0.0015)
    config = replace(SMALL, horizons=(4, 9, 13), stride=3)  # three horizons: no smoothing
    problem, _ = training_problem(features, relative, config)
    fit = fit_logistic(problem)
    stress = np.array([1.2, -0.4])
    odds = fit.intercepts + (fit.slopes * (stress - fit.centres)).sum(axis=1)
    plain = fit_warnings(features, relative, replace(config, calibration="none"))
    np.testing.assert_allclose(plain.probabilities(stress).ravel(), logistic(odds))

    base, shift = held_out_shifts(problem, purge=5)  # the first multiple of 3 past 13 sessions
    cells = (base, shift, problem.y, problem.weights)
    each = calibration_slopes(*(cell.T for cell in cells)).reshape(4, 3)
    together = [
        calibration_slopes(*(cell[:, index::3].reshape(1, -1) for cell in cells))[0]
        for index in range(3)
    ]
    by_sector = fit_warnings(features, relative, replace(config, calibration="sector"))
    np.testing.assert_allclose(by_sector.calibration_slopes, each)
    pooled = fit_warnings(features, relative, config)
    np.testing.assert_allclose(pooled.calibration_slopes, np.tile(together, (4, 1)))
    assert 0.0 < np.min(together) < 1.0
    kept = np.tile(together, 4)
    mixed = kept * fit.intercepts + (1.0 - kept) * log_odds(problem.base_rates())
    mixed += kept * (fit.slopes * (stress - fit.centres)).sum(axis=1)
    np.testing.assert_allclose(pooled.probabilities(stress).ravel(), logistic(mixed))


@pytest.mark.parametrize("calibration", ["none", "pooled", "sector"])
def test_calibration_slopes_are_those_of_its_kind(calibration: str) -> None:
    features, relative = market(12, 900, sectors=4, drift=0.0005)
    model = fit_warnings(features, relative, replace(SMALL, calibration=calibration))
    slopes = model.calibration_slopes
    assert ((slopes >= 0.0) & (slopes <= 1.0)).all()
    assert (slopes == 1.0).all() == (calibration == "none")
    assert (slopes == slopes[0]).all() == (calibration != "sector")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": 0}, "window must be positive"),
        ({"penalty": float("nan")}, "penalty must be positive"),
        ({"base_rows": float("inf")}, "base_rows must be positive"),
        ({"stride": 0}, "stride must be positive"),
        ({"features": ()}, "features must name"),
        ({"horizons": ()}, "horizons must be positive"),
        ({"horizons": (20, 20)}, "horizons must be positive"),
        ({"horizons": (0, 20)}, "horizons must be positive"),
        ({"calibration": "isotonic"}, "calibration must be"),
    ],
)
def test_senseless_configs_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SMALL, **change)  # type: ignore[arg-type]


def test_shapes_must_fit() -> None:
    features, relative = market(13, 100)
    with pytest.raises(ValueError, match="config names 2"):
        fit_warnings(features[:, :1], relative, SMALL)
    with pytest.raises(ValueError, match="100 rows of features, 99"):
        fit_warnings(features, relative[1:], SMALL)
