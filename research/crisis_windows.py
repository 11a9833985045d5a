"""What the rotation did when it mattered."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

# Highest and lowest close of the S&P 500 around each fall, by its own daily closes; March 2023
# from the close before Silicon Valley Bank's capital raise to the low of the week after.
CRISES: dict[str, tuple[str, str]] = {
    "global financial crisis": ("2007-10-09", "2009-03-09"),
    "debt ceiling and euro, 2011": ("2011-04-29", "2011-10-03"),
    "China and oil, 2015-16": ("2015-05-21", "2016-02-11"),
    "fourth quarter of 2018": ("2018-09-20", "2018-12-24"),
    "COVID": ("2020-02-19", "2020-03-23"),
    "inflation and rates, 2022": ("2022-01-03", "2022-10-12"),
    "regional banks, March 2023": ("2023-03-08", "2023-03-13"),
}
ELEVATED = 1.0
LOOK_BACK = 120


def crisis_table(tables: Mapping[str, pd.DataFrame], stress: pd.DataFrame) -> pd.DataFrame:
    """One row a crisis that lies wholly inside the run.

    Args:
        tables: a run's equity.
        stress: [sessions x features] with the column `composite`, in trailing deviations.

    Returns:
        crisis, first and last day, strategy, benchmark and active return in percent, the composite
        at the first close and its maximum over the window, and `lead_sessions`: from the first
        session at which the composite stood above 1 without a break until the market's high, at
        most 120, to that high; null where it did not stand above 1 then.
    """
    equity = tables["equity"]
    days = pd.DatetimeIndex(equity["date"])
    composite = stress["composite"]
    rows = []
    for name, (first, last) in CRISES.items():
        start, end = pd.Timestamp(first), pd.Timestamp(last)
        if start < days[0] or end > days[-1]:
            continue
        inside = equity[(days >= start) & (days <= end)]
        gains = {
            column: 100.0 * (float(inside[column].iloc[-1] / inside[column].iloc[0]) - 1.0)
            for column in ("value", "benchmark")
        }
        before = composite.loc[:start].to_numpy(dtype=np.float64)[-LOOK_BACK - 1 :]
        calm = np.flatnonzero(~(before > ELEVATED))
        lead = len(before) - 1 - (int(calm[-1]) + 1 if len(calm) else 0)
        rows.append(
            {
                "crisis": name,
                "first": first,
                "last": last,
                "strategy_pct": gains["value"],
                "benchmark_pct": gains["benchmark"],
                "active_pct": gains["value"] - gains["benchmark"],
                "stress_at_start": float(before[-1]),
                "stress_maximum": float(composite.loc[start:end].max()),
                "lead_sessions": float(lead) if before[-1] > ELEVATED else None,
            }
        )
    columns = [
        "crisis", "first", "last", "strategy_pct", "benchmark_pct", "active_pct",
        "stress_at_start", "stress_maximum", "lead_sessions",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
