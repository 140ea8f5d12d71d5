"""All groups at once: intersections of attributes, and bias that a model adds to its data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_fairness.assertions.checks import Levels, number
from pytest_fairness.assertions.classes import class_shares
from pytest_fairness.assertions.concluding import begin, check_not_empty, conclude
from pytest_fairness.assertions.features import checked
from pytest_fairness.assertions.redrawing import judge_table
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, judge_gap
from pytest_fairness.metrics import (
    Cube,
    bias_amplification_of,
    count_cube,
    differential_fairness_epsilon,
)
from pytest_fairness.outcome import Comparison, Evidence, Interval, Outcome, Verdict

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
    if not number("concentration", concentration) > 0 or math.isinf(concentration):
        raise ArgumentError(
            f"concentration={concentration!r} must be a finite number above 0: it is the weight of "
            "what is assumed before any row is seen."
        )
    check_not_empty("y_pred", y_pred)
    cube = checked(
        count_cube(
            None, y_pred, sensitive_features=sensitive_features, pos_label=None, classes=classes
        )
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
    cube = checked(
        count_cube(y_true, y_pred, sensitive_features=sensitive_features, pos_label=None)
    )
    table = cube.counts[: len(cube.compared), 0]
    n = int(table.sum())
    spread = table + 1 / max(table.size, 1)
    nothing = _not_amplified(cube)

    def judge(levels: Levels) -> Judgement:
        if nothing:
            return Judgement(Verdict.UNMEASURABLE, nothing, Evidence(None, None, "none", n))
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


def _not_amplified(cube: Cube) -> str:
    """Say why no bias can grow: too few groups or classes, or a group without rows."""
    if len(cube.compared) < 2:
        known = f"the one group {cube.compared[0]!r}" if cube.compared else "no known group"
        return (
            f"There are rows of {known}, and a class can be tied to groups only where there are "
            "two. Add rows of another group, or label the unknown ones."
        )
    rows = cube.rows[: len(cube.compared)].sum(axis=(1, 2, 3))
    empty = [repr(name) for name, n in zip(cube.compared, rows, strict=True) if not n]
    if empty:
        return (
            f"Group {', '.join(empty)} has no row, so nothing can be said of it. Add such rows, or "
            "leave the group out of the data and its categories."
        )
    if len(cube.classes) < 2:
        return (
            f"All labels and predictions are {cube.classes[0]!r}, and one class cannot be tied to "
            "a group. Add rows of other classes."
        )
    return ""
