"""What a caller may hand over as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError


def as_texts(texts: Iterable[str]) -> list[str]:
    """Return `texts` as a list of plain strings.

    Parameters
    ----------
    texts : iterable of str
        A list, a tuple, a pandas Series, a one-dimensional NumPy array, a generator.

    Raises
    ------
    ArgumentTypeError
        If `texts` is one string, a table or a mapping, or if an entry is not a string.
    ArgumentError
        If an entry is not valid Unicode.
    """
    _check_container(texts)
    found: list[Any] = list(texts)
    for index, text in enumerate(found):
        if type(text) is not str:
            found[index] = _plain(text, index)
        if not text.isascii():
            _check_unicode(text, index)
    return found


def _check_container(texts: Any) -> None:
    if isinstance(texts, (str, bytes)):
        raise ArgumentTypeError(
            f"texts={_short(texts)} is a single {type(texts).__name__}; "
            "give a list of strings, such as [text]."
        )
    flat = getattr(texts, "ndim", 1) == 1 and not isinstance(texts, Mapping)
    if not (flat and isinstance(texts, Iterable)):
        raise ArgumentTypeError(
            f"texts is a {type(texts).__name__}; give a one-dimensional collection of strings: a "
            "list, a pandas Series, a NumPy array."
        )


def _plain(text: Any, index: int) -> str:
    if isinstance(text, str):  # such as numpy.str_, which tokenizers refuse
        return str(text)
    raise ArgumentTypeError(
        f"texts[{index}] is {_short(text)}, a {type(text).__name__}, but every text must be a "
        "string. Drop or fill missing entries before scoring."
    )


def _check_unicode(text: str, index: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as err:
        raise ArgumentError(
            f"texts[{index}]={_short(text)} holds half of a surrogate pair at position "
            f"{err.start}, which no tokenizer can read. Decode the text with errors='replace'."
        ) from err


def _short(value: Any, limit: int = 40) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
