"""What a function or an estimator returned, checked and in one shape."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ModelError
from pytest_fairness.models.base import Scores, check_finite

_ROUNDING = 1e-6
ACCEPTED = (
    "Return one of: scores of the positive class in [0, 1] of shape (n_texts,), scores per label "
    "of shape (n_texts, n_labels), or labels of shape (n_texts,)."
)


@dataclass(frozen=True)
class Answers:
    """Scores of shape (n_texts, n_labels), or, of a model that gives labels only, the labels."""

    scores: Scores | None
    labels: tuple[str, ...] | None


def read_answers(returned: Any, texts: Sequence[str], name: str) -> Answers:
    """Tell scores from labels by their type, and check them.

    Floats of shape (n_texts,) become two columns, those of the negative and the positive class.

    Raises
    ------
    ModelError
        If there is not one row per text, or if scores are not finite numbers in [0, 1].
    """
    array = as_array(returned, name)
    check_rows(array, texts, name)
    if array.ndim == 1 and array.dtype.kind in "OUSbiu":
        return Answers(None, read_labels(array, name))
    if array.ndim > 2 or array.dtype.kind not in "biuf":
        raise ModelError(
            f"{name} returned an array of shape {array.shape} and type {array.dtype}. {ACCEPTED}"
        )
    return Answers(read_scores(array, texts, name), None)


def call(function: Callable[..., Any], name: str, step: str, *given: Any, **options: Any) -> Any:
    """Return what a user's function returns; `step` says what it takes and is to return.

    Raises
    ------
    ModelError
        If it takes other arguments, or returns nothing.
    """
    if not _takes(function, given, options):
        raise ModelError(
            f"{name}{inspect.signature(function)} was given, and cannot be called with "
            f"{len(given)} argument{'s' * (len(given) > 1)}. {step}"
        )
    returned = function(*given, **options)
    if returned is None:
        raise wrong_answer(name, returned, step)
    return returned


def _takes(function: Callable[..., Any], given: Sequence[Any], options: dict[str, Any]) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions tell nothing of themselves
        return True
    try:
        signature.bind(*given, **options)
    except TypeError:
        return False
    return True


def wrong_answer(name: str, returned: Any, step: str, part: str = "") -> ModelError:
    """Name what a function returned, as which `part`, of which kind it is, and what is asked for.

    Examples
    --------
    >>> print(wrong_answer("score", ["a"], "Return one number per text."))
    score returned ['a'], of type list, which cannot be used. Return one number per text.
    """
    shown = reprlib.repr(returned)
    kind = "" if returned is None else f", of type {type(returned).__name__}"
    part = part and f" as {part}"
    return ModelError(f"{name} returned {shown}{part}{kind}, which cannot be used. {step}")


def as_floats(returned: Any, name: str, step: str) -> npt.NDArray[np.float64]:
    """Return an array of floats of any shape; refuse texts and what else is no number."""
    array = as_array(returned, name, step)
    if array.dtype.kind in "US" or (array.dtype.kind == "O" and array.ndim == 0):
        raise wrong_answer(name, returned, step)
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as err:
        raise wrong_answer(name, returned, step) from err


def as_array(returned: Any, name: str, step: str = ACCEPTED) -> npt.NDArray[Any]:
    """Return a NumPy array of a list, a Series or a tensor, wherever it lives."""
    if hasattr(returned, "detach"):
        returned = returned.detach().cpu().float().numpy()
    try:
        return np.asarray(returned)
    except ValueError as err:
        raise ModelError(f"{name} returned rows of different lengths. {step}") from err


def check_rows(array: npt.NDArray[Any], texts: Sequence[str], name: str) -> None:
    """Refuse answers that do not pair up with the texts."""
    if array.ndim == 0 or len(array) != len(texts):
        rows = "a single value" if array.ndim == 0 else f"{len(array)} rows"
        raise ModelError(f"{name} returned {rows} for {len(texts)} texts. {ACCEPTED}")


def read_labels(array: npt.NDArray[Any], name: str) -> tuple[str, ...]:
    """Return labels as strings."""
    for label in array.tolist():
        if not isinstance(label, (str, int, bool)):
            raise ModelError(
                f"{name} returned {label!r}, a {type(label).__name__}, as a label. {ACCEPTED}"
            )
    return tuple(str(label) for label in array.tolist())


def read_scores(array: npt.NDArray[Any], texts: Sequence[str], name: str) -> Scores:
    """Return scores as columns, the negative class first where only the positive one is given."""
    columns: Scores = array.reshape(len(texts), -1).astype(np.float64)
    check_finite(columns, texts, name)
    low, high = columns.min(), columns.max()
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise ModelError(
            f"{name} returned scores from {low:g} to {high:g}, but they must lie in [0, 1]. "
            "Where they are logits, return their softmax or sigmoid."
        )
    return np.hstack([1 - columns, columns]) if columns.shape[1] == 1 else columns
