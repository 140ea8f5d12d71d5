"""The verdict on distances between the distributions of groups.

A distance is a norm of the difference between two profiles, such as the shares of each class. What
is seen exceeds the truth by noise alone, so that a distance of 0 is never seen. Few cells are
judged exactly: a total variation is the widest gap between two rates, over all sets of cells, and a
Kolmogorov-Smirnov distance is that over all cuts, and `judge_gap` judges rates. Elsewhere the noise
is resampled: by the triangle inequality what is seen lies within the *norm of the noise* from the
truth, wherever that is, so that a `fail` keeps its error rate at equality and at the limit alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.gap_words import rows_in_words
from pytest_fairness.evidence.gaps import judge_gap
from pytest_fairness.evidence.judgement import (
    Judgement,
    beside,
    check_alpha,
    check_share,
    confidence_in_words,
    smallest_level,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.power import smallest_rows
from pytest_fairness.evidence.quantities import rates
from pytest_fairness.evidence.quantity import Array
from pytest_fairness.evidence.resample import dirichlet
from pytest_fairness.evidence.resampling import tail
from pytest_fairness.outcome import Comparison, Evidence, GroupRate, Interval, Verdict

Norm = Callable[[Array], Array]
Named = Literal["total_variation", "ks", "wasserstein", "rms"]

_MOST_EXACT = {"total_variation": 4, "ks": 10}
_FEW_CHANCES = 400
_EXTRA = 0.5  # of a row, in every cell


def judge_distance(
    quantity: str,
    counts: Mapping[str, Any],
    *,
    limit: float,
    distance: Named | str | Norm = "total_variation",
    positions: Any = None,
    profile: Callable[[Array], Any] | None = None,
    cells: Sequence[str] | None = None,
    alpha: float = 0.05,
    share: float = 1.0,
    reference: str | None = None,
    uncompared: Collection[str] = ("unknown",),
    n_resamples: int = 4000,
    seed: int = 0,
) -> Judgement:
    """Judge whether the distributions of all groups lie close enough together.

    Parameters
    ----------
    quantity : str
        What is compared, such as ``"distribution of predicted classes"``.
    counts : mapping of group to array-like of shape (*cells,)
        Rows of the group in each cell.
    limit : float
        Largest accepted distance.
    distance : {"total_variation", "ks", "wasserstein", "rms"} or callable
        Half the sum of absolute differences of shares; the largest difference of cumulated shares;
        the mean distance that shares must move; the root of the mean squared difference; or a norm,
        from differences of shape (..., k) to numbers of shape (...,).
    positions : array-like of shape (n_cells,), optional
        Where the cells lie, in ascending order, for the Wasserstein distance; 0, 1, 2, ... by
        default.
    profile : callable, optional
        From tables of shape (n, *cells) to what is compared, of shape (n, k), such as the true
        positive rate of each class; the shares of the cells by default.
    cells : sequence of str, optional
        Names of the cells, for the reason.
    alpha, share, reference, uncompared
        As in `judge_gap`.
    n_resamples : int, default 4000
    seed : int, default 0
        Of the resampling, where there is one.

    Examples
    --------
    >>> counts = {"a": [500, 300, 200], "b": [480, 310, 210]}
    >>> judge_distance("distribution of classes", counts, limit=0.1).verdict.value
    'pass'
    """
    check_alpha(alpha)
    check_share(share)
    if not 0 <= limit < np.inf:
        raise ArgumentError(f"limit={limit!r} must be a number and not negative.")
    tables = {name: _checked(quantity, name, table) for name, table in counts.items()}
    if profile is None and not callable(distance) and _is_small(distance, tables):
        return judge_gap(
            _as_rates(quantity, tables, distance, cells),
            limit=limit,
            alpha=alpha,
            share=share,
            reference=reference,
            uncompared=uncompared,
            same_rows=True,
        )
    norm = distance if callable(distance) else _norm(distance, tables, positions)
    kept = {name: table for name, table in tables.items() if name not in uncompared}
    full = {name: table for name, table in kept.items() if table.sum()}
    profiles = _profiles(full, profile, n_resamples, seed)
    missing = _missing(quantity, kept, profiles)
    if reference is not None and reference not in kept:
        raise ArgumentError(
            f"reference={reference!r} is none of the groups {', '.join(map(repr, kept))}."
        )
    most = math.inf if callable(distance) else _most(distance, tables, positions)
    found = _Distances.of(quantity, profiles, norm, reference)
    rows = {name: round(float(table.sum())) for name, table in kept.items()}
    evidence = Evidence(
        None,
        None,
        f"norm of the resampled noise, {n_resamples} draws of the cells; lower bound max-type over "
        f"{len(found.pairs)} pairs, upper bound intersection-union",
        sum(rows.values()),
        groups=tuple(GroupRate(name, quantity, None, n) for name, n in rows.items()),
        notes=missing,
    )
    return _judged(found, evidence, missing, rows, limit, alpha, alpha * share, most)


@dataclass(frozen=True, eq=False)
class _Profile:
    """What a group is like, and draws of the noise in it, of shape (n_draws, k)."""

    seen: Array
    noise: Array


@dataclass(frozen=True, eq=False)
class _Distances:
    """Distances of pairs of groups, and draws of their noise.

    Attributes
    ----------
    observed : array of shape (n_pairs,)
    noise, moved : array of shape (n_draws, n_pairs)
        Norms of the noise alone, and of what is seen moved by the noise.
    """

    quantity: str
    names: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    profiles: tuple[_Profile, ...]
    norm: Norm
    observed: Array
    noise: Array
    moved: Array

    @classmethod
    def of(
        cls, quantity: str, profiles: Mapping[str, _Profile], norm: Norm, reference: str | None
    ) -> _Distances:
        known = {n: p for n, p in profiles.items() if np.isfinite(p.seen).all()}
        names = tuple(known)
        pairs = tuple(
            pair
            for pair in combinations(range(len(names)), 2)
            if reference is None or reference in (names[pair[0]], names[pair[1]])
        )
        return cls._measured(quantity, names, pairs, tuple(known.values()), norm)

    @classmethod
    def _measured(
        cls,
        quantity: str,
        names: tuple[str, ...],
        pairs: tuple[tuple[int, int], ...],
        profiles: tuple[_Profile, ...],
        norm: Norm,
    ) -> _Distances:
        observed, noise, moved = [], [], []
        for a, b in pairs:
            gap = profiles[a].seen - profiles[b].seen
            drawn = profiles[a].noise - profiles[b].noise
            observed.append(float(norm(gap)))
            noise.append(np.asarray(norm(drawn)))
            moved.append(np.asarray(norm(gap + drawn)))
        shape = (len(pairs), len(profiles[0].noise) if pairs else 0)
        columns = (np.array(part).reshape(shape).T for part in (noise, moved))
        return cls(quantity, names, pairs, profiles, norm, np.array(observed), *columns)

    def low(self, level: float) -> Array:
        """Return lower bounds that hold together but for a chance of `level`."""
        scale = np.maximum(-tail(-self.noise, 0.05), 1e-12)
        critical = -tail(-(self.noise / scale).max(axis=1)[:, None], level)[0]
        return np.asarray(np.maximum(self.observed - critical * scale, 0.0))

    def high(self, alpha: float) -> Array:
        """Return upper bounds, each of which holds but for a chance of `alpha`."""
        return np.asarray(np.maximum(-tail(-self.moved, alpha), self.observed))

    def scaled(self, times: Mapping[str, float]) -> _Distances:
        """Return what `times` as many rows of each group would probably give."""
        profiles = tuple(
            replace(profile, noise=profile.noise / np.sqrt(times[name]))
            for name, profile in zip(self.names, self.profiles, strict=True)
        )
        return self._measured(self.quantity, self.names, self.pairs, profiles, self.norm)

    def chance(self, limit: float, alpha: float, level: float) -> float:
        """Return about how probable a `pass` or a `fail` is."""
        moves = (self.moved - self.observed)[:_FEW_CHANCES]
        fails = (self.low(level) + moves > limit).any(axis=1).mean()
        passes = (self.high(alpha) + moves <= limit).all(axis=1).mean()
        return float(max(fails, passes))


def _judged(
    found: _Distances,
    evidence: Evidence,
    missing: tuple[str, ...],
    rows: Mapping[str, int],
    limit: float,
    alpha: float,
    level: float,
    most: float,
) -> Judgement:
    if not found.pairs:
        reason = missing[0] if missing else _TOO_FEW.format(found.quantity)
        return Judgement(Verdict.UNMEASURABLE, reason, replace(evidence, notes=missing[1:]))
    low, high = found.low(level), np.minimum(found.high(alpha), most)
    interval = Interval(float(low.max()), float(high.max()), 1 - alpha)
    verdict = verdict_of(interval, limit)
    evidence = replace(evidence, comparisons=_comparisons(found, low, high, rows, 1 - alpha))
    if missing and verdict is not Verdict.FAIL:
        return Judgement(Verdict.UNMEASURABLE, missing[0], replace(evidence, notes=missing[1:]))
    open_ = verdict is Verdict.INCONCLUSIVE and limit > 0
    needed = _required(found, rows, limit, alpha, level) if open_ else {}
    at = int(np.argmax(low if verdict is Verdict.FAIL else high))
    evidence = replace(
        evidence,
        estimate=float(found.observed.max()),
        interval=interval,
        deciding=_comparison(found, at, low, high, rows, 1 - alpha),
        p_value=smallest_level(lambda value: float(found.low(value).max()) > limit),
        required_n=sum(needed.values()) or None,
        required_groups=needed,
        minimum_detectable=min(most, float(limit - (low - found.observed).min())),
    )
    return Judgement(
        verdict, _reason(found, verdict, at, interval, evidence, rows, limit, 1 - level), evidence
    )


_FEWEST = 30  # rows from which the noise of a group can be told, and so what it takes
_TOO_FEW = (
    "The {} is known for fewer than two groups. Add rows of another group, or label the unknown "
    "ones."
)


def _reason(
    found: _Distances,
    verdict: Verdict,
    at: int,
    interval: Interval,
    evidence: Evidence,
    rows: Mapping[str, int],
    limit: float,
    sure_of_fail: float,
) -> str:
    low, high = interval.low, interval.high
    sure = confidence_in_words(interval.confidence)
    first, second = (found.names[place] for place in found.pairs[at])
    pair = f"The {found.quantity} of {first!r} and {second!r}"
    seen = f"{found.observed[at]:.2g} in {rows[first]} and {rows[second]} rows"
    if verdict is Verdict.FAIL:
        bound = beside(low, limit, up=False)
        sure = confidence_in_words(sure_of_fail)
        return f"{pair} lie at least {bound} apart with {sure}, above the limit {limit:g}: {seen}."
    if verdict is Verdict.PASS:
        bound = beside(high, limit, up=True)
        return (
            f"No two groups' {found.quantity} lie more than {bound} apart with {sure}, "
            f"within the limit {limit:g}."
        )
    needed = {name: n for name, n in evidence.required_groups.items() if n > rows[name]}
    step = unplanned(evidence.estimate or 0.0, interval, limit, evidence.n, "rows")
    if limit == 0:
        step = "no sample can show exact equality, so state the widest distance that you accept"
    elif needed:
        step = f"about {rows_in_words(needed)} would probably decide"
    may = f"{pair} may lie up to {high:.2g} apart ({sure})"
    return f"{may} and the limit is {limit:g}: {seen}; {step}."


def _comparisons(
    found: _Distances, low: Array, high: Array, rows: Mapping[str, int], confidence: float
) -> tuple[Comparison, ...]:
    order = np.argsort(-found.observed, kind="stable")
    return tuple(_comparison(found, int(at), low, high, rows, confidence) for at in order)


def _comparison(
    found: _Distances,
    at: int,
    low: Array,
    high: Array,
    rows: Mapping[str, int],
    confidence: float,
) -> Comparison:
    first, second = (found.names[place] for place in found.pairs[at])
    interval = Interval(float(low[at]), float(high[at]), confidence)
    n = rows[first] + rows[second]
    return Comparison(first, second, found.quantity, float(found.observed[at]), interval, None, n)


def _required(
    found: _Distances, rows: Mapping[str, int], limit: float, alpha: float, level: float
) -> dict[str, int]:
    high = found.high(alpha)
    undecided = {
        found.names[place]
        for pair, bound in zip(found.pairs, high, strict=True)
        if bound > limit
        for place in pair
    }
    needed = smallest_rows(
        lambda times: found.scaled(times).chance(limit, alpha, level),
        {name: rows[name] for name in found.names},
        [name for name in found.names if name in undecided],
    )
    return {name: max(n, _FEWEST) for name, n in needed.items()}


def _checked(quantity: str, name: str, table: Any) -> Array:
    array = np.asarray(table, dtype=np.float64)
    if array.ndim < 1 or not np.all((array >= 0) & np.isfinite(array)):
        raise ArgumentError(
            f"The {quantity} of group {name!r} has a count that is negative or no number."
        )
    return array


def _is_small(distance: str, tables: Mapping[str, Array]) -> bool:
    whole = all(np.array_equal(table, np.round(table)) for table in tables.values())
    size = max((table.size for table in tables.values()), default=0)
    return whole and 0 < size <= _MOST_EXACT.get(distance, 0)


def _as_rates(
    quantity: str, tables: Mapping[str, Array], distance: str, cells: Sequence[str] | None
) -> list[Any]:
    """Return the rates whose widest gap is the distance: of sets of cells, or up to cuts."""
    size = max(table.size for table in tables.values())
    names = list(cells) if cells is not None else [f"cell {place}" for place in range(size)]
    if distance == "ks":
        sets = [tuple(range(cut)) for cut in range(1, size)]
    else:  # a set and its complement have the same gap, seen from the other side
        wanted = range(1, size)
        sets = [(0, *rest) for k in wanted for rest in combinations(range(1, size), k - 1)]
    return [
        rates(
            f"share of {' or '.join(names[place] for place in chosen)} in the {quantity}",
            {
                name: (int(table.reshape(-1)[list(chosen)].sum()), int(table.sum()))
                for name, table in tables.items()
            },
        )
        for chosen in sets
    ]


def _most(distance: str, tables: Mapping[str, Array], positions: Any) -> float:
    """Return the largest distance that there can be."""
    if distance != "wasserstein":
        return 1.0
    size = max((table.size for table in tables.values()), default=1)
    where = np.arange(size) if positions is None else np.asarray(positions, dtype=np.float64)
    return float(where[-1] - where[0])


def _norm(distance: str, tables: Mapping[str, Array], positions: Any) -> Norm:
    if distance not in ("total_variation", "ks", "wasserstein", "rms"):
        raise ArgumentError(
            f"distance={distance!r} must be 'total_variation', 'ks', 'wasserstein', 'rms' or a "
            "function."
        )
    if distance != "wasserstein":
        return _NORMS[distance]
    size = max((table.size for table in tables.values()), default=1)
    where = np.arange(size) if positions is None else np.asarray(positions, dtype=np.float64)
    steps = np.diff(where)
    if len(where) != size or not np.all(steps > 0):
        raise ArgumentError(
            f"positions must ascend and name the place of each of the {size} cells."
        )
    return lambda gap: np.asarray((np.abs(np.cumsum(gap, axis=-1))[..., :-1] * steps).sum(axis=-1))


_NORMS: Mapping[str, Norm] = {
    "total_variation": lambda gap: np.asarray(np.abs(gap).sum(axis=-1) / 2),
    "ks": lambda gap: np.asarray(np.abs(np.cumsum(gap, axis=-1)).max(axis=-1)),
    "rms": lambda gap: np.asarray(np.sqrt((gap**2).mean(axis=-1))),
}


def _shares(tables: Array) -> Array:
    flat = tables.reshape(len(tables), -1)
    return np.asarray(flat / flat.sum(axis=1, keepdims=True))


def _profiles(
    tables: Mapping[str, Array], profile: Callable[[Array], Any] | None, n: int, seed: int
) -> dict[str, _Profile]:
    """Draw the noise in the shares of cells with half a row more, so that none is certain.

    The widths that the extra half rows take off, they get back.
    """
    rng = np.random.default_rng(seed)
    found = {}
    for name, table in tables.items():
        grown, rows = table + _EXTRA, table.sum()
        drawn = dirichlet(rng, grown, n) * rows
        total = grown.sum()
        widen = np.sqrt(total * (total + 1)) / rows if profile is None else _widening(table)
        with np.errstate(divide="ignore", invalid="ignore"):
            seen, centre, moved = (
                np.asarray((profile or _shares)(part), dtype=np.float64)
                for part in (table[None], grown[None], drawn)
            )
        found[name] = _Profile(seen[0], (moved - centre) * widen)
    return found


def _widening(table: Array) -> float:
    return float(np.sqrt((table.sum() + table.size) / table.sum()))


def _missing(
    quantity: str, tables: Mapping[str, Array], profiles: Mapping[str, _Profile]
) -> tuple[str, ...]:
    named = [
        name
        for name in tables
        if name not in profiles or not np.isfinite(profiles[name].seen).all()
    ]
    return tuple(
        f"The {quantity} of group {name!r} cannot be measured in all its parts: it lacks rows. "
        "Add such rows, or leave the group out of the data and its categories."
        for name in named
    )
