"""The success criteria and the rule that turns an estimate into a verdict.

A criterion is **met** when the value reaches the target and the evidence supports it; **not met**
when the whole 95 % interval misses the target; otherwise there is **not enough evidence**. So a
value that misses a target which its interval still contains is not enough evidence, and so is one
that reaches it while skill is not shown. What supports a value:

| criterion | target, direction | support |
|---|---|---|
| `advance_warning_sessions` | median lead within 20..60 | p < 0.05 against shifted warnings |
| `alpha_pct` | 2.5 or more | p < 0.05 against no alpha (two-sided, HAC) |
| `transition_tracking_error_pct` | below 5 | no null to test: whole interval below 5 |
| `tech_underperformance_accuracy_pct` | 75 or more | p < 0.05, exact binomial, on base rate |
| `information_ratio` | 1.8 or more | deflated p (1 - DSR, all trials) < 0.05 |

A value that is not known (NaN) leaves not enough evidence, but for events of which none was warned
of: see `judge_lead`. Warnings on which an accuracy or a lead is undefined give no p-value either.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from scipy import special, stats

from models.deflated_ratio import DeflatedRatio
from models.warning_lead import LeadRecord
from models.warning_quality import Estimate, Hits

Verdict = Literal["met", "not met", "not enough evidence"]
SIGNIFICANCE = 0.05
MIN_EVENTS = 6


@dataclass(frozen=True)
class Target:
    """Where a value must lie.

    Attributes:
        text: as the scorecard prints it.
        low, high: ends of the wanted range.
        strict: the high end itself misses.
        tested: a p-value must support it; without, the whole interval must lie in the range.
    """

    text: str
    low: float
    high: float
    strict: bool = False
    tested: bool = True

    def reached(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return self.low <= value and (value < self.high if self.strict else value <= self.high)

    def excluded(self, low: float, high: float) -> bool:
        """Whether an interval has no point in the range."""
        return high < self.low or (low >= self.high if self.strict else low > self.high)


TARGETS = {
    "advance_warning_sessions": Target("20 to 60", 20.0, 60.0),
    "alpha_pct": Target(">= 2.5", 2.5, math.inf),
    "transition_tracking_error_pct": Target("< 5", -math.inf, 5.0, strict=True, tested=False),
    "tech_underperformance_accuracy_pct": Target(">= 75", 75.0, math.inf),
    "information_ratio": Target(">= 1.8", 1.8, math.inf),
}


@dataclass(frozen=True)
class Criterion:
    """A line of the scorecard, in the unit that the criterion's name ends in.

    Attributes:
        criterion: a key of `TARGETS`.
        value, low, high: estimate with its 95 % interval; None where not known.
        target: as text.
        p_value: chance of as much without skill; None where there is no such test.
        trials: evaluated configurations that the choice was made from.
        verdict: by the rule above.
    """

    criterion: str
    value: float | None
    low: float | None
    high: float | None
    target: str
    p_value: float | None
    trials: int
    verdict: Verdict

    def as_dict(self) -> dict[str, object]:
        """Plain values in the order of scorecard.json."""
        return asdict(self)


def verdict(target: Target, estimate: Estimate, p_value: float) -> Verdict:
    """The rule, on an estimate with its interval and a p-value (NaN for none)."""
    if math.isnan(estimate.value):
        return "not enough evidence"
    if target.excluded(estimate.low, estimate.high):
        return "not met"
    supported = p_value < SIGNIFICANCE
    if not target.tested:
        supported = target.reached(estimate.low) and target.reached(estimate.high)
    if target.reached(estimate.value) and supported:
        return "met"
    return "not enough evidence"


def judge(criterion: str, estimate: Estimate, p_value: float, trials: int) -> Criterion:
    """A criterion by the rule.

    Args:
        criterion: a key of `TARGETS`.
        estimate: in the criterion's unit, NaN where not known.
        p_value: NaN where there is none.
        trials: at least one, the choice itself.

    Raises:
        ValueError: a name that is not a criterion, a p-value outside 0..1, a turned interval, or no
            trial.
    """
    if criterion not in TARGETS:
        raise ValueError(f"{criterion}: not a criterion; one of {', '.join(TARGETS)}")
    if p_value < 0.0 or p_value > 1.0 or trials < 1:
        raise ValueError(f"{criterion}: p-value {p_value} or {trials} trials make no sense")
    if estimate.low > estimate.high:
        raise ValueError(f"{criterion}: the interval {estimate.low}..{estimate.high} is turned")
    target = TARGETS[criterion]
    value, low, high, p = (
        None if math.isnan(x) else x for x in (estimate.value, estimate.low, estimate.high, p_value)
    )
    found = verdict(target, estimate, p_value)
    return Criterion(criterion, value, low, high, target.text, p, trials, found)


def judge_lead(record: LeadRecord, trials: int) -> Criterion:
    """Advance warning; where there are few leads or none, the interval cannot decide.

    A median over all events, missed ones as none at all, needs half of them warned of. Where none
    of six events or more was, the exact interval of that recall ends below one half, and the
    criterion is not met: silence is a miss, not a lack of evidence. With fewer than six leads no
    95 % interval of a median exists (2 x 0.5^6 = 0.03), and the bootstrap's must not exclude the
    target.
    """
    name = "advance_warning_sessions"
    judged = judge(name, record.median, record.p_value, trials)
    warned = int(np.isfinite(record.leads).sum())
    if not warned and len(record.leads) >= MIN_EVENTS:
        return replace(judged, verdict="not met")
    if warned < MIN_EVENTS and judged.verdict == "not met":
        return replace(judged, verdict="not enough evidence")
    return judged


def judge_alpha(alpha_pct: float, error_pct: float, trials: int) -> Criterion:
    """Annualised alpha with its HAC standard error, both percent; normal interval and p-value."""
    reach = float(special.ndtri(0.975)) * error_pct
    p_value = 2.0 * float(special.ndtr(-abs(alpha_pct) / error_pct)) if error_pct > 0 else math.nan
    estimate = Estimate(alpha_pct, alpha_pct - reach, alpha_pct + reach)
    return judge("alpha_pct", estimate, p_value, trials)


def judge_accuracy(hits: Hits, trials: int) -> Criterion:
    """Share of warnings that came true, percent, against the base rate.

    p is the exact chance of as many hits or more when each comes with the base rate.
    """
    share = hits.share
    percent = Estimate(100.0 * share.value, 100.0 * share.low, 100.0 * share.high)
    p_value = math.nan
    if hits.count and math.isfinite(hits.base_rate):
        p_value = float(stats.binom.sf(hits.hits - 1, hits.count, hits.base_rate))
    return judge("tech_underperformance_accuracy_pct", percent, p_value, trials)


def judge_information_ratio(interval: Estimate, deflated: DeflatedRatio) -> Criterion:
    """Annualised ratio with its interval; p is one less the deflated probability.

    Args:
        interval: the ratio with its stationary-bootstrap interval.
        deflated: of the same returns against all trials.
    """
    return judge("information_ratio", interval, 1.0 - deflated.deflated, deflated.trials)
