"""The synthetic market's planted lead, as the estimator and the decision core see it."""

from __future__ import annotations

import pytest

from benchmarks.lead_estimation import lead_of
from feeds.synthetic import SyntheticConfig, synthetic_market


@pytest.mark.parametrize("lead", [20, 40, 60])
def test_the_planted_lead_is_estimated(lead: int) -> None:
    found = lead_of(synthetic_market(SyntheticConfig(seed=3, lead_sessions=lead)), 3)
    assert found.leads()
    # Three times the spread over seeds (0.7, 1.5 and 2.0 sessions).
    assert found.lead == pytest.approx(lead, abs=6)


def test_no_lead_is_found_where_none_was_planted() -> None:
    false = 0
    for seed in (1, 2, 3):
        for options in ({"lead_sessions": 0}, {"placebo": True}):
            false += lead_of(synthetic_market(SyntheticConfig(seed=seed, **options)), seed).leads()
    assert false <= 1  # Binomial(6, 0.05) exceeds it with probability 0.03
