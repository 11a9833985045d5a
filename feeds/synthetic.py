"""The embedded default: a seeded, synthetic market of everything that the system reads.

A hidden semi-Markov chain moves between calm, tightening and credit stress. Two persistent stress
drivers, credit and rates, move spreads and yields in the same session; the sectors' returns
relative to the benchmark follow around `lead_sessions` later (a raised cosine, half as wide as
the lead), with the signs found in real data up to 2019: wider high-yield spreads are bad for
financials, a little for industrials, good for technology, utilities and staples; higher 10-year
yields are bad for technology, good for financials and industrials. The benchmark itself falls when
spreads widen, in the same session. Every other shock is unpredictable and the drift is the same
for all sectors, so that the planted lead is the only source of predictable relative returns.

It is a likeness, not a history: regimes fall on other dates with every seed, and a later `last`
draws another market rather than more of the same one (`MarketData.until` cuts one without
changing it). What is plainer than in reality: tails and the clustering of volatility are
milder than those of 2008, index returns have no negative autocorrelation, credit spreads of all
grades move more closely together, real estate is as cyclical as before 2015, and dollar volume has
no trend.

Measured by benchmarks/calibrate_synthetic.py on 2005-2019 (the real 2020-2024 stays unseen).
A cell reads real/seed 7 (lowest..highest of seeds 1 to 12); yields and spreads in percent:

SPY log return, % a year        8.58/10.6 (1.64..12.7)
SPY volatility, %               18.3/19.1 (13.9..26.0)
SPY maximum drawdown, %         -55.2/-46.7 (-67.8..-21.2)
SPY kurtosis (normal 0)         16.5/8.62 (4.92..21.3)
autocorrelation of r, lag 1     -0.079/0.005 (-0.026..0.038)
autocorrelation of |r|, lag 1   0.29/0.20 (0.17..0.29)
autocorrelation of |r|, lag 20  0.25/0.11 (0.10..0.26)
mean log range / deviation      1.05/1.17 (1.11..1.21)
pairwise corr of nine sectors   0.68/0.72 (0.64..0.76)
the same, relative to SPY       -0.041/-0.053 (-0.092..0.067)
relative kurtosis, XLF          27.5/5.84 (5.46..13.7)
relative kurtosis, XLK          4.56/3.32 (2.37..3.81)
weekly corr SPY, HY spread      -0.66/-0.59 (-0.60..-0.47)
weekly corr SPY, 10y yield      0.37/0.39 (0.32..0.42)
weekly corr HY spread, 10y      -0.44/-0.38 (-0.52..-0.32)
weekly corr HY, IG spread       0.80/0.91 (0.86..0.94)
daily corr 2y, 10y yield        0.73/0.78 (0.76..0.80)
weekly corr HYG, HY spread      -0.79/-0.74 (-0.94..-0.72)
weekly corr LQD, 10y yield      -0.60/-0.66 (-0.72..-0.31)
daily corr SPY, HYG             0.64/0.64 (0.61..0.67)
daily corr SPY, TLT             -0.41/-0.37 (-0.37..-0.32)
HY spread, kurtosis of change   21.8/10.8 (7.72..47.1)
HY spread, autocorr of change   0.31/0.32 (0.28..0.37)

      beta                    corr                    relative vol %
XLB   1.09/1.08 (1.03..1.16)  0.86/0.88 (0.82..0.90)  11.9/11.4 (10.2..14.0)
XLC   1.11/0.87 (0.87..1.10)  0.85/0.88 (0.82..0.92)  9.87/8.28 (6.81..15.9)
XLE   1.20/1.16 (1.12..1.24)  0.80/0.80 (0.71..0.83)  17.2/16.7 (15.5..21.1)
XLF   1.42/1.34 (1.33..1.39)  0.85/0.90 (0.85..0.90)  17.9/13.9 (10.5..21.0)
XLI   1.00/1.03 (0.96..1.10)  0.91/0.92 (0.88..0.94)  8.13/8.37 (6.82..9.73)
XLK   0.98/1.02 (0.94..1.06)  0.91/0.94 (0.89..0.95)  8.17/7.26 (6.30..8.85)
XLP   0.55/0.57 (0.51..0.62)  0.78/0.82 (0.69..0.86)  11.6/11.2 (9.71..14.7)
XLRE  0.55/0.77 (0.69..0.86)  0.49/0.79 (0.73..0.82)  13.9/13.7 (9.28..19.6)
XLU   0.62/0.62 (0.56..0.69)  0.66/0.66 (0.59..0.77)  14.5/15.2 (12.1..18.6)
XLV   0.71/0.72 (0.68..0.79)  0.82/0.85 (0.75..0.88)  10.6/10.2 (9.14..13.7)
XLY   0.99/1.03 (0.97..1.07)  0.90/0.93 (0.87..0.94)  8.93/7.77 (6.73..10.2)

      vol %                   median $M a session
SPY   18.3/19.1 (13.9..26.0)  19300/20300 (17800..20700)
XLB   23.3/23.6 (17.7..31.5)  261/253 (253..290)
XLC   18.7/17.0 (13.4..33.7)  122/136 (106..145)
XLE   27.8/27.6 (22.4..36.8)  1060/1070 (1020..1230)
XLF   30.6/28.4 (20.9..40.4)  1080/1070 (983..1180)
XLI   20.1/21.4 (15.1..28.3)  431/425 (415..475)
XLK   19.8/20.8 (15.1..27.7)  243/259 (230..259)
XLP   13.0/13.4 (10.2..17.4)  226/216 (216..252)
XLRE  14.5/20.9 (13.0..26.9)  68.8/68.6 (67.0..80.0)
XLU   17.0/17.9 (13.3..22.2)  305/314 (294..329)
XLV   16.0/16.3 (12.5..22.0)  272/266 (246..305)
XLY   20.3/21.1 (15.3..28.3)  259/273 (251..291)
HYG   11.5/8.22 (5.93..18.0)  326/324 (311..356)
JNK   12.3/8.79 (6.37..19.7)  200/197 (196..216)
LQD   7.59/8.15 (7.38..10.0)  162/173 (155..173)
IEF   6.43/6.24 (5.46..6.72)  82.2/81.9 (78.4..86.3)
TLT   13.6/13.1 (12.1..14.2)  684/746 (653..749)
SHY   1.33/1.21 (1.11..1.32)  75.8/78.0 (72.9..81.9)
TIP   5.96/5.59 (5.12..5.76)  77.8/81.4 (75.4..86.3)

              mean                    deviation               maximum
BAMLH0A0HYM2  5.47/4.47 (4.34..8.73)  2.91/1.39 (1.04..4.51)  21.8/10.7 (8.99..34.8)
BAMLC0A0CM    1.70/1.32 (1.20..2.67)  1.01/0.38 (0.30..1.34)  6.56/2.92 (2.47..10.5)
BAMLC0A4CBBB  2.16/1.71 (1.61..3.45)  1.20/0.49 (0.40..1.77)  8.04/3.86 (3.34..13.9)
BAA10Y        2.60/2.31 (2.09..3.23)  0.82/0.50 (0.35..1.06)  6.16/4.32 (3.42..7.84)
AAA10Y        1.53/1.40 (1.21..1.91)  0.46/0.35 (0.21..0.62)  3.00/2.66 (2.03..4.48)
DGS2          1.71/2.08 (1.51..4.23)  1.51/1.11 (0.61..1.94)  5.29/4.04 (3.09..6.41)
DGS10         2.98/3.35 (2.48..4.39)  1.01/1.22 (0.43..1.51)  5.26/5.40 (3.75..6.19)
DGS3MO        1.32/1.42 (0.92..4.09)  1.65/1.12 (0.91..1.97)  5.19/3.52 (3.52..5.32)
DFII10        0.93/1.21 (0.44..2.29)  0.87/1.06 (0.40..1.47)  3.15/3.30 (1.52..3.92)
T10Y2Y        1.27/1.27 (0.16..1.27)  0.89/0.63 (0.51..0.96)  2.91/2.62 (1.45..2.94)
T10Y3M        1.66/1.93 (0.30..1.93)  1.09/1.14 (0.77..1.42)  3.83/4.34 (2.13..4.63)
T10YIE        2.05/2.15 (2.00..2.15)  0.40/0.26 (0.23..0.37)  2.76/2.81 (2.64..3.09)
MOVE          82.4/78.2 (74.4..112)   31.3/19.1 (18.8..58.3)  265/191 (164..460)

              daily change                1 - AR(1)
BAMLH0A0HYM2  0.10/0.073 (0.066..0.20)    0.001/0.001 (0.001..0.002)
BAMLC0A0CM    0.024/0.019 (0.017..0.051)  0.000/0.001 (0.001..0.002)
BAMLC0A4CBBB  0.025/0.023 (0.021..0.064)  0.000/0.001 (0.001..0.001)
BAA10Y        0.029/0.032 (0.029..0.051)  0.001/0.002 (0.001..0.004)
AAA10Y        0.029/0.025 (0.021..0.036)  0.002/0.002 (0.001..0.006)
DGS2          0.046/0.041 (0.037..0.044)  0.000/0.001 (0.000..0.002)
DGS10         0.055/0.053 (0.046..0.057)  0.001/0.001 (0.000..0.008)
DGS3MO        0.049/0.032 (0.026..0.045)  0.000/0.000 (0.000..0.001)
DFII10        0.050/0.048 (0.043..0.050)  0.002/0.001 (0.000..0.008)
T10Y2Y        0.038/0.034 (0.030..0.034)  0.001/0.001 (0.001..0.002)
T10Y3M        0.067/0.060 (0.052..0.072)  0.002/0.001 (0.001..0.003)
T10YIE        0.034/0.033 (0.031..0.034)  0.003/0.008 (0.004..0.010)
MOVE          3.80/3.02 (2.84..5.84)      0.007/0.013 (0.005..0.013)

Planted lead: correlation of 60-session changes with each sector's log return over the benchmark
across the next 40 sessions, 2005-2024, mean of seeds 1 to 12. Over one such history it has
a sampling deviation of about 0.1, so a single seed may show another sign:

                                   XLB   XLC   XLE   XLF   XLI   XLK   XLP  XLRE   XLU   XLV   XLY
lead 40, HY spread                0.06  0.14  0.11 -0.25 -0.07  0.18  0.06  0.08  0.10  0.15  0.11
lead 40, 10y yield               -0.16 -0.22 -0.17  0.31  0.10 -0.27 -0.11 -0.11 -0.11 -0.13 -0.09
lead 0, HY spread                -0.05 -0.02 -0.05  0.04  0.02 -0.04 -0.07 -0.03 -0.03 -0.01  0.01
lead 0, 10y yield                -0.02 -0.04  0.00  0.01 -0.05 -0.02 -0.00 -0.01 -0.00 -0.00 -0.01
placebo, HY spread               -0.03  0.01 -0.04 -0.01  0.00  0.00  0.01  0.01  0.03  0.05  0.01
placebo, 10y yield                0.02 -0.02  0.03  0.01 -0.02 -0.00 -0.02  0.02 -0.00 -0.01  0.01
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from feeds.market import BAR_FIELDS, MarketData
from feeds.publication import PUBLICATION_LAG_SESSIONS
from feeds.sessions import nyse_sessions
from feeds.synthetic_bars import draw_bars
from feeds.synthetic_bonds import BOND_LISTED, bond_deviation, bond_log_returns
from feeds.synthetic_drivers import MARKET_DEVIATION, Array, draw_drivers
from feeds.synthetic_macro import draw_macro, publish
from feeds.synthetic_sectors import (
    LATENT,
    SECTOR_LISTED,
    draw_sectors,
    fund_returns,
)
from models.universe import BENCHMARK, BOND_ETFS, SECTORS

BURN_IN = 756
"""Sessions drawn before the first one, so that volatility, levels and responses are in stride."""
LONGEST_LEAD = 250
"""Sessions; the burn-in holds the whole response to a shock at this lead."""
LISTED = {**SECTOR_LISTED, **BOND_LISTED}
"""Ticker -> first session, for those that list after 2005-01-03; the real dates."""


@dataclass(frozen=True)
class SyntheticConfig:
    """What to generate.

    Attributes:
        seed: of every random draw, 0 or more.
        first: first day, YYYY-MM-DD.
        last: last day. A later one changes the days before it too: it is another market.
        lead_sessions: centre of the sectors' response to stress, 0..LONGEST_LEAD; 0 = they respond
            in the same session only, so that stress predicts nothing.
        effect: multiple of the calibrated response, 0 or more; 0 = none.
        placebo: True to let the sectors respond to a second, independent and unpublished world.
            The published stress is the same as without it, and says nothing about any equity.
    """

    seed: int = 7
    first: str = "2005-01-03"
    last: str = "2024-12-31"
    lead_sessions: int = 40
    effect: float = 1.0
    placebo: bool = False

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"seed {self.seed} is negative; give 0 or more")
        if not 0 <= self.lead_sessions <= LONGEST_LEAD:
            raise ValueError(
                f"lead_sessions {self.lead_sessions} is not in 0..{LONGEST_LEAD}; choose one inside"
            )
        if not 0.0 <= self.effect < np.inf:
            raise ValueError(f"effect {self.effect} is not a finite number >= 0; 1 is calibrated")

    @property
    def source(self) -> str:
        """One line for people."""
        parts = [f"seed {self.seed}", f"planted lead {self.lead_sessions} sessions"]
        parts += [f"effect {self.effect:g}"] if self.effect != 1.0 else []
        parts += ["placebo"] if self.placebo else []
        return f"synthetic market ({', '.join(parts)})"


def synthetic_market(config: SyntheticConfig | None = None) -> MarketData:
    """Generate the market.

    Args:
        config: None for the default.

    Returns:
        MarketData with `synthetic` True: the benchmark, sectors and bond ETFs with full bars, NaN
        before their listing (a ticker that lists after `last` is left out), and every macro series
        on every session. Prices have 4 decimals, total_return_close 6, macro values 2; volumes are
        whole shares.

    Raises:
        ValueError: dates outside the NYSE calendar, or no session between them.
    """
    config = config or SyntheticConfig()
    sessions = nyse_sessions(config.first, config.last)
    if sessions.empty:
        raise ValueError(
            f"no NYSE session from {config.first} to {config.last}; choose a later last day"
        )
    length = BURN_IN + len(sessions)
    # One stream a part: another lead, effect or placebo leaves every other part as it was.
    children = np.random.SeedSequence(config.seed).spawn(6)
    world, hidden_world, macro, sectors, bonds = map(np.random.default_rng, children[:5])
    drivers = draw_drivers(world, length)
    felt = draw_drivers(hidden_world, length) if config.placebo else drivers
    levels = draw_macro(macro, drivers)
    latent = draw_sectors(sectors, felt, lead=config.lead_sessions, effect=config.effect)
    days = np.concatenate([np.full(BURN_IN, sessions[0]), sessions]).astype("datetime64[ns]")
    listed = {late: days >= np.datetime64(day) for late, day in SECTOR_LISTED.items()}
    returns = fund_returns(sectors, latent, listed)
    deviations = {BENCHMARK: MARKET_DEVIATION * felt.volatility}
    deviations |= dict(zip(LATENT, latent.deviation.T, strict=True))
    for ticker, log_returns in bond_log_returns(bonds, drivers, levels).items():
        returns[ticker] = log_returns
        deviations[ticker] = bond_deviation(ticker, drivers, log_returns)
    published = publish(levels)
    bars: dict[str, Any] = _bar_frames(children[5], returns, deviations, sessions)
    return MarketData(
        sessions=sessions,
        macro={
            name: pd.Series(values[BURN_IN:], index=sessions, name=name)
            for name, values in published.items()
        },
        source=config.source,
        synthetic=True,
        publication_lags=dict(PUBLICATION_LAG_SESSIONS),
        **bars,
    )


def _bar_frames(
    seeds: np.random.SeedSequence,
    returns: dict[str, Array],
    deviations: dict[str, Array],
    sessions: pd.DatetimeIndex,
) -> dict[str, pd.DataFrame]:
    """Field -> [sessions x tickers], each ticker from its listing on."""
    everything = (BENCHMARK, *SECTORS, *BOND_ETFS)
    streams = dict(zip(everything, seeds.spawn(len(everything)), strict=True))
    start = {
        t: int(sessions.searchsorted(pd.Timestamp(LISTED.get(t, sessions[0])))) for t in streams
    }
    tickers = [ticker for ticker in everything if start[ticker] < len(sessions)]
    panels = {name: np.full((len(sessions), len(tickers)), np.nan) for name in BAR_FIELDS}
    for column, ticker in enumerate(tickers):
        row = start[ticker]
        bars = draw_bars(
            np.random.default_rng(streams[ticker]),
            ticker,
            returns[ticker][BURN_IN + row :],
            deviations[ticker][BURN_IN + row :],
            sessions[row:],
        )
        for name, panel in panels.items():
            panel[row:, column] = getattr(bars, name)
    return {
        name: pd.DataFrame(panel, index=sessions, columns=pd.Index(tickers))
        for name, panel in panels.items()
    }
