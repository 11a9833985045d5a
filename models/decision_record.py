"""A decision as rows for the record: what was expected, why, and how sure it was."""

from __future__ import annotations

from collections.abc import Mapping

from models.decision import Decision

NORMAL_95 = 1.959963984540054


def sector_row(
    decision: Decision, sector: int, readings: Mapping[str, float]
) -> dict[str, str | int | float]:
    """Everything that the decision holds about one sector.

    Args:
        decision: the decision.
        sector: its index.
        readings: feature -> its value at the decision, in trailing standard deviations.

    Returns:
        Weights; expected relative log return over the horizon in percent with its 95 % interval
        and over the other horizons; for each feature its reading, contribution (percent),
        coefficient (percent per standard deviation) with its deviation, and contemporaneous beta
        with its Newey-West t; NaN where the data give none.
    """
    view = decision.view
    expected, deviation = 100.0 * view.expected[sector], 100.0 * view.deviation[sector]
    row: dict[str, str | int | float] = {
        "ticker": decision.tickers[sector],
        "benchmark_weight": float(decision.benchmark_weights[sector]),
        "target_weight": float(decision.target_weights[sector]),
        "expected_relative_return_pct": float(expected),
        "expected_low_pct": float(expected - NORMAL_95 * deviation),
        "expected_high_pct": float(expected + NORMAL_95 * deviation),
    }
    for span, other in decision.other_views.items():
        row[f"expected_{span}_pct"] = 100.0 * float(other.expected[sector])
    for column, (name, reading) in enumerate(readings.items()):
        row[f"{name}_z"] = reading
        row[f"{name}_contribution_pct"] = 100.0 * float(view.contributions[sector, column])
        row[f"{name}_coefficient_pct"] = 100.0 * float(view.coefficients[sector, column])
        spread = 100.0 * float(view.coefficient_deviations[sector, column])
        row[f"{name}_coefficient_deviation_pct"] = spread
        beta, error = decision.betas[sector, column], decision.beta_errors[sector, column]
        row[f"{name}_beta_pct"] = 100.0 * float(beta)
        row[f"{name}_beta_t"] = float(beta / error)
    return row | {
        "training_rows": int(view.rows[sector]),
        "evidence": decision.evidence,
        "tracking_error_pct": 100.0 * decision.optimum.tracking_error,
        "style_residual_pct": decision.style_residual_pct,
        "reason": decision.reason,
    }


def transition_row(decision: Decision) -> dict[str, str | int | float]:
    """When and how fast the decision moves, and why: one row a decision.

    Basis points are of the portfolio, over the mapping's horizon; `relaxed` names the limits that
    were given up, comma-separated; `break_even_sessions` is infinite where it never pays.
    """
    plan, optimum = decision.plan, decision.optimum
    return {
        "sessions": plan.sessions,
        "expected_benefit_bps": plan.expected_benefit_bps,
        "expected_cost_bps": plan.expected_cost_bps,
        "break_even_sessions": plan.break_even_sessions,
        "turnover_pct": 100.0 * optimum.turnover if plan.sessions else 0.0,
        "half_life_sessions": decision.half_life,
        "plan": plan.reason,
        "programme": optimum.reason,
        "relaxed": ",".join(optimum.relaxed),
    }
