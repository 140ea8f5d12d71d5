"""A model that answers only when it is sure: who gets an answer, and whether it is right.

A row is *answered* when its confidence is at least `threshold`. Raising the threshold can help one
group and harm another (Jones et al. 2021), so look at coverage and at accuracy.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.labels import as_vector
from pytest_fairness.metrics.numbers import Array, check_paired
from pytest_fairness.metrics.samples import NAN, Sample
from pytest_fairness.metrics.score_metrics import Method, score_metric, wrapped
from pytest_fairness.metrics.scores import Kind, Statistic, score_values


class SelectiveMetric(Protocol):
    """A metric of the answers that a model is sure of."""

    __name__: str

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        confidence: Any,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        **options: Any,
    ) -> float:
        """Return the metric."""
        ...


def selective_values(
    statistic: Statistic,
    y_true: Any,
    y_pred: Any,
    *,
    confidence: Any,
    sensitive_features: Any,
    sample_weight: Any = None,
    **options: Any,
) -> dict[str, float]:
    """Return a statistic of answers for each group, nan where it cannot be formed.

    Parameters
    ----------
    statistic : Statistic
        `COVERAGE`, `SELECTIVE_ACCURACY`, `SELECTIVE_RISK` or `AURC`.
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels, of any number of classes.
    confidence : array-like of shape (n,)
        How sure the model is of each answer; higher is surer.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0; not taken by `AURC`.
    **options
        ``threshold``: least confidence with which an answer is given; all but `AURC` need it.

    Returns
    -------
    dict of str to float

    Examples
    --------
    >>> selective_values(COVERAGE, [1, 0], [1, 1], confidence=[0.75, 0.5],
    ...                  sensitive_features=["a", "b"], threshold=0.6)
    {'a': 1.0, 'b': 0.0}
    """
    return score_values(
        statistic,
        right(y_true, y_pred),
        confidence,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        **options,
    )


def right(y_true: Any, y_pred: Any) -> Array:
    """Return 1 where the predicted label is the true one, else 0."""
    truth, said = as_vector("y_true", y_true), as_vector("y_pred", y_pred)
    check_paired("y_true", len(truth), "y_pred", len(said))
    return np.asarray(truth == said, dtype=np.float64)


def _coverage(group: Sample, threshold: float | None = None) -> float:
    return group.mean(_answered(group, threshold).astype(np.float64))


def _selective_accuracy(group: Sample, threshold: float | None = None) -> float:
    answered = group.where(_answered(group, threshold))
    return answered.mean(answered.y_true)


def _selective_risk(group: Sample, threshold: float | None = None) -> float:
    return 1.0 - _selective_accuracy(group, threshold)


def _answered(group: Sample, threshold: float | None) -> NDArray[np.bool_]:
    if threshold is None or not np.isfinite(threshold):
        raise ArgumentError(
            f"threshold={threshold!r} must be a finite number: the least confidence with which an "
            "answer is given, such as 0.8."
        )
    return np.asarray(group.y_score >= threshold)


def _aurc(group: Sample) -> float:
    """Average the risk over all coverages; rows of equal confidence count in mean order."""
    if not len(group.y_score):
        return NAN
    levels, codes = np.unique(-group.y_score, return_inverse=True)
    codes = codes.reshape(-1)
    wrong = np.bincount(codes, weights=1 - group.y_true, minlength=len(levels))
    share = (wrong / np.bincount(codes))[np.sort(codes)]
    return float(np.mean(np.cumsum(share) / np.arange(1, len(share) + 1)))


COVERAGE = Statistic("coverage", _coverage, truth="numbers", options=("threshold",))
SELECTIVE_ACCURACY = Statistic(
    "selective_accuracy", _selective_accuracy, truth="numbers", options=("threshold",)
)
SELECTIVE_RISK = Statistic(
    "selective_risk", _selective_risk, truth="numbers", options=("threshold",)
)
AURC = Statistic("aurc", _aurc, truth="numbers", weighted=False)
STATISTICS = (COVERAGE, SELECTIVE_ACCURACY, SELECTIVE_RISK, AURC)

_DOCSTRING = """{summary}

    {formula}{shows}

    {does_not_show}

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels, of any number of classes.
    confidence : array-like of shape (n,)
        How sure the model is of each answer; higher is surer.
    sensitive_features : array-like of shape (n,), or table of shape (n, n_attributes)
        Group labels; of several columns the intersections. Missing labels form the group
        ``"unknown"``, which is not compared.
    method : {{"between_groups", "to_overall"}}, default "between_groups"
        Hold groups against each other, or each group against all rows together.
    sample_weight : array-like of shape (n,), optional
        {weight}{options}

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when a group has no row that the number could be taken over.

    Raises
    ------
    ArgumentError
        If lengths differ, confidences are missing, or there are too few groups.

    References
    ----------
    {source}.

    Examples
    --------
    >>> {name}(
    ...     [1, 0, 1, 0], [1, 0, 0, 0], confidence=[0.75, 0.5, 0.75, 0.875],
    ...     sensitive_features=["a", "a", "b", "b"],{threshold}
    ... )
    {value}
    """
_THRESHOLD = "\n    threshold : float\n        Least confidence with which an answer is given."


def _selective_metric(statistic: Statistic, kind: Kind, value: str) -> SelectiveMetric:
    whole = score_metric(statistic, kind)

    def metric(
        y_true: Any,
        y_pred: Any,
        *,
        confidence: Any,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        **options: Any,
    ) -> float:
        return whole(
            right(y_true, y_pred),
            confidence,
            sensitive_features=sensitive_features,
            method=method,
            sample_weight=sample_weight,
            **options,
        )

    metric.__name__ = metric.__qualname__ = f"{statistic.name}_{kind}"
    metric.__doc__ = _docstring(statistic, kind, value)
    return metric


def _docstring(statistic: Statistic, kind: Kind, value: str) -> str:
    said = definition(f"{statistic.name}_{kind}")
    word = "fair" if kind == "difference" else "best"
    return _DOCSTRING.format(
        summary=wrapped(f"{said.statistic}; {said.fair:g} is {word}."),
        formula=f":math:`{said.formula}`.\n\n    " if said.formula else "",
        shows=wrapped(f"What it shows: {said.shows}"),
        does_not_show=wrapped(f"What it does not show: {said.does_not_show}"),
        weight="Weights of at least 0." if statistic.weighted else "Not taken.",
        options=_THRESHOLD if statistic.options else "",
        source=wrapped(said.source),
        name=said.id,
        threshold=" threshold=0.6," if statistic.options else "",
        value=value,
    )


coverage_difference = _selective_metric(COVERAGE, "difference", "0.5")
coverage_group_min = _selective_metric(COVERAGE, "group_min", "0.5")
selective_accuracy_difference = _selective_metric(SELECTIVE_ACCURACY, "difference", "0.5")
selective_accuracy_group_min = _selective_metric(SELECTIVE_ACCURACY, "group_min", "0.5")
selective_risk_difference = _selective_metric(SELECTIVE_RISK, "difference", "0.5")
selective_risk_group_max = _selective_metric(SELECTIVE_RISK, "group_max", "0.5")
aurc_difference = _selective_metric(AURC, "difference", "0.25")
aurc_group_max = _selective_metric(AURC, "group_max", "0.25")
