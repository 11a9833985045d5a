from __future__ import annotations

import math

import numpy as np
import pytest

from models.signal_decay import signal_half_life


def test_half_life_of_a_known_process() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50_000, 2))
    for row in range(1, len(x)):
        x[row] = 0.98 * x[row - 1] + 0.2 * x[row]
    assert signal_half_life(x) == pytest.approx(math.log(0.5) / math.log(0.98), rel=0.1)
    assert signal_half_life(rng.standard_normal((5_000, 2))) == 5.0
    assert signal_half_life(np.ones((100, 1))) == math.inf
    assert signal_half_life(np.full((100, 1), np.nan)) == 5.0
    x[100] = np.nan
    assert math.isfinite(signal_half_life(x))
