"""What the regression grid says, in words made from its table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from models.universe import BENCHMARK
from research.regression_cell import BLOCK

FDR_PCT = 10.0
SHOWN = 8


def plain_sentences(table: pd.DataFrame) -> list[str]:
    """What survives and what does not, from the table of `research.regression_grid`."""
    tested = int(table["p_value"].notna().sum())
    passed = table[table["survives"]].sort_values("bh_p")
    return [
        f"{tested} regressions: {_low(table['p_value'])} have p at or below 5 % on their own, "
        f"where chance alone gives about {0.05 * tested:.0f}.",
        f"{len(passed)} survive control of false discoveries at {FDR_PCT:.0f} % "
        f"(Benjamini-Hochberg), {int((table['by_p'] <= FDR_PCT / 100.0).sum())} under any "
        "dependence (Benjamini-Yekutieli).",
        *(_survivor(row) for row in passed.head(SHOWN).to_dict("records")),
        *([] if len(passed) else [_nearest(table)]),
        _by_signs(table, tested),
        _outside(table, tested),
        _breaks(table, tested),
        _tails(table),
    ]


def _low(p_values: pd.Series, level: float = 0.05) -> int:
    return int((p_values <= level).sum())


def _survivor(row: Mapping[Hashable, Any]) -> str:
    coefficient = row["coefficient_pct"]
    direction = "ahead of" if coefficient > 0 else "behind"
    channel = row["channel"].replace("_", " ")
    return (
        f"{row['sector']} runs {abs(coefficient):.1f} % {direction} {BENCHMARK} over "
        f"{row['horizon']} sessions for each standard deviation of the {channel} {row['kind']} "
        f"(t {row['hodrick_t']:.1f}, adjusted p {row['bh_p']:.3f}); "
        f"out of sample R2 is {row['oos_r2_pct']:.1f} %."
    )


def _nearest(table: pd.DataFrame) -> str:
    row = table.sort_values("p_value").iloc[0]
    channel = row["channel"].replace("_", " ")
    return (
        f"The nearest is {row['sector']} on the {channel} {row['kind']} over {row['horizon']} "
        f"sessions: {row['coefficient_pct']:.2f} % per standard deviation, "
        f"t {row['hodrick_t']:.1f} (Newey-West {row['newey_west_t']:.1f}), "
        f"p {row['p_value']:.3f}, adjusted {row['bh_p']:.3f}."
    )


def _by_signs(table: pd.DataFrame, tested: int) -> str:
    survive = _low(table["sign_bh_p"], FDR_PCT / 100.0)
    return (
        f"Random signs of blocks of {BLOCK} sessions, which keep reversals within a block, give "
        f"{_low(table['sign_p'])} of {tested} at or below 5 %; without any predictability "
        f"{100.0 * table['many_p'].iloc[0]:.0f} % of draws have as many. {survive} survive."
    )


def _outside(table: pd.DataFrame, tested: int) -> str:
    better = table["oos_r2_pct"] > 0.0
    useful = better & (table["clark_west_p"] <= 0.05)
    return (
        f"Out of sample {int(better.sum())} of {tested} beat the mean of the past, "
        f"{int(useful.sum())} of them with p at or below 5 % (Clark-West)."
    )


def _breaks(table: pd.DataFrame, tested: int) -> str:
    broken = table[table["break_p"] <= 0.05]
    years = broken["break_session"].str[:4].value_counts()
    often = f", most often in {years.index[0]}" if len(years) else ""
    return f"The slope breaks in {len(broken)} of {tested} (p at or below 5 %){often}."


def _tails(table: pd.DataFrame) -> str:
    made = table[table["tail_low_p"].notna() & table["tail_high_p"].notna()]
    return (
        f"Of {len(made)} with tails, the 10 % quantile moves with the channel in "
        f"{_low(made['tail_low_p'])} and the 90 % quantile in {_low(made['tail_high_p'])} "
        "(p at or below 5 %)."
    )
