"""A market in a folder that every worker maps into its memory instead of receiving a copy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from feeds.market import BAR_FIELDS, MarketData
from research.sweep_cache import read_arrays, write_arrays


def write_market(market: MarketData, folder: Path) -> None:
    """Write a market so that `open_market` finds the same, digest included."""
    described = {
        "tickers": market.tickers,
        "macro": list(market.macro),
        "lags": dict(market.publication_lags),
        "source": market.source,
        "synthetic": market.synthetic,
        "notices": list(market.notices),
    }
    text = json.dumps(described).encode()
    arrays = {name: getattr(market, name).to_numpy(np.float64).T for name in BAR_FIELDS}
    arrays["sessions"] = market.sessions.to_numpy("datetime64[D]")
    arrays["described"] = np.frombuffer(text, dtype=np.uint8)
    for number, series in enumerate(market.macro.values()):
        arrays[f"macro_dates_{number}"] = series.index.to_numpy("datetime64[D]")
        arrays[f"macro_values_{number}"] = series.to_numpy(np.float64)
    write_arrays(folder, arrays)


def open_market(folder: Path) -> MarketData:
    """The market of a folder; its prices stay in the file until they are read."""
    arrays = read_arrays(folder)
    described = json.loads(arrays["described"].tobytes())
    sessions = _days(arrays["sessions"])
    return MarketData(
        sessions=sessions,
        **{
            name: pd.DataFrame(
                arrays[name].T, index=sessions, columns=described["tickers"], copy=False
            )
            for name in BAR_FIELDS
        },
        macro={
            series: pd.Series(
                arrays[f"macro_values_{number}"],
                index=_days(arrays[f"macro_dates_{number}"]),
                copy=False,
            )
            for number, series in enumerate(described["macro"])
        },
        source=described["source"],
        synthetic=described["synthetic"],
        publication_lags=described["lags"],
        notices=tuple(described["notices"]),
    )


def _days(days: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[ns]"))
