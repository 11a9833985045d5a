"""How much money the rotation can move: assets against cost and against days to be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from feeds.market import MarketData
from research.config import ConfigError, RunConfig, StrategySection
from research.run import RunResult, run

ASSETS = (1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10)
ALGORITHMS: dict[str, dict[str, Any]] = {
    "at once": {"algorithm": "immediate"},
    "TWAP over 5": {"algorithm": "twap", "sessions": 5},
    "5 % of volume": {"algorithm": "pov", "participation_rate": 0.05},
    "shortfall, 20": {"algorithm": "shortfall", "sessions": 20},
}


def capacity_table(
    market: MarketData,
    config: RunConfig,
    assets: Sequence[float] = ASSETS,
    on_run: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Trade a large shift at every size with every algorithm; one row a size and algorithm.

    The shift (strategies.large_shift) goes through the same orders, broker and costs as any run of
    the given configuration, whose strategy it replaces. See `shift_figures` for the columns.

    Raises:
        ConfigError: no rotation falls into the period.
    """
    rows = []
    for name, params in ALGORITHMS.items():
        for dollars in assets:
            on_run(f"{name}, {dollars / 1e6:,.0f} million dollars")
            update = {
                "strategy": StrategySection(name="LargeShift", params=params),
                "account": config.account.model_copy(update={"cash": dollars}),
            }
            result = run(market, config.model_copy(update=update))
            figures = shift_figures(result)
            if not figures["rotations"]:
                raise ConfigError(
                    f"period {config.period.start} to {config.period.end}: no rotation falls into "
                    "it; give half a year or more"
                )
            rows.append({"algorithm": name, "assets": dollars, **figures})
    return pd.DataFrame(rows)


def shift_figures(result: RunResult) -> dict[str, float]:
    """What a run's rotations cost and how long they took; building the portfolio is left out.

    Per rotation, means over all of them: `moved_pct` of the portfolio sold or bought,
    `expected_cost_bps` and `cost_bps` (half-spread, impact, commission) and `shortfall_bps` (with
    delay, timing and what was never filled) of the dollars ordered, `sessions` until the last order
    had ended, `unfilled_pct` of what was ordered, `sessions_p95` the 95th percentile of sessions.
    """
    equity, parents, monitor = (result.tables[n] for n in ("equity", "parents", "monitor"))
    parents = parents[parents["date"] >= equity["date"].iloc[0]]
    paid = ["spread_dollars", "impact_dollars", "commission_dollars"]
    filled = parents["filled_shares"] / parents["shares"]
    each = pd.DataFrame(
        {
            "decision_id": parents["decision_id"],
            "ordered": parents["value"],
            "expected": parents["expected_cost_bps"] * parents["value"],
            "cost": parents[paid].sum(axis=1),
            "shortfall": parents["shortfall_dollars"],
            "unfilled": parents["value"] * (1.0 - filled),
        }
    )
    total = each.groupby("decision_id").sum()
    worked = monitor[monitor["filled_shares"] > 0]
    lasted = worked.groupby("order_id")["date"].nunique()
    first = monitor.groupby("order_id")["date"].nunique()
    sessions = (
        parents.assign(sessions=parents["order_id"].map(first.where(lasted > 0)))
        .groupby("decision_id")["sessions"]
        .max()
    )
    value = equity.set_index("date")["value"]
    moved = total["ordered"] / value.reindex(total.index) * 50.0
    return {
        "rotations": float(len(total)),
        "moved_pct": float(moved.mean()),
        "expected_cost_bps": float((total["expected"] / total["ordered"]).mean()),
        "cost_bps": float((1e4 * total["cost"] / total["ordered"]).mean()),
        "shortfall_bps": float((1e4 * total["shortfall"] / total["ordered"]).mean()),
        "sessions": float(sessions.mean()),
        "sessions_p95": float(sessions.quantile(0.95)),
        "unfilled_pct": float((100.0 * total["unfilled"] / total["ordered"]).mean()),
    }
