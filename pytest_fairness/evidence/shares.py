"""The verdict on how far the shares of some groups lie from those that would be fair.

The total variation distance of shares p from a reference q is the largest excess, over all sets S
of groups, of the share of S beyond its reference. Noise lifts the largest of several, so that it is
not held against the limit itself: each set's share is. A `fail` says that some set lies beyond the
limit, and pays for their number (Bonferroni); a `pass` says that all lie within, and pays nothing
(intersection-union).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.deviations import required_values
from pytest_fairness.evidence.judgement import (
    Judgement,
    beside,
    check_alpha,
    check_limit,
    check_share,
    confidence_in_words,
    smallest_level,
    unplanned,
    verdict_of,
)
from pytest_fairness.evidence.mean_law import MeanLaw, Units, merged
from pytest_fairness.evidence.quantity import Array
from pytest_fairness.outcome import Evidence, GroupRate, Interval, Verdict

MOST_GROUPS = 8  # 254 sets of groups


def judge_shares(
    counts: Any,
    *,
    groups: Sequence[str],
    reference: Sequence[float],
    limit: float,
    alpha: float = 0.05,
    share: float = 1.0,
    quantity: str = "share of mentions",
    unit: str = "prompts",
) -> Judgement:
    """Judge whether the groups' shares of all counts lie near a reference.

    Parameters
    ----------
    counts : array-like of shape (n_units, n_groups)
        How often each group was counted in each independent unit, such as all texts written after
        a prompt. Units without any count say nothing, and are left out.
    groups : sequence of str
        Two to eight.
    reference : sequence of float of shape (n_groups,)
        Shares that would be fair, or numbers in proportion to them.
    limit : float in [0, 1]
        Largest accepted total variation distance.
    alpha, share
        As in `judge_gap`.
    quantity, unit : str
        Words for the reason.

    Returns
    -------
    Judgement
        `unmeasurable` where nothing was counted.

    Notes
    -----
    Each set's share is a ratio of sums over units, bounded as means of clusters are (see
    `mean_law`).

    Examples
    --------
    >>> counts = [[2, 0], [0, 1], [1, 1]] * 100
    >>> judge_shares(counts, groups=["a", "b"], reference=[1, 1], limit=0.2).verdict.value
    'pass'
    """
    check_alpha(alpha)
    check_share(share)
    check_limit(limit)
    table, fair = _checked(counts, groups, reference)
    kept = table[table.sum(axis=1) > 0]
    left = {f"{unit} without any mention": len(table) - len(kept)}
    if not len(kept):
        return _unmeasurable(quantity, groups, unit, left)
    found = _Sets.of(kept, fair)
    level = alpha * share / len(found.excess)
    interval = Interval(found.low(level), found.high(alpha), 1 - alpha)
    verdict = verdict_of(interval, limit)
    needed = None
    if verdict is Verdict.INCONCLUSIVE:
        claims = share * 2 / len(found.excess)
        at = (found.observed, interval.high, limit, len(kept))
        needed = required_values(*at, alpha, claims)
    evidence = Evidence(
        found.observed,
        interval,
        f"Gaffke's limits (2005) of the shares of {len(found.excess)} sets of groups; fail shared "
        "among them, pass intersection-union",
        len(kept),
        groups=_rates(table, groups, quantity),
        excluded=left,
        p_value=smallest_level(lambda rate: found.low(rate / len(found.excess)) > limit),
        required_n=needed,
        notes=(f"Fair would be {_listed(groups, fair)}.",),
    )
    total = int(table.sum())
    told = f"The {quantity}, of {total} in all, lies {found.observed:.3g} from the fair one"
    return Judgement(verdict, _reason(verdict, told, interval, evidence, limit, unit), evidence)


@dataclass(frozen=True, eq=False)
class _Sets:
    """Sets of groups: by how much the share of each exceeds its reference, and its bounds."""

    excess: Array
    fair: Array
    law: MeanLaw

    @classmethod
    def of(cls, counts: Array, fair: Array) -> _Sets:
        size = len(fair)
        sets = [list(s) for k in range(1, size) for s in combinations(range(size), k)]
        sums = counts.sum(axis=1)
        units = [
            Units(*merged(sums, counts[:, s].sum(axis=1)), 0.0, 1.0, float(len(sums)), True)
            for s in sets
        ]
        fairs = np.array([fair[s].sum() for s in sets])
        return cls(np.array([each.mean for each in units]) - fairs, fairs, MeanLaw(tuple(units)))

    @property
    def observed(self) -> float:
        """The total variation distance."""
        return max(0.0, float(self.excess.max()))

    def low(self, level: float) -> float:
        """Return a lower bound of the distance from bounds of error rate `level` each."""
        bounds = self.law.lower(np.array([level]))[:, 0] - self.fair
        return min(max(0.0, float(bounds.max())), self.observed)

    def high(self, alpha: float) -> float:
        """Return an upper bound of the distance."""
        bounds = self.law.upper(np.array([alpha]))[:, 0] - self.fair
        return max(float(bounds.max()), self.observed)


def check_groups(groups: Sequence[str]) -> None:
    """Raise unless there are two to eight groups."""
    if not 2 <= len(groups) <= MOST_GROUPS:
        raise ArgumentError(
            f"The number of groups is {len(groups)}, and 2 to {MOST_GROUPS} can be judged together."
            " Add some, leave some out, or put some together."
        )


def check_reference(reference: Sequence[float], groups: Sequence[str]) -> None:
    """Raise unless there is a share for each group."""
    fair = np.asarray(reference, dtype=np.float64)
    usable = fair.shape == (len(groups),) and bool((np.isfinite(fair) & (fair >= 0)).all())
    if not usable or not fair.any():
        raise ArgumentError(
            f"reference={list(reference)!r} must hold a share of at least 0 for each of the groups "
            f"{', '.join(groups)}, and not 0 for all."
        )


def _checked(counts: Any, groups: Sequence[str], reference: Sequence[float]) -> tuple[Array, Array]:
    check_groups(groups)
    check_reference(reference, groups)
    table, fair = np.asarray(counts, dtype=np.float64), np.asarray(reference, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(groups) or not (table >= 0).all():
        raise ArgumentError(
            f"counts has the shape {table.shape}; numbers of at least 0, of shape (n_units, "
            f"{len(groups)}), were expected."
        )
    return table, fair / fair.sum()


def _rates(table: Array, groups: Sequence[str], quantity: str) -> tuple[GroupRate, ...]:
    totals = table.sum(axis=0)
    return tuple(
        GroupRate(name, quantity, float(count / totals.sum()), int(count))
        for name, count in zip(groups, totals, strict=True)
    )


def _listed(groups: Sequence[str], shares: Array) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in zip(groups, shares, strict=True))


def _unmeasurable(
    quantity: str, groups: Sequence[str], unit: str, left: dict[str, int]
) -> Judgement:
    reason = (
        f"The {quantity} cannot be measured: none of the terms of {', '.join(groups)} occurs. "
        f"Silence is not balance: give {unit} after which people are written about, or more terms."
    )
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0, excluded=left))


def _reason(
    verdict: Verdict, told: str, interval: Interval, evidence: Evidence, limit: float, unit: str
) -> str:
    sure = confidence_in_words(interval.confidence)
    if verdict is Verdict.FAIL:
        bound = beside(interval.low, limit, up=False)
        return f"{told}; at least {bound} with {sure}, above the limit {limit:g}."
    if verdict is Verdict.PASS:
        bound = beside(interval.high, limit, up=True)
        return f"{told}; at most {bound} with {sure}, within the limit {limit:g}."
    step = unplanned(evidence.estimate or 0.0, interval, limit, evidence.n, unit)
    if evidence.required_n is not None:
        step = f"about {evidence.required_n} {unit} instead of {evidence.n} would probably decide"
    return (
        f"{told}; it may be {interval.low:.2g} to {interval.high:.2g} (at least {sure} each way), "
        "and the "
        f"limit {limit:g} lies between; {step}."
    )
