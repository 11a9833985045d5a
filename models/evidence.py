"""How strong the views are against their own uncertainty."""

from __future__ import annotations

import numpy as np

from models.mapping import View


def strength(view: View) -> float:
    """0..1: root mean square of the views in units of their posterior deviation, at most one.

    The views' signal-to-noise ratio: one when the sectors' expected returns lie, on average, a
    posterior deviation from zero; zero without a view. It is small when stress is near normal,
    when the past shows little effect of it, and when little past is known.
    """
    known = view.deviation > 0.0
    if not known.any():
        return 0.0
    scores = view.expected[known] / view.deviation[known]
    return min(1.0, float(np.sqrt(np.mean(scores**2))))
