"""The kernel's executions by hand: one fund or two, four sessions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.kernel_account import (
    AVERAGE,
    CASH,
    CHILD,
    CHILDREN,
    COST,
    DONE,
    FILLED,
    FILLS,
    FUND,
    NO_CASH,
    ORDERED,
    ORDERS,
    SENT,
    SHARES,
    SIGN,
    SLOTS,
    STATUS,
    TRADED,
    WORKING,
    WORKS,
    Account,
    mark,
    new_account,
    open_account,
)
from models.kernel_broker import match
from models.kernel_children import end_session, send_children
from models.kernel_inputs import GOOD, MARGIN, NO_VOLATILITY, Costs

SESSIONS, FUNDS = 4, 2
VOLATILITY = 0.01
HALF_SPREAD = 2.0
COSTS = Costs(
    coefficient=1.0,
    memory=0.5,
    permanent_share=0.0,
    commission_bps=0.0,
    commission_minimum=1.0,
    commission_per_share=0.0,
    max_participation=0.1,
)


def lines(price: float = 100.0, volume: float = 10_000.0) -> np.ndarray:
    """Opens at the price, closes one dollar higher."""
    given = np.zeros((SESSIONS, 5, FUNDS))
    given[:, 0], given[:, 1], given[:, 2] = price, price + 1.0, volume
    given[:, 3], given[:, 4] = VOLATILITY, price * volume
    return given


def account(cash: float) -> Account:
    made = new_account(FUNDS, np.zeros((10, 6)))
    open_account(made, cash, COSTS.memory, np.full(FUNDS, HALF_SPREAD), np.zeros(FUNDS))
    return made


def order(held: Account, fund: int, sign: float, shares: float) -> None:
    """A parent order of one slot with all of it in the market."""
    work = held.counts[WORKS]
    held.works[:, work] = 0.0
    held.works[FUND, work], held.works[SIGN, work] = fund, sign
    held.works[ORDERED, work], held.works[CHILD, work] = shares, shares
    held.works[SLOTS, work], held.schedule[work, 0] = 1.0, shares
    held.works[SENT, work], held.works[STATUS, work] = 1.0, WORKING
    held.counts[WORKS] += 1
    held.counts[CHILDREN] += 1


def fill(
    held: Account, bars: np.ndarray, session: int, at_close: bool = False, costs: Costs = COSTS
) -> int:
    return match(
        held.funds, held.works, held.money, held.counts, held.log, held.fading, bars, 0, costs,
        session, 0, at_close,
    )  # fmt: skip


def test_a_buy_at_the_open_by_hand() -> None:
    held = account(1e6)
    order(held, 0, 1.0, 400.0)
    assert fill(held, lines(), 1) == GOOD
    # 2 bp and 100 bp x sqrt(400 / 10,000) = 20 bp above 100 dollars; a dollar of commission.
    price = 100.0 * (1.0 + 22.0e-4)
    assert held.log[0].tolist() == pytest.approx([1, 0, 400, price, 1.0, 22.0])
    assert held.money[CASH] == pytest.approx(1e6 - 400.0 * price - 1.0)
    assert held.funds[SHARES, 0] == 400.0
    assert held.funds[AVERAGE, 0] == pytest.approx(price)
    assert held.works[STATUS, 0] == DONE
    assert held.money[TRADED] == pytest.approx(400.0 * price)
    assert held.money[COST] == pytest.approx(400.0 * 100.0 * 22e-4 + 1.0)


def test_a_tenth_of_the_volume_and_the_rest_is_carried_over() -> None:
    held, bars = account(1e6), lines(volume=1_004.0)
    order(held, 1, 1.0, 250.0)
    filled = []
    for session in (1, 2, 3):
        assert fill(held, bars, session, at_close=True) == GOOD
        filled.append(held.works[FILLED, 0])
        end_session(held.works, held.schedule, held.counts)
        send_children(
            held.funds, held.works, held.schedule, held.counts, bars, COSTS, session, True
        )
    # Whole shares of 100.4; what was bought the session before presses by half.
    assert filled == [100.0, 200.0, 250.0]
    assert held.counts[WORKS] == 0
    pressing = [100.0, 100.0 + 50.0, 50.0 + 0.5 * (50.0 + 100.0)]
    expected = [2.0 + 100.0 * math.sqrt(shares / 1_004.0) for shares in pressing]
    assert held.log[:3, 5].tolist() == pytest.approx(expected)
    assert held.log[:3, 3].tolist() == pytest.approx([101 * (1 + c * 1e-4) for c in expected])


def test_without_carrying_a_schedule_ends_with_its_last_slot() -> None:
    held, bars = account(1e6), lines(volume=1_000.0)
    order(held, 0, 1.0, 250.0)
    assert fill(held, bars, 1) == GOOD
    send_children(held.funds, held.works, held.schedule, held.counts, bars, COSTS, 1, False)
    assert held.works[FILLED, 0] == 100.0
    assert held.counts[CHILDREN] == 0
    end_session(held.works, held.schedule, held.counts)
    assert held.counts[WORKS] == 0


def test_sells_pay_for_buys_on_the_same_bar() -> None:
    held = account(0.0)
    held.funds[SHARES, 0], held.funds[AVERAGE, 0] = 100.0, 90.0
    order(held, 0, -1.0, 100.0)
    order(held, 1, 1.0, 98.0)
    assert fill(held, lines(), 1) == GOOD
    sold = 100.0 * (1.0 - (2.0 + 100.0 * math.sqrt(0.01)) * 1e-4)
    bought = 100.0 * (1.0 + (2.0 + 100.0 * math.sqrt(0.0098)) * 1e-4)
    assert held.money[CASH] == pytest.approx(100.0 * sold - 1.0 - 98.0 * bought - 1.0)
    assert held.funds[SHARES].tolist() == [0.0, 98.0]
    assert held.funds[AVERAGE, 0] == 0.0


def test_a_buy_takes_what_the_cash_allows_and_ends() -> None:
    held = account(1_000.0)
    order(held, 0, 1.0, 50.0)
    assert fill(held, lines(), 1) == GOOD
    # Nine shares and a dollar: the tenth would have to cost less than 99 dollars.
    assert held.funds[SHARES, 0] == 9.0
    assert held.works[STATUS, 0] == NO_CASH


def test_a_buy_that_lacks_cash_waits_while_sells_are_at_work() -> None:
    held = account(100.0)
    held.funds[SHARES, 1], held.funds[AVERAGE, 1] = 5_000.0, 90.0
    order(held, 1, -1.0, 5_000.0)
    order(held, 0, 1.0, 5_000.0)
    assert fill(held, lines(), 1) == GOOD
    # The sell got a tenth of the volume, the buy what that paid for.
    assert held.funds[SHARES, 1] == 4_000.0
    assert 900.0 < held.funds[SHARES, 0] < 1_000.0
    assert held.works[STATUS, :2].tolist() == [WORKING, WORKING]


def test_orders_are_rehearsed_at_the_close_at_which_they_were_created() -> None:
    held = account(-500.0)
    held.funds[SHARES, 0], held.funds[AVERAGE, 0] = 4.0, 90.0
    order(held, 0, -1.0, 4.0)
    # Four shares at 101 bring 404 less a dollar: 97 dollars are missing.
    assert fill(held, lines(), 1) == MARGIN
    held = account(-402.0)
    held.funds[SHARES, 0], held.funds[AVERAGE, 0] = 4.0, 90.0
    order(held, 0, -1.0, 4.0)
    assert fill(held, lines(), 1) == GOOD


def test_a_sell_that_brings_less_than_its_commission_is_not_sent() -> None:
    held, bars = account(0.0), lines()
    held.funds[SHARES, 0] = 4.0
    order(held, 0, -1.0, 4.0)
    held.works[SENT, 0] = 0.0
    dear = COSTS._replace(commission_minimum=404.0)
    for costs, sent in ((dear, 0.0), (COSTS, 4.0)):
        send_children(held.funds, held.works, held.schedule, held.counts, bars, costs, 1, True)
        assert held.works[CHILD, 0] == sent
    assert held.counts[ORDERS] == 1


def test_a_fund_without_volatility_voids_the_account() -> None:
    held, bars = account(1e6), lines()
    bars[0, 3, 0] = math.nan
    order(held, 0, 1.0, 10.0)
    assert fill(held, bars, 1) == NO_VOLATILITY
    held = account(1e6)
    order(held, 0, 1.0, 10.0)
    bars[1, 2] = 0.0
    assert fill(held, bars, 1) == GOOD
    assert held.counts[FILLS] == 0


def test_marking_by_hand() -> None:
    held = account(10.0)
    held.funds[SHARES] = [2.0, 3.0]
    closes = np.array([[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0]])
    values = np.zeros(3)
    mark(held.funds, closes, held.money[CASH], 1, 0, 4, values)
    assert values.tolist() == [74.0, 106.0, 138.0]
