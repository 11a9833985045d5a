"""How likely the best of a sweep is luck: all of its configurations judged together."""

from __future__ import annotations

import math

import numpy as np

from models.backtest_overfitting import (
    FEW,
    BacktestOverfitting,
    backtest_overfitting,
    overfitting_of_sums,
)
from models.block_sums import BlockSums, block_sums
from models.deflated_ratio import DeflatedRatio, average_correlation, deflated_ratio
from models.performance import newey_west_lags
from models.reality_check import DRAWS, reality_check, superior_ability
from models.standardised_sum import average_of_sum, standardised_sum
from models.streamed_tests import StreamedTests
from research.sweep_active import ActiveReturns
from research.sweep_objective import annual_ratio

BLOCKS = 16


def luck_statistics(returns: ActiveReturns, seed: int) -> dict[str, float | None]:
    """Figures of all configurations together; empty for fewer than two.

    Up to 2,000 are judged in memory, more as they are read. Both use every configuration.

    - `overfitting_probability`: share of the splits of the window into halves in which the best of
      one half ranks in the lower half of the other (PBO); `overfitting_slope` of out-of-sample on
      in-sample ratio over the splits; `loss_probability`: the best of one half loses in the other.
    - `best_information_ratio`, and `deflated_probability`: that its true value exceeds what the
      best of so many trials shows without skill, `expected_best_without_skill`, with
      `independent_trials` counted by their average correlation.
    - `reality_check_p`: White's; `superior_ability_p`: Hansen's, consistent; `draws` behind either,
      `draws_shared` 1 where both have the same, and `p_error`, the standard error that so many
      draws leave in a p-value of one half, the largest.
    """
    if returns.configurations <= FEW:
        return statistics_in_memory(returns.table(), seed)
    return statistics_in_pieces(returns, seed)


def statistics_in_memory(active: np.ndarray, seed: int) -> dict[str, float | None]:
    """Figures of active returns [T x C]; see `luck_statistics`."""
    if active.shape[1] < 2:
        return {}
    ratios = annual_ratio(active.T)
    overfitting = backtest_overfitting(active, BLOCKS)
    correlation, lags = average_correlation(active), newey_west_lags(len(active))
    deflated = deflated_ratio(active[:, int(ratios.argmax())], ratios, correlation, lags)
    rng = np.random.default_rng(seed)
    white = reality_check(active, rng).p_value
    return _figures(overfitting, deflated) | _tests(
        white, superior_ability(active, rng).consistent, False
    )


def statistics_in_pieces(returns: ActiveReturns, seed: int) -> dict[str, float | None]:
    """As `statistics_in_memory`, but for the draws that its two tests then share."""
    sums: list[BlockSums] = []
    ratios: list[np.ndarray] = []
    total, tests, best = np.zeros(0), None, (-math.inf, np.zeros(0))
    for active in returns.chunks():
        if tests is None:
            total = np.zeros(active.shape[1])
            tests = StreamedTests(active.shape[1], np.random.default_rng(seed))
        tests.add(active)
        sums.append(block_sums(active.T, BLOCKS))
        total += standardised_sum(active.T)
        ratios.append(annual_ratio(active))
        top = int(ratios[-1].argmax())
        best = max(best, (float(ratios[-1][top]), active[top].copy()), key=lambda each: each[0])
    known = np.concatenate([*ratios, []])
    if tests is None or len(known) < 2:
        return {}
    correlation = average_of_sum(total, len(known))
    deflated = deflated_ratio(best[1], known, correlation, newey_west_lags(len(total)))
    return _figures(overfitting_of_sums(BlockSums.joined(sums)), deflated) | _tests(
        tests.reality_check_p, tests.superior_ability_p, True
    )


def _figures(overfitting: BacktestOverfitting, deflated: DeflatedRatio) -> dict[str, float | None]:
    return {
        "overfitting_probability": overfitting.probability,
        "overfitting_slope": overfitting.slope.value,
        "loss_probability": overfitting.probability_of_loss,
        "best_information_ratio": deflated.ratio_annual.value,
        "best_information_ratio_low": deflated.ratio_annual.low,
        "best_information_ratio_high": deflated.ratio_annual.high,
        "expected_best_without_skill": deflated.expected_maximum_annual,
        "independent_trials": deflated.independent_trials,
        "deflated_probability": deflated.deflated,
    }


def _tests(white: float, hansen: float, shared: bool) -> dict[str, float | None]:
    return {
        "reality_check_p": white,
        "superior_ability_p": hansen,
        "draws": DRAWS,
        "draws_shared": int(shared),
        "p_error": round(0.5 / math.sqrt(DRAWS), 4),
    }
