"""Is a Sharpe or information ratio skill: its error, its length of proof, and the trials behind it.

Ratios in this file are per period (mean / deviation of one session's return) unless the name ends
in `annual`; kurtosis is the plain one, 3 for a normal. Active returns in, information ratios out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.performance import SESSIONS_PER_YEAR
from models.standardised_sum import average_of_sum, standardised_sum
from models.warning_quality import Estimate

ANNUAL = math.sqrt(SESSIONS_PER_YEAR)


@dataclass(frozen=True)
class RatioMoments:
    """What the error of a ratio depends on.

    Attributes:
        observations: returns behind it.
        ratio: mean over deviation (ddof 1), per period.
        skewness, kurtosis: of the returns; 0 and 3 for a normal.
        inflation: long-run over plain variance of the ratio's influence; 1 without autocorrelation.
    """

    observations: float
    ratio: float
    skewness: float = 0.0
    kurtosis: float = 3.0
    inflation: float = 1.0

    @property
    def unit_variance(self) -> float:
        """Variance of the ratio times its observations: 1 - g3 S + (g4 - 1) / 4 S^2, inflated."""
        spread = 1.0 - self.skewness * self.ratio + (self.kurtosis - 1.0) / 4.0 * self.ratio**2
        return self.inflation * spread

    @property
    def standard_error(self) -> float:
        """Of the ratio, per period (Bailey & Lopez de Prado 2012, doi:10.21314/JOR.2012.255)."""
        return math.sqrt(self.unit_variance / (self.observations - 1.0))


@dataclass(frozen=True)
class DeflatedRatio:
    """A ratio against the best that its trials give without skill.

    Attributes:
        ratio_annual: annualised ratio with its 95 % interval (normal, own standard error).
        standard_error_annual: of it.
        probabilistic: probability that the true ratio is above zero (PSR).
        expected_maximum_annual: what the best of the trials is expected to show without skill.
        deflated: probability that the true ratio is above that (DSR). 1 - deflated serves as a
            p-value, a cautious one: without any skill it is below 5 % in 3 to 4 of 100 runs, and in
            7 with autocorrelated returns when no lags are given (`benchmarks/null_p_values.py`).
        trials, independent_trials: looked at, and as if independent.
        minimum_years: track record that would prove the measured ratio above zero at 5 %, one-sided
            (MinTRL); infinite where it is not positive.
        minimum_years_deflated: the same above the expected maximum.
    """

    ratio_annual: Estimate
    standard_error_annual: float
    probabilistic: float
    expected_maximum_annual: float
    deflated: float
    trials: int
    independent_trials: float
    minimum_years: float
    minimum_years_deflated: float


def ratio_moments(returns: np.ndarray, lags: int = 0) -> RatioMoments:
    """Moments of returns [T], with the autocorrelation correction of Lo (2002) where lags > 0.

    The ratio's influence of one return z (standardised) is z - S (z^2 - 1) / 2; its long-run over
    its plain variance, Bartlett kernel, is the inflation: the GMM error of Lo (2002,
    doi:10.2469/faj.v58.n4.2453). With no lags the error is the one of independent returns.

    Args:
        returns: [T], at least 3 of them, finite, not all equal.
        lags: of the kernel; `newey_west_lags(T)` is the usual choice.

    Raises:
        ValueError: too few, not finite, or no deviation.
    """
    count = len(returns)
    if returns.ndim != 1 or count < 3 or not np.isfinite(returns).all():
        raise ValueError("returns: give at least 3 finite returns in one row")
    deviation = float(returns.std(ddof=1))
    if not deviation > 1e-12 * float(np.abs(returns).max()):
        raise ValueError("returns: all are equal, a ratio needs a deviation")
    ratio = float(returns.mean()) / deviation
    z = (returns - returns.mean()) / returns.std()
    skewness, kurtosis = float((z**3).mean()), float((z**4).mean())
    influence = z - ratio / 2.0 * (z * z - 1.0)
    plain = float(influence @ influence)
    long_run = plain
    for lag in range(1, min(lags, count - 1) + 1):
        long_run += 2.0 * (1.0 - lag / (lags + 1.0)) * float(influence[lag:] @ influence[:-lag])
    return RatioMoments(count, ratio, skewness, kurtosis, long_run / plain)


def autocorrelation_scale(returns: np.ndarray, periods: int, lags: int) -> float:
    """eta(q): the ratio over q periods is eta times the one of a period, instead of sqrt(q).

    eta = q / sqrt(q + 2 sum_k (q - k) rho_k), Lo (2002, equation 20), with autocorrelations up to
    `lags` (< q) and zero beyond, because 251 estimated ones would be noise.

    Raises:
        ValueError: lags not below periods, or autocorrelations that give no positive variance.
    """
    if not 0 <= lags < min(periods, len(returns)):
        raise ValueError(f"lags: {lags} must be below the periods ({periods}) and the returns")
    z = returns - returns.mean()
    rho = [float(z[k:] @ z[: len(z) - k]) / float(z @ z) for k in range(1, lags + 1)]
    variance = periods + 2.0 * sum((periods - k) * r for k, r in enumerate(rho, start=1))
    if not variance > 0.0:
        raise ValueError("returns: so negatively autocorrelated that no scale exists; fewer lags")
    return periods / math.sqrt(variance)


def ratio_interval_annual(moments: RatioMoments, level: float = 0.95) -> Estimate:
    """Annualised ratio with its normal interval, own standard error on both sides."""
    reach = float(special.ndtri(0.5 + level / 2.0)) * moments.standard_error * ANNUAL
    value = moments.ratio * ANNUAL
    return Estimate(value, value - reach, value + reach)


def probabilistic_ratio(moments: RatioMoments, against: float = 0.0) -> float:
    """Probability that the true ratio is above `against` (per period): the PSR.

    Phi((S - S*) / error), Bailey & Lopez de Prado (2012, doi:10.21314/JOR.2012.255).
    """
    return float(special.ndtr((moments.ratio - against) / moments.standard_error))


def expected_maximum_ratio(variance: float, trials: float) -> float:
    """Expected best of independent trials without skill, in the root of the variance's unit.

    sqrt(V) ((1 - gamma) z(1 - 1/N) + gamma z(1 - 1/(N e))), Bailey & Lopez de Prado (2014,
    doi:10.3905/jpm.2014.40.5.094). One trial has nothing to choose from: zero, and never less for
    a fraction of trials between one and two.

    Args:
        variance: of the trials' ratios.
        trials: independent ones, at least 1; a fraction is welcome.

    Raises:
        ValueError: less than one trial or a negative variance.
    """
    if not (trials >= 1.0 and variance >= 0.0):
        raise ValueError(f"{trials} trials with variance {variance}: need >= 1 and >= 0")
    if trials == 1.0:
        return 0.0
    usual = float(special.ndtri(1.0 - 1.0 / trials))
    rare = float(special.ndtri(1.0 - 1.0 / (trials * math.e)))
    best = (1.0 - np.euler_gamma) * usual + np.euler_gamma * rare
    return math.sqrt(variance) * max(float(best), 0.0)


def independent_trials(trials: int, average_correlation: float) -> float:
    """Average-correlation rule rho + (1 - rho) N of Bailey & Lopez de Prado (2014, appendix).

    N for uncorrelated trials, 1 for copies; a negative average counts as none, so that there are
    never more independent trials than trials.
    """
    rho = max(average_correlation, 0.0)
    return rho + (1.0 - rho) * trials


def average_correlation(returns: np.ndarray) -> float:
    """Mean correlation of all pairs of columns of [T x N] returns, N >= 2, in O(T N).

    Raises:
        ValueError: one column only, or a column without deviation (named by its number).
    """
    if returns.shape[1] < 2:
        raise ValueError("returns: a correlation needs two columns")
    return average_of_sum(standardised_sum(returns), returns.shape[1])


def minimum_track_record(moments: RatioMoments, against: float = 0.0, level: float = 0.95) -> float:
    """Observations that would prove the measured ratio above `against`, one-sided (MinTRL).

    1 + variance (z / (S - S*))^2, Bailey & Lopez de Prado (2012); infinite where S <= S*.
    """
    if moments.ratio <= against:
        return math.inf
    z = float(special.ndtri(level))
    return 1.0 + moments.unit_variance * (z / (moments.ratio - against)) ** 2


def deflated_ratio(
    returns: np.ndarray,
    trial_ratios_annual: np.ndarray,
    correlation: float = 0.0,
    lags: int = 0,
    looks: int = 0,
) -> DeflatedRatio:
    """A track record [T] against the trials that it was chosen from.

    The trials' variance is that of their ratios (ddof 1), zero for one trial. Where the trials'
    returns were not kept, correlation 0 counts each as independent: the deflation is then an upper
    bound. Trials that differ in true skill inflate the variance, which again deflates more.

    Args:
        returns: the chosen configuration's (active) returns by session.
        trial_ratios_annual: [N] annualised ratios of every trial, the chosen one among them.
        correlation: average of the trials, as from `average_correlation`.
        lags: of the autocorrelation correction; 0 for none.
        looks: trials in all, where some were judged by another measure and left no ratio; the
            others' variance stands for theirs.

    Raises:
        ValueError: no trial, or one that is not finite; returns as in `ratio_moments`.
    """
    if not len(trial_ratios_annual) or not np.isfinite(trial_ratios_annual).all():
        raise ValueError("trial_ratios_annual: give every trial's ratio, all finite")
    moments = ratio_moments(returns, lags)
    trials = max(len(trial_ratios_annual), looks)
    effective = independent_trials(trials, correlation)
    variance = float(trial_ratios_annual.var(ddof=1)) if len(trial_ratios_annual) > 1 else 0.0
    best_annual = expected_maximum_ratio(variance, effective)
    best = best_annual / ANNUAL
    return DeflatedRatio(
        ratio_annual=ratio_interval_annual(moments),
        standard_error_annual=moments.standard_error * ANNUAL,
        probabilistic=probabilistic_ratio(moments),
        expected_maximum_annual=best_annual,
        deflated=probabilistic_ratio(moments, best),
        trials=trials,
        independent_trials=effective,
        minimum_years=minimum_track_record(moments) / SESSIONS_PER_YEAR,
        minimum_years_deflated=minimum_track_record(moments, best) / SESSIONS_PER_YEAR,
    )
