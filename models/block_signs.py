"""Predictive slopes under random signs: a test that keeps the returns' own serial correlation."""

from __future__ import annotations

import numpy as np


def draw_signs(rows: int, block: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """[draws x blocks] of -1 or 1 for `block_sign_slopes`, enough for `rows` rows."""
    return rng.choice(np.array([-1.0, 1.0]), (draws, -(-rows // block)))


def block_sign_slopes(
    one_period: np.ndarray, predictor: np.ndarray, horizon: int, block: int, signs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of sums of the next `horizon` returns on a predictor, and the same under random signs.

    Where nothing is predictable, a block of demeaned returns is as likely as its opposite whatever
    the predictor did before: the wild bootstrap (Wu 1986, doi:10.1214/aos/1176350142) by blocks
    (Shao 2010, doi:10.1198/jasa.2009.tm08744, for dependent data). The slope is linear in the
    returns, so a draw is a signed sum over blocks, s_1 K_1 + ... + s_B K_B, with K_b = sum over
    the block of r(t+1) times the last h demeaned predictors (the summation of Hodrick 1992, 1B),
    over the predictor's sum of squares. Unlike Hodrick's error it allows returns that revert or
    persist within a block. Blocks count back from the last row, so that predictors which start at
    different rows share their draws.

    Args:
        one_period: [T x N] return from row t - 1 to row t, no NaN; row 0 is not used.
        predictor: [T] known at row t, no NaN.
        horizon: h, rows ahead.
        block: rows of a block, at least h for outcomes that overlap.
        signs: [draws x at least T / block] from `draw_signs`.

    Returns:
        slopes [N], on a constant and the predictor, and slopes under signs [draws x N].

    Raises:
        ValueError: fewer than 3 h rows, a value that is not finite, or signs for fewer blocks.
    """
    rows = len(predictor)
    if rows < 3 * horizon or not np.isfinite(predictor).all():
        raise ValueError(f"{rows} rows with a predictor are too few for horizon {horizon}")
    if signs.shape[1] * block < rows - 1:
        raise ValueError(
            f"signs for {signs.shape[1]} blocks of {block} are too few for {rows} rows"
        )
    fitted = rows - horizon
    centred = predictor[:fitted] - predictor[:fitted].mean()
    total = np.concatenate([[0.0], centred.cumsum()])
    meets = np.arange(1, rows)
    summed = total[np.minimum(meets, fitted)] - total[np.maximum(meets - horizon, 0)]
    returns = one_period[1:] - one_period[1:].mean(axis=0)
    products = (returns * summed[:, None])[::-1] / float(centred @ centred)
    parts = np.add.reduceat(products, np.arange(0, rows - 1, block), axis=0)
    return parts.sum(axis=0), signs[:, : len(parts)] @ parts


def sign_p(slopes: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Two-sided p-values [N] of `block_sign_slopes`; the data count as one draw.

    Davison & Hinkley (1997), *Bootstrap Methods and their Application*, section 4.2.
    """
    # Draws that equal the data but for rounding are as strong.
    as_strong = np.abs(drawn) >= np.abs(slopes) * (1.0 - 1e-12)
    return np.asarray((1 + as_strong.sum(axis=0)) / (1 + len(drawn)))


def many_p(p_values: np.ndarray, drawn: np.ndarray, level: float = 0.05) -> tuple[int, float]:
    """How many p-values are at or below the level, and the p-value of so many.

    Each draw is ranked among all draws of its test, so a draw has as many p-values as the data.
    Draws that were made with the same signs keep the dependence of the tests on each other.

    Args:
        p_values: [M] of `sign_p`.
        drawn: [draws x M] slopes under shared signs.
        level: in (0, 1).
    """
    draws = len(drawn)
    weaker = np.abs(drawn).argsort(axis=0).argsort(axis=0)
    counts = ((draws - weaker) / draws <= level).sum(axis=1)
    found = int((p_values <= level).sum())
    return found, float((1 + (counts >= found).sum()) / (1 + draws))
