"""What would change a ranking: the smallest move of one stress feature that swaps neighbours."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Swap:
    """When the lower one of two neighbours in a ranking would overtake the upper one.

    Attributes:
        ahead, behind: tickers as they rank now.
        feature: the stress feature whose change is smallest; "" where no change within reach
            swaps them.
        change: by how much it would have to change, the others held, in trailing standard
            deviations; beyond it the two have swapped. NaN where there is none.
        reach: changes up to this many deviations were considered.
    """

    ahead: str
    behind: str
    feature: str
    change: float
    reach: float

    @property
    def sentence(self) -> str:
        """The same in words."""
        if not self.feature:
            return (
                f"No change of one stress feature within +-{self.reach:g} deviations "
                f"lifts {self.behind} above {self.ahead}."
            )
        # The sign of a zero change still says which side of a tie swaps.
        direction = "rises" if math.copysign(1.0, self.change) > 0.0 else "falls"
        return (
            f"{self.behind} overtakes {self.ahead} when {self.feature} {direction} by more than "
            f"{abs(self.change):.2f} deviations, all else equal."
        )


def smallest_swap(
    names: tuple[str, str],
    gap: float,
    slopes: np.ndarray,
    features: tuple[str, ...],
    readings: np.ndarray,
    cap: float,
    reach: float,
) -> Swap:
    """The smallest change of one feature at which two linear scores meet and then cross.

    Scores are linear in the bounded readings: gap(x) = gap + slope_k (bound(x_k) - bound(z_k)) for
    a change of feature k from z_k to x_k, so it vanishes where bound(x_k) = bound(z_k) - gap /
    slope_k. Beyond the cap nothing moves any more, so the meeting point must lie inside it.

    Args:
        names: tickers, the one ahead first.
        gap: score of the first less that of the second, zero or more.
        slopes: [K] change of the gap per deviation of each feature.
        features: [K] their names.
        readings: [K] today's values in trailing standard deviations; with a NaN among them the
            model has no view, and no single change gives it one.
        cap: the model bounds features to +- this.
        reach: largest change considered.

    Returns:
        The swap; of equally small changes that of the earlier feature.
    """
    best, changed = math.inf, ""
    if not (np.isfinite(readings).all() and math.isfinite(gap)):
        return Swap(*names, changed, math.nan, reach)
    for feature, slope, reading in zip(features, slopes.tolist(), readings.tolist(), strict=True):
        if slope == 0.0:
            continue
        meeting = min(max(reading, -cap), cap) - gap / slope
        change = math.copysign(abs(meeting - reading), -slope)
        if abs(meeting) < cap and abs(change) <= reach and abs(change) < abs(best):
            best, changed = change, feature
    return Swap(*names, changed, best if changed else math.nan, reach)
