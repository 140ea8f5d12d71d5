"""Judging a number of a benchmark that is no mean of its items: by what it is made of.

A largest gap is judged group against group, an area by its placements, and the largest of several
effect sizes test by test, as the assertions on groups, areas and associations do. What has no such
parts is a statement on the items alone, and none at all where these were drawn.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pytest_fairness.assertions.association import judge_effect
from pytest_fairness.assertions.checks import Levels
from pytest_fairness.benchmarks.base import Area, Effects, Number, Sides
from pytest_fairness.evidence import Judgement, aucs, judge_extreme, judge_gap, means, rates
from pytest_fairness.evidence.quantity import Quantity
from pytest_fairness.outcome import Evidence, Interval, Verdict


def judge_parts(
    found: Number, limit: float, levels: Levels, seed: int, *, drawn: bool
) -> Judgement:
    """Judge a number that is no mean.

    Parameters
    ----------
    found : Number
        Measured, and with a fair value.
    limit : float
        Largest accepted distance from the fair value.
    levels : Levels
    seed : int
    drawn : bool
        Whether only some of the benchmark's items were asked.
    """
    basis = found.basis
    if isinstance(basis, Sides):
        return _judge_sides(found, basis, limit, levels)
    if isinstance(basis, Area):
        return _judge_area(found, basis, limit, levels)
    if isinstance(basis, Effects):
        return _judge_effects(found, basis, limit, levels, seed, drawn)
    return _unbounded(found) if drawn else _census(found, limit)


def _judge_sides(found: Number, basis: Sides, limit: float, levels: Levels) -> Judgement:
    return judge_gap(
        _means(found.name, basis),
        limit=limit,
        alpha=levels.alpha,
        share=levels.share,
        uncompared=(),
    )


def _means(name: str, basis: Sides) -> Quantity:
    """Return exact rates of zeros and ones that stand alone, and means of anything else."""
    words = f"{name.replace('_', ' ').removesuffix(' gap')} mean"
    values = {group: np.asarray(part, dtype=float) for group, part in basis.values.items()}
    if not basis.clusters and all(np.isin(part, (0.0, 1.0)).all() for part in values.values()):
        return rates(
            words.replace(" mean", " rate"),
            {group: (int(part.sum()), len(part)) for group, part in values.items()},
        )
    return means(
        words,
        values,
        least=basis.least if np.isfinite(basis.least) else None,
        most=basis.most if np.isfinite(basis.most) else None,
        clusters=basis.clusters or None,
    )


def _judge_area(found: Number, basis: Area, limit: float, levels: Levels) -> Judgement:
    """Judge the distance of an area from 1: how often what should be low lies above the other."""
    words = f"distance of {found.name} from 1"
    quantity = aucs(
        words,
        {found.category: (basis.high, basis.low)},
        clusters={found.category: (basis.high_clusters, basis.low_clusters)},
    )
    return judge_extreme(
        quantity,
        limit=limit,
        side="max",
        alpha=levels.alpha,
        share=levels.share,
        uncompared=(),
    )


def _judge_effects(
    found: Number, basis: Effects, limit: float, levels: Levels, seed: int, drawn: bool
) -> Judgement:
    """Judge each test: one that fails is enough, at its share of the level, and all must pass."""
    if not basis.tests:
        return _only_effects(found)
    each = Levels(levels.alpha, levels.share / len(basis.tests))
    judged = [
        judge_effect(
            np.asarray(x),
            np.asarray(y),
            limit=limit,
            levels=each,
            seed=seed,
            quantity=f"absolute effect size of {name}",
        )
        for name, (x, y) in basis.tests.items()
    ]
    order = (Verdict.FAIL, Verdict.UNMEASURABLE, Verdict.INCONCLUSIVE, Verdict.PASS)
    verdict = min((one.verdict for one in judged), key=order.index)
    worst = max((one for one in judged if one.verdict is verdict), key=_size)
    if verdict is Verdict.PASS and drawn and found.category == "all":
        return _unbounded(found)
    if len(judged) == 1:
        return worst
    words = {
        Verdict.FAIL: "A failure shares its level among them",
        Verdict.PASS: "None of them lies beyond the limit",
    }.get(verdict, "Each must lie within the limit")
    return replace(
        worst,
        reason=f"{worst.reason} It decides among {len(judged)} tests. {words}.",
        evidence=_of_all(worst, judged),
    )


def _size(judged: Judgement) -> tuple[float, float]:
    """Return what orders tests of one verdict: a failure by its lower bound, others by the upper.

    Ties, and tests that cannot be measured, by the effect.
    """
    seen = judged.evidence
    if seen.interval is None or seen.estimate is None:
        return (0.0, 0.0)
    at = seen.interval.low if judged.verdict is Verdict.FAIL else seen.interval.high
    return (at, seen.estimate)


def _of_all(worst: Judgement, judged: list[Judgement]) -> Evidence:
    """Return evidence on the largest effect: its p-value pays for the number of tests."""
    p_value = worst.evidence.p_value
    shared = None if p_value is None else min(1.0, p_value * len(judged))
    return replace(worst.evidence, p_value=shared)


def _only_effects(found: Number) -> Judgement:
    reason = (
        f"{found.name} is {found.value:.4g}, and nothing bounds it: the answers hold effect sizes "
        "alone. Give the model, or answers of four parts: effect size, p-value, and the lists of "
        "associations of both sets of targets, in JSON."
    )
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", found.n))


def _unbounded(found: Number) -> Judgement:
    reason = (
        f"{found.name} is {found.value:.4g} over the {found.n} items that were drawn. It is no "
        "mean, and nothing bounds what it is over all items. Leave out limit= to look at all of "
        "them."
    )
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", found.n))


def _census(found: Number, limit: float) -> Judgement:
    fair = float(found.fair or 0.0)
    distance = abs(found.value - fair)
    verdict = Verdict.PASS if distance <= limit else Verdict.FAIL
    word = "within" if verdict is Verdict.PASS else "above"
    reason = (
        f"{found.name} is {found.value:.4g} over these {found.n} items, {word} the limit "
        f"{limit:g} from {fair:g}. It is no mean, so that nothing is said of other items."
    )
    note = (
        f"A full count: it speaks of these {found.n} items alone, and of no other ones like them."
    )
    evidence = Evidence(
        distance,
        Interval(distance, distance, 1.0),
        "all items, counted in full",
        found.n,
        population=found.n,
        notes=(note,),
    )
    return Judgement(verdict, reason, evidence)
