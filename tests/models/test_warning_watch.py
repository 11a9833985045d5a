from __future__ import annotations

import numpy as np
import pytest

from models.warning_model import WarningConfig, fit_warnings
from models.warning_state import WarningRule, states
from models.warning_watch import WarningWatch

CONFIG = WarningConfig(features=("a",), horizons=(5, 10), window=600, min_rows=100, penalty=0.1)
RULE = WarningRule(open_level=0.55, open_lift=0.03, close_level=0.5, close_lift=0.01)


def sample(rows: int = 700) -> tuple[np.ndarray, np.ndarray]:
    """Slow stress under which the first sector falls."""
    rng = np.random.default_rng(3)
    stress = rng.standard_normal((rows, 1))
    for row in range(1, rows):
        stress[row] = 0.97 * stress[row - 1] + 0.24 * stress[row]
    moves = 0.01 * rng.standard_normal((rows, 2))
    moves[1:, 0] -= 0.006 * stress[:-1, 0]
    return stress, np.cumsum(moves, axis=0)


def test_the_watch_is_the_walk_of_fit_and_state() -> None:
    stress, relative = sample()
    model = fit_warnings(stress[:601], relative[:601], CONFIG)
    said = model.probabilities(stress[600:])
    expected = states(said, np.repeat(model.base_rates[None], 100, 0), CONFIG.horizons, RULE)
    watch = WarningWatch(CONFIG, RULE).refitted(stress[:601], relative[:601])
    opened = 0
    for row, state in zip(range(600, 700), expected, strict=True):
        watch = watch.observed(stress[row])
        assert watch.state == state
        np.testing.assert_array_equal(watch.probabilities, said[row - 600])
        opened += len(state.opened_now)
    assert opened > 0


def test_only_what_the_window_holds_is_read() -> None:
    stress, relative = sample()
    reach = CONFIG.window + CONFIG.horizons[-1] + 1
    whole = WarningWatch(CONFIG, RULE).refitted(stress, relative).observed(stress[-1])
    cut = WarningWatch(CONFIG, RULE).refitted(stress[-reach:], relative[-reach:])
    np.testing.assert_array_equal(whole.probabilities, cut.observed(stress[-1]).probabilities)


def test_a_refit_keeps_what_stands() -> None:
    stress, relative = sample()
    watch = WarningWatch(CONFIG, RULE).refitted(stress, relative)
    watch = watch.observed(np.array([3.0]))
    assert [warning.sector for warning in watch.state.open] == [0]
    assert watch.refitted(stress, relative).state == watch.state


def test_reading_without_a_fit_is_refused() -> None:
    with pytest.raises(RuntimeError, match="refit the watch before observing"):
        WarningWatch(CONFIG, RULE).observed(np.array([0.0]))
