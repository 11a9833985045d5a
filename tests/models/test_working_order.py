from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.orders import ParentOrder
from models.working_order import CANCELLED, FILLED, NO_CASH, WorkingOrder


def order(shares: float, scheduled: list[float], carry: bool = True) -> WorkingOrder:
    parent = ParentOrder("2020-01-02-buy-A", "2020-01-02", "A", "buy", shares, 10.0, 1.0, "")
    return WorkingOrder(parent, np.array(scheduled, dtype=float), carry)


def test_what_is_left_is_sent_again() -> None:
    work = order(100, [40, 70, 100])
    sent, fills = [], [10, 60, 0, 20, 10]
    for filled in fills:
        sent.append(work.next_child())
        work.fill(filled, filled * 10.0)
    # 40; 30 more and the 30 left; 30; the same 30 again; what is left of it.
    assert sent == [40, 60, 30, 30, 10]
    assert (work.status, work.filled, work.remaining) == (FILLED, 100, 0)
    assert work.average_price == 10.0


def test_what_is_left_is_dropped() -> None:
    work = order(100, [40, 70, 100], carry=False)
    sent = []
    for filled in (10, 30, 0):
        sent.append(work.next_child())
        work.fill(filled, filled * 10.0)
    assert sent == [40, 30, 30]
    assert work.next_child() == 0.0
    assert (work.status, work.filled, work.remaining) == (CANCELLED, 40, 60)


def test_an_end_keeps_what_was_filled() -> None:
    work = order(100, [100])
    work.fill(60, 606.0)
    work.end(NO_CASH)
    assert (work.status, work.remaining) == (NO_CASH, 40)
    assert work.average_price == pytest.approx(10.1)
    work.fill(40, 400.0)
    work.end(CANCELLED)
    assert work.status == FILLED
    assert np.isnan(order(1, [1]).average_price)


def test_the_schedule_so_far() -> None:
    work = order(100, [40, 70, 100])
    assert [work.scheduled_after(sessions) for sessions in range(5)] == [0, 40, 70, 100, 100]


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(lambda x: sum(x) > 0),
    st.lists(st.floats(0, 1), min_size=30, max_size=30),
    st.booleans(),
)
def test_never_more_than_was_ordered(
    children: list[int], shares_filled: list[float], carry: bool
) -> None:
    work = order(sum(children), np.cumsum(children).tolist(), carry)
    sent = 0.0
    for share in shares_filled:
        if work.status != "working":
            break
        child = work.next_child()
        assert 0 <= child <= work.remaining
        filled = float(np.floor(share * child))
        sent += filled
        work.fill(filled, filled)
    assert work.filled == sent <= sum(children)
