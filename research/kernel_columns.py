"""Each parameter of many configurations as a column."""

from __future__ import annotations

from functools import partial
from typing import Any

from models.costs import CostConfig
from research.assemble import STRATEGIES
from research.config import CostSection
from research.kernel_stages import Distinct
from research.sweep_configurations import PARAMS, Configurations

STRATEGY = "BondStressRotation"
COSTS = "costs."


class Columns:
    """Each parameter of many configurations, by name: varied, given or the strategy's default."""

    def __init__(self, configs: Configurations) -> None:
        self.configs = configs
        self._defaults = dict(STRATEGIES[STRATEGY].params._getitems())

    def of(self, key: str) -> list[Any]:
        """[C] values of section.key."""
        name = key.removeprefix(PARAMS)
        given = self.configs.base.strategy.params
        if key.startswith(PARAMS) and key not in self.configs.keys and name not in given:
            return [self._defaults[name]] * len(self.configs)
        return self.configs.column(key)

    def param(self, name: str) -> list[Any]:
        """[C] values of a parameter of the strategy."""
        return self.of(PARAMS + name)

    def costs(self) -> list[CostConfig]:
        """[C] cost models; one object where none is varied."""
        base = self.configs.base.costs
        varied = [key for key in self.configs.keys if key.startswith(COSTS)]
        if not varied:
            return [base.model()] * len(self.configs)
        content, made = base.model_dump(), Distinct()
        names = [key.removeprefix(COSTS) for key in varied]

        def model(values: tuple[Any, ...]) -> CostConfig:
            changed = dict(zip(names, values, strict=True))
            return CostSection.model_validate(content | changed).model()

        rows = zip(*(self.of(key) for key in varied), strict=True)
        numbers = [made.number(row, partial(model, row)) for row in rows]
        return [made.found[number] for number in numbers]
