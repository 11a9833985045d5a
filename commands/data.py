"""`data`: look at market data before running on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
def pull() -> None:
    """Download prices and macro series into the cache, so that later runs need no network."""
    from feeds.yahoo import pull as download

    failed = False
    for name, reason in download():
        typer.echo(f"{name}: {reason or 'downloaded'}")
        failed = failed or bool(reason)
    if failed:
        raise typer.Exit(1)
