"""Counterfactual invariance: the model's answer must not depend on who the text speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from pytest_fairness.assertions.answers import as_model
from pytest_fairness.assertions.checks import (
    chosen_levels,
    chosen_seed,
    differing,
    only_limit,
    refuse_inside_given,
    settle,
    whole_number,
)
from pytest_fairness.assertions.invariance import check_pairs
from pytest_fairness.assertions.population import Population
from pytest_fairness.assertions.sampling import PairLike, Sample, as_pair, draw
from pytest_fairness.assertions.searching import check_worst
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.outcome import Outcome, Tolerance
from pytest_fairness.perturb import Pair, Space

_LIMITS = {
    "tolerance": "the largest accepted change of any label's score within one pair",
    "max_flip_rate": "the largest accepted share of pairs whose label changes",
    "max_mean_shift": "the largest accepted mean change of a score between two groups",
    "max_gap": "the largest accepted mean distance between the scores of a pair",
    "max_excess": "the largest accepted flip rate beyond that of placebo edits",
}


def assert_counterfactual_invariance(
    model: Any,
    pairs: Space | PairLike | Sequence[PairLike],
    *,
    tolerance: float | None = None,
    max_flip_rate: float | None = None,
    max_mean_shift: float | None = None,
    max_gap: float | None = None,
    max_excess: float | None = None,
    label: str | int | None = None,
    max_pairs: int = 2000,
    min_pairs: int = 30,
    budget: int | None = None,
    alpha: float | None = None,
    seed: int | None = None,
) -> Outcome:
    """Assert that the model answers alike when a text speaks of another group.

    Give exactly one limit. ``tolerance=`` is a pointwise check, welcome under ``@given``: the
    scores of a pair may differ by so much and no more. The others are population checks: they
    judge a rate, or a mean, with an interval, and need a space or a list of pairs.

    Parameters
    ----------
    model : Model, estimator or callable
        What `load_model` returns or accepts: for instance a function from a list of texts to an
        array of shape (n_texts, n_labels).
    pairs : Pair, (str, str), sequence of pairs, or space
        What to compare. Pairs whose texts are equal never count.
    tolerance : float in [0, 1], optional
        Largest accepted change of any label's score within one pair; 0 is fair.
    max_flip_rate : float in [0, 1], optional
        Largest accepted share of pairs whose label changes; 0 is fair.
    max_mean_shift : float in [0, 1], optional
        Largest accepted mean change of the score of `label` between any two groups, whatever its
        sign; 0 is fair. Moves in opposite directions cancel.
    max_gap : float in [0, 1], optional
        Largest accepted mean distance of the score of `label` between the two texts of a pair; 0 is
        fair.
    max_excess : float in [0, 1], optional
        Largest accepted flip rate beyond that of placebo edits: of each pair one text also gets
        another term of the *same* group, and flips there are taken off. 0 is fair. A model that
        flips on every change of a name is fragile and has no excess; one that looks at the group
        has.
    label : str or int, optional
        Whose score is compared by ``max_mean_shift=`` and ``max_gap=``; the second label of two by
        default.
    max_pairs : int
        Pairs drawn at most. Fewer are scored where they are enough to decide; a template space that
        is no larger is judged exactly once all of it was seen.
    min_pairs : int
        A rate over fewer pairs is inconclusive, even when the space holds no more.
    budget : int, optional
        With ``tolerance=`` and a space: search it with so many distinct texts for the largest
        change, as `worst_case` does. A change above the tolerance is a `fail`; none is a `pass`
        only if every text was scored, and `inconclusive` otherwise.
    alpha, seed : optional
        Chance of a false verdict, and seed of the draw; the run's settings by default, where the
        checks of a session share the chance of a false `fail`.

    Returns
    -------
    Outcome
        With verdict `pass` (or another one, where the run is set to warn only).

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a limit is missing or out of range, or a population check stands inside ``@given``.

    Notes
    -----
    Over template spaces the number is that of the space. Pairs are drawn without replacement, in an
    order that the seed fixes, and the check looks as it goes and stops once the verdict is certain:
    the bounds hold at every look (confidence sequences; Waudby-Smith and Ramdas 2020, 2024), so
    stopping costs no validity, and they are exact once all pairs were seen. Over texts one pair is
    drawn per text, all are scored, and the bounds of a rate are those of Clopper and Pearson
    (1934). The idea is the invariance test of Ribeiro et al. (2020) and the counterfactual token
    fairness of Garg et al. (2019).

    Every population check but ``max_mean_shift=`` also reports the same number on placebo edits
    (``outcome.placebo``), and what is left of it beyond them, pair by pair (``outcome.excess``).

    *What a pass shows*: on these templates or texts, and with these terms, the answer stays within
    the limit. *What it does not show*: that the model treats people alike on other texts, or that
    its answers are right for any group.

    Examples
    --------
    >>> from pytest_fairness import assert_counterfactual_invariance
    >>> def by_length(texts):
    ...     return [[0.2, 0.8] if len(text) > 12 else [0.4, 0.6] for text in texts]
    >>> outcome = assert_counterfactual_invariance(
    ...     by_length, ("Anna is kind.", "Jack is kind."), tolerance=0.05
    ... )
    >>> outcome.verdict.value
    'pass'
    """
    __tracebackhide__ = True
    values = (tolerance, max_flip_rate, max_mean_shift, max_gap, max_excess)
    limits = dict(zip(_LIMITS, values, strict=True))
    limit = only_limit(limits, _LIMITS)
    scorer = as_model(model)
    settings = differing(
        assert_counterfactual_invariance,
        label=label,
        max_pairs=max_pairs,
        min_pairs=min_pairs,
        budget=budget,
    )
    if budget is not None:
        return settle(check_worst(scorer, pairs, limit, budget, chosen_seed(seed), settings))
    if limit.name == "tolerance":
        sample = _every_pair(pairs, max_pairs)
        return settle(check_pairs(scorer, sample, limit, settings=settings))
    refuse_inside_given(
        f"assert_counterfactual_invariance({limit.name}=...)",
        "Use tolerance= under @given, and this check in a test without @given.",
    )
    levels = chosen_levels(alpha)
    check = Population(
        limit=limit,
        alpha=levels.alpha,
        share=levels.share,
        seed=chosen_seed(seed),
        min_pairs=whole_number("min_pairs", min_pairs, 0),
        label=label,
        settings=settings,
    )
    sample = draw(several(pairs, limit), max_pairs, check.seed)
    return settle(check.judge(scorer, sample))


def several(pairs: Any, limit: Tolerance) -> Space | Iterable[PairLike]:
    """Return `pairs` if it can hold a population, and explain where a single pair was given."""
    __tracebackhide__ = True
    if isinstance(pairs, Pair) or _is_two_texts(pairs):
        raise ArgumentError(
            f"{limit.name}= judges a population, but one pair was given. Pass the space itself, or "
            "a list of pairs; for one pair use tolerance=."
        )
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise ArgumentTypeError(
            f"pairs={pairs!r} is neither a space nor a list of pairs. Build a space with "
            "counterfactuals(...)."
        )
    return pairs


def _is_two_texts(pairs: Any) -> bool:
    return (
        isinstance(pairs, (tuple, list))
        and len(pairs) == 2
        and all(isinstance(text, str) for text in pairs)
    )


def _every_pair(pairs: Any, max_pairs: int) -> Sample:
    """Return every pair of what was given: a pointwise check leaves none out."""
    __tracebackhide__ = True
    if isinstance(pairs, Pair) or _is_two_texts(pairs):
        pair = as_pair(pairs)
        return Sample([pair], attribute=pair.attribute, language=pair.language, recipe=pair.recipe)
    if isinstance(pairs, Space) and len(pairs) > max_pairs:
        raise ArgumentError(
            f"tolerance= checks every pair, and this space has {len(pairs):,} (max_pairs="
            f"{max_pairs:,}). Search it with @given(pair=space.pairs()), or judge it by "
            "max_flip_rate=."
        )
    sample = draw(several(pairs, Tolerance("tolerance", 0.0)), max_pairs, 0)
    if isinstance(pairs, Space):
        return sample
    return replace(sample, pairs=[as_pair(pair) for pair in pairs])
