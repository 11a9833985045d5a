"""Options and output that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from research.config import RunConfig

DAY = ["%Y-%m-%d"]
Source = Annotated[
    str | None, typer.Option("--data", help="synthetic, yahoo or a folder of market data.")
]
Start = Annotated[datetime | None, typer.Option(formats=DAY, help="First day measured.")]
End = Annotated[datetime | None, typer.Option(formats=DAY, help="Last day measured.")]
Config = Annotated[Path | None, typer.Option(help="TOML file; see configs/.")]
Out = Annotated[Path, typer.Option(help="Where results go.")]


def settings(config: Path | None, **overrides: Any) -> RunConfig:
    """The configuration of a file (the published one by default) with what was given instead."""
    from research.config import PUBLISHED, load_config

    given = {name: value for name, value in overrides.items() if value is not None}
    return load_config(config or PUBLISHED, **given)


def day(moment: datetime | None) -> date | None:
    """The date of an option."""
    return moment.date() if moment else None


def announce_compiling(function: Callable[..., object], how_long: str) -> None:
    """One line for who waits at a terminal while a compiled function is called the first time."""
    from models.compiled import is_kept

    if sys.stderr.isatty() and not is_kept(function):
        typer.echo(f"compiling, once for this version of the code: {how_long}", err=True)


@contextmanager
def progress() -> Iterator[Any]:
    """A progress bar on standard error; gives `step(title, total) -> advance()`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    # Where nobody watches, nothing is drawn: a log gets no control characters.
    off = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=off) as bar:

        def step(title: str, total: int | None = None) -> Any:
            for task in bar.task_ids:
                bar.remove_task(task)
            task = bar.add_task(title, total=total)
            return lambda: bar.advance(task)

        yield step
