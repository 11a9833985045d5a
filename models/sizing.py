"""From target weights to whole shares."""

from __future__ import annotations

import math


def target_shares(weight: float, value: float, price: float, cash_buffer: float) -> int:
    """Whole shares that bring a position to its target weight, rounded down.

    floor(weight * value * (1 - cash_buffer) / price): rounding down and the buffer together keep
    the sum of all targets below the portfolio's value, so that overnight moves and costs between
    the decision and the fill do not run out of cash.

    Args:
        weight: target share of the portfolio, 0..1.
        value: portfolio value, dollars.
        price: close at the decision, dollars.
        cash_buffer: share of the value kept in cash.
    """
    # The tolerance keeps a position that is already exact from losing one share to rounding error.
    return math.floor(weight * value * (1.0 - cash_buffer) / price + 1e-9)
