"""Markov-switching: the filter against statsmodels and by enumeration, the fit on known truth."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from models import markov_regimes
from models.markov_fit import MarkovConfig, SwitchingParameters, fit_switching
from models.markov_regimes import (
    NO_READING,
    QUIET,
    TURBULENT,
    channel_changes,
    filtered_turbulence,
    markov_names,
    walk_forward_turbulence,
)

TRUTH = SwitchingParameters(0.97, 0.92, (-0.02, 0.06), (0.04, 0.36))
CONFIG = MarkovConfig(min_history=60, starts=1, em_steps=5)


def simulate(seed: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """(changes, state) of a chain with TRUTH's parameters."""
    rng = np.random.default_rng(seed)
    state = np.zeros(length, dtype=int)
    for row in range(1, length):
        state[row] = rng.random() < TRUTH.transition[state[row - 1], 1]
    noise = rng.standard_normal(length)
    return np.array(TRUTH.means)[state] + np.sqrt(TRUTH.variances)[state] * noise, state


@cache
def channel(seed: int = 2, years: int = 6) -> tuple[pd.Series, pd.Series]:
    """A channel's level by session whose weekly changes switch, and its source."""
    sessions = pd.bdate_range("2010-01-04", periods=252 * years)
    changes, _ = simulate(seed, -(-len(sessions) // 5))
    weekly = np.cumsum(changes)
    level = np.repeat(weekly, 5)[: len(sessions)]
    return pd.Series(level, sessions, name="credit"), pd.Series("one", sessions)


def test_the_filter_is_that_of_statsmodels() -> None:
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    changes, _ = simulate(1, 400)
    model = MarkovRegression(changes, k_regimes=2, trend="c", switching_variance=True)
    params = [TRUTH.stay_quiet, 1.0 - TRUTH.stay_turbulent, *TRUTH.means, *TRUTH.variances]
    theirs = model.filter(np.array(params)).filtered_marginal_probabilities[:, 1]
    np.testing.assert_allclose(filtered_turbulence(changes, TRUTH), theirs, atol=1e-10)


def test_the_filter_is_bayes_rule_over_every_path() -> None:
    changes = np.array([0.1, np.nan, -0.9, 0.3, 0.0, 1.2])
    found = filtered_turbulence(changes, TRUTH)
    for last in range(len(changes)):
        weight = np.zeros(2)
        for path in itertools.product((0, 1), repeat=last + 1):
            chance = TRUTH.stationary[path[0]]
            for before, after in itertools.pairwise(path):
                chance *= TRUTH.transition[before, after]
            for value, state in zip(changes, path, strict=False):
                if np.isfinite(value):
                    deviation = np.sqrt(TRUTH.variances[state])
                    chance *= stats.norm.pdf(value, TRUTH.means[state], deviation)
            weight[path[-1]] += chance
        assert found[last] == pytest.approx(weight[1] / weight.sum(), abs=1e-12)


def test_extreme_changes_do_not_overflow() -> None:
    found = filtered_turbulence(np.array([1e6, 0.0, -1e6]), TRUTH)
    assert np.isfinite(found).all()
    assert found[0] == pytest.approx(1.0)


def test_known_parameters_and_states_are_recovered_in_any_unit() -> None:
    changes, state = simulate(3, 3000)
    scale = 1e-4
    found, likelihood, status = fit_switching(
        scale * changes, MarkovConfig(), np.random.default_rng(0)
    )
    assert status == "converged"
    assert found is not None
    assert found.stay_quiet == pytest.approx(TRUTH.stay_quiet, abs=0.015)
    assert found.stay_turbulent == pytest.approx(TRUTH.stay_turbulent, abs=0.04)
    assert np.array(found.means) / scale == pytest.approx(TRUTH.means, abs=0.05)
    assert np.array(found.variances) / scale**2 == pytest.approx(TRUTH.variances, rel=0.15)
    right = (filtered_turbulence(scale * changes, found) > 0.5) == state
    assert right.mean() > 0.9
    # The maximum is not below the truth's own likelihood, computed here as a product of densities.
    predicted = filtered_turbulence(changes, TRUTH)
    ahead = np.r_[TRUTH.stationary[1], predicted[:-1]]
    ahead[1:] = ahead[1:] * TRUTH.stay_turbulent + (1.0 - ahead[1:]) * (1.0 - TRUTH.stay_quiet)
    densities = [
        stats.norm.pdf(changes, mean, np.sqrt(variance))
        for mean, variance in zip(TRUTH.means, TRUTH.variances, strict=True)
    ]
    of_truth = np.log((1.0 - ahead) * densities[0] + ahead * densities[1]).sum()
    of_truth -= len(changes) * np.log(scale)
    assert of_truth <= likelihood < of_truth + 15.0


def test_states_are_ordered_by_variance_from_every_start() -> None:
    changes, _ = simulate(4, 500)
    swapped = SwitchingParameters(0.92, 0.97, (0.06, -0.02), (0.36, 0.04))
    rng = np.random.default_rng
    fits = [
        fit_switching(changes, MarkovConfig(starts=starts, seed=seed), rng(seed), former)[0]
        for starts, seed, former in ((0, 0, None), (2, 1, swapped), (3, 2, None))
    ]
    assert all(fit is not None and fit.variances[0] < fit.variances[1] for fit in fits)
    for fit in fits[1:]:
        assert fit is not None
        assert fits[0] is not None
        assert fit.variances == pytest.approx(fits[0].variances, rel=1e-3)


def test_the_best_of_several_optima_wins_whatever_start_finds_it() -> None:
    rng = np.random.default_rng(2)
    changes = rng.standard_t(2.5, 120) * np.where((np.arange(120) // 30) % 2, 2.0, 0.7)
    elsewhere = SwitchingParameters(0.05, 0.05, (0.0, 0.0), (0.5, 2.0))
    alone = MarkovConfig(starts=0)
    _, plain, _ = fit_switching(changes, alone, np.random.default_rng(0))
    _, best, _ = fit_switching(changes, alone, np.random.default_rng(0), elsewhere)
    assert best > plain + 5.0


def test_a_search_that_does_not_converge_says_so() -> None:
    changes, _ = simulate(5, 300)
    hurried = MarkovConfig(em_steps=1, max_iterations=1)
    found, likelihood, status = fit_switching(changes, hurried, np.random.default_rng(0))
    assert found is None
    assert np.isnan(likelihood)
    assert status == "no search from 3 starting points converged"
    level, source = channel()
    probability, refits = walk_forward_turbulence(
        level, source, MarkovConfig(min_history=60, em_steps=1, max_iterations=1)
    )
    assert probability.isna().all()
    assert len(refits) > 2
    assert all("converged" in one.status and one.parameters is None for one in refits)


def test_constant_changes_have_no_states() -> None:
    found, _, status = fit_switching(np.full(100, 0.5), CONFIG, np.random.default_rng(0))
    assert found is None
    assert status == "the changes are constant"


def test_states_that_do_not_persist_are_refused() -> None:
    rng = np.random.default_rng(6)
    turns = np.arange(400) % 2  # a large change follows a small one and the other way round
    changes = np.where(turns, 1.0, 0.1) * rng.standard_normal(400)
    found, likelihood, status = fit_switching(changes, CONFIG, rng)
    assert found is None
    assert np.isfinite(likelihood)
    assert status == "the states do not persist, so they are no regimes"


def test_after_a_failed_refit_the_former_parameters_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    level, source = channel()
    plain, refits = walk_forward_turbulence(level, source, CONFIG)
    unwell = refits[1].observations

    def fit(changes: np.ndarray, *rest: object) -> object:
        if len(changes) == unwell:
            return None, float("nan"), "no search converged"
        return fit_switching(changes, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(markov_regimes, "fit_switching", fit)
    kept, found = walk_forward_turbulence(level, source, CONFIG)
    assert [one.status for one in found[:3]] == ["converged", "no search converged", "converged"]
    assert found[1].parameters == refits[0].parameters
    first, second, third = (one.session for one in refits[:3])
    before = kept.index < second
    pd.testing.assert_series_equal(kept[before], plain[before], check_exact=True)
    during = (kept.index >= second) & (kept.index < third)
    assert kept[during].notna().all()
    assert not kept[during].equals(plain[during])
    assert kept[kept.index < first].isna().all()


def test_each_refit_uses_the_changes_before_it_alone() -> None:
    level, source = channel()
    probability, refits = walk_forward_turbulence(level, source, CONFIG)
    changes = channel_changes(level.to_numpy()[::5], source.to_numpy()[::5])
    observed = level.index[::5]
    years = pd.Index([one.session.year for one in refits])
    assert years.tolist() == list(range(years[0], 2016))
    former = None
    for refit in refits:
        sample = changes[(observed < refit.session) & np.isfinite(changes)]
        assert refit.observations == len(sample)
        rng = np.random.default_rng([CONFIG.seed, refit.session.year])
        former = fit_switching(sample, CONFIG, rng, former)[0]
        assert refit.parameters == former
        held = observed[observed.year == refit.session.year]
        expected = filtered_turbulence(changes, refit.parameters)[observed.isin(held)]
        np.testing.assert_array_equal(probability[held], expected)
    # In between, the last observed session's reading stands.
    rows = np.arange(len(level))
    inside = probability.notna().to_numpy()
    held_rows = (rows - rows % 5)[inside]
    np.testing.assert_array_equal(probability[inside], probability.to_numpy()[held_rows])


@pytest.mark.parametrize("last", [700, 1008, 1011, 1300])
def test_nothing_later_changes_an_earlier_probability_or_fit(last: int) -> None:
    level, source = channel()
    before, refits = walk_forward_turbulence(level, source, CONFIG)
    rng = np.random.default_rng(last)
    later = np.arange(len(level)) > last
    versions = (
        (level.mask(later, 50.0 * rng.standard_normal(len(level))), source.mask(later, "two")),
        (level.mask(later), source.mask(later, "")),
        (level[: last + 1], source[: last + 1]),
    )
    known = [one for one in refits if one.session <= level.index[last]]
    assert known
    for changed in versions:
        after, found = walk_forward_turbulence(*changed, CONFIG)
        np.testing.assert_array_equal(after[: last + 1], before[: last + 1])
        assert found[: len(known)] == known
        assert not after.equals(before)


def test_a_change_of_source_is_no_change_of_the_market() -> None:
    level = np.array([1.0, 1.5, 9.0, 9.5, np.nan, 9.0])
    source = np.array(["a", "a", "b", "b", "", "b"], dtype=object)
    found = channel_changes(level, source)
    np.testing.assert_array_equal(found, [np.nan, 0.5, np.nan, 0.5, np.nan, np.nan])


def test_a_missing_level_has_no_reading_and_the_next_one_does() -> None:
    level, source = channel()
    gap = (level.index >= "2014-03-03") & (level.index <= "2014-04-30")
    found, _ = walk_forward_turbulence(level.mask(gap), source.mask(gap, ""), CONFIG)
    assert found[gap].isna().all()
    assert found["2014-05-12":].notna().all()  # type: ignore[misc]


def test_names() -> None:
    names = markov_names(np.array([0.2, 0.5, 0.51, np.nan]))
    assert names.tolist() == [QUIET, QUIET, TURBULENT, NO_READING]
