"""Where to go when a sector's warning is open: defensives, ranked, with their record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.analogues import analogue_record, nearest_analogues
from models.defensive_record import Defensive
from models.defensive_score import SCORES, Score, evidence_score, in_order
from models.downside import downside_capture
from models.mapping import View
from models.warning_quality import Estimate

NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class DefensiveConfig:
    """How defensives are found and ranked; docs/decisions/0009 says what was compared.

    Attributes:
        candidates: tickers that are ranked always.
        capture_level: every other sector is ranked too while its downside capture is below this.
        score: what they are ranked by; see models.defensive_score.evidence_score.
        horizon: sessions ahead; that of the view.
        analogues: similar past states that are asked for.
        spacing: sessions between any two of them; at least the horizon, so that what followed one
            does not overlap what followed another.
        capture_window: trailing sessions of downside capture; three years, as Morningstar shows.
        min_down_sessions: sessions on which the benchmark fell that a capture needs.
        volume_window: trailing sessions of the average dollar volume.
        feature_cap: that of the mapping.
        swap_reach: largest change of a stress feature, in deviations, that is looked at for what
            would change the ranking.
    """

    candidates: tuple[str, ...] = ("XLU", "XLP", "XLV")
    capture_level: float = 0.85
    score: Score = "expected"
    horizon: int = 60
    analogues: int = 10
    spacing: int = 60
    capture_window: int = 756
    min_down_sessions: int = 63
    volume_window: int = 63
    feature_cap: float = 3.0
    swap_reach: float = 3.0

    def __post_init__(self) -> None:
        for name in (
            "capture_level", "horizon", "analogues", "spacing", "capture_window",
            "min_down_sessions", "volume_window", "feature_cap", "swap_reach",
        ):  # fmt: skip
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        if len(set(self.candidates)) != len(self.candidates) or "" in self.candidates:
            raise ValueError(f"candidates must be different tickers, not {self.candidates}")
        if self.score not in SCORES:
            raise ValueError(f"score must be one of {', '.join(SCORES)}, not {self.score!r}")
        if self.spacing < self.horizon:
            raise ValueError(
                f"spacing must be at least the horizon ({self.horizon}), not {self.spacing}"
            )


@dataclass(frozen=True)
class MarketHistory:
    """What is known at the close of the last row; T sessions, N sectors, C stress channels.

    Attributes:
        tickers: [N] sector names.
        sector_prices: [T x N] total-return closes; NaN before listing.
        benchmark_prices: [T] total-return closes.
        dollar_volume: [T x N] raw close times volume; NaN before listing.
        channels: [T x C] stress state in trailing standard deviations; NaN where unknown.
    """

    tickers: tuple[str, ...]
    sector_prices: np.ndarray
    benchmark_prices: np.ndarray
    dollar_volume: np.ndarray
    channels: np.ndarray

    def __post_init__(self) -> None:
        sessions, size = len(self.benchmark_prices), len(self.tickers)
        for name in ("sector_prices", "dollar_volume"):
            if getattr(self, name).shape != (sessions, size):
                raise ValueError(
                    f"{name} must be [{sessions} x {size}] like benchmark_prices and tickers, "
                    f"not of shape {getattr(self, name).shape}"
                )
        if self.channels.ndim != 2 or len(self.channels) != sessions:
            raise ValueError(
                f"channels must have the {sessions} rows of benchmark_prices, "
                f"not shape {self.channels.shape}"
            )


def rank_defensives(
    history: MarketHistory,
    view: View,
    readings: Mapping[str, float],
    config: DefensiveConfig,
    *,
    portfolio_value: float,
    max_participation: float,
    warned: tuple[str, ...] = (),
) -> tuple[Defensive, ...]:
    """Rank the defensives at the close of the history's last row.

    Args:
        history: what is known.
        view: the mapping's, over the config's horizon, sectors in the history's order.
        readings: feature -> today's value, in the view's order of features.
        config: see DefensiveConfig.
        portfolio_value: dollars.
        max_participation: largest share of the volume that may be traded, 0..1.
        warned: tickers whose own warning is open; they are not recommended.

    Returns:
        The candidates and the other sectors below the capture level, best first, without those
        that are warned of or have no price today; of equal scores the lower downside capture
        first.

    Raises:
        ValueError: a candidate that the history does not hold, a view or readings of another
            shape, a portfolio value or participation that is not positive.
    """
    _check(history, view, readings, config)
    for name, value, most in (
        ("portfolio_value", portfolio_value, math.inf),
        ("max_participation", max_participation, 1.0),
    ):
        if not (0.0 < value <= most and math.isfinite(value)):
            raise ValueError(f"{name} must be positive and finite, at most {most:g}, not {value}")
    recent = slice(-config.capture_window - 1, None)
    captures, downs = downside_capture(
        history.sector_prices[recent], history.benchmark_prices[recent], config.min_down_sessions
    )
    now = len(history.channels) - 1
    similar = nearest_analogues(
        history.channels, now, config.analogues, config.spacing, config.horizon
    )
    ranked = (captures < config.capture_level) | np.isin(history.tickers, config.candidates)
    ranked &= np.isfinite(history.sector_prices[-1]) & ~np.isin(history.tickers, warned)
    market = np.log(history.benchmark_prices)
    places: dict[int, Defensive] = {}
    for sector in np.flatnonzero(ranked).tolist():
        relative = np.log(history.sector_prices[:, sector]) - market
        expected, deviation = float(view.expected[sector]), float(view.deviation[sector])
        record = analogue_record(similar, relative, config.horizon)
        capture = float(captures[sector])
        score, weight = evidence_score(config.score, expected, deviation, record, capture)
        adv = _mean_known(history.dollar_volume[-config.volume_window :, sector])
        daily = adv * max_participation
        places[sector] = Defensive(
            ticker=history.tickers[sector],
            rank=0,
            defensive=capture < config.capture_level,
            expected=_normal(expected, deviation),
            outcome=_normal(
                expected, math.hypot(deviation, _outcome_deviation(relative, config.horizon))
            ),
            record=record,
            capture=capture,
            down_sessions=int(downs[sector]),
            adv_dollars=adv,
            sessions_to_trade=math.ceil(portfolio_value / daily) if daily > 0.0 else math.inf,
            method=config.score,
            score=score,
            model_weight=weight,
            swap=None,
        )
    return in_order(places, view, readings, config.feature_cap, config.swap_reach)


def _normal(mean: float, deviation: float) -> Estimate:
    return Estimate(mean, mean - NORMAL_95 * deviation, mean + NORMAL_95 * deviation)


def _mean_known(values: np.ndarray) -> float:
    """Mean of the finite values; zero without any."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else 0.0


def _outcome_deviation(relative_log: np.ndarray, horizon: int) -> float:
    """Root mean square of all relative returns over the horizon up to now; NaN without any.

    Around zero, as the mapping expects without stress; what it explains is not taken out, which
    makes the interval a little too wide rather than too narrow.
    """
    changes = relative_log[horizon:] - relative_log[:-horizon]
    known = changes[np.isfinite(changes)]
    return math.sqrt(float(known @ known) / len(known)) if len(known) else math.nan


def _check(
    history: MarketHistory, view: View, readings: Mapping[str, float], config: DefensiveConfig
) -> None:
    missing = [ticker for ticker in config.candidates if ticker not in history.tickers]
    if missing:
        raise ValueError(f"candidates: {', '.join(missing)} not among the tickers")
    shape = (len(history.tickers), len(readings))
    if view.coefficients.shape != shape:
        raise ValueError(
            f"view must be of {shape[0]} tickers and {shape[1]} readings, "
            f"not {view.coefficients.shape}"
        )
