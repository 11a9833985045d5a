"""The kernel's broker: what one bar does to the orders in the market, as Backtrader and
brokers/simulated do it."""

from __future__ import annotations

import math

from models.compiled import compiled
from models.costs import commission_dollars, execution_price, pressed_impact_bps
from models.kernel_account import (
    CASH,
    CHILDREN,
    COST,
    FILLED,
    FILLS,
    NO_CASH,
    TRADED,
    WORKING,
    WORKS,
    Account,
)
from models.kernel_inputs import GOOD, MARGIN, NO_VOLATILITY, Bars, Costs, Log

CENT = 0.01
_LOT_ROUNDING = 1e-9


@compiled
def match(
    account: Account,
    bars: Bars,
    costs: Costs,
    session: int,
    decision: int,
    at_close: bool,
    log: Log,
) -> int:
    """Match every child order with a session's bar, in the order of submission.

    Args:
        account: its children were sent at the close before.
        bars, costs: see models.kernel_inputs.
        session: number of the bar.
        decision: that the orders serve.
        at_close: whether they are orders on close; otherwise they fill at the open.
        log: takes the executions, as far as it has room.

    Returns:
        GOOD, or what voids the account: MARGIN, NO_VOLATILITY.
    """
    if _refused(account, bars, costs, session):
        return MARGIN
    sells_alive = False
    for work in range(account.counts[WORKS]):
        ordered = account.child[work]
        if ordered <= 0.0:
            continue
        fund, is_buy = account.fund[work], account.sign[work] > 0.0
        reference = bars.close[fund, session] if at_close else bars.open[fund, session]
        by_volume = min(ordered, _volume_limit(bars.volume[fund, session], ordered, costs))
        size = by_volume
        if by_volume > 0.0 and not math.isfinite(bars.volatility[fund, session - 1]):
            return NO_VOLATILITY
        pressing = _pressing(account, costs, fund, account.sign[work], session, decision)
        if is_buy:
            size = _affordable(
                account, bars, costs, fund, session, reference, pressing, by_volume, ordered
            )
        if size > 0.0:
            _fill(account, bars, costs, work, session, decision, reference, pressing, size, log)
        sells_alive = sells_alive or (not is_buy and size < ordered)
        lacks_cash = size < by_volume and not sells_alive
        account.child[work] = -1.0 if lacks_cash else 0.0
    _book_the_end(account)
    return GOOD


@compiled
def _refused(account: Account, bars: Bars, costs: Costs, session: int) -> bool:
    """Backtrader's rehearsal of the submitted orders at the price at which they were created."""
    cash = account.money[CASH]
    for work in range(account.counts[WORKS]):
        shares = account.child[work]
        if shares <= 0.0:
            continue
        price = bars.close[account.fund[work], session - 1]
        fee = _commission(costs, shares, price)
        if account.sign[work] > 0.0:
            # The simulated broker never refuses a buy as a whole.
            cash = max(cash - shares * price - fee, 0.0)
        else:
            cash = cash + shares * price - fee
        if cash < 0.0:
            return True
    return False


@compiled
def _volume_limit(volume: float, ordered: float, costs: Costs) -> float:
    """Shares of the bar that an order may take: whole ones, unless a fraction was ordered."""
    limit = costs.max_participation * volume if volume > 0.0 else 0.0
    return math.floor(limit) if ordered == math.floor(ordered) else limit


@compiled
def _pressing(
    account: Account, costs: Costs, fund: int, sign: float, session: int, decision: int
) -> float:
    """Shares traded before in the same direction that still press on the price; none below 0."""
    permanent = account.permanent[fund] if account.pressed_for[fund] == decision else 0.0
    since = float(session - account.pressed_at[fund])
    left = account.temporary[fund] * costs.memory**since + permanent
    return max(sign * left, 0.0)


@compiled
def _cost_bps(
    bars: Bars, costs: Costs, fund: int, session: int, pressing: float, size: float
) -> float:
    """Half-spread and impact of one execution."""
    impact = pressed_impact_bps(
        size + pressing,
        bars.volume[fund, session],
        bars.volatility[fund, session - 1],
        costs.coefficient,
    )
    return costs.half_spread[fund] + impact


@compiled
def _commission(costs: Costs, shares: float, price: float) -> float:
    return commission_dollars(
        shares * price,
        costs.commission_bps,
        costs.commission_minimum,
        shares,
        costs.commission_per_share,
    )


@compiled
def _affordable(
    account: Account,
    bars: Bars,
    costs: Costs,
    fund: int,
    session: int,
    reference: float,
    pressing: float,
    size: float,
    ordered: float,
) -> float:
    """Largest size whose price, impact and commission the cash covers."""
    whole = ordered == math.floor(ordered)
    cash = account.money[CASH]
    while size > 0.0:
        cost = _cost_bps(bars, costs, fund, session, pressing, size)
        paid = execution_price(reference, cost, True)
        fee = _commission(costs, size, paid)
        if cash - size * paid - fee >= 0.0:
            return size
        lower = (cash - fee) / paid
        size = min(size - 1.0, math.floor(lower)) if whole else min(size * 0.999, lower)
        if not whole and size * paid < CENT:
            return 0.0
    return 0.0


@compiled
def _fill(
    account: Account,
    bars: Bars,
    costs: Costs,
    work: int,
    session: int,
    decision: int,
    reference: float,
    pressing: float,
    size: float,
    log: Log,
) -> None:
    """Execute: cash, position, pressure and books.

    A long-only buy only opens and a sell only closes, so that the commission, which Backtrader
    splits between the two parts of an execution, is one figure.
    """
    fund, sign = account.fund[work], account.sign[work]
    cost = _cost_bps(bars, costs, fund, session, pressing, size)
    price = execution_price(reference, cost, sign > 0.0)
    fee = _commission(costs, size, price)
    held, average = account.shares[fund], account.average[fund]
    left = held + sign * size
    if sign > 0.0:
        account.money[CASH] = account.money[CASH] - size * price - fee
        bought = (average * held + size * price) / left if held != 0.0 else price
        account.average[fund] = bought
    else:
        account.money[CASH] += size * average + size * (price - average)
        account.money[CASH] -= fee
        account.average[fund] = average if left != 0.0 else 0.0
    account.shares[fund] = left
    kept = account.permanent[fund] if account.pressed_for[fund] == decision else 0.0
    faded = account.temporary[fund] * costs.memory ** float(session - account.pressed_at[fund])
    account.temporary[fund] = faded + (1.0 - costs.permanent_share) * (sign * size)
    account.permanent[fund] = kept + costs.permanent_share * (sign * size)
    account.pressed_at[fund], account.pressed_for[fund] = session, decision
    account.filled[work] += size
    if account.wanted[work] - account.filled[work] <= _LOT_ROUNDING * max(account.wanted[work], 1.0):
        account.status[work] = FILLED
    if session > bars.measured:
        account.money[TRADED] += size * price
        account.money[COST] += size * reference * 1e-4 * cost + fee
    number = account.counts[FILLS]
    if number < len(log.session):
        log.session[number], log.fund[number] = session, fund
        log.shares[number], log.price[number] = sign * size, price
        log.commission[number], log.cost_bps[number] = fee, cost
    account.counts[FILLS] += 1


@compiled
def _book_the_end(account: Account) -> None:
    """A buy that lacked cash has ended, unless sells at work may still bring some."""
    selling = False
    for work in range(account.counts[WORKS]):
        selling = selling or (account.sign[work] < 0.0 and account.status[work] == WORKING)
    for work in range(account.counts[WORKS]):
        if account.child[work] < 0.0:
            account.child[work] = 0.0
            if not selling and account.status[work] == WORKING:
                account.status[work] = NO_CASH
    account.counts[CHILDREN] = 0
