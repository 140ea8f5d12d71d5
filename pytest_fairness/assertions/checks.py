"""What every assertion shares: its limits, its alpha, and what happens with an outcome."""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections.abc import Iterable, Mapping

from pytest_fairness.errors import ArgumentError, FairnessFailure, FairnessWarning
from pytest_fairness.outcome import Outcome, Tolerance, Verdict
from pytest_fairness.reports.text import failure_message
from pytest_fairness.settings import current, current_run


def only_limit(limits: Mapping[str, float | None], meanings: Mapping[str, str]) -> Tolerance:
    """Return the one limit that was given, checked to lie in [0, 1]."""
    __tracebackhide__ = True
    given = {name: value for name, value in limits.items() if value is not None}
    choices = " or ".join(f"{name}=" for name in limits)
    if len(given) != 1:
        raise ArgumentError(
            f"Give exactly one of {choices}; got {', '.join(given) or 'none'}. "
            "A check has one limit, so that its verdict is one sentence."
        )
    ((name, value),) = given.items()
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ArgumentError(f"{name}={value!r} must lie in [0, 1]: it is {meanings[name]}.")
    return Tolerance(name, float(value))


def chosen_alpha(alpha: float | None) -> float:
    """Return the alpha of this check: the argument, or the one the run is set to."""
    __tracebackhide__ = True
    chosen = current().alpha if alpha is None else alpha
    if not 0 < chosen < 0.5:
        raise ArgumentError(
            f"alpha={chosen!r} must lie in (0, 0.5): it is the chance of a false verdict that "
            "this check accepts. 0.05 is usual."
        )
    return chosen


def refuse_inside_given(assertion: str, advice: str) -> None:
    """Refuse a population check inside ``@given``: its examples are no random sample."""
    __tracebackhide__ = True
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is not None and hypothesis.currently_in_test_context():
        raise ArgumentError(
            f"{assertion} judges a population and cannot run inside @given: Hypothesis searches "
            "for trouble, so its draws are not a random sample, and a test of significance on "
            f"each of 100 examples would give false alarms. {advice}"
        )


def fingerprint(parts: Iterable[str]) -> str:
    """Return a short hash of the data that was judged, in order."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()


def settle(outcome: Outcome) -> Outcome:
    """Record an outcome, then return it, warn, or raise, as the verdict and settings demand."""
    __tracebackhide__ = True
    run = current_run()
    run.record(outcome)
    if outcome.verdict is Verdict.PASS:
        return outcome
    message = failure_message(outcome)
    if outcome.verdict is Verdict.FAIL or run.settings.inconclusive == "fail":
        raise FairnessFailure(message, outcome)
    warnings.warn(message, FairnessWarning, stacklevel=4)
    return outcome
