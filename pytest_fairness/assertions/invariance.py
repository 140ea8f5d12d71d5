"""Judging counterfactual invariance pair by pair, without statistics."""

from __future__ import annotations

import numpy as np

from pytest_fairness.assertions.checks import fingerprint
from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES, ask_both, examples
from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.models import Model
from pytest_fairness.outcome import Evidence, Outcome, Tolerance, Verdict
from pytest_fairness.settings import current, current_run

_METRIC = "counterfactual_score_change"


def check_pairs(model: Model, sample: Sample, limit: Tolerance) -> Outcome:
    """Judge each pair by itself: no statistics, the largest change decides."""
    pairs = [pair for pair in sample.pairs if pair.original != pair.variant]
    if not pairs:
        return unmeasurable(model, sample, limit, _METRIC, current().alpha)
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
        metric=_METRIC,
        definition=definition(_METRIC).text,
        definition_id=_METRIC,
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


def unmeasurable(
    model: Model, sample: Sample, limit: Tolerance, metric: str, alpha: float, reason: str = ""
) -> Outcome:
    """Nothing was measured, by default since no pair has two texts; that is no pass."""
    left_out = ", ".join(f"{count} {why}" for why, count in sample.excluded.items())
    return Outcome(
        metric=metric,
        definition=definition(metric).text,
        definition_id=metric,
        verdict=Verdict.UNMEASURABLE,
        reason=reason
        or (
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
