"""Numbers in letters: texts that differ in figures alone are copies of one another to a repair."""

from __future__ import annotations

_DIGITS = ("nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spelled(number: int) -> str:
    """Return a number digit by digit, such as ``"four two"``."""
    return " ".join(_DIGITS[int(digit)] for digit in str(number))
