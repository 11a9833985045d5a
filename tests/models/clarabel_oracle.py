"""A foreign oracle: the programme of optimal weights as a cone programme, solved by Clarabel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import clarabel
import numpy as np
from scipy.sparse import csc_matrix

from models.weight_limits import Limits
from models.weight_programme import Programme

# (tolerance, whether the objective is scaled by its largest coefficient instead of by risk, whether
# the solver equilibrates rows). The first settles all but 2 of 3,379 monthly, random and
# contradictory programmes; at 1e-9 it leaves 63, and marginal utilities are hardly more exact.
_ATTEMPTS = ((1e-8, True, False), (1e-8, True, True), (1e-8, False, True), (1e-7, True, False))


@dataclass(frozen=True)
class Solution:
    """What the solver said.

    Attributes:
        weights: [N], or None without an accurate solution.
        infeasible: whether the solver proved that no weights satisfy the limits.
        statuses: of every attempt.
    """

    weights: np.ndarray | None
    infeasible: bool
    statuses: tuple[str, ...]


def solve(programme: Programme, limits: Limits, *, risk_only: bool = False) -> Solution:
    """Solve, again with other scales and tolerances where the solver is not accurate.

    Goulart & Chen (2024), "Clarabel: An interior-point solver for conic programs with quadratic
    objectives", arXiv:2405.12762.

    Args:
        programme: the programme.
        limits: those not given up.
        risk_only: minimise active variance alone, whatever it costs.
    """
    form = _ConeForm(programme, limits, risk_only)
    statuses: list[str] = []
    for tolerance, by_largest, equilibrated in _ATTEMPTS:
        trades, status = form.solve(tolerance, by_largest, equilibrated)
        statuses.append(status)
        if status == "PrimalInfeasible":
            return Solution(None, infeasible=True, statuses=tuple(statuses))
        if status == "Solved" and np.isfinite(trades).all():
            weights = programme.current + trades
            return Solution(weights, infeasible=False, statuses=tuple(statuses))
    return Solution(None, infeasible=False, statuses=tuple(statuses))


class _ConeForm:
    """minimise x'Px/2 + q'x subject to b - Ax in K, over x = (buys, sells, impacts).

    Trades are d = Dx with D = [I, -I, 0] on the sectors that can be bought or sold at all. Buys and
    sells are both bounded by what is reachable, which keeps weights long-only and the feasible set
    bounded where trading is free.
    """

    def __init__(self, programme: Programme, limits: Limits, risk_only: bool) -> None:
        self._programme, self._limits = programme, limits
        low, high = programme.reachable
        size = len(low)
        most_bought, most_sold = high - programme.current, programme.current - low
        buys, sells = np.nonzero(most_bought > 0)[0], np.nonzero(most_sold > 0)[0]
        impacts = np.nonzero((programme.impact > 0) & ((most_bought > 0) | (most_sold > 0)))[0]
        self._impacts = impacts[:0] if risk_only or programme.cost_rate == 0 else impacts
        self._trading = len(buys) + len(sells)
        self._columns = self._trading + len(self._impacts)
        self._most = np.concatenate([most_bought[buys], most_sold[sells]])
        self._trade = np.zeros((size, self._columns))
        self._trade[buys, np.arange(len(buys))] = 1.0
        self._trade[sells, np.arange(len(buys), self._trading)] = -1.0
        # Rows of `root` span the active variance: a' Sigma a = ||root a||^2, singular or not.
        values, vectors = np.linalg.eigh(programme.covariance)
        self._root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
        self._quadratic, self._linear = self._objective(buys, sells, risk_only)
        self._rows: list[np.ndarray] = []
        self._right: list[np.ndarray] = []
        self._cones: list[object] = []
        self._constrain()

    def _objective(
        self, buys: np.ndarray, sells: np.ndarray, risk_only: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        programme, trade = self._programme, self._trade
        risk_aversion = 1.0 if risk_only else programme.risk_aversion
        hessian = risk_aversion * programme.covariance
        gradient = hessian @ (programme.current - programme.benchmark)
        cost = np.zeros(self._columns)
        if not risk_only:
            gradient = gradient - programme.evidence * programme.expected
            bought, sold = programme.linear[buys], (programme.linear + programme.tax)[sells]
            rates = np.concatenate([bought, sold, programme.impact[self._impacts]])
            cost = programme.cost_rate * rates
        # The sum of trades is given, so that a constant gain changes nothing but the scale.
        gradient = gradient - gradient.mean()
        return trade.T @ hessian @ trade, trade.T @ gradient + cost

    def _constrain(self) -> None:
        programme, limits, trade = self._programme, self._limits, self._trade
        current = programme.current
        self._add(trade.sum(axis=0)[None], np.array([1.0 - current.sum()]), "zero")
        pinned = (limits.lower == limits.upper) & np.isfinite(limits.lower)
        if pinned.any():
            self._add(trade[pinned], (limits.lower - current)[pinned], "zero")
        unit = np.eye(self._trading, self._columns)
        self._add(-unit, np.zeros(self._trading), "positive")
        self._add(unit, self._most, "positive")
        low, high = programme.reachable
        bounded = ~pinned & (limits.lower > low)
        self._add(-trade[bounded], (current - limits.lower)[bounded], "positive")
        bounded = ~pinned & (limits.upper < high)
        self._add(trade[bounded], (limits.upper - current)[bounded], "positive")
        if 2.0 * limits.turnover < self._most.sum():
            self._add(unit.sum(axis=0)[None], np.array([2.0 * limits.turnover]), "positive")
        if math.isfinite(limits.tracking_error):
            scaled = self._root / limits.tracking_error
            rows = np.vstack([np.zeros(self._columns), -scaled @ trade])
            right = np.append(1.0, scaled @ (current - programme.benchmark))
            self._add(rows, right, "second_order")
        for position, sector in enumerate(self._impacts):
            # p^(2/3) 1^(1/3) >= |d|, that is p >= |d|^1.5.
            rows = np.zeros((3, self._columns))
            rows[0, self._trading + position] = -1.0
            rows[2] = -trade[sector]
            self._add(rows, np.array([0.0, 1.0, 0.0]), "power")

    def _add(self, rows: np.ndarray, right: np.ndarray, cone: str) -> None:
        if len(right) == 0:
            return
        self._rows.append(rows)
        self._right.append(right)
        if cone == "power":
            self._cones.append(clarabel.PowerConeT(2.0 / 3.0))
        else:
            kind = {
                "zero": clarabel.ZeroConeT,
                "positive": clarabel.NonnegativeConeT,
                "second_order": clarabel.SecondOrderConeT,
            }[cone]
            self._cones.append(kind(len(right)))

    def solve(
        self, tolerance: float, by_largest: bool, equilibrated: bool
    ) -> tuple[np.ndarray, str]:
        """Trades [N] and the solver's status."""
        scale = float(np.abs(np.diag(self._quadratic)).mean()) if self._trading else 1.0
        if by_largest:
            scale = max(scale, float(np.abs(self._linear).max(initial=0.0)))
        scale = scale if scale > 0 else 1.0
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        settings.max_threads = 1
        settings.equilibrate_enable = equilibrated
        settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = tolerance
        solver = clarabel.DefaultSolver(
            _sparse(np.triu(self._quadratic / scale)),
            self._linear / scale,
            _sparse(np.vstack(self._rows)),
            np.concatenate(self._right),
            self._cones,
            settings,
        )
        result = solver.solve()
        return self._trade @ np.asarray(result.x), str(result.status)


def _sparse(dense: np.ndarray) -> csc_matrix:
    """Compressed columns, without the detour by coordinates that scipy's conversion takes."""
    columns, rows = np.nonzero(dense.T)
    counts = np.bincount(columns, minlength=dense.shape[1])
    starts = np.concatenate([[0], np.cumsum(counts)])
    return csc_matrix((dense.T[columns, rows], rows, starts), shape=dense.shape)
