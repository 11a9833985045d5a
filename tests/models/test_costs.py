from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.costs import (
    HALF_SPREAD_BPS,
    CostConfig,
    commission_dollars,
    execution_price,
    impact_bps,
)
from models.sizing import target_shares
from models.universe import BENCHMARK, SECTORS


def test_square_root_law_by_hand() -> None:
    # 1 % of volume at 2 % daily volatility and Y = 1: 0.02 * 0.1 = 20 basis points.
    assert impact_bps(0.01, 0.02, 1.0) == pytest.approx(20.0)
    assert impact_bps(0.04, 0.02, 1.0) == pytest.approx(40.0)
    assert impact_bps(0.04, 0.02, 0.0) == 0.0


def test_commission_by_hand() -> None:
    assert commission_dollars(1_000_000, 0.5, 1.0) == pytest.approx(50.0)
    assert commission_dollars(-1_000_000, 0.5, 1.0) == pytest.approx(50.0)
    assert commission_dollars(100, 0.5, 1.0) == 1.0
    assert commission_dollars(0, 0.5, 1.0) == 0.0


def test_price_moves_against_the_trader() -> None:
    assert execution_price(100.0, 10.0, is_buy=True) == pytest.approx(100.1)
    assert execution_price(100.0, 10.0, is_buy=False) == pytest.approx(99.9)


def test_every_fund_has_a_half_spread() -> None:
    assert set(HALF_SPREAD_BPS) == {BENCHMARK, *SECTORS}
    assert CostConfig().half_spread_of("VGT") == 2.0


@given(st.floats(0, 1), st.floats(1, 1e12), st.floats(0.5, 5000), st.floats(0, 0.5))
def test_shares_never_overspend(weight: float, value: float, price: float, buffer: float) -> None:
    shares = target_shares(weight, value, price, buffer)
    assert shares >= 0
    assert shares * price <= weight * value * (1 - buffer) + 1e-9 * price
    assert (shares + 1) * price > weight * value * (1 - buffer) * (1 - 1e-12) - 1e-9 * price


def test_a_position_that_is_exact_stays() -> None:
    price = 33.333333
    for shares in range(1, 3000, 7):
        assert target_shares(shares * price / 1e6, 1e6, price, 0.0) == shares
