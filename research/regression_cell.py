"""One cell of the regression grid: a sector on a predictor over a horizon, by every estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from models.block_signs import block_sign_slopes, sign_p
from models.clark_west import out_of_sample
from models.granger import granger_p
from models.hodrick import hodrick_errors
from models.mapping import forward_relative_returns
from models.performance import regression_hac
from models.quantile_slopes import quantile_slope
from models.stambaugh import slope_bias
from models.structural_break import slope_break

TAILS = (0.1, 0.9)
MIN_ROWS = 504
BLOCK = 60
FIGURES = (
    "coefficient_pct", "newey_west_t", "hodrick_t", "p_value", "sign_p", "corrected_pct", "r2_pct",
    "oos_r2_pct", "clark_west_p", "granger_p", "break_p", "before_pct", "after_pct",
    "tail_low_pct", "tail_low_p", "tail_high_pct", "tail_high_p",
)  # fmt: skip


def cell_figures(
    series: np.ndarray,
    predictor: np.ndarray,
    horizon: int,
    signs: np.ndarray,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], np.ndarray, int]:
    """Every figure of one cell.

    Args:
        series: [T] log price of the sector less the benchmark's, no NaN.
        predictor: [T] in standard deviations, known at the close, no NaN.
        horizon: sessions ahead.
        signs: [draws x blocks] of `models.block_signs.draw_signs`, the same for every cell.
        rng: source of the multipliers of the break test.

    Returns:
        `rows` and the FIGURES, slopes in percent over the horizon per standard deviation, NaN with
        fewer than 504 rows; the slopes under random signs, [draws] or empty; the last row before
        the most likely break, or -1.
    """
    figures: dict[str, Any] = {"rows": max(len(series) - horizon, 0)}
    if len(series) < MIN_ROWS + horizon:
        return figures | dict.fromkeys(FIGURES, np.nan), np.empty(0), -1
    daily = np.diff(series, prepend=series[0])[:, None]
    ahead = forward_relative_returns(series[:, None], horizon)[:, 0]
    x = predictor[: len(ahead)]
    slopes, errors = hodrick_errors(daily, predictor, horizon)
    slope, hodrick_t = float(slopes[0]), float(slopes[0] / errors[0])
    _, drawn = block_sign_slopes(daily, predictor, horizon, max(BLOCK, horizon), signs)
    coefficients, hac = regression_hac(ahead, x, horizon)
    outside = out_of_sample(np.r_[ahead, np.full(horizon, np.nan)], predictor, horizon)
    changed = slope_break(daily[:, 0], predictor, horizon, rng)
    low, high = (quantile_slope(ahead, x, horizon, tail) for tail in TAILS)
    values = (
        100.0 * slope,
        float(coefficients[1] / hac[1]),
        hodrick_t,
        2.0 * float(special.ndtr(-abs(hodrick_t))),
        float(sign_p(slopes, drawn)[0]),
        100.0 * (slope - float(slope_bias(daily, predictor, horizon)[0])),
        100.0 * float(np.corrcoef(x, ahead)[0, 1] ** 2),
        outside.r2_pct,
        outside.p_value,
        granger_p(daily[1:, 0], np.diff(predictor)),
        changed.p_value,
        100.0 * changed.before,
        100.0 * changed.after,
        100.0 * low.slope,
        low.p_value,
        100.0 * high.slope,
        high.p_value,
    )
    return figures | dict(zip(FIGURES, values, strict=True)), drawn[:, 0], changed.row
