"""One configuration through both engines, and what may differ between them: nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from feeds.market import MarketData
from models.kernel_batch import FILL_COUNT, ORDER_COUNT, TOLD
from models.kernel_inputs import GOOD
from research.assemble import assemble
from research.config import RunConfig
from research.kernel_window import window_of
from research.sweep_cache import StageCache
from research.sweep_configurations import Configurations
from research.sweep_kernel import batch_of, simulate

TOLERANCE = 1e-9


def in_cerebro(market: MarketData, config: RunConfig) -> tuple[np.ndarray, pd.DataFrame, int]:
    """Value of every measured session, executions, and number of child orders."""
    cerebro, _ = assemble(market, config)
    strategy = cerebro.run()[0]
    trades = strategy.analyzers.trades
    rows = trades.get_analysis()
    assert not [order for order in rows["orders"] if order["status"] in ("margin", "rejected")]
    fills = pd.DataFrame(rows["fills"], columns=list(trades.fill_columns))
    values = np.array(strategy.analyzers.equity.get_analysis()["value"])
    return values, fills, len(rows["orders"])


def in_kernel(
    market: MarketData, config: RunConfig, shared: StageCache
) -> tuple[np.ndarray, pd.DataFrame, int]:
    """The same of the kernel."""
    window = window_of(market, config, shared)
    batch, stages = batch_of(market, window, Configurations(config, (), ((),)), shared)
    values, told, log = simulate(window, batch, stages, room=100_000)
    assert told[0, TOLD] == GOOD, told[0]
    count = int(told[0, FILL_COUNT])
    assert count < len(log)
    fills = pd.DataFrame(
        {
            "date": window.dates[log[:count, 0].astype(int)].astype(str),
            "ticker": [window.funds[fund] for fund in log[:count, 1].astype(int)],
            "shares": log[:count, 2],
            "price": log[:count, 3],
            "commission": log[:count, 4],
            "cost_bps": log[:count, 5],
        }
    )
    return values[0], fills, int(told[0, ORDER_COUNT])


def assert_engines_agree(
    market: MarketData, config: RunConfig, shared: StageCache | None = None
) -> pd.DataFrame:
    """Final value, every session's value and every fill to 1e-9 relative; returns the fills."""
    theirs, their_fills, their_orders = in_cerebro(market, config)
    ours, our_fills, our_orders = in_kernel(market, config, shared or StageCache())
    signed = np.where(their_fills["side"] == "buy", 1.0, -1.0) * their_fills["shares"]
    expected: dict[str, Any] = {
        "date": their_fills["date"],
        "ticker": their_fills["ticker"],
        "shares": signed.astype(float),
        "price": their_fills["price"],
        "commission": their_fills["commission"],
        "cost_bps": (their_fills["half_spread_bps"] + their_fills["impact_bps"]).astype(float),
    }
    pd.testing.assert_frame_equal(
        our_fills, pd.DataFrame(expected), rtol=TOLERANCE, atol=0.0, check_dtype=False
    )
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=0.0)
    assert our_orders == their_orders
    return our_fills
