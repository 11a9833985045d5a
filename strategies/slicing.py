"""How a strategy's order is sliced over sessions, and what that is expected to cost."""

from __future__ import annotations

from typing import Any

import numpy as np

from models import expected_cost
from models.costs import CostConfig
from models.schedule_paths import CODES, session_children, slots_needed
from models.splitting import split
from strategies import known_bars

PLAN = "plan"


def children(strategy: Any, data: Any, shares: float, parts: np.ndarray) -> np.ndarray:
    """[S] shares by session of an order, by the strategy's algorithm.

    Raises:
        ValueError: the algorithm spreads by volume and the data has had none.
    """
    params, lot = strategy.p, strategy.getsizer().p.lot
    # The estimate of costs may ask about a fraction of a lot.
    lot = lot if lot and float(shares / lot).is_integer() else 0.0
    if params.algorithm == PLAN:
        return split(shares, parts, lot)
    adv, volatility = known_bars.liquidity_of(data)
    volume, price = adv / data.close[0], data.close[0]
    if not volume > 0.0:
        raise ValueError(
            f"{data._name} has had no volume for sessions: {params.algorithm} cannot spread "
            'an order over none; use the algorithm "plan"'
        )
    config = getattr(strategy.broker, "costs", CostConfig())
    code, rate = CODES[params.algorithm], params.participation_rate
    slots = slots_needed(code, params.sessions, shares, rate, volume)
    return session_children(
        code, shares, slots, volume, price, volatility, rate, config.impact_coefficient,
        config.permanent_share, params.order_risk_aversion, lot,
    )  # fmt: skip


def expected_cost_bps(broker: Any, data: Any, dollars: float, slices: np.ndarray) -> float:
    """Half-spread, impact and commission of an order in [S] slices, before it is traded.

    At trailing volume, whose limit may stretch the schedule.
    """
    config = getattr(broker, "costs", CostConfig())
    adv, volatility = known_bars.liquidity_of(data)
    limit = config.max_participation * adv / data.close[0]
    return expected_cost.expected_cost_bps(
        config, data._name, dollars, slices, adv, volatility, limit
    )
