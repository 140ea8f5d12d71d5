"""Checks of the values that configurations, plans and functions of a repair are given.

Each names the value, what was expected, and what it is for or the next step.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from pytest_fairness.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pytest_fairness.perturb import Pair

OPTIONAL = ("freeze_layers", "learning_rate")
PAIRS = "pairs, as counterfactuals(...).sample(n) gives them"
LARGEST_SEED = 2**32 - 1  # what NumPy and torch both take
_SHOWN = 80  # characters of a value in a message


def shown(value: object) -> str:
    """Return a value for a message: on one line, and cut where it is long.

    Examples
    --------
    >>> shown("She sings."), len(shown(["a" * 200]))
    ("'She sings.'", 80)
    """
    told = " ".join(repr(value).split())
    return told if len(told) <= _SHOWN else f"{told[: _SHOWN - 3]}..."


def shown_briefly(value: object) -> str:
    r"""Return a value for a message, and only the type of one that takes several lines: a table.

    Examples
    --------
    >>> shown_briefly([1, 2]), shown_briefly(type("Frame", (), {"__repr__": lambda s: "a\nb"})())
    ('[1, 2]', 'Frame(...)')
    """
    return f"{type(value).__name__}(...)" if "\n" in repr(value) else shown(value)


def near(value: object, known: Iterable[object]) -> str:
    """Return a question that names the known word nearest to a misspelt one, or nothing.

    Examples
    --------
    >>> near("gendr", ["gender", "race"])
    " Did you mean 'gender'?"
    """
    names = [name for name in known if isinstance(name, str)]
    found = difflib.get_close_matches(value, names, 1) if isinstance(value, str) else []
    return f" Did you mean {found[0]!r}?" if found else ""


def check_choice(name: str, value: object, choices: Collection[object]) -> None:
    """Refuse a value that is none of `choices`."""
    if not any(isinstance(value, type(choice)) and value == choice for choice in choices):
        hint = near(value, choices)
        raise ArgumentError(
            f"{name}={shown(value)} must be one of {', '.join(map(str, choices))}.{hint}"
        )


def check_flag(name: str, value: object) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{name}={shown(value)} must be True or False.")


def check_whole(name: str, value: object, least: int, meaning: str, most: float = math.inf) -> None:
    """Refuse what is no whole number of at least `least`; `meaning` says what it is for."""
    if value is None and name in OPTIONAL:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(
            f"{name}={shown(value)} must be a whole number{_plainly(value, Integral)}: {meaning}."
        )
    if value < least:
        raise ArgumentError(f"{name}={value!r} must be at least {least}: {meaning}.")
    if value > most:
        raise ArgumentError(f"{name}={shown(value)} must be at most {most}: {meaning}.")


def check_seed(value: object, name: str = "seed") -> None:
    """Refuse what NumPy and torch cannot be seeded with.

    Examples
    --------
    >>> check_seed(-1)
    Traceback (most recent call last):
    ...
    pytest_fairness.errors.ArgumentError: seed=-1 must be at least 0: it seeds every draw.
    """
    check_whole(name, value, 0, "it seeds every draw", LARGEST_SEED)


def check_real(
    name: str, value: object, low: float, high: float, closed: bool, meaning: str
) -> None:
    """Refuse a number outside of [low, high], or of (low, high) where it is not `closed`.

    A bound may be infinite; the number itself never.
    """
    if value is None and name in OPTIONAL:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(
            f"{name}={shown(value)} must be a number{_plainly(value, Real)}: {meaning}."
        )
    inside = low <= value <= high if closed else low < value < high
    if not inside or not _is_finite(value):
        wanted = _range(low, high, closed)
        raise ArgumentError(f"{name}={shown(value)} must {wanted}: {meaning}.")


def _plainly(value: object, kind: type) -> str:
    """Say how a number of NumPy, which JSON cannot hold, becomes one of Python."""
    if not isinstance(value, kind) or isinstance(value, bool):
        return ""
    return f" of Python, as {'int' if kind is Integral else 'float'}(...) makes it"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float holds
        return False


def _range(low: float, high: float, closed: bool) -> str:
    if math.isfinite(high):
        return f"lie in [{low:g}, {high:g}]" if closed else f"lie in ({low:g}, {high:g})"
    if math.isfinite(low):
        return f"be {'at least' if closed else 'greater than'} {low:g} and finite"
    return "be a finite number"


def check_text(name: str, value: object, meaning: str) -> None:
    """Refuse what is no text, or an empty one; `meaning` says what it is for."""
    if not isinstance(value, str):
        raise ArgumentTypeError(f"{name}={shown(value)} must be a text: {meaning}.")
    if not value.strip():
        raise ArgumentError(f"{name}={value!r} is empty: {meaning}.")


def listed_texts(name: str, values: object) -> list[str]:
    """Return texts as a list; one text by itself would be read letter by letter.

    Examples
    --------
    >>> listed_texts("keep", "hello")
    Traceback (most recent call last):
    ...
    pytest_fairness.errors.ArgumentTypeError: keep='hello' must be a list of texts, not ...
    """
    if isinstance(values, (str, bytes)):
        raise ArgumentTypeError(
            f"{name}={shown(values)} must be a list of texts, not one text, which would be read "
            f"letter by letter. Write {name}=[{shown(values)}]."
        )
    if not isinstance(values, Iterable) or isinstance(values, Mapping):
        raise ArgumentTypeError(f"{name}={shown(values)} must be a list of texts.")
    listed = list(values)
    for place, text in enumerate(listed):
        if not isinstance(text, str):
            raise ArgumentTypeError(
                f"{name}[{place}]={shown(text)} must be a text. Leave such entries out."
            )
    return listed


def listed_entries(name: str, values: object) -> list[Any]:
    """Return several values as a list; a text or a mapping is one value."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise ArgumentTypeError(f"{name}={shown(values)} must be a list with one entry for each.")
    return list(values)


def listed_pairs(name: str, values: object, wanted: str = PAIRS) -> list[Pair]:
    """Return counterfactual pairs as a list, or say how to get some."""
    from pytest_fairness.perturb import Pair

    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise ArgumentTypeError(f"{name}={shown(values)} must be {wanted}.")
    listed = list(values)
    for place, pair in enumerate(listed):
        if not isinstance(pair, Pair):
            raise ArgumentTypeError(
                f"{name}[{place}]={shown(pair)} is no Pair: {name} must be {wanted}."
            )
    return listed


def check_same_length(name: str, found: int, other: str, n: int) -> None:
    """Refuse columns of different lengths."""
    if found != n:
        raise ArgumentError(
            f"{name} has {found} entries but {other} has {n}. Give one entry per text."
        )


def check_names(name: str, entries: Collection[object] | None) -> None:
    """Refuse entries of a column that are no texts, such as labels written as numbers."""
    if entries is None or all(isinstance(entry, str) for entry in entries):
        return
    place, entry = next((i, e) for i, e in enumerate(entries) if not isinstance(e, str))
    raise ArgumentTypeError(
        f"{name}[{place}]={shown(entry)} must be a text, as a file writes it: str(...)."
    )


def check_weights(name: str, weights: Any) -> None:
    """Refuse weights that are no numbers, negative or not finite."""
    listed = weights.tolist() if hasattr(weights, "tolist") else list(weights or ())
    for place, weight in enumerate(listed):
        if not (type(weight) is float and 0 <= weight < math.inf):  # the usual, at once
            meaning = "it is how much the row counts"
            check_real(f"{name}[{place}]", weight, 0.0, math.inf, True, meaning)


def check_wanted(name: str, names: object) -> None:
    """Refuse what is no collection of names, where some are given."""
    if names is None:
        return
    if isinstance(names, str) or not isinstance(names, Collection):
        raise ArgumentTypeError(
            f"{name}={shown(names)} must be a list of names, such as ['a', 'b']."
        )
    if not names:
        raise ArgumentError(f"{name} is empty, so that no row is meant. Leave it out to mean all.")
    check_names(name, names)


def check_share(name: str, value: object, meaning: str) -> None:
    """Refuse what does not lie in (0, 1]."""
    kind = "a number in (0, 1]"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"{name}={shown(value)} must be {kind}: {meaning}.")
    if not 0 < value <= 1:
        raise ArgumentError(f"{name}={shown(value)} must be {kind}: {meaning}.")


def check_callable(name: str, value: object, meaning: str) -> None:
    """Refuse what cannot be called; `meaning` says from what to what it goes."""
    if not callable(value):
        raise ArgumentTypeError(f"{name}={shown(value)} must be a function {meaning}.")


def check_instance(name: str, value: object, kind: type | tuple[type, ...], wanted: str) -> None:
    """Refuse what is of another kind; `wanted` says how to get one."""
    if not isinstance(value, kind):
        raise ArgumentTypeError(f"{name}={shown(value)} must be {wanted}.")


def as_floats(name: str, values: Any) -> NDArray[np.float64]:
    """Return an array of numbers of any shape, from whatever holds them.

    Raises
    ------
    ArgumentTypeError
        If an entry is no number, or rows differ in length.
    """
    from pytest_fairness.metrics.columns import as_array

    array = as_array(name, values)
    try:
        return array.astype("float64")
    except (TypeError, ValueError) as err:
        raise ArgumentTypeError(
            f"{name} must hold numbers, in rows of equal length, but is {shown(values)}."
        ) from err


def as_entries(name: str, values: Any) -> list[Any]:
    """Return one entry per row, from whatever holds them.

    Raises
    ------
    ArgumentTypeError
        If it is a single value, a text, a mapping or a set.
    """
    from pytest_fairness.metrics.columns import as_array

    array = as_array(name, values)
    if not array.ndim:
        raise ArgumentTypeError(f"{name}={shown(values)} must be an array with one entry per row.")
    return list(array.tolist())


def check_new_folder(name: str, value: object) -> None:
    """Refuse what cannot become a folder: no path, or that of a file."""
    check_path(name, value)
    if Path(str(value)).is_file():
        raise ArgumentError(f"{name}={str(value)!r} is a file. Name a folder.")


def check_file_place(name: str, value: object) -> None:
    """Refuse a path at which no file can be written."""
    check_path(name, value)
    place = Path(str(value))
    if place.is_dir():
        raise ArgumentError(f"{name}={str(value)!r} is a folder. Name a file in it.")
    if not place.parent.is_dir():
        raise ArgumentError(
            f"{name}={str(value)!r}: there is no folder {str(place.parent)!r}. Create it first."
        )


def check_path(name: str, value: object) -> None:
    """Refuse what is no path."""
    check_instance(name, value, (str, Path), "a path, as a text or Path")
    if not str(value).strip():
        raise ArgumentError(f"{name}={value!r} is empty. Name a path.")


def is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a sequence of several, not a text."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))
