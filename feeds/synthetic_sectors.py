"""Sector and benchmark returns of the synthetic market, with the planted lead.

Eleven latent sectors exist throughout. Each follows the market with its beta, three style factors,
noise of its own, and the response to past credit and rates shocks. All of it is centred with the
drifting index weights, so that the weighted mix of the sectors is the benchmark. Drift depends on
the regime but is the same for all sectors: it says nothing about relative returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.synthetic_drivers import (
    CREDIT_DEVIATION,
    MARKET_DEVIATION,
    RATES_DEVIATION,
    SESSIONS_PER_YEAR,
    Array,
    Drivers,
    soft_ceiling,
    stationary,
    student_t,
)


class Traits(NamedTuple):
    """What makes a sector: betas, deviations and responses.

    Attributes:
        weight: of the index at the start.
        beta: to the market before centring.
        defensive, growth, commodity: annual deviation owed to each style factor, percent.
        own: annual deviation of its own noise, percent.
        clustering: loading of its own noise on common log volatility.
        credit: relative log return, percent, that follows a credit shock of one daily deviation.
        rates: the same for a shock of the 10-year yield.
    """

    weight: float
    beta: float
    defensive: float
    growth: float
    commodity: float
    own: float
    clustering: float
    credit: float
    rates: float


SECTOR_TRAITS: dict[str, Traits] = {
    "XLB": Traits(0.030, 1.09, -1.0, -1.0, 6.0, 9.5, 0.6, 0.12, -0.08),
    "XLC": Traits(0.080, 0.98, -1.0, 4.0, -2.0, 8.5, 0.5, 0.18, -0.06),
    "XLE": Traits(0.085, 1.18, -1.0, -2.0, 11.0, 13.0, 0.5, 0.36, -0.08),
    "XLF": Traits(0.190, 1.40, -2.0, -1.5, -1.5, 16.5, 1.2, -1.00, 0.05),
    "XLI": Traits(0.110, 1.02, -1.0, -1.0, 2.0, 7.5, 0.6, -0.12, 0.06),
    "XLK": Traits(0.155, 1.00, -1.0, 4.5, -2.0, 6.5, 0.5, 0.26, -0.06),
    "XLP": Traits(0.100, 0.56, 5.0, 0.0, -1.0, 6.0, 0.6, 0.24, 0.02),
    "XLRE": Traits(0.022, 0.78, 7.5, -1.0, -2.0, 9.5, 0.7, 0.20, 0.00),
    "XLU": Traits(0.033, 0.62, 8.0, -2.0, 1.0, 9.5, 0.5, 0.30, 0.02),
    "XLV": Traits(0.125, 0.73, 3.5, 0.0, -2.0, 8.5, 0.6, 0.26, 0.02),
    "XLY": Traits(0.070, 1.02, 0.0, 2.5, -4.0, 8.0, 0.7, 0.10, 0.02),
}

LATENT = tuple(SECTOR_TRAITS)
SECTOR_LISTED = {"XLRE": "2015-10-08", "XLC": "2018-06-19"}
FORMER_HOMES: dict[str, dict[str, float]] = {"XLRE": {"XLF": 1.0}, "XLC": {"XLK": 0.6, "XLY": 0.4}}
"""Late sector -> the funds that held it before, with the share of its index weight in each."""

DRIFT_PER_YEAR = np.array([0.15, 0.09, -0.12])
"""Log drift of every sector, by regime."""
WEIGHT_REVERSION_YEARS = 8.0
"""Issuance and index changes pull weights back; without it one sector would eat the index."""
OWN_VOLATILITY = (60.0, 0.28)
"""Half-life (sessions) and deviation of each sector's own log volatility."""
LARGEST_MOVE = 0.25
"""Bound of a session's log return; the largest real one in 1998-2024 is energy's -0.22 in 2020."""
BENCHMARK_RESIDUAL = 0.0003
"""Daily deviation between the index and its sector mix (sampling, cash, timing)."""


@dataclass(frozen=True)
class LatentSectors:
    """The eleven sectors as they would trade if all had a fund, [T x 11] each.

    Attributes:
        log_returns: daily log total returns.
        weights: index weights before each session; rows sum to one.
        deviation: conditional daily deviation, for ranges and volumes.
    """

    log_returns: Array
    weights: Array
    deviation: Array


def response_kernel(lead: int) -> Array:
    """Weights of shocks 0, 1, 2, ... sessions ago in today's response; they sum to one.

    A raised cosine centred at `lead` with a full width at half maximum of lead / 2, never before
    one session. Lead 0 is the shock of the same session only.
    """
    if lead == 0:
        return np.ones(1)
    half = lead // 2
    lags = np.arange(lead + half + 1)
    kernel = np.where(
        (lags >= max(1, lead - half)) & (lags <= lead + half),
        1.0 + np.cos(np.pi * (lags - lead) / (half + 1)),
        0.0,
    )
    return np.asarray(kernel / kernel.sum())


def draw_sectors(
    rng: np.random.Generator, drivers: Drivers, *, lead: int, effect: float
) -> LatentSectors:
    """Draw the latent sectors.

    Args:
        rng: source of style factors and own noise.
        drivers: market, credit and rates shocks that the sectors feel.
        lead: sessions between a shock and the centre of the response.
        effect: multiple of the responses in SECTOR_TRAITS.
    """
    length = len(drivers.market)
    beta, own, clustering = _trait("beta"), _trait("own"), _trait("clustering")
    styles = np.column_stack([_trait(name) for name in ("defensive", "growth", "commodity")])
    daily = 0.01 / np.sqrt(SESSIONS_PER_YEAR)
    moderate = drivers.volatility[:, None] ** 0.5
    factors = np.column_stack([student_t(rng, length) for _ in range(3)]) * moderate
    noise = np.column_stack([student_t(rng, length) for _ in LATENT])
    breath = np.column_stack(
        [stationary(rng.standard_normal(length), *OWN_VOLATILITY) for _ in LATENT]
    )
    own_volatility = soft_ceiling(breath + np.log(drivers.volatility)[:, None] * clustering)
    own_deviation = daily * own * np.exp(own_volatility)
    kernel = response_kernel(lead)
    credit = _respond(drivers.credit / CREDIT_DEVIATION, kernel)
    rates = _respond(drivers.rates / RATES_DEVIATION, kernel)
    response = (
        0.01 * effect * (np.outer(credit, _trait("credit")) + np.outer(rates, _trait("rates")))
    )
    raw = drivers.market[:, None] * beta + daily * factors @ styles.T + own_deviation * noise
    relative, weights = _centre(raw + response, _trait("weight"))
    drift = DRIFT_PER_YEAR[drivers.regime] / SESSIONS_PER_YEAR
    log_returns = _bound(relative + (drivers.market + drift)[:, None])
    style_deviation = daily * np.sqrt((styles**2).sum(axis=1)) * moderate
    market_deviation = MARKET_DEVIATION * drivers.volatility[:, None] * beta
    deviation = np.sqrt(market_deviation**2 + style_deviation**2 + own_deviation**2)
    return LatentSectors(log_returns, weights, deviation)


def fund_returns(
    rng: np.random.Generator, latent: LatentSectors, listed: Mapping[str, NDArray[np.bool_]]
) -> dict[str, Array]:
    """Ticker -> daily log total return of the benchmark and the sector funds, [T].

    Before a late sector lists, its weight sits in the funds that held it; its own returns before
    that day are those it would have had.

    Args:
        rng: source of the benchmark's residual.
        latent: the sectors.
        listed: late sector -> [T] True once it trades.
    """
    growth, weights = np.expm1(latent.log_returns), latent.weights
    residual = BENCHMARK_RESIDUAL * rng.standard_normal(len(growth))
    funds = {"SPY": np.log1p((weights * growth).sum(axis=1) + residual)}
    for column, ticker in enumerate(LATENT):
        held, earned = weights[:, column].copy(), weights[:, column] * growth[:, column]
        for late, homes in FORMER_HOMES.items():
            guest = LATENT.index(late)
            lodged = weights[:, guest] * np.where(listed[late], 0.0, homes.get(ticker, 0.0))
            held += lodged
            earned += lodged * growth[:, guest]
        funds[ticker] = np.log1p(earned / held)
    return funds


def _bound(log_returns: Array) -> Array:
    """The return itself up to about 0.18, then ever less of it: no seed looks like a split."""
    return np.asarray(log_returns / (1.0 + (log_returns / LARGEST_MOVE) ** 8) ** 0.125)


def _trait(name: str) -> Array:
    return np.array([getattr(traits, name) for traits in SECTOR_TRAITS.values()])


def _respond(shocks: Array, kernel: Array) -> Array:
    return np.convolve(shocks, kernel)[: len(shocks)]


def _centre(raw: Array, start: Array) -> tuple[Array, Array]:
    """Returns relative to the weighted mix, and the weights, which drift with them."""
    anchor = np.log(start / start.sum())
    pull = 1.0 / (WEIGHT_REVERSION_YEARS * SESSIONS_PER_YEAR)
    relative, weights = np.empty_like(raw), np.empty_like(raw)
    log_weight = anchor.copy()
    for t in range(len(raw)):
        weight = np.exp(log_weight)
        weight /= weight.sum()
        weights[t] = weight
        relative[t] = raw[t] - weight @ raw[t]
        log_weight += relative[t] + pull * (anchor - log_weight)
    return relative, weights
