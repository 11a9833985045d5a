"""From target weights and what is held to the list of parent orders."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.compiled import inlined
from models.share_rounding import round_in_place

BUY, SELL = "buy", "sell"
# What fractions of a share leave of a position that was sold in pieces.
SHARE_ROUNDING = 1e-9


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
        return float(account_value(self.shares, self.prices, self.cash))


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
    wanted, known, kept = np.empty((3, len(weights)))
    wanted_shares(
        account.shares,
        account.prices,
        weights,
        float(account.cash),
        np.array([float(name in rules.restricted) for name in account.tickers]),
        float(rules.cash_buffer),
        float(rules.min_trade),
        float(rules.lot),
        np.ascontiguousarray(covariance, dtype=np.float64),
        float(expected_costs),
        wanted,
        known,
        kept,
    )
    return wanted


@inlined
def account_value(shares: np.ndarray, prices: np.ndarray, cash: float) -> float:
    """Cash and what the shares [N] are worth, dollars; a NaN price counts as nothing."""
    worth = 0.0
    for index in range(len(shares)):
        if math.isfinite(prices[index]):
            worth += shares[index] * prices[index]
    return cash + worth


@inlined
def wanted_shares(
    shares: np.ndarray,
    prices: np.ndarray,
    weights: np.ndarray,
    cash: float,
    restricted: np.ndarray,
    cash_buffer: float,
    min_trade: float,
    lot: float,
    covariance: np.ndarray,
    expected_costs: float,
    wanted: np.ndarray,
    known: np.ndarray,
    kept: np.ndarray,
) -> None:
    """`target_shares` on arrays: fills wanted [N]; known and kept [N] are room to work in.

    `restricted` is 1 where a fund must not be traded; the numbers are those of OrderRules.
    """
    value = account_value(shares, prices, cash)
    budget = min(value * (1.0 - cash_buffer), value - expected_costs)
    whole, free, frozen, any_frozen = 0.0, 0.0, 0.0, False
    for index in range(len(shares)):
        tradable = math.isfinite(prices[index])
        known[index] = prices[index] if tradable else 1.0
        whole += weights[index]
        if restricted[index] > 0.0 or not tradable:
            kept[index], any_frozen = 1.0, True
            frozen += shares[index] * known[index]
        else:
            kept[index] = 0.0
            free += weights[index]
    scale = 1.0
    if any_frozen and free > 0.0:
        # What is frozen takes its share of the whole; the others share the rest as they would have.
        scale = max(whole - frozen / max(budget, 1e-300), 0.0) / free
    for index in range(len(shares)):
        wanted[index] = shares[index]
        if kept[index] == 0.0:
            asked = weights[index] * scale * budget / known[index]
            change = abs(asked - shares[index])
            small = change * known[index] < min_trade * value and asked > 0.0
            if small or change < SHARE_ROUNDING:
                kept[index] = 1.0
            else:
                wanted[index] = asked
    round_in_place(wanted, known, kept, covariance, budget, lot)


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
