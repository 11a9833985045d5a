"""The stages before a decision looks at what is held, each worked out once for what it reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from feeds.market import MarketData
from models.kernel_batch import Stages
from models.kernel_views import views_of
from models.mapping import MappingConfig, model_rows, training_moments
from models.risk_inputs import risk_inputs
from models.signal_decay import signal_half_life
from research.config import RunConfig
from research.kernel_window import Window
from research.sweep_cache import Arrays, StageCache
from research.sweep_shared import cache_key, shared_stress
from research.sweep_stages import FIT, RISK, stage_key


class Read(NamedTuple):
    """What the stages read of one configuration, beside its stress section.

    Attributes:
        features: comma-separated stress lines.
    """

    features: str
    horizon: int
    training_window: int
    feature_cap: float
    penalty: float
    min_rows: int
    style_window: int

    @property
    def mapping(self) -> MappingConfig:
        """As the regression takes it."""
        return MappingConfig(
            features=tuple(name.strip() for name in self.features.split(",")),
            horizon=self.horizon,
            window=self.training_window,
            min_rows=self.min_rows,
            penalty=self.penalty,
            feature_cap=self.feature_cap,
        )


def fit_arrays(
    market: MarketData, window: Window, config: RunConfig, read: Read, shared: StageCache
) -> Arrays:
    """Moments of every decision's regression, today's features and their half-life.

    grams [D x N x K x K], products [D x N x K], squares and rows [D x N], today [D x K],
    half_life [D].
    """

    def compute() -> Arrays:
        mapping = read.mapping
        stress = shared_stress(market, config, shared)
        features = stress[list(mapping.features)].to_numpy(np.float64)[window.offset :]
        fits = []
        for row in window.decided.tolist():
            known, relative = model_rows(
                features[: row + 1],
                window.sector_prices[: row + 1],
                window.benchmark_prices[: row + 1],
                mapping,
            )
            data, today = training_moments(known, relative, mapping, mapping.horizon)
            half_life = signal_half_life(known)
            fits.append((data.grams, data.products, data.squares, data.rows, today, half_life))
        names = ("grams", "products", "squares", "rows", "today", "half_life")
        return {
            name: np.array(column)
            for name, column in zip(names, zip(*fits, strict=True), strict=True)
        }

    return shared.arrays(FIT, _key(market, config, FIT), compute)


def risk_arrays(
    market: MarketData, window: Window, config: RunConfig, read: Read, shared: StageCache
) -> Arrays:
    """Benchmark weights and covariance of every decision, packed as models.kernel_inputs.Signals.

    Raises:
        ValueError: the history is too short, as in the strategy.
    """

    def compute() -> Arrays:
        decisions, sectors = len(window.decided), window.sector_prices.shape[1]
        holdable = np.zeros(decisions, dtype=np.int64)
        places = np.zeros((decisions, sectors), dtype=np.int64)
        benchmark = np.zeros((decisions, sectors))
        covariance = np.zeros((decisions, sectors * sectors))
        for place, row in enumerate(window.decided.tolist()):
            risk = risk_inputs(
                window.sector_prices[: row + 1],
                window.benchmark_prices[: row + 1],
                read.style_window,
            )
            size = int(risk.held.sum())
            holdable[place] = size
            places[place, :size] = np.flatnonzero(risk.held)
            benchmark[place, :size] = risk.benchmark
            covariance[place, : size * size] = risk.covariance.ravel()
        return {
            "holdable": holdable,
            "sectors": places,
            "benchmark": benchmark,
            "covariance": covariance,
        }

    return shared.arrays(RISK, _key(market, config, RISK), compute)


def view_arrays(fit: Arrays, read: Read) -> Arrays:
    """Expected returns, whether a sector has enough rows, and evidence, of every decision."""
    grams, products, squares, rows, today = (
        np.array(fit[name]) for name in ("grams", "products", "squares", "rows", "today")
    )
    expected, viewed, evidence = views_of(
        grams, products, squares, rows, today, read.min_rows,
        float(read.penalty * read.training_window), float(read.horizon),
    )  # fmt: skip
    return {"expected": expected, "viewed": viewed, "evidence": evidence}


def stacked(risks: Sequence[Arrays], views: Sequence[Arrays], fits: Sequence[Arrays]) -> Stages:
    """The distinct stages of a batch as the kernel takes them."""

    def stack(arrays: Sequence[Arrays], name: str) -> np.ndarray:
        return np.array([each[name] for each in arrays])

    return Stages(
        holdable=stack(risks, "holdable"),
        sectors=stack(risks, "sectors"),
        benchmark=stack(risks, "benchmark"),
        covariance=stack(risks, "covariance"),
        expected=stack(views, "expected"),
        viewed=stack(views, "viewed"),
        evidence=stack(views, "evidence"),
        half_life=stack(fits, "half_life"),
    )


class Distinct:
    """Results by what they were worked out from, numbered as they come."""

    def __init__(self) -> None:
        self.found: list[Any] = []
        self._numbers: dict[object, int] = {}

    def number(self, key: object, compute: Callable[[], Any]) -> int:
        """The number of the result of `key`, computed when it is new."""
        if key not in self._numbers:
            self.found.append(compute())
            self._numbers[key] = len(self.found) - 1
        return self._numbers[key]


def _key(market: MarketData, config: RunConfig, stage: str) -> str:
    period = f"{config.period.start} {config.period.end}"
    return cache_key(market, f"{period} {stage_key(stage, config)}")
