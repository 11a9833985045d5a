"""Tables of the regimes that a sector database holds: what they are, how long, what sectors did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from feeds.market_regimes import RULE
from feeds.recessions import in_recession
from feeds.sector_database import open_database, resolve_load
from models.markov_regimes import MARKOV_REGIMES, TURBULENT
from models.regime_statistics import agreement, regime_summary, transition_matrix
from models.regimes import NO_READING, REGIMES, STRESSED
from models.universe import SECTORS

# Annualised over less than a month, a mean return says nothing and looks like much.
FEWEST_SESSIONS = 21
SUMMARY_COLUMNS = {
    "sessions": "sessions",
    "share_pct": "share, %",
    "spells": "spells",
    "mean_sessions": "mean length, sessions",
    "median_sessions": "median length, sessions",
}


def regime_tables(path: Path, load_id: int | None = None) -> dict[str, pd.DataFrame]:
    """Tables ready to print, by title.

    Regimes are those known at each close. A sector's return in a regime is that of the session
    after a close in it, since July 2002, when the funds took their present meaning; its t-value
    takes sessions as independent, and under 21 sessions only their number is given. Agreement with
    NBER recessions is hindsight, because they are announced months after they began; a synthetic
    market has none.

    Args:
        path: the sector database.
        load_id: which load; None for the newest.

    Returns:
        Title -> table with plain column names, units in them; figures that do not exist are NaN.

    Raises:
        feeds.sector_database.SectorDatabaseError: no such file or load, or it cannot be read.
    """
    with open_database(path) as connection:
        load = resolve_load(connection, load_id)
        named = _named(connection, load)
        returns = connection.execute(
            "SELECT regime, ticker, sessions, relative_pct_per_year, relative_t "
            "FROM sector_regime_returns WHERE load_id = ? AND method = ?",
            [load, RULE],
        ).df()
        fits = connection.execute(
            "SELECT method, count(*) AS refits, "
            "CAST(count_if(status <> 'converged') AS BIGINT) AS refused "
            "FROM regime_fits WHERE load_id = ? GROUP BY method",
            [load],
        ).df()
        made_up = connection.execute(
            "SELECT synthetic FROM loads WHERE load_id = ?", [load]
        ).fetchone()
    rule = named[RULE].tolist()
    tables = {
        "Regimes by rule": _summary(rule),
        "From one session to the next, by rule, %": _transitions(rule),
        "Return relative to the benchmark after each regime, % a year": _sectors(returns),
        "Turbulence by channel, Markov-switching": _turbulence(named, fits.set_index("method")),
    }
    if made_up == (False,):
        tables["Agreement with NBER recessions, in hindsight"] = _recessions(named)
    return tables


def refused_fits(path: Path, load_id: int | None = None) -> list[str]:
    """One line for every refit of a Markov-switching model whose parameters were not used.

    Raises:
        feeds.sector_database.SectorDatabaseError: no such file or load, or it cannot be read.
    """
    with open_database(path) as connection:
        rows = connection.execute(
            "SELECT method, session, status, stay_quiet IS NULL FROM regime_fits "
            "WHERE load_id = ? AND status <> 'converged' ORDER BY method, session",
            [resolve_load(connection, load_id)],
        ).fetchall()
    return [
        f"{method}, {session}: {status}; "
        + ("no reading until a later refit" if unread else "the former parameters stay in force")
        for method, session, status, unread in rows
    ]


def _named(connection: duckdb.DuckDBPyConnection, load: int) -> dict[str, pd.Series]:
    """Method -> [T] regime names by session; the rule first."""
    frame = connection.execute(
        "SELECT method, session, regime FROM regimes WHERE load_id = ? ORDER BY session", [load]
    ).df()
    wide = frame.pivot_table(index="session", columns="method", values="regime", aggfunc="first")
    methods = sorted(wide.columns, key=lambda method: (method != RULE, method))
    return {str(method): wide[method] for method in methods}


def _summary(rule: list[str]) -> pd.DataFrame:
    frame = regime_summary(rule, tuple(REGIMES))[list(SUMMARY_COLUMNS)].rename(
        columns=SUMMARY_COLUMNS
    )
    frame["meaning"] = [REGIMES[str(name)] for name in frame.index]
    return frame.reset_index(names="regime")


def _transitions(rule: list[str]) -> pd.DataFrame:
    return (100.0 * transition_matrix(rule, tuple(REGIMES))).reset_index(names="from / to")


def _sectors(returns: pd.DataFrame) -> pd.DataFrame:
    """A row a sector; for each regime the relative return, its t-value and the sessions."""
    cells = {(cell.ticker, cell.regime): cell for cell in returns.itertuples(index=False)}
    rows = []
    for ticker in [one for one in SECTORS if one in set(returns["ticker"])]:
        row: dict[str, object] = {"sector": f"{ticker} {SECTORS[ticker]}"}
        for regime in [one for one in REGIMES if one != NO_READING]:
            cell: Any = cells.get((ticker, regime))
            sessions = 0 if cell is None else int(cell.sessions)
            enough = sessions >= FEWEST_SESSIONS
            row[regime] = float(cell.relative_pct_per_year) if enough else np.nan
            row[f"{regime}, t"] = float(cell.relative_t) if enough else np.nan
            row[f"{regime}, sessions"] = sessions
        rows.append(row)
    return pd.DataFrame(rows)


def _turbulence(named: dict[str, pd.Series], fits: pd.DataFrame) -> pd.DataFrame:
    refits, refused = (fits[name].to_dict() for name in ("refits", "refused"))
    rows = []
    for method, names in named.items():
        if method == RULE:
            continue
        read = names[names != NO_READING]
        summary = regime_summary(names.tolist(), MARKOV_REGIMES)
        rows.append(
            {
                "method": method,
                "first reading": str(read.index[0].date()) if len(read) else "none",
                "sessions read": len(read),
                "turbulent, %": 100.0 * (read == TURBULENT).mean() if len(read) else np.nan,
                "spells": summary["spells"][TURBULENT],
                "mean length, sessions": summary["mean_sessions"][TURBULENT],
                "refits": refits.get(method, 0),
                "of them refused": refused.get(method, 0),
            }
        )
    return pd.DataFrame(rows)


def _recessions(named: dict[str, pd.Series]) -> pd.DataFrame:
    rows = []
    for method, names in named.items():
        signal = STRESSED if method == RULE else (TURBULENT,)
        recession = in_recession(pd.DatetimeIndex(names.index))
        found = agreement(names.tolist(), recession, signal, NO_READING)
        rows.append(
            {
                "method": method,
                "signal": " or ".join(signal),
                "sensitivity, %": 100.0 * found.sensitivity,
                "precision, %": 100.0 * found.precision,
                "specificity, %": 100.0 * found.specificity,
                "base rate, %": 100.0 * found.base_rate,
                "sessions": found.sessions,
                "recessions met": f"{found.recessions_met} of {found.recessions}",
            }
        )
    return pd.DataFrame(rows)
