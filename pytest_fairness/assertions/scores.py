"""Group fairness of scores: their level and distribution, how they rank, how far they are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from pytest_fairness.assertions.checks import Levels, number, one_of
from pytest_fairness.assertions.concluding import begin, conclude, suffix_of
from pytest_fairness.assertions.features import chosen_reference
from pytest_fairness.assertions.score_checks import Array, ScoreCheck
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.evidence import Judgement, judge_distance
from pytest_fairness.metrics import UNKNOWN
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
    if min_ratio is not None and least < 0:
        raise ArgumentError(
            f"min_ratio= has no meaning for scores that can be negative, in score_range="
            f"({least:g}, {most:g}). Use max_difference=."
        )
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
    named = chosen_reference(reference, limit)
    judge = _distance_judge(values, distance, limit, least, most, named)
    return conclude(
        f"{distance}_difference",
        limit,
        judge,
        sensitive_features=sensitive_features,
        data=(y_score,),
        alpha=alpha,
    )


def _distance_judge(
    values: Mapping[str, Array],
    distance: str,
    limit: Tolerance,
    least: float,
    most: float,
    reference: str | None,
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
            reference=reference,
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


def _range(score_range: tuple[float, float]) -> tuple[float, float]:
    __tracebackhide__ = True
    if not isinstance(score_range, Sequence | np.ndarray) or len(score_range) != 2:
        raise ArgumentTypeError(
            f"score_range={score_range!r} must be two numbers, such as (0.0, 1.0)."
        )
    least, most = (number("score_range", end) for end in score_range)
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
