"""Judging counterfactual invariance over a population of pairs, look by look."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pytest_fairness.assertions.answers import check_label
from pytest_fairness.assertions.checks import fingerprint, users_level
from pytest_fairness.assertions.effects import EFFECTS, Effect, Label, Levels
from pytest_fairness.assertions.invariance import unmeasurable
from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.assertions.seen import Seen
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES, examples
from pytest_fairness.assertions.uneven import hidden_templates
from pytest_fairness.definitions import definition
from pytest_fairness.errors import FairnessWarning
from pytest_fairness.evidence import Judgement
from pytest_fairness.models import Model
from pytest_fairness.outcome import Example, Outcome, Tolerance, Verdict
from pytest_fairness.settings import current_run

NO_PARTNER = "without a placebo partner"
_DECIDED = (Verdict.PASS, Verdict.FAIL)


@dataclass(frozen=True)
class Population:
    """A population check: what it holds a sample against."""

    limit: Tolerance
    alpha: float
    share: float
    seed: int
    min_pairs: int
    label: Label
    settings: Mapping[str, Any] | None = None

    @property
    def effect(self) -> Effect:
        """What is measured."""
        return EFFECTS[self.limit.name]

    @property
    def levels(self) -> Levels:
        """The limit with its error rates."""
        return Levels(self.limit.value, self.alpha, self.share)

    def judge(self, model: Model, drawn: Sample) -> Outcome:
        """Score a sample with its placebo partners as far as it takes, and judge it."""
        sample = self._counted(drawn)
        if not sample.pairs:
            reason = _no_partner(drawn) if drawn.pairs else ""
            metric = self.effect.metric
            return unmeasurable(
                model, sample, self.limit, metric, self.alpha, reason, settings=self.settings
            )
        seen, judgement = self._look(model, sample)
        check_label(seen.sides.first, self.label)
        uneven = self._uneven(model, seen) if judgement.verdict is Verdict.PASS else ()
        for note in uneven:
            warnings.warn(note, FairnessWarning, stacklevel=users_level())
        notes = (*uneven, *judgement.evidence.notes, *_more(seen, judgement), *_lonely(seen))
        notes = (*notes, *sample.notes)
        evidence = replace(judgement.evidence, excluded=dict(sample.excluded), notes=notes)
        judged = seen.pairs
        return Outcome(
            metric=self.effect.metric,
            definition=definition(self.effect.metric).text,
            definition_id=self.effect.metric,
            verdict=judgement.verdict,
            reason=judgement.reason,
            tolerance=self.limit,
            evidence=evidence,
            placebo=self.effect.placebo(seen, self.levels, self.label),
            excess=self.effect.excess(seen, self.levels, self.label),
            examples=self._worst(seen),
            model=model.info,
            attribute=sample.attribute,
            language=sample.language,
            source=sample.recipe,
            data_fingerprint=fingerprint(t for p in judged.pairs for t in (p.original, p.variant)),
            alpha=self.alpha,
            share=self.share,
            seed=self.seed,
            test=current_run().test,
            settings=self.settings,
        )

    def _counted(self, drawn: Sample) -> Sample:
        """Leave out pairs that the effect cannot be measured on, and count them."""
        if not self.effect.needs_partners:
            return drawn
        sample = drawn.with_partner()
        missing = len(drawn.pairs) - len(sample.pairs)
        excluded = {**drawn.excluded, **({NO_PARTNER: missing} if missing else {})}
        return replace(sample, excluded=excluded)

    def _look(self, model: Model, sample: Sample) -> tuple[Seen, Judgement]:
        """Score and judge until the verdict is certain, or all that is planned was seen."""
        seen: Seen | None = None
        while True:
            stop = self.effect.next_look(seen, sample, self.levels)
            stop = min(max(stop, self.min_pairs), len(sample.pairs))
            seen = Seen.of(model, sample, 0, stop) if seen is None else seen.more(model, stop)
            judgement = self.effect.judge(self.effect, seen, self.levels, self.label)
            if stop == len(sample.pairs) or judgement.verdict in _DECIDED:
                return seen, self._require_enough(judgement, stop)

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

    def _uneven(self, model: Model, seen: Seen) -> tuple[str, ...]:
        """Name templates that break the limit while the whole space keeps it."""
        space = seen.sample.space
        if self.effect.metric != "flip_rate" or space is None:
            return ()
        return hidden_templates(model, seen, space, self.limit.value, self.alpha, self.seed)

    def _worst(self, seen: Seen) -> tuple[Example, ...]:
        """Return flips with the shortest text first, or the largest shifts."""
        pairs, sides = seen.sample.pairs, seen.sides
        if self.effect.metric not in ("flip_rate", "excess_flip_rate"):
            order = np.argsort(-sides.changes, kind="stable")
        else:
            rows = np.flatnonzero(sides.flips)
            lengths = np.array(
                [len(pairs[i].original) + len(pairs[i].variant) for i in rows.tolist()]
            )
            order = rows[np.lexsort((-sides.changes[rows], lengths))]
        return examples(pairs, sides, order[:SHOWN_EXAMPLES])


def _more(seen: Seen, judgement: Judgement) -> Sequence[str]:
    """Say how to draw more where that would decide."""
    if judgement.verdict is not Verdict.INCONCLUSIVE or not seen.sample.in_order:
        return ()
    if judgement.evidence.population in (None, seen.n):
        return ()
    return ("Raise max_pairs= to draw more; clear cases stop early all the same.",)


def _lonely(seen: Seen) -> Sequence[str]:
    """Say how many of the pairs have no placebo."""
    missing = seen.n - len(seen.rows)
    if not missing or not len(seen.rows):
        return ()
    return (
        f"{missing:,} of {seen.n:,} pairs are {NO_PARTNER}, as their groups have a single term.",
    )


def _no_partner(drawn: Sample) -> str:
    return (
        f"None of the {len(drawn.pairs):,} pairs has a placebo partner, so no excess can be "
        "measured. Use a slot with several terms a group, such as {name}, or give placebo pairs "
        "of the same source."
    )
