"""Which check of an earlier run is the same check as one of this run."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence

from pytest_fairness.outcome import Outcome

_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


def match_before(
    outcomes: Sequence[Outcome], before: Iterable[Outcome]
) -> tuple[list[Outcome | None], int]:
    """Return the earlier outcome of each check, and how many earlier ones found no counterpart.

    Two outcomes belong together when test, metric and tolerance name agree. A repaired model has
    another name, and a test's id may hold it in brackets: where exactly one check is left on both
    sides that agrees but for the brackets, these two belong together as well.
    """
    left = list(before)
    found: list[Outcome | None] = [_take(left, outcome) for outcome in outcomes]
    alone = _alone(_loose(o) for o, earlier in zip(outcomes, found, strict=True) if not earlier)
    alone &= _alone(map(_loose, left))
    by_key = {_loose(outcome): outcome for outcome in left if _loose(outcome) in alone}
    matched = [
        earlier or by_key.get(_loose(outcome))
        for outcome, earlier in zip(outcomes, found, strict=True)
    ]
    return matched, len(left) - len(by_key)


def _take(left: list[Outcome], outcome: Outcome) -> Outcome | None:
    """Remove and return the first outcome of `left` that has the same key."""
    for index, earlier in enumerate(left):
        if _exact(earlier) == _exact(outcome):
            return left.pop(index)
    return None


def _exact(outcome: Outcome) -> Hashable:
    return outcome.test, outcome.metric, outcome.tolerance.name


def _loose(outcome: Outcome) -> Hashable:
    test = _PARAMETERS.sub("", outcome.test or "")
    return test, outcome.metric, outcome.tolerance.name


def _alone(keys: Iterable[Hashable]) -> set[Hashable]:
    """Return the keys that occur exactly once."""
    seen = list(keys)
    return {key for key in seen if seen.count(key) == 1}
