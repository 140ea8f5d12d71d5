"""Group fairness of decisions: rates that must not differ between groups."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import (
    chosen_alpha,
    fingerprint,
    only_limit,
    refuse_inside_given,
    settle,
)
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import judge_gap
from pytest_fairness.metrics import count_tables
from pytest_fairness.outcome import Outcome
from pytest_fairness.settings import current, current_run

_LIMITS = {
    "max_difference": "the largest accepted difference between two groups' rates",
    "min_ratio": "the smallest accepted ratio of two groups' rates",
}
_QUANTITIES = {
    "demographic_parity": ("selection rate",),
    "equal_opportunity": ("true positive rate",),
    "equalized_odds": ("true positive rate", "false positive rate"),
}
_ADVICE = "Compute the predictions in a test without @given, and judge them there."


def assert_demographic_parity(
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that all groups are selected at nearly the same rate.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the selection rates of any two groups: P(y_pred = pos_label | group).

    Parameters
    ----------
    y_pred : array-like of shape (n,)
        Predicted classes: an array, list or pandas Series.
    sensitive_features : array-like of shape (n,) or (n, k), or DataFrame
        Group of each row; several columns make intersections. Missing labels are reported as
        ``unknown`` and not compared.
    max_difference : float in [0, 1], optional
        Largest accepted difference of two rates.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of two rates; 0.8 is the four-fifths rule of US hiring practice.
    pos_label : scalar, default 1
        The class that counts as selected.
    alpha : float in (0, 0.5), optional
        Error rate of each verdict; the run's setting by default.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ, values are missing, or not exactly one limit is given.

    Notes
    -----
    Calders and Verwer (2010); the ratio is the disparate impact of Feldman et al. (2015).

    *What a pass shows*: on rows like these, no two groups are selected at rates further apart than
    the limit. *What it does not show*: that the decisions are right, or equally right, for each
    group: it ignores the true labels.

    Examples
    --------
    >>> from pytest_fairness import assert_demographic_parity
    >>> groups = ["a", "b"] * 500
    >>> hired = [1, 1, 0, 0] * 250
    >>> assert_demographic_parity(
    ...     hired, sensitive_features=groups, max_difference=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio}
    return _assert_parity(
        "demographic_parity", None, y_pred, sensitive_features, limits, pos_label, alpha
    )


def assert_equal_opportunity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that those who deserve selection are selected at nearly the same rate in all groups.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the true positive rates of any two groups: P(y_pred = pos_label | y_true = pos_label, group).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes.
    y_pred, sensitive_features, max_difference, min_ratio, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group without rows of the
        positive class has no true positive rate.
    ArgumentError
        If lengths differ, values are missing, or not exactly one limit is given.

    Notes
    -----
    Hardt, Price and Srebro (2016).

    *What a pass shows*: among rows like these whose label is positive, no two groups are selected
    at rates further apart than the limit. *What it does not show*: anything about those whose label
    is negative, or about bias in the labels themselves.

    Examples
    --------
    >>> from pytest_fairness import assert_equal_opportunity
    >>> groups = ["a", "b"] * 500
    >>> label = [1, 1, 0, 0] * 250
    >>> assert_equal_opportunity(
    ...     label, label, sensitive_features=groups, min_ratio=0.8
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio}
    return _assert_parity(
        "equal_opportunity", y_true, y_pred, sensitive_features, limits, pos_label, alpha
    )


def assert_equalized_odds(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that all groups have nearly the same true positive and false positive rates.

    The statistic is the larger difference of the two (0 is fair), or the smaller ratio (1 is fair),
    between any two groups.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes.
    y_pred, sensitive_features, max_difference, min_ratio, pos_label, alpha
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
    Hardt, Price and Srebro (2016), in the worst case over both rates.

    *What a pass shows*: on rows like these, both kinds of error strike all groups alike within the
    limit. *What it does not show*: that errors are rare, that scores are calibrated, or that the
    labels are free of bias.

    Examples
    --------
    >>> from pytest_fairness import assert_equalized_odds
    >>> groups = ["a", "b"] * 500
    >>> label = [1, 1, 0, 0] * 250
    >>> assert_equalized_odds(
    ...     label, label, sensitive_features=groups, max_difference=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio}
    return _assert_parity(
        "equalized_odds", y_true, y_pred, sensitive_features, limits, pos_label, alpha
    )


def _assert_parity(
    notion: str,
    y_true: Any,
    y_pred: Any,
    sensitive_features: Any,
    limits: dict[str, float | None],
    pos_label: Any,
    alpha: float | None,
) -> Outcome:
    """Count, judge and settle: what the three assertions share."""
    __tracebackhide__ = True
    refuse_inside_given(f"assert_{notion}", _ADVICE)
    limit = only_limit(limits, _LIMITS)
    error_rate = chosen_alpha(alpha)
    if np.size(y_pred) == 0 and hasattr(y_pred, "__len__"):
        raise ArgumentError("y_pred is empty: there are no rows to judge. Give one entry per row.")
    counts = count_tables(
        y_true,
        y_pred,
        sensitive_features=sensitive_features,
        quantities=_QUANTITIES[notion],
        pos_label=pos_label,
    )
    kind: Literal["difference", "ratio"] = "difference" if limit.is_upper else "ratio"
    judgement = judge_gap(counts, kind=kind, limit=limit.value, alpha=error_rate)
    return settle(
        Outcome(
            metric=f"{notion}_{kind}",
            definition=_definition(notion, kind, pos_label),
            verdict=judgement.verdict,
            reason=judgement.reason,
            tolerance=limit,
            evidence=judgement.evidence,
            attribute=_feature_name(sensitive_features),
            data_fingerprint=fingerprint(map(_plain_text, (y_true, y_pred, sensitive_features))),
            alpha=error_rate,
            seed=current().seed,
            test=current_run().test,
        )
    )


def _definition(notion: str, kind: str, pos_label: Any) -> str:
    rates = " and ".join(f"{quantity}s" for quantity in _QUANTITIES[notion])
    what, fair = ("Largest difference", 0) if kind == "difference" else ("Smallest ratio", 1)
    return f"{what} of {rates} between two groups ({pos_label!r} is positive). {fair} is fair."


def _plain_text(values: Any) -> str:
    """Return labels as text, whatever holds them, so that equal data have equal fingerprints."""
    columns = values.values() if isinstance(values, dict) else [values]
    return "\n".join("\t".join(map(str, np.asarray(c).ravel().tolist())) for c in columns)


def _feature_name(sensitive_features: Any) -> str | None:
    """Return the name that a pandas Series, or the columns of a table, carry."""
    columns = getattr(sensitive_features, "columns", None)
    if columns is not None:
        return ", ".join(str(column) for column in columns)
    name = getattr(sensitive_features, "name", None)
    return None if name is None else str(name)
