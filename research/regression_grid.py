"""Every sector on every stress channel over every horizon: what predicts, and what survives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from models.clark_west import out_of_sample
from models.false_discovery import adjusted_p
from models.granger import granger_p
from models.hodrick import hodrick_errors
from models.local_projections import local_projection
from models.mapping import forward_relative_returns
from models.performance import regression_hac
from models.quantile_slopes import quantile_slope
from models.stability import slope_stability_p
from models.stambaugh import slope_bias
from models.stress_sources import CHANNELS
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from research.config import ConfigError, RunConfig
from research.results_folder import write_folder, write_parquet
from research.run import code_version

HORIZONS = (20, 40, 60)
KINDS = ("level", "change")
CHANGE = 60
TAILS = (0.1, 0.9)
FDR_PCT = 10.0
MIN_ROWS = 504
PROJECTED = tuple(range(5, 81, 5))
Step = Callable[[str], Any]


def regression_grid(
    market: MarketData,
    config: RunConfig,
    horizons: Sequence[int] = HORIZONS,
    on_step: Step = lambda _: None,
) -> pd.DataFrame:
    """Predictive regressions of each sector's relative return on each channel, one row each.

    Rows are sessions of `config.period` on or after July 2002 at which the channel and the sector
    are known; outcomes (log return less the benchmark's over the next h sessions) end within the
    period. The predictor is the channel's level or its 60-session change in trailing standard
    deviations, as published by the close.

    Returns:
        sector, channel, kind, horizon, rows; `coefficient_pct` (percent per standard deviation)
        with Newey-West and Hodrick t, the Hodrick p; the Stambaugh-corrected coefficient; R2;
        out-of-sample R2 and Clark-West p; Granger p of daily changes; stability p; slopes of the
        10 % and 90 % quantile with t; p adjusted over the whole grid after Benjamini-Hochberg and
        Benjamini-Yekutieli, and `survives` (the former at or below 10 %). NaN where the data are
        too few.

    Raises:
        ConfigError: they are too few everywhere.
    """
    relative, features, first = _inputs(market, config)
    rows: list[dict[str, Any]] = []
    for channel in CHANNELS:
        on_step(f"regressions on {channel}")
        for kind in KINDS:
            name = channel if kind == "level" else f"{channel}_{CHANGE}"
            predictor = features[name].to_numpy(dtype=np.float64)
            for sector in relative.columns:
                series = relative[sector].to_numpy(dtype=np.float64)
                known = np.isfinite(predictor) & np.isfinite(series)
                known[:first] = False
                span = _longest_end(known)
                for horizon in horizons:
                    cell = {"sector": sector, "channel": channel, "kind": kind, "horizon": horizon}
                    rows.append(cell | _cell(series[span], predictor[span], horizon))
    table = pd.DataFrame(rows)
    if table["p_value"].isna().all():
        raise ConfigError(
            f"period {config.period.start} to {config.period.end}: no regression has "
            f"{MIN_ROWS} sessions; start earlier"
        )
    p_values = table["p_value"].to_numpy(dtype=np.float64)
    table["bh_p"] = adjusted_p(p_values)
    table["by_p"] = adjusted_p(p_values, dependent=True)
    table["survives"] = table["bh_p"] <= FDR_PCT / 100.0
    return table


def projections(market: MarketData, config: RunConfig, sector: str) -> pd.DataFrame:
    """Local projections of a sector on the daily change of each channel's level.

    Columns channel, sessions, response_pct (percent per standard deviation of the channel),
    low_pct, high_pct (95 %).
    """
    relative, features, first = _inputs(market, config)
    series = relative[sector].to_numpy(dtype=np.float64)
    rows = []
    for channel in CHANNELS:
        level = features[channel].to_numpy(dtype=np.float64)
        shock, daily = np.diff(level, prepend=np.nan), np.diff(series, prepend=np.nan)
        known = np.isfinite(shock) & np.isfinite(daily)
        known[:first] = False
        span = _longest_end(known)
        if len(shock[span]) < MIN_ROWS:
            continue
        found = local_projection(daily[span], shock[span], np.array(PROJECTED))
        rows += [
            {
                "channel": channel,
                "sessions": int(ahead),
                "response_pct": 100.0 * response,
                "low_pct": 100.0 * (response - 1.96 * error),
                "high_pct": 100.0 * (response + 1.96 * error),
            }
            for ahead, response, error in zip(
                found.horizons, found.response, found.error, strict=True
            )
        ]
    columns = ["channel", "sessions", "response_pct", "low_pct", "high_pct"]
    return pd.DataFrame(rows, columns=columns)


def plain_sentences(table: pd.DataFrame) -> list[str]:
    """What survives and what does not, in words made from the table."""
    tested = int(table["p_value"].notna().sum())
    alone = int((table["p_value"] <= 0.05).sum())
    passed = table[table["survives"]].sort_values("bh_p")
    lines = [
        f"{tested} regressions: {alone} have p at or below 5 % on their own, where chance alone "
        f"gives about {0.05 * tested:.0f}.",
        f"{len(passed)} survive control of false discoveries at {FDR_PCT:.0f} % "
        f"(Benjamini-Hochberg), {int((table['by_p'] <= FDR_PCT / 100.0).sum())} under any "
        "dependence (Benjamini-Yekutieli).",
    ]
    for row in passed.head(8).to_dict("records"):
        direction = "ahead of" if row["coefficient_pct"] > 0 else "behind"
        lines.append(
            f"{row['sector']} runs {abs(row['coefficient_pct']):.1f} % {direction} {BENCHMARK} "
            f"over {row['horizon']} sessions for each standard deviation of the {row['channel']} "
            f"{row['kind']} (t {row['hodrick_t']:.1f}, adjusted p {row['bh_p']:.3f}); "
            f"out of sample R2 is {row['oos_r2_pct']:.1f} %."
        )
    useful = (table["oos_r2_pct"] > 0) & (table["clark_west_p"] <= 0.05)
    lines.append(
        f"Out of sample {int((table['oos_r2_pct'] > 0).sum())} of {tested} beat the mean of the "
        f"past, {int(useful.sum())} of them with p at or below 5 % (Clark-West)."
    )
    unstable = int((table["stability_p"] <= 0.05).sum())
    lines.append(f"The slope changes over time in {unstable} of {tested} (p at or below 5 %).")
    return lines


def write_regressions(
    market: MarketData,
    config: RunConfig,
    root: Path,
    write_page: Callable[[Path], object],
    on_step: Step = lambda _: None,
) -> Path:
    """Write regressions.parquet, projections.parquet and notes.parquet, and the page."""
    table = regression_grid(market, config, on_step=on_step)
    strongest = table.sort_values("p_value")["sector"].iloc[0]
    sectors = dict.fromkeys(["XLK", str(strongest)])
    on_step("local projections")
    paths = pd.concat(
        [projections(market, config, sector).assign(sector=sector) for sector in sectors]
    )
    kind = "SYNTHETIC MARKET, " if market.synthetic else ""
    title = f"{kind}{market.source}, {config.period.start} to {config.period.end}"
    notes = pd.DataFrame({"line": [title, *plain_sentences(table)]})

    def fill(folder: Path) -> None:
        write_parquet(folder / "regressions.parquet", table)
        write_parquet(folder / "projections.parquet", paths)
        write_parquet(folder / "notes.parquet", notes)
        write_page(folder)

    content = f"{market.digest}{code_version()}{config.stress}{config.period}"
    name = f"regressions-{pd.util.hash_array(np.array([content], dtype=object))[0]:016x}"
    return write_folder(root, name[:24], fill)


def _inputs(market: MarketData, config: RunConfig) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Log relative prices and features to the period's end, and the first row that counts."""
    last = pd.Timestamp(config.period.end)
    features, _ = market_stress(market, config.stress.model())
    closes = market.total_return_close.loc[:last]
    sectors = [ticker for ticker in SECTORS if ticker in closes]
    values = np.log(closes[sectors].to_numpy()) - np.log(closes[[BENCHMARK]].to_numpy())
    logs = pd.DataFrame(values, closes.index, sectors)
    start = max(pd.Timestamp(config.period.start), pd.Timestamp(SECTORS_REDEFINED))
    return logs, features.loc[:last], int(closes.index.searchsorted(start))


def _longest_end(known: np.ndarray) -> slice:
    """The unbroken run of known rows that ends last."""
    rows = np.flatnonzero(known)
    if not len(rows):
        return slice(0, 0)
    breaks = np.flatnonzero(np.diff(rows) > 1)
    first = rows[breaks[-1] + 1] if len(breaks) else rows[0]
    return slice(int(first), int(rows[-1]) + 1)


def _cell(series: np.ndarray, predictor: np.ndarray, horizon: int) -> dict[str, Any]:
    return dict(_figures(series, predictor, horizon))


def _figures(
    series: np.ndarray, predictor: np.ndarray, horizon: int
) -> Iterator[tuple[str, float]]:
    names = (
        "coefficient_pct", "newey_west_t", "hodrick_t", "p_value", "corrected_pct", "r2_pct",
        "oos_r2_pct", "clark_west_p", "granger_p", "stability_p", "tail_low_pct", "tail_low_t",
        "tail_high_pct", "tail_high_t",
    )  # fmt: skip
    yield "rows", float(max(len(series) - horizon, 0))
    if len(series) < MIN_ROWS + horizon:
        yield from ((name, np.nan) for name in names)
        return
    daily = np.diff(series, prepend=series[0])[:, None]
    ahead = forward_relative_returns(series[:, None], horizon)[:, 0]
    x = predictor[: len(ahead)]
    slopes, errors = hodrick_errors(daily, predictor, horizon)
    slope, hodrick_t = float(slopes[0]), float(slopes[0] / errors[0])
    coefficients, hac = regression_hac(ahead, x, horizon)
    outside = out_of_sample(np.r_[ahead, np.full(horizon, np.nan)], predictor, horizon)
    low, high = (quantile_slope(ahead, x, horizon, tail) for tail in TAILS)
    values = (
        100.0 * slope,
        float(coefficients[1] / hac[1]),
        hodrick_t,
        2.0 * float(special.ndtr(-abs(hodrick_t))),
        100.0 * (slope - float(slope_bias(daily, predictor, horizon)[0])),
        100.0 * float(np.corrcoef(x, ahead)[0, 1] ** 2),
        outside.r2_pct,
        outside.p_value,
        granger_p(daily[1:, 0], np.diff(predictor)),
        slope_stability_p(ahead, x, horizon),
        100.0 * low.slope,
        low.t_value,
        100.0 * high.slope,
        high.t_value,
    )
    yield from zip(names, values, strict=True)
