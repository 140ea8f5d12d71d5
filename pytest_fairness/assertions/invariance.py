"""Judging counterfactual invariance pair by pair, without statistics."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import fingerprint
from pytest_fairness.assertions.sampling import Sample
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES, ask_both, examples
from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.models import Model
from pytest_fairness.outcome import Evidence, Outcome, Tolerance, Verdict
from pytest_fairness.perturb import Pair
from pytest_fairness.search import WorstCase, active_budget
from pytest_fairness.settings import current, current_run

_METRIC = "counterfactual_score_change"


def check_pairs(
    model: Model,
    sample: Sample,
    limit: Tolerance,
    searched: WorstCase | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Outcome:
    """Judge each pair by itself: no statistics, the largest change decides.

    Pairs that a search found show what they break, and prove nothing where they break nothing.
    """
    pairs = [pair for pair in sample.pairs if pair.original != pair.variant]
    if not pairs:
        return unmeasurable(model, sample, limit, _METRIC, current().alpha, settings=settings)
    _spend(pairs)
    sides = ask_both(model, pairs)
    if sides.first.scores is None:
        raise ArgumentTypeError(
            "tolerance= compares scores, but the model returns labels only. Use max_flip_rate= "
            "over a space, or give a model that returns probabilities."
        )
    order = np.argsort(-sides.changes, kind="stable")[:SHOWN_EXAMPLES]
    worst = float(sides.changes.max())
    steer(worst)
    verdict = _verdict(worst, limit, searched)
    return Outcome(
        metric=_METRIC,
        definition=definition(_METRIC).text,
        definition_id=_METRIC,
        verdict=verdict,
        reason=_reason(worst, limit, searched),
        tolerance=limit,
        evidence=Evidence(
            worst, None, "every pair by itself", n=_compared(pairs, sample, searched)
        ),
        examples=examples(pairs, sides, order),
        model=model.info,
        attribute=sample.attribute,
        language=sample.language,
        source=sample.recipe or _shared_recipe(pairs),
        data_fingerprint=fingerprint(text for p in pairs for text in (p.original, p.variant)),
        alpha=current().alpha,
        seed=current().seed if searched is None else searched.seed,
        test=current_run().test,
        settings=settings,
    )


def _compared(pairs: Sequence[Pair], sample: Sample, searched: WorstCase | None) -> int:
    """Return how many pairs were compared: a search keeps but the worst of them."""
    exhausted = searched is not None and searched.exhausted
    return sample.population if exhausted and sample.population else len(pairs)


def _verdict(worst: float, limit: Tolerance, searched: WorstCase | None) -> Verdict:
    if worst > limit.value:
        return Verdict.FAIL
    whole = searched is None or searched.exhausted
    return Verdict.PASS if whole else Verdict.INCONCLUSIVE


def _reason(worst: float, limit: Tolerance, searched: WorstCase | None) -> str:
    side = "above" if worst > limit.value else "within"
    moved = f"A score moves by {worst:.3g} between the two texts, {side} the tolerance"
    return f"{moved} {limit.value:g}.{_search_words(searched, side)}{_budget_words()}"


def _search_words(searched: WorstCase | None, side: str) -> str:
    """Say how far a search looked, and what it does not show."""
    if searched is None:
        return ""
    if searched.exhausted:
        return f" That is the largest change: all {searched.queries:,} texts were scored."
    looked = f" A search scored {searched.queries:,} texts of budget={searched.budget:,}"
    if side == "above":
        return f"{looked}, not all of the space."
    return (
        f"{looked} and found no larger change, which is no proof that there is none. Raise budget= "
        "to cover the whole space, or judge a rate by max_flip_rate=."
    )


def _spend(pairs: Sequence[Pair]) -> None:
    """Count the texts against the query budget of a test, if it has one."""
    budget = active_budget()
    if budget is not None:
        budget.spend(text for pair in pairs for text in (pair.original, pair.variant))


def _budget_words() -> str:
    budget = active_budget()
    return "" if budget is None else f" Query budget used so far: {budget}."


def _shared_recipe(pairs: Sequence[Pair]) -> Mapping[str, Any] | None:
    """Return the recipe of the space that a batch was drawn from, if it was one space."""
    first = pairs[0].recipe
    return first if all(pair.recipe == first for pair in pairs) else None


def steer(shift: float) -> None:
    """Tell Hypothesis, inside ``@given``, to search for larger shifts.

    It takes one observation a test case under a name; the first check of a test gives it.
    """
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is None or not hypothesis.currently_in_test_context():
        return
    with suppress(hypothesis.errors.InvalidArgument):
        hypothesis.target(shift, label="largest change of a score")


def unmeasurable(
    model: Model,
    sample: Sample,
    limit: Tolerance,
    metric: str,
    alpha: float,
    reason: str = "",
    *,
    settings: Mapping[str, Any] | None = None,
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
        settings=settings,
    )
