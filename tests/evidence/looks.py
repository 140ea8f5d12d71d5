"""Many sequential checks at once: what each of them concludes, and after how many units.

The capital at the limit tells the verdict of a look: the lower bound lies above the limit exactly
when the bets against "at most the limit" have won enough. So one pass over the draws is enough,
where the judges themselves search for their bounds at every look. `test_sequential` checks that the
two agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom, hypergeom

from pytest_fairness.evidence.betting import growth
from pytest_fairness.evidence.sequential import OFTEN, RARE, looking_parts, next_look

Draws = NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """A check of a rate: its limit and how many units it may draw, from how many."""

    limit: float
    planned: int = 2000
    population: int | None = None
    alpha: float = 0.05


@dataclass(frozen=True)
class Ends:
    """Of each draw: where the check stopped, and whether it passed or failed."""

    n: NDArray[np.int64]
    passed: NDArray[np.bool_]
    failed: NDArray[np.bool_]


def draws(plan: Plan, rate: float, runs: int, seed: int) -> Draws:
    """Draw hits in order, with a true rate as near to `rate` as the population can have."""
    rng = np.random.default_rng(seed)
    if plan.population is None:
        return (rng.random((runs, plan.planned)) < rate).astype(float)
    held = round(rate * plan.population)
    if plan.population > 20 * plan.planned:  # place the hits among all that may be drawn
        inside = rng.hypergeometric(held, plan.population - held, plan.planned, runs)
        rows = [rng.permutation(np.arange(plan.planned) < k) for k in inside]
    else:
        whole = np.arange(plan.population) < held
        rows = [rng.permutation(whole)[: plan.planned] for _ in range(runs)]
    return np.array(rows, dtype=float)


def decided(plan: Plan, hits: Draws) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return, for a look after each unit, whether it passes and whether it fails."""
    looking = looking_parts(plan.planned, plan.population)
    fails = growth(hits, max(plan.limit, 1e-12), OFTEN, plan.population)
    fails = fails >= -np.log(plan.alpha * looking.to_fail)
    passes = growth(1 - hits, 1 - plan.limit, RARE, plan.population)
    passes = passes >= -np.log(plan.alpha * looking.to_pass)
    k = hits.sum(axis=1)
    if plan.population == plan.planned:
        over = k > plan.limit * plan.planned + 1e-9
        fails[:, -1], passes[:, -1] = over, ~over
    else:
        fewer, more = exact_tails(plan, k)
        fails[:, -1] |= more <= (1 - looking.to_fail) * plan.alpha
        passes[:, -1] |= fewer <= (1 - looking.to_pass) * plan.alpha
    return passes, fails


def exact_tails(plan: Plan, k: Draws) -> tuple[Draws, Draws]:
    """Return the chance of so few hits just above the limit, and of so many at the limit."""
    if plan.population is None:
        return binom.cdf(k, plan.planned, plan.limit), binom.sf(k - 1, plan.planned, plan.limit)
    allowed = int(plan.limit * plan.population + 1e-9)
    size = plan.population, plan.planned
    return (
        hypergeom.cdf(k, size[0], allowed + 1, size[1]),
        hypergeom.sf(k - 1, size[0], allowed, size[1]),
    )


def walk(plan: Plan, hits: Draws) -> Ends:
    """Look as the assertion does, and stop with the first verdict."""
    passes, fails = decided(plan, hits)
    n = np.full(len(hits), plan.planned)
    for row in range(len(hits)):
        n[row] = _stop(plan, hits[row], passes[row] | fails[row])
    places = np.arange(len(hits)), n - 1
    return Ends(n, passes[places], fails[places])


def _stop(plan: Plan, hits: Draws, over: NDArray[np.bool_]) -> int:
    n = 0
    while n < plan.planned:
        n = next_look(
            hits[:n],
            planned=plan.planned,
            limit=plan.limit,
            alpha=plan.alpha,
            population=plan.population,
        )
        if over[n - 1]:
            break
    return n


def fixed(plan: Plan, hits: Draws) -> Ends:
    """Judge all that is planned at once, with the exact bounds at the full level."""
    fewer, more = exact_tails(plan, hits.sum(axis=1))
    n = np.full(len(hits), plan.planned)
    return Ends(n, fewer <= plan.alpha, more <= plan.alpha)
