"""What every assertion shares: its limit, its error rates, and what happens with an outcome."""

from __future__ import annotations

import hashlib
import inspect
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, NamedTuple

from pytest_fairness.errors import (
    ArgumentError,
    ArgumentTypeError,
    FairnessFailure,
    FairnessWarning,
)
from pytest_fairness.outcome import PER_ROW, Outcome, Tolerance, Verdict
from pytest_fairness.reports.text import failure_message
from pytest_fairness.settings import current, current_run

_HERE = "pytest_fairness.assertions"


def only_limit(
    limits: Mapping[str, float | None],
    meanings: Mapping[str, str],
    *,
    least: float = 0.0,
    most: float = 1.0,
    unit: str = "",
) -> Tolerance:
    """Return the one limit that was given, checked to lie between `least` and `most`.

    A ratio always lies in [0, 1], and is written as one.
    """
    __tracebackhide__ = True
    given = {name: value for name, value in limits.items() if value is not None}
    choices = " or ".join(f"{name}=" for name in limits)
    if not given and len(limits) == 1:
        (name,) = limits
        raise ArgumentError(f"Give {choices}, a number: {_is(name, meanings)}")
    if len(given) != 1:
        raise ArgumentError(
            f"Give exactly one of {choices}; got {', '.join(given) or 'none'}. "
            "A check has one limit, so that its verdict is one sentence."
        )
    ((name, value),) = given.items()
    if name == "min_ratio":
        least, most, unit = 0.0, 1.0, ""
    if not least <= number(name, value) <= most:
        raise ArgumentError(
            f"{name}={value!r} must lie in {_range(least, most)}: {_is(name, meanings)}"
        )
    return Tolerance(name, float(value), unit)


def number(name: str, value: Any) -> float:
    """Return a number, of Python or NumPy, as a float; a text or a truth value is none."""
    __tracebackhide__ = True
    if not isinstance(value, Real) or isinstance(value, bool):
        raise ArgumentTypeError(f"{name}={value!r} must be a number, such as 0.05.")
    return float(value)


def refuse_string(name: str, given: Any) -> None:
    """Refuse one string where a list of them is expected: it would be taken letter by letter."""
    if isinstance(given, str):
        raise ArgumentTypeError(
            f"{name}={given!r} must be a list of texts, and not one string: ['...', '...']."
        )


def whole_number(name: str, value: Any, least: int) -> int:
    """Return a whole number of at least `least`."""
    __tracebackhide__ = True
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ArgumentTypeError(f"{name}={value!r} must be a whole number of at least {least}.")
    if value < least:
        raise ArgumentError(f"{name}={value!r} must be at least {least}.")
    return int(value)


def listed_texts(name: str, value: Any) -> list[str]:
    """Return a list of texts; a text by itself is none, which would be read letter by letter."""
    __tracebackhide__ = True
    refuse_string(name, value)
    if not isinstance(value, Iterable):
        raise ArgumentTypeError(f"{name}={value!r} must be a list of texts: ['...', '...'].")
    listed = list(value)
    for place, text in enumerate(listed):
        if not isinstance(text, str):
            raise ArgumentTypeError(f"{name}[{place}]={text!r} must be a text.")
    return listed


def chosen_seed(seed: int | None) -> int:
    """Return the seed of a draw: the argument, or the one the run is set to."""
    __tracebackhide__ = True
    return current().seed if seed is None else whole_number("seed", seed, 0)


def _range(least: float, most: float) -> str:
    return f"[{least:g}, {most:g}]" if math.isfinite(most) else f"[{least:g}, infinity)"


def _is(name: str, meanings: Mapping[str, str]) -> str:
    return f"it is {meanings[name]}."


class Levels(NamedTuple):
    """Error rates of one check: `alpha` for a `pass`, ``alpha * share`` for a `fail`."""

    alpha: float
    share: float


def chosen_levels(alpha: float | None) -> Levels:
    """Return the levels of this check: its own alpha, or its share of the session's.

    Where a run is one of several looks at the same material, they share either.
    """
    __tracebackhide__ = True
    looks = current().looks
    if alpha is None:
        return Levels(current().alpha / looks, current_run().take_share())
    if not 0 < number("alpha", alpha) < 0.5:
        raise ArgumentError(
            f"alpha={alpha!r} must lie in (0, 0.5): it is the chance of a false verdict that "
            "this check accepts. 0.05 is usual."
        )
    return Levels(float(alpha) / looks, 1.0)


def chosen_alpha(alpha: float | None) -> float:
    """Return the alpha of this check: the argument, or the one the run is set to."""
    __tracebackhide__ = True
    return chosen_levels(alpha).alpha


def one_of(name: str, value: object, choices: Iterable[str]) -> str:
    """Return `value` if it is one of some words."""
    __tracebackhide__ = True
    listed = list(choices)
    if not isinstance(value, str) or value not in listed:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(map(repr, listed))}.")
    return str(value)


def differing(check: Callable[..., Any], **given: Any) -> dict[str, Any]:
    """Return the arguments of a check that differ from its defaults, as a record holds them."""
    usual = inspect.signature(check).parameters
    plain = {name: _recorded(value) for name, value in given.items()}
    return {name: value for name, value in plain.items() if value != usual[name].default}


def _recorded(value: Any) -> Any:
    """Return one value as JSON can hold it, and of a column that it was one."""
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # a scalar of NumPy
        return _recorded(value.item())
    is_column = isinstance(value, Iterable) and not isinstance(value, bytes)
    return PER_ROW if is_column or hasattr(value, "columns") else repr(value)


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
    """Return a short hash of the texts that were judged, in order."""
    digest = hashlib.blake2b(digest_size=8)
    for part in parts:
        digest.update(part.encode("utf-8", "surrogatepass"))
        digest.update(b"\x00")
    return digest.hexdigest()


def settle(outcome: Outcome) -> Outcome:
    """Record an outcome, then return it, warn, or raise, as the verdict and settings demand."""
    __tracebackhide__ = True
    run = current_run()
    if run.command:
        outcome = replace(outcome, command=run.command)
    run.record(outcome)
    if outcome.verdict is Verdict.PASS:
        return outcome
    message = failure_message(outcome)
    if outcome.verdict is Verdict.FAIL or run.settings.inconclusive == "fail":
        raise FairnessFailure(message, outcome)
    warnings.warn(message, FairnessWarning, stacklevel=users_level())
    return outcome


def users_level() -> int:
    """Return the stack level, for a warning of the caller, of the line that called an assertion."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_HERE):
        level, frame = level + 1, frame.f_back
    return level
