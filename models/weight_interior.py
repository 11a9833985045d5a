"""A primal-dual interior-point method for the programme of optimal weights.

Mehrotra's predictor and corrector (1992), doi:10.1137/0802028, on the perturbed conditions of
optimality of a convex programme: Nocedal & Wright (2006), "Numerical Optimization", chapters 16.6
and 19, doi:10.1007/978-0-387-40065-5.
"""

from __future__ import annotations

import numpy as np

from models.compiled import compiled
from models.weight_direction import aim_at_boundary, aim_at_centre, factor_system, find_direction
from models.weight_point import (
    GAP,
    OFF_RISK,
    PER_PRICE,
    PER_SLACK,
    PRICE,
    PRICE_STEP,
    SHORT,
    SLACK,
    SLACK_STEP,
    SUM_PRICE,
    SUM_STEP,
    VARIANCE,
    Point,
    first_point,
    measure,
    price_slopes,
)
from models.weight_problem import Problem
from models.weight_ranges import MEET

SOLVED, STALLED, BELOW, ABOVE = range(4)

# Swift steps settle all but one in a thousand programmes; the rest of the steps is careful.
_SWIFT_STEPS, _MOST_STEPS = 18, 70
# Scaled utility that a better point could still gain: aimed at, and good enough where rounding
# allows no more.
_AIM, _ENOUGH = 1e-13, 1e-10
# A step stops at these shares of the way to the boundary, nearer to it as the gap closes.
_SHY, _BOLD = 0.99, 1.0 - 1e-6
# Of careful steps: share of the gap that is aimed at, and of the way to the boundary.
_CENTRING, _CAREFUL = 0.2, 0.9


@compiled
def interior(problem: Problem, goal: float) -> tuple[int, Point]:
    """Solve; the solution's net trades are in the point.

    Args:
        problem: what to solve.
        goal: of a problem of risk only, the variance about which it is asked whether less can be
            reached; negative to solve in full.

    Returns:
        SOLVED, STALLED without an accurate solution, or BELOW or ABOVE the goal, and the point.
    """
    point = first_point(problem)
    numbers = point.numbers
    if len(problem.pull) == 0:
        return SOLVED, point
    inequalities = 2.0 * len(problem.sector)
    inequalities += (problem.room < np.inf) + (problem.cap < np.inf)
    off = np.inf
    for step in range(_MOST_STEPS):
        price_slopes(problem, point)
        off = numbers[SHORT] + abs(numbers[OFF_RISK])
        if not off < np.inf:
            return STALLED, point
        if goal >= 0.0 and numbers[VARIANCE] < goal:
            return BELOW, point
        least = numbers[VARIANCE] - 2.0 * numbers[SHORT] / problem.aversion
        if goal >= 0.0 and least > goal * (1.0 + 2.0 * MEET):
            return ABOVE, point
        if off <= _AIM:
            return SOLVED, point
        _step(problem, point, inequalities, step >= _SWIFT_STEPS)
        measure(problem, point)
    return (SOLVED if off <= _ENOUGH else STALLED), point


@compiled
def _step(problem: Problem, point: Point, inequalities: float, careful: bool) -> None:
    """One predictor and corrector; or a short step along the central path, where those cycle."""
    numbers, pairs = point.numbers, point.pairs
    product = numbers[GAP] / inequalities
    added = factor_system(problem, point)
    length, centring, extra = 0.0, _CENTRING, 0.0
    # One call in a loop: the compiler copies what it calls to every call.
    for correcting in (False, True):
        if correcting:
            extra = aim_at_centre(problem, point, centring * product, length)
        elif careful:
            continue
        else:
            aim_at_boundary(point)
        find_direction(problem, point, added, extra)
        if not correcting:
            length = 1.0 / max(_shrinkage(pairs), 1.0)
            centring = (_gap_after(pairs, length) / numbers[GAP]) ** 3
    _walk(point, _CAREFUL if careful else min(max(_SHY, 1.0 - product), _BOLD))


@compiled
def _gap_after(pairs: np.ndarray, length: float) -> float:
    gap = 0.0
    for j in range(pairs.shape[1]):
        slack = pairs[SLACK, j] + length * pairs[SLACK_STEP, j]
        gap += slack * (pairs[PRICE, j] + length * pairs[PRICE_STEP, j])
    return gap


@compiled
def _walk(point: Point, share: float) -> None:
    """Take the direction whole, or this share of the way to where a slack or price vanishes."""
    pairs, numbers = point.pairs, point.numbers
    length = 1.0 / max(_shrinkage(pairs) / share, 1.0)
    for j in range(pairs.shape[1]):
        pairs[SLACK, j] += length * pairs[SLACK_STEP, j]
        pairs[PRICE, j] += length * pairs[PRICE_STEP, j]
    numbers[SUM_PRICE] += length * numbers[SUM_STEP]


@compiled
def _shrinkage(pairs: np.ndarray) -> float:
    """The largest share of a slack or price that the full step would take away."""
    largest = 0.0
    for j in range(pairs.shape[1]):
        slack_share = -pairs[SLACK_STEP, j] * pairs[PER_SLACK, j]
        price_share = -pairs[PRICE_STEP, j] * pairs[PER_PRICE, j]
        if slack_share > largest:
            largest = slack_share
        if price_share > largest:
            largest = price_share
    return largest
