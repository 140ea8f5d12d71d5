"""Whether a score means the same in every group: calibration, Brier scores and their parts.

A binned error is above 0 by chance alone, the more so the smaller the group, so that small groups
look worse calibrated than large ones. `ece` takes off what chance is expected to add (Kumar, Liang
and Ma 2019), which is most of it; `squared_calibration_error` is free of it (Bröcker 2012).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.metrics.bins import Bins, Cut, binned, by_score
from pytest_fairness.metrics.logistic import intercept, intercept_and_slope
from pytest_fairness.metrics.numbers import Array
from pytest_fairness.metrics.samples import NAN, Sample, score_samples
from pytest_fairness.metrics.score_metrics import metric_maker
from pytest_fairness.metrics.scores import Statistic

_CERTAIN = 1e-6  # scores of 0 and 1 have no logit: they count as this far from certain


@dataclass(frozen=True)
class BrierParts:
    """A group's Brier score, and what it is made of (Murphy 1973).

    ``brier = reliability - resolution + uncertainty + within_bins``.

    Attributes
    ----------
    brier : float
        Mean squared distance of the score from what happened.
    reliability : float
        Mean squared distance of the mean score of a bin from its share of positives; 0 is
        calibrated.
    resolution : float
        Mean squared distance of the bins' shares of positives from the base rate; more is better.
    uncertainty : float
        What always naming the base rate would score.
    within_bins : float
        What scores that differ within a bin add (Stephenson, Coelho and Jolliffe 2008); 0 with one
        bin for each score.
    """

    brier: float
    reliability: float
    resolution: float
    uncertainty: float
    within_bins: float


def brier_parts(
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    n_bins: int | None = None,
    bins: Cut = "mass",
    sample_weight: Any = None,
    pos_label: Any = 1,
) -> dict[str, BrierParts]:
    """Return each group's Brier score and its parts.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes.
    y_score : array-like of shape (n,)
        Probabilities of the positive class.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.
    n_bins : int, optional
        Most bins of a group; without it, one for each distinct score, which is Murphy's own
        decomposition and of use where scores take few values.
    bins : {"mass", "width"}, default "mass"
        As in `calibration_bins`.
    sample_weight : array-like of shape (n,), optional
        Weights of at least 0.
    pos_label : scalar, default 1
        The positive class.

    Returns
    -------
    dict of str to BrierParts
        All nan for a group without rows.

    Examples
    --------
    >>> brier_parts([0, 1], [0.5, 0.5], sensitive_features=["a", "a"])["a"]
    BrierParts(brier=0.25, reliability=0.0, resolution=0.0, uncertainty=0.25, within_bins=0.0)
    """
    samples = score_samples(
        y_true,
        y_score,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=pos_label,
        truth="classes",
        probabilities=True,
    )
    return {
        name: _brier_parts(rows, by_score(rows) if n_bins is None else binned(rows, n_bins, bins))
        for name, rows in samples.items()
    }


def _brier_parts(rows: Sample, bins: Bins) -> BrierParts:
    brier, base = _brier(rows), rows.mean(rows.y_true)
    if math.isnan(base):
        return BrierParts(NAN, NAN, NAN, NAN, NAN)
    reliability = float(bins.share @ bins.gap**2)
    resolution = float(bins.share @ (bins.positive_rate - base) ** 2)
    uncertainty = base * (1 - base)
    rest = brier - (reliability - resolution + uncertainty)
    return BrierParts(brier, reliability, resolution, uncertainty, rest)


def _brier(group: Sample) -> float:
    return group.mean((group.y_score - group.y_true) ** 2)


def _ece(group: Sample, n_bins: int = 10, bins: Cut = "mass", debias: bool = True) -> float:
    found = binned(group, n_bins, bins)
    if not len(found.weight):
        return NAN
    plain = float(found.share @ np.abs(found.gap))
    if not debias:
        return plain
    known = ~np.isnan(found.variance)
    error = np.sqrt(np.where(known, found.variance, 0.0))
    expected = float(found.share @ _folded_mean(np.abs(found.gap), error))
    return max(0.0, 2 * plain - expected)


def _folded_mean(mean: Array, error: Array) -> Array:
    """Return the mean of the absolute value of a normal variable."""
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(error > 0, mean / error, np.inf)
    density = np.exp(-(ratio**2) / 2) * np.sqrt(2 / np.pi)
    return np.asarray(error * density + mean * (1 - 2 * ndtr(-ratio)))


def _squared_error(group: Sample, n_bins: int = 10, bins: Cut = "mass") -> float:
    """Take off the sampling variance of each bin; a bin of a single row has none to take off."""
    found = binned(group, n_bins, bins)
    known = ~np.isnan(found.variance)
    if not known.any():
        return NAN
    squares = found.gap[known] ** 2 - found.variance[known]
    return float(found.weight[known] @ squares / found.weight[known].sum())


def _max_error(group: Sample, n_bins: int = 10, bins: Cut = "mass") -> float:
    gaps = np.abs(binned(group, n_bins, bins).gap)
    return float(gaps.max()) if len(gaps) else NAN


def _slope(group: Sample, firth: bool = False) -> float:
    return intercept_and_slope(logits(group), group.y_true, group.weights, firth=firth)[1]


def _intercept(group: Sample, firth: bool = False) -> float:
    return intercept(logits(group), group.y_true, group.weights, firth=firth)


def logits(group: Sample) -> NDArray[np.float64]:
    """Return the logits of scores in [0, 1]; those of 0 and 1 as if a little less certain."""
    score = np.clip(group.y_score, _CERTAIN, 1 - _CERTAIN)
    return np.asarray(np.log(score) - np.log1p(-score))


BRIER = Statistic("brier", _brier, truth="classes", probabilities=True)
ECE = Statistic(
    "ece",
    _ece,
    truth="classes",
    probabilities=True,
    weighted=False,
    options=("n_bins", "bins", "debias"),
)
SQUARED_CALIBRATION_ERROR = Statistic(
    "squared_calibration_error",
    _squared_error,
    truth="classes",
    probabilities=True,
    weighted=False,
    options=("n_bins", "bins"),
)
MAX_CALIBRATION_ERROR = Statistic(
    "max_calibration_error",
    _max_error,
    truth="classes",
    probabilities=True,
    weighted=False,
    options=("n_bins", "bins"),
)
CALIBRATION_SLOPE = Statistic(
    "calibration_slope", _slope, truth="classes", probabilities=True, options=("firth",)
)
CALIBRATION_INTERCEPT = Statistic(
    "calibration_intercept",
    _intercept,
    truth="classes",
    probabilities=True,
    signed=True,
    options=("firth",),
)
STATISTICS = (
    BRIER,
    ECE,
    SQUARED_CALIBRATION_ERROR,
    MAX_CALIBRATION_ERROR,
    CALIBRATION_SLOPE,
    CALIBRATION_INTERCEPT,
)

_EXAMPLE = """>>> round({name}(
...     [0, 1, 1, 0, 1, 0, 1, 1], [0.25, 0.25, 0.75, 0.75, 0.5, 0.5, 0.75, 0.75],
...     sensitive_features=["a", "a", "a", "a", "b", "b", "b", "b"],
... ), 6)
{value}"""


_metric = metric_maker(__name__, _EXAMPLE)

brier_difference = _metric(BRIER, "difference", "0.15625")
brier_ratio = _metric(BRIER, "ratio", "0.5")
brier_group_max = _metric(BRIER, "group_max", "0.3125")
ece_difference = _metric(ECE, "difference", "0.049236")
ece_group_max = _metric(ECE, "group_max", "0.049236")
squared_calibration_error_difference = _metric(SQUARED_CALIBRATION_ERROR, "difference", "0.072917")
squared_calibration_error_group_max = _metric(SQUARED_CALIBRATION_ERROR, "group_max", "-0.03125")
max_calibration_error_group_max = _metric(MAX_CALIBRATION_ERROR, "group_max", "0.125")
calibration_slope_difference = _metric(CALIBRATION_SLOPE, "difference", "nan")
calibration_intercept_difference = _metric(CALIBRATION_INTERCEPT, "difference", "0.625145")
calibration_intercept_group_max = _metric(CALIBRATION_INTERCEPT, "group_max", "0.625145")
