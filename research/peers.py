"""Other strategies on the same bars, costs and broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from feeds.market import MarketData
from research.config import RunConfig, StrategySection
from research.run import RunResult, run

# Name in the table -> strategy; perfect foresight says what it is.
PEERS = {
    "SPY": "BuyAndHold",
    "equal-weight sectors": "EqualWeightSectors",
    "sector momentum, 12-1 months": "SectorMomentum",
    "10-month trend": "TenMonthTrend",
    "credit relative value": "CreditRelativeValue",
    "PERFECT FORESIGHT (upper bound)": "PerfectForesight",
}
COLUMNS = (
    "total_return_pct", "volatility_pct", "sharpe_ratio", "max_drawdown_pct", "alpha_pct",
    "alpha_low_pct", "alpha_high_pct", "information_ratio", "information_ratio_low",
    "information_ratio_high", "tracking_error_pct", "turnover_pct_per_year", "cost_bps_per_year",
)  # fmt: skip


def peer_table(
    market: MarketData,
    config: RunConfig,
    own: RunResult | None = None,
    on_run: Callable[[str], Any] = lambda _: None,
) -> pd.DataFrame:
    """The configured strategy and every peer over the configured period, one row each.

    `own` is the configured strategy's run where it exists already.

    Peers run at their defaults. SPY is held through the same broker, cash buffer and costs, so that
    it lags the index a little.
    """
    results = {config.strategy.name: own or run(market, config)}
    for name, strategy in PEERS.items():
        on_run(name)
        section = StrategySection(name=strategy)
        results[name] = run(market, config.model_copy(update={"strategy": section}))
    return pd.DataFrame(
        [
            {"strategy": name, **{column: result.metrics[column] for column in COLUMNS}}
            for name, result in results.items()
        ]
    )
