"""Every sector on every stress channel over every horizon: what predicts, and what survives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from feeds.bond_stress import market_stress
from feeds.market import MarketData
from models.block_signs import draw_signs, many_p
from models.false_discovery import adjusted_p
from models.local_projections import local_projection
from models.performance import NORMAL_95
from models.stress_sources import CHANNELS
from models.universe import BENCHMARK, SECTORS, SECTORS_REDEFINED
from research.config import ConfigError, RunConfig
from research.regression_cell import BLOCK, MIN_ROWS, cell_figures
from research.regression_sentences import FDR_PCT, plain_sentences
from research.results_folder import write_folder, write_parquet
from research.run import code_version

HORIZONS = (20, 40, 60)
KINDS = ("level", "change")
CHANGE = 60
# So many that one cell of four hundred could pass alone: 1 / 10,000 < 10 % / 400.
DRAWS = 9999
TECHNOLOGY = "XLK"
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
    deviations, as published by the close. Randomness is drawn with `config.seed`.

    Returns:
        sector, channel, kind, horizon, rows; `coefficient_pct` (percent per standard deviation)
        with Newey-West and Hodrick t, the Hodrick `p_value`; `sign_p` by random signs of blocks;
        the coefficient less its Stambaugh bias; R2; out-of-sample R2 and Clark-West p; Granger p
        of daily changes; `break_p` of one change of the slope, `break_session` its last session
        before (ISO) and the slopes before and after; slopes of the 10 % and 90 % quantile with p;
        `bh_p` and `by_p`, the Hodrick p adjusted over the whole grid after Benjamini-Hochberg and
        Benjamini-Yekutieli, `sign_bh_p` likewise; `survives` (`bh_p` at or below 10 %) and
        `many_p`, the same in all rows: of as many `sign_p` at or below 5 % as there are. NaN (""
        for the session) where the data are too few.

    Raises:
        ConfigError: they are too few everywhere.
    """
    relative, features, first = _inputs(market, config)
    rng = np.random.default_rng(config.seed)
    signs = draw_signs(len(relative), BLOCK, DRAWS, rng)
    rows: list[dict[str, Any]] = []
    draws: list[np.ndarray] = []
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
                    figures, drawn, last_before = cell_figures(
                        series[span], predictor[span], horizon, signs, rng
                    )
                    cell = {"sector": sector, "channel": channel, "kind": kind, "horizon": horizon}
                    found = last_before >= 0
                    day = str(relative.index[span][last_before].date()) if found else ""
                    rows.append(cell | figures | {"break_session": day})
                    draws += [drawn] if len(drawn) else []
    table = pd.DataFrame(rows)
    if not draws:
        raise ConfigError(
            f"period {config.period.start} to {config.period.end}: no regression has "
            f"{MIN_ROWS} sessions; start earlier"
        )
    return _adjusted(table, draws)


def _adjusted(table: pd.DataFrame, draws: list[np.ndarray]) -> pd.DataFrame:
    """The table with what concerns all of its rows together."""
    p_values, sign_p = (table[name].to_numpy(dtype=np.float64) for name in ("p_value", "sign_p"))
    table["bh_p"] = adjusted_p(p_values)
    table["by_p"] = adjusted_p(p_values, dependent=True)
    table["survives"] = table["bh_p"] <= FDR_PCT / 100.0
    table["sign_bh_p"] = adjusted_p(sign_p)
    table["many_p"] = many_p(sign_p[np.isfinite(sign_p)], np.column_stack(draws))[1]
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
                "low_pct": 100.0 * (response - NORMAL_95 * error),
                "high_pct": 100.0 * (response + NORMAL_95 * error),
            }
            for ahead, response, error in zip(
                found.horizons, found.response, found.error, strict=True
            )
        ]
    columns = ["channel", "sessions", "response_pct", "low_pct", "high_pct"]
    return pd.DataFrame(rows, columns=columns)


def write_regressions(
    market: MarketData,
    config: RunConfig,
    root: Path,
    write_page: Callable[[Path], object],
    on_step: Step = lambda _: None,
) -> Path:
    """Write regressions.parquet, projections.parquet and notes.parquet, and the page.

    Projections are those of technology and of the sector with the smallest p beside it.
    """
    table = regression_grid(market, config, on_step=on_step)
    others = table[table["sector"] != TECHNOLOGY].sort_values("p_value")
    sectors = [TECHNOLOGY, str(others["sector"].iloc[0])]
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

    content = f"{market.digest}{code_version()}{config.stress}{config.period}{config.seed}"
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
