"""How likely luck is, on track records whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from research.sweep_objective import annual_ratio
from research.sweep_statistics import luck_statistics


def test_pure_noise_is_called_luck() -> None:
    active = 0.003 * np.random.default_rng(2).standard_normal((1500, 60))
    said = luck_statistics(active, 1)
    assert said["best_information_ratio"] == pytest.approx(annual_ratio(active.T).max())
    assert said["overfitting_probability"] > 0.2  # type: ignore[operator]
    assert said["deflated_probability"] < 0.9  # type: ignore[operator]
    assert said["reality_check_p"] > 0.05  # type: ignore[operator]
    assert said["independent_trials"] > 50  # type: ignore[operator]
    assert said == luck_statistics(active, 1)


def test_one_configuration_with_real_skill_is_found() -> None:
    active = 0.003 * np.random.default_rng(2).standard_normal((1500, 60))
    active[:, 7] += 0.0006
    said = luck_statistics(active, 1)
    assert said["overfitting_probability"] < 0.02  # type: ignore[operator]
    assert said["deflated_probability"] > 0.99  # type: ignore[operator]
    assert said["reality_check_p"] < 0.01  # type: ignore[operator]
    assert said["superior_ability_p"] < 0.01  # type: ignore[operator]


def test_one_configuration_alone_says_nothing() -> None:
    assert luck_statistics(np.zeros((100, 1)), 1) == {}
