"""How a parent order is spread over slots (sessions or minutes): children that sum to it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.costs import CostConfig
from models.schedule_paths import shortfall_children, volume_path
from models.splitting import check_order, children_of, split, whole_lots

ALGORITHMS = ("immediate", "twap", "vwap", "pov", "shortfall")
# What is missing by less, relatively, is rounding error.
_EXACT = 1e-12

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScheduleConfig:
    """Which algorithm works an order, and its parameters.

    Attributes:
        algorithm: "immediate", "twap", "vwap", "pov" (percentage of volume) or "shortfall"
            (implementation shortfall, Almgren & Chriss).
        slots: sessions or minutes that the order may take; "immediate" takes the first.
        participation_rate: of "pov", share of the volume, in (0, 1].
        risk_aversion: of "shortfall", per dollar; see `implementation_shortfall`.
    """

    algorithm: str = "twap"
    slots: int = 1
    participation_rate: float = 0.1
    risk_aversion: float = 1e-6

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise ValueError(
                f"algorithm must be one of {', '.join(ALGORITHMS)}, not {self.algorithm!r}"
            )
        if isinstance(self.slots, bool) or self.slots != int(self.slots) or self.slots < 1:
            raise ValueError(f"slots must be a whole number of 1 or more, not {self.slots}")
        check_rate(self.participation_rate)
        if not 0.0 <= self.risk_aversion < math.inf:
            raise ValueError(
                f"risk_aversion must be non-negative and finite, not {self.risk_aversion}"
            )


def check_rate(rate: float) -> None:
    """Refuse a participation rate outside (0, 1] with a ValueError."""
    if not 0.0 < rate <= 1.0:
        raise ValueError(f"participation_rate must lie in (0, 1], not {rate}")


def immediate(shares: float, slots: int, lot: float = 1.0) -> Array:
    """All in the first slot. [slots] shares; errors as in `split`."""
    return split(shares, np.eye(1, slots)[0], lot)


def twap(shares: float, slots: int, lot: float = 1.0) -> Array:
    """The same in every slot: time-weighted average price. [slots] shares; errors as in `split`."""
    return split(shares, np.ones(slots), lot)


def vwap(shares: float, profile: ArrayLike, lot: float = 1.0) -> Array:
    """In proportion to expected volume: volume-weighted average price.

    Args:
        shares: the order.
        profile: [S] expected volume by slot, any unit, known before the first slot.
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        [S] shares; errors as in `split`.
    """
    return split(shares, profile, lot)


def percentage_of_volume(
    shares: float, expected_volume: ArrayLike, rate: float, lot: float = 1.0
) -> Array:
    """A plan that never has done more than `rate` of the volume expected so far.

    Args:
        shares: the order.
        expected_volume: [S] shares that the market is expected to trade by slot.
        rate: share of the volume, in (0, 1].
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        [S] shares; zeros follow the last slot that the order needs.

    Raises:
        ValueError: the expected volume of all slots is not enough; or as in `split`.
    """
    volume = np.asarray(expected_volume, dtype=np.float64)
    if volume.ndim != 1 or not np.isfinite(volume).all() or (volume < 0.0).any():
        raise ValueError(f"expected_volume must be finite and non-negative, not {volume}")
    check_rate(rate)
    check_order(shares, lot)
    path = volume_path(volume, float(rate), float(lot))
    reached = path[-1] if len(path) else 0.0
    if reached < shares * (1.0 - _EXACT):
        raise ValueError(
            f"{rate:.4g} of the expected volume of {len(volume)} slots is {reached:.10g} of "
            f"{shares:.10g} shares; give more slots or a higher participation_rate"
        )
    return children_of(float(shares), np.minimum(path, shares), float(lot))


def percentage_of_volume_step(
    shares: float, filled: float, volume: float, rate: float, lot: float = 1.0
) -> float:
    """What to send now so that `rate` of the volume so far is done.

    It follows the volume with a delay of one slot; only a filler knows the coming slot's.

    Args:
        shares: the order.
        filled: shares done so far.
        volume: shares that the market traded since the order came.
        rate: share of the volume, in (0, 1].
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        Shares, non-negative; with what is filled never above the order.
    """
    check_rate(rate)
    return max(min(float(whole_lots(rate * volume, lot)), shares) - filled, 0.0)


def implementation_shortfall(
    shares: float,
    slots: int,
    *,
    price: float,
    volatility: float,
    volume: float,
    costs: CostConfig,
    risk_aversion: float,
    lot: float = 1.0,
) -> Array:
    """Almgren & Chriss (2000): least expected cost plus `risk_aversion` times its variance.

    The closed form needs linear impact. The square-root law is replaced by the line that charges
    the same at the rate of a TWAP of n = shares / slots: temporary impact of
    eta = price * Y * sigma * sqrt(n / volume) / n dollars a share for every share traded in a
    slot, of which the share `costs.permanent_share` stays. Impact that fades (`impact_memory`)
    has no place in the closed form and counts as gone after its slot; spread and commission are
    the same for every path. Without impact any aversion to risk trades at once.

    Args:
        shares: the order.
        slots: at most so many slots.
        price: dollars a share on arrival.
        volatility: standard deviation of the return over one slot, a fraction: the daily figure
            for sessions, the daily figure over sqrt(390) for minutes.
        volume: expected shares traded in one slot. The square-root law reads the same in either
            unit, because both volatility and volume scale with the slot.
        costs: impact coefficient Y and permanent share.
        risk_aversion: lambda, per dollar; 0 is TWAP, infinity everything at once. The paper's
            example takes 1e-6.
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        [slots] shares, never growing but for rounding to lots.

    Raises:
        ValueError: an argument that is not positive (risk_aversion: negative), by name; or as in
            `split`.
    """
    for name, value in (("price", price), ("volatility", volatility), ("volume", volume)):
        if not 0.0 < value < math.inf:
            raise ValueError(f"{name} must be positive and finite, not {value}")
    check_order(shares, lot)
    return shortfall_children(
        float(shares),
        int(slots),
        float(price),
        float(volatility),
        float(volume),
        float(costs.impact_coefficient),
        float(costs.permanent_share),
        float(risk_aversion),
        float(lot),
    )


def schedule(
    config: ScheduleConfig,
    shares: float,
    *,
    expected_volume: ArrayLike | None = None,
    price: float = math.nan,
    volatility: float = math.nan,
    costs: CostConfig | None = None,
    lot: float = 1.0,
) -> Array:
    """The plan of `config.algorithm`; see its function for the arguments.

    Args:
        config: algorithm and parameters.
        shares: the order.
        expected_volume: [slots] shares by slot; needed by "vwap", "pov" and "shortfall" (which
            takes its mean).
        price: on arrival, needed by "shortfall".
        volatility: of one slot, needed by "shortfall".
        costs: of "shortfall"; None for the default table.
        lot: smallest number of shares traded; 0 for any fraction.

    Returns:
        [slots] shares.

    Raises:
        ValueError: what the algorithm needs is missing or refused, by name.
    """
    if config.algorithm == "immediate":
        return immediate(shares, config.slots, lot)
    if config.algorithm == "twap":
        return twap(shares, config.slots, lot)
    volume = np.asarray([] if expected_volume is None else expected_volume, dtype=np.float64)
    if volume.shape != (config.slots,):
        raise ValueError(
            f"expected_volume must have one value for each of {config.slots} slots for "
            f"{config.algorithm}, not shape {volume.shape}"
        )
    if config.algorithm == "vwap":
        return vwap(shares, volume, lot)
    if config.algorithm == "pov":
        return percentage_of_volume(shares, volume, config.participation_rate, lot)
    return implementation_shortfall(
        shares,
        config.slots,
        price=price,
        volatility=volatility,
        volume=float(volume.mean()),
        costs=costs or CostConfig(),
        risk_aversion=config.risk_aversion,
        lot=lot,
    )
