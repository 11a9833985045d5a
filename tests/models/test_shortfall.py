from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.shortfall import PARTS, Executions, implementation_shortfall


def executions(rows: list[tuple[float, float, float, float, float]], sign: float) -> Executions:
    """(shares, reference, half-spread, impact, commission) -> with the price that they imply."""
    table = np.array(rows, dtype=float).reshape(-1, 5)
    shares, reference, half, impact, fee = table.T
    return Executions(
        shares, reference, reference * (1 + sign * (half + impact) * 1e-4), half, impact, fee
    )


def test_a_buy_by_hand() -> None:
    # 100 shares decided at 50; arrives at 51; 60 at 51, 20 at 52, both 10 bp and 20 bp; 55 at last.
    done = executions([(60, 51, 10, 20, 1.0), (20, 52, 10, 20, 2.0)], 1.0)
    parts = implementation_shortfall(1.0, 100, 50, 51, 55, done)
    assert parts["delay"] == pytest.approx(80 * 1)
    assert parts["timing"] == pytest.approx(20 * 1)
    assert parts["spread"] == pytest.approx((60 * 51 + 20 * 52) * 10e-4)
    assert parts["impact"] == pytest.approx((60 * 51 + 20 * 52) * 20e-4)
    assert parts["commission"] == 3.0
    assert parts["opportunity"] == pytest.approx(20 * 5)


def test_a_sale_that_gains_by_waiting() -> None:
    done = executions([(10, 22, 5, 0, 0.0)], -1.0)
    parts = implementation_shortfall(-1.0, 10, 20, 21, 30, done)
    assert parts["delay"] == -10.0
    assert parts["timing"] == -10.0
    assert parts["spread"] == pytest.approx(10 * 22 * 5e-4)
    assert parts["impact"] == pytest.approx(0.0, abs=1e-12)
    assert parts["opportunity"] == 0.0


def test_nothing_filled_is_all_opportunity() -> None:
    none = Executions(*(np.empty(0) for _ in range(6)))
    parts = implementation_shortfall(1.0, 10, 20, np.nan, 23, none)
    assert parts == dict.fromkeys(PARTS, 0.0) | {"opportunity": 30.0}


@given(
    st.sampled_from([1.0, -1.0]),
    st.lists(
        st.tuples(
            st.floats(1, 1e6), st.floats(1, 1e3), st.floats(0, 50), st.floats(0, 500),
            st.floats(0, 1e4),
        ),
        max_size=6,
    ),
    st.floats(0, 1e6), st.floats(1, 1e3), st.floats(1, 1e3), st.floats(1, 1e3),
)  # fmt: skip
def test_the_parts_sum_to_paper_less_real(
    sign: float,
    rows: list[tuple[float, float, float, float, float]],
    unfilled: float,
    decision: float,
    arrival: float,
    end: float,
) -> None:
    done = executions(rows, sign)
    shares = float(done.shares.sum()) + unfilled
    parts = implementation_shortfall(sign, shares, decision, arrival, end, done)
    paper = sign * shares * (end - decision)
    real = sign * float((done.shares * (end - done.prices)).sum()) - float(done.commissions.sum())
    scale = shares * 1e3 + 1e4
    assert sum(parts.values()) == pytest.approx(paper - real, abs=1e-9 * scale)
    assert tuple(parts) == PARTS
