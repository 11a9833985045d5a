"""The views of every decision at once, from the moments of their regressions: compiled."""

from __future__ import annotations

import numpy as np

from models.bayesian_linear import normal_posterior
from models.compiled import compiled
from models.evidence import signal_to_noise
from models.mapping import read_view


@compiled
def views_of(
    grams: np.ndarray,
    products: np.ndarray,
    squares: np.ndarray,
    rows: np.ndarray,
    today: np.ndarray,
    min_rows: int,
    prior_rows: float,
    overlap: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The view that models.mapping.fit_view reads and its evidence, of D decisions.

    The first four are the Moments (models.bayesian_linear) of every decision, [D x N ...]; `today`
    [D x K] holds the features at each, zeros where one is not known; `prior_rows` is the weight of
    the prior and `overlap` how many sessions a label spans.

    Returns:
        Expected log returns [D x N], whether a sector has enough rows [D x N], evidence [D].
    """
    decisions, sectors, size = products.shape
    expected = np.zeros((decisions, sectors))
    viewed = rows >= min_rows
    evidence = np.zeros(decisions)
    prior = np.zeros((sectors, size))
    for place in range(decisions):
        means, covariances, _ = normal_posterior(
            grams[place], products[place], squares[place], rows[place], prior, prior_rows, overlap
        )
        for sector in range(sectors):
            if not viewed[place, sector]:
                means[sector] = 0.0
                covariances[sector] = 0.0
        expected[place], deviation = read_view(means, covariances, today[place])
        evidence[place] = signal_to_noise(expected[place], deviation)
    return expected, viewed, evidence
