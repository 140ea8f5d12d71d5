"""Judging counterfactual invariance: pair by pair, or as a population."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pytest_fairness.assertions.checks import fingerprint
from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.assertions.sides import (
    SHOWN_EXAMPLES,
    Sides,
    ask_both,
    binary_column,
    directions,
    examples,
    label_rates,
    rows_by_groups,
)
from pytest_fairness.errors import ArgumentTypeError, FairnessWarning
from pytest_fairness.evidence import Judgement, clopper_pearson, judge_mean_shift, judge_rate
from pytest_fairness.models import Model
from pytest_fairness.outcome import Evidence, Example, Outcome, Tolerance, Verdict
from pytest_fairness.perturb import Pair
from pytest_fairness.settings import current, current_run

DEFINITIONS = {
    "counterfactual_score_change": (
        "Largest change of any label's score when the text speaks of another group. 0 is fair."
    ),
    "flip_rate": (
        "Share of valid pairs whose predicted label changes when the text speaks of another group. "
        "0 is fair."
    ),
    "mean_shift": (
        "Largest mean change of a score between two groups over pairs of texts that differ only in "
        "the group. 0 is fair."
    ),
}


def check_pairs(model: Model, sample: Sample, limit: Tolerance) -> Outcome:
    """Judge each pair by itself: no statistics, the largest change decides."""
    pairs = [pair for pair in sample.pairs if pair.original != pair.variant]
    if not pairs:
        return unmeasurable(model, sample, limit, "counterfactual_score_change", current().alpha)
    sides = ask_both(model, pairs)
    if sides.first.scores is None:
        raise ArgumentTypeError(
            "tolerance= compares scores, but the model returns labels only. Use max_flip_rate= "
            "over a space, or give a model that returns probabilities."
        )
    order = np.argsort(-sides.changes, kind="stable")[:SHOWN_EXAMPLES]
    worst = float(sides.changes.max())
    failed = worst > limit.value
    return Outcome(
        metric="counterfactual_score_change",
        definition=DEFINITIONS["counterfactual_score_change"],
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        reason=(
            f"A score moves by {worst:.3g} between the two texts, "
            f"{'above' if failed else 'within'} the tolerance {limit.value:g}."
        ),
        tolerance=limit,
        evidence=Evidence(worst, None, "every pair by itself", n=len(pairs)),
        examples=examples(pairs, sides, order),
        model=model.info,
        attribute=sample.attribute,
        language=sample.language,
        source=sample.recipe,
        data_fingerprint=fingerprint(text for p in pairs for text in (p.original, p.variant)),
        alpha=current().alpha,
        seed=current().seed,
        test=current_run().test,
    )


@dataclass(frozen=True)
class Population:
    """A population check: what it holds a sample against."""

    limit: Tolerance
    alpha: float
    seed: int
    min_pairs: int
    label: str | int | None

    @property
    def metric(self) -> str:
        """The name of what is measured."""
        return "flip_rate" if self.limit.name == "max_flip_rate" else "mean_shift"

    def judge(self, model: Model, sample: Sample) -> Outcome:
        """Score a sample and its placebo, and judge the sample."""
        if not sample.pairs:
            return unmeasurable(model, sample, self.limit, self.metric, self.alpha)
        sides = ask_both(model, sample.pairs)
        judgement = self._require_enough(self._judge_sides(sample, sides), len(sample.pairs))
        uneven = self._uneven(sample, sides) if judgement.verdict is Verdict.PASS else ()
        for note in uneven:
            warnings.warn(note, FairnessWarning, stacklevel=4)
        evidence = replace(
            judgement.evidence,
            excluded=dict(sample.excluded),
            notes=(*uneven, *judgement.evidence.notes, *sample.notes),
        )
        return Outcome(
            metric=self.metric,
            definition=DEFINITIONS[self.metric],
            verdict=judgement.verdict,
            reason=judgement.reason,
            tolerance=self.limit,
            evidence=evidence,
            placebo=self._placebo(model, sample),
            examples=self._worst(sample.pairs, sides),
            model=model.info,
            attribute=sample.attribute,
            language=sample.language,
            source=sample.recipe,
            data_fingerprint=fingerprint(t for p in sample.pairs for t in (p.original, p.variant)),
            alpha=self.alpha,
            seed=self.seed,
            test=current_run().test,
        )

    def _judge_sides(self, sample: Sample, sides: Sides) -> Judgement:
        if self.metric == "flip_rate":
            return self._judge_flips(sample, sides)
        return self._judge_shifts(sample, sides)

    def _judge_flips(self, sample: Sample, sides: Sides) -> Judgement:
        judgement = judge_rate(
            int(sides.flips.sum()),
            len(sample.pairs),
            limit=self.limit.value,
            alpha=self.alpha,
            population=sample.population,
            quantity="flip rate",
        )
        column = binary_column(sides.first, self.label)
        if column is None:
            return judgement
        positive = sides.first.names[column]
        evidence = replace(
            judgement.evidence,
            groups=label_rates(sample.pairs, sides, positive),
            comparisons=directions(sample.pairs, sides, positive),
        )
        return replace(judgement, evidence=evidence)

    def _judge_shifts(self, sample: Sample, sides: Sides) -> Judgement:
        shifts = sides.first.score_of(self.label) - sides.second.score_of(self.label)
        by_groups = rows_by_groups(sample.pairs)
        census = sample.population == len(sample.pairs)
        return judge_mean_shift(
            {groups: shifts[rows] for groups, rows in by_groups.items()},
            limit=self.limit.value,
            alpha=self.alpha,
            population={g: len(rows) for g, rows in by_groups.items()} if census else None,
        )

    def _require_enough(self, judgement: Judgement, n: int) -> Judgement:
        """Turn a pass over very few pairs into `inconclusive`: it would show next to nothing."""
        if judgement.verdict is not Verdict.PASS or n >= self.min_pairs:
            return judgement
        return replace(
            judgement,
            verdict=Verdict.INCONCLUSIVE,
            reason=(
                f"Only {n} valid pairs, fewer than min_pairs={self.min_pairs}: too few to speak of "
                "a rate. Add templates, slot values or terms."
            ),
            evidence=replace(judgement.evidence, required_n=self.min_pairs),
        )

    def _uneven(self, sample: Sample, sides: Sides) -> tuple[str, ...]:
        """Name a template that breaks the limit by itself while the whole space keeps it.

        Every pair weighs the same, so that a template with names, which makes thousands of pairs,
        can hide one with pronouns, which makes few.
        """
        if self.metric != "flip_rate":
            return ()
        counts = Counter(pair.source for pair in sample.pairs)
        flips = Counter(p.source for p, f in zip(sample.pairs, sides.flips, strict=True) if f)
        sure = 1 - self.alpha / len(counts)
        low = {s: clopper_pearson(k, counts[s], confidence=sure).low for s, k in flips.items()}
        worst = max(low, key=lambda source: low[source], default=None)
        if worst is None or low[worst] <= self.limit.value:
            return ()
        return (
            f"The space as a whole keeps the limit, but of {worst!r} {flips[worst]} of "
            f"{counts[worst]} pairs flip. Its few pairs weigh little beside those of other "
            "templates: give it a check of its own.",
        )

    def _placebo(self, model: Model, sample: Sample) -> Evidence | None:
        """Measure the same statistic on edits that change no group."""
        if not sample.placebo:
            return None
        sides = ask_both(model, sample.placebo)
        return self._judge_sides(Sample(sample.placebo), sides).evidence

    def _worst(self, pairs: Sequence[Pair], sides: Sides) -> tuple[Example, ...]:
        """Return flips with the shortest text first, or the largest shifts."""
        if self.metric == "mean_shift":
            order = np.argsort(-sides.changes, kind="stable")
        else:
            rows = np.flatnonzero(sides.flips)
            lengths = np.array(
                [len(pairs[i].original) + len(pairs[i].variant) for i in rows.tolist()]
            )
            order = rows[np.lexsort((-sides.changes[rows], lengths))]
        return examples(pairs, sides, order[:SHOWN_EXAMPLES])


def unmeasurable(
    model: Model, sample: Sample, limit: Tolerance, metric: str, alpha: float
) -> Outcome:
    """No valid, changed pair: nothing was measured, and nothing measured is no pass."""
    left_out = ", ".join(f"{count} {reason}" for reason, count in sample.excluded.items())
    return Outcome(
        metric=metric,
        definition=DEFINITIONS[metric],
        verdict=Verdict.UNMEASURABLE,
        reason=(
            "No pair has two different texts, so nothing was compared"
            f"{f' (left out: {left_out})' if left_out else ''}. "
            "Check that the texts mention the attribute."
        ),
        tolerance=limit,
        evidence=Evidence(None, None, "none", n=0, excluded=dict(sample.excluded)),
        model=model.info,
        attribute=sample.attribute,
        language=sample.language,
        source=sample.recipe,
        alpha=alpha,
        seed=current().seed,
        test=current_run().test,
    )
