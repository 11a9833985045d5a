"""Candidate mappings from bond stress to sectors, one function each, for the comparison.

A candidate is called at every decision with what was known then and returns the expected relative
log return of each sector [N]; zero where it has no view. Rows of a 60-session label overlap, labels
end at least one session before the decision.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.bayesian_linear import moments, posterior
from models.mapping import forward_relative_returns
from models.performance import regression_hac

WINDOW = 2520
MIN_ROWS = 504
CAP = 3.0

# Signs from what the businesses are, per standard deviation of stress and 60 sessions, log return:
# lenders, cyclicals and the indebted suffer from wider spreads, defensives gain; banks earn on
# higher yields, long-duration cash flows (utilities, real estate, staples, technology) lose:
# Dechow, Sloan & Soliman (2004), doi:10.1023/B:RAST.0000028186.44328.3f.
ECONOMIC_SIGNS: dict[str, tuple[float, float]] = {
    "XLB": (-1, 1), "XLC": (0, 0), "XLE": (-1, 1), "XLF": (-1, 1), "XLI": (-1, 1), "XLK": (0, -1),
    "XLP": (1, -1), "XLRE": (-1, -1), "XLU": (1, -1), "XLV": (1, 0), "XLY": (-1, 0),
}  # fmt: skip
ECONOMIC_SIZE = 0.003


@dataclass(frozen=True)
class Known:
    """What is known at the close of the last row.

    Attributes:
        features: name -> [T].
        prices: [T x N] sector closes, NaN before listing.
        benchmark: [T].
        tickers: [N].
    """

    features: dict[str, np.ndarray]
    prices: np.ndarray
    benchmark: np.ndarray
    tickers: tuple[str, ...]

    def design(self, names: tuple[str, ...]) -> np.ndarray:
        """[T x K] bounded features; "a*b" is the product of two."""
        columns = []
        for name in names:
            factors = [np.clip(self.features[part], -CAP, CAP) for part in name.split("*")]
            columns.append(functools.reduce(np.multiply, factors))
        return np.column_stack(columns)

    def training(self, x: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray]:
        """Features [R x K] and labels [R x N] of rows whose label ended before the decision."""
        known = len(x) - horizon - 1
        start = max(0, known - WINDOW)
        stop = known + horizon
        relative = np.log(self.prices[start:stop]) - np.log(self.benchmark[start:stop])[:, None]
        labels = forward_relative_returns(relative, horizon)
        return x[start:known], labels


Candidate = Callable[[Known], np.ndarray]


def ridge(
    names: tuple[str, ...], horizon: int = 60, penalty: float = 1.0, economic: bool = False
) -> Candidate:
    """Per-sector Bayesian linear model: ridge toward zero or toward the economic signs."""

    def forecast(known: Known) -> np.ndarray:
        x = known.design(names)
        rows, labels = known.training(x, horizon)
        expected = np.zeros(len(known.tickers))
        for sector, ticker in enumerate(known.tickers):
            keep = np.isfinite(rows).all(axis=1) & np.isfinite(labels[:, sector])
            if keep.sum() < MIN_ROWS:
                continue
            prior = np.zeros(len(names))
            if economic:
                prior[:2] = np.array(ECONOMIC_SIGNS[ticker]) * ECONOMIC_SIZE * horizon / 60
            target = labels[keep][:, [sector]]
            fit = posterior(moments(rows[keep], target), prior[None], penalty * WINDOW, horizon)
            expected[sector] = fit.means[0] @ np.nan_to_num(x[-1])
        return expected

    return forecast


def pooled(names: tuple[str, ...], horizon: int = 60, penalty: float = 1.0) -> Candidate:
    """One slope a feature for all sectors, on exposure x stress.

    The exposure is the sector's beta to the contemporaneous stress change over the same span, the
    slower block; the slope says how much of the contemporaneous move goes on afterwards.
    """

    def forecast(known: Known) -> np.ndarray:
        x = known.design(names)
        rows, labels = known.training(x, horizon)
        past = np.full_like(labels, np.nan)
        relative = np.log(known.prices) - np.log(known.benchmark)[:, None]
        first = len(x) - horizon - 1 - len(rows)
        begin = max(horizon, first)
        past[begin - first :] = (
            relative[begin : -horizon - 1] - relative[begin - horizon : -2 * horizon - 1]
        )
        exposures = np.zeros((labels.shape[1], len(names)))
        gram, moment = np.zeros((len(names), len(names))), np.zeros(len(names))
        for sector in range(labels.shape[1]):
            keep = np.isfinite(rows).all(axis=1) & np.isfinite(labels[:, sector] + past[:, sector])
            if keep.sum() < MIN_ROWS:
                continue
            for k in range(len(names)):
                coefficients, _ = regression_hac(past[keep, sector], rows[keep, k], horizon)
                exposures[sector, k] = coefficients[1]
            scaled = rows[keep] * exposures[sector]
            gram += scaled.T @ scaled
            moment += scaled.T @ labels[keep, sector]
        shrink = penalty * WINDOW * np.diag((exposures**2).sum(axis=0) + 1e-12)
        slope = np.linalg.solve(gram + shrink, moment)
        return np.asarray(exposures @ (slope * np.nan_to_num(x[-1])))

    return forecast


def local_projection(names: tuple[str, ...], horizon: int = 60) -> Candidate:
    """Jorda (2005) projection with the past relative return as a control, no shrinkage.

    doi:10.1257/0002828053828518. A coefficient below 1.96 Newey-West errors counts as zero.
    """

    def forecast(known: Known) -> np.ndarray:
        x = known.design(names)
        rows, labels = known.training(x, horizon)
        expected = np.zeros(len(known.tickers))
        for sector in range(len(known.tickers)):
            for k in range(len(names)):
                keep = np.isfinite(rows[:, k]) & np.isfinite(labels[:, sector])
                if keep.sum() < MIN_ROWS:
                    continue
                coefficients, errors = regression_hac(labels[keep, sector], rows[keep, k], horizon)
                if abs(coefficients[1]) > 1.96 * errors[1]:
                    expected[sector] += coefficients[1] * np.nan_to_num(x[-1, k])
        return expected

    return forecast


def switching(names: tuple[str, ...], horizon: int = 60, penalty: float = 1.0) -> Candidate:
    """Ridge with coefficients per regime; regimes by a Markov-switching variance of credit changes.

    Hamilton (1989) filter, statsmodels; parameters refitted once a year on the past, filtered
    (never smoothed) probabilities.
    """
    fitted: dict[int, np.ndarray] = {}

    def stressed(known: Known) -> np.ndarray:
        import statsmodels.api as sm

        series = known.features["credit_20"]
        usable = np.isfinite(series)
        probability = np.full(len(series), np.nan)
        values = series[usable]
        if len(values) < 2 * MIN_ROWS:
            return probability
        year = len(values) // 252
        model = sm.tsa.MarkovRegression(values, k_regimes=2, switching_variance=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if year not in fitted:
                fitted[year] = model.fit(disp=False, maxiter=50).params
            result = model.filter(fitted[year])
        # The regime with the larger variance is the stressed one.
        order = int(np.argmax(fitted[year][-2:]))
        probability[usable] = np.asarray(result.filtered_marginal_probabilities)[:, order]
        return probability

    def forecast(known: Known) -> np.ndarray:
        weight = stressed(known)[:, None]
        x = known.design(names)
        both = np.hstack([x * weight, x * (1.0 - weight)])
        extended = Known(
            {str(i): both[:, i] for i in range(both.shape[1])},
            known.prices,
            known.benchmark,
            known.tickers,
        )
        return ridge(tuple(extended.features), horizon, penalty)(extended)

    return forecast


def boosted(names: tuple[str, ...], horizon: int = 60) -> Candidate:
    """Gradient boosting of all sectors together, refitted once a year (needs scikit-learn)."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    fitted: dict[int, HistGradientBoostingRegressor] = {}

    def forecast(known: Known) -> np.ndarray:
        x = known.design(names)
        rows, labels = known.training(x, horizon)
        sectors = labels.shape[1]
        year = len(x) // 252
        if year not in fitted:
            stacked = np.vstack(
                [np.column_stack([rows, np.full(len(rows), s)]) for s in range(sectors)]
            )
            target = labels.T.ravel()
            keep = np.isfinite(stacked).all(axis=1) & np.isfinite(target)
            if keep.sum() < MIN_ROWS * sectors:
                return np.zeros(sectors)
            model = HistGradientBoostingRegressor(
                max_iter=60,
                learning_rate=0.05,
                max_leaf_nodes=8,
                min_samples_leaf=250,
                categorical_features=[len(names)],
                random_state=0,
            )
            fitted[year] = model.fit(stacked[keep], target[keep])
        today = np.column_stack([np.tile(np.nan_to_num(x[-1]), (sectors, 1)), np.arange(sectors)])
        return np.asarray(fitted[year].predict(today))

    return forecast


def average(*members: Candidate) -> Candidate:
    """Equal-weight ensemble of forecasts, each scaled to the same cross-sectional deviation."""

    def forecast(known: Known) -> np.ndarray:
        total = np.zeros(len(known.tickers))
        for member in members:
            expected = member(known)
            deviation = expected.std()
            if deviation > 0:
                total += expected / deviation
        return total * 0.005 / len(members)

    return forecast
