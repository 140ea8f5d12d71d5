"""Labels, predictions and weights, checked, as arrays and as codes of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.columns import Factors, as_array, factorise, is_missing, is_nested

_EXTREME = 1e-70  # squares of smaller weights, and of sums of larger ones, are no safe floats
_WIDEST = 1e-60  # least ratio of two weights above 0
_OTHER_CLASS = (0, -1)  # what a lone second class may be when it stands beside the number 1


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels and predictions as codes of the same classes.

    Attributes
    ----------
    classes : tuple
        The classes, in the order declared, else sorted.
    predicted : array of shape (n,)
        Position in `classes` of each prediction.
    actual : array of shape (n,), or None
        Position in `classes` of each true label.
    """

    classes: tuple[Any, ...]
    predicted: NDArray[np.intp]
    actual: NDArray[np.intp] | None


def as_positive(name: str, values: Any, pos_label: Any) -> NDArray[np.bool_]:
    """Return which entries equal `pos_label`.

    Raises
    ------
    ArgumentError
        If entries are missing, or are not of two classes of which `pos_label` is one.
    """
    factors = _complete(name, values)
    check_classes(name, factors.values, pos_label)
    positive = np.array([value == pos_label for value in factors.values], dtype=np.bool_)
    return positive[factors.codes] if len(positive) else np.zeros(0, dtype=np.bool_)


def as_vector(name: str, values: Any) -> NDArray[Any]:
    """Return `values` as a one-dimensional array; a single column is flattened."""
    array = as_array(name, values)
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    _check_vector(name, array.shape)
    return array


def as_weights(values: Any, n: int) -> NDArray[np.float64]:
    """Return one finite weight of at least 0 per row; None means 1 each."""
    if values is None:
        return np.ones(n)
    weights = _as_floats(as_vector("sample_weight", values))
    check_same_length("sample_weight", len(weights), n)
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise ArgumentError("sample_weight must hold finite numbers of at least 0, one per row.")
    return _scaled(weights) if n else weights


def _as_floats(weights: NDArray[Any]) -> NDArray[np.float64]:
    try:
        return weights.astype(np.float64)
    except (TypeError, ValueError) as err:
        raise ArgumentTypeError(
            f"sample_weight holds values that are no numbers, such as {weights.tolist()[0]!r}. "
            "Give one weight per row."
        ) from err


def _scaled(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide weights by the largest where their squares may leave the range of floats."""
    largest = float(weights.max())
    least = float(weights.min(where=weights > 0, initial=largest))
    if least < largest * _WIDEST:
        raise ArgumentError(
            f"sample_weight spans from {least:g} to {largest:g}, so that the lightest rows are "
            "lost in rounding. Give 0 to rows that do not count."
        )
    if not largest or (least >= _EXTREME and largest <= 1 / _EXTREME):
        return weights
    return weights / largest


def check_same_length(name: str, found: int, n: int) -> None:
    """Raise unless `name` has one entry for each of the `n` predictions."""
    if found != n:
        raise ArgumentError(
            f"{name} has {found} entries but y_pred has {n}. Give one entry per prediction."
        )


def two_classes(y_true: Any, y_pred: Any, pos_label: Any) -> Labels:
    """Read labels of two classes, of which `pos_label` is one; `y_true` may be None."""
    actual, predicted = _both(y_true, y_pred)
    if actual is not None:
        _check_same_classes(actual.values, predicted.values)
    check_classes("y_pred", predicted.values, pos_label)
    if actual is not None:
        check_classes("y_true", actual.values, pos_label)
    return _on(_sorted_classes(actual, predicted, extra=pos_label), actual, predicted)


def many_classes(y_true: Any, y_pred: Any, classes: Sequence[Any] | None) -> Labels:
    """Read labels of any number of classes; `y_true` may be None.

    Raises
    ------
    ArgumentError
        If a label is not among the `classes` declared, or labels look like scores.
    """
    actual, predicted = _both(y_true, y_pred)
    if actual is not None:
        _check_same_kind(actual.values, predicted.values)
    if classes is None:
        return _on(_sorted_classes(actual, predicted), actual, predicted)
    named = as_array("classes", classes).tolist()
    declared = tuple(dict.fromkeys(named))
    if len(declared) < len(named):
        raise ArgumentError(f"classes={named!r} names a class twice. Name each once.")
    for name, factors in (("y_true", actual), ("y_pred", predicted)):
        strange = [v for v in factors.values if v not in declared] if factors else []
        if strange:
            raise ArgumentError(
                f"{name} holds {_listed(strange[:3])}, not among classes={list(declared)!r}. "
                "Declare every class, or leave classes out."
            )
    return _on(declared, actual, predicted)


def check_classes(name: str, found: list[Any], pos_label: Any) -> None:
    """Raise unless the distinct values `found` are of two classes, `pos_label` among them."""
    classes = sort_values(found)
    if len(classes) > 2:
        raise ArgumentError(
            f"{name} holds {len(classes)} different values, such as {_listed(classes[:3])}, and "
            "must hold two classes. Threshold scores first, or compare one class with the rest."
        )
    _refuse_scores(name, classes)
    if pos_label in classes or not classes or _can_be_negative(classes, pos_label):
        return
    raise ArgumentError(
        f"{name} holds {_listed(classes)} and pos_label={pos_label!r} is not among them. "
        f"Pass the class that counts as selected, such as pos_label={classes[-1]!r}."
    )


def sort_values(values: list[Any]) -> list[Any]:
    """Return values in order: their own where they have one, else that of their texts."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=str)


def _both(y_true: Any, y_pred: Any) -> tuple[Factors | None, Factors]:
    predicted = _complete("y_pred", y_pred)
    if y_true is None:
        return None, predicted
    actual = _complete("y_true", y_true)
    check_same_length("y_true", len(actual.codes), len(predicted.codes))
    return actual, predicted


def _complete(name: str, values: Any) -> Factors:
    """Return a column without missing values."""
    one_column = hasattr(values, "__len__") and getattr(values, "ndim", 1) == 1
    if not one_column or is_nested(values) or isinstance(values, (str, bytes)):
        values = as_vector(name, values)
    factors = factorise(name, values)
    missing = [place for place, value in enumerate(factors.values) if is_missing(value)]
    if missing:
        rows = np.flatnonzero(np.isin(factors.codes, missing))
        raise ArgumentError(
            f"{name} holds {len(rows)} missing values, the first at position {rows[0]}. "
            "Drop those rows, or find out why the model gave no answer."
        )
    return factors


def _on(classes: tuple[Any, ...], actual: Factors | None, predicted: Factors) -> Labels:
    place = {value: position for position, value in enumerate(classes)}
    return Labels(
        classes, _recoded(predicted, place), None if actual is None else _recoded(actual, place)
    )


def _recoded(factors: Factors, place: dict[Any, int]) -> NDArray[np.intp]:
    places = np.array([place[value] for value in factors.values], dtype=np.intp)
    return places[factors.codes] if len(places) else factors.codes


def _sorted_classes(
    actual: Factors | None, predicted: Factors, extra: Any = None
) -> tuple[Any, ...]:
    found = dict.fromkeys([*(actual.values if actual else ()), *predicted.values])
    classes = sort_values(list(found))
    _refuse_scores("y_pred", classes)
    return tuple(classes if extra is None or extra in found else [*classes, extra])


def _refuse_scores(name: str, classes: list[Any]) -> None:
    scores = [v for v in classes if isinstance(v, float) and not v.is_integer()]
    if scores:
        raise ArgumentError(
            f"{name} holds scores, such as {scores[0]!r}, and must hold classes. "
            "Threshold them first: y_pred = scores >= 0.5."
        )


def _check_same_classes(actual: list[Any], predicted: list[Any]) -> None:
    """Raise if labels and predictions are written in different ways, such as 1 and "yes"."""
    if len({*actual, *predicted}) > 2 and len(actual) <= 2 and len(predicted) <= 2:
        raise _different(actual, predicted)


def _check_same_kind(actual: list[Any], predicted: list[Any]) -> None:
    """Raise if all labels are texts and no prediction is, or the other way round."""
    kinds = [{isinstance(value, str) for value in values} for values in (actual, predicted)]
    if kinds in ([{True}, {False}], [{False}, {True}]):
        raise _different(actual, predicted)


def _different(actual: list[Any], predicted: list[Any]) -> ArgumentError:
    return ArgumentError(
        f"y_true and y_pred use different labels: {_listed(sort_values(actual)[:5])} and "
        f"{_listed(sort_values(predicted)[:5])}. Write both in the same way."
    )


def _can_be_negative(classes: list[Any], pos_label: Any) -> bool:
    """Whether a class found alone can be the other one: 0 or -1 beside 1, text beside text."""
    if len(classes) > 1:
        return False
    if isinstance(pos_label, str):
        return isinstance(classes[0], str)
    return classes[0] in _OTHER_CLASS


def _check_vector(name: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 1:
        hint = (
            "Pass one predicted class per row, not scores per class."
            if shape and name != "sample_weight"
            else "Pass a list or an array with a number for each row, or leave it out."
            if name == "sample_weight"
            else "Pass a list or an array."
        )
        raise ArgumentError(f"{name} has shape {shape} and must have one entry per row. {hint}")


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)
