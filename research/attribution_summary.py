"""The attribution added up: by sector, effect, channel, decision, year and regime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from feeds.factor_file import RISK_FREE
from models.factor_regression import FactorFit, factor_regression
from models.yearly_ratio import yearly_information_ratios

KEYS = ("ticker", "effect", "channel", "decision_id", "year", "regime")
MARKET = "market"


def attribution_summary(
    table: pd.DataFrame, by: Sequence[str], regimes: pd.Series | None = None
) -> pd.DataFrame:
    """Percent of the active return by the given keys.

    Args:
        table: `research.attribution.attribution_table`.
        by: some of `KEYS`.
        regimes: name of the regime by session (index: dates); needed for "regime". The label is
            looked up on the session in which the return was earned; shift it beforehand where it
            is known at the close.

    Returns:
        Index `by`; `linked_pct` sums to the run's compounded active return, `linked_year_pct` (only
        where "year" is a key) within each year to that year's, both in percent.

    Raises:
        ValueError: an unknown key, or a session without a regime.
    """
    unknown = [key for key in by if key not in KEYS]
    if unknown or not by:
        raise ValueError(f"by {', '.join(unknown) or 'nothing'}: give some of {', '.join(KEYS)}")
    keyed = table.assign(year=table["date"].str[:4].astype(int))
    if "regime" in by:
        keyed["regime"] = _regimes(keyed["date"], regimes)
    columns = ["linked", *(["linked_year"] if "year" in by else [])]
    sums = keyed.groupby(list(by), sort=True)[columns].sum() * 100.0
    return sums.rename(columns=lambda name: f"{name}_pct")


def _regimes(dates: pd.Series, regimes: pd.Series | None) -> pd.Series:
    if regimes is None:
        raise ValueError('by "regime" needs the regimes')
    index = pd.DatetimeIndex(regimes.index).strftime("%Y-%m-%d")
    named = dates.map(dict(zip(index, regimes, strict=True)))
    if named.isna().any():
        raise ValueError(f"regimes have no name for {dates[named.isna()].iloc[0]}")
    return named


def yearly_ratio_table(equity: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Information ratio by calendar year with its interval; see `models.yearly_ratio`."""
    returns = equity[["value", "benchmark"]].pct_change().iloc[1:]
    years = pd.DatetimeIndex(equity["date"].iloc[1:]).year.to_numpy()
    active = (returns["value"] - returns["benchmark"]).to_numpy(dtype=np.float64)
    rows = yearly_information_ratios(active, years, np.random.default_rng(seed))
    return pd.DataFrame([asdict(row) for row in rows]).set_index("year")


def factor_fits(
    equity: pd.DataFrame, factors: pd.DataFrame | None = None
) -> tuple[dict[str, FactorFit], list[str]]:
    """Regress the run's returns on its benchmark, and on the user's factors where given.

    Args:
        equity: a run's table.
        factors: `feeds.factor_file.read_factor_file`. Column `RF` is subtracted from the strategy's
            return; every other one is a factor.

    Returns:
        Fits by name: "market" (strategy on benchmark), and with factors "factors" (strategy over RF
        on them) and "active on factors" (strategy less benchmark on them); and notices, one line
        each, for instance of sessions for which the file has no row and that were left out.

    Raises:
        ValueError: too few common sessions, or factors that a regression cannot tell apart.
    """
    days = pd.DatetimeIndex(equity["date"].iloc[1:])
    returns = equity[["value", "benchmark"]].pct_change().iloc[1:].set_axis(days)
    strategy, market = (returns[name].to_numpy(dtype=np.float64) for name in returns)
    fits = {MARKET: factor_regression(strategy, market[:, None], [MARKET])}
    notices: list[str] = []
    if factors is not None:
        common = days.isin(factors.index)
        if not common.all():
            first = days[int(np.argmin(common))].date()
            notices.append(
                f"factor file: no row for {int((~common).sum())} of {len(days)} sessions, first "
                f"{first}; they are left out"
            )
        there = factors.reindex(days[common])
        names = [name for name in there.columns if name != RISK_FREE]
        values = there[names].to_numpy(dtype=np.float64)
        free = there[RISK_FREE].to_numpy(dtype=np.float64) if RISK_FREE in there else 0.0
        fits["factors"] = factor_regression(strategy[common] - free, values, names)
        active = strategy[common] - market[common]
        fits["active on factors"] = factor_regression(active, values, names)
    return fits, notices


def factor_table(fit: FactorFit) -> pd.DataFrame:
    """The loadings of a fit: value, error, t, and 95 % interval, by name."""
    rows = [asdict(loading) for loading in fit.loadings]
    return pd.DataFrame(rows).set_index("name")
