"""The configuration of a run: typed, frozen, refused when a key is unknown."""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.costs import FREE, HALF_SPREAD_BPS, CostConfig
from models.stress import StressConfig

PUBLISHED = Path(__file__).resolve().parent.parent / "configs" / "published.toml"


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the key and the mend."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataSection(_Section):
    """Where the market comes from.

    Attributes:
        source: "synthetic", "yahoo" or a folder laid out as the README describes.
        seed: of the synthetic market.
        lead_sessions: sessions by which bond stress leads sectors in the synthetic market.
    """

    source: str = "synthetic"
    seed: Annotated[int, Field(ge=0)] = 7
    lead_sessions: Annotated[int, Field(ge=0, le=120)] = 40


class PeriodSection(_Section):
    """The measured period; trading starts at the close of the session before `start`."""

    start: date = date(2020, 1, 1)
    end: date = date(2024, 12, 31)

    @model_validator(mode="after")
    def _ordered(self) -> PeriodSection:
        if self.end <= self.start:
            raise ValueError(f"period.end {self.end} must lie after period.start {self.start}")
        return self


class AccountSection(_Section):
    """The account and how its orders are made; see models.orders.OrderRules."""

    cash: Annotated[float, Field(gt=0, le=1e12)] = 10_000_000.0
    cash_buffer: Annotated[float, Field(ge=0, lt=1)] = 0.005
    min_trade: Annotated[float, Field(ge=0, lt=1)] = 0.0002
    lot: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    restricted: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_funds(self) -> AccountSection:
        for ticker in self.restricted:
            if ticker not in HALF_SPREAD_BPS:
                raise ValueError(
                    f"account.restricted: unknown ticker {ticker}; "
                    f"known: {', '.join(HALF_SPREAD_BPS)}"
                )
        return self


class StressSection(_Section):
    """See models.stress.StressConfig; the spans of change are the feed's lines and fixed."""

    window: Annotated[int, Field(ge=60)] = 1260
    min_history: Annotated[int, Field(ge=20)] = 252
    max_stale: Annotated[int, Field(ge=0)] = 10

    @model_validator(mode="after")
    def _fits(self) -> StressSection:
        if self.min_history > self.window:
            raise ValueError(
                f"stress.min_history {self.min_history} must not exceed stress.window {self.window}"
            )
        return self

    def model(self) -> StressConfig:
        """As the pure functions take it."""
        return StressConfig(
            window=self.window, min_history=self.min_history, max_stale=self.max_stale
        )


class CostSection(_Section):
    """See models.costs.CostConfig. Half-spreads given here replace those tickers' in the table."""

    half_spread_bps: dict[str, Annotated[float, Field(ge=0, le=1000)]] = {}
    other_half_spread_bps: Annotated[float, Field(ge=0, le=1000)] = 2.0
    impact_coefficient: Annotated[float, Field(ge=0, le=10)] = 1.0
    impact_memory: Annotated[float, Field(ge=0, lt=1)] = 0.5
    permanent_share: Annotated[float, Field(ge=0, le=1)] = 1.0 / 3.0
    commission_bps: Annotated[float, Field(ge=0, le=1000)] = 0.5
    commission_minimum: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    commission_per_share: Annotated[float, Field(ge=0, le=1000)] = 0.0
    max_participation: Annotated[float, Field(gt=0, le=1)] = 0.10
    free: bool = False

    @model_validator(mode="after")
    def _known_tickers(self) -> CostSection:
        for ticker in self.half_spread_bps:
            if ticker not in HALF_SPREAD_BPS:
                raise ValueError(
                    f"costs.half_spread_bps.{ticker}: unknown ticker; "
                    f"known: {', '.join(HALF_SPREAD_BPS)}"
                )
        return self

    def model(self) -> CostConfig:
        """As the pure functions take it; `free` switches every cost and limit off."""
        if self.free:
            return FREE
        return CostConfig(
            half_spread_bps=HALF_SPREAD_BPS | self.half_spread_bps,
            other_half_spread_bps=self.other_half_spread_bps,
            impact_coefficient=self.impact_coefficient,
            impact_memory=self.impact_memory,
            permanent_share=self.permanent_share,
            commission_bps=self.commission_bps,
            commission_minimum=self.commission_minimum,
            commission_per_share=self.commission_per_share,
            max_participation=self.max_participation,
        )


class StrategySection(_Section):
    """Which strategy and its parameters, named as in the strategy's own docstring."""

    name: str = "BondStressRotation"
    params: dict[str, bool | int | float | str] = {}


class RunConfig(_Section):
    """Everything a run depends on besides data and code."""

    data: DataSection = DataSection()
    period: PeriodSection = PeriodSection()
    account: AccountSection = AccountSection()
    stress: StressSection = StressSection()
    costs: CostSection = CostSection()
    strategy: StrategySection = StrategySection()
    seed: Annotated[int, Field(ge=0)] = 20050103

    def identity(self) -> str:
        """SHA-256 of the content. The data's location is left out: its digest stands for it."""
        content = self.model_dump(mode="json")
        del content["data"]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_config(path: Path = PUBLISHED, **overrides: Any) -> RunConfig:
    """Read a TOML file; `overrides` replace its values, named section__key or, outside one, key.

    Raises:
        ConfigError: unreadable file, invalid TOML, unknown key (with the nearest known one) or a
            value out of its range; one line that names the key.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such configuration file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); give a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    for name, value in overrides.items():
        section, _, key = name.partition("__")
        if not key:
            content[section] = value
            continue
        if not isinstance(content.setdefault(section, {}), dict):
            raise ConfigError(f"{path.name}: {section} must be a table [{section}]")
        content[section][key] = value
    try:
        return RunConfig.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{path.name}: {_explain(error)}") from None


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = _known_keys(first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
        return f"unknown key {key}; {hint}"
    text = first["msg"].removeprefix("Value error, ")
    # A section's own validator names its key itself.
    return text if first["type"] == "value_error" or not key else f"{key}: {text}"


def _known_keys(path: tuple[int | str, ...]) -> list[str]:
    section: Any = RunConfig
    for part in path:
        section = section.model_fields[str(part)].annotation
    return list(section.model_fields)
