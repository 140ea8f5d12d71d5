"""Which checks of one run of the tests are those of another, with a repaired model in place.

That pytest ends well does not say that a check passed: its test may be skipped for the new model,
be expected to fail, catch the failure, or end before the check. A repair needs the check itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.again import POINTWISE
from pytest_fairness.outcome import Outcome, Tolerance

_PARTS = ("part", "part_seed")  # of a space's recipe


class CheckKey(NamedTuple):
    """What two runs of one check have in common."""

    test: str | None
    metric: str
    limit: Tolerance
    space: str


def key_of(outcome: Outcome) -> CheckKey:
    """Return what names a check, whichever part of its space it was run on.

    Checks of single pairs are one for each test and limit: which of its spaces one names is that of
    the pair that moves most.
    """
    recipe = {} if outcome.tolerance.name == POINTWISE else dict(outcome.source or {})
    space = {name: value for name, value in recipe.items() if name not in _PARTS}
    named = json.dumps(space, sort_keys=True, default=str)
    return CheckKey(outcome.test, outcome.metric, outcome.tolerance, named)


def not_run_again(failing: Iterable[Outcome], after: Sequence[Outcome]) -> list[str]:
    """Return the tests of failing checks that another run lacks."""
    ran = Counter(map(key_of, after))
    wanted = Counter(map(key_of, failing))
    return sorted({str(key.test) for key, n in wanted.items() if ran[key] < n})


def all_pass(failing: Iterable[Outcome], after: Sequence[Outcome]) -> bool:
    """Whether every failing check was run again and passes now."""
    failing = list(failing)
    wanted = set(map(key_of, failing))
    passes = all(outcome.passed for outcome in after if key_of(outcome) in wanted)
    return passes and not not_run_again(failing, after)


def refuse_silent(failing: Iterable[Outcome], before: Sequence[Outcome]) -> None:
    """Refuse tests that failed a check and run none on held-out terms and templates.

    Raises
    ------
    MitigationError
        It names them.
    """
    ran = {outcome.test for outcome in before}
    silent = sorted({str(outcome.test) for outcome in failing if outcome.test not in ran})
    if silent:
        raise MitigationError(
            f"{', '.join(silent)} failed a check, and ran none when run again on held-out terms "
            "and templates, so that a repair could not be judged. Expected was the same check: let "
            "the test run it each time, whatever an earlier run left behind."
        )
