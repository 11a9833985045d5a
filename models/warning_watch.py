"""The warning model in service: refitted now and then, read at every close."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.warning_model import WarningConfig, WarningModel, fit_warnings
from models.warning_state import WarningRule, WarningState, advance


@dataclass(frozen=True)
class WarningWatch:
    """What the desk knows of warnings at one close.

    Attributes:
        config: of the model.
        rule: when warnings open and close.
        model: the fit in force; None before the first.
        state: open warnings; its rows count the closes since the watch began, at which no warning
            stood: one that might have been open before opens at the first close.
        probabilities: [N x H] at the last close; NaN where unknown.
    """

    config: WarningConfig = field(default_factory=WarningConfig)
    rule: WarningRule = field(default_factory=WarningRule)
    model: WarningModel | None = None
    state: WarningState = field(default_factory=WarningState)
    probabilities: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    def refitted(self, features: np.ndarray, relative_log: np.ndarray) -> WarningWatch:
        """With a model that knows everything up to the last row; see `fit_warnings`."""
        # Nothing older than the window and its labels is read: a cut keeps long histories cheap.
        reach = self.config.window + self.config.horizons[-1] + 1
        model = fit_warnings(features[-reach:], relative_log[-reach:], self.config)
        return replace(self, model=model)

    def observed(self, features_row: np.ndarray) -> WarningWatch:
        """At the next close, with stress [K] as known there.

        Raises:
            RuntimeError: there is no model yet.
        """
        if self.model is None:
            raise RuntimeError("refit the watch before observing")
        probabilities = self.model.probabilities(features_row)
        state = advance(
            self.state, probabilities, self.model.base_rates, self.config.horizons, self.rule
        )
        return replace(self, state=state, probabilities=probabilities)
