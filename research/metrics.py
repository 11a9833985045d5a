"""metrics.json: every figure of a run, from its tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models import performance
from models.shortfall import PARTS

Metrics = dict[str, float | int | None]


def run_metrics(
    equity: pd.DataFrame,
    weights: pd.DataFrame,
    decisions: pd.DataFrame,
    parents: pd.DataFrame,
    orders: pd.DataFrame,
    fills: pd.DataFrame,
    seed: int,
) -> Metrics:
    """Figures of one run; see models.performance for the definitions and None.

    Args:
        equity: date, value, cash, benchmark; the first row is the close at which the portfolio was
            built, the close before the measured period.
        weights: date, ticker, weight, target_weight.
        decisions: one row a decision and ticker, with decision_id.
        parents: one row a parent order, with its implementation shortfall.
        orders: one row a child order.
        fills: one row an execution, with notional, half_spread_bps, impact_bps, commission.
        seed: of the bootstrap intervals.
    """
    value = equity["value"].to_numpy(dtype=np.float64)
    benchmark = equity["benchmark"].to_numpy(dtype=np.float64)
    metrics: Metrics = dict(performance.curve_metrics(value))
    metrics |= {
        f"benchmark_{name}": figure for name, figure in performance.curve_metrics(benchmark).items()
    }
    metrics |= performance.active_metrics(value, benchmark, seed)
    metrics |= trading_metrics(equity, fills)
    metrics |= shortfall_metrics(equity, parents)
    metrics["mean_drift_pct"] = mean_drift_pct(weights)
    metrics |= {
        "sessions": len(equity) - 1,
        "decisions": int(decisions["decision_id"].nunique()),
        "orders": len(orders),
        "fills": len(fills),
    }
    return metrics


def trading_metrics(equity: pd.DataFrame, fills: pd.DataFrame) -> Metrics:
    """Turnover and cost by part, of the measured period and over mean value.

    `turnover_pct_per_year` is one-sided: half of all dollars traded. `cost_bps_per_year` is every
    half-spread, impact and commission. Building the portfolio at the close before the period is in
    neither; `building_cost_bps` is its cost in basis points of the value built.
    """
    years = (len(equity) - 1) / performance.SESSIONS_PER_YEAR
    mean_value = float(equity["value"].mean())
    building = fills["date"] <= equity["date"].iloc[0]
    measured = fills[~building]
    per_year = 1e4 / (mean_value * years)
    parts = cost_dollars(measured)
    metrics: Metrics = {
        "turnover_pct_per_year": float(measured["notional"].sum()) / 200.0 * per_year,
        "cost_bps_per_year": sum(parts.values()) * per_year,
    }
    metrics |= {f"{name}_cost_bps_per_year": dollars * per_year for name, dollars in parts.items()}
    built = sum(cost_dollars(fills[building]).values())
    return metrics | {"building_cost_bps": built / float(equity["value"].iloc[0]) * 1e4}


def shortfall_metrics(equity: pd.DataFrame, parents: pd.DataFrame) -> Metrics:
    """Implementation shortfall of the measured decisions, over mean value, by part.

    `shortfall_bps_per_year` is what a paper portfolio that trades at the decisions' closes gains
    over the real one; positive is a loss. `expected_order_cost_bps` and `realised_order_cost_bps`
    are half-spread, impact and commission before and after trading, means weighted by what was
    filled; None without fills.
    """
    years = (len(equity) - 1) / performance.SESSIONS_PER_YEAR
    per_year = 1e4 / (float(equity["value"].mean()) * years)
    measured = parents[parents["date"] >= equity["date"].iloc[0]]
    metrics: Metrics = {
        f"shortfall_{part}_bps_per_year": float(measured[f"{part}_dollars"].sum()) * per_year
        for part in PARTS
    }
    metrics["shortfall_bps_per_year"] = float(measured["shortfall_dollars"].sum()) * per_year
    filled = measured[measured["filled_shares"] > 0]
    weights = filled["filled_shares"] * filled["decision_price"]
    for name in ("expected", "realised"):
        mean = (filled[f"{name}_cost_bps"].astype(float) * weights).sum()
        metrics[f"{name}_order_cost_bps"] = float(mean / weights.sum()) if len(filled) else None
    metrics["paper_total_return_pct"] = 100.0 * float(
        equity["paper"].iloc[-1] / equity["paper"].iloc[0] - 1.0
    )
    return metrics


def mean_drift_pct(weights: pd.DataFrame) -> float:
    """One-sided turnover that would restore the targets, percent, averaged over sessions."""
    distance = (weights["weight"] - weights["target_weight"]).abs()
    return 50.0 * float(distance.groupby(weights["date"]).sum().mean())


def cost_dollars(fills: pd.DataFrame) -> dict[str, float]:
    """Dollars paid in half-spreads, impact and commission."""
    at_reference = fills["shares"] * fills["reference_price"] * 1e-4
    return {
        "half_spread": float((at_reference * fills["half_spread_bps"]).sum()),
        "impact": float((at_reference * fills["impact_bps"]).sum()),
        "commission": float(fills["commission"].sum()),
    }
