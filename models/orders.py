"""From target weights and what is held to the list of parent orders."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.share_rounding import round_shares

BUY, SELL = "buy", "sell"


class DuplicateOrderError(ValueError):
    """An order id that was used before: the same decision must not trade twice."""


@dataclass(frozen=True)
class OrderRules:
    """How orders are made from weights.

    Attributes:
        cash_buffer: share of the portfolio kept in cash for gaps and costs.
        min_trade: smallest change of weight that is traded, but for closing a position.
        lot: smallest number of shares traded; 0 for any fraction.
        restricted: tickers that must not be traded; what is held of them stays, and the others
            share the rest in proportion to their targets.
    """

    cash_buffer: float = 0.005
    min_trade: float = 0.0002
    lot: float = 1.0
    restricted: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for name in ("cash_buffer", "min_trade"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} must lie in 0..1, not {getattr(self, name)}")
        if not 0.0 <= self.lot < math.inf:
            raise ValueError(f"lot must be 0 (fractions) or positive, not {self.lot}")


@dataclass(frozen=True)
class Account:
    """What is held at the decision; N tickers.

    Attributes:
        tickers: [N] names.
        shares: [N] held, non-negative.
        prices: [N] closes at the decision, dollars; NaN for what cannot be traded yet.
        cash: dollars.
    """

    tickers: tuple[str, ...]
    shares: np.ndarray
    prices: np.ndarray
    cash: float

    @property
    def value(self) -> float:
        """Dollars at the decision's closes."""
        return self.cash + float(np.nansum(self.shares * self.prices))


@dataclass(frozen=True)
class ParentOrder:
    """One order as decided, before it is sliced.

    Attributes:
        order_id: decision id, side and ticker: the same decision gives the same id.
        decision_id: the decision that it serves.
        ticker: name.
        side: "buy" or "sell".
        shares: positive.
        decision_price: close at the decision, dollars: the paper portfolio's price.
        expected_cost_bps: half-spread, impact and commission, basis points of its value.
        reason: one line for the record.
    """

    order_id: str
    decision_id: str
    ticker: str
    side: str
    shares: float
    decision_price: float
    expected_cost_bps: float
    reason: str

    @property
    def sign(self) -> float:
        """1 for a buy, -1 for a sell."""
        return 1.0 if self.side == BUY else -1.0


def target_shares(
    account: Account,
    weights: np.ndarray,
    rules: OrderRules,
    covariance: np.ndarray,
    expected_costs: float = 0.0,
) -> np.ndarray:
    """[N] shares that the weights ask for, in whole lots.

    Weights are of the portfolio's value less the cash buffer. All positions together stay below
    that and below what is left after the expected costs, so that buys live on cash and on what the
    sells bring in, not on hope.

    Args:
        account: what is held.
        weights: [N] non-negative, sum at most one.
        rules: see OrderRules.
        covariance: [N x N] of returns, for the rounding.
        expected_costs: of the trades, dollars.
    """
    names = account.tickers
    prices = np.where(np.isfinite(account.prices), account.prices, 1.0)
    value = account.value
    budget = min(value * (1.0 - rules.cash_buffer), value - expected_costs)
    tradable = np.isfinite(account.prices)
    restricted = np.array([name in rules.restricted for name in names])
    frozen = restricted | ~tradable
    wanted = np.where(frozen, account.shares, 0.0)
    free = np.where(frozen, 0.0, weights)
    # What is frozen takes its share of the whole; the others share the rest as they would have.
    room = float(weights.sum()) - float((wanted * prices).sum()) / max(budget, 1e-300)
    scale = max(room, 0.0) / float(free.sum()) if frozen.any() and free.sum() > 0.0 else 1.0
    wanted = np.where(frozen, wanted, free * scale * budget / prices)
    small = np.abs(wanted - account.shares) * prices < rules.min_trade * value
    kept = frozen | (small & (wanted > 0.0))
    wanted = np.where(kept, account.shares, wanted)
    return round_shares(wanted, prices, kept, covariance, budget, rules.lot)


def parent_orders(
    decision_id: str,
    account: Account,
    targets: np.ndarray,
    expected_cost_bps: Callable[[int, float], float],
    reasons: dict[str, str],
    stage: str = "",
) -> list[ParentOrder]:
    """The orders from what is held to the targets, sells first, each in the account's order.

    Args:
        decision_id: names the decision; part of every order's id.
        account: what is held.
        targets: [N] shares wanted.
        expected_cost_bps: of trading (index, dollars).
        reasons: by ticker; one line for the record.
        stage: of several that serve one decision, such as "top-up"; part of the ids.
    """
    change = targets - account.shares
    prefix = f"{decision_id}-{stage}" if stage else decision_id
    orders = []
    for side, sign in ((SELL, -1.0), (BUY, 1.0)):
        for index in np.flatnonzero(sign * change > 0.0).tolist():
            ticker, shares = account.tickers[index], float(sign * change[index])
            price = float(account.prices[index])
            orders.append(
                ParentOrder(
                    order_id=f"{prefix}-{side}-{ticker}",
                    decision_id=decision_id,
                    ticker=ticker,
                    side=side,
                    shares=shares,
                    decision_price=price,
                    expected_cost_bps=expected_cost_bps(index, shares * price),
                    reason=reasons.get(ticker, ""),
                )
            )
    return orders
