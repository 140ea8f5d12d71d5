"""Group fairness of scores: their level and distribution, how they rank, how far they are off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import Levels, one_of
from pytest_fairness.assertions.concluding import begin, conclude, suffix_of
from pytest_fairness.assertions.score_checks import Array, ScoreCheck
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, Quantity, aucs, judge_distance, square_root
from pytest_fairness.evidence.quantity import Separate
from pytest_fairness.metrics import UNKNOWN, Sample
from pytest_fairness.outcome import GroupRate, Outcome, Tolerance
from pytest_fairness.settings import current

_CELLS = 512  # scores that take more values than this are put into as many equal cells
_INFINITY = float("inf")


def assert_score_parity(
    y_score: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    distance: Literal["mean", "wasserstein", "ks"] = "mean",
    score_range: tuple[float, float] = (0.0, 1.0),
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that all groups are scored alike, whatever the threshold will be.

    The statistic is the largest difference between two groups (0 is fair): of their mean scores; of
    their whole distributions as Wasserstein-1 distance, in units of the score (strong demographic
    parity); or of the shares below any threshold (Kolmogorov-Smirnov). For mean scores it may be
    the smallest ratio (1 is fair).

    Parameters
    ----------
    y_score : array-like of shape (n,)
        Scores of one class.
    sensitive_features : array-like of shape (n,), list of arrays, or table of shape (n, k)
        Group of each row, as in `assert_demographic_parity`.
    max_difference : float, optional
        Largest accepted difference, in units of the score, or a share for ``"ks"``.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of mean scores.
    distance : {"mean", "wasserstein", "ks"}, default "mean"
        What is compared.
    score_range : (float, float), default (0, 1)
        Range that scores cannot leave; bounds of means rest on it.
    sample_weight, clusters : array-like of shape (n,), optional
        As in `assert_demographic_parity`; for ``distance="mean"`` only.
    reference, alpha
        As in `assert_demographic_parity`; `reference` for ``distance="mean"`` only.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If lengths differ, scores are missing or outside their range, or not exactly one limit is
        given.

    Notes
    -----
    Jiang et al. (2020) for the Wasserstein distance, Agarwal et al. (2019) for the other. Scores of
    more than 512 values are put into 512 equal cells for both, which moves a Wasserstein distance
    by at most 1/512 of the range.

    *What a pass shows*: on rows like these, no two groups' scores lie further apart than the limit,
    in the chosen sense. *What it does not show*: that scores are right, or calibrated, in any
    group.

    Examples
    --------
    >>> from pytest_fairness import assert_score_parity
    >>> scores = [0.2, 0.3, 0.7, 0.8] * 500
    >>> assert_score_parity(
    ...     scores, sensitive_features=["a", "b", "b", "a"] * 500, max_difference=0.1
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    least, most = _range(score_range)
    limits = {"max_difference": max_difference, "min_ratio": min_ratio}
    one_of("distance", distance, ("mean", "wasserstein", "ks"))
    top = 1.0 if distance == "ks" else most - least
    unit = "" if distance == "ks" else "number"
    limit = begin("assert_score_parity", limits, most=top, unit=unit)
    check = ScoreCheck(sensitive_features, sample_weight, clusters, reference)
    samples = check.samples(None, y_score, truth="unread", probabilities=False)
    values = {name: part.y_score for name, part in samples.items()}
    _check_inside(values, least, most)
    if distance == "mean":
        quantity = check.means("mean score", values, samples, least=least, most=most)
        id = f"mean_prediction_{suffix_of(limit)}"
        return check.conclude(id, limit, [quantity], alpha, (y_score,))
    check.refuse_clusters(f"assert_score_parity(distance={distance!r})")
    if min_ratio is not None:
        raise ArgumentError(
            f"min_ratio= has no meaning for distance={distance!r}. Use max_difference=."
        )
    judge = _distance_judge(values, distance, limit, least, most)
    return conclude(
        f"{distance}_difference",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_score,),
        alpha=alpha,
    )


def _distance_judge(
    values: Mapping[str, Array], distance: str, limit: Tolerance, least: float, most: float
) -> Any:
    cells, positions = _histograms(values, least, most, by_rank=distance == "ks")
    shown = tuple(
        GroupRate(name, "mean score", float(part.mean()) if len(part) else None, len(part))
        for name, part in values.items()
    )

    def judge(levels: Levels) -> Judgement:
        judgement = judge_distance(
            "distributions of scores",
            cells,
            distance=distance,
            positions=positions,
            limit=limit.value,
            alpha=levels.alpha,
            share=levels.share,
            seed=current().seed,
        )
        return replace(judgement, evidence=replace(judgement.evidence, groups=shown))

    return judge


def _histograms(
    values: Mapping[str, Array], least: float, most: float, *, by_rank: bool
) -> tuple[dict[str, Array], Array]:
    """Count the scores of each group by value, or by cell where they take very many values.

    Cells are equally wide, or hold equally many rows where only the rank of scores counts.
    """
    known = {name: part for name, part in values.items() if name != UNKNOWN}
    positions = np.unique(np.concatenate([[least, most], *known.values()]))
    if len(positions) <= _CELLS:
        return {
            name: np.bincount(np.searchsorted(positions, part), minlength=len(positions)).astype(
                float
            )
            for name, part in known.items()
        }, positions
    edges = np.linspace(least, most, _CELLS + 1)
    if by_rank:
        edges = np.unique(np.quantile(positions, np.linspace(0, 1, _CELLS + 1)))
    return {name: np.histogram(part, edges)[0].astype(float) for name, part in known.items()}, (
        edges[1:] + edges[:-1]
    ) / 2


def assert_class_balance(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    max_difference: float,
    side: Literal["positive", "negative", "both"] = "both",
    score_range: tuple[float, float] = (0.0, 1.0),
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    pos_label: Any = 1,
    alpha: float | None = None,
) -> Outcome:
    """Assert that rows of one class get nearly the same mean score in every group.

    The statistic is the largest difference between two groups (0 is fair) of the mean score of
    their positive rows, of their negative rows, or the larger of both.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes.
    y_score : array-like of shape (n,)
        Scores of the positive class.
    max_difference : float
        Largest accepted difference of mean scores.
    side : {"positive", "negative", "both"}, default "both"
        Which class is looked at.
    sensitive_features, score_range, sample_weight, clusters
        As in `assert_score_parity`.
    reference, pos_label, alpha
        As in `assert_demographic_parity`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`: a group has no row of a class.
    ArgumentError
        If lengths differ, values are missing or scores lie outside their range.

    Notes
    -----
    Balance for the positive and for the negative class of Kleinberg, Mullainathan and Raghavan
    (2016).

    *What a pass shows*: on rows like these, those who are alike in truth get like scores on
    average, whatever their group. *What it does not show*: that scores are calibrated; where base
    rates differ, the two exclude each other.

    Examples
    --------
    >>> from pytest_fairness import assert_class_balance
    >>> assert_class_balance(
    ...     [0, 0, 1, 1] * 500,
    ...     [0.2, 0.2, 0.7, 0.7] * 500,
    ...     sensitive_features=["a", "b"] * 1000,
    ...     max_difference=0.1,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    least, most = _range(score_range)
    limits = {"max_difference": max_difference}
    limit = begin("assert_class_balance", limits, most=most - least, unit="number")
    one_of("side", side, ("positive", "negative", "both"))
    check = ScoreCheck(sensitive_features, sample_weight, clusters, reference)
    samples = check.samples(
        y_true, y_score, truth="classes", pos_label=pos_label, probabilities=False
    )
    values = {name: part.y_score for name, part in samples.items()}
    _check_inside(values, least, most)
    sides = ("positive", "negative") if side == "both" else (side,)
    quantities = []
    for one in sides:
        rows = {n: p.positive if one == "positive" else ~p.positive for n, p in samples.items()}
        words = f"mean score of {one} rows"
        quantities.append(check.means(words, values, samples, rows, least=least, most=most))
    id = "balance_for_both_classes_difference"
    id = id if side == "both" else f"balance_for_{side}_class_difference"
    remark = f"{pos_label!r} is positive."
    return check.conclude(id, limit, quantities, alpha, (y_true, y_score), remark=remark)


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


def assert_error_parity(
    y_true: Any,
    y_pred: Any,
    *,
    sensitive_features: Any,
    max_difference: float | None = None,
    min_ratio: float | None = None,
    max_group: float | None = None,
    metric: Literal["mae", "rmse", "mean_residual"] = "mae",
    sample_weight: Any = None,
    clusters: Any = None,
    reference: str | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that predicted numbers are nearly as far off in every group.

    The statistic is the largest difference (0 is fair), or the smallest ratio (1 is fair), between
    two groups' errors; or the largest error of any group (0 is best).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True numbers.
    y_pred : array-like of shape (n,)
        Predicted numbers.
    max_difference : float, optional
        Largest accepted difference, in units of `y_true`.
    min_ratio : float in [0, 1], optional
        Smallest accepted ratio of two groups' errors; not for ``"mean_residual"``.
    max_group : float, optional
        Largest accepted error of any group; of ``"mean_residual"`` in either direction.
    metric : {"mae", "rmse", "mean_residual"}, default "mae"
        Mean absolute error, root mean squared error, or mean of prediction minus truth: whether a
        group is systematically scored too high or too low.
    sensitive_features, sample_weight, clusters, reference, alpha
        As in `assert_demographic_parity`.

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
    Agarwal, Dudik and Wu (2019) for losses by group. Errors have no bound that is known beforehand,
    so that the bounds of their means rest on the errors that were seen.

    *What a pass shows*: on rows like these, errors of the chosen kind are alike in all groups
    within the limit. *What it does not show*: that they are small, unless ``max_group=`` says so,
    or that the true numbers are free of bias.

    Examples
    --------
    >>> from pytest_fairness import assert_error_parity
    >>> assert_error_parity(
    ...     [1.0, 2.0, 3.0, 4.0] * 500,
    ...     [1.1, 2.1, 2.9, 3.8] * 500,
    ...     sensitive_features=["a", "b", "b", "a"] * 500,
    ...     max_difference=0.2,
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    limits = {"max_difference": max_difference, "min_ratio": min_ratio, "max_group": max_group}
    limit = begin("assert_error_parity", limits, most=_INFINITY, unit="number")
    one_of("metric", metric, ("mae", "rmse", "mean_residual"))
    if metric == "mean_residual" and min_ratio is not None:
        raise ArgumentError(
            "min_ratio= has no meaning for residuals, whose sign differs. Use max_difference=."
        )
    check = ScoreCheck(sensitive_features, sample_weight, clusters, reference)
    samples = check.samples(y_true, y_pred, truth="numbers", probabilities=False)
    quantities = _errors(metric, check, samples, both_ways=max_group is not None)
    id = f"{metric}_{suffix_of(limit)}"
    return check.conclude(id, limit, quantities, alpha, (y_true, y_pred), same_rows=True)


def _errors(
    metric: str, check: ScoreCheck, samples: Mapping[str, Sample], *, both_ways: bool
) -> list[Separate]:
    residuals = {name: part.y_score - part.y_true for name, part in samples.items()}
    if metric == "mae":
        return [check.means("MAE", {n: np.abs(r) for n, r in residuals.items()}, samples)]
    if metric == "rmse":
        squares = {n: np.square(r) for n, r in residuals.items()}
        return [square_root("RMSE", check.means("mean squared error", squares, samples))]
    found = [check.means("mean residual", residuals, samples)]
    if both_ways:
        turned = {n: -r for n, r in residuals.items()}
        found.append(check.means("mean residual, turned round", turned, samples))
    return found


def _split(rows: Sample) -> tuple[Array, Array]:
    return rows.y_score[~rows.positive], rows.y_score[rows.positive]


def _range(score_range: tuple[float, float]) -> tuple[float, float]:
    __tracebackhide__ = True
    least, most = (float(end) for end in score_range)
    if not -_INFINITY < least < most < _INFINITY:
        raise ArgumentError(
            f"score_range={score_range!r} must be two finite numbers, the smaller first, such as "
            "(0.0, 1.0)."
        )
    return least, most


def _check_inside(values: Mapping[str, Array], least: float, most: float) -> None:
    __tracebackhide__ = True
    for name, part in values.items():
        outside = part[(part < least) | (part > most)]
        if len(outside):
            raise ArgumentError(
                f"y_score of group {name!r} holds {outside[0]:g}, outside "
                f"score_range=({least:g}, {most:g}). State the range that scores cannot leave."
            )
