"""metrics.json: every figure of a run, from its tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from models import performance

Metrics = dict[str, float | int | None]


def run_metrics(
    equity: pd.DataFrame,
    decisions: pd.DataFrame,
    orders: pd.DataFrame,
    fills: pd.DataFrame,
    seed: int,
) -> Metrics:
    """Figures of one run; see models.performance for the definitions and None.

    Args:
        equity: date, value, cash, benchmark; the first row is the inception session, all cash.
        decisions: one row a decision and ticker, with decision_id.
        orders: one row an order.
        fills: one row an execution, with notional, half_spread_bps, impact_bps, commission.
        seed: of the bootstrap intervals.

    `turnover_pct_per_year` is one-sided (half of all dollars traded over mean value), without the
    building of the portfolio at inception; `cost_bps_per_year` is every half-spread, impact and
    commission, inception included, over mean value.
    """
    value = equity["value"].to_numpy(dtype=np.float64)
    benchmark = equity["benchmark"].to_numpy(dtype=np.float64)
    metrics: Metrics = dict(performance.curve_metrics(value))
    metrics |= {
        f"benchmark_{name}": figure for name, figure in performance.curve_metrics(benchmark).items()
    }
    metrics |= performance.active_metrics(value, benchmark, seed)
    metrics |= trading_metrics(equity, fills)
    metrics |= {
        "sessions": len(equity) - 1,
        "decisions": int(decisions["decision_id"].nunique()),
        "orders": len(orders),
        "fills": len(fills),
    }
    return metrics


def trading_metrics(equity: pd.DataFrame, fills: pd.DataFrame) -> Metrics:
    """Turnover and cost, by part; see `run_metrics`."""
    years = (len(equity) - 1) / performance.SESSIONS_PER_YEAR
    mean_value = float(equity["value"].mean())
    inception_close = equity["date"].iloc[min(1, len(equity) - 1)]
    later = fills["date"] > inception_close
    traded = float(fills.loc[later, "notional"].sum())
    at_reference = fills["shares"] * fills["reference_price"] * 1e-4
    parts = {
        "half_spread": float((at_reference * fills["half_spread_bps"]).sum()),
        "impact": float((at_reference * fills["impact_bps"]).sum()),
        "commission": float(fills["commission"].sum()),
    }
    per_year = 1e4 / (mean_value * years)
    metrics: Metrics = {
        "turnover_pct_per_year": 100.0 * traded / 2.0 / (mean_value * years),
        "cost_bps_per_year": sum(parts.values()) * per_year,
    }
    return metrics | {
        f"{name}_cost_bps_per_year": dollars * per_year for name, dollars in parts.items()
    }
