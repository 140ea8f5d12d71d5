"""How well scores rank the positive above the negative, within groups and across them.

All are shares of pairs, one row of each kind, in which the first scores higher; ties count half
(Mann and Whitney 1947). They need no threshold.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np

from pytest_fairness.metrics.numbers import Array
from pytest_fairness.metrics.samples import NAN, Sample, known_groups, score_samples
from pytest_fairness.metrics.score_metrics import metric_maker
from pytest_fairness.metrics.scores import Statistic


def share_above(high: Sample, low: Sample) -> float:
    """Return the share of pairs in which the row of `high` outscores the one of `low`.

    Examples
    --------
    >>> import numpy as np
    >>> rows = lambda *s: Sample(np.zeros(len(s)), np.array(s), np.ones(len(s)))
    >>> share_above(rows(0.5, 0.75), rows(0.5, 0.25))
    0.875
    """
    total = high.weights.sum() * low.weights.sum()
    if not total > 0:
        return NAN
    order = np.argsort(low.y_score, kind="stable")
    scores = low.y_score[order]
    below = np.concatenate([[0.0], np.cumsum(low.weights[order])])
    wanted = np.sort(high.y_score) if _unweighted(high) else high.y_score  # sorted is quicker
    first, last = (below[np.searchsorted(scores, wanted, side)] for side in ("left", "right"))
    return float(high.weights @ (first + last) / 2 / total)


def auc_samples(
    y_true: Any, y_score: Any, *, sensitive_features: Any, pos_label: Any = 1
) -> dict[str, tuple[Array, Array]]:
    """Return the scores of each group's negative and of its positive rows.

    Parameters
    ----------
    y_true, y_score, sensitive_features, pos_label
        As in `score_samples`.

    Returns
    -------
    dict of str to (array, array)
        (negatives, positives), in the order of the rows.

    Examples
    --------
    >>> found = auc_samples([0, 1, 1], [0.25, 0.5, 0.75], sensitive_features=["a", "a", "b"])
    >>> [scores.tolist() for scores in found["b"]]
    [[], [0.75]]
    """
    samples = score_samples(
        y_true,
        y_score,
        sensitive_features=sensitive_features,
        pos_label=pos_label,
        truth="classes",
    )
    return {
        name: (rows.y_score[~rows.positive], rows.y_score[rows.positive])
        for name, rows in samples.items()
    }


def xaucs(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> dict[tuple[str, str], float]:
    r"""Return how often a positive row of one group outscores a negative one of another.

    :math:`P(S_i > S_j \mid Y_i = 1, A_i = a, Y_j = 0, A_j = b)` (Kallus and Zhou 2019).

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight, pos_label
        As in `score_samples`.

    Returns
    -------
    dict of (str, str) to float
        For each ordered pair of known groups (a, b); nan where one has no such row.

    Examples
    --------
    >>> xaucs([0, 1, 0, 1], [0.25, 0.5, 0.75, 0.875], sensitive_features=["a", "a", "b", "b"])
    {('a', 'b'): 0.0, ('b', 'a'): 1.0}
    """
    samples = score_samples(
        y_true,
        y_score,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
        truth="classes",
    )
    return {
        (one, other): share_above(_positives(samples[one]), _negatives(samples[other]))
        for one, other in permutations(known_groups(samples), 2)
    }


def xauc_difference(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> float:
    r"""Return the largest difference of cross-group AUCs, of a pair in both orders; 0 is fair.

    :math:`\max_{a,b} |xAUC(a, b) - xAUC(b, a)|` (Kallus and Zhou 2019). Groups whose scores rank
    well within each may still be ranked unfairly against each other: this sees it, a difference of
    AUCs does not.

    Parameters
    ----------
    y_true, y_score, sensitive_features, sample_weight, pos_label
        As in `score_samples`.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when a group has no positive or no negative row.

    Raises
    ------
    ArgumentError
        If lengths differ, scores are missing, or there are fewer than two groups.

    Examples
    --------
    >>> xauc_difference(
    ...     [0, 1, 0, 1], [0.25, 0.5, 0.75, 0.875], sensitive_features=["a", "a", "b", "b"]
    ... )
    1.0
    """
    found = xaucs(
        y_true,
        y_score,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
    )
    return float(np.max([abs(value - found[b, a]) for (a, b), value in found.items()]))


def _auc(group: Sample) -> float:
    return share_above(_positives(group), _negatives(group))


def _subgroup_auc(group: Sample, background: Sample) -> float:
    return _auc(group)


def _bpsn_auc(group: Sample, background: Sample) -> float:
    return share_above(_positives(background), _negatives(group))


def _bnsp_auc(group: Sample, background: Sample) -> float:
    return share_above(_positives(group), _negatives(background))


def _positive_gap(group: Sample, background: Sample) -> float:
    return 0.5 - share_above(_positives(background), _positives(group))


def _negative_gap(group: Sample, background: Sample) -> float:
    return 0.5 - share_above(_negatives(background), _negatives(group))


def _positives(rows: Sample) -> Sample:
    return rows.where(rows.positive)


def _negatives(rows: Sample) -> Sample:
    return rows.where(~rows.positive)


def _unweighted(rows: Sample) -> bool:
    return bool(np.all(rows.weights == 1))


AUC = Statistic("auc", _auc, truth="classes")
SUBGROUP_AUC = Statistic("subgroup_auc", _subgroup_auc, truth="classes", background=True)
BPSN_AUC = Statistic("bpsn_auc", _bpsn_auc, truth="classes", background=True)
BNSP_AUC = Statistic("bnsp_auc", _bnsp_auc, truth="classes", background=True)
POSITIVE_AEG = Statistic(
    "positive_aeg", _positive_gap, truth="classes", background=True, signed=True
)
NEGATIVE_AEG = Statistic(
    "negative_aeg", _negative_gap, truth="classes", background=True, signed=True
)
STATISTICS = (AUC, SUBGROUP_AUC, BPSN_AUC, BNSP_AUC, POSITIVE_AEG, NEGATIVE_AEG)

_EXAMPLE = """>>> {name}(
...     [0, 1, 0, 1, 0, 1], [0.25, 0.5, 0.5, 0.75, 0.5, 0.25],
...     sensitive_features=["a", "a", "a", "a", "b", "b"],
... )
{value}"""


_metric = metric_maker(__name__, _EXAMPLE)

auc_difference = _metric(AUC, "difference", "0.875")
auc_ratio = _metric(AUC, "ratio", "0.0")
auc_group_min = _metric(AUC, "group_min", "0.0")
subgroup_auc_group_min = _metric(SUBGROUP_AUC, "group_min", "0.0")
subgroup_auc_power_mean = _metric(SUBGROUP_AUC, "power_mean", "0.0")
bpsn_auc_group_min = _metric(BPSN_AUC, "group_min", "0.25")
bpsn_auc_power_mean = _metric(BPSN_AUC, "power_mean", "0.286938812906844")
bnsp_auc_group_min = _metric(BNSP_AUC, "group_min", "0.25")
bnsp_auc_power_mean = _metric(BNSP_AUC, "power_mean", "0.286938812906844")
positive_aeg_group_max = _metric(POSITIVE_AEG, "group_max", "0.5")
negative_aeg_group_max = _metric(NEGATIVE_AEG, "group_max", "0.25")
