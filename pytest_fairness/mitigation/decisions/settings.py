"""Checks of what a rule is set to."""

from __future__ import annotations

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checking import (
    check_choice,
    check_flag,
    check_real,
    check_whole as check_count,
    shown,
)

__all__ = ["check_choice", "check_column", "check_count", "check_flag", "check_number"]


def check_number(
    name: str, value: object, low: float = 0.0, high: float = 1.0, meaning: str = ""
) -> None:
    """Raise unless `value` is a number in [low, high]."""
    check_real(name, value, low, high, True, meaning)


def check_column(value: object) -> None:
    """Raise unless `value` is the place of a column among two."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in (0, 1):
        raise ArgumentError(
            f"positive_column={shown(value)} must be 0 or 1: it is the place of the positive class "
            "among a model's two probabilities."
        )
