"""English number words and what they count: "twenty-one" and 21, "fifth" and 5th."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from pytest_fairness.perturb.surface.tables import words_of

_SMALL = words_of(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = words_of("twenty thirty forty fifty sixty seventy eighty ninety")
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def in_words(number: int) -> str:
    """Return a number from 0 to 999,999 in words.

    Examples
    --------
    >>> in_words(41), in_words(1005), in_words(23_100)
    ('forty-one', 'one thousand and five', 'twenty-three thousand one hundred')
    """
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_SMALL[ones]}" if ones else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    head, rest = divmod(number, size)
    tail = f" and {in_words(rest)}" if 0 < rest < 100 else f" {in_words(rest)}" if rest else ""
    return f"{in_words(head)} {name}{tail}"


def ordinal_in_words(number: int) -> str:
    """Return an ordinal in words: 21 is "twenty-first"."""
    words = in_words(number)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    return words[:cut] + ordinal_of(words[cut:])


def ordinal_of(word: str) -> str:
    """Return the ordinal of one number word."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return f"{word[:-1]}ieth" if word.endswith("y") else f"{word}th"


def suffix_of(number: int) -> str:
    """Return the letters after an ordinal in digits: "st" in 21st, "th" in 11th."""
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


@functools.cache
def values() -> Mapping[str, int]:
    """Return the value of each word below a hundred."""
    tens = {word: 20 + 10 * i for i, word in enumerate(_TENS)}
    return {word: i for i, word in enumerate(_SMALL)} | tens


@functools.cache
def cardinals() -> Mapping[str, str]:
    """Return the number word of each ordinal, "five" of "fifth"."""
    return {ordinal_of(word): word for word in (*values(), "hundred", "thousand")}


def value_of(words: Sequence[str]) -> int | None:
    """Return what number words say together, or None where they are no one number.

    Only what `in_words` writes counts, with or without "and": "twenty ten" and "nineteen eighty"
    are two numbers each.
    """
    total = group = 0
    for word in words:
        if word == "hundred":
            group *= 100
        elif word == "thousand":
            total, group = total + group * 1000, 0
        elif word != "and":
            group += values()[word]
    number = total + group
    said = [w for w in words if w != "and"]
    exact = [w for w in in_words(number).replace("-", " ").split() if w != "and"]
    return number if number < 1_000_000 and said == exact else None
