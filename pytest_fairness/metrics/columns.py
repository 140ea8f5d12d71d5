"""Columns in whatever holds them: lists, NumPy, pandas, polars, Arrow, torch, `datasets`.

No library is imported to recognise its columns: a column is known by what it can do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentTypeError

Codes = NDArray[np.intp]
_CHUNK = 1 << 16  # texts of an array are made into objects this many at a time, to save memory
_SMALL_RANGE = 1 << 16  # whole numbers that lie this close together are counted, not sorted


@dataclass(frozen=True, eq=False)
class Factors:
    """A column as its distinct values, and which of them each row has.

    Attributes
    ----------
    values : list of length n_distinct
        Plain Python values. Values that are missing may stand there more than once.
    codes : array of shape (n,)
        Position in `values` of each row's value.
    """

    values: list[Any]
    codes: Codes


def as_array(name: str, values: Any) -> NDArray[Any]:
    """Return `values` as a NumPy array of any shape, from whatever holds them.

    Parameters
    ----------
    name : str
        What an error message calls it.
    values : array-like
        A list, range or other iterable, a NumPy array, a column of pandas, polars, Arrow or
        Hugging Face `datasets`, or a torch tensor on any device, also one that requires a gradient.

    Raises
    ------
    ArgumentTypeError
        If `values` is None, a text, a mapping or a set.

    Examples
    --------
    >>> as_array("y_pred", range(3)).tolist()
    [0, 1, 2]
    """
    if values is None or isinstance(values, (str, bytes)):
        raise ArgumentTypeError(f"{name}={values!r} must be an array with one entry per row.")
    if isinstance(values, (Mapping, Set)):
        raise ArgumentTypeError(
            f"{name} is a {type(values).__name__} and must be an array with one entry per row. "
            "Pass one column of it, in the order of the rows."
        )
    if hasattr(values, "detach"):
        return _from_tensor(values)
    if isinstance(values, np.ma.MaskedArray):
        return _from_masked(values)
    if hasattr(values, "__array__"):
        return np.asarray(values)
    return _from_list(_listed(values) if isinstance(values, Iterable) else values)


def _from_masked(values: np.ma.MaskedArray[Any, Any]) -> NDArray[Any]:
    """Return an array in which what was masked is missing."""
    if not np.ma.getmaskarray(values).any():
        return np.asarray(values.data)
    whole = np.asarray(values.data).astype(object)
    whole[np.ma.getmaskarray(values)] = None
    return whole


def factorise(name: str, values: Any) -> Factors:
    """Return the distinct values of a column, and which of them each row has.

    A column of shape (n, 1) is flattened. Distinct values come in no particular order.

    Raises
    ------
    ArgumentTypeError
        If `values` is no column, or holds entries that cannot be compared, such as lists.
    """
    try:
        return _used(_categorical(values) or _factorised(name, values))
    except TypeError as err:
        if isinstance(err, ArgumentTypeError):
            raise
        raise ArgumentTypeError(
            f"{name} holds entries that cannot be compared, such as lists of unequal length. "
            "Give one text or number per row."
        ) from err


def is_missing(value: Any) -> bool:
    """Whether `value` is None, NaN, NaT or pandas.NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas.NA has no truth value
        return True


def categories_of(column: Any) -> list[Any] | None:
    """Return the levels that a categorical column declares, also those that no row has."""
    levels = getattr(getattr(column, "dtype", None), "categories", None)
    listable = hasattr(levels, "tolist") or hasattr(levels, "to_list")
    return list(levels) if listable else None  # type: ignore[arg-type]


def is_nested(values: Any) -> bool:
    """Whether `values` is a list whose first entry is itself a row or a column."""
    if not isinstance(values, (list, tuple)) or not values:
        return False
    first = values[0]
    if isinstance(first, (str, bytes)) or not isinstance(first, Iterable):
        return False
    return not hasattr(first, "ndim") or bool(first.ndim)


def _listed(values: Iterable[Any]) -> Sequence[Any]:
    """Return a list; a lazily read column, such as one of `datasets`, is read in one go."""
    if isinstance(values, (list, tuple)):
        return values
    if hasattr(values, "__getitem__") and hasattr(values, "__len__"):
        whole = values[:]
        return whole if isinstance(whole, (list, tuple)) else list(whole)
    return list(values)


def _from_list(values: Any) -> NDArray[Any]:
    """Return an array that keeps each entry as it is: NumPy would write NaN as text."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of unequal length
        return np.asarray(values, dtype=object)
    if array.dtype.kind in "US" and array.ndim == 1 and not _all_text(values):
        return np.asarray(values, dtype=object)
    return array if array.dtype.kind not in "US" or array.ndim < 2 else np.asarray(values, object)


def _all_text(values: Sequence[Any]) -> bool:
    return all(issubclass(kind, (str, bytes)) for kind in set(map(type, values)))


def _from_tensor(tensor: Any) -> NDArray[Any]:
    held = tensor.detach().cpu()
    try:
        return np.asarray(held.numpy())
    except TypeError:  # bfloat16, which NumPy does not know
        return np.asarray(held.float().numpy())


def _categorical(column: Any) -> Factors | None:
    """Read the codes that a pandas categorical already has."""
    holder = getattr(column, "cat", column)
    codes, levels = getattr(holder, "codes", None), getattr(holder, "categories", None)
    if codes is None or levels is None:
        return None
    values = [*list(levels), None]
    places = np.array(codes, dtype=np.intp)
    places[places < 0] = len(values) - 1
    return Factors(values, places)


def _factorised(name: str, values: Any) -> Factors:
    if isinstance(values, (list, tuple)) and not is_nested(values) and not _holds_tensors(values):
        return _by_hash([values], len(values))
    if hasattr(values, "factorize"):  # pandas, which hashes its own columns fastest
        codes, found = values.factorize()
        return _with_missing(found.tolist(), np.asarray(codes, dtype=np.intp))
    if hasattr(values, "dictionary_encode"):
        return _from_arrow(values.dictionary_encode())
    if hasattr(values, "to_list") and hasattr(values, "is_null"):  # polars, a part at a time
        n = len(values)
        return _by_hash((values[at : at + _CHUNK].to_list() for at in range(0, n, _CHUNK)), n)
    array = as_array(name, values)
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim != 1:
        raise ArgumentTypeError(f"{name} has shape {array.shape} and must have one entry per row.")
    return _factorised_array(array)


def _holds_tensors(values: Sequence[Any]) -> bool:
    return bool(values) and hasattr(values[0], "detach")


def _from_arrow(encoded: Any) -> Factors:
    whole = encoded.combine_chunks() if hasattr(encoded, "combine_chunks") else encoded
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return _with_missing(whole.dictionary.to_pylist(), np.asarray(codes, dtype=np.intp))


def _with_missing(found: list[Any], codes: Codes) -> Factors:
    return Factors([*found, None], np.where(codes < 0, len(found), codes))


def _factorised_array(array: NDArray[Any]) -> Factors:
    kind = array.dtype.kind
    if kind == "b":
        return Factors([False, True], array.astype(np.intp))
    if kind in "iu" and (small := _small_range(array)) is not None:
        return small
    if kind in "iuf":
        values, codes = np.unique(array, return_inverse=True)
        return Factors(values.tolist(), codes.reshape(-1).astype(np.intp, copy=False))
    chunks = (array[start : start + _CHUNK].tolist() for start in range(0, len(array), _CHUNK))
    return _by_hash(chunks, len(array))


def _small_range(array: NDArray[Any]) -> Factors | None:
    if not len(array):
        return Factors([], array.astype(np.intp))
    low, high = int(array.min()), int(array.max())
    if high - low >= _SMALL_RANGE or high > np.iinfo(np.intp).max:
        return None
    return Factors(list(range(low, high + 1)), array.astype(np.intp) - low)


def _used(factors: Factors) -> Factors:
    """Leave out the values that no row has."""
    present = np.flatnonzero(np.bincount(factors.codes, minlength=len(factors.values)))
    if len(present) == len(factors.values):
        return factors
    recode = np.zeros(len(factors.values), dtype=np.intp)
    recode[present] = np.arange(len(present))
    return Factors([factors.values[place] for place in present], recode[factors.codes])


def _by_hash(chunks: Iterable[Sequence[Any]], n: int) -> Factors:
    table: dict[Any, int] = {}
    codes = np.empty(n, dtype=np.intp)
    start = 0
    for chunk in chunks:
        for value in dict.fromkeys(chunk):
            table.setdefault(value, len(table))
        stop = start + len(chunk)
        codes[start:stop] = np.fromiter(map(table.__getitem__, chunk), np.intp, len(chunk))
        start = stop
    return Factors(list(table), codes)
