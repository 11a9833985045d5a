"""P(sector trails the benchmark over the next sessions): shrunk logistic regression, calibrated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.shrunk_logistic import LogisticProblem, fit_logistic, log_odds, logistic
from models.warning_calibration import calibration_slopes, held_out_shifts


@dataclass(frozen=True)
class WarningConfig:
    """The warning model; docs/decisions/0008 says what it was compared with.

    Attributes:
        features: stress features that it reads, K of them; the caller selects these columns.
        horizons: sessions ahead, H of them, increasing.
        window: trailing sessions of training rows.
        min_rows: sessions with a complete label at the longest horizon that a sector needs before
            stress may move its probability; below that it stays at its base rate.
        penalty: weight of the prior on the slopes (no effect) as a multiple of the information in
            a full window: 1.0 halves a slope that was estimated on a full window, and short
            histories shrink more.
        base_rows: sessions that the prior on the base rate (one half) is worth.
        feature_cap: features are bounded to +- this many deviations.
        stride: only every stride-th session is a training row. Labels overlap by horizon - stride
            of their horizon sessions, so that the rows in between say next to nothing more.
        calibration: "none"; "pooled" (one slope a horizon for all sectors) or "sector" (one a
            sector and horizon), from forecasts on held-out blocks.
    """

    features: tuple[str, ...] = ("credit_60", "rates_60")
    horizons: tuple[int, ...] = (20, 30, 40, 50, 60)
    window: int = 2520
    min_rows: int = 504
    penalty: float = 1.0
    base_rows: float = 1260.0
    feature_cap: float = 3.0
    stride: int = 5
    calibration: Literal["none", "pooled", "sector"] = "pooled"

    def __post_init__(self) -> None:
        for name in ("window", "min_rows", "penalty", "base_rows", "feature_cap", "stride"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {getattr(self, name)}")
        if not self.features or "" in self.features:
            raise ValueError("features must name at least one stress feature")
        rising = all(a < b for a, b in zip((0, *self.horizons), self.horizons, strict=False))
        if not self.horizons or not rising:
            raise ValueError(f"horizons must be positive and increasing, not {self.horizons}")
        if self.calibration not in ("none", "pooled", "sector"):
            raise ValueError(
                f"calibration must be none, pooled or sector, not {self.calibration!r}"
            )


@dataclass(frozen=True)
class WarningModel:
    """One fit; everything in it is known at the close of the last row that it was given.

    Attributes:
        config: what it was fitted with.
        base_rates: [N x H] past share of sessions after which the sector trailed, shrunk toward one
            half and smoothed over the horizons; NaN for a sector until one label of the longest
            horizon is complete.
        intercepts: [N x H] log odds at stress zero.
        coefficients: [N x H x K] log odds per standard deviation of stress, after calibration.
        calibration_slopes: [N x H] 0..1, what the held-out blocks left of the fitted slopes; zero
            where a sector stays at its base rate.
        rows: [N x H] sessions whose labels were complete, before `stride` thinned them.
    """

    config: WarningConfig
    base_rates: np.ndarray
    intercepts: np.ndarray
    coefficients: np.ndarray
    calibration_slopes: np.ndarray
    rows: np.ndarray

    def probabilities(self, features_row: np.ndarray) -> np.ndarray:
        """P(sector trails the benchmark over the next h sessions), [N x H].

        Args:
            features_row: [K] stress at the decision; [... x K] gives [... x N x H]. Where it has a
                NaN nothing is known and the row is NaN, as it is for a sector without a base rate.
        """
        cap = self.config.feature_cap
        bounded = np.clip(features_row, -cap, cap)
        # Term by term: a matrix product rounds differently with the number of rows.
        total = np.broadcast_to(self.intercepts, (*bounded.shape[:-1], *self.intercepts.shape))
        for column in range(len(self.config.features)):
            total = total + bounded[..., column, None, None] * self.coefficients[..., column]
        return logistic(total)


def fit_warnings(
    features: np.ndarray, relative_log: np.ndarray, config: WarningConfig
) -> WarningModel:
    """Fit every sector and horizon at the close of the last row, T-1.

    log odds = a + b (x - mean x), by penalised maximum likelihood (le Cessie & van Houwelingen
    1992, doi:10.2307/2347628). Labels of h sessions overlap, so that each counts stride / h of a
    row (a likelihood to that power, as in models.bayesian_linear). The prior on b is normal around
    zero with variance 4 h / (penalty window): a steady drift moves the log odds with the root of h,
    and so may the prior. The prior on a is Beta, worth base_rows / h rows of one half: a base rate
    from 10 years of 60-session labels rests on about 42 of them.

    A label that starts at row s ends at s + h and is used only when that lies at least one session
    before the decision, s + h <= T - 2. Calibration is Platt's (1999) scaling with its intercept
    held at the base rate: see models.warning_calibration. The log odds are then smoothed over the
    horizons by least squares on a parabola in h, so that the term structure has at most one turn.

    Args:
        features: [T x K], row t known at the close of t; rows with a NaN are no training rows.
        relative_log: [T x N] log price of each sector less the benchmark's; NaN before listing.
        config: see WarningConfig.

    Raises:
        ValueError: where the shapes disagree with each other or with config.features.
    """
    if features.ndim != 2 or features.shape[1] != len(config.features):
        raise ValueError(
            f"features have shape {features.shape}, config names {len(config.features)} of them"
        )
    if len(features) != len(relative_log):
        raise ValueError(
            f"{len(features)} rows of features, {len(relative_log)} of relative prices"
        )
    problem, rows = training_problem(features, relative_log, config)
    shape = rows.shape
    base = problem.base_rates()
    at_zero, kept = log_odds(base), np.zeros(len(base))
    slopes = np.zeros((len(base), len(config.features)))
    moved = np.repeat(rows[:, -1] >= config.min_rows, shape[1]) & np.isfinite(base)
    if moved.any():
        part = problem.part(np.arange(len(problem.x)), moved)
        fit = fit_logistic(part)
        kept[moved] = _calibration(part, config)
        slopes[moved] = kept[moved, None] * fit.slopes
        # Where nothing is left of the slopes, what remains is the base rate exactly.
        at_zero[moved] += kept[moved] * (fit.intercepts - at_zero[moved])
        at_zero[moved] -= (slopes[moved] * fit.centres).sum(axis=1)
    smooth = _parabola(config.horizons)
    return WarningModel(
        config=config,
        base_rates=logistic(log_odds(base).reshape(shape) @ smooth),
        intercepts=at_zero.reshape(shape) @ smooth,
        coefficients=np.einsum("nhk,hj->njk", slopes.reshape(*shape, -1), smooth),
        calibration_slopes=kept.reshape(shape),
        rows=rows,
    )


def training_problem(
    features: np.ndarray, relative_log: np.ndarray, config: WarningConfig
) -> tuple[LogisticProblem, np.ndarray]:
    """The regressions of every sector and horizon, P = N H (horizons within), and rows [N x H].

    Every stride-th row is taken, counted back from the last whose shortest label is complete. The
    rows that are returned are counted before that thinning. See `fit_warnings`.
    """
    known = np.array([len(features) - h - 1 for h in config.horizons])  # starts 0..known-1
    starts = np.maximum(known - config.window, 0)
    finite = np.isfinite(features).all(axis=1)
    grid = np.arange(int(known[0]) - 1, int(starts[-1]) - 1, -config.stride)[::-1]
    grid = grid[finite[grid]]
    cells = (len(grid), relative_log.shape[1], len(config.horizons))
    y, usable = np.zeros(cells), np.zeros(cells)
    rows = np.zeros(cells[1:], dtype=int)
    for index, horizon in enumerate(config.horizons):
        start, stop = int(starts[index]), int(known[index])
        if stop <= start:
            continue
        label = relative_log[start + horizon : stop + horizon] - relative_log[start:stop]
        present = np.isfinite(label) & finite[start:stop, None]
        rows[:, index] = present.sum(axis=0)
        inside = (grid >= start) & (grid < stop)
        usable[inside, :, index] = present[grid[inside] - start]
        y[inside, :, index] = label[grid[inside] - start] < 0.0
    horizons = np.tile(config.horizons, cells[1]).astype(float)
    flat = (len(grid), len(horizons))
    return LogisticProblem(
        x=np.clip(features[grid], -config.feature_cap, config.feature_cap),
        y=y.reshape(flat),
        weights=usable.reshape(flat) * (config.stride / horizons),
        prior_rows=config.base_rows / horizons,
        penalties=config.penalty * config.window / (4.0 * horizons),
    ), rows


def _calibration(problem: LogisticProblem, config: WarningConfig) -> np.ndarray:
    """What held-out blocks leave of each slope, [P]; P are whole sectors, horizons within."""
    spans = len(config.horizons)
    if config.calibration == "none":
        return np.ones(problem.y.shape[1])
    base, shift = held_out_shifts(problem, purge=-(-config.horizons[-1] // config.stride))
    cells = (base, shift, problem.y, problem.weights)
    if config.calibration == "sector":
        return calibration_slopes(*(cell.T for cell in cells))
    pooled = (c.reshape(len(c), -1, spans).transpose(2, 0, 1).reshape(spans, -1) for c in cells)
    return np.tile(calibration_slopes(*pooled), problem.y.shape[1] // spans)


def _parabola(horizons: tuple[int, ...]) -> np.ndarray:
    """[H x H] projection of values over the horizons on a parabola; the identity up to three."""
    powers = np.vander(np.array(horizons) / horizons[-1], min(3, len(horizons)))
    return np.asarray(powers @ np.linalg.pinv(powers))
