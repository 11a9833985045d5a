"""How likely the best of a sweep is luck: all of its configurations judged together."""

from __future__ import annotations

import numpy as np

from models.backtest_overfitting import backtest_overfitting
from models.deflated_ratio import average_correlation, deflated_ratio
from models.performance import newey_west_lags
from models.reality_check import reality_check, superior_ability
from research.sweep_objective import annual_ratio

BLOCKS = 16


def luck_statistics(active: np.ndarray, seed: int) -> dict[str, float | None]:
    """Figures of C configurations' active returns [T x C]; empty for fewer than two.

    - `overfitting_probability`: share of the splits of the window into halves in which the best of
      one half ranks in the lower half of the other (PBO); `overfitting_slope` of out-of-sample on
      in-sample ratio over the splits; `loss_probability`: the best of one half loses in the other.
    - `best_information_ratio`, and `deflated_probability`: that its true value exceeds what the
      best of so many trials shows without skill, `expected_best_without_skill`, with
      `independent_trials` counted by their average correlation.
    - `reality_check_p`: White's; `superior_ability_p`: Hansen's, consistent.
    """
    if active.shape[1] < 2:
        return {}
    ratios = annual_ratio(active.T)
    best = int(ratios.argmax())
    overfitting = backtest_overfitting(active, BLOCKS)
    deflated = deflated_ratio(
        active[:, best], ratios, average_correlation(active), newey_west_lags(len(active))
    )
    rng = np.random.default_rng(seed)
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
        "reality_check_p": reality_check(active, rng).p_value,
        "superior_ability_p": superior_ability(active, rng).consistent,
    }
