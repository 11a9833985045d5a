"""The upper bound: what the same machinery would earn if it knew the future."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.mapping import View
from strategies import bond_stress_rotation


class PerfectForesight(bond_stress_rotation.BondStressRotation):
    """NOT A STRATEGY: its view is what the sectors will really do.

    Optimiser, tracking-error budget, costs and orders are the rotation's; only the expected
    relative returns are replaced by those of the coming `horizon` sessions. It says how much room
    there is, and must never be shown without its name.

    Params:
        outcomes (None): {ISO date: [N] relative log returns of the watched sectors over the coming
            horizon}, NaN where not listed; the rotation's own parameters besides.
        algorithm, sessions, participation_rate, order_risk_aversion, leftover: how orders are
            worked, see Rebalancing.
    """

    params = (("outcomes", None),)

    def __init__(self) -> None:
        super().__init__()
        if not isinstance(self.p.outcomes, Mapping):
            raise TypeError(
                "PerfectForesight needs the outcomes; research/assemble.py gives them by name"
            )

    def view(self) -> View:
        """The future, with certainty."""
        outcomes = np.asarray(self.p.outcomes[self.datetime.date(0).isoformat()])
        known = np.isfinite(outcomes)
        size, features = len(outcomes), len(self._features)
        return View(
            expected=np.where(known, outcomes, 0.0),
            deviation=np.where(known, 1e-9, 0.0),
            contributions=np.zeros((size, features)),
            coefficients=np.zeros((size, features)),
            coefficient_deviations=np.zeros((size, features)),
            rows=np.where(known, self.p.min_rows, 0),
        )
