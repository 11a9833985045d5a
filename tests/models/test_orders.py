from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.orders import Account, OrderRules, parent_orders, target_shares


def account(shares: list[float], prices: list[float], cash: float) -> Account:
    names = tuple("ABCDEF"[: len(shares)])
    return Account(names, np.array(shares, dtype=float), np.array(prices, dtype=float), cash)


def shares_of(given: Account, weights: list[float], **rules: object) -> list[float]:
    targets = target_shares(
        given,
        np.array(weights),
        OrderRules(**rules),
        np.eye(len(weights)),  # type: ignore[arg-type]
    )
    return targets.tolist()


def test_shares_by_hand() -> None:
    # 9,900 dollars: 198 of A at 30; 565.7 of B at 7, and the 566th would be 2 dollars too many.
    empty = account([0, 0], [30, 7], 10_000)
    assert shares_of(empty, [0.6, 0.4], cash_buffer=0.01) == [198, 565]
    # At half the prices there is room: 1131.4 of B rounds down, 0.4 * 3.5 dollars short.
    assert shares_of(account([0, 0], [15, 3.5], 10_000), [0.6, 0.4], cash_buffer=0.01) == [
        396,
        1131,
    ]


def test_fractions_are_exact() -> None:
    found = shares_of(account([0, 0], [30, 7], 10_000), [0.6, 0.4], cash_buffer=0.0, lot=0.0)
    assert found == pytest.approx([200.0, 4000 / 7])


def test_lots_of_a_hundred() -> None:
    found = shares_of(account([0, 0], [10, 10], 10_000), [0.55, 0.45], cash_buffer=0.0, lot=100.0)
    # One lot up in A and none in B misses by as much as both down, and has no cash left over.
    assert found in ([600, 400], [500, 500], [500, 400])


def test_a_restricted_fund_stays_and_the_others_share_the_rest() -> None:
    held = account([100, 0, 0], [10, 10, 10], 9_000)
    # A keeps its 1,000 of 10,000 dollars; B and C wanted 30 and 60 % and share 90 % as 1 : 2.
    found = shares_of(
        held, [0.1, 0.3, 0.6], cash_buffer=0.0, restricted=frozenset("A"), min_trade=0.0
    )
    assert found == [100, 300, 600]
    # Out of A was wanted: its 1,000 dollars are missing for the others, in proportion.
    found = shares_of(
        held, [0.0, 0.4, 0.6], cash_buffer=0.0, restricted=frozenset("A"), min_trade=0.0
    )
    assert found == [100, 360, 540]


def test_a_fund_that_is_not_listed_yet_is_left_alone() -> None:
    held = account([0, 0], [10, np.nan], 1_000)
    assert held.value == 1_000
    assert shares_of(held, [1.0, 0.0], cash_buffer=0.0) == [100, 0]


def test_small_changes_are_not_traded_but_positions_are_closed() -> None:
    held = account([500, 1, 499], [10, 10, 10], 0)
    found = shares_of(held, [0.501, 0.0, 0.499], cash_buffer=0.0, min_trade=0.005)
    assert found == [500, 0, 499]


def test_expected_costs_beyond_the_buffer_come_off_the_buys() -> None:
    empty = account([0], [10], 10_000)
    rules = OrderRules(cash_buffer=0.01)
    free, costly = (
        target_shares(empty, np.ones(1), rules, np.eye(1), costs)[0] for costs in (50.0, 500.0)
    )
    assert (free, costly) == (990, 950)


def test_the_list_by_hand() -> None:
    held = account([100, 50, 0], [10, 20, 5], 1_000)
    found = parent_orders(
        "2020-01-02",
        held,
        np.array([40.0, 50.0, 300.0]),
        lambda index, dollars: index + dollars / 1000,
        {"A": "less of it"},
    )
    assert [(o.order_id, o.side, o.shares, o.sign) for o in found] == [
        ("2020-01-02-sell-A", "sell", 60.0, -1.0),
        ("2020-01-02-buy-C", "buy", 300.0, 1.0),
    ]
    assert [o.expected_cost_bps for o in found] == [0.6, 3.5]
    assert [o.reason for o in found] == ["less of it", ""]
    assert [o.decision_price for o in found] == [10.0, 5.0]
    (again,) = parent_orders(
        "2020-01-02", held, np.array([100.0, 50.0, 1.0]), lambda *_: 0.0, {}, "top-up"
    )
    assert again.order_id == "2020-01-02-top-up-buy-C"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"cash_buffer": 1.0}, "cash_buffer must lie"),
        ({"min_trade": -0.1}, "min_trade must lie"),
        ({"lot": -1.0}, "lot must be 0"),
    ],
)
def test_impossible_rules_are_refused(rule: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OrderRules(**rule)  # type: ignore[arg-type]


@given(st.integers(0, 2**32 - 1), st.floats(100.0, 1e10), st.sampled_from([0.0, 1.0, 100.0]))
def test_the_money_is_there(seed: int, value: float, lot: float) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 7))
    prices = np.round(np.exp(rng.uniform(0, 6, size)), 2)
    held = np.floor(rng.dirichlet(np.ones(size)) * value * rng.uniform(0, 1) / prices)
    given_account = Account(tuple("ABCDEF"[:size]), held, prices, value - float(held @ prices))
    weights = rng.dirichlet(np.ones(size)) * rng.uniform(0, 1)
    root = rng.standard_normal((size, size))
    rules = OrderRules(0.005, 0.0, lot)
    found = target_shares(given_account, weights, rules, root @ root.T)
    assert (found >= 0.0).all()
    assert float(found @ prices) <= value * 0.995 * (1 + 1e-12)
    if lot:
        changed = found != held
        assert np.allclose(found[changed] % lot, 0.0)
        assert (np.abs(found - weights * value * 0.995 / prices) <= lot * (1 + 1e-6))[changed].all()
