"""Mean differences between the two texts of pairs, of every two groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fairness.assertions.checks import Levels, whole_number
from pytest_fairness.assertions.concluding import conclude
from pytest_fairness.evidence import Judgement, judge_deviation
from pytest_fairness.outcome import Evidence, Outcome, Verdict
from pytest_fairness.perturb import Pair


def drawn_pairs(space: Any, n: int, seed: int) -> list[Pair]:
    """Return the pairs of a list, or some of a space, drawn by seed."""
    whole_number("n", n, 1)
    if isinstance(space, Pair):
        return [space]
    if hasattr(space, "sample"):
        return list(space.sample(min(n, len(space)), seed=seed))
    return list(space)


def between_groups(
    id: str,
    quantity: str,
    pairs: Sequence[Pair],
    gaps: Any,
    bound: Any,
    alpha: float | None,
    span: float = float("inf"),
) -> Outcome:
    """Judge the mean difference of every two groups: all must pass, and any may fail."""
    __tracebackhide__ = True
    several = sorted({tuple(sorted(pair.groups)) for pair in pairs})

    def judge(levels: Levels) -> Judgement:
        found = [
            _of_two(two, pairs, gaps, quantity, bound.value, levels, len(several), span)
            for two in several
        ]
        return _worst(found, quantity)

    return conclude(
        id,
        bound,
        judge,
        sensitive_features=None,
        data=(gaps, [pair.original for pair in pairs]),
        alpha=alpha,
        remark=f"Compared are {'; '.join(' and '.join(two) for two in several)}.",
    )


def _of_two(
    two: tuple[str, ...],
    pairs: Sequence[Pair],
    gaps: Any,
    quantity: str,
    limit: float,
    levels: Levels,
    claims: int,
    span: float,
) -> Judgement:
    kept = [i for i, pair in enumerate(pairs) if tuple(sorted(pair.groups)) == two]
    turned = [gaps[i] if pairs[i].groups[0] == two[0] else -gaps[i] for i in kept]
    sources = [pairs[i].source for i in kept]
    clusters = sources if len(set(sources)) >= 5 else [pairs[i].terms for i in kept]
    return judge_deviation(
        turned,
        fair=0.0,
        limit=limit,
        quantity=f"{quantity} between {two[0]} and {two[1]}",
        clusters=clusters,
        least=-span,
        most=span,
        alpha=levels.alpha,
        share=levels.share / claims,
        unit="pairs",
    )


def _worst(found: Sequence[Judgement], quantity: str) -> Judgement:
    """Return the judgement that the verdict rests on: a failure, else what is open, else a pass."""
    if not found:
        reason = (
            f"There are no pairs to measure the {quantity} on. Give templates whose groups differ."
        )
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0))
    order = (Verdict.FAIL, Verdict.UNMEASURABLE, Verdict.INCONCLUSIVE, Verdict.PASS)
    return min(found, key=lambda j: (order.index(j.verdict), -(j.evidence.estimate or 0.0)))
