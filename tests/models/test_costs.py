from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.costs import (
    HALF_SPREAD_BPS,
    CostConfig,
    Pressure,
    commission_dollars,
    execution_price,
    impact_bps,
    slicing_factor,
)
from models.expected_cost import expected_cost_bps, planned_cost_bps
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


def test_a_per_share_tariff_by_hand() -> None:
    # 300 shares at half a cent = 1.50 dollars; 100 shares stay at the minimum.
    assert commission_dollars(30_000, 0.0, 1.0, 300, 0.005) == pytest.approx(1.5)
    assert commission_dollars(-10_000, 0.0, 1.0, -100, 0.005) == 1.0
    assert commission_dollars(10_000, 1.0, 0.0, 100, 0.005) == pytest.approx(1.5)


def test_pressure_by_hand() -> None:
    pressure = Pressure().plus(300, 1 / 3)
    assert (pressure.temporary, pressure.permanent) == pytest.approx((200.0, 100.0))
    # Half of the temporary part a session later: two thirds of the trade press.
    assert pressure.later(1, 0.5).total == pytest.approx(200.0)
    assert pressure.later(2, 0.5).total == pytest.approx(150.0)
    back = pressure.later(1, 0.5).plus(-300, 1 / 3)
    assert (back.temporary, back.permanent) == pytest.approx((-100.0, 0.0))


def test_slicing_by_hand() -> None:
    assert slicing_factor(np.array([1.0]), 0.5, 1 / 3) == 1.0
    # The second half finds two thirds of the first: 0.5 sqrt(0.5) + 0.5 sqrt(0.5 + 0.5 * 2 / 3).
    assert slicing_factor(np.array([0.5, 0.5]), 0.5, 1 / 3) == pytest.approx(
        0.5 * 0.5**0.5 + 0.5 * (0.5 + 1 / 3) ** 0.5
    )
    # What never fades makes a long order cost what its mean over the path does: 2 / 3.
    assert slicing_factor(np.full(10_000, 1e-4), 0.0, 1.0) == pytest.approx(2 / 3, rel=1e-3)


@given(
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=20),
    st.floats(0, 0.99),
    st.floats(0, 1),
)
def test_slicing_never_costs_more_nor_nothing(
    parts: list[float], memory: float, permanent: float
) -> None:
    whole = [part / sum(parts) for part in parts]
    factor = slicing_factor(np.array(whole), memory, permanent)
    assert 0.0 < factor <= 1.0 + 1e-12


def test_an_estimate_by_hand() -> None:
    config = CostConfig({"A": 2.0}, 9.0, 1.0, 0.5, 1.0, 0.1, 0.0, 0.0)
    # 1 % of volume at 2 %: 20 bp, halved parts without memory: 20 / sqrt(2); 100 dollars of fee.
    found = expected_cost_bps(config, "A", 2e6, [0.5, 0.5], 2e8, 0.02)
    assert found == pytest.approx(2.0 + 20.0 / 2**0.5 + 0.5)
    # Two executions of 100 dollars pay the minimum twice: 2 of 200 dollars.
    small = expected_cost_bps(config, "A", 200.0, [0.5, 0.5], 1e20, 0.02)
    assert small == pytest.approx(2.0 + 100.0)


@given(st.floats(1e3, 1e9), st.floats(1.01, 10.0))
def test_the_estimate_grows_with_size(dollars: float, more: float) -> None:
    costs = [d * expected_cost_bps(CostConfig(), "XLK", d, [0.5, 0.5], 5e8, 0.012)
             for d in (dollars, dollars * more)]  # fmt: skip
    assert costs[1] > costs[0]


def test_the_law_against_published_estimates() -> None:
    """Almgren, Thum, Hauptmann & Li (2005), section 4: their formula for 10 % of a day's volume.

    Permanent gamma sigma X/V (Theta/V)^(1/4), of which half is paid, and temporary
    eta sigma (X / VT)^(3/5) over half a day, gamma = 0.314, eta = 0.142. For IBM (sigma 1.57 %,
    V 6.561 million, Theta 1,728 million shares) 18 bp, for DRI (2.26 %, 1.929, 168) 23 bp.
    Y = 1 charges 50 and 71 bp at once, two thirds of that over a path that leaves its pressure:
    about twice those, on the careful side.
    """
    for sigma, volume, outstanding, published in ((157, 6.561, 1728, 18), (226, 1.929, 168, 23)):
        permanent = 0.314 * sigma * 0.1 * (outstanding / volume) ** 0.25
        paid = permanent / 2 + 0.142 * sigma * (0.1 / 0.5) ** 0.6
        assert paid == pytest.approx(published, abs=0.6)
        ours = 2 / 3 * impact_bps(0.1, sigma * 1e-4, CostConfig().impact_coefficient)
        assert 1.5 < ours / paid < 2.5


def test_a_limit_stretches_a_schedule_by_hand() -> None:
    def estimate(parts: list[float], limit: float) -> float:
        given = np.array(parts)
        return planned_cost_bps(given, 1.0, limit, 1e6, 2e8, 0.02, 0.8, 1.0, 0.5, 1 / 3, 0.5, 100.0)

    # 25 a session of 40, 30, 30: 25, then 25 of 45, 25 of 50, and 25 more.
    assert estimate([40.0, 30.0, 30.0], 25.0) == pytest.approx(estimate([25.0] * 4, np.inf))
    assert estimate([10.0, 30.0], 25.0) == pytest.approx(estimate([10.0, 25.0, 5.0], np.inf))
    assert estimate([100.0], 30.0) == pytest.approx(estimate([30.0, 30.0, 30.0, 10.0], np.inf))


def test_without_volume_only_spread_and_commission_are_expected() -> None:
    found = planned_cost_bps(np.array([0.5, 0.5]), 1.0, 0.0, 1e6, 0.0, 0.02, 0.8, 1, 0.5, 0, 0.5, 1)
    assert found == pytest.approx(0.8 + 0.5)
