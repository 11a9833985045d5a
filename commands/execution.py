"""`slippage` and `capacity`: what trading cost, and how much of it there can be."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.options import Config, End, Out, Source, Start, day, progress, settings


class By(StrEnum):
    """What slippage is added up by."""

    ORDER = "order"
    SECTOR = "sector"
    ROTATION = "rotation"
    YEAR = "year"


def slippage(
    run: Annotated[Path, typer.Argument(help="A run's folder.")],
    by: Annotated[By, typer.Option(help="What to add up by.")] = By.YEAR,
) -> None:
    """Implementation shortfall of a run's orders, part by part, estimated against realised."""
    from rich.console import Console

    from reports.slippage_table import slippage_table

    Console().print(slippage_table(run, by.value))


def capacity(
    data: Source = None,
    start: Start = None,
    end: End = None,
    config: Config = None,
    out: Out = Path("results"),
) -> None:
    """Assets against cost and days: a large shift at seven sizes; prints the folder last."""
    from rich.console import Console

    from reports.capacity_plot import capacity_rows, write_capacity_plot
    from research.capacity import capacity_table
    from research.results_folder import write_folder, write_parquet
    from research.run import run_identity
    from research.sources import load_market

    chosen = settings(config, data__source=data, period__start=day(start), period__end=day(end))
    with progress() as step:
        step("reading the market")
        market = load_market(chosen.data)
        table = capacity_table(market, chosen, on_run=step)
    kind = "SYNTHETIC MARKET" if market.synthetic else market.source
    title = (
        f"Moving a fifth of the portfolio out of technology, {kind}, "
        f"{chosen.period.start} to {chosen.period.end}"
    )

    def fill(folder: Path) -> None:
        write_parquet(folder / "capacity.parquet", table)
        write_capacity_plot(table, title, folder / "capacity.png")

    folder = write_folder(out, f"capacity-{run_identity(market, chosen)}", fill)
    Console().print(capacity_rows(table, title))
    typer.echo(folder)
