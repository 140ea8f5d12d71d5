"""Group fairness of decisions: rates that must not differ between groups.

All assertions here are one: a *notion* names the rates that it compares, the counting of
`metrics` gives the rates' numerators and denominators, and `evidence` judges every pair of groups.
"""

from __future__ import annotations

from typing import Any, Literal

from pytest_fairness.assertions.checks import one_of
from pytest_fairness.assertions.concluding import begin
from pytest_fairness.assertions.rate_checks import RateCheck
from pytest_fairness.metrics import RATES
from pytest_fairness.outcome import Outcome


def assert_demographic_parity(
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    control_features: Any = None,
    strata: Literal["mean", "worst_case"] = "mean",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that all groups are selected at nearly the same rate.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the selection rates of any two groups: P(y_pred = pos_label | group).

    Parameters
    ----------
    y_pred : array-like of shape (n,)
        Predicted classes: a list, an array, a tensor or a column of a data frame.
    sensitive_features : array-like of shape (n,), list of arrays, or table of shape (n, k)
        Group of each row; several columns make intersections. Missing labels are reported as
        ``unknown`` and not compared.
    max_difference : float in [0, 1], optional
        Largest accepted difference of two rates.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of two rates; 0.8 is the four-fifths rule of US hiring practice.
    control_features : array-like or table, optional
        What may explain a difference, such as the kind of job: groups are compared within its
        strata (conditional statistical parity).
    strata : {"mean", "worst_case"}, default "mean"
        Compare each group's rates averaged over the strata, which weigh by their size and are the
        same for every group, or judge every stratum by itself.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0. They cost precision, which the bounds take into account.
    clusters : array-like of shape (n,), optional
        Rows that belong together, such as those made from one template; they carry less evidence
        than as many independent ones.
    reference : str, optional
        Compare every group with this one only, instead of every two.
    pos_label : scalar, default 1
        The class that counts as selected.
    alpha : float in (0, 0.5), optional
        Error rate of this check alone. By default the run's alpha: all of it for a false `pass`,
        and this check's share of the session for a false `fail`.

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
    Calders and Verwer (2010); the ratio is the disparate impact of Feldman et al. (2015), the
    conditional form is that of Corbett-Davies et al. (2017).

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
    limit = begin("assert_demographic_parity", limits)
    check = RateCheck(
        sensitive_features, control_features, strata, sample_weight, clusters, reference, pos_label
    )
    return check.conclude("demographic_parity", ["selection_rate"], limit, None, y_pred, alpha)


def assert_equal_opportunity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    control_features: Any = None,
    strata: Literal["mean", "worst_case"] = "mean",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
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
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features, max_difference, min_ratio, control_features, strata
        As in `assert_demographic_parity`.
    sample_weight, clusters, reference, pos_label, alpha
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
    limit = begin("assert_equal_opportunity", limits)
    check = RateCheck(
        sensitive_features, control_features, strata, sample_weight, clusters, reference, pos_label
    )
    rates = ["true_positive_rate"]
    return check.conclude("equal_opportunity", rates, limit, y_true, y_pred, alpha)


def assert_equalized_odds(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    agg: Literal["worst_case", "mean", "average_odds"] = "worst_case",
    control_features: Any = None,
    strata: Literal["mean", "worst_case"] = "mean",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
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
    y_pred : array-like of shape (n,)
        Predicted classes.
    agg : {"worst_case", "mean", "average_odds"}, default "worst_case"
        Judge the worse of the two rates; or the mean of the two largest differences; or, for each
        two groups, the mean of their two absolute differences, as in AIF360's average absolute odds
        difference.
    sensitive_features, max_difference, min_ratio, control_features, strata
        As in `assert_demographic_parity`.
    sample_weight, clusters, reference, pos_label, alpha
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
    Hardt, Price and Srebro (2016), in the worst case over both rates by default; the average is
    that of Bellamy et al. (2018), of absolute differences, so that opposite signs do not cancel.

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
    limit = begin("assert_equalized_odds", limits)
    one_of("agg", agg, ("worst_case", "mean", "average_odds"))
    check = RateCheck(
        sensitive_features, control_features, strata, sample_weight, clusters, reference, pos_label
    )
    rates = ["true_positive_rate", "false_positive_rate"]
    return check.conclude("equalized_odds", rates, limit, y_true, y_pred, alpha, agg=agg)


def assert_predictive_parity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    use: Literal["positive", "both"] = "positive",
    control_features: Any = None,
    strata: Literal["mean", "worst_case"] = "mean",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a positive prediction is right nearly as often in every group.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the positive predictive values of any two groups: P(y_true = pos_label | y_pred = pos_label,
    group); with ``use="both"`` of the negative predictive values as well.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes.
    y_pred : array-like of shape (n,)
        Predicted classes.
    use : {"positive", "both"}, default "positive"
        ``"both"`` is conditional use accuracy equality.
    sensitive_features, max_difference, min_ratio, control_features, strata
        As in `assert_demographic_parity`.
    sample_weight, clusters, reference, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group needs rows that are
        predicted positive.
    ArgumentError
        If lengths differ, values are missing, or not exactly one limit is given.

    Notes
    -----
    Chouldechova (2017); Berk et al. (2021).

    *What a pass shows*: on rows like these, a positive prediction means the same for every group,
    within the limit. *What it does not show*: that those who deserve it get one equally often;
    where base rates differ, predictive parity and equal error rates exclude each other.

    Examples
    --------
    >>> from pytest_fairness import assert_predictive_parity
    >>> label = [1, 1, 0, 0] * 250
    >>> assert_predictive_parity(
    ...     label, label, sensitive_features=["a", "b"] * 500, max_difference=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio}
    limit = begin("assert_predictive_parity", limits)
    both = one_of("use", use, ("positive", "both")) == "both"
    notion = "conditional_use_accuracy_equality" if both else "predictive_parity"
    rates = ["positive_predictive_value", "negative_predictive_value"][: 1 + both]
    check = RateCheck(
        sensitive_features, control_features, strata, sample_weight, clusters, reference, pos_label
    )
    return check.conclude(notion, rates, limit, y_true, y_pred, alpha)


def assert_rate_parity(
    y_true: Any,
    y_pred: Any,
    *,
    rate: str,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    min_group: float | None = None,
    max_group: float | None = None,
    control_features: Any = None,
    strata: Literal["mean", "worst_case"] = "mean",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that one rate of the confusion matrix is nearly the same in all groups, or bounded.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the rates of any two groups; or the lowest or highest rate of any group.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes.
    y_pred : array-like of shape (n,)
        Predicted classes.
    rate : str
        One of ``"selection_rate"``, ``"true_positive_rate"``, ``"false_positive_rate"``
        (predictive equality), ``"true_negative_rate"``, ``"false_negative_rate"``,
        ``"positive_predictive_value"``, ``"negative_predictive_value"``,
        ``"false_discovery_rate"``, ``"false_omission_rate"``, ``"accuracy"``, ``"error_rate"`` and
        ``"base_rate"``.
    max_difference : float in [0, 1], optional
        Largest accepted difference of two groups' rates.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of two groups' rates.
    min_group, max_group : float in [0, 1], optional
        Lowest, or highest, accepted rate of any group: a floor or a ceiling for the worst one.
    sensitive_features, control_features, strata
        As in `assert_demographic_parity`.
    sample_weight, clusters, reference, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group has no rows that the
        rate could be taken over.
    ArgumentError
        If `rate` is none of these, lengths differ, values are missing, or not exactly one limit is
        given.

    Notes
    -----
    Chouldechova (2017); Berk et al. (2021); Saleiro et al. (2018); for floors Sagawa et al. (2020)
    and Martinez et al. (2020).

    *What a pass shows*: on rows like these, this one rate keeps the limit in every group. *What it
    does not show*: any other rate: groups can have equal false positive rates and very different
    false negative rates.

    Examples
    --------
    >>> from pytest_fairness import assert_rate_parity
    >>> label = [1, 1, 0, 0] * 250
    >>> assert_rate_parity(
    ...     label,
    ...     label,
    ...     rate="false_negative_rate",
    ...     sensitive_features=["a", "b"] * 500,
    ...     max_difference=0.1,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {
        "max_difference": max_difference,
        "min_ratio": min_ratio,
        "min_group": min_group,
        "max_group": max_group,
    }
    limit = begin("assert_rate_parity", limits)
    one_of("rate", rate, RATES)
    check = RateCheck(
        sensitive_features, control_features, strata, sample_weight, clusters, reference, pos_label
    )
    return check.conclude(rate, [rate], limit, y_true, y_pred, alpha)


def assert_treatment_equality(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    control_features: Any = None,
    strata: Literal["mean", "worst_case"] = "mean",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that errors lean towards the same side in every group.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    the shares of false negatives among a group's errors, FN / (FN + FP). Unlike FN / FP it is
    bounded, and says the same.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True classes.
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features, max_difference, min_ratio, control_features, strata
        As in `assert_demographic_parity`.
    sample_weight, clusters, reference, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group without errors has no
        such share.
    ArgumentError
        If lengths differ, values are missing, or not exactly one limit is given.

    Notes
    -----
    Berk et al. (2021).

    *What a pass shows*: on rows like these, wrong decisions favour and harm in the same proportion
    in every group, within the limit. *What it does not show*: how many wrong decisions there are.

    Examples
    --------
    >>> from pytest_fairness import assert_treatment_equality
    >>> groups = ["a", "a", "a", "a", "b", "b", "b", "b"] * 250
    >>> assert_treatment_equality(
    ...     [1, 1, 0, 0] * 500, [0, 1, 1, 0] * 500, sensitive_features=groups, max_difference=0.2
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio}
    limit = begin("assert_treatment_equality", limits)
    check = RateCheck(
        sensitive_features, control_features, strata, sample_weight, clusters, reference, pos_label
    )
    rates = ["false_negative_share_of_errors"]
    return check.conclude("treatment_equality", rates, limit, y_true, y_pred, alpha)
