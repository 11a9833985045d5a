"""What defensives are ranked by, and what would change their order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from models.analogues import AnalogueRecord
from models.defensive_record import Defensive
from models.mapping import View
from models.ranking_swap import smallest_swap

Score = Literal["expected", "analogues", "capture", "combined"]
SCORES: tuple[Score, ...] = get_args(Score)


def evidence_score(
    method: Score, expected: float, deviation: float, record: AnalogueRecord, capture: float
) -> tuple[float, float]:
    """The score, higher is better, and the share of the mapping in it, 0..1.

    "combined" is the mean of two normal estimates of one expectation, weighted with their
    precisions (Gelman et al. 2013, *Bayesian Data Analysis*, section 2.5): the mapping's posterior
    and the mean after similar stress with its standard error. Both come from one past, so that the
    two together know less than the formula says. An estimate without a deviation weighs nothing.

    Args:
        method: "expected" (of the mapping), "analogues" (mean after similar stress), "capture"
            (minus the downside capture) or "combined".
        expected: by the mapping; zero without a view.
        deviation: of that expectation; zero without a view.
        record: after similar stress.
        capture: downside capture.

    Returns:
        NaN as the score where there is no evidence of the kind.
    """
    if method == "capture":
        return -capture, 0.0
    if method == "analogues":
        return record.mean, 0.0
    if method == "expected":
        return expected, 1.0
    model = 1.0 / deviation**2 if deviation > 0.0 else 0.0
    past = 1.0 / record.error**2 if record.error > 0.0 else 0.0
    if model + past == 0.0:
        return math.nan, 0.0
    weight = model / (model + past)
    return weight * expected + ((1.0 - weight) * record.mean if past else 0.0), weight


def in_order(
    places: Mapping[int, Defensive],
    view: View,
    readings: Mapping[str, float],
    cap: float,
    reach: float,
) -> tuple[Defensive, ...]:
    """The places, best score first, with ranks and with what would make each next one overtake.

    A score moves with a stress feature by the mapping's coefficient times the mapping's share in
    the score; shares and analogues are held, although they too would move with the stress. Equal
    scores are ordered by downside capture, the lower first; places without a score come last.

    Args:
        places: row of the view -> place.
        view: the mapping's.
        readings: feature -> today's value, in the view's order of features.
        cap: the mapping bounds features to +- this.
        reach: largest change of a feature that is looked at.
    """
    order = sorted(places, key=lambda sector: _key(places[sector]))
    today = np.array(list(readings.values()), dtype=np.float64)
    slopes = {sector: places[sector].model_weight * view.coefficients[sector] for sector in order}
    ordered = []
    for rank, sector in enumerate(order, start=1):
        place, swap = places[sector], None
        if rank < len(order):
            behind = places[order[rank]]
            swap = smallest_swap(
                (place.ticker, behind.ticker),
                place.score - behind.score,
                slopes[sector] - slopes[order[rank]],
                tuple(readings),
                today,
                cap,
                reach,
            )
        ordered.append(replace(place, rank=rank, swap=swap))
    return tuple(ordered)


def _key(place: Defensive) -> tuple[float, float]:
    """NaN sorts as the worst there is."""
    score = math.inf if math.isnan(place.score) else -place.score
    return score, math.inf if math.isnan(place.capture) else place.capture
