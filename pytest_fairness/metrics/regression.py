"""Mean scores of groups, and how far predictions are off in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.numbers import Array
from pytest_fairness.metrics.samples import Sample, score_samples
from pytest_fairness.metrics.score_metrics import metric_maker
from pytest_fairness.metrics.scores import Statistic

Loss = Callable[[Array, Array], Any]


def residual_samples(y_true: Any, y_score: Any, *, sensitive_features: Any) -> dict[str, Array]:
    """Return each group's residuals, prediction less true value.

    Parameters
    ----------
    y_true, y_score : array-like of shape (n,)
        True values, and what was predicted: numbers.
    sensitive_features : array-like or table
        Group labels, as in `as_groups`.

    Returns
    -------
    dict of str to array

    Examples
    --------
    >>> residual_samples([1, 2], [1.5, 1.5], sensitive_features=["a", "b"])["a"].tolist()
    [0.5]
    """
    samples = score_samples(y_true, y_score, sensitive_features=sensitive_features, truth="numbers")
    return {name: rows.y_score - rows.y_true for name, rows in samples.items()}


def losses(loss: str | Loss, y_true: Array, y_score: Array) -> Array:
    """Return one loss per row.

    Parameters
    ----------
    loss : {"squared", "absolute", "log", "zero_one"} or callable
        ``"log"`` needs labels 0 and 1 and scores in [0, 1], where a score of 0 or 1 that is wrong
        is an infinite loss; ``"zero_one"`` compares for equality.
    y_true, y_score : array of shape (n,)

    Returns
    -------
    array of shape (n,)

    Raises
    ------
    ArgumentError
        If the loss is unknown, or not one finite number per row.
    """
    of = loss if callable(loss) else _LOSSES.get(loss)
    if of is None:
        raise ArgumentError(f"loss={loss!r} must be one of {', '.join(_LOSSES)}, or a callable.")
    found = np.asarray(of(y_true, y_score), dtype=np.float64)
    if found.shape != y_true.shape or np.isnan(found).any():
        raise ArgumentError(
            f"loss={loss!r} must give one number per row, and gave shape {found.shape} with "
            f"{int(np.isnan(found).sum())} nan for {len(y_true)} rows."
        )
    return found


def _log_loss(y_true: Array, y_score: Array) -> Array:
    if np.any((y_true != 0) & (y_true != 1)) or np.any((y_score < 0) | (y_score > 1)):
        raise ArgumentError("loss='log' needs labels 0 and 1 and scores in [0, 1].")
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(np.where(y_true == 1, y_score, 1 - y_score)))


_LOSSES: dict[str, Loss] = {
    "squared": lambda y_true, y_score: (y_score - y_true) ** 2,
    "absolute": lambda y_true, y_score: np.abs(y_score - y_true),
    "log": _log_loss,
    "zero_one": lambda y_true, y_score: y_score != y_true,
}


def _mean_prediction(group: Sample) -> float:
    return group.mean(group.y_score)


def _mean_positive(group: Sample) -> float:
    return _mean_prediction(group.where(group.positive))


def _mean_negative(group: Sample) -> float:
    return _mean_prediction(group.where(~group.positive))


def _mae(group: Sample) -> float:
    return group.mean(np.abs(group.y_score - group.y_true))


def _rmse(group: Sample) -> float:
    return float(np.sqrt(group.mean((group.y_score - group.y_true) ** 2)))


def _mean_residual(group: Sample) -> float:
    return group.mean(group.y_score - group.y_true)


def _mean_loss(group: Sample, loss: str | Loss = "squared") -> float:
    return group.mean(losses(loss, group.y_true, group.y_score))


MEAN_PREDICTION = Statistic("mean_prediction", _mean_prediction)
BALANCE_FOR_POSITIVE_CLASS = Statistic(
    "balance_for_positive_class", _mean_positive, truth="classes"
)
BALANCE_FOR_NEGATIVE_CLASS = Statistic(
    "balance_for_negative_class", _mean_negative, truth="classes"
)
MAE = Statistic("mae", _mae, truth="numbers")
RMSE = Statistic("rmse", _rmse, truth="numbers")
MEAN_RESIDUAL = Statistic("mean_residual", _mean_residual, truth="numbers", signed=True)
MEAN_LOSS = Statistic("mean_loss", _mean_loss, truth="numbers", options=("loss",))
STATISTICS = (
    MEAN_PREDICTION,
    BALANCE_FOR_POSITIVE_CLASS,
    BALANCE_FOR_NEGATIVE_CLASS,
    MAE,
    RMSE,
    MEAN_RESIDUAL,
    MEAN_LOSS,
)

_EXAMPLE = """>>> {name}(
...     [0, 1, 0, 1], [0.25, 0.75, 0.5, 1.0], sensitive_features=["a", "a", "b", "b"]
... )
{value}"""


_metric = metric_maker(__name__, _EXAMPLE)

mean_prediction_difference = _metric(MEAN_PREDICTION, "difference", "0.25")
mean_prediction_ratio = _metric(MEAN_PREDICTION, "ratio", "0.6666666666666666")
balance_for_positive_class_difference = _metric(BALANCE_FOR_POSITIVE_CLASS, "difference", "0.25")
balance_for_positive_class_ratio = _metric(BALANCE_FOR_POSITIVE_CLASS, "ratio", "0.75")
balance_for_negative_class_difference = _metric(BALANCE_FOR_NEGATIVE_CLASS, "difference", "0.25")
balance_for_negative_class_ratio = _metric(BALANCE_FOR_NEGATIVE_CLASS, "ratio", "0.5")
mae_difference = _metric(MAE, "difference", "0.0")
mae_ratio = _metric(MAE, "ratio", "1.0")
mae_group_max = _metric(MAE, "group_max", "0.25")
rmse_difference = _metric(RMSE, "difference", "0.10355339059327379")
rmse_ratio = _metric(RMSE, "ratio", "0.7071067811865475")
rmse_group_max = _metric(RMSE, "group_max", "0.3535533905932738")
mean_residual_difference = _metric(MEAN_RESIDUAL, "difference", "0.25")
mean_residual_group_max = _metric(MEAN_RESIDUAL, "group_max", "0.25")
mean_loss_difference = _metric(MEAN_LOSS, "difference", "0.0625")
mean_loss_group_max = _metric(MEAN_LOSS, "group_max", "0.125")
