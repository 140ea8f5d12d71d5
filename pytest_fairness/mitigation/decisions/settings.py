"""Checks of what a rule is set to."""

from __future__ import annotations

import math
from collections.abc import Collection

from pytest_fairness.errors import ArgumentError, ArgumentTypeError


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Raise unless `value` is one of the choices."""
    if value not in choices:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(choices)}.")


def check_flag(name: str, value: object) -> None:
    """Raise unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{name}={value!r} must be True or False.")


def check_number(
    name: str, value: object, low: float = 0.0, high: float = 1.0, meaning: str = ""
) -> None:
    """Raise unless `value` is a number in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"{name}={value!r} must be a number: {meaning}.")
    if not low <= value <= high or not math.isfinite(value):
        raise ArgumentError(f"{name}={value!r} must lie in [{low:g}, {high:g}]: {meaning}.")


def check_count(name: str, value: object, least: int, meaning: str) -> None:
    """Raise unless `value` is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{name}={value!r} must be a whole number: {meaning}.")
    if value < least:
        raise ArgumentError(f"{name}={value!r} must be at least {least}: {meaning}.")


def check_column(value: object) -> None:
    """Raise unless `value` is the place of a column among two."""
    if value not in (0, 1) or isinstance(value, bool):
        raise ArgumentError(
            f"positive_column={value!r} must be 0 or 1: it is the place of the positive class "
            "among a model's two probabilities."
        )
