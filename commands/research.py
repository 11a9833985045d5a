"""`regressions` and `attribution`: does stress predict the sectors, and what earned the return?"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

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


class By(StrEnum):
    """What an attribution is added up by."""

    CHANNEL = "channel"
    SECTOR = "ticker"
    EFFECT = "effect"
    YEAR = "year"
    DECISION = "decision_id"


class Unit(StrEnum):
    """Of a factor file's returns."""

    DECIMAL = "decimal"
    PERCENT = "percent"


def attribution(
    run: Annotated[Path, typer.Argument(help="A run's folder.")],
    by: Annotated[By, typer.Option(help="What to add up by.")] = By.CHANNEL,
    factors: Annotated[
        Path | None, typer.Option(help="CSV of daily factor returns: date, one column each, RF.")
    ] = None,
    unit: Annotated[Unit, typer.Option(help="Of the factor file.")] = Unit.DECIMAL,
    plot: Annotated[Path | None, typer.Option(help="Also draw it, .png or .svg.")] = None,
) -> None:
    """Where a run's active return came from, its years, and its exposure to factors."""
    from reports.attribution_figures import read_attribution, write_attribution_plot
    from reports.run_folder import read_run_folder
    from reports.tables import frame_table, wide_console
    from research.attribution_summary import (
        attribution_summary,
        factor_fits,
        factor_table,
        yearly_ratio_table,
    )

    table = read_attribution(run)
    table["date"] = table["date"].dt.strftime("%Y-%m-%d")
    equity = read_run_folder(run).equity.reset_index()
    console = wide_console()
    sums = attribution_summary(table, [by.value])
    sums.loc["all"] = sums.sum()
    console.print(frame_table(sums, "Contribution to the active return, percentage points", 2))
    years = yearly_ratio_table(equity, seed=0)
    console.print(frame_table(years, "Year by year, 95 % intervals of the information ratio", 2))
    given = None
    if factors is not None:
        from feeds.factor_file import read_factor_file

        given = read_factor_file(factors, unit.value)
    fits, notices = factor_fits(equity, given)
    for name, fit in fits.items():
        title = f"Regression on {name}: R2 {100.0 * fit.r_squared:.1f} %, alpha in % a year"
        console.print(frame_table(factor_table(fit), title, 3))
    for notice in notices:
        typer.echo(f"note: {notice}")
    if plot is not None:
        typer.echo(write_attribution_plot(run, plot))
