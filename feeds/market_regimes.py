"""Regimes of a market by every method, session by session, in one long table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from feeds.market import MarketData
from models.markov_fit import MarkovConfig
from models.markov_regimes import Refit, markov_names, walk_forward_turbulence
from models.regimes import RegimeRule, curve_slope, rule_regimes
from models.stress import StressConfig
from models.stress_sources import CHANNELS

RULE = "rule"
REGIME_COLUMNS = ("session", "method", "regime", "score", "slope_pct")
FIT_COLUMNS = (
    "method", "session", "observations", "status", "log_likelihood", "stay_quiet",
    "stay_turbulent", "mean_quiet", "mean_turbulent", "variance_quiet", "variance_turbulent",
)  # fmt: skip


@dataclass(frozen=True)
class RegimeSettings:
    """Everything that stress and regimes depend on beside the data.

    Attributes:
        stress: how channels are measured.
        rule: the rule of named regimes.
        markov: the Markov-switching model.
        channels: those that get a Markov-switching model.
    """

    stress: StressConfig = field(default_factory=StressConfig)
    rule: RegimeRule = field(default_factory=RegimeRule)
    markov: MarkovConfig = field(default_factory=MarkovConfig)
    channels: tuple[str, ...] = CHANNELS


def markov_method(channel: str) -> str:
    """The name under which a channel's Markov-switching regimes are stored."""
    return f"markov {channel}"


def market_regimes(
    market: MarketData,
    features: pd.DataFrame,
    sources: pd.DataFrame,
    settings: RegimeSettings,
    on_step: Callable[[str], None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Regimes as known at each close.

    Args:
        market: the market; its macro series give the slope.
        features: [T x F] its stress features.
        sources: [T x channels] the source behind each channel.
        settings: rule, model and channels.
        on_step: called with a title before each model.

    Returns:
        regimes: a row a session and method, REGIME_COLUMNS. `score` is the rule's stress quantile
            or the filtered probability of turbulence, both 0..1; NaN without a reading.
            `slope_pct` is the rule's only.
        fits: a row a refit, FIT_COLUMNS, failures included; the parameters are those in force from
            `session` on, NaN while there are none.
    """
    on_step("regimes by rule")
    slope = curve_slope(
        market.macro, market.publication_lags, market.sessions, settings.stress.max_stale
    )
    ruled = rule_regimes(features, slope, settings.rule)
    names = ruled["regime"].to_numpy()
    parts = [_part(market, RULE, names, ruled["quantile"].to_numpy(), slope)]
    fits: list[dict[str, object]] = []
    for channel in settings.channels:
        method = markov_method(channel)
        on_step(f"regimes: {method}")
        probability, refits = walk_forward_turbulence(
            features[channel], sources[channel], settings.markov
        )
        turbulent = probability.to_numpy()
        no_slope = np.full(len(turbulent), np.nan)
        parts.append(_part(market, method, markov_names(turbulent), turbulent, no_slope))
        fits += [_fit_row(method, refit) for refit in refits]
    return pd.concat(parts, ignore_index=True), pd.DataFrame(fits, columns=list(FIT_COLUMNS))


def _part(
    market: MarketData, method: str, names: np.ndarray, score: np.ndarray, slope: np.ndarray
) -> pd.DataFrame:
    columns = (market.sessions, method, names, score, slope)
    return pd.DataFrame(dict(zip(REGIME_COLUMNS, columns, strict=True)))


def _fit_row(method: str, refit: Refit) -> dict[str, object]:
    row: dict[str, object] = {
        "method": method,
        "session": refit.session,
        "observations": refit.observations,
        "status": refit.status,
        "log_likelihood": refit.log_likelihood,
    }
    used = refit.parameters
    if used is not None:
        values = (used.stay_quiet, used.stay_turbulent, *used.means, *used.variances)
        row |= dict(zip(FIT_COLUMNS[5:], values, strict=True))
    return row
