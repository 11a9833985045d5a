"""Markov-switching regimes of a stress channel: quiet or turbulent, filtered, walk-forward.

The channel's weekly change is normal with a mean and a variance of the hidden state (Hamilton 1989,
*Econometrica* 57; Hamilton 1994, *Time Series Analysis*, ch. 22). Parameters come from statsmodels'
maximum likelihood on the changes before the refit, once a calendar year; the state's probability
at a session is the *filtered* one, from the changes up to that session under the parameters in
force. Smoothed probabilities, which know the future, are never part of a result.

Changes are weekly, because many daily ones are zero by rounding alone (spreads are quoted in whole
basis points) and a state then fits the zeros.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.markov_fit import MarkovConfig, SwitchingParameters, fit_switching
from models.regimes import NO_READING

QUIET, TURBULENT = "quiet", "turbulent"
MARKOV_REGIMES = (QUIET, TURBULENT, NO_READING)


@dataclass(frozen=True)
class Refit:
    """What one refit did.

    Attributes:
        session: first session that its parameters serve; the sample ends the session before.
        observations: changes in the sample.
        parameters: in force from `session` on; None while there are none yet.
        log_likelihood: of the sample under the new parameters; NaN when no search converged.
        status: "converged", or why the former parameters (or none) stay in force.
    """

    session: pd.Timestamp
    observations: int
    parameters: SwitchingParameters | None
    log_likelihood: float
    status: str


def channel_changes(level: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Change of the level from one observation to the next, [N] -> [N].

    NaN at the first row, where either level is missing, and where the channel's source changes:
    the jump between two sources is no move of the market.
    """
    changes = np.full(len(level), np.nan)
    changes[1:] = np.where(source[1:] == source[:-1], level[1:] - level[:-1], np.nan)
    return changes


def filtered_turbulence(changes: np.ndarray, parameters: SwitchingParameters) -> np.ndarray:
    """Probability of the turbulent state given the changes up to each session, [T] -> [T].

    Hamilton's filter from the stationary probabilities. A missing change adds no news: the
    probability is then the prediction from the session before.
    """
    stay_quiet, stay_turbulent = parameters.stay_quiet, parameters.stay_turbulent
    (mean_0, mean_1), (variance_0, variance_1) = parameters.means, parameters.variances
    # Log density of the turbulent state less that of the quiet one; constants cancel.
    news = 0.5 * (
        np.log(variance_0 / variance_1)
        + (changes - mean_0) ** 2 / variance_0
        - (changes - mean_1) ** 2 / variance_1
    )
    ratio = np.exp(np.clip(np.where(np.isfinite(news), news, 0.0), -700.0, 700.0))
    filtered = np.empty(len(changes))
    probability = float(parameters.stationary[1])
    for row, factor in enumerate(ratio.tolist()):
        predicted = probability * stay_turbulent + (1.0 - probability) * (1.0 - stay_quiet)
        weight = predicted * factor
        probability = weight / (weight + 1.0 - predicted)
        filtered[row] = probability
    return filtered


def walk_forward_turbulence(
    level: pd.Series, source: pd.Series, config: MarkovConfig | None = None
) -> tuple[pd.Series, list[Refit]]:
    """Filtered probability of turbulence under yearly refits.

    Every `step`-th session, counted from the first, is observed. At the first of them in a calendar
    year the parameters are estimated anew from all changes before it, once there are
    `min_history`; a refit that fails leaves the former ones in force.

    Args:
        level: [T] a channel's level by session (`models.stress.stress_features`), NaN = missing.
        source: [T] the name of the source behind each level.
        config: how to fit.

    Returns:
        probability: [T] in 0..1, known at each close and acted upon from the next session; that of
            the last observed session in between. NaN before the first fit and where the level is
            missing.
        refits: one a year from the first with enough history, failures included.
    """
    config = config or MarkovConfig()
    sessions = pd.DatetimeIndex(level.index)
    levels = level.to_numpy(dtype=np.float64)
    observed = sessions[:: config.step]
    changes = channel_changes(levels[:: config.step], source.to_numpy()[:: config.step])
    years = observed.year.to_numpy()
    starts = np.flatnonzero(np.r_[True, years[1:] != years[:-1]]).tolist()
    filtered = np.full(len(observed), np.nan)
    refits: list[Refit] = []
    parameters: SwitchingParameters | None = None
    for begin, end in itertools.pairwise([*starts, len(observed)]):
        sample = changes[:begin][np.isfinite(changes[:begin])]
        if len(sample) < config.min_history:
            continue
        rng = np.random.default_rng([config.seed, int(years[begin])])
        fitted, likelihood, status = fit_switching(sample, config, rng, parameters)
        parameters = fitted or parameters
        refits.append(Refit(observed[begin], len(sample), parameters, likelihood, status))
        if parameters is not None:
            filtered[begin:end] = filtered_turbulence(changes[:end], parameters)[begin:]
    probability = np.repeat(filtered, config.step)[: len(sessions)]
    probability[~np.isfinite(levels)] = np.nan
    return pd.Series(probability, sessions, name=level.name), refits


def markov_names(probability: np.ndarray) -> np.ndarray:
    """The likelier state at each session, [T] -> [T] names; ties are quiet."""
    names = np.where(probability > 0.5, TURBULENT, QUIET).astype(object)
    names[~np.isfinite(probability)] = NO_READING
    return names
