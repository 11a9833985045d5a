"""Measure the moments of real and synthetic markets and print the tables of feeds/synthetic.py.

    python -m benchmarks.calibrate_synthetic --data FOLDER [--seeds 12]

FOLDER holds `etf/<TICKER>.csv` and `macro/<SERIES>.csv`. Everything is measured on 2005-2019,
because 2020-2024 is the test period of the real data. A cell reads `real/default seed (lowest..
highest over seeds 1..n)`. The last table pools the planted lead over the seeds, whole history.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from feeds.market import MarketData
from feeds.synthetic import SyntheticConfig, synthetic_market
from models.universe import BENCHMARK, BOND_ETFS, MACRO_SERIES, SECTORS

FIRST, LAST = "2005-01-03", "2019-12-31"
TICKERS = (BENCHMARK, *SECTORS, *BOND_ETFS)
WHOLE_HISTORY = [ticker for ticker in SECTORS if ticker not in ("XLC", "XLRE")]
CREDIT, RATES = "BAMLH0A0HYM2", "DGS10"
HORIZON, CHANGE, WEEK = 40, 60, 5
PER_YEAR = float(np.sqrt(252.0))

Table = dict[str, dict[str, float]]
"""Row -> column -> value."""


@dataclass(frozen=True)
class Sample:
    """Daily tables of one market over FIRST..LAST.

    Attributes:
        total: total-return closes, [T x N].
        dollars: dollar volume, same shape.
        log_range: log of high over low, same shape.
        macro: values by session, NaN without an observation.
    """

    total: pd.DataFrame
    dollars: pd.DataFrame
    log_range: pd.DataFrame
    macro: pd.DataFrame


def read_real(folder: Path) -> Sample:
    """The real sample, straight from the vendors' files."""
    files = {
        ticker: pd.read_csv(folder / "etf" / f"{ticker}.csv", index_col="date", parse_dates=True)
        for ticker in TICKERS
    }
    column = {
        name: pd.DataFrame({ticker: file[name] for ticker, file in files.items()}).loc[FIRST:LAST]
        for name in ("high", "low", "close", "adj_close", "volume")
    }
    macro = {
        name: pd.read_csv(folder / "macro" / f"{name}.csv", index_col="date", parse_dates=True)
        for name in MACRO_SERIES
    }
    return Sample(
        total=column["adj_close"],
        dollars=column["close"] * column["volume"],
        log_range=_log(column["high"] / column["low"]),
        macro=pd.DataFrame({name: file["value"] for name, file in macro.items()}).reindex(
            column["close"].index
        ),
    )


def read_synthetic(market: MarketData) -> Sample:
    """The same tables of a generated market."""
    return Sample(
        total=market.total_return_close.loc[FIRST:LAST],
        dollars=(market.close * market.volume).loc[FIRST:LAST],
        log_range=_log(market.high / market.low).loc[FIRST:LAST],
        macro=pd.DataFrame(dict(market.macro)).loc[FIRST:LAST],
    )


def lead_correlations(total: pd.DataFrame, macro: pd.DataFrame) -> pd.DataFrame:
    """Correlation of past changes with each sector's next relative log return, [series x sector].

    Changes of the high-yield spread and of the 10-year yield over CHANGE sessions against the log
    return of sector over benchmark across the next HORIZON sessions.
    """
    log = _log(total)
    ahead = log.shift(-HORIZON) - log
    relative = ahead[list(SECTORS)].sub(ahead[BENCHMARK], axis=0)
    past = macro[[CREDIT, RATES]].ffill().diff(CHANGE)
    return pd.DataFrame({name: relative.corrwith(past[name]) for name in past}).T


def equity_moments(sample: Sample) -> Table:
    """Moments of the benchmark and of how everything moves together."""
    log = _log(sample.total)
    returns = sample.total.pct_change(fill_method=None)
    spy = returns[BENCHMARK]
    relative = returns[WHOLE_HISTORY].sub(spy, axis=0)
    weekly, levels = log.iloc[::WEEK].diff(), sample.macro.ffill().iloc[::WEEK].diff()
    daily = sample.macro.ffill().diff()
    rows = {
        "SPY log return, % a year": 100.0 * 252.0 * log[BENCHMARK].diff().mean(),
        "SPY volatility, %": 100.0 * PER_YEAR * spy.std(),
        "SPY maximum drawdown, %": 100.0
        * np.expm1((log[BENCHMARK] - log[BENCHMARK].cummax()).min()),
        "SPY kurtosis (normal 0)": spy.kurt(),
        "autocorrelation of r, lag 1": spy.autocorr(1),
        "autocorrelation of |r|, lag 1": spy.abs().autocorr(1),
        "autocorrelation of |r|, lag 20": spy.abs().autocorr(20),
        "mean log range / deviation": sample.log_range[BENCHMARK].mean() / spy.std(),
        "pairwise corr of nine sectors": _mean_pairwise(returns[WHOLE_HISTORY]),
        "the same, relative to SPY": _mean_pairwise(relative),
        "relative kurtosis, XLF": relative["XLF"].kurt(),
        "relative kurtosis, XLK": relative["XLK"].kurt(),
        "weekly corr SPY, HY spread": weekly[BENCHMARK].corr(levels[CREDIT]),
        "weekly corr SPY, 10y yield": weekly[BENCHMARK].corr(levels[RATES]),
        "weekly corr HY spread, 10y": levels[CREDIT].corr(levels[RATES]),
        "weekly corr HY, IG spread": levels[CREDIT].corr(levels["BAMLC0A0CM"]),
        "daily corr 2y, 10y yield": daily["DGS2"].corr(daily[RATES]),
        "weekly corr HYG, HY spread": weekly["HYG"].corr(levels[CREDIT]),
        "weekly corr LQD, 10y yield": weekly["LQD"].corr(levels[RATES]),
        "daily corr SPY, HYG": spy.corr(returns["HYG"]),
        "daily corr SPY, TLT": spy.corr(returns["TLT"]),
        "HY spread, kurtosis of change": daily[CREDIT].kurt(),
        "HY spread, autocorr of change": daily[CREDIT].autocorr(1),
    }
    return {name: {"": float(value)} for name, value in rows.items()}


def sector_moments(sample: Sample) -> Table:
    """Beta and correlation to the benchmark, relative volatility of each sector."""
    returns = sample.total.pct_change(fill_method=None)
    rows: Table = {}
    for ticker in SECTORS:
        own = returns[ticker].dropna()
        market = returns[BENCHMARK].loc[own.index]
        rows[ticker] = {
            "beta": float(own.cov(market)) / float(market.var()),
            "corr": own.corr(market),
            "relative vol %": 100.0 * PER_YEAR * float((own - market).std()),
        }
    return rows


def fund_moments(sample: Sample) -> Table:
    """Volatility and median dollar volume of every fund."""
    returns = sample.total.pct_change(fill_method=None)
    return {
        ticker: {
            "vol %": 100.0 * PER_YEAR * float(returns[ticker].std()),
            "median $M a session": float(sample.dollars[ticker].median()) / 1e6,
        }
        for ticker in TICKERS
    }


def level_moments(sample: Sample) -> Table:
    """Mean, deviation and maximum of each macro series."""
    rows: Table = {}
    for name in MACRO_SERIES:
        levels = sample.macro[name].dropna().to_numpy(np.float64)
        rows[name] = {"mean": levels.mean(), "deviation": levels.std(), "maximum": levels.max()}
    return rows


def change_moments(sample: Sample) -> Table:
    """Deviation of the daily change of each macro series, and how far its AR(1) is below one."""
    rows: Table = {}
    for name in MACRO_SERIES:
        levels = sample.macro[name].dropna()
        change = float(levels.diff().std())
        rows[name] = {"daily change": change, "1 - AR(1)": 1.0 - levels.autocorr(1)}
    return rows


def _log(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(np.log(frame.to_numpy()), index=frame.index, columns=frame.columns)


def _mean_pairwise(returns: pd.DataFrame) -> float:
    matrix = returns.corr().to_numpy()
    return float(matrix[np.triu_indices_from(matrix, k=1)].mean())


def _number(value: float) -> str:
    """At most three significant digits: a summary, not the vendors' data."""
    if abs(value) >= 100.0:
        return f"{float(f'{value:.3g}'):.0f}"
    if abs(value) >= 10.0:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def print_table(real: Table, default: Table, others: Iterable[Table]) -> None:
    """One cell a moment: real/default seed (lowest..highest of the other seeds)."""
    others = list(others)
    columns = list(next(iter(real.values())))
    lines = [["", *columns]]
    for row, values in real.items():
        cells = [row]
        for column in columns:
            spread = [other[row][column] for other in others]
            ends = f"{_number(min(spread))}..{_number(max(spread))}"
            cells.append(f"{_number(values[column])}/{_number(default[row][column])} ({ends})")
        lines.append(cells)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join(padded).rstrip())
    print()


def print_leads(markets: Mapping[str, list[MarketData]]) -> None:
    """Planted lead pooled over seeds, one line a variant and series."""
    print(f"{'':32}" + "".join(f"{ticker:>6}" for ticker in SECTORS))
    for name, drawn in markets.items():
        tables = [lead_correlations(m.total_return_close, pd.DataFrame(m.macro)) for m in drawn]
        for series in (CREDIT, RATES):
            means = pd.DataFrame([table.loc[series] for table in tables]).mean()
            label = f"{name}, {'HY spread' if series == CREDIT else '10y yield'}"
            print(f"{label:32}" + "".join(f"{means[ticker]:6.2f}" for ticker in SECTORS))


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of real market data")
    parser.add_argument("--seeds", type=int, default=12, help="seeds 1..n beside the default")
    arguments = parser.parse_args()
    if not (arguments.data / "etf" / f"{BENCHMARK}.csv").is_file():
        parser.error(f"{arguments.data}: no etf/{BENCHMARK}.csv; give a folder of market data")
    real = read_real(arguments.data)
    seeds = range(1, arguments.seeds + 1)
    drawn = [synthetic_market(SyntheticConfig(seed=seed)) for seed in seeds]
    default, others = read_synthetic(synthetic_market()), [read_synthetic(m) for m in drawn]
    for measure in (equity_moments, sector_moments, fund_moments, level_moments, change_moments):
        print_table(measure(real), measure(default), map(measure, others))
    leadless = [synthetic_market(SyntheticConfig(seed=seed, lead_sessions=0)) for seed in seeds]
    placebo = [synthetic_market(SyntheticConfig(seed=seed, placebo=True)) for seed in seeds]
    print_leads({"lead 40": drawn, "lead 0": leadless, "placebo": placebo})


if __name__ == "__main__":
    main()
