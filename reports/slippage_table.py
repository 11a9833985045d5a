"""Slippage as a table: shortfall part by part, by order, sector, rotation or year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from rich.table import Table
from rich.text import Text

PARTS = ("delay", "timing", "spread", "impact", "commission", "opportunity", "shortfall")
HEADS = (
    "m$", "fill %", "exp.", "paid", "delay", "timing", "spread", "impact", "fees", "missed", "all",
)  # fmt: skip
DIGITS = (0, 1, 1, 0, 0, 1, 1, 1, 0, 0)
GROUPS = {
    "order": "order_id",
    "sector": "ticker",
    "rotation": "decision_id",
    "year": "strftime(date, '%Y')",
}


def slippage(folder: Path, by: str) -> list[tuple[Any, ...]]:
    """Rows (group, dollars ordered, filled %, expected bps, realised bps, bps by part ...).

    Basis points are of the dollars ordered; the parts before the last sum to the last, the
    shortfall. Expected and realised are half-spread, impact and commission. The last row is the
    whole.

    Raises:
        FileNotFoundError, ValueError: there is no such table, or no such group.
    """
    file = folder / "parents.parquet"
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; run the backtest again")
    if by not in GROUPS:
        raise ValueError(f"by must be one of {', '.join(GROUPS)}, not {by!r}")
    parts = ", ".join(f"1e4 * sum({part}_dollars) / sum(value)" for part in PARTS)
    figures = f"""
        sum(value),
        100 * sum(filled_shares * decision_price) / sum(value),
        sum(expected_cost_bps * value) / sum(value),
        1e4 * sum(spread_dollars + impact_dollars + commission_dollars) / sum(value),
        {parts}"""
    query = f"""
        SELECT {GROUPS[by]} AS part, {figures} FROM orders GROUP BY part ORDER BY part"""  # noqa: S608
    try:
        with duckdb.connect() as connection:
            connection.read_parquet(str(file)).create_view("orders")
            rows = connection.execute(query).fetchall()
            whole = connection.execute(f"SELECT 'all', {figures} FROM orders").fetchall()  # noqa: S608
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"{file} is damaged ({reason}); run the backtest again") from None
    return rows + whole if rows else []


def slippage_table(folder: Path, by: str) -> Table:
    """The rows as a terminal shows them; errors as in `slippage`."""
    rows = slippage(folder, by)
    table = Table(
        title=Text(f"Implementation shortfall by {by}, basis points of what was ordered"),
        caption="expected and paid: half-spread, impact and commission" if rows else "no orders",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column(by, no_wrap=True)
    for head in HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    for place, (name, dollars, *figures) in enumerate(rows):
        if place == len(rows) - 1:
            table.add_row()
        cells = [f"{x:,.{digits}f}" for x, digits in zip(figures, DIGITS, strict=True)]
        table.add_row(str(name), f"{dollars / 1e6:,.1f}", *cells)
    return table
