"""Behavioural tests after CheckList: how often a model fails what its author says must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.answers import Answers, as_model, ask, check_label
from pytest_fairness.assertions.checks import (
    chosen_levels,
    chosen_seed,
    number,
    only_limit,
    refuse_inside_given,
)
from pytest_fairness.assertions.counterfactual import several
from pytest_fairness.assertions.sampling import PairLike, Sample, draw
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES, ask_both, examples
from pytest_fairness.assertions.text_checks import as_rows, as_texts, conclude_on_texts
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.evidence import judge_rate
from pytest_fairness.metrics.expectations import (
    directional_expectation_failures,
    minimum_functionality_failures,
    worst_case_failures,
)
from pytest_fairness.models import Model
from pytest_fairness.outcome import Example, Outcome, Tolerance
from pytest_fairness.perturb import Space

_ADVICE = "Collect the texts in a test without @given, and judge them there."
_MEANING = {"max_failure_rate": "the largest accepted share of failures"}
Expectation = Literal["increase", "decrease", "same"]
Rule = Callable[[Any, Any], Any]


def assert_worst_case(
    model: Any,
    variants: Sequence[Sequence[str]],
    labels: Any,
    *,
    max_failure_rate: float,
    alpha: float | None = None,
) -> Outcome:
    """Assert that few texts get a wrong label under any of their variants.

    Parameters
    ----------
    model : Model, estimator or callable
        What `load_model` returns or accepts.
    variants : sequence of n_texts sequences of str
        All forms of each text, the text as written among them if it is to count. Each text has
        equally many, since more of them find more.
    labels : array-like of shape (n_texts,)
        The right label of each text, which is that of all its variants.
    max_failure_rate : float in [0, 1]
        Largest accepted share of texts with a wrong variant; 0 is best.
    alpha : float, optional
        Chance of a false verdict; the run's by default.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If texts have different numbers of variants, or lengths differ.

    Notes
    -----
    The unit is the text, with all its variants together, so that variants need not be independent
    (worst-case accuracy over perturbations, as in Liang et al. 2023). The bounds are those of
    Clopper and Pearson (1934).

    *What a pass shows*: rarely does any of these variants break the answer. *What it does not
    show*: anything about other variants; and a text is one failure, however many of its variants
    are wrong.

    Examples
    --------
    >>> from pytest_fairness import assert_worst_case
    >>> def by_word(texts):
    ...     return ["good" if "kind" in text else "bad" for text in texts]
    >>> rows = [[f"{name} is kind, says {i}." for name in ("Anna", "Jack")] for i in range(200)]
    >>> assert_worst_case(by_word, rows, ["good"] * 200, max_failure_rate=0.05).passed
    True
    """
    __tracebackhide__ = True
    limit = _begin("assert_worst_case", max_failure_rate)
    table, truth = as_rows("variants", variants), _as_labels(labels)
    scorer, flat = as_model(model), [text for row in table for text in row]
    answers = ask(scorer, flat) if flat else None
    _check_known(answers, truth)
    said = answers.labels.reshape(len(table), -1) if answers else np.empty((0, 1), dtype=str)
    failures = worst_case_failures(truth, said)
    wrong = [(i, int(np.argmax(said[i] != truth[i]))) for i in np.flatnonzero(failures).tolist()]
    shown = [
        _example(table[i][k], str(truth[i]), answers, i * said.shape[1] + k)
        for i, k in wrong[:SHOWN_EXAMPLES]
        if answers is not None
    ]
    return _conclude("worst_case_rate", scorer, failures, limit, alpha, flat, shown, unit="texts")


def assert_minimum_functionality(
    model: Any,
    texts: Sequence[str],
    labels: Any,
    *,
    max_failure_rate: float,
    cases: Any = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that the model gets simple cases right.

    Parameters
    ----------
    model : Model, estimator or callable
        What `load_model` returns or accepts.
    texts : sequence of str
        Texts that leave no doubt about their label.
    labels : array-like of shape (n_texts,)
        The right labels.
    max_failure_rate : float in [0, 1]
        Largest accepted share of failed cases; 0 is best.
    cases : array-like of shape (n_texts,), optional
        Which case each text belongs to, such as the template it was made from. A case fails with
        any of its texts. Without it every text is a case.
    alpha : float, optional
        Chance of a false verdict; the run's by default.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ.

    Notes
    -----
    The minimum functionality test of Ribeiro et al. (2020), with Clopper and Pearson's (1934)
    bounds. Texts of one template are no independent cases: name them as one with `cases`.

    *What a pass shows*: the model rarely errs on cases like these. *What it does not show*: harder
    cases, and whether errors fall on one group more than on another.

    Examples
    --------
    >>> from pytest_fairness import assert_minimum_functionality
    >>> def by_word(texts):
    ...     return ["good" if "kind" in text else "bad" for text in texts]
    >>> texts = [f"Guest {i} was kind." for i in range(100)]
    >>> assert_minimum_functionality(by_word, texts, ["good"] * 100, max_failure_rate=0.05).passed
    True
    """
    __tracebackhide__ = True
    limit = _begin("assert_minimum_functionality", max_failure_rate)
    lines, truth = as_texts("texts", texts), _as_labels(labels)
    scorer = as_model(model)
    answers = ask(scorer, lines) if lines else None
    _check_known(answers, truth)
    said = answers.labels if answers else np.empty(0, dtype=str)
    failures = minimum_functionality_failures(truth, said, cases=cases)
    shown = [
        _example(lines[i], str(truth[i]), answers, i)
        for i in np.flatnonzero(truth != said)[:SHOWN_EXAMPLES].tolist()
        if answers is not None
    ]
    return _conclude(
        "minimum_functionality_failure_rate",
        scorer,
        failures,
        limit,
        alpha,
        lines,
        shown,
        unit="cases",
    )


def assert_directional_expectation(
    model: Any,
    pairs: Space | Sequence[PairLike],
    *,
    expect: Expectation | Rule,
    max_failure_rate: float,
    margin: float = 0.0,
    label: str | int | None = None,
    max_pairs: int = 2000,
    alpha: float | None = None,
    seed: int | None = None,
) -> Outcome:
    """Assert that an edit with a known effect has it.

    Parameters
    ----------
    model : Model, estimator or callable
        What `load_model` returns or accepts; it must give scores.
    pairs : sequence of pairs, or space
        The text and its edited form. Of pairs with the same `source`, or the same first text, one
        is drawn, so that units are independent.
    expect : {"increase", "decrease", "same"} or callable
        What the score of `label` must do from the first text to the second. A callable gets both
        arrays of scores, and returns which pairs are as they should be.
    max_failure_rate : float in [0, 1]
        Largest accepted share of pairs that do otherwise; 0 is best.
    margin : float, default 0.0
        Smallest move for a direction (negative: largest move that is still allowed the wrong way),
        or largest for ``"same"``. In (-1, 1), and not negative for ``"same"``.
    label : str or int, optional
        Whose score is meant; the second label of two by default.
    max_pairs : int
        Pairs drawn at most.
    alpha, seed : optional
        Chance of a false verdict, and seed of the draw; the run's settings by default.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If `expect` is unknown.

    Notes
    -----
    The directional expectation test of Ribeiro et al. (2020). Where an attribute is *meant* to
    matter, as age in a question about a pension, this is the test, and invariance is not.

    *What a pass shows*: in texts like these the edit moves the score as it should. *What it does
    not show*: whether the score is right before or after.

    Examples
    --------
    >>> from pytest_fairness import assert_directional_expectation
    >>> def by_praise(texts):
    ...     return [0.9 if "very" in text else 0.6 for text in texts]
    >>> pairs = [(f"Guest {i} is kind.", f"Guest {i} is very kind.") for i in range(100)]
    >>> assert_directional_expectation(
    ...     by_praise, pairs, expect="increase", max_failure_rate=0.05
    ... ).passed
    True
    """
    __tracebackhide__ = True
    limit = _begin("assert_directional_expectation", max_failure_rate)
    _check_margin(margin, expect)
    sample = draw(several(pairs, limit), max_pairs, chosen_seed(seed))
    scorer, chosen = as_model(model), list(sample.pairs)
    if not chosen:
        nothing = np.zeros(0, dtype=bool)
        return _conclude(_DIRECTION, scorer, nothing, limit, alpha, [], [], sample=sample)
    sides = ask_both(scorer, chosen)
    before, after = sides.first.score_of(label), sides.second.score_of(label)
    failures = directional_expectation_failures(before, after, expect=expect, margin=margin)
    wrong = np.flatnonzero(failures)
    order = wrong[np.argsort(-np.abs(after - before)[wrong], kind="stable")][:SHOWN_EXAMPLES]
    return _conclude(
        _DIRECTION,
        scorer,
        failures,
        limit,
        alpha,
        [text for pair in chosen for text in (pair.original, pair.variant)],
        examples(chosen, sides, order),
        sample=sample,
    )


_DIRECTION = "directional_expectation_failure_rate"


def _as_labels(labels: Any) -> npt.NDArray[np.str_]:
    """Return labels as the strings that models answer with."""
    __tracebackhide__ = True
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise ArgumentTypeError(f"labels={labels!r} must hold one label per text.")
    return np.array([str(label) for label in labels], dtype=str)


def _check_margin(margin: float, expect: Expectation | Rule) -> None:
    """Raise where a margin would let every move pass, or none."""
    __tracebackhide__ = True
    size = number("margin", margin)
    if expect == "same" and size < 0:
        raise ArgumentError(
            f"margin={margin!r} must be at least 0: it is the largest move that still is none."
        )
    if not -1 < size < 1:
        raise ArgumentError(
            f"margin={margin!r} must lie in (-1, 1): no score moves farther, so that all pairs "
            "would answer alike."
        )


def _check_known(answers: Answers | None, labels: npt.NDArray[np.str_]) -> None:
    """Raise if a right label is none of the model's: every such text would count as a failure."""
    __tracebackhide__ = True
    for label in dict.fromkeys(labels.tolist()):
        if answers is not None:
            check_label(answers, label)


def _begin(assertion: str, max_failure_rate: float) -> Tolerance:
    __tracebackhide__ = True
    refuse_inside_given(assertion, _ADVICE)
    return only_limit({"max_failure_rate": max_failure_rate}, _MEANING)


def _example(text: str, truth: str, answers: Answers, row: int) -> Example:
    """Show a text with the label that it should have."""
    rows = () if answers.scores is None else (tuple(map(float, answers.scores[row])),)
    return Example((text,), (f"should be {truth}",), (str(answers.labels[row]),), rows, 1.0)


def _conclude(
    metric: str,
    model: Model,
    failures: npt.NDArray[np.bool_],
    limit: Tolerance,
    alpha: float | None,
    texts: Sequence[str],
    shown: Sequence[Example],
    *,
    sample: Sample | None = None,
    unit: str = "pairs",
) -> Outcome:
    """Judge the share of failures."""
    __tracebackhide__ = True
    levels = chosen_levels(alpha)
    judgement = judge_rate(
        int(failures.sum()),
        len(failures),
        limit=limit.value,
        alpha=levels.alpha,
        share=levels.share,
        population=None if sample is None else sample.population,
        quantity="failure rate",
        unit=unit,
    )
    if sample is not None:
        notes = (*judgement.evidence.notes, *sample.notes)
        evidence = replace(judgement.evidence, excluded=dict(sample.excluded), notes=notes)
        judgement = replace(judgement, evidence=evidence)
    return conclude_on_texts(metric, model, judgement, limit, levels, texts, shown)
