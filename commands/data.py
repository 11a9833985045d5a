"""`data`: look at market data before running on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.options import progress, settings

Database = Annotated[
    Path | None, typer.Option(help="The sector database; in the user's cache folder otherwise.")
]

app = typer.Typer(no_args_is_help=True, help="Look at market data before running on it.")


@app.command("check")
def check(folder: Annotated[Path, typer.Argument(help="A folder of market data.")]) -> None:
    """Print every problem of a data folder as a table; exit status 1 when one is an error."""
    from rich.console import Console
    from rich.table import Table

    from feeds.directory import check_directory
    from feeds.problems import Severity

    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder; give a folder of market data")
    problems = check_directory(folder)
    table = Table("file", "row", "", "problem", "mend", title=f"{folder}: {len(problems)} found")
    for problem in problems:
        row = str(problem.row) if problem.row else ""
        table.add_row(problem.file, row, problem.severity.value, problem.what, problem.mend)
    Console().print(table)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise typer.Exit(1)


@app.command("pull")
def pull(
    source: Annotated[
        str, typer.Option("--data", help="yahoo, a folder of market data, or synthetic.")
    ] = "yahoo",
    database: Database = None,
) -> None:
    """Bring the sector database up to date; from yahoo, download into the cache first."""
    from feeds.sector_database import build_database, default_database_path
    from feeds.yahoo import pull as download
    from research.run import code_version
    from research.sources import load_market

    if source == "yahoo":
        failed = False
        for name, reason in download():
            typer.echo(f"{name}: {reason or 'downloaded'}")
            failed = failed or bool(reason)
        if failed:
            raise typer.Exit(1)
    path = database or default_database_path()
    with progress() as step:
        step("reading the market")
        market = load_market(settings(None, data__source=source).data)
        load = build_database(market, path, code_version(), on_step=step)
    done = "added" if load.added else "is there already"
    typer.echo(f"load {load.load_id} ({market.source}) {done}")
    typer.echo(path)


@app.command("regimes")
def regimes(
    database: Database = None,
    load: Annotated[int | None, typer.Option(help="Which load; the newest otherwise.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Where to draw, .png or .svg.")] = None,
) -> None:
    """Print and draw the regimes that the sector database holds; the picture is named last."""
    from feeds.sector_database import default_database_path
    from reports.regimes import write_regime_plot
    from reports.tables import frame_table, wide_console
    from research.regime_report import refused_fits, regime_tables

    path = database or default_database_path()
    console = wide_console()
    for title, table in regime_tables(path, load).items():
        console.print(frame_table(table, title))
        console.print()
    for line in refused_fits(path, load):
        typer.echo(f"note: {line}")
    typer.echo(write_regime_plot(path, plot or path.with_name("regimes.png"), load))
