"""The command line, and `configure`, the hook for Backtrader's own btrun."""

from __future__ import annotations

import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands import data, execution, research, sweep, validation
from commands.options import (
    Config,
    End,
    Out,
    Source,
    Start,
    announce_compiling,
    day,
    progress,
)

# Backtrader 1.9.78.123 compiles with invalid escape sequences; the user can do nothing about it.
warnings.filterwarnings("ignore", message="invalid escape sequence", category=SyntaxWarning)
warnings.filterwarnings("ignore", message="invalid escape sequence", category=DeprecationWarning)

if TYPE_CHECKING:
    from feeds.market import MarketData
    from research.config import RunConfig

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Bond-stress sector rotation. Without a command: the configured backtest.",
)
app.add_typer(data.app, name="data")
app.command()(execution.slippage)
app.command()(execution.capacity)
app.command()(validation.validate)
app.command()(research.regressions)
app.command()(research.attribution)
app.command()(sweep.sweep)

LONGEST_LINE = 600
INTERRUPTED = 130  # 128 + SIGINT, as shells count


@app.callback(invoke_without_command=True)
def backtest(
    context: typer.Context,
    source: Source = None,
    start: Start = None,
    end: End = None,
    strategy: Annotated[str | None, typer.Option(help="A class of strategies/.")] = None,
    cash: Annotated[float | None, typer.Option(help="Dollars at inception.")] = None,
    free: Annotated[bool, typer.Option("--free", help="No costs, no volume limit.")] = False,
    config: Config = None,
    out: Out = Path("results"),
    watch: Annotated[bool, typer.Option("--watch", help="Show working orders live.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Run the backtest and write its folder; the folder is printed last."""
    context.obj = debug
    if context.invoked_subcommand is not None:
        return
    from research.config import PUBLISHED, load_config

    overrides: dict[str, Any] = {
        "data__source": source,
        "period__start": day(start),
        "period__end": day(end),
        "strategy__name": strategy,
        "account__cash": cash,
        "costs__free": free or None,
        # The buffer is there for costs and gaps; without costs it would only be cash.
        "account__cash_buffer": 0.0 if free else None,
    }
    given = {name: value for name, value in overrides.items() if value is not None}
    file = config or PUBLISHED
    if strategy is not None and strategy != load_config(file).strategy.name:
        given["strategy__params"] = {}  # those of another strategy
    _run(load_config(file, **given), out, watch)


@app.command()
def report(run: Annotated[Path, typer.Argument(help="A run's folder.")]) -> None:
    """Make the pages again from a run's folder."""
    from reports.tearsheet import write_tearsheet

    typer.echo(write_tearsheet(run))


def configure(cerebro: Any, **overrides: Any) -> None:
    """Hook for btrun: `btrun --data MARKET --hook run_backtest.py:configure --strategy ...`.

    btrun insists on a `--data` file; here it names the market (synthetic, yahoo or a folder). The
    hook replaces that placeholder by the fund and bond-stress feeds of the published configuration
    and adds its broker and sizer, and its strategy when none was given.

    Args:
        cerebro: btrun's Cerebro.
        **overrides: config values as section__key, such as period__start='2023-01-01'.
    """
    from research.assemble import add_account, add_feeds, add_strategy
    from research.config import load_config
    from research.sources import load_market

    overrides.setdefault("data__source", str(cerebro.datas[0].p.dataname))
    settings = load_config(**overrides)
    cerebro.datas.clear()
    cerebro.datasbyname.clear()
    market = load_market(settings.data)
    add_feeds(cerebro, market, settings)
    add_account(cerebro, settings)
    if not cerebro.strats:
        add_strategy(cerebro, market, settings)


def _run(settings: RunConfig, out: Path, watch: bool) -> None:
    from rich.console import Console

    from models.weight_search import optimise
    from reports.order_table import watched_orders
    from reports.summary import summary_table
    from reports.tearsheet import write_tearsheet
    from research.run import run, write_run
    from research.sources import load_market

    announce_compiling(optimise, "about half a minute")
    with progress() as step:
        step("reading the market")
        market = load_market(settings.data)
        if not watch:
            result = run(market, settings, step("trading", _bars_within(market, settings)))
    if watch:
        with watched_orders() as show:
            result = run(market, settings, on_orders=show)
    with progress() as step:
        step("writing the pages")
        folder = write_run(result, out, write_tearsheet)
    for notice in result.manifest["notices"]:
        typer.echo(f"note: {notice}")
    Console().print(summary_table(folder))
    typer.echo(folder)


def _bars_within(market: MarketData, settings: RunConfig) -> int:
    from research.assemble import trading_span

    first, last = trading_span(market, settings)
    return len(market.sessions[(market.sessions >= first) & (market.sessions <= last)])


def main() -> int:
    """Run the command line: 0 when done, 2 with one line on standard error when not."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        status = app(standalone_mode=False) or 0
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except Exception as error:  # the last line of defence: every failure is one clear line
        if "--debug" in sys.argv:
            raise
        if hasattr(error, "format_message"):  # Typer's own usage errors
            typer.echo(f"error: {error.format_message()} (--help shows what there is)", err=True)
            return 2
        known = isinstance(error, ValueError | OSError | RuntimeError | KeyError)
        text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        kind = "" if known else f"unexpected {type(error).__name__}, please report it: "
        line = " ".join(text.split())
        line = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}..."
        typer.echo(f"error: {kind}{line} (run_backtest.py --debug ... shows where)", err=True)
        return 2
    if status == INTERRUPTED:  # Typer's own answer to Ctrl-C
        typer.echo("interrupted; nothing was written", err=True)
    return int(status)


def _stop(*_: object) -> None:
    """A request to end is handled as Ctrl-C is, so that nothing half-written stays."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
