"""Checks of the values that a configuration is given."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_fairness.errors import ArgumentError, ArgumentTypeError

OPTIONAL = ("freeze_layers", "learning_rate")


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Refuse a value that is none of `choices`."""
    if value not in choices:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(map(str, choices))}.")


def check_whole(name: str, value: object, least: int, meaning: str) -> None:
    """Refuse what is no whole number of at least `least`; `meaning` says what it is for."""
    if value is None and name in OPTIONAL:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{name}={value!r} must be a whole number: {meaning}.")
    if value < least:
        raise ArgumentError(f"{name}={value!r} must be at least {least}: {meaning}.")


def check_real(
    name: str, value: object, low: float, high: float, closed: bool, meaning: str
) -> None:
    """Refuse a number outside of [low, high], or of (low, high) where it is not `closed`."""
    if value is None and name in OPTIONAL:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"{name}={value!r} must be a number: {meaning}.")
    inside = low <= value <= high if closed else low < value < high
    if not inside or not math.isfinite(value):
        bounds = f"[{low:g}, {high:g}]" if closed else f"({low:g}, {high:g})"
        raise ArgumentError(f"{name}={value!r} must lie in {bounds}: {meaning}.")
