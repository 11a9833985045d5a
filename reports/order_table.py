"""Working orders as a terminal shows them, for whoever watches a run or the desk."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text


def order_table(date: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """The orders of a session: filled against due, share of volume, prices, sessions left.

    Args:
        date: the session.
        rows: see analyzers.trade_monitor; prices may be NaN.
    """
    table = Table(title=Text(f"orders at the close of {date}"), box=None, padding=(0, 1, 0, 0))
    table.add_column("order", no_wrap=True)
    heads = ("shares", "filled", "done %", "due %", "vol. %", "arrival", "average", "bp", "left")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for row in rows:
        shares, arrival, average = row["shares"], row["arrival_price"], row["average_price"]
        sign = 1.0 if row["side"] == "buy" else -1.0
        filled = math.isfinite(average)
        table.add_row(
            f"{row['side']} {row['ticker']}",
            f"{shares:,.0f}",
            f"{row['filled_shares']:,.0f}",
            f"{100.0 * row['filled_shares'] / shares:.0f}",
            f"{100.0 * row['scheduled_shares'] / shares:.0f}",
            f"{100.0 * row['participation']:.2f}",
            f"{arrival:,.2f}",
            f"{average:,.2f}" if filled else "",
            f"{sign * 1e4 * (average / arrival - 1.0):.1f}" if filled else "",
            str(row["expected_sessions_left"]),
            str(row["status"]),
        )
    return table


@contextmanager
def watched_orders() -> Iterator[Any]:
    """Gives `show(date, rows)`, which replaces the table on standard error."""
    with Live(console=Console(stderr=True), refresh_per_second=10) as live:
        yield lambda date, rows: live.update(order_table(date, rows))
