"""How much data would settle a verdict, and how small a gap some rows can find.

All walk the same bounds that judge: a verdict is as probable as it is that the bounds of the
*expected* numbers, moved by the sampling error of every group, clear the limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.contour import Contour, walk
from pytest_fairness.evidence.gap_table import Claims, Counts, claims_of, read_quantities
from pytest_fairness.evidence.judgement import PROBABLY, check_alpha, check_limit, check_share
from pytest_fairness.evidence.laws import CountLaw
from pytest_fairness.evidence.quantities import rates
from pytest_fairness.evidence.quantity import Array, Kind, Quantity, Separate, names_of

_MOST_TIMES = 2.0**14  # beyond that many times the rows, say that no practical number decides
_PRECISION = 1.01
_DRAWS, _FEW_DRAWS = 20_000, 1_000  # of the groups' sampling errors, always the same ones
_COUNTS = 3_000  # draws of counts


class Power(NamedTuple):
    """How probable a `pass` and a `fail` are."""

    passes: float
    fails: float


def smallest_factor(chance: Callable[[float], float], most: float = _MOST_TIMES) -> float | None:
    """Return how many times the data make ``chance(factor)`` probable, or None up to `most`."""
    low, high = 1.0, min(2.0, most)
    while chance(high) < PROBABLY:
        if high >= most:
            return None
        low, high = high, min(2 * high, most)
    while high / low > _PRECISION:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if chance(middle) >= PROBABLY else (middle, high)
    return high


def required_groups(
    claims: Claims,
    kind: Kind,
    *,
    limit: float,
    alpha: float,
    level: float,
    rows: Mapping[str, int],
) -> dict[str, int]:
    """Return the rows per group that would probably settle the verdict, if the numbers held.

    Small groups grow first: every group that is compared gets at least one common number of rows.
    Empty when no practical number would settle it. `limit` is a score, as in `quantity`.
    """
    names = names_of([panel.quantity for panel in claims.panels])

    def chance(times: Mapping[str, float]) -> float:
        return max(_power(claims.scaled(times), kind, limit, alpha, level, _FEW_DRAWS))

    undecided = _undecided(claims, kind, limit, alpha)
    return smallest_rows(chance, {name: rows[name] for name in names}, undecided)


def smallest_rows(
    chance: Callable[[Mapping[str, float]], float],
    rows: Mapping[str, int],
    growing: Collection[str],
) -> dict[str, int]:
    """Return the rows per group that make a verdict probable; empty when no practical ones do.

    Parameters
    ----------
    chance : callable
        From how many times the rows of each group, to how probable a verdict is.
    rows : mapping of group to int
    growing : collection of str
        Groups that get more rows, as many as the smallest common number asks for. When they do not
        suffice, all groups grow.
    """
    known = {name: max(n, 1) for name, n in rows.items()}

    def times(factor: float, names: Collection[str]) -> dict[str, float]:
        smallest = min(known[name] for name in names)
        return {
            name: max(1.0, factor * smallest / n) if name in names else 1.0
            for name, n in known.items()
        }

    for names in dict.fromkeys((tuple(growing), tuple(known))):
        if not names:
            continue
        spread = max(known[name] for name in names) / min(known[name] for name in names)
        factor = smallest_factor(partial(_at, chance, times, names), _MOST_TIMES * spread)
        if factor is not None:
            grown = times(factor, names)
            return {name: math.ceil(grown[name] * n - 1e-9) for name, n in known.items()}
    return {}


def _at(
    chance: Callable[[Mapping[str, float]], float],
    times: Callable[[float, Collection[str]], Mapping[str, float]],
    names: Collection[str],
    factor: float,
) -> float:
    return chance(times(factor, names))


def _undecided(claims: Claims, kind: Kind, limit: float, alpha: float) -> tuple[str, ...]:
    """Return the groups of which some gap may lie on either side of the limit."""
    observed = claims.observed(kind)
    high = claims.bounds(observed, claims.high(kind, alpha))
    open_ = set(claims.members[high > limit].reshape(-1).tolist())
    places = claims.places
    names = dict.fromkeys(
        claims.panels[places[entry].panel].quantity.groups[place]
        for entry in sorted(open_)
        for place in places[entry][1:]
    )
    return tuple(names)


def gap_power(
    counts: Counts | Quantity | Sequence[Quantity],
    *,
    limit: float,
    kind: Kind = "difference",
    alpha: float = 0.05,
    share: float = 1.0,
    reference: str | None = None,
) -> Power:
    """Return how probably `judge_gap` passes, and fails, data like these.

    Parameters
    ----------
    counts : mapping of quantity to mapping of group to (successes, rows), or quantities
        Expected counts: true rates times rows, which may be fractions; or quantities, such as
        those of a pilot study.
    limit, kind, alpha, share, reference
        As in `judge_gap`.

    Examples
    --------
    >>> expected = {"selection rate": {"a": (500, 1000), "b": (500, 1000)}}
    >>> power = gap_power(expected, limit=0.1)
    >>> power.passes > 0.95, power.fails < 0.001
    (True, True)
    """
    check_alpha(alpha)
    check_share(share)
    quantities = _expected(counts) if isinstance(counts, Mapping) else read_quantities(counts)
    claims = claims_of(quantities, "worst_case", reference)
    score = limit if kind == "difference" else -limit
    if len(_count_laws(claims)) == len(claims.panels):
        return _drawn_power(claims, kind, score, alpha, alpha * share)
    return _power(claims, kind, score, alpha, alpha * share, _DRAWS)


def minimum_detectable_gap(
    sizes: Collection[float],
    *,
    base_rate: float,
    limit: float = 0.0,
    alpha: float = 0.05,
    power: float = PROBABLY,
    n_quantities: int = 1,
) -> float | None:
    """Return the smallest true difference that `judge_gap` probably fails, whichever pair has it.

    The two smallest groups are taken to differ: one has the base rate, the other a higher one.

    Parameters
    ----------
    sizes : collection of float
        Rows of each group.
    base_rate : float in [0, 1)
        The lower of the two rates.
    limit : float in [0, 1], default 0
        Largest accepted difference.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `fail`.
    power : float in (0, 1), default 0.8
        Probability of the `fail`.
    n_quantities : int, default 1
        Quantities judged together, such as 2 for equalized odds.

    Returns
    -------
    float or None
        None when even the widest gap would probably go unnoticed.

    Examples
    --------
    >>> round(minimum_detectable_gap([500, 500], base_rate=0.3, limit=0.05), 2)
    0.14
    """
    check_alpha(alpha)
    check_limit(limit)
    if len(sizes) < 2 or min(sizes) <= 0 or not 0 <= base_rate < 1:
        raise ArgumentError(
            f"sizes={list(sizes)!r} must name the rows of two or more groups, and "
            f"base_rate={base_rate!r} must lie in [0, 1)."
        )
    n_comparisons = len(sizes) * (len(sizes) - 1) * n_quantities
    n = np.array(sorted(sizes)[:2], dtype=np.float64)
    low, high = limit, 1.0 - base_rate
    if _find_chance(n, base_rate, high, limit, alpha / n_comparisons) < power:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        found = _find_chance(n, base_rate, middle, limit, alpha / n_comparisons) >= power
        low, high = (low, middle) if found else (middle, high)
    return high


def detectable(claims: Claims, kind: Kind, *, limit: float, level: float) -> float | None:
    """Return the true gap that data like these would probably fail, whichever pair has it."""
    each = level / len(claims.members)
    laws = _count_laws(claims)
    rates_only = len(laws) == len(claims.panels)
    if kind == "difference" and claims.members.shape[1] == 1 and rates_only:
        found = [_detectable_rate(law, limit, each) for law in laws]
        return None if None in found else max(gap for gap in found if gap is not None)
    return _detectable_score(claims, kind, limit, each)


def _count_laws(claims: Claims) -> list[CountLaw]:
    """Return the laws of the panels that are rates."""
    found = [panel.quantity for panel in claims.panels]
    laws = [quantity.law for quantity in found if isinstance(quantity, Separate)]
    return [law for law in laws if isinstance(law, CountLaw)]


def _detectable_rate(law: CountLaw, limit: float, each: float) -> float | None:
    """Return the gap of rates around the pooled one that is probably found at the level `each`."""
    pooled = float(law.successes.sum() / law.totals.sum())
    base = min(pooled, 1 - pooled)  # a gap upwards from a high rate is one downwards of its rest
    n = len(law.totals) * (len(law.totals) - 1)
    return minimum_detectable_gap(
        law.totals.tolist(), base_rate=base, limit=limit, alpha=min(each * n, 0.499)
    )


def _detectable_score(claims: Claims, kind: Kind, limit: float, each: float) -> float | None:
    from scipy.special import ndtri

    depth = float(ndtri(PROBABLY) - ndtri(each))
    widest = float(np.sqrt((_spreads(claims, kind)[claims.members] ** 2).sum(axis=1)).max())
    widest = depth * widest / claims.members.shape[1]
    if not math.isfinite(widest):
        return None
    return limit + widest if kind == "difference" else -limit * math.exp(-widest)


def _spreads(claims: Claims, kind: Kind) -> Array:
    """Return the standard error of each pair's difference, or of the logarithm of its ratio."""
    found = []
    for panel in claims.panels:
        spread = panel.quantity.spread()
        if kind == "ratio":
            spread = spread / np.maximum(np.abs(panel.quantity.estimates), spread)
        first, second = np.nonzero(panel.pairs)
        found.append(np.hypot(spread[first], spread[second]))
    return np.concatenate(found)


def _power(
    claims: Claims, kind: Kind, limit: float, alpha: float, level: float, n_draws: int
) -> Power:
    """Move the bounds of the expected numbers by drawn sampling errors, and count the verdicts."""
    observed = claims.observed(kind)
    low = claims.bounds(observed, claims.low(kind, level))
    high = claims.bounds(observed, claims.high(kind, alpha))
    n_draws = min(n_draws, max(100, 4_000_000 // max(claims.members.size, 1)))
    moves = claims_moves(claims, kind, n_draws)
    with np.errstate(invalid="ignore"):
        fails = (low + moves > limit).any(axis=1).mean()
        passes = (high + moves <= limit).all(axis=1).mean()
    return Power(float(passes), float(fails))


def claims_moves(claims: Claims, kind: Kind, n_draws: int) -> Array:
    """Return how far sampling errors of the groups move the claims: (n_draws, n_claims)."""
    rng = np.random.default_rng(0)
    moves = []
    for panel in claims.panels:
        spread, value = panel.quantity.spread(), panel.quantity.estimates
        drawn = rng.standard_normal((n_draws, len(spread))) * spread
        first, second = np.nonzero(panel.pairs)
        if kind == "difference":
            moves.append(drawn[:, first] - drawn[:, second])
            continue
        safe = np.maximum(np.abs(value), spread)
        relative = drawn / safe
        moves.append(value[second] / safe[first] * (relative[:, first] - relative[:, second]))
    joined = np.concatenate(moves, axis=1)
    return np.asarray(joined[:, claims.members].mean(axis=2))


def _drawn_power(claims: Claims, kind: Kind, limit: float, alpha: float, level: float) -> Power:
    """Draw counts, and count the verdicts on them."""
    rng = np.random.default_rng(0)
    fails, passes = np.zeros(_COUNTS, dtype=bool), np.ones(_COUNTS, dtype=bool)
    for panel, law in zip(claims.panels, _count_laws(claims), strict=True):
        totals = np.maximum(np.round(law.totals), 1).astype(np.int64)
        drawn = rng.binomial(totals, law.successes / law.totals, (_COUNTS, len(totals)))
        columns = list(zip(drawn.T, totals.tolist(), strict=True))
        lower = [_limits_of(k, n, level / len(claims.members)) for k, n in columns]
        upper = [_limits_of(k, n, alpha) for k, n in columns]
        for a, b in np.argwhere(panel.pairs):
            fails |= _least(lower[a], lower[b], kind) > limit
            passes &= -_least(upper[b], upper[a], kind, -1.0) <= limit
    return Power(float(passes.mean()), float(fails.mean()))


def _limits_of(counts: NDArray[np.int64], n: int, alpha: float) -> Contour:
    """Return the limits of one group for each draw, found once for each count."""
    distinct, places = np.unique(counts, return_inverse=True)
    limits = walk(CountLaw(distinct.astype(np.float64), np.full(len(distinct), float(n))), alpha)
    return Contour(limits.low[places], limits.high[places])


def _least(first: Contour, second: Contour, kind: Kind, side: float = 1.0) -> Array:
    """Return the lower bound of each draw's score, or the negated upper one for side -1."""
    if kind == "difference":
        return np.asarray((first.low - second.high).min(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (first.low / second.high).min(axis=1)
        return np.asarray(-1.0 / ratio if side > 0 else ratio)


def _expected(counts: Counts) -> list[Quantity]:
    return [
        rates(name, groups, design_effect=dict.fromkeys(groups, 1.0))
        for name, groups in counts.items()
    ]


def _find_chance(sizes: Array, base_rate: float, gap: float, limit: float, each: float) -> float:
    from scipy.special import ndtr

    expected = np.array([base_rate, base_rate + gap]) * sizes
    groups = dict(zip(("low", "high"), zip(expected, sizes, strict=True), strict=True))
    (quantity,) = _expected({"rate": groups})
    pairs = np.array([[False, False], [True, False]])
    bound = quantity.low_scores("difference", pairs, each)[1, 0]
    return float(ndtr((bound - limit) / math.hypot(*quantity.spread())))
