from __future__ import annotations

import numpy as np
import pytest

from models.evidence import strength
from models.mapping import View


def view(expected: list[float], deviation: list[float]) -> View:
    nothing = np.zeros((len(expected), 1))
    return View(
        np.array(expected), np.array(deviation), nothing, nothing, nothing, np.ones(len(expected))
    )


def test_strength_by_hand() -> None:
    assert strength(view([0.01, -0.02], [0.05, 0.05])) == pytest.approx(np.sqrt(0.1))


def test_strong_views_deserve_the_whole_budget() -> None:
    assert strength(view([0.2, -0.1], [0.05, 0.05])) == 1.0


def test_sectors_without_a_view_do_not_count() -> None:
    assert strength(view([0.01, 0.0], [0.05, 0.0])) == pytest.approx(0.2)


def test_no_signal_no_bet() -> None:
    assert strength(view([0.0, 0.0], [0.05, 0.05])) == 0.0
    assert strength(view([0.0, 0.0], [0.0, 0.0])) == 0.0
