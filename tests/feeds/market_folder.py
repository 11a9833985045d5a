"""A small sound data folder that the feed tests write and then damage, one fault at a time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from feeds.sessions import nyse_sessions

FIRST, LAST = "2020-01-02", "2020-04-30"
SECTORS = ("XLB", "XLE", "XLF", "XLI", "XLK", "XLP", "XLU", "XLV", "XLY")
COLUMNS = ("date", "open", "high", "low", "close", "adj_close", "volume")


def bars(seed: int, first: str = FIRST, last: str = LAST) -> pd.DataFrame:
    """Plausible daily bars with prices of four decimals, date as text."""
    sessions = nyse_sessions(first, last)
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 0.01, (len(sessions), 2))
    close = (100 * np.exp(np.cumsum(noise[:, 0]))).round(4)
    start = (close * np.exp(noise[:, 1] / 2)).round(4)
    return pd.DataFrame(
        {
            "date": sessions.strftime("%Y-%m-%d"),
            "open": start,
            "high": (np.maximum(start, close) + 0.25).round(4),
            "low": (np.minimum(start, close) - 0.25).round(4),
            "close": close,
            "adj_close": (close * 0.97).round(6),
            "volume": generator.integers(1_000, 1_000_000, len(sessions)),
        }
    )


def close_only(frame: pd.DataFrame) -> pd.DataFrame:
    """The same bars as some vendors deliver bond funds: adjusted close and nothing else."""
    return frame.assign(
        close=frame["adj_close"], open=np.nan, high=np.nan, low=np.nan, volume=np.nan
    )


def write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)


def write_folder(root: Path) -> Path:
    """SPY, nine sectors, XLC from March, HYG, MBB close-only, two macro series, actions."""
    for seed, ticker in enumerate(("SPY", *SECTORS, "HYG")):
        write(bars(seed), root / f"etf/{ticker}.csv")
    write(bars(20, first="2020-03-02"), root / "etf/XLC.csv")
    write(close_only(bars(21)), root / "etf/TLT.csv")
    days = nyse_sessions(FIRST, LAST)
    values = np.random.default_rng(22).normal(2.0, 0.1, len(days)).round(2)
    for series_id in ("DGS10", "BAMLH0A0HYM2"):
        macro = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "value": values})
        macro.loc[7, "value"] = np.nan
        write(macro, root / f"macro/{series_id}.csv")
    actions = pd.DataFrame(
        {
            "date": ["2020-03-20", "2020-03-20"],
            "ticker": ["SPY", "XLK"],
            "kind": ["dividend", "dividend(inferred)"],
            "value": [0.41, 0.22],
        }
    )
    write(actions, root / "actions.csv")
    return root


def row_of(path: Path, date: str) -> int:
    """1-based line of a date, header included."""
    lines = path.read_text().splitlines()
    return next(i for i, line in enumerate(lines, 1) if line.startswith(date))


def cell(path: Path, row: int, column: str) -> str:
    lines = path.read_text().splitlines()
    return lines[row - 1].split(",")[lines[0].split(",").index(column)]


def set_cell(path: Path, row: int, column: str, value: object) -> None:
    lines = path.read_text().splitlines()
    cells = lines[row - 1].split(",")
    cells[lines[0].split(",").index(column)] = str(value)
    lines[row - 1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")


def set_line(path: Path, row: int, *replacement: str) -> None:
    """Replace one line by none, one or more lines."""
    lines = path.read_text().splitlines()
    lines[row - 1 : row] = replacement
    path.write_text("\n".join(lines) + "\n")


def scale_before(path: Path, row: int, factor: float, columns: tuple[str, ...]) -> None:
    """Multiply every earlier row's columns, as an unadjusted split leaves them."""
    frame = pd.read_csv(path)
    frame.loc[: row - 3, list(columns)] *= factor
    write(frame, path)
