"""The table that a run prints in the terminal."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from reports import figures
from reports.run_folder import read_run_folder


def summary_table(folder: Path) -> Table:
    """Strategy beside benchmark, then the active figures with their intervals.

    Raises:
        FileNotFoundError, ValueError: the folder cannot be read.
    """
    run = read_run_folder(folder)
    manifest = run.manifest
    period = f"{manifest.period.start} to {manifest.period.end}"
    source = manifest.data.source
    label = f"SYNTHETIC MARKET, {source}" if manifest.data.synthetic else source
    # A Text, because a folder's name may hold what Rich would read as markup.
    table = Table(title=Text(f"{manifest.config.strategy.name}, {period}\n{label}"))
    table.add_column("")
    table.add_column("strategy", justify="right")
    table.add_column(manifest.benchmark, justify="right")
    table.add_column("95 % interval, note")
    for name, ours, theirs in figures.compared(run.metrics):
        table.add_row(name, ours, theirs, "")
    table.add_section()
    for name, value, note in figures.active(run.metrics):
        table.add_row(name, value, "", note)
    return table
