"""`regressions`: does bond stress predict the sectors?"""

from __future__ import annotations

from pathlib import Path

import typer

from commands.options import Config, End, Out, Source, Start, day, progress, settings


def regressions(
    source: Source = None,
    start: Start = None,
    end: End = None,
    config: Config = None,
    out: Out = Path("results"),
) -> None:
    """Regress every sector on every channel; prints what survives, then the folder."""
    from reports.regression_page import write_regression_page
    from research.regression_grid import write_regressions
    from research.results_folder import read_lines
    from research.sources import load_market

    chosen = settings(config, data__source=source, period__start=day(start), period__end=day(end))
    with progress() as step:
        step("reading the market")
        market = load_market(chosen.data)
        folder = write_regressions(market, chosen, out, write_regression_page, step)
    for line in read_lines(folder / "notes.parquet"):
        typer.echo(line)
    typer.echo(folder)
