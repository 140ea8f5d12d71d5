"""The verdict on differences or ratios of a number between groups.

A largest gap is biased upwards, so it is never held against the limit itself: each pair of groups
is. A `fail` says that some pair lies beyond the limit, and pays for the number of comparisons
(Bonferroni over ordered pairs and quantities; both directions count, since at a limit of 0 either
may be false). A `pass` says that every pair lies within, and pays nothing (intersection-union,
Berger 1982), so that it keeps its power with many groups. Holm's steps would change no verdict:
`fail` asks for one rejected pair only, and the first step of Holm's is Bonferroni's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import gap_words as words
from pytest_fairness.evidence.gap_table import (
    AGGREGATES,
    Aggregate,
    Claims,
    Counts,
    Place,
    claims_of,
    compared,
    read_quantities,
)
from pytest_fairness.evidence.judgement import (
    Judgement,
    check_alpha,
    check_limit,
    check_share,
    smallest_level,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.power import detectable, required_groups
from pytest_fairness.evidence.quantity import Array, Kind, Quantity, names_of
from pytest_fairness.outcome import Comparison, Evidence, Interval, Verdict

_WITHOUT_LABEL = ("unknown",)


def judge_gap(
    counts: Counts | Quantity | Sequence[Quantity],
    *,
    limit: float,
    kind: Kind = "difference",
    alpha: float = 0.05,
    share: float = 1.0,
    agg: Aggregate = "worst_case",
    reference: str | None = None,
    uncompared: Collection[str] = _WITHOUT_LABEL,
    same_rows: bool = False,
) -> Judgement:
    """Judge whether a number of all groups lies close enough together.

    Parameters
    ----------
    counts : mapping of quantity to mapping of group to (successes, rows), or quantities
        Such as ``{"selection rate": {"a": (30, 100), "b": (28, 90)}}``; equalized odds has two
        quantities. Anything but a plain rate is given as a quantity, or several: see `rates`,
        `standardised_rates`, `means`, `aucs` and `resampled`.
    limit : float
        Largest accepted difference, not negative, or smallest accepted ratio of a smaller to a
        larger number, in [0, 1].
    kind : {"difference", "ratio"}, default "difference"
    alpha : float in (0, 0.5), default 0.05
        Chance of a false `pass`, and of a false `fail` unless `share` makes it smaller.
    share : float in (0, 1], default 1.0
        Part of `alpha` that a `fail` may spend.
    agg : {"worst_case", "mean", "average_odds", "average_absolute_odds"}, default "worst_case"
        With several quantities, the statistic is the widest gap of all; the mean of each one's
        widest gap; the widest gap of the quantities' average; or the widest mean of the absolute
        gaps of one pair. All but the first need quantities of different rows.
    reference : str, optional
        Compare with this group only, instead of all groups with each other.
    uncompared : collection of str, default ("unknown",)
        Groups to report and not to compare.
    same_rows : bool, default False
        The quantities are taken over the same rows, which count once: so it is with the rates of
        several classes. Changes `n` and the rows that are advised, never the verdict.

    Returns
    -------
    Judgement
        `fail` exactly when the interval lies beyond the limit, `pass` exactly when it lies within.
        `unmeasurable` when a group has no rows to take a quantity over and no other pair fails.

    Examples
    --------
    >>> counts = {"selection rate": {"a": (300, 1000), "b": (500, 1000)}}
    >>> judge_gap(counts, limit=0.1).reason[:67]
    "'b' minus 'a' in selection rate is at least 0.15 with 95 % confiden"
    """
    given = read_quantities(counts)
    _check(limit, kind, alpha, share, agg, isinstance(counts, Mapping))
    quantities = compared(given, uncompared, agg)
    _check_reference(reference, quantities)
    missing = tuple(filter(None, (words.unmeasured(quantity, kind) for quantity in quantities)))
    usable = [quantity for quantity in quantities if _is_usable(quantity, kind)]
    usable = usable if agg == "worst_case" or len(usable) == len(quantities) else []
    found = _find(claims_of(usable, agg, reference), kind, alpha, alpha * share)
    verdict = _verdict(found, missing, _as_score(limit, kind))
    rows = rows_of(compared(given, uncompared, "worst_case"), same_rows)
    evidence = Evidence(
        None,
        None,
        words.method_in_words(found.claims),
        sum(rows.values()),
        groups=words.group_rates(given),
        comparisons=words.comparisons(
            found.claims, found.observed, found.low, found.high, kind, 1 - alpha
        ),
        excluded=_excluded(given, uncompared, same_rows),
        notes=missing,
    )
    if verdict is Verdict.UNMEASURABLE:
        return Judgement(verdict, missing[0], replace(evidence, notes=missing[1:]))
    return _told(found, verdict, evidence, rows, kind=kind, limit=limit, alpha=alpha, share=share)


def gap_interval(
    counts: Counts | Quantity | Sequence[Quantity],
    *,
    kind: Kind = "difference",
    alpha: float = 0.05,
    share: float = 1.0,
    agg: Aggregate = "worst_case",
    reference: str | None = None,
) -> Interval:
    """Bound the largest difference, or the smallest ratio, as `judge_gap` does.

    Every group needs rows in every quantity, and there must be at least two.

    Examples
    --------
    >>> bounds = gap_interval({"selection rate": {"a": (300, 1000), "b": (500, 1000)}})
    >>> round(bounds.low, 3), round(bounds.high, 3)
    (0.157, 0.236)
    """
    return _found(counts, kind, alpha, share, agg, reference).interval(kind)


def gap_intervals(
    counts: Counts | Quantity | Sequence[Quantity],
    *,
    kind: Kind = "difference",
    alpha: float = 0.05,
    share: float = 1.0,
    reference: str | None = None,
) -> tuple[Comparison, ...]:
    """Bound the gap of every pair of groups, worst first.

    All lower bounds hold together with probability ``1 - alpha * share``; each upper bound holds
    alone with probability ``1 - alpha``, which is what it takes to say that *all* gaps are small.

    Examples
    --------
    >>> found = gap_intervals({"selection rate": {"a": (30, 90), "b": (50, 99), "c": (9, 80)}})
    >>> [(gap.first, gap.second, round(gap.estimate, 2)) for gap in found]
    [('b', 'c', 0.39), ('a', 'c', 0.22), ('b', 'a', 0.17)]
    """
    found = _found(counts, kind, alpha, share, "worst_case", reference)
    return words.comparisons(found.claims, found.observed, found.low, found.high, kind, 1 - alpha)


@dataclass(frozen=True, eq=False)
class _Found:
    """Scores and bounds of every pair, and of every claim."""

    claims: Claims
    observed: Array
    low: Array
    high: Array
    score: Interval

    @property
    def lows(self) -> Array:
        return self.claims.bounds(self.observed, self.low)

    @property
    def highs(self) -> Array:
        return self.claims.bounds(self.observed, self.high)

    def estimate(self, kind: Kind) -> float:
        largest = float(np.nanmax(self.claims.of(self.observed)))
        return largest if kind == "difference" else -largest

    def interval(self, kind: Kind) -> Interval:
        score = self.score
        if kind == "difference":
            return score
        return Interval(max(-score.high, 0.0), -score.low, score.confidence)

    def deciding(self, verdict: Verdict) -> list[int]:
        """Return the pairs of the claim that the verdict rests on."""
        bounds = self.lows if verdict is Verdict.FAIL else self.highs
        return [int(entry) for entry in self.claims.members[int(np.argmax(bounds))]]


def _find(claims: Claims, kind: Kind, alpha: float, level: float) -> _Found:
    least = 0.0 if kind == "difference" else -1.0  # the score of equal rates
    none = Interval(least, least, 1 - alpha)
    observed = claims.observed(kind)
    if not len(claims.members):
        return _Found(claims, observed, observed, observed, none)
    low, high = claims.low(kind, level), claims.high(kind, alpha)
    found = _Found(claims, observed, low, high, none)
    bounds = Interval(max(float(found.lows.max()), least), float(found.highs.max()), 1 - alpha)
    return replace(found, score=bounds)


def _found(
    counts: Counts | Quantity | Sequence[Quantity],
    kind: Kind,
    alpha: float,
    share: float,
    agg: Aggregate,
    reference: str | None,
) -> _Found:
    given = read_quantities(counts)
    check_alpha(alpha)
    check_share(share)
    if not all(_is_usable(quantity, kind) and not quantity.missing for quantity in given):
        raise ArgumentError("Every quantity needs at least two groups, all with rows.")
    quantities = compared(given, (), agg)
    _check_reference(reference, quantities)
    return _find(claims_of(quantities, agg, reference), kind, alpha, alpha * share)


def _told(
    found: _Found,
    verdict: Verdict,
    evidence: Evidence,
    rows: Mapping[str, int],
    *,
    kind: Kind,
    limit: float,
    alpha: float,
    share: float,
) -> Judgement:
    """Add to the evidence what the verdict rests on, and say it."""
    score, level = _as_score(limit, kind), alpha * share
    entries = found.deciding(verdict)
    places = [found.claims.places[entry] for entry in entries]
    needed = _rows_to_settle(found, kind, score, alpha, level, rows, verdict)
    interval = found.interval(kind)
    evidence = replace(
        evidence,
        estimate=found.estimate(kind),
        interval=interval,
        deciding=_deciding(found, places, entries, kind),
        p_value=_p_value(found, kind, score),
        required_n=sum(needed.values()) or None,
        required_groups=needed,
        minimum_detectable=detectable(found.claims, kind, limit=score, level=level),
    )
    if verdict is Verdict.FAIL:
        bound = float(found.lows.max())
        reason = words.fail_reason(found.claims, places, bound, kind, level, limit)
    elif verdict is Verdict.PASS:
        reason = words.pass_reason(found.claims, found.score.high, kind, 1 - alpha, limit)
    else:
        bound = float(found.highs.max())
        unknown = unplanned(found.estimate(kind), interval, limit, sum(rows.values()), "rows")
        bounded = bool(np.isfinite(bound))
        step = words.next_step(kind, limit, needed, rows, unknown, bounded=bounded)
        reason = words.inconclusive_reason(found.claims, places, interval, bound, kind, limit, step)
    return Judgement(verdict, reason, evidence)


def _deciding(
    found: _Found, places: Sequence[Place], entries: Sequence[int], kind: Kind
) -> Comparison:
    """Return the pair that the verdict rests on; of several averaged, the one furthest apart."""
    at = int(np.argmax(found.observed[list(entries)]))
    entry = entries[at]
    shown = (float(found.observed[entry]), float(found.low[entry]), float(found.high[entry]))
    return words.comparison(found.claims, places[at], shown, kind, found.score.confidence)


def _p_value(found: _Found, kind: Kind, limit: float) -> float:
    """Return the smallest level at which some claim is beyond the limit."""
    claims, observed = found.claims, found.observed

    def fails(level: float) -> bool:
        return bool(claims.bounds(observed, claims.low(kind, level)).max() > limit)

    return smallest_level(fails)


def _verdict(found: _Found, missing: tuple[str, ...], limit: float) -> Verdict:
    """Read the verdict; what could not be measured stands in the way of all but a `fail`."""
    verdict = verdict_of(found.score, limit)
    return Verdict.UNMEASURABLE if missing and verdict is not Verdict.FAIL else verdict


def _check(limit: float, kind: str, alpha: float, share: float, agg: str, of_rates: bool) -> None:
    check_alpha(alpha)
    check_share(share)
    if kind not in ("difference", "ratio"):
        raise ArgumentError(f"kind={kind!r} must be 'difference' or 'ratio'.")
    if agg not in AGGREGATES:
        raise ArgumentError(f"agg={agg!r} must be one of {', '.join(map(repr, AGGREGATES))}.")
    if of_rates or kind == "ratio":
        check_limit(limit)
    elif not 0 <= limit < np.inf:
        raise ArgumentError(
            f"limit={limit!r} must be a number and not negative: it is the largest accepted "
            "difference."
        )


def _check_reference(reference: str | None, quantities: Sequence[Quantity]) -> None:
    known = dict.fromkeys(name for q in quantities for name in (*q.groups, *q.missing))
    if reference is not None and reference not in known:
        raise ArgumentError(
            f"reference={reference!r} is none of the groups {', '.join(map(repr, known))}. "
            "Name the group that the others are compared with."
        )


def _as_score(limit: float, kind: Kind) -> float:
    return limit if kind == "difference" else -limit


def _is_usable(quantity: Quantity, kind: Kind) -> bool:
    return len(quantity.groups) > 1 and (kind == "difference" or bool(np.any(quantity.estimates)))


def _rows_to_settle(
    found: _Found,
    kind: Kind,
    limit: float,
    alpha: float,
    level: float,
    rows: Mapping[str, int],
    verdict: Verdict,
) -> dict[str, int]:
    at_equality = limit == (0.0 if kind == "difference" else -1.0)
    if verdict is not Verdict.INCONCLUSIVE or at_equality:
        return {}
    return required_groups(found.claims, kind, limit=limit, alpha=alpha, level=level, rows=rows)


def rows_of(quantities: Sequence[Quantity], same_rows: bool) -> dict[str, int]:
    """Return the rows of each group that count in some quantity."""
    found = dict.fromkeys(names_of(quantities), 0)
    for quantity in quantities:
        for name, size in zip(quantity.groups, quantity.sizes, strict=True):
            n = round(float(size))
            found[name] = max(found[name], n) if same_rows else found[name] + n
    return found


def _excluded(
    quantities: Sequence[Quantity], uncompared: Collection[str], same_rows: bool
) -> dict[str, int]:
    rows = rows_of(quantities, same_rows)
    return {f"group {name!r}": rows[name] for name in uncompared if rows.get(name)}
