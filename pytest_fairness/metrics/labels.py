"""Labels and predictions of two classes, checked, as arrays of truth values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError

_OTHER_CLASS = (0, -1)  # what a lone second class may be when it stands beside the number 1


def as_positive(name: str, values: Any, pos_label: Any) -> NDArray[np.bool_]:
    """Return which entries equal `pos_label`.

    Raises
    ------
    ArgumentError
        If entries are missing, or are not of two classes of which `pos_label` is one.
    """
    array = as_vector(name, values)
    _check_complete(name, array)
    _check_classes(name, array, pos_label)
    return np.asarray(array == pos_label, dtype=np.bool_)


def as_vector(name: str, values: Any) -> NDArray[Any]:
    """Return `values` as a one-dimensional array; a single column is flattened."""
    if values is None or isinstance(values, (str, bytes)):
        raise ArgumentTypeError(f"{name}={values!r} must be an array with one entry per row.")
    array = np.asarray(values)
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim != 1:
        raise ArgumentError(
            f"{name} has shape {array.shape} and must have one entry per row. "
            "Pass one predicted class per row, not scores per class."
        )
    return array


def as_weights(values: Any, n: int) -> NDArray[np.float64]:
    """Return one finite weight of at least 0 per row; None means 1 each."""
    if values is None:
        return np.ones(n)
    weights = as_vector("sample_weight", values).astype(np.float64)
    check_same_length("sample_weight", len(weights), n)
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise ArgumentError("sample_weight must hold finite numbers of at least 0, one per row.")
    return weights


def check_same_length(name: str, found: int, n: int) -> None:
    """Raise unless `name` has one entry for each of the `n` predictions."""
    if found != n:
        raise ArgumentError(
            f"{name} has {found} entries but y_pred has {n}. Give one entry per prediction."
        )


def _check_complete(name: str, array: NDArray[Any]) -> None:
    if array.dtype.kind not in "fcO":
        return
    missing = [position for position, value in enumerate(array.tolist()) if is_missing(value)]
    if missing:
        raise ArgumentError(
            f"{name} holds {len(missing)} missing values, the first at position {missing[0]}. "
            "Drop those rows, or find out why the model gave no answer."
        )


def is_missing(value: Any) -> bool:
    """Whether `value` is None, NaN, NaT or pandas.NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA has no truth value
        return True


def _check_classes(name: str, array: NDArray[Any], pos_label: Any) -> None:
    classes = _distinct(array)
    if len(classes) > 2:
        raise ArgumentError(
            f"{name} holds {len(classes)} different values, such as {_listed(classes[:3])}, and "
            "must hold two classes. Threshold scores first, or compare one class with the rest."
        )
    if any(isinstance(value, float) and not value.is_integer() for value in classes):
        raise ArgumentError(
            f"{name} holds scores, such as {classes[0]!r}, and must hold classes. "
            "Threshold them first: y_pred = scores >= 0.5."
        )
    if pos_label in classes or not classes or _can_be_negative(classes, pos_label):
        return
    raise ArgumentError(
        f"{name} holds {_listed(classes)} and pos_label={pos_label!r} is not among them. "
        f"Pass the class that counts as selected, such as pos_label={classes[-1]!r}."
    )


def check_same_classes(y_true: Any, y_pred: Any) -> None:
    """Raise if labels and predictions are written in different ways, such as 1 and "yes"."""
    said = {}
    for name, values in (("y_true", y_true), ("y_pred", y_pred)):
        array = as_vector(name, values)
        _check_complete(name, array)
        said[name] = _distinct(array)
    if len({*said["y_true"], *said["y_pred"]}) > 2 and all(
        len(found) <= 2 for found in said.values()
    ):
        raise ArgumentError(
            f"y_true and y_pred use different labels: {_listed(said['y_true'])} and "
            f"{_listed(said['y_pred'])}. Write both in the same way."
        )


def _can_be_negative(classes: list[Any], pos_label: Any) -> bool:
    """Whether a class found alone can be the other one: 0 or -1 beside 1, text beside text."""
    if len(classes) > 1:
        return False
    if isinstance(pos_label, str):
        return isinstance(classes[0], str)
    return classes[0] in _OTHER_CLASS


def _distinct(array: NDArray[Any]) -> list[Any]:
    if array.dtype.kind == "O":
        return sorted(set(array.tolist()), key=str)
    found: list[Any] = np.unique(array).tolist()
    return found


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)
