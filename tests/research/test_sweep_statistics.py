"""How likely luck is, on track records whose truth is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from models.reality_check import reality_check, superior_ability
from research.sweep_objective import annual_ratio
from research.sweep_statistics import (
    luck_statistics,
    statistics_in_memory,
    statistics_in_pieces,
)


def test_pure_noise_is_called_luck() -> None:
    active = 0.003 * np.random.default_rng(2).standard_normal((1500, 60))
    said = statistics_in_memory(active, 1)
    assert said["best_information_ratio"] == pytest.approx(annual_ratio(active.T).max())
    assert said["overfitting_probability"] > 0.2  # type: ignore[operator]
    assert said["deflated_probability"] < 0.9  # type: ignore[operator]
    assert said["reality_check_p"] > 0.05  # type: ignore[operator]
    assert said["independent_trials"] > 50  # type: ignore[operator]
    assert said == statistics_in_memory(active, 1)


def test_one_configuration_with_real_skill_is_found() -> None:
    active = 0.003 * np.random.default_rng(2).standard_normal((1500, 60))
    active[:, 7] += 0.0006
    said = statistics_in_memory(active, 1)
    assert said["overfitting_probability"] < 0.02  # type: ignore[operator]
    assert said["deflated_probability"] > 0.99  # type: ignore[operator]
    assert said["reality_check_p"] < 0.01  # type: ignore[operator]
    assert said["superior_ability_p"] < 0.01  # type: ignore[operator]


def test_one_configuration_alone_says_nothing() -> None:
    assert statistics_in_memory(np.zeros((100, 1)), 1) == {}


@dataclass
class Pieces:
    """Active returns of a table [C x T], a few configurations at a time."""

    active: np.ndarray
    configurations: int

    def table(self) -> np.ndarray:
        return self.active.T

    def chunks(self) -> Iterator[np.ndarray]:
        yield from np.array_split(self.active, min(7, len(self.active)))


def test_pieces_say_what_the_table_says_but_for_their_draws() -> None:
    active = 0.003 * np.random.default_rng(2).standard_normal((90, 700)) + 0.0001
    pieces, table = statistics_in_pieces(Pieces(active, 90), 1), statistics_in_memory(active.T, 1)
    tests = ("reality_check_p", "superior_ability_p", "draws_shared")
    for name in pieces.keys() - set(tests):
        assert pieces[name] == pytest.approx(table[name], rel=1e-9), name
    assert pieces["reality_check_p"] == table["reality_check_p"]
    hansen = superior_ability(active.T, np.random.default_rng(1))
    assert pieces["superior_ability_p"] == hansen.consistent
    assert (pieces["draws_shared"], table["draws_shared"]) == (1, 0)
    assert reality_check(active.T, np.random.default_rng(1)).p_value == table["reality_check_p"]


def test_two_thousand_are_judged_in_memory_and_more_in_pieces() -> None:
    active = 0.003 * np.random.default_rng(2).standard_normal((40, 400))
    assert luck_statistics(Pieces(active, 2000), 1) == statistics_in_memory(active.T, 1)
    assert luck_statistics(Pieces(active, 2001), 1)["draws_shared"] == 1
    assert statistics_in_pieces(Pieces(active[:1], 2001), 1) == {}
