"""Group fairness of decisions with more than two classes, or several labels at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import Levels, one_of
from pytest_fairness.assertions.concluding import begin, check_not_empty, conclude
from pytest_fairness.assertions.features import checked, chosen_reference, told
from pytest_fairness.assertions.rate_checks import judged
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, Quantity, judge_distance, rates
from pytest_fairness.metrics import UNKNOWN, Cube, as_array, count_cube
from pytest_fairness.metrics.columns import factorise, is_missing
from pytest_fairness.metrics.labels import sort_values
from pytest_fairness.metrics.measures import recalls
from pytest_fairness.metrics.rates import weight_effect
from pytest_fairness.outcome import Evidence, GroupRate, Outcome, Tolerance, Verdict
from pytest_fairness.settings import current


def assert_class_parity(
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float,
    distance: Literal["class", "total_variation"] = "class",
    classes: Sequence[Any] | None = None,
    sample_weight: Any = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that every class is predicted nearly as often in every group.

    The statistic is the largest difference (0 is fair) between two groups' shares of any one class;
    or the total variation distance between two groups' predictions, which is the largest
    difference of any *set* of classes.

    Parameters
    ----------
    y_pred : array-like of shape (n,)
        Predicted classes, of any number.
    max_difference : float in [0, 1]
        Largest accepted difference.
    distance : {"class", "total_variation"}, default "class"
        What is compared.
    classes : sequence, optional
        Every class, also those that are never predicted.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0; for ``distance="class"`` only.
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
        If lengths differ, values are missing, or `max_difference` lies outside [0, 1].

    Notes
    -----
    Denis et al. (2021) for classes, Alghamdi et al. (2022) for total variation.

    *What a pass shows*: on rows like these, no class is given to one group much oftener than to
    another. *What it does not show*: that the classes are right: true labels are not looked at.

    Examples
    --------
    >>> from pytest_fairness import assert_class_parity
    >>> assert_class_parity(
    ...     ["cat", "dog", "fish"] * 1000, sensitive_features=["a", "b"] * 1500, max_difference=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limit = begin("assert_class_parity", {"max_difference": max_difference})
    one_of("distance", distance, ("class", "total_variation"))
    if distance == "total_variation" and sample_weight is not None:
        raise ArgumentError("distance='total_variation' takes no sample_weight=. Leave it out.")
    cube = _cube(None, y_pred, sensitive_features, sample_weight, classes)
    if distance == "class":
        return _conclude(
            "class_parity_difference",
            limit,
            class_shares(cube),
            sensitive_features,
            (y_pred, sample_weight),
            alpha,
        )
    cells = {name: cube.counts[g, 0, 0] for g, name in enumerate(cube.names) if name != UNKNOWN}

    shown = tuple(
        GroupRate(
            name,
            f"share predicted {label}",
            float(k / row.sum()) if row.sum() else None,
            int(row.sum()),
        )
        for name, row in cells.items()
        for label, k in zip(cube.classes, row, strict=True)
    )

    def judge(levels: Levels) -> Judgement:
        judgement = judge_distance(
            "distributions of predicted classes",
            cells,
            distance="total_variation",
            cells=[str(label) for label in cube.classes],
            limit=limit.value,
            alpha=levels.alpha,
            share=levels.share,
            seed=current().seed,
        )
        return replace(judgement, evidence=replace(judgement.evidence, groups=shown))

    return conclude(
        "total_variation_difference",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_pred,),
        alpha=alpha,
    )


def assert_class_odds(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float,
    cells: Literal["all", "recall", "recall_rms"] = "all",
    classes: Sequence[Any] | None = None,
    sample_weight: Any = None,
    reference: str | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that rows of one true class are treated alike in every group, for every class.

    The statistic is the largest difference (0 is fair) between two groups over the cells of the
    confusion matrix, P(y_pred = k | y_true = j, group): multi-class equalized odds. With
    ``cells="recall"`` over its diagonal alone: the true positive rate of every class; with
    ``cells="recall_rms"`` the root mean square of its differences (GAP).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted classes, of any number.
    max_difference : float in [0, 1]
        Largest accepted difference of any cell.
    cells : {"all", "recall", "recall_rms"}, default "all"
        Which cells are compared, and how they are put together.
    classes : sequence, optional
        The true classes whose rows are compared, every one by default. Leave a class out that is
        predicted but never true.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0; not for ``"recall_rms"``.
    sensitive_features, reference, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: every group needs rows of every
        true class.
    ArgumentError
        If lengths differ, values are missing, or `max_difference` lies outside [0, 1].

    Notes
    -----
    Putzel and Lee (2022); the diagonal as in De-Arteaga et al. (2019).

    *What a pass shows*: on rows like these, whoever belongs to a class is put into each class
    nearly as often, whatever the group. *What it does not show*: that errors are rare.

    Examples
    --------
    >>> from pytest_fairness import assert_class_odds
    >>> labels = ["cat", "dog", "fish"] * 1000
    >>> assert_class_odds(
    ...     labels, labels, sensitive_features=["a", "b"] * 1500, max_difference=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limit = begin("assert_class_odds", {"max_difference": max_difference})
    one_of("cells", cells, ("all", "recall", "recall_rms"))
    known = None if classes is None else _with_predicted(classes, y_true, y_pred)
    cube = _cube(y_true, y_pred, sensitive_features, sample_weight, known)
    true = len(cube.classes) if classes is None else len(classes)
    never = _never_true(cube, true)
    if cells == "recall_rms":
        rows = (y_true, y_pred)
        return _recall_rms(cube, limit, sensitive_features, rows, alpha, reference, true, never)
    predicted = range(len(cube.classes))
    chosen = [(j, k) for j in range(true) for k in predicted if cells == "all" or j == k]
    return _conclude(
        "multiclass_equalized_odds_difference" if cells == "all" else "class_recall_difference",
        limit,
        [_predicted_of(cube, j, k) for j, k in chosen],
        sensitive_features,
        (y_true, y_pred, sample_weight),
        alpha,
        reference,
        n=int(cube.rows[: len(cube.compared)].sum()),
        instead=never,
    )


def _lacking(tables: Mapping[str, Any], classes: Sequence[Any]) -> str:
    """Say which groups lack rows of a class, where that leaves no two to compare."""
    lacks = {
        name: [repr(c) for c, row in zip(classes, table, strict=False) if not row.sum()]
        for name, table in tables.items()
    }
    if sum(not missing for missing in lacks.values()) > 1 or not any(lacks.values()):
        return ""
    named = "; ".join(f"{name!r} of {', '.join(found)}" for name, found in lacks.items() if found)
    return (
        f"A group has no row of a true class ({named}), so true positive rates of all classes "
        "cannot be compared with it. Add such rows, or compare fewer classes by classes=."
    )


def _with_predicted(classes: Sequence[Any], y_true: Any, y_pred: Any) -> list[Any]:
    """Return the true classes to compare, then the classes that are only predicted."""
    __tracebackhide__ = True
    named = as_array("classes", classes).tolist()
    strange = [v for v in factorise("y_true", y_true).values if v not in named]
    if any(not is_missing(value) for value in strange):
        raise ArgumentError(
            f"y_true holds {strange[0]!r}, not among classes={named!r}. Name every true class, or "
            "leave its rows out of the data."
        )
    found = sort_values(factorise("y_pred", y_pred).values)
    return [*named, *(value for value in found if value not in named and not is_missing(value))]


def _never_true(cube: Cube, true: int) -> str:
    """Say which classes are never a true label, so that nothing can be said of their rows."""
    of_classes = cube.rows[: len(cube.compared)].sum(axis=(0, 1))[:true]
    never = [repr(cube.classes[j]) for j in range(true) if not of_classes[j].sum()]
    if not never or len(never) == true:
        return ""
    held = [cube.classes[j] for j in range(true) if of_classes[j].sum()]
    return (
        f"Class {', '.join(never)} is never a true label, so how its rows are treated cannot be "
        f"measured. Add rows of it, or compare the rows of other classes by classes={held!r}."
    )


def _recall_rms(
    cube: Cube,
    limit: Tolerance,
    features: Any,
    data: tuple[Any, ...],
    alpha: float | None,
    reference: str | None,
    true: int,
    never: str,
) -> Outcome:
    __tracebackhide__ = True
    if cube.weighted:
        raise ArgumentError("cells='recall_rms' takes no sample_weight=. Leave it out.")
    tables = {name: cube.counts[g, 0] for g, name in enumerate(cube.names) if name != UNKNOWN}
    shown = tuple(
        GroupRate(name, f"recall of {label}", None if rate != rate else float(rate), int(n))
        for name, table in tables.items()
        for label, rate, n in zip(
            cube.classes[:true], recalls(table), table.sum(axis=1), strict=False
        )
    )

    def profile(table: Any) -> Any:
        return recalls(table)[..., :true]

    def judge(levels: Levels) -> Judgement:
        lacking = never or _lacking(tables, cube.classes[:true])
        if lacking:
            n = int(sum(float(table.sum()) for table in tables.values()))
            evidence = Evidence(None, None, "none", n, groups=shown)
            return Judgement(Verdict.UNMEASURABLE, lacking, evidence)
        judgement = judge_distance(
            "true positive rates of classes",
            tables,
            distance="rms",
            profile=profile,
            limit=limit.value,
            alpha=levels.alpha,
            share=levels.share,
            reference=chosen_reference(reference, limit),
            seed=current().seed,
        )
        return replace(judgement, evidence=replace(judgement.evidence, groups=shown))

    id = "class_recall_rms_difference"
    return conclude(id, limit, judge, sensitive_features=features, data=data, alpha=alpha)


def assert_label_parity(
    Y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float,
    labels: Sequence[str] | None = None,
    reference: str | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that every label of a multi-label model is given nearly as often in every group.

    The statistic is the largest difference (0 is fair) between two groups' shares of rows that get
    a label, over all labels.

    Parameters
    ----------
    Y_pred : array-like of shape (n, n_labels)
        0 or 1 for each row and label.
    max_difference : float in [0, 1]
        Largest accepted difference.
    labels : sequence of str, optional
        Names of the labels.
    sensitive_features, reference, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If `Y_pred` is no table of 0 and 1, or lengths differ.

    Notes
    -----
    Demographic parity (Calders and Verwer 2010) of every label, corrected for their number.

    *What a pass shows*: on rows like these, no label goes to one group much oftener than to
    another. *What it does not show*: which labels go together, or that they are right.

    Examples
    --------
    >>> from pytest_fairness import assert_label_parity
    >>> assert_label_parity(
    ...     [[1, 0], [0, 1]] * 1500,
    ...     sensitive_features=["a", "b", "b", "a"] * 750,
    ...     max_difference=0.1,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limit = begin("assert_label_parity", {"max_difference": max_difference})
    table = _table(Y_pred)
    names = _label_names(Y_pred, table.shape[1]) if labels is None else list(labels)
    if len(names) != table.shape[1]:
        raise ArgumentError(
            f"labels has {len(names)} names but Y_pred has {table.shape[1]} columns."
        )
    quantities = []
    for name, column in zip(names, table.T, strict=True):
        cube = _cube(None, column, sensitive_features, None, [0, 1])
        quantities.append(_predicted(cube, 1, f"share labelled {name}"))
    data = (table,)
    return _conclude(
        "label_parity_difference", limit, quantities, sensitive_features, data, alpha, reference
    )


def class_shares(cube: Cube) -> list[Quantity]:
    """Return the groups' shares of every predicted class."""
    return [_predicted(cube, k) for k in range(len(cube.classes))]


def _cube(
    y_true: Any, y_pred: Any, features: Any, weights: Any, classes: Sequence[Any] | None
) -> Cube:
    __tracebackhide__ = True
    check_not_empty("y_pred", y_pred)
    return checked(
        count_cube(
            y_true,
            y_pred,
            sensitive_features=features,
            sample_weight=weights,
            pos_label=None,
            classes=classes,
        )
    )


def _predicted(cube: Cube, k: int, words: str = "") -> Quantity:
    """Return the groups' shares of one predicted class."""
    counts, squares, rows = (
        part.sum(axis=(1, 2)) for part in (cube.counts, cube.squares, cube.rows)
    )
    return _share(words or f"share predicted {cube.classes[k]}", cube, counts, squares, rows, k)


def _predicted_of(cube: Cube, j: int, k: int) -> Quantity:
    """Return the groups' shares of one predicted class among the rows of one true class."""
    counts, squares, rows = (
        part.sum(axis=1)[:, j] for part in (cube.counts, cube.squares, cube.rows)
    )
    words = f"share of true {cube.classes[j]} predicted {cube.classes[k]}"
    return _share(words, cube, counts, squares, rows, k)


def _share(words: str, cube: Cube, counts: Any, squares: Any, rows: Any, k: int) -> Quantity:
    totals, n = counts.sum(axis=1), rows.sum(axis=1)
    if not cube.weighted:
        cells = zip(counts[:, k].astype(int), totals.astype(int), strict=True)
        return rates(
            words, dict(zip(cube.names, ((int(a), int(b)) for a, b in cells), strict=True))
        )
    shares = np.divide(counts[:, k], totals, out=np.zeros(len(totals)), where=totals > 0)
    effects = weight_effect(counts[:, k], totals, squares[:, k], squares.sum(axis=1), n)
    return rates(
        words,
        {name: (float(s * m), float(m)) for name, s, m in zip(cube.names, shares, n, strict=True)},
        design_effect=dict(zip(cube.names, map(float, np.maximum(effects, 1.0)), strict=True)),
    )


def _label_names(Y_pred: Any, n: int) -> list[str]:
    """Return the names that a table's columns carry, or their numbers."""
    held = list(getattr(Y_pred, "columns", ()))
    return list(map(str, held)) if len(held) == n else [str(i) for i in range(n)]


def _table(Y_pred: Any) -> Any:
    __tracebackhide__ = True
    table = as_array("Y_pred", Y_pred)
    if table.ndim != 2 or not table.size:
        raise ArgumentError(
            f"Y_pred has shape {table.shape} and must have one row per prediction and one column "
            "per label."
        )
    if not np.all((table == 0) | (table == 1)):
        raise ArgumentError("Y_pred must hold 0 and 1 only. Threshold scores first.")
    return table.astype(int)


def _conclude(
    id: str,
    limit: Tolerance,
    quantities: list[Quantity],
    features: Any,
    data: tuple[Any, ...],
    alpha: float | None,
    reference: str | None = None,
    *,
    n: int | None = None,
    instead: str = "",
) -> Outcome:
    """Judge shares of classes, of the same rows or else of `n` rows in all."""
    __tracebackhide__ = True

    def judge(levels: Levels) -> Judgement:
        judgement = judged(quantities, limit, levels, reference=reference, same_rows=n is None)
        rows = judgement.evidence.n if n is None else n
        judgement = replace(judgement, evidence=replace(judgement.evidence, n=rows))
        return told(judgement, instead)

    return conclude(id, limit, judge, sensitive_features=features, data=data, alpha=alpha)
