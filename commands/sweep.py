"""`sweep`: evaluate many configurations, and say how likely the winner is luck."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.options import Out, Source, announce_compiling, progress


def sweep(
    config: Annotated[Path, typer.Argument(help="TOML file of the sweep.")] = Path(
        "configs/sweep.toml"
    ),
    source: Source = None,
    workers: Annotated[int | None, typer.Option(help="Local processes; all cores else.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="tcp://host:port of a Dask scheduler (extra cluster).")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="kernel (compiled), or cerebro: Backtrader itself.")
    ] = "kernel",
    out: Out = Path("results"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the plan.")] = False,
    burn: Annotated[
        bool,
        typer.Option(
            "--i-know-this-burns-the-test-set", help="Allow a window that reaches into 2020."
        ),
    ] = False,
) -> None:
    """Search a space of configurations on nested walk-forward; prints the folder last."""
    from models.kernel_batch import run_batch
    from reports.sweep_page import write_sweep_page
    from research.sweep import plan_sweep, run_sweep
    from research.sweep_statistics import luck_statistics
    from research.sweep_study import open_study

    study = open_study(config, source, engine, burn)
    if engine == "kernel":
        announce_compiling(run_batch, "about a minute")
    for line in plan_sweep(study, out, workers).lines():
        typer.echo(line)
    if dry_run:
        return
    with progress() as step:
        folder = run_sweep(
            study, out, workers, scheduler, say=typer.echo, progress=step,
            statistics=luck_statistics,
        )  # fmt: skip
    write_sweep_page(folder)
    typer.echo(folder)
