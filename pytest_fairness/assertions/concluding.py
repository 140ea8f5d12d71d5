"""From a judgement on groups of rows to an outcome that is recorded, returned or raised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import (
    Levels,
    chosen_levels,
    only_limit,
    refuse_inside_given,
    settle,
)
from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement
from pytest_fairness.metrics.columns import as_array, factorise
from pytest_fairness.outcome import Example, ModelInfo, Outcome, Tolerance
from pytest_fairness.perturb import Space
from pytest_fairness.settings import current, current_run

MEANINGS = {
    "max_difference": "the largest accepted difference between two groups",
    "min_ratio": "the smallest accepted ratio of a group's value to another's",
    "min_group": "the smallest accepted value of any group",
    "max_group": "the largest accepted value of any group",
}
_ADVICE = "Compute the predictions in a test without @given, and judge them there."


def begin(
    assertion: str,
    limits: Mapping[str, float | None],
    meanings: Mapping[str, str] = MEANINGS,
    *,
    least: float = 0.0,
    most: float = 1.0,
    unit: str = "",
) -> Tolerance:
    """Check what can be checked before any number is looked at, and return the limit."""
    __tracebackhide__ = True
    refuse_inside_given(assertion, _ADVICE)
    return only_limit(limits, meanings, least=least, most=most, unit=unit)


def conclude(
    id: str,
    limit: Tolerance,
    judge: Callable[[Levels], Judgement],
    *,
    sensitive_features: Any,
    data: tuple[Any, ...],
    alpha: float | None,
    remark: str = "",
    model: Any = None,
    examples: Sequence[Example] = (),
    attribute: str | None = None,
    space: Space | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Outcome:
    """Judge, and settle the outcome.

    Parameters
    ----------
    id : str
        Of the definition.
    limit : Tolerance
    judge : callable
        Gives the judgement at the levels of this check.
    sensitive_features : array-like or table
    data : tuple of array-like
        What was judged, for the fingerprint.
    alpha : float or None
        As the user gave it.
    remark : str
        What the definition leaves open, such as which class is positive.
    model
        That was asked, if one was.
    examples : sequence of Example
        Worst first.
    attribute : str, optional
        By default what `sensitive_features` is called.
    space : Space, optional
        That was judged, so that a repair can build it again.
    settings : mapping, optional
        Arguments of the check that it takes to run it again; see `Outcome.settings`.
    """
    __tracebackhide__ = True
    info = getattr(model, "info", None)
    known, levels = definition(id), chosen_levels(alpha)
    judgement = judge(levels)
    return settle(
        Outcome(
            metric=known.name,
            definition=f"{known.text} {remark}".strip(),
            definition_id=id,
            verdict=judgement.verdict,
            reason=judgement.reason,
            tolerance=limit,
            evidence=judgement.evidence,
            examples=tuple(examples),
            model=info if isinstance(info, ModelInfo) else None,
            attribute=attribute or feature_name(sensitive_features),
            language=None if space is None else space.language,
            source=None if space is None else space.recipe,
            data_fingerprint=arrays_fingerprint(*data, sensitive_features),
            alpha=levels.alpha,
            share=levels.share,
            seed=current().seed,
            test=current_run().test,
            settings=settings,
        )
    )


def check_not_empty(name: str, values: Any) -> None:
    """Raise if there is nothing to judge."""
    __tracebackhide__ = True
    if hasattr(values, "__len__") and len(values) == 0:
        raise ArgumentError(f"{name} is empty: there are no rows to judge. Give one entry per row.")


def kind_of(limit: Tolerance) -> Any:
    """Return whether a limit is on a difference or on a ratio."""
    return "ratio" if limit.name == "min_ratio" else "difference"


def suffix_of(limit: Tolerance) -> str:
    """Return the end of the name of the metric that a limit is on."""
    bound, _, what = limit.name.partition("_")
    return f"group_{bound}" if what == "group" else what


def feature_name(sensitive_features: Any) -> str | None:
    """Return the name that a Series, or the columns of a table, carry."""
    if isinstance(sensitive_features, Mapping):
        return ", ".join(map(str, sensitive_features))
    columns = _column_names(sensitive_features)
    if columns is not None:
        return ", ".join(map(str, columns))
    name = getattr(sensitive_features, "name", None)
    return None if name is None or callable(name) else str(name)


def arrays_fingerprint(*columns: Any) -> str:
    """Return a short hash of arrays, the same for equal values however they are held."""
    digest = hashlib.blake2b(digest_size=8)
    for part in (part for column in columns for part in _parts(column)):
        digest.update(_plain_bytes(part))
        digest.update(b"\x00")
    return digest.hexdigest()


def _parts(column: Any) -> list[Any]:
    """Return the columns of what may be one, several or none."""
    if column is None:
        return []
    if isinstance(column, Mapping):
        return list(column.values())
    names = _column_names(column)
    return [column] if names is None else [column[name] for name in names]


def _column_names(table: Any) -> list[Any] | None:
    """Return the names of the columns of a table, of pandas, polars, Arrow or `datasets`."""
    names = getattr(table, "column_names", None)
    names = getattr(table, "columns", None) if names is None else names
    return None if names is None else list(names)


def _as_numbers(array: Any) -> Any:
    """Return an array of Python numbers as one of machine numbers, and any other as it is."""
    numeric = all(isinstance(value, (bool, int, float)) for value in array.ravel()[:1000].tolist())
    try:
        return array.astype(np.float64) if numeric else array
    except (TypeError, ValueError):
        return array


def _plain_bytes(column: Any) -> bytes:
    """Return numbers as float64, and anything else as its distinct values and their codes."""
    array = as_array("data", column)
    if array.dtype.kind == "O":
        array = _as_numbers(array)
    if array.dtype.kind in "buif":
        return np.ascontiguousarray(array, dtype=np.float64).tobytes()
    factors = factorise("data", array.ravel())
    labels = np.array([str(value) for value in factors.values])
    distinct, places = np.unique(labels, return_inverse=True)
    return "\x1f".join(distinct.tolist()).encode("utf-8", "surrogatepass") + (
        places[factors.codes].astype(np.int64).tobytes()
    )
