from __future__ import annotations

import numpy as np
import pytest

from models.reliability import held_out_reliability


def panel(
    strength: float, seed: int, rows: int = 2000, overlap: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """Persistent features and overlapping labels that they lead by one session."""
    rng = np.random.default_rng(seed)
    shocks = rng.standard_normal((rows + overlap, 2))
    x = np.zeros_like(shocks)
    for t in range(1, len(shocks)):
        x[t] = 0.98 * x[t - 1] + 0.2 * shocks[t]
    daily = strength * x[:, :1] * [1.0, -1.0, 0.5] + rng.standard_normal((rows + overlap, 3))
    total = np.cumsum(daily, axis=0)
    return x[:rows], total[overlap:] - total[:-overlap]


def test_a_strong_signal_is_trusted() -> None:
    values = [held_out_reliability(*panel(0.3, seed), 1000.0, 20, 200) for seed in range(5)]
    assert min(values) == 1.0  # shrunken forecasts were too small, not too large


def test_without_a_signal_most_trust_is_gone() -> None:
    values = [held_out_reliability(*panel(0.0, seed), 1000.0, 20, 200) for seed in range(40)]
    assert np.mean(values) < 0.35
    assert np.mean(np.array(values) == 0.0) > 0.5


def test_the_held_out_block_is_not_learned_from() -> None:
    """Labels of pure noise that memorising would forecast: reliability must not reward it."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((100, 20))
    y = rng.standard_normal((100, 1))
    assert held_out_reliability(x, y, 1e-6, 1, 50) < 0.2


def test_hardly_any_rows_are_no_evidence() -> None:
    x, y = panel(0.3, 0, rows=150)
    assert held_out_reliability(x, y, 1000.0, 20, 200) == 0.0
    assert held_out_reliability(np.empty((0, 2)), np.empty((0, 3)), 1000.0, 20, 200) == 0.0


def test_missing_labels_are_left_out() -> None:
    x, y = panel(0.3, 2)
    y = np.column_stack([y, np.full(len(y), np.nan)])
    assert held_out_reliability(x, y, 1000.0, 20, 200) == pytest.approx(
        held_out_reliability(x, y[:, :3], 1000.0, 20, 200)
    )
