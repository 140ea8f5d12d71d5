"""Which check of an earlier run is the same check as one of this run."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path

from pytest_fairness.outcome import Outcome

MODEL = "{model}"
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


def match_before(
    outcomes: Sequence[Outcome], before: Iterable[Outcome]
) -> tuple[list[Outcome | None], int]:
    """Return the earlier outcome of each check, and how many earlier ones found no counterpart.

    Two outcomes belong together when test, metric and tolerance name agree. A repaired model has
    another name, and a test's id may hold it in brackets: where exactly one check is left on both
    sides that agrees but for the models' names, or but for the brackets, these two belong together
    as well.
    """
    left = list(before)
    found: list[Outcome | None] = [_take(left, outcome) for outcome in outcomes]
    for key in (_nameless, _loose):
        alone = _alone(key(o) for o, earlier in zip(outcomes, found, strict=True) if not earlier)
        alone &= _alone(map(key, left))
        by_key = {key(outcome): outcome for outcome in left if key(outcome) in alone}
        found = [
            earlier or by_key.get(key(outcome))
            for outcome, earlier in zip(outcomes, found, strict=True)
        ]
        left = [outcome for outcome in left if key(outcome) not in alone]
    return found, len(left)


def nameless_test(outcome: Outcome) -> str:
    """Return the node id of a check's test without the name of its model."""
    name, bracket, values = (outcome.test or "").partition("[")
    if outcome.model is None or not bracket:
        return f"{name}{bracket}{values}"
    model = Path(str(outcome.model.path or outcome.model.name)).name
    written = {model, model.encode("unicode_escape").decode("ascii")}  # pytest's ids are ASCII
    either = "|".join(map(re.escape, sorted(written)))
    return f"{name}[{re.sub(f'(?:^|(?<=-))(?:{either})(?=-|]$)', lambda _: MODEL, values)}"


def _take(left: list[Outcome], outcome: Outcome) -> Outcome | None:
    """Remove and return the first outcome of `left` that has the same key."""
    for index, earlier in enumerate(left):
        if _exact(earlier) == _exact(outcome):
            return left.pop(index)
    return None


def _exact(outcome: Outcome) -> Hashable:
    return outcome.test, outcome.metric, outcome.tolerance.name


def _nameless(outcome: Outcome) -> Hashable:
    return nameless_test(outcome), outcome.metric, outcome.tolerance.name


def _loose(outcome: Outcome) -> Hashable:
    test = _PARAMETERS.sub("", outcome.test or "")
    return test, outcome.metric, outcome.tolerance.name


def _alone(keys: Iterable[Hashable]) -> set[Hashable]:
    """Return the keys that occur exactly once."""
    seen = list(keys)
    return {key for key in seen if seen.count(key) == 1}
