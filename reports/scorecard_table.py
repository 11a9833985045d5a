"""The scorecard as a terminal shows it."""

from __future__ import annotations

import json
from pathlib import Path

from rich.table import Table
from rich.text import Text

NAMES = {
    "advance_warning_sessions": "advance warning, sessions",
    "alpha_pct": "alpha, % a year",
    "transition_tracking_error_pct": "transitions' tracking error, %",
    "tech_underperformance_accuracy_pct": "accuracy on technology, %",
    "information_ratio": "information ratio",
}


def scorecard_table(folder: Path) -> Table:
    """The five criteria with intervals, p-values and verdicts.

    Raises:
        FileNotFoundError, ValueError: there is no scorecard, or it is damaged.
    """
    file = folder / "scorecard.json"
    if not file.is_file():
        raise FileNotFoundError(f"{file} is missing; run validate again")
    try:
        lines = json.loads(file.read_text(encoding="utf-8"))
        rows = [
            (
                NAMES[line["criterion"]],
                _number(line["value"]),
                _interval(line["low"], line["high"]),
                line["target"],
                "" if line["p_value"] is None else f"{line['p_value']:.3f}",
                line["verdict"],
            )
            for line in lines
        ]
        trials = max((line["trials"] for line in lines), default=0)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} is damaged ({error}); run validate again") from None
    table = Table(
        title=Text("Scorecard"),
        caption=f"after {trials} evaluated configurations",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("criterion", no_wrap=True)
    for head in ("value", "95 % interval", "target", "p"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("verdict")
    for row in rows:
        table.add_row(*row)
    return table


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.2f} to {high:.2f}"
