"""Commission scheme for exchange-traded funds."""

from __future__ import annotations

import backtrader as bt

from models import costs


class EtfCommission(bt.CommInfoBase):
    """Basis points of the notional and dollars a share, with a minimum an execution.

    Params:
        bps (0.5): commission in basis points of the traded value.
        per_share (0.0): dollars a share on top; set bps to 0 for a pure per-share tariff.
        minimum (1.0): dollars charged at least for each execution.
    """

    params = (
        ("bps", 0.5),
        ("per_share", 0.0),
        ("minimum", 1.0),
        ("stocklike", True),
        ("commtype", bt.CommInfoBase.COMM_PERC),
        ("percabs", True),
    )

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:  # noqa: ARG002
        return costs.commission_dollars(
            size * price, self.p.bps, self.p.minimum, size, self.p.per_share
        )
