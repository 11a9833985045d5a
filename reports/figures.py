"""How figures are written for people: one place, so that pages and terminal never disagree."""

from __future__ import annotations

from collections.abc import Mapping

Metrics = Mapping[str, float | None]
MISSING = "n/a"


def number(value: float | None, digits: int = 2, unit: str = "") -> str:
    """A figure with its unit, or n/a."""
    return MISSING if value is None else f"{value:,.{digits}f}{unit}"


def interval(low: float | None, high: float | None, digits: int = 2, unit: str = "") -> str:
    """A 95 % interval, or an empty text where there is none."""
    if low is None or high is None:
        return ""
    return f"{low:,.{digits}f} to {high:,.{digits}f}{unit}"


def compared(metrics: Metrics) -> list[tuple[str, str, str]]:
    """(label, strategy, benchmark) of the figures that both have."""
    rows = (
        ("Total return", "total_return_pct", " %"),
        ("Growth a year", "cagr_pct", " %"),
        ("Volatility a year", "volatility_pct", " %"),
        ("Sharpe ratio a year", "sharpe_ratio", ""),
        ("Maximum drawdown", "max_drawdown_pct", " %"),
    )
    return [
        (label, number(metrics[key], 2, unit), number(metrics[f"benchmark_{key}"], 2, unit))
        for label, key, unit in rows
    ]


def active(metrics: Metrics) -> list[tuple[str, str, str]]:
    """(label, value, interval or note) of the figures against the benchmark and of trading."""
    alpha = interval(metrics["alpha_low_pct"], metrics["alpha_high_pct"], 2, " %")
    ratio = interval(metrics["information_ratio_low"], metrics["information_ratio_high"])
    t_value = metrics["alpha_t_hac"]
    t_note = "" if t_value is None else f", t = {t_value:.2f}"
    rows = [
        ("Alpha a year", number(metrics["alpha_pct"], 2, " %"), f"{alpha}{t_note}"),
        ("Information ratio a year", number(metrics["information_ratio"]), ratio),
        ("Tracking error a year", number(metrics["tracking_error_pct"], 2, " %"), ""),
        ("Beta", number(metrics["beta"]), ""),
        ("Turnover a year", number(metrics["turnover_pct_per_year"], 0, " %"), "one-sided"),
        (
            "Cost a year",
            number(metrics["cost_bps_per_year"], 1, " bp"),
            "commission, half-spread and impact",
        ),
    ]
    if metrics.get("shortfall_bps_per_year") is not None:
        rows.append(_shortfall(metrics))
    return rows if metrics.get("tech_warning_opened") is None else [*rows, _warnings(metrics)]


def _shortfall(metrics: Metrics) -> tuple[str, str, str]:
    """What the decisions lost on their way into the portfolio, and would have earned without."""
    paper = number(metrics["paper_total_return_pct"], 2, " %")
    value = number(metrics["shortfall_bps_per_year"], 1, " bp")
    return ("Shortfall a year", value, f"at decision prices {paper} in all")


def _warnings(metrics: Metrics) -> tuple[str, str, str]:
    """Technology's warnings: how many opened, and how many of those that can be judged were right.

    A warning is right when technology trails the benchmark over the longest horizon.
    """
    counted = int(metrics["tech_warning_counted"] or 0)
    right = metrics["tech_warning_accuracy_pct"]
    if right is None:
        note = "none that can be judged yet"
    else:
        low, high = (metrics[f"tech_warning_accuracy_{end}_pct"] for end in ("low", "high"))
        chance = number(metrics["tech_warning_base_rate_pct"], 0, " %")
        note = (
            f"{round(right * counted / 100.0)} of {counted} right "
            f"({interval(low, high, 0, ' %')}; base {chance})"
        )
    return ("Technology warnings", number(metrics["tech_warning_opened"], 0), note)
