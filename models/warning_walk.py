"""The warning model through time: refitted at some rows, read at every row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.warning_model import WarningConfig, WarningModel, fit_warnings


@dataclass(frozen=True)
class WarningHistory:
    """What the model said at the close of each row, knowing nothing later.

    Attributes:
        probabilities: [T x N x H]; NaN before the first fit and where a feature is missing.
        base_rates: [T x N x H] of the fit in force.
        models: the fits, by the row at whose close they were made.
    """

    probabilities: np.ndarray
    base_rates: np.ndarray
    models: dict[int, WarningModel]


def walk_warnings(
    features: np.ndarray, relative_log: np.ndarray, refits: list[int], config: WarningConfig
) -> WarningHistory:
    """Fit at the close of each row in `refits`, and use that fit from there to the next.

    Args:
        features: [T x K], row t known at the close of t.
        relative_log: [T x N] log price of each sector less the benchmark's.
        refits: rows, increasing.
        config: see WarningConfig.
    """
    shape = (*relative_log.shape, len(config.horizons))
    history = WarningHistory(np.full(shape, np.nan), np.full(shape, np.nan), {})
    # Nothing older than the window and its labels is read: a cut keeps long histories cheap.
    reach = config.window + config.horizons[-1] + 1
    for row, following in zip(refits, [*refits[1:], len(features)], strict=True):
        known = slice(max(0, row + 1 - reach), row + 1)
        model = fit_warnings(features[known], relative_log[known], config)
        history.models[row] = model
        history.probabilities[row:following] = model.probabilities(features[row:following])
        history.base_rates[row:following] = model.base_rates
    return history
