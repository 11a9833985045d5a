"""Two-state normal Markov-switching model: its parameters, and their estimation.

Hamilton (1994), *Time Series Analysis*, ch. 22; the likelihood is statsmodels'.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class MarkovConfig:
    """How the model is fitted.

    Attributes:
        step: sessions from one observed level to the next; changes do not overlap.
        min_history: changes needed before the first fit.
        starts: random starting points a refit, beside the fixed one and the last parameters.
        em_steps: steps of expectation-maximisation from each start; the best goes on.
        max_iterations: limit of the final likelihood search (BFGS).
        seed: of the random starting points.
    """

    step: int = 5
    min_history: int = 150
    starts: int = 2
    em_steps: int = 10
    max_iterations: int = 200
    seed: int = 0


@dataclass(frozen=True)
class SwitchingParameters:
    """A two-state normal model; state 0 has the smaller variance.

    Attributes:
        stay_quiet, stay_turbulent: probability that the next session keeps the state.
        means: of the two states, in the unit of the changes.
        variances: of the two states, the smaller one first.
    """

    stay_quiet: float
    stay_turbulent: float
    means: tuple[float, float]
    variances: tuple[float, float]

    @property
    def transition(self) -> np.ndarray:
        """[2 x 2] probability from the row's state to the column's."""
        stay = (self.stay_quiet, self.stay_turbulent)
        return np.array([[stay[0], 1.0 - stay[0]], [1.0 - stay[1], stay[1]]])

    @property
    def stationary(self) -> np.ndarray:
        """[2] long-run shares of the states; the filter starts from them."""
        leave = np.array([1.0 - self.stay_quiet, 1.0 - self.stay_turbulent])
        return np.asarray(leave[::-1] / leave.sum())


def fit_switching(
    changes: np.ndarray,
    config: MarkovConfig,
    rng: np.random.Generator,
    former: SwitchingParameters | None = None,
) -> tuple[SwitchingParameters | None, float, str]:
    """Maximum-likelihood parameters from several starting points.

    Args:
        changes: [N] finite changes, in any unit.
        config: starts and limits.
        rng: for the random starting points.
        former: parameters of the last refit, one more starting point.

    Returns:
        parameters, or None when there are none to use.
        log_likelihood: of the best optimum; NaN when no search converged.
        status: "converged", or the reason why there are no parameters.
    """
    from statsmodels.tools.sm_exceptions import ModelWarning
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    scale = float(changes.std())
    if not scale > 0.0:
        return None, float("nan"), "the changes are constant"
    # In units of its own deviation the search is conditioned alike for every channel.
    model = MarkovRegression(changes / scale, k_regimes=2, trend="c", switching_variance=True)
    candidates = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # What goes wrong in a search is reported by `status` instead.
        warnings.simplefilter("ignore", ModelWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        for start in _starting_points(config, rng, former, scale):
            try:
                rough = model.fit(start, em_iter=config.em_steps, maxiter=0, cov_type="none")
            except (np.linalg.LinAlgError, ValueError):
                continue
            if np.isfinite(rough.llf):
                candidates.append((float(rough.llf), rough.params))
        for _, start in sorted(candidates, key=lambda one: -one[0]):
            fitted = model.fit(start, em_iter=0, maxiter=config.max_iterations, cov_type="none")
            found = _ordered(fitted.params, scale)
            if fitted.mle_retvals["converged"] and found is not None:
                likelihood = float(fitted.llf) - len(changes) * np.log(scale)
                if found.stay_quiet + found.stay_turbulent <= 1.0:
                    return None, likelihood, "the states do not persist, so they are no regimes"
                return found, likelihood, "converged"
    return None, float("nan"), f"no search from {len(candidates)} starting points converged"


def _starting_points(
    config: MarkovConfig,
    rng: np.random.Generator,
    former: SwitchingParameters | None,
    scale: float,
) -> list[np.ndarray]:
    """Parameters in statsmodels' order for changes of unit deviation.

    The order is: p[0 to 0], p[1 to 0], the means, the variances.
    """
    points = [np.array([0.98, 0.05, 0.0, 0.0, 0.5, 2.0])]
    if former is not None:
        stay = [former.stay_quiet, 1.0 - former.stay_turbulent]
        points.append(
            np.r_[stay, np.array(former.means) / scale, np.array(former.variances) / scale**2]
        )
    for _ in range(config.starts):
        leave = rng.uniform(0.01, 0.2, 2)
        means = 0.2 * rng.standard_normal(2)
        points.append(
            np.r_[1.0 - leave[0], leave[1], means, rng.uniform(0.1, 1.0), 1.0 + 3.0 * rng.random()]
        )
    return points


def _ordered(params: np.ndarray, scale: float) -> SwitchingParameters | None:
    """States by rising variance, in the changes' own unit; None when a state is degenerate."""
    stay = np.array([params[0], 1.0 - params[1]])
    means, variances = scale * params[2:4], scale**2 * params[4:6]
    inside = (stay > 0.0) & (stay < 1.0) & (variances > 1e-8 * scale**2)
    if not (np.isfinite(params).all() and inside.all()):
        return None
    low, high = np.argsort(variances, kind="stable")
    return SwitchingParameters(
        float(stay[low]),
        float(stay[high]),
        (float(means[low]), float(means[high])),
        (float(variances[low]), float(variances[high])),
    )
