from __future__ import annotations

import numpy as np
import pytest

from models.lead import LeadEstimate, estimate_lead


def series(
    lead: int | None, seed: int, rows: int = 3000, at_once: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Two kinds of shocks; the first moves two sectors up and two down, `lead` rows later."""
    rng = np.random.default_rng(seed)
    shocks, returns = rng.standard_normal((rows, 2)), rng.standard_normal((rows, 4))
    signs = np.array([1.0, -1.0, 1.0, -1.0])
    if lead is not None:
        width = lead // 2
        for lag in range(lead - width // 2, lead + width // 2 + 1):
            returns[lag:] += 0.6 / (width + 1) * shocks[: rows - lag, :1] * signs
    returns += at_once * shocks[:, :1] * signs
    return shocks, returns


def estimate(data: tuple[np.ndarray, np.ndarray], seed: int = 0) -> LeadEstimate:
    return estimate_lead(*data, np.random.default_rng(seed), draws=200)


@pytest.mark.parametrize("lead", [20, 40, 60])
@pytest.mark.parametrize("at_once", [0.0, 0.5])
def test_a_known_lead_is_found(lead: int, at_once: float) -> None:
    found = [estimate(series(lead, seed, at_once=at_once)) for seed in range(3)]
    assert all(f.leads() for f in found)
    assert np.mean([f.lead for f in found]) == pytest.approx(lead, abs=0.1 * lead)
    assert all(f.low <= f.lead <= f.high for f in found)
    assert all((f.p_same_session <= 0.05) == (at_once > 0) for f in found)


def test_signs_and_scales_do_not_matter() -> None:
    shocks, returns = series(30, 1)
    base = estimate((shocks, returns))
    for other in ((-shocks, returns), (shocks * [100.0, 0.01], returns * 1e-3)):
        again = estimate(other)
        assert again.lead == base.lead
        np.testing.assert_allclose(again.profile, base.profile, rtol=1e-9)


def test_nothing_is_found_as_often_as_the_level_says() -> None:
    false = [
        estimate(series(None, seed, at_once=0.5 * (seed % 2)), seed).leads() for seed in range(60)
    ]
    # Binomial(60, 0.05) exceeds 8 with probability 0.006.
    assert sum(false) <= 8


def test_shocks_that_follow_shocks_are_no_lead() -> None:
    """An answer at once to a slowly reverting level."""
    false = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        news = rng.standard_normal((3000, 1))
        level = np.zeros_like(news)
        for row in range(1, len(news)):
            level[row] = 0.99 * level[row - 1] + news[row]
        returns = 0.5 * news * [1.0, -1.0] + rng.standard_normal((3000, 2))
        shocks = np.diff(level, axis=0, prepend=0.0)
        false += estimate((shocks, returns), seed).leads()
    assert false <= 4  # Binomial(20, 0.05) exceeds it with probability 0.003


def test_turbulence_that_comes_to_both_is_no_lead() -> None:
    false = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal(3000)
        calm = np.zeros(3000)
        for row in range(1, 3000):
            calm[row] = 0.99 * calm[row - 1] + 0.14 * noise[row]
        loud = np.exp(calm)[:, None]
        data = loud * rng.standard_normal((3000, 2)), loud * rng.standard_normal((3000, 4))
        false += estimate(data, seed).leads()
    assert false <= 4


def test_missing_values_are_no_shock_and_no_return() -> None:
    shocks, returns = series(40, 2)
    shocks[100:110, 0] = np.nan
    returns[:1500, 3] = np.nan
    found = estimate((shocks, returns))
    assert found.leads()
    assert found.lead == pytest.approx(40, abs=5)
    assert np.isnan(found.profile[:12]).all()
    assert np.isfinite(found.profile[12:]).all()


def test_the_same_seed_gives_the_same_estimate() -> None:
    first, second = estimate(series(40, 3), 7), estimate(series(40, 3), 7)
    np.testing.assert_array_equal(first.profile, second.profile)
    assert (first.p_lead, first.low, first.high) == (second.p_lead, second.low, second.high)


def test_too_few_rows_are_said() -> None:
    shocks, returns = series(None, 0, rows=500)
    with pytest.raises(ValueError, match="968 or more, not 500 and 500"):
        estimate((shocks, returns))
    with pytest.raises(ValueError, match="not 500 and 400"):
        estimate((shocks, returns[:400]))
