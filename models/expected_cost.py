"""What an order is expected to cost before it is traded."""

from __future__ import annotations

import math

import numpy as np

from models.compiled import inlined
from models.costs import CostConfig, commission_dollars, impact_bps


def expected_cost_bps(
    config: CostConfig,
    ticker: str,
    dollars: float,
    parts: np.ndarray,
    adv_dollars: float,
    volatility: float,
    limit: float = math.inf,
) -> float:
    """Half-spread, impact and commission of an order before it is traded, bps of its value.

    The estimate of what the simulated broker charges, at trailing volume instead of the session's
    own. The commission's minimum counts once a part.

    Args:
        config: the costs.
        ticker: for the half-spread.
        dollars: size of the whole order, positive.
        parts: [S] of it by session, in any unit.
        adv_dollars: expected dollar volume a session.
        volatility: daily standard deviation of returns, a fraction.
        limit: what a session is expected to take, in the unit of the parts, positive; the rest
            waits for the next session.
    """
    return planned_cost_bps(
        np.asarray(parts, dtype=np.float64),
        1.0,
        float(limit),
        float(dollars),
        float(adv_dollars),
        float(volatility),
        config.half_spread_of(ticker),
        config.impact_coefficient,
        config.impact_memory,
        config.permanent_share,
        config.commission_bps,
        config.commission_minimum,
    )


@inlined
def planned_cost_bps(
    parts: np.ndarray,
    scale: float,
    limit: float,
    dollars: float,
    adv_dollars: float,
    volatility: float,
    half_spread: float,
    coefficient: float,
    memory: float,
    permanent_share: float,
    commission_bps: float,
    commission_minimum: float,
) -> float:
    """`expected_cost_bps` of a schedule that a volume limit may stretch.

    What a session cannot take waits for the next one, and after the schedule's end for as many more
    as it needs.

    `parts` [S] are what the sessions trade, in a unit of `scale` shares; `limit` is how many shares
    a session is expected to take, positive, may be infinite; `dollars` is the whole order. Without
    trailing volume and volatility (none, NaN) it counts as traded at once without impact. The other
    figures are those of models.costs.CostConfig.
    """
    if not (adv_dollars > 0.0 and math.isfinite(volatility)):
        fee = commission_dollars(dollars, commission_bps, commission_minimum)
        return half_spread + 1e4 * fee / dollars
    whole = impact_bps(dollars / adv_dollars, volatility, coefficient)
    if len(parts) == 1 and scale * parts[0] <= limit:
        # What the sums below come to, many times a configuration.
        fee = commission_dollars(dollars, commission_bps, commission_minimum)
        return half_spread + whole + 1e4 * fee / dollars
    total = 0.0
    for part in parts:
        total += scale * part
    waiting, temporary, permanent, factor, fees = 0.0, 0.0, 0.0, 0.0, 0.0
    session = 0
    while session < len(parts) or waiting > 0.0:
        if session < len(parts):
            waiting += scale * parts[session]
        sent = min(waiting, limit)
        waiting -= sent
        share = sent / total
        # As in models.costs.slicing_factor.
        factor += share * math.sqrt(share + temporary + permanent)
        temporary = (temporary + (1.0 - permanent_share) * share) * memory
        permanent += permanent_share * share
        fees += commission_dollars(share * dollars, commission_bps, commission_minimum)
        session += 1
    return half_spread + whole * factor + 1e4 * fees / dollars
