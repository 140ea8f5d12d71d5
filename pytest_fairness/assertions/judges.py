"""Whether a judge made from a language model agrees with people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import Levels
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, judge_rate
from pytest_fairness.models.judges import Judge
from pytest_fairness.outcome import Example, Outcome

_MEANINGS = {"max_error_rate": "the largest accepted share of texts that it judges otherwise"}


def assert_judge_agreement(
    judge: Judge,
    texts: Iterable[str],
    labels: Iterable[Any],
    *,
    max_error_rate: float,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a judge agrees with the labels of people, before it decides anything.

    The statistic is the share of texts that it judges otherwise; one that it judges differently in
    the two orders of its answers counts as judged otherwise. Texts on which an answer could not be
    read are left out, and counted.

    Parameters
    ----------
    judge : Judge
    texts : iterable of str
    labels : iterable of bool, or of the judge's answers
        What people say of each text; True stands for the first answer.
    max_error_rate : float in [0, 1]
    alpha : float, optional

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a label is none of the answers, or lengths differ.
    ModelError
        If no answer could be read.

    Notes
    -----
    Zheng et al. (2023).

    *What a pass shows*: on texts like these the judge says what people say. *What it does not
    show*: that it does so of all groups alike: give texts about each, and compare.
    """
    __tracebackhide__ = True
    bound = begin("assert_judge_agreement", {"max_error_rate": max_error_rate}, _MEANINGS)
    listed = list(texts)
    wanted = np.array([_as_value(judge, label) for label in labels])
    if len(wanted) != len(listed):
        raise ArgumentError(f"There are {len(listed)} texts and {len(wanted)} labels.")
    found = judge.judge(listed)
    read = ~np.isnan(found.values)
    wrong = np.flatnonzero(read & (found.values != wanted)).tolist()

    def measure(levels: Levels) -> Judgement:
        judged = judge_rate(
            len(wrong),
            int(read.sum()),
            limit=bound.value,
            alpha=levels.alpha,
            share=levels.share,
            quantity="error rate of the judge",
            unit="texts",
        )
        excluded = {"answers that could not be read": found.unread} if found.unread else {}
        return replace(judged, evidence=replace(judged.evidence, excluded=excluded))

    return conclude(
        "judge_error_rate",
        bound,
        measure,
        sensitive_features=None,
        data=(listed, wanted, found.values),
        alpha=alpha,
        remark=f"{found.undecided} answers depend on the order.",
        model=judge.model,
        examples=[
            Example(
                texts=(listed[i],),
                groups=(f"people: {_as_words(judge, wanted[i])}",),
                labels=(_as_words(judge, found.values[i]),),
                scores=(),
                change=1.0,
            )
            for i in wrong[:SHOWN_EXAMPLES]
        ],
    )


def _as_words(judge: Judge, value: float) -> str:
    first, second = judge.answers
    return {1.0: first, 0.0: second}.get(float(value), f"{first} or {second}, by their order")


def _as_value(judge: Judge, label: Any) -> float:
    if isinstance(label, str):
        if label not in judge.answers:
            raise ArgumentError(f"label {label!r} must be {' or '.join(judge.answers)}.")
        return float(label == judge.answers[0])
    if label in (0, 1):
        return float(label)
    raise ArgumentError(f"label {label!r} must be True, False, {' or '.join(judge.answers)}.")
