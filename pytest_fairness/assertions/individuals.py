"""Fairness between single rows: like rows treated alike, benefits spread evenly."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import Levels, number, one_of, whole_number
from pytest_fairness.assertions.concluding import begin, check_not_empty, conclude
from pytest_fairness.assertions.features import checked
from pytest_fairness.assertions.redrawing import judge_table
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement
from pytest_fairness.metrics import (
    consistency_score,
    count_cube,
    cramers_v_of,
    entropy_index,
    lipschitz_violation_rate,
)
from pytest_fairness.metrics.numbers import as_numbers
from pytest_fairness.outcome import Evidence, Interval, Outcome, Tolerance, Verdict

_MEANINGS = {
    "max_inequality": "the largest accepted inequality of benefits",
    "max_association": "the largest accepted association, Cramer's V",
    "min_consistency": "the smallest accepted agreement of a row with its nearest ones",
    "max_violation_rate": "the largest accepted share of pairs of rows that differ too much",
}


def assert_benefit_equality(
    y_true: Any,
    y_pred: Any,
    *,
    max_inequality: float,
    index: Literal["generalized_entropy", "theil"] = "generalized_entropy",
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that the benefits of decisions are spread evenly over individuals.

    A row's benefit is 1 when the decision is right, 2 when it is undeservedly positive and 0 when
    it is undeservedly negative. The statistic is their generalised entropy index with alpha 2, or
    their Theil index (0 is fair).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes, of two.
    max_inequality : float, at least 0
        Largest accepted index.
    index : {"generalized_entropy", "theil"}, default "generalized_entropy"
        Which index.
    pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: all benefits are 0.
    ArgumentError
        If lengths differ, values are missing, or `max_inequality` is negative.

    Notes
    -----
    Speicher et al. (2018).

    *What a pass shows*: on rows like these, decisions treat individuals as evenly as the limit
    asks. *What it does not show*: that decisions are right: a model that is always wrong in the
    same direction spreads its benefits evenly.

    Examples
    --------
    >>> from pytest_fairness import assert_benefit_equality
    >>> assert_benefit_equality(
    ...     [1, 0] * 2000, [1, 0] * 2000, max_inequality=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    one_of("index", index, ("generalized_entropy", "theil"))
    limits = {"max_inequality": max_inequality}
    limit = begin("assert_benefit_equality", limits, _MEANINGS, most=float("inf"), unit="number")
    check_not_empty("y_pred", y_pred)
    cube = count_cube(
        y_true, y_pred, sensitive_features=np.zeros(len(y_pred), dtype=int), pos_label=pos_label
    )
    table = cube.counts[0, 0]
    positive = cube.classes.index(pos_label)
    order = 2.0 if index == "generalized_entropy" else 1.0
    benefit = np.array([[1.0, 2.0], [0.0, 1.0]])  # by true and predicted class, negative first
    benefit = benefit if positive == 1 else benefit[::-1, ::-1]

    def of(cells: Any) -> float:
        return float(entropy_index(benefit.ravel(), alpha=order, sample_weight=cells.ravel()))

    def judge(levels: Levels) -> Judgement:
        words = "Theil index" if index == "theil" else "generalised entropy index"
        return judge_table(words, table, of, limit.value, levels)

    return conclude(
        "theil_index" if index == "theil" else "generalized_entropy_index",
        limit,
        judge,
        sensitive_features=None,
        data=(y_true, y_pred),
        alpha=alpha,
        remark=f"{pos_label!r} is positive.",
    )


def assert_independence(
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_association: float,
    alpha: float | None = None,
) -> Outcome:
    """Assert that predictions of any number of classes tell next to nothing of the group.

    The statistic is Cramer's V between prediction and group, corrected for its bias (0 is fair, 1
    means that one gives away the other).

    Parameters
    ----------
    y_pred : array-like of shape (n,)
        Predicted classes, of any number.
    max_association : float in [0, 1]
        Largest accepted value.
    sensitive_features, alpha
        As in `assert_demographic_parity`. Rows of ``unknown`` group are left out.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: there is one group only.
    ArgumentError
        If lengths differ, values are missing, or `max_association` lies outside [0, 1].

    Notes
    -----
    Cramer (1946), with the correction of Bergsma (2013).

    *What a pass shows*: on rows like these, groups and predictions go together no more than the
    limit allows. *What it does not show*: which group is favoured, or that none is in one class:
    a small group can be treated very differently and hardly move the number.

    Examples
    --------
    >>> from pytest_fairness import assert_independence
    >>> assert_independence(
    ...     ["x", "y", "z"] * 1000, sensitive_features=["a", "b"] * 1500, max_association=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_association": max_association}
    limit = begin("assert_independence", limits, _MEANINGS, unit="number")
    check_not_empty("y_pred", y_pred)
    cube = checked(count_cube(None, y_pred, sensitive_features=sensitive_features, pos_label=None))
    table = cube.counts[: len(cube.compared), 0, 0]
    independent = np.outer(table.sum(axis=1), table.sum(axis=0))

    def judge(levels: Levels) -> Judgement:
        words = "bias-corrected Cramer's V"
        return judge_table(words, table, cramers_v_of, limit.value, levels, null=independent)

    return conclude(
        "cramers_v",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_pred,),
        alpha=alpha,
    )


def assert_individual_fairness(
    y_score: Any,
    *,
    features: Any = None,
    distances: Any = None,
    min_consistency: float | None = None,
    max_violation_rate: float | None = None,
    n_neighbors: int = 5,
    lipschitz: float = 1.0,
) -> Outcome:
    """Assert that rows which are alike get like scores.

    The statistic is the consistency of each row's score with that of its nearest rows (1 is fair),
    or the share of pairs of rows whose scores differ by more than `lipschitz` times their distance
    (0 is fair).

    Parameters
    ----------
    y_score : array-like of shape (n,)
        Scores or predicted classes, in [0, 1].
    features : array-like of shape (n, k), optional
        What rows are compared by, such as embeddings of their texts; Euclidean distances.
    distances : array-like of shape (n, n), optional
        Distances between rows, instead of `features`. The choice of a distance is the whole
        question: it says who ought to be treated alike.
    min_consistency : float in [0, 1], optional
        Smallest accepted consistency.
    max_violation_rate : float in [0, 1], optional
        Largest accepted share of pairs.
    n_neighbors : int, default 5
        How many nearest rows consistency looks at.
    lipschitz : float, default 1
        Largest accepted change of score per unit of distance.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail` or `unmeasurable`.
    ArgumentError
        If not exactly one limit and one of `features` and `distances` is given, or lengths differ.

    Notes
    -----
    Zemel et al. (2013); Dwork et al. (2012). The verdict is exact for these rows and speaks of no
    others: rows share their neighbours, so that there is no independent sample to bound it with.

    *What a pass shows*: among these rows, likeness in the given sense goes with likeness of scores.
    *What it does not show*: that the distance means what it should, or anything about other rows.

    Examples
    --------
    >>> from pytest_fairness import assert_individual_fairness
    >>> assert_individual_fairness(
    ...     [0.1, 0.1, 0.9, 0.9],
    ...     features=[[0.0], [0.1], [5.0], [5.1]],
    ...     n_neighbors=1,
    ...     min_consistency=0.9,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"min_consistency": min_consistency, "max_violation_rate": max_violation_rate}
    limit = begin("assert_individual_fairness", limits, _MEANINGS, unit="number")
    if (features is None) == (distances is None):
        raise ArgumentError("Give exactly one of features= and distances=: who is like whom.")
    check_not_empty("y_score", y_score)
    whole_number("n_neighbors", n_neighbors, 1)
    if not 0 <= number("lipschitz", lipschitz) < math.inf:
        raise ArgumentError(f"lipschitz={lipschitz!r} must be a finite number of at least 0.")
    if min_consistency is not None:
        scores = as_numbers("y_score", y_score, 0.0, 1.0)
        if 1 < len(scores) <= n_neighbors:
            raise ArgumentError(
                f"n_neighbors={n_neighbors} must be below the number of rows, n={len(scores)}: a "
                "row has no more neighbours than there are other rows."
            )
        found = consistency_score(
            scores, features=features, distances=distances, n_neighbors=n_neighbors
        )
    else:
        found = lipschitz_violation_rate(
            y_score, features=features, distances=distances, lipschitz=lipschitz
        )

    def judge(levels: Levels) -> Judgement:
        return _exact(found, limit, len(y_score))

    return conclude(
        "consistency_score" if min_consistency is not None else "lipschitz_violation_rate",
        limit,
        judge,
        sensitive_features=None,
        data=(y_score, features, distances),
        alpha=None,
    )


def _exact(found: float, limit: Tolerance, n: int) -> Judgement:
    """Judge a number of all rows that it speaks of."""
    if found != found:
        reason = "It cannot be measured on these rows: no two of them can be compared. Add rows."
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", n))
    kept = found <= limit.value if limit.is_upper else found >= limit.value
    word = "within" if kept else ("above" if limit.is_upper else "below")
    return Judgement(
        Verdict.PASS if kept else Verdict.FAIL,
        f"Over these {n} rows it is {found:.4g}, {word} the limit {limit.value:g}.",
        Evidence(found, Interval(found, found, 1.0), "all rows, exact", n, population=n),
    )
