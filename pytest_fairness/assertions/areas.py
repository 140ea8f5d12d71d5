"""Group fairness of ranking: how well scores put positives above negatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import one_of
from pytest_fairness.assertions.concluding import begin, suffix_of
from pytest_fairness.assertions.score_checks import Array, ScoreCheck
from pytest_fairness.evidence import Quantity, aucs
from pytest_fairness.metrics import UNKNOWN, Sample
from pytest_fairness.outcome import Outcome


def assert_auc_parity(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    min_group: float | None = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that scores rank positives above negatives nearly as well in every group.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the areas under the ROC curve of any two groups, each taken within its group; or the smallest
    area of any group.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes.
    y_score : array-like of shape (n,)
        Scores of the positive class.
    max_difference : float in [0, 1], optional
        Largest accepted difference of two areas.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of two areas.
    min_group : float in [0, 1], optional
        Smallest accepted area of any group.
    sensitive_features, reference, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group needs rows of both
        classes.
    ArgumentError
        If lengths differ, values are missing, or not exactly one limit is given.

    Notes
    -----
    Limits come from the variance of DeLong, DeLong and Clarke-Pearson (1988).

    *What a pass shows*: on rows like these, scores order the rows of each group nearly as well.
    *What it does not show*: how the groups rank against each other, which `assert_subgroup_auc`
    looks at, and what any threshold does.

    Examples
    --------
    >>> from pytest_fairness import assert_auc_parity
    >>> assert_auc_parity(
    ...     [0, 0, 1, 1] * 500,
    ...     [0.2, 0.2, 0.7, 0.7] * 500,
    ...     sensitive_features=["a", "b"] * 1000,
    ...     max_difference=0.05,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio, "min_group": min_group}
    limit = begin("assert_auc_parity", limits, unit="number")
    check = ScoreCheck(sensitive_features, reference=reference)
    samples = check.samples(
        y_true, y_score, truth="classes", pos_label=pos_label, probabilities=False
    )
    quantity = aucs("AUC", {name: _split(part) for name, part in samples.items()})
    remark = f"{pos_label!r} is positive."
    id = f"auc_{suffix_of(limit)}"
    return check.conclude(id, limit, [quantity], alpha, (y_true, y_score), remark=remark)


def assert_subgroup_auc(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    min_group: float,
    metric: Literal["all", "subgroup_auc", "bpsn_auc", "bnsp_auc"] = "all",
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that scores rank every group well: within it, and against all other rows.

    The statistic is the smallest area under the ROC curve (1 is best) of any group, over its own
    rows (subgroup AUC), over its negative rows and the positive rows of the background (BPSN), and
    over its positive rows and the negative rows of the background (BNSP).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes, such as toxic or not.
    y_score : array-like of shape (n,)
        Scores of the positive class.
    min_group : float in [0, 1]
        Smallest accepted area.
    metric : {"all", "subgroup_auc", "bpsn_auc", "bnsp_auc"}, default "all"
        A low BPSN AUC says that harmless rows of a group score higher than harmful ones of others;
        a low BNSP AUC that harmful rows of a group score lower than harmless ones of others.
    sensitive_features, pos_label, alpha
        As in `assert_demographic_parity`. Rows of ``unknown`` group belong to the background.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group or its background has no
        rows of a class.
    ArgumentError
        If lengths differ, values are missing, or `min_group` lies outside [0, 1].

    Notes
    -----
    Borkan et al. (2019), after Dixon et al. (2018).

    *What a pass shows*: on rows like these, one threshold can serve every group this well.
    *What it does not show*: that the threshold in use does.

    Examples
    --------
    >>> from pytest_fairness import assert_subgroup_auc
    >>> assert_subgroup_auc(
    ...     [0, 0, 1, 1] * 500,
    ...     [0.2, 0.3, 0.7, 0.8] * 500,
    ...     sensitive_features=["a", "b"] * 1000,
    ...     min_group=0.9,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limit = begin("assert_subgroup_auc", {"min_group": min_group}, unit="number")
    one_of("metric", metric, ("all", *_AREAS))
    check = ScoreCheck(sensitive_features)
    samples = check.samples(
        y_true, y_score, truth="classes", pos_label=pos_label, probabilities=False
    )
    chosen = _AREAS if metric == "all" else (metric,)
    quantities = [_area(one, samples) for one in chosen]
    id = "bias_auc_group_min" if metric == "all" else f"{metric}_group_min"
    remark = f"{pos_label!r} is positive."
    return check.conclude(
        id, limit, quantities, alpha, (y_true, y_score), remark=remark, same_rows=True
    )


_AREAS = ("subgroup_auc", "bpsn_auc", "bnsp_auc")


_AREA_WORDS = {"subgroup_auc": "subgroup AUC", "bpsn_auc": "BPSN AUC", "bnsp_auc": "BNSP AUC"}


def _area(metric: str, samples: Mapping[str, Sample]) -> Quantity:
    """Return one of the three areas for every known group."""
    pairs = {}
    for name, part in samples.items():
        if name == UNKNOWN:
            continue
        others = [other for key, other in samples.items() if key != name]
        pairs[name] = (
            _scores([part] if metric != "bnsp_auc" else others, positive=False),
            _scores([part] if metric != "bpsn_auc" else others, positive=True),
        )
    return aucs(_AREA_WORDS[metric], pairs)


def _scores(parts: list[Sample], *, positive: bool) -> Array:
    empty = [np.empty(0)]
    return np.concatenate(
        empty + [part.y_score[part.positive if positive else ~part.positive] for part in parts]
    )


def _split(rows: Sample) -> tuple[Array, Array]:
    return rows.y_score[~rows.positive], rows.y_score[rows.positive]
