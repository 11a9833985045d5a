"""White's and Hansen's tests against the package arch 8.0.0, with the same draws.

Its numbers come from this script (`pip install arch`); its SPA does not divide the statistic by the
deviations it estimates, so that Hansen's studentised test is its test of studentised returns:

    class Given(arch.bootstrap.StationaryBootstrap):
        def update_indices(self):
            first, lengths = next(self.blocks)
            return np.concatenate([(f + np.arange(n)) % 500 for f, n in zip(first, lengths)])

    def run(x):
        spa = arch.bootstrap.SPA(np.zeros(len(x)), -x, block_size=10, reps=999)
        spa.bootstrap = Given(10, x, seed=1)
        spa.bootstrap.blocks = zip(*stationary_blocks(500, 999, 10.0, np.random.default_rng(7)))
        spa.compute()
        return spa

    x = oracle_returns()
    run(x)._loss_diff_var, 999 * run(x).pvalues
    999 * run(x / np.sqrt(run(x)._loss_diff_var)).pvalues
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.performance import stationary_blocks
from models.reality_check import reality_check, stationary_variance, superior_ability

ARCH_VARIANCE = [1.42004913e-04, 9.13131294e-04, 3.72391893e-05, 9.00216424e-04]
ARCH_WHITE = 328
ARCH_STUDENTISED = [174, 249, 310]


def oracle_returns() -> np.ndarray:
    """500 x 4, autocorrelated, of different risk; the last is clearly worse than the benchmark."""
    noise = np.random.default_rng(3).standard_normal((501, 4))
    unit = noise[1:] + 0.3 * noise[:-1]
    scale = np.array([1.0, 2.0, 0.5, 3.0])
    return np.asarray(0.01 * scale * (unit + np.array([0.08, 0.03, -0.2, -0.9])))


def test_kernel_variance_agrees_with_arch() -> None:
    found = stationary_variance(oracle_returns(), 10.0)
    np.testing.assert_allclose(found, ARCH_VARIANCE, rtol=1e-8)


def test_hansen_agrees_with_arch_draw_by_draw() -> None:
    found = superior_ability(oracle_returns(), np.random.default_rng(7), 999, 10.0)
    reached = [1000.0 * p - 1.0 for p in (found.lower, found.consistent, found.upper)]
    assert reached == pytest.approx(ARCH_STUDENTISED)
    assert found.best == int(found.t_ratios.argmax()) == 0


def test_white_agrees_with_arch_draw_by_draw() -> None:
    x = oracle_returns()
    found = reality_check(x, np.random.default_rng(7), 999, 10.0)
    assert 1000.0 * found.p_value - 1.0 == pytest.approx(ARCH_WHITE)
    # The riskier one earns more, Hansen's test prefers the other.
    assert found.best == 1
    assert found.statistic == pytest.approx(np.sqrt(500) * x[:, 1].mean())


def test_drawn_means_are_those_of_the_drawn_rows() -> None:
    """The statistic's distribution from counted rows, against rows written out."""
    x = np.random.default_rng(1).standard_normal((60, 3))
    first, lengths = stationary_blocks(60, 50, 5.0, np.random.default_rng(2))
    best = []
    for start, length in zip(first, lengths, strict=True):
        rows = np.concatenate(
            [np.arange(s, s + n) % 60 for s, n in zip(start, length, strict=True)]
        )
        assert len(rows) == 60
        best.append((x[rows].mean(axis=0) - x.mean(axis=0)).max())
    expected = (1 + np.sum(np.array(best) >= x.mean(axis=0).max())) / 51
    assert reality_check(x, np.random.default_rng(2), 50, 5.0).p_value == pytest.approx(expected)


def test_variance_of_independent_returns_is_their_own() -> None:
    x = np.random.default_rng(4).standard_normal((20_000, 2))
    np.testing.assert_allclose(stationary_variance(x, 1.0), x.var(axis=0), rtol=1e-9)
    np.testing.assert_allclose(stationary_variance(x, 20.0), [1.0, 1.0], rtol=0.15)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(-0.3, 0.3))
def test_p_values_are_ordered_and_blind_to_scale(seed: int, columns: int, shift: float) -> None:
    x = np.random.default_rng(seed).standard_normal((80, columns)) + shift
    scale = np.linspace(1.0, 7.0, columns)
    found = superior_ability(x, np.random.default_rng(seed), 99, 5.0)
    scaled = superior_ability(x * scale, np.random.default_rng(seed), 99, 5.0)
    assert 0.0 < found.lower <= found.consistent <= found.upper <= 1.0
    assert found.upper == scaled.upper
    np.testing.assert_allclose(found.t_ratios, scaled.t_ratios, rtol=1e-7)


def test_p_values_are_uniform_without_skill_and_small_with_it() -> None:
    """Coarse: `benchmarks/null_p_values.py` looks closer."""
    rng = np.random.default_rng(11)
    null, skill = [], []
    for _ in range(150):
        x = rng.standard_normal((250, 8)) + 0.7 * rng.standard_normal((250, 1))
        found = superior_ability(x, rng, 199, 3.0)
        null.append((reality_check(x, rng, 199, 3.0).p_value, found.consistent, found.upper))
        x[:, 3] += 0.45
        skill.append(superior_ability(x, rng, 199, 3.0).consistent)
    for p in np.array(null).T:
        assert stats.kstest(p, "uniform").pvalue > 0.001
        assert stats.binomtest(int((p <= 0.1).sum()), 150, 0.1).pvalue > 0.001
    assert np.mean(np.array(skill) <= 0.05) > 0.95


def test_bad_configurations_cost_hansen_less_than_white() -> None:
    x = np.random.default_rng(5).standard_normal((500, 30))
    x[:, 1:] -= 0.5
    x[:, 0] += 0.12 - x[:, 0].mean()
    found = superior_ability(x, np.random.default_rng(6), 999, 5.0)
    assert found.consistent < 0.02 < 0.05 < found.upper


def test_nothing_better_than_the_benchmark_is_no_evidence() -> None:
    x = np.random.default_rng(8).standard_normal((100, 3)) - 1.0
    found = superior_ability(x, np.random.default_rng(9), 99)
    assert (found.statistic, found.lower, found.upper) == (0.0, 1.0, 1.0)


def test_what_cannot_be_tested_is_named() -> None:
    x = np.random.default_rng(0).standard_normal((50, 3))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="20 or more sessions"):
        reality_check(x[:10], rng)
    with pytest.raises(ValueError, match="column 1 does not move"):
        superior_ability(np.column_stack([x[:, 0], np.full(50, 0.1)]), rng)
    x[7, 2] = np.nan
    with pytest.raises(ValueError, match="row 7, column 2"):
        superior_ability(x, rng)
