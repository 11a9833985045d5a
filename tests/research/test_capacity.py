"""A large shift at several sizes, through the real engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from feeds.market import MarketData
from research.capacity import ALGORITHMS, capacity_table
from research.config import RunConfig


def test_more_money_costs_more_and_takes_longer(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    told: list[str] = []
    table = capacity_table(small_market, make_config(), (1e6, 1e9, 3e10), told.append)
    assert len(table) == len(told) == 3 * len(ALGORITHMS)
    for name, rows in table.groupby("algorithm"):
        assert rows["cost_bps"].is_monotonic_increasing, name
        assert rows["sessions"].is_monotonic_increasing, name
        assert (rows["rotations"] >= 5).all()
        # The largest cannot be done before the next rotation.
        assert rows["unfilled_pct"].iloc[-1] > 1.0
        assert rows["unfilled_pct"].iloc[0] == pytest.approx(0.0, abs=1e-6)
    by = table.set_index(["algorithm", "assets"])
    assert by.loc[("at once", 1e6), "sessions"] == 1.0
    assert by.loc[("TWAP over 5", 1e6), "sessions"] == 5.0
    assert by.loc[("TWAP over 5", 1e9), "cost_bps"] < by.loc[("at once", 1e9), "cost_bps"]
    # The estimate is made with trailing volumes, the charge with the session's own.
    done = by[by["unfilled_pct"] < 0.01]
    assert (done["expected_cost_bps"] / done["cost_bps"]).between(0.8, 1.25).all()


def test_a_period_without_rotations_is_refused(
    small_market: MarketData, make_config: Callable[..., RunConfig]
) -> None:
    config = make_config(period__start="2019-09-03")
    with pytest.raises(ValueError, match="no rotation falls into it"):
        capacity_table(small_market, config, (1e6,))
