"""`validate`: the scorecard with its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commands.options import Config, End, Out, Source, Start, day, progress, settings

PUBLISHED_TRIALS = Path(__file__).parents[1] / "results" / "published" / "trials.jsonl"


def validate(
    source: Source = None,
    start: Start = None,
    end: End = None,
    config: Config = None,
    trials: Annotated[
        Path | None,
        typer.Option(help="Log of every configuration that was evaluated; the published one else."),
    ] = None,
    out: Out = Path("results"),
) -> None:
    """Judge the rotation by its five criteria, beside peers, placebo and foresight."""
    from rich.console import Console

    from reports.scorecard_page import write_scorecard_page
    from reports.scorecard_table import scorecard_table
    from research.sources import load_market
    from research.trials import read_trials
    from research.validation import validate as judge
    from research.validation import write_validation

    log = trials or PUBLISHED_TRIALS
    if not log.is_file():
        raise FileNotFoundError(f"{log}: no such trials log; give --trials, an empty file for none")
    chosen = settings(config, data__source=source, period__start=day(start), period__end=day(end))
    with progress() as step:
        step("reading the market")
        market = load_market(chosen.data)
        validation = judge(market, chosen, read_trials(log), step)
        step("writing the page")
        folder = write_validation(validation, out, write_scorecard_page)
    for notice in validation.summary["notices"]:
        typer.echo(f"note: {notice}")
    Console().print(scorecard_table(folder))
    typer.echo(folder)
