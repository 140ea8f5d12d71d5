"""All groups at once: intersections of attributes, and bias that a model adds to its data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_fairness.assertions.checks import Levels
from pytest_fairness.assertions.classes import class_shares
from pytest_fairness.assertions.concluding import begin, check_not_empty, conclude
from pytest_fairness.assertions.redrawing import judge_table
from pytest_fairness.evidence import Judgement, judge_gap
from pytest_fairness.metrics import (
    bias_amplification_of,
    count_cube,
    differential_fairness_epsilon,
)
from pytest_fairness.outcome import Comparison, Interval, Outcome

_MEANINGS = {
    "max_epsilon": "the largest accepted logarithm of a ratio of two groups' shares",
    "max_amplification": "the largest accepted growth of the bias from labels to predictions",
}


def assert_differential_fairness(
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_epsilon: float,
    concentration: float = 1.0,
    classes: Sequence[Any] | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that no outcome tells one intersection of groups from another.

    The statistic is epsilon, the largest absolute logarithm of the ratio of two groups' shares of
    any outcome (0 is fair): the verdict rests on the shares as they are. The estimate smoothed by a
    Dirichlet prior, which the published measure uses and which decides its value in sparse cells,
    is printed in a note with its concentration.

    Parameters
    ----------
    y_pred : array-like of shape (n,)
        Predicted classes, of any number.
    sensitive_features : array-like of shape (n,), list of arrays, or table of shape (n, k)
        Attributes, whose intersections are compared.
    max_epsilon : float, at least 0
        Largest accepted epsilon; ``log(1.25)``, about 0.22, is as strict as the four-fifths rule,
        and is so for every outcome.
    concentration : float, default 1
        Of the Dirichlet prior of the smoothed estimate.
    classes : sequence, optional
        Every class, also those that are never predicted.
    alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ, values are missing, or `max_epsilon` is negative.

    Notes
    -----
    Foulds et al. (2020).

    *What a pass shows*: on rows like these, every outcome is about as likely in each intersection.
    *What it does not show*: that outcomes are deserved: true labels are not looked at.

    Examples
    --------
    >>> from pytest_fairness import assert_differential_fairness
    >>> assert_differential_fairness(
    ...     [1, 0] * 4000,
    ...     sensitive_features={
    ...         "gender": ["f", "f", "m", "m"] * 2000,
    ...         "old": [0] * 4000 + [1] * 4000,
    ...     },
    ...     max_epsilon=0.25,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_epsilon": max_epsilon}
    limit = begin("assert_differential_fairness", limits, _MEANINGS, most=math.inf, unit="number")
    check_not_empty("y_pred", y_pred)
    cube = count_cube(
        None, y_pred, sensitive_features=sensitive_features, pos_label=None, classes=classes
    )
    smoothed = differential_fairness_epsilon(
        None,
        y_pred,
        sensitive_features=sensitive_features,
        concentration=concentration,
        classes=classes,
    )
    note = f"Smoothed with concentration {concentration:g}, epsilon is {smoothed:.3g}."

    def judge(levels: Levels) -> Judgement:
        judgement = judge_gap(
            class_shares(cube),
            kind="ratio",
            limit=math.exp(-limit.value),
            alpha=levels.alpha,
            share=levels.share,
            same_rows=True,
        )
        return _as_epsilon(judgement, limit.value, note)

    return conclude(
        "differential_fairness_epsilon",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_pred,),
        alpha=alpha,
    )


def _as_epsilon(judgement: Judgement, limit: float, note: str) -> Judgement:
    """Write a judgement on the smallest ratio as one on the largest logarithm."""
    evidence = judgement.evidence
    written = replace(
        evidence,
        estimate=None if evidence.estimate is None else _log(evidence.estimate),
        interval=_turned(evidence.interval),
        minimum_detectable=None
        if evidence.minimum_detectable is None
        else _log(evidence.minimum_detectable),
        comparisons=tuple(_of_logs(c) for c in evidence.comparisons),
        deciding=None if evidence.deciding is None else _of_logs(evidence.deciding),
        notes=(*evidence.notes, note),
    )
    reason = f"{judgement.reason} In logarithms, the limit is epsilon {limit:g}."
    return replace(judgement, evidence=written, reason=reason)


def _of_logs(found: Comparison) -> Comparison:
    """Turn "smaller over larger" into "larger above smaller", in logarithms."""
    return replace(
        found,
        first=found.second,
        second=found.first,
        estimate=_log(found.estimate),
        interval=_turned(found.interval),
    )


def _turned(interval: Interval | None) -> Interval | None:
    if interval is None:
        return None
    return Interval(_log(interval.high), _log(interval.low), interval.confidence)


def _log(ratio: float) -> float:
    return abs(math.log(ratio)) if 0 < ratio <= 1 else math.inf


def assert_bias_amplification(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_amplification: float,
    alpha: float | None = None,
) -> Outcome:
    """Assert that predictions are not tied to groups more closely than the true labels are.

    The statistic is the directional bias amplification from attribute to task: how much further
    predictions lean, for each group and class, in the direction in which labels lean already (0 is
    fair; negative when the model leans less).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes, of any number.
    max_amplification : float in [0, 1]
        Largest accepted amplification.
    sensitive_features, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ, values are missing, or `max_amplification` lies outside [0, 1].

    Notes
    -----
    Wang and Russakovsky (2021), after Zhao et al. (2017). One row, spread evenly over all cells, is
    added to the counts, so that a model without errors on few rows is not certain.

    *What a pass shows*: on rows like these, the model adds little to the association that its
    labels have. *What it does not show*: that this association is fair, or small.

    Examples
    --------
    >>> from pytest_fairness import assert_bias_amplification
    >>> labels = [1, 0, 0, 1, 1, 0] * 500
    >>> assert_bias_amplification(
    ...     labels, labels, sensitive_features=["a", "b", "b"] * 1000, max_amplification=0.05
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_amplification": max_amplification}
    limit = begin("assert_bias_amplification", limits, _MEANINGS)
    check_not_empty("y_pred", y_pred)
    cube = count_cube(y_true, y_pred, sensitive_features=sensitive_features, pos_label=None)
    table = cube.counts[: len(cube.compared), 0]
    n = int(table.sum())
    spread = table + 1 / max(table.size, 1)

    def judge(levels: Levels) -> Judgement:
        words = "bias amplification"
        judgement = judge_table(words, spread, bias_amplification_of, limit.value, levels)
        reason = judgement.reason.replace(f"{n + 1} rows", f"{n} rows")
        return replace(judgement, reason=reason, evidence=replace(judgement.evidence, n=n))

    return conclude(
        "directional_bias_amplification",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_true, y_pred),
        alpha=alpha,
    )
