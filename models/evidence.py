"""How strong the views are against their own uncertainty."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import compiled
from models.mapping import View


def strength(view: View) -> float:
    """0..1: root mean square of the views in units of their posterior deviation, at most one.

    The views' signal-to-noise ratio: one when the sectors' expected returns lie, on average, a
    posterior deviation from zero; zero without a view. It is small when stress is near normal,
    when the past shows little effect of it, and when little past is known.
    """
    return float(signal_to_noise(view.expected, view.deviation))


@compiled
def signal_to_noise(expected: np.ndarray, deviation: np.ndarray) -> float:
    """`strength` of expected returns [N] and their deviations [N]."""
    squares, known = 0.0, 0
    for sector in range(len(expected)):
        if deviation[sector] > 0.0:
            squares += (expected[sector] / deviation[sector]) ** 2
            known += 1
    return min(1.0, math.sqrt(squares / known)) if known else 0.0
