"""Validation rows as a decision rule reads them: scores, labels, groups and weights."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.columns import as_array
from pytest_fairness.metrics.groups import UNKNOWN, Groups, as_groups
from pytest_fairness.metrics.labels import as_positive, as_vector, as_weights
from pytest_fairness.mitigation.checking import as_floats, shown

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
_NO_ROWS = "There are no rows. Pass the scores and labels of validation rows."


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows to fit on; those of weight 0 are left out.

    Attributes
    ----------
    scores : array of shape (n,)
    positive : bool array of shape (n,)
    names : tuple of str
        Groups that have rows.
    codes : array of shape (n,)
        Position in `names` of each row's group.
    weights : array of shape (n,)
    """

    scores: Floats
    positive: NDArray[np.bool_]
    names: tuple[str, ...]
    codes: Codes
    weights: Floats


def read_sample(
    scores: Any,
    y_true: Any,
    sensitive_features: Any,
    sample_weight: Any,
    *,
    pos_label: Any,
    min_rows: int,
    least_groups: int = 1,
) -> Sample:
    """Check the rows that a rule for two classes is fitted on."""
    values = read_scores(scores)
    n = len(values)
    check_rows("y_true", y_true, n)
    if not n:
        raise ArgumentError(_NO_ROWS)
    positive = as_positive("y_true", y_true, pos_label)
    names, codes, weights = read_rows(
        sensitive_features, sample_weight, n, min_rows=min_rows, least_groups=least_groups
    )
    kept = weights > 0
    return Sample(values[kept], positive[kept], names, codes[kept], weights[kept])


def read_rows(
    sensitive_features: Any, sample_weight: Any, n: int, *, min_rows: int, least_groups: int = 1
) -> tuple[tuple[str, ...], Codes, Floats]:
    """Return the groups that have rows, each row's place among them, and its weight."""
    if not n:
        raise ArgumentError(_NO_ROWS)
    if sample_weight is not None:
        check_rows("sample_weight", sample_weight, n)
    weights = as_weights(sample_weight, n)
    groups = _groups(sensitive_features, n)
    _refuse_unknown(groups)
    rows = np.bincount(groups.codes[weights > 0], minlength=len(groups.names))
    names = tuple(name for name, count in zip(groups.names, rows, strict=True) if count)
    _check_sizes(names, rows[rows > 0], min_rows)
    _check_groups(names, least_groups)
    place = np.cumsum(rows > 0) - 1
    return names, place[groups.codes], weights


def read_scores(scores: Any, name: str = "scores") -> Floats:
    """Return one finite number for each row."""
    values = as_floats(name, as_vector(name, scores))
    check_finite(name, values)
    return values


def check_finite(name: str, values: Floats) -> None:
    """Raise if a value is NaN or infinite, and say where."""
    bad = np.flatnonzero(~np.isfinite(values).all(axis=tuple(range(1, values.ndim))))
    if len(bad):
        raise ArgumentError(
            f"{name} holds {len(bad)} rows that are NaN or infinite, the first at position "
            f"{bad[0]}. Drop those rows, or find out why the model gave no answer."
        )


def group_codes(sensitive_features: Any, n: int, known: Sequence[str]) -> Codes:
    """Return the place among the `known` groups of each row's group.

    Raises
    ------
    ArgumentError
        If a row has a group that the rule was not fitted on, or none.
    """
    groups = _groups(sensitive_features, n)
    _refuse_unknown(groups)
    present = {groups.names[code] for code in np.unique(groups.codes)}
    strange = sorted(present.difference(known))
    if strange:
        raise ArgumentError(
            f"sensitive_features holds the group {strange[0]!r}, which the rule was not fitted on; "
            f"it knows {', '.join(map(repr, known))}. Fit it on labelled rows of that group too, "
            "or leave its rows to the model as it was."
        )
    place = {name: position for position, name in enumerate(known)}
    return np.array([place.get(name, -1) for name in groups.names], dtype=np.intp)[groups.codes]


def check_rows(name: str, values: Any, n: int, of: str = "scores") -> None:
    """Raise unless `values` has one entry for each of `n` rows; `of` is what has so many."""
    found = len(_with_length(name, values))
    if found != n:
        raise ArgumentError(
            f"{name} has {found} entries but there are {n} {of}. Give one entry for each row."
        )


def _with_length(name: str, values: Any) -> Sized:
    if isinstance(values, Sized) and not hasattr(values, "ndim"):
        return values
    array = as_array(name, values)
    if not array.ndim:
        raise ArgumentTypeError(f"{name}={shown(values)} must be an array with one entry per row.")
    return array


def _groups(sensitive_features: Any, n: int) -> Groups:
    flat = getattr(sensitive_features, "ndim", 1) == 1
    if isinstance(sensitive_features, (list, tuple)) and sensitive_features:
        flat = isinstance(sensitive_features[0], (str, int, float, type(None)))
    if flat and hasattr(sensitive_features, "__len__"):
        check_rows("sensitive_features", sensitive_features, n)
    return as_groups(sensitive_features, n)


def _refuse_unknown(groups: Groups) -> None:
    if UNKNOWN not in groups.names:
        return
    missing = int((groups.codes == groups.names.index(UNKNOWN)).sum())
    raise ArgumentError(
        f"sensitive_features has no group for {missing} rows. Leave those rows out, or give them a "
        "label of their own, such as 'not stated'."
    )


def _check_groups(names: Sequence[str], least: int) -> None:
    if not names:
        raise ArgumentError("sample_weight is 0 for all rows, so that none counts. Raise some.")
    if len(names) < least:
        raise ArgumentError(
            f"sensitive_features has one group only ({names[0]!r}), so that there is nothing to "
            "make equal. Add rows of another group."
        )


def _check_sizes(names: Sequence[str], rows: Any, min_rows: int) -> None:
    small = {name: int(count) for name, count in zip(names, rows, strict=True) if count < min_rows}
    if small:
        name, count = next(iter(small.items()))
        raise ArgumentError(
            f"The group {name!r} has {count} rows, fewer than min_rows={min_rows}"
            f"{f', and so have {len(small) - 1} other groups' if len(small) > 1 else ''}. Gather "
            "more rows, merge groups or leave them out, or lower min_rows and mistrust the result."
        )
