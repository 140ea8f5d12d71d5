"""What a population check measures on pairs: one entry a limit.

Each effect is measured three times where it can be: on the pairs, on their placebo partners, and as
the difference of the two, pair by pair. All bounds hold at every look where the sample is drawn in
order, so that what is reported beside the verdict holds as well, whatever stopped the draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.assertions.seen import Seen
from pytest_fairness.assertions.sides import (
    Sides,
    binary_column,
    directions,
    label_rates,
    rows_by_groups,
)
from pytest_fairness.evidence import (
    Judgement,
    grown,
    judge_mean,
    judge_mean_shift,
    judge_rate,
    judge_rate_in_order,
    next_look,
)
from pytest_fairness.outcome import Evidence

Label = str | int | None
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Levels:
    """The limit of a check and its error rates."""

    limit: float
    alpha: float
    share: float


@dataclass(frozen=True)
class Effect:
    """What one limit is held against.

    Attributes
    ----------
    metric : str
    values : callable
        From both sides of some pairs, and a label, to one number a pair.
    judge : callable
        Judges the pairs that were seen.
    of_partners : callable
        Measures the placebo partners likewise.
    """

    metric: str
    values: Callable[[Sides, Label], Values]
    judge: Callable[[Effect, Seen, Levels, Label], Judgement]
    of_partners: Callable[[Effect, Seen, Levels, Label], Evidence]

    @property
    def needs_partners(self) -> bool:
        """Whether only pairs with a placebo partner count."""
        return self.judge is _judge_excess

    def placebo(self, seen: Seen, levels: Levels, label: Label) -> Evidence | None:
        """Measure the partners; None without any."""
        if seen.placebo is None:
            return None
        return _aside(self.of_partners(self, seen, levels, label))

    def excess(self, seen: Seen, levels: Levels, label: Label) -> Evidence | None:
        """Measure the effect less the placebo's; None without a partner, or where it has a sign."""
        if seen.placebo is None or self.metric == "mean_shift":
            return None
        return _aside(_excess(self, seen, levels, label).evidence)

    def next_look(self, seen: Seen | None, sample: Sample, levels: Levels) -> int:
        """Return how many pairs to have seen at the next look."""
        n = seen.n if seen is not None else 0
        if not sample.in_order:
            return len(sample.pairs)
        if self.metric != "flip_rate" or seen is None:
            return grown(n, len(sample.pairs))
        return next_look(
            seen.sides.flips,
            planned=len(sample.pairs),
            limit=levels.limit,
            alpha=levels.alpha,
            population=sample.population,
        )


def _aside(evidence: Evidence) -> Evidence:
    """Drop what belongs to a verdict from what is only shown beside one."""
    return replace(
        evidence, p_value=None, required_n=None, minimum_detectable=None, deciding=None, notes=()
    )


def _flips(sides: Sides, label: Label) -> Values:
    return sides.flips.astype(np.float64)


def _shifts(sides: Sides, label: Label) -> Values:
    return np.asarray(sides.first.score_of(label) - sides.second.score_of(label))


def _gaps(sides: Sides, label: Label) -> Values:
    return np.abs(_shifts(sides, label))


def _judge_flips(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Judgement:
    sample = seen.sample
    judgement = _judge_hits(seen.sides.flips, sample, sample.planned, levels)
    column = binary_column(seen.sides.first, label)
    if column is None:
        return judgement
    return _with_directions(judgement, seen, seen.sides.first.names[column])


def _with_directions(judgement: Judgement, seen: Seen, positive: str) -> Judgement:
    """Add how often each group gets a label, and whom the flips favour."""
    pairs = seen.pairs.pairs
    evidence = replace(
        judgement.evidence,
        groups=label_rates(pairs, seen.sides, positive),
        comparisons=directions(pairs, seen.sides, positive),
    )
    return replace(judgement, evidence=evidence)


def _placebo_flips(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Evidence:
    sample, sides = seen.sample.with_partner(), seen.placebo or seen.sides
    return _judge_hits(sides.flips, sample, sample.planned, levels).evidence


def _judge_hits(
    hits: npt.NDArray[np.bool_], sample: Sample, planned: int | None, levels: Levels
) -> Judgement:
    limit, alpha, share = levels.limit, levels.alpha, levels.share
    if planned is None:
        k, n = int(hits.sum()), len(hits)
        return judge_rate(k, n, limit=limit, alpha=alpha, share=share, quantity="flip rate")
    return judge_rate_in_order(
        hits,
        planned=planned,
        limit=limit,
        alpha=alpha,
        share=share,
        population=sample.population,
        quantity="flip rate",
    )


def _judge_gaps(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Judgement:
    return _judge_mean(effect.values(seen.sides, label), seen.sample, levels)


def _placebo_gaps(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Evidence:
    values = effect.values(seen.placebo or seen.sides, label)
    return _judge_mean(values, seen.sample.with_partner(), levels).evidence


def _judge_mean(values: Values, sample: Sample, levels: Levels) -> Judgement:
    return judge_mean(
        values,
        limit=levels.limit,
        alpha=levels.alpha,
        share=levels.share,
        population=sample.population,
        planned=sample.planned,
        quantity="mean distance of scores",
    )


def _judge_shifts(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Judgement:
    sample = seen.sample
    shifts = effect.values(seen.sides, label)
    nothing = dict.fromkeys(sample.sizes, np.zeros(0, dtype=np.intp))
    by_groups = {**nothing, **rows_by_groups(seen.pairs.pairs)}
    judgement = judge_mean_shift(
        {groups: shifts[rows] for groups, rows in by_groups.items()},
        limit=levels.limit,
        alpha=levels.alpha,
        share=levels.share,
        population=sample.sizes or None,
        planned=_planned(sample) if sample.in_order else None,
    )
    evidence = replace(judgement.evidence, planned_n=sample.planned, population=sample.population)
    return replace(judgement, evidence=evidence)


def _planned(sample: Sample) -> dict[tuple[str, str], int]:
    """Return about how many pairs of each two groups a draw of all that is planned would hold."""
    part = len(sample.pairs) / sum(sample.sizes.values())
    return {groups: max(1, round(part * size)) for groups, size in sample.sizes.items()}


def _placebo_shifts(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Evidence:
    """Return the largest mean shift within a group; it has no sign of its own, and no bounds."""
    partners = [p for p in seen.pairs.partners if p is not None]
    values = effect.values(seen.placebo or seen.sides, label)
    shifts = [abs(float(values[rows].mean())) for rows in rows_by_groups(partners).values()]
    return Evidence(max(shifts), None, "largest mean over partners", len(partners))


def _judge_excess(effect: Effect, seen: Seen, levels: Levels, label: Label) -> Judgement:
    judgement = _excess(effect, seen, levels, label, "excess flip rate")
    column = binary_column(seen.sides.first, label)
    if column is None:
        return judgement
    return _with_directions(judgement, seen, seen.sides.first.names[column])


def _excess(
    effect: Effect, seen: Seen, levels: Levels, label: Label, quantity: str = "excess"
) -> Judgement:
    """Judge the effect less the placebo's, pair by pair."""
    noise = effect.values(seen.placebo or seen.sides, label)
    sample = seen.sample.with_partner()
    return judge_mean(
        effect.values(seen.matched, label) - noise,
        limit=levels.limit,
        alpha=levels.alpha,
        share=levels.share,
        population=sample.population,
        planned=sample.planned,
        least=-1.0,
        quantity=quantity,
    )


EFFECTS: Mapping[str, Effect] = {
    "max_flip_rate": Effect("flip_rate", _flips, _judge_flips, _placebo_flips),
    "max_excess": Effect("excess_flip_rate", _flips, _judge_excess, _placebo_flips),
    "max_mean_shift": Effect("mean_shift", _shifts, _judge_shifts, _placebo_shifts),
    "max_gap": Effect("counterfactual_token_fairness_gap", _gaps, _judge_gaps, _placebo_gaps),
}
