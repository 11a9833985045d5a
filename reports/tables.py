"""A frame as the terminal shows it."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_OF_A_FILE = 160


def frame_table(frame: pd.DataFrame, title: str, digits: int = 1) -> Table:
    """A named index first, numbers right-aligned; what is missing is left empty.

    Whole-number columns are shown as such, others with `digits` decimals.
    """
    table = Table(
        title=Text(title, style="bold"), box=None, padding=(0, 1, 0, 0), title_justify="left"
    )
    indexed = frame.index.name is not None
    if indexed:
        table.add_column(str(frame.index.name), no_wrap=True)
    for name in frame:
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if numeric else "left")
    for key, row in zip(frame.index, frame.itertuples(index=False), strict=True):
        cells = [_cell(value, digits) for value in row]
        table.add_row(*([str(key)] if indexed else []), *cells)
    return table


def _cell(value: object, digits: int) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return (
            f"{value:,.0f}" if value.is_integer() and abs(value) >= 1e3 else f"{value:,.{digits}f}"
        )
    return str(value)


def wide_console() -> Console:
    """A console that lets tables be as wide as they are where nobody's terminal is the limit."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH_OF_A_FILE)
