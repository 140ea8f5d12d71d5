"""English numbers in figures and in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_fairness.perturb.changes import Change

_TO_NINE = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TO_NINETEEN = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_ONES = _TO_NINE + _TO_NINETEEN
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FIGURES = re.compile(r"(?<![\w.,:/$€£¥%+-])(\d{1,3}(?:,\d{3})|\d{1,6})(?![\w:/%°]|[.,]\d|-\d)")
_NO_COUNT = re.compile(
    r"\b(?:in|since|by|until|from|of|year|room|flat|no|number|page|chapter|version|grade|"
    r"january|february|march|april|may|june|july|august|september|october|november|december)"
    r"\.?\s$",
    re.IGNORECASE,
)
_UNIT = "|".join(_ONES)
_WORDS = re.compile(
    rf"(?<![\w-])(?:(?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_ONES[1:10])}))?|"
    rf"{'|'.join(sorted(_ONES[2:], key=len, reverse=True))})(?![\w-])"
    r"(?!\s+(?:hundred|thousand|million))",
    re.IGNORECASE,
)


def in_words(number: int) -> str:
    """Return a number from 0 to 999,999 in words.

    Examples
    --------
    >>> in_words(42), in_words(1200), in_words(305_001)
    ('forty-two', 'one thousand two hundred', 'three hundred and five thousand and one')
    """
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_ONES[rest]}" if rest else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{_ONES[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    link = " and " if 0 < rest < 100 else " "
    return f"{in_words(thousands)} thousand" + (link + in_words(rest) if rest else "")


def figures_to_words(text: str) -> Iterator[Change]:
    """Yield counts in words; years, dates, times, money, versions and addresses stay."""
    for found in _FIGURES.finditer(text):
        written = found.group(1)
        value = int(written.replace(",", ""))
        is_year = len(written) == 4 and 1000 <= value <= 2199
        if is_year or written[0] == "0" != written or _NO_COUNT.search(text[: found.start()]):
            continue
        word = in_words(value)
        opens = not text[: found.start()].strip() or text[: found.start()].rstrip()[-1] in ".!?"
        yield Change(*found.span(1), written, word[:1].upper() + word[1:] if opens else word)


def words_to_figures(text: str) -> Iterator[Change]:
    """Yield numbers from two to ninety-nine in figures; "one" may be a pronoun, and stays."""
    for found in _WORDS.finditer(text):
        yield Change(*found.span(), found.group(), str(_value(found.group().lower())))


def _value(word: str) -> int:
    tens, _, ones = word.partition("-")
    if tens in _TENS:
        return 10 * (_TENS.index(tens) + 2) + (_ONES.index(ones) if ones else 0)
    return _ONES.index(word)
