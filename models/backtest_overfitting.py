"""Probability of backtest overfitting by combinatorially symmetric cross-validation (CSCV).

Bailey, Borwein, Lopez de Prado & Zhu (2017), "The probability of backtest overfitting", Journal of
Computational Finance 20(4), doi:10.21314/JCF.2016.322: rows are cut into S blocks, every half of
the blocks is in-sample once and the other half out-of-sample; the best configuration in-sample is
looked up out-of-sample.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from models.block_sums import BlockSums, block_sums
from models.overfitting_splits import split_ranks
from models.performance import SESSIONS_PER_YEAR
from models.warning_quality import Estimate

CELLS_AT_ONCE = 4_000_000
# Above so many configurations the compiled splits take over; they differ in the last digit.
FEW = 2_000


@dataclass(frozen=True)
class BacktestOverfitting:
    """What picking the best in-sample configuration is worth out-of-sample; K splits.

    Attributes:
        probability: share of splits in which the chosen one ranks in the lower half (PBO).
        logits: [K] log odds of the chosen one's relative rank out-of-sample; 0 is the median.
        chosen: [K] column chosen in each split.
        in_sample_annual, out_of_sample_annual: [K] annualised ratios of the chosen one.
        slope: of out-of-sample on in-sample ratio over the splits (performance degradation), with
            a 95 % interval by leaving out one block at a time. The two halves add up to one
            record, which alone pulls the slope to about -0.5 without any skill and to -1 where one
            configuration always wins: it describes, it does not test. Against simulated tables
            the interval is about twice too wide where the choice is open, and too narrow where
            one configuration wins nearly always.
        intercept_annual: of that line.
        probability_of_loss: share of splits in which the chosen one loses out-of-sample.
    """

    probability: float
    logits: np.ndarray
    chosen: np.ndarray
    in_sample_annual: np.ndarray
    out_of_sample_annual: np.ndarray
    slope: Estimate
    intercept_annual: float
    probability_of_loss: float


def backtest_overfitting(returns: np.ndarray, blocks: int = 16) -> BacktestOverfitting:
    """CSCV over (active) returns of all configurations; the measure is the Sharpe ratio.

    Only sums over blocks are needed, so that 12,870 splits (16 blocks) of a thousand configurations
    take seconds. Blocks are as equal as the rows allow. Equal ratios share their mean rank.

    Args:
        returns: [T x C] returns by session, finite, C >= 2; rows in time order.
        blocks: S, even, at least 4.

    Raises:
        ValueError: odd blocks, blocks of fewer than 2 rows, a value that is not finite, or a
            configuration whose returns do not move within some half (named by its column).
    """
    return overfitting_of_sums(block_sums(returns, blocks))


def overfitting_of_sums(sums: BlockSums) -> BacktestOverfitting:
    """CSCV from sums alone, which `block_sums` makes of any part of the configurations.

    Raises:
        ValueError: fewer than two configurations, or one whose returns do not move within some half
            (named by its column).
    """
    first, second, count, centre = sums.first, sums.second, sums.count, sums.centre
    if len(centre) < 2:
        raise ValueError("returns: give a table of sessions x configurations, two or more of them")
    blocks = len(count)
    insides = np.array(list(itertools.combinations(range(blocks), blocks // 2)))
    member = np.zeros((len(insides), blocks))
    np.put_along_axis(member, insides, 1.0, axis=1)
    splits = _splits if len(centre) <= FEW else split_ranks
    chosen, best_in, best_out, relative_rank = splits(first, second, count, centre, member)
    slope, intercept = _line(best_in, best_out)
    error = _slope_error(first, second, count, centre, member, chosen, best_in)
    reach = float(stats.t.ppf(0.975, blocks - 1)) * error
    annual = math.sqrt(SESSIONS_PER_YEAR)
    logits = np.log(relative_rank / (1.0 - relative_rank))
    return BacktestOverfitting(
        probability=float((relative_rank <= 0.5).mean()),
        logits=logits,
        chosen=chosen,
        in_sample_annual=best_in * annual,
        out_of_sample_annual=best_out * annual,
        slope=Estimate(slope, slope - reach, slope + reach),
        intercept_annual=intercept * annual,
        probability_of_loss=float((best_out < 0.0).mean()),
    )


def _splits(
    first: np.ndarray,
    second: np.ndarray,
    count: np.ndarray,
    centre: np.ndarray,
    member: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of every split [K]: chosen column, its ratio inside and outside, its relative rank outside.

    Args:
        first: [S x C] sums of centred returns by block.
        second: [S x C] sums of their squares.
        count: [S] rows by block.
        centre: [C] means that were taken off.
        member: [K x S] 1 where a block is in-sample.
    """
    chosen = np.empty(len(member), dtype=np.int64)
    relative_rank, best_in, best_out = (np.empty(len(member)) for _ in range(3))
    step = max(1, CELLS_AT_ONCE // len(centre))
    for start in range(0, len(member), step):
        part = slice(start, start + step)
        total, squares, rows = (member[part] @ sums for sums in (first, second, count))
        inside = _ratios(total, squares, rows, centre)
        outside = _ratios(
            first.sum(axis=0) - total, second.sum(axis=0) - squares, count.sum() - rows, centre
        )
        chosen[part] = inside.argmax(axis=1)
        best_in[part] = np.take_along_axis(inside, chosen[part, None], axis=1)[:, 0]
        own = np.take_along_axis(outside, chosen[part, None], axis=1)
        best_out[part] = own[:, 0]
        below, equal = (outside < own).sum(axis=1), (outside == own).sum(axis=1)
        relative_rank[part] = (below + (equal + 1.0) / 2.0) / (len(centre) + 1.0)
    return chosen, best_in, best_out, relative_rank


def _ratios(
    total: np.ndarray, squares: np.ndarray, count: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """Mean over deviation (ddof 1), [K x C], from sums of centred returns and rows [K]."""
    mean = total / count[:, None]
    variance = (squares - total * mean) / (count[:, None] - 1.0)
    # What does not move leaves only rounding in the difference.
    flat = ~(variance * (count[:, None] - 1.0) > 1e-12 * squares)
    if flat.any():
        column = int(np.argwhere(flat)[0, 1])
        raise ValueError(f"returns: column {column} does not move within some half; leave it out")
    return np.asarray((mean + centre) / np.sqrt(variance))


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and intercept of y on x by least squares; NaN where x does not vary."""
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread if spread > 0.0 else math.nan
    return slope, float(y.mean()) - slope * float(x.mean())


def _slope_error(
    first: np.ndarray,
    second: np.ndarray,
    count: np.ndarray,
    centre: np.ndarray,
    member: np.ndarray,
    chosen: np.ndarray,
    best_in: np.ndarray,
) -> float:
    """Jackknife error of the slope over blocks: splits share rows, so their own error is no guide.

    Without block b there are the splits that have b out-of-sample: their choice stands, and their
    out-of-sample ratio is that of the remaining blocks.
    """
    outside = 1.0 - member
    own_first, own_second = first[:, chosen].T, second[:, chosen].T
    own_total = (outside * own_first).sum(axis=1)
    own_squares = (outside * own_second).sum(axis=1)
    own_count = outside @ count
    slopes = np.empty(len(first))
    for block in range(len(first)):
        out = member[:, block] == 0.0
        column = chosen[out]
        left = (
            own_total[out] - own_first[out, block],
            own_squares[out] - own_second[out, block],
            own_count[out] - count[block],
        )
        mean = left[0] / left[2]
        deviation = np.sqrt((left[1] - left[0] * mean) / (left[2] - 1.0))
        slopes[block] = _line(best_in[out], (mean + centre[column]) / deviation)[0]
    return math.sqrt((1.0 - 1.0 / len(slopes)) * float(((slopes - slopes.mean()) ** 2).sum()))
