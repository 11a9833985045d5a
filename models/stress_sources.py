"""Raw bond-stress levels: each channel's sources in order of preference.

Every source turns published macro values and total-return closes of bond ETFs into one level that
rises with the channel's stress (a flatter curve is more stress). Levels of different sources of
one channel have different units; `models.stress` standardises each on its own history before any
two meet.

The ETF sources exist because the long ICE BofA history is no longer served to users (FRED keeps
three years): the return of a credit ETF over a duration-matched mix of Treasury ETFs is the
negative of its spread change times its duration, to first order (Fabozzi, *Fixed Income
Analysis*, ch. 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Series = Mapping[str, np.ndarray]

# Effective durations in years, rounded from the issuers' fact sheets; they only split a bond ETF's
# return into rates and the rest, so half a year more or less does not matter.
DURATION_YEARS: dict[str, float] = {
    "SHY": 1.9,
    "IEF": 7.5,
    "TLT": 17.0,
    "HYG": 4.0,
    "JNK": 4.0,
    "LQD": 8.5,
    "TIP": 6.7,
}

REALISED_VOLATILITY_SESSIONS = 21


@dataclass(frozen=True)
class StressSource:
    """One way to measure a channel.

    Attributes:
        name: what the audit trail calls it.
        macro: macro series that it reads (values known at each close, [T]).
        etfs: bond ETFs that it reads (total-return closes, [T]).
        level: from those arrays to the raw level, [T]; NaN where an input is NaN.
    """

    name: str
    macro: tuple[str, ...]
    etfs: tuple[str, ...]
    level: Callable[[Series], np.ndarray]


def _macro(*series: str, sign: float = 1.0) -> StressSource:
    """The first series minus the others, times `sign`."""

    def level(values: Series) -> np.ndarray:
        total = values[series[0]].copy()
        for other in series[1:]:
            total = total - values[other]
        return np.asarray(sign * total)

    return StressSource(" - ".join(series), series, (), level)


def _yield_proxy(ticker: str, values: Series) -> np.ndarray:
    """Minus cumulative log return over duration: a yield level up to carry, percent."""
    return np.asarray(-100.0 * np.log(values[ticker]) / DURATION_YEARS[ticker])


def _duration_matched(ticker: str, short: str, long: str, sign: float = 1.0) -> StressSource:
    """Spread proxy of `ticker` over a mix of two Treasury ETFs of the same duration, percent."""
    target, low, high = (DURATION_YEARS[name] for name in (ticker, short, long))
    share = (target - low) / (high - low)

    def level(values: Series) -> np.ndarray:
        logs = {name: np.log(values[name]) for name in (ticker, short, long)}
        excess = logs[ticker] - share * logs[long] - (1.0 - share) * logs[short]
        return np.asarray(-sign * 100.0 * excess / target)

    return StressSource(f"{ticker} over {short}/{long}", (), (ticker, short, long), level)


def _etf_yield(ticker: str) -> StressSource:
    return StressSource(
        f"{ticker} yield proxy", (), (ticker,), lambda values: _yield_proxy(ticker, values)
    )


def _etf_flattening(short: str, long: str) -> StressSource:
    def level(values: Series) -> np.ndarray:
        return np.asarray(_yield_proxy(short, values) - _yield_proxy(long, values))

    return StressSource(f"{short} less {long} yield proxies", (), (short, long), level)


def _realised_volatility(ticker: str) -> StressSource:
    def level(values: Series) -> np.ndarray:
        returns = np.diff(np.log(values[ticker]), prepend=np.nan)
        window = REALISED_VOLATILITY_SESSIONS
        level = np.full(len(returns), np.nan)
        if len(returns) >= window:
            windows = np.lib.stride_tricks.sliding_window_view(returns, window)
            level[window - 1 :] = windows.std(axis=1, ddof=1) * np.sqrt(252.0) * 100.0
        return level

    return StressSource(f"{ticker} realised volatility", (), (ticker,), level)


STRESS_SOURCES: dict[str, tuple[StressSource, ...]] = {
    "credit": (
        _macro("BAMLH0A0HYM2"),
        _duration_matched("HYG", "SHY", "IEF"),
        _duration_matched("JNK", "SHY", "IEF"),
        _macro("BAA10Y"),
    ),
    "quality": (
        _macro("BAMLC0A4CBBB", "BAMLC0A0CM"),
        _duration_matched("LQD", "IEF", "TLT"),
        _macro("BAA10Y", "AAA10Y"),
    ),
    "rates": (_macro("DGS10"), _etf_yield("IEF"), _etf_yield("TLT")),
    "curve": (
        _macro("T10Y2Y", sign=-1.0),
        _macro("DGS2", "DGS10"),
        _macro("T10Y3M", sign=-1.0),
        _etf_flattening("SHY", "IEF"),
    ),
    "rate_volatility": (
        _macro("MOVE"),
        _realised_volatility("IEF"),
        _realised_volatility("TLT"),
    ),
    "inflation": (_macro("T10YIE"), _duration_matched("TIP", "SHY", "IEF", sign=-1.0)),
}
"""Channel -> sources, the preferred one first."""

CHANNELS: tuple[str, ...] = tuple(STRESS_SOURCES)
