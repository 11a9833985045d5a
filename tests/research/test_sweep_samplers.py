from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from research.config import RunConfig
from research.sweep_config import Dimension, Range, SamplerSection
from research.sweep_samplers import Proposal, design, proposals
from research.sweep_space import axes_of

SPACE: dict[str, Dimension] = {
    "strategy.params.horizon": (20, 40, 60),
    "stress.window": Range(low=300, high=900),
    "strategy.params.penalty": Range(low=0.1, high=10.0, scale="log"),
}
AXES = axes_of(SPACE, RunConfig())


@pytest.mark.parametrize("method", ["random", "latin-hypercube", "sobol"])
def test_designs_repeat_with_their_seed_and_lie_in_the_unit_cube(method: Any) -> None:
    sampler = SamplerSection(method=method, samples=48)
    units = design(AXES, sampler, 3)
    assert units.shape == (48, 3)
    assert ((units >= 0.0) & (units < 1.0)).all()
    np.testing.assert_array_equal(units, design(AXES, sampler, 3))
    assert not np.array_equal(units, design(AXES, sampler, 4))


def test_a_latin_hypercube_has_one_sample_in_every_stratum() -> None:
    units = design(AXES, SamplerSection(method="latin-hypercube", samples=50), 1)
    strata = np.sort((units * 50).astype(int), axis=0)
    np.testing.assert_array_equal(strata, np.arange(50)[:, None].repeat(3, axis=1))


def test_sobol_points_are_balanced_in_every_quarter() -> None:
    units = design(AXES, SamplerSection(method="sobol", samples=64), 1)
    quarters = (units * 4).astype(int)
    for column in quarters.T:
        assert np.bincount(column).tolist() == [16] * 4


def test_a_combination_is_proposed_once() -> None:
    axes = axes_of({"strategy.params.horizon": (20, 40)}, RunConfig())
    proposal = next(proposals(axes, SamplerSection(method="random", samples=30), 2, 1))
    assert sorted(proposal.rows) == [(20,), (40,)]


def _walk(later: float, samples: int = 24, folds: int = 3) -> list[Proposal]:
    """All rounds, where fold 1 and later score `later` times what they would."""
    sampler = SamplerSection(method="optuna", samples=samples, round=4)
    walk = proposals(AXES, sampler, folds, 5)
    proposal, seen = next(walk), []
    while True:
        seen.append(proposal)
        height = np.array([-abs(np.log(row[2])) for row in proposal.rows])  # type: ignore[arg-type]
        scores = np.column_stack([height, later * height, later * height])
        try:
            proposal = walk.send(scores)
        except StopIteration:
            return seen


def test_optuna_sees_nothing_later_than_the_fold_it_searches_for() -> None:
    pytest.importorskip("optuna", reason="the extra optuna is not installed")
    one, other = _walk(later=1.0), _walk(later=-1.0)
    assert [p for p in one if p.fold == 0] == [p for p in other if p.fold == 0]
    assert [p for p in one if p.fold > 0] != [p for p in other if p.fold > 0]
    assert one == _walk(later=1.0)
    rows = [row for proposal in one for row in proposal.rows]
    assert len(rows) == len(set(rows)) <= 24
    assert {p.fold for p in one} == {0, 1, 2}


def test_optuna_finds_the_peak() -> None:
    pytest.importorskip("optuna", reason="the extra optuna is not installed")
    late = [row for p in _walk(later=1.0, samples=90) for row in p.rows][-20:]
    distances = [abs(np.log(row[2])) for row in late]  # type: ignore[arg-type]
    # A draw without learning has a median distance of log(10) / 2.
    assert np.median(distances) < 0.6 * np.log(10.0) / 2.0
