"""Values of confusion counts, of many choices at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, MitigationError
from pytest_fairness.metrics.rates import RATES
from pytest_fairness.mitigation.checking import near, shown

Floats = NDArray[np.float64]
Measure = Callable[[Floats, Floats, Floats, Floats], Floats]


def measure_of(objective: str | Measure) -> Measure:
    """Return a function of the counts (tp, fp, fn, tn), which are arrays of any one shape.

    Examples
    --------
    >>> float(measure_of("f1")(*np.array([2.0, 1.0, 1.0, 6.0])))
    0.6666666666666666
    """
    if callable(objective):
        return objective
    if isinstance(objective, str) and objective in _OTHERS:
        return _OTHERS[objective]
    if isinstance(objective, str) and objective in RATES:
        return _rate(objective)
    raise ArgumentError(
        f"objective={shown(objective)} must be one of {', '.join(sorted([*_OTHERS, *RATES]))}, or "
        f"a function of arrays (tp, fp, fn, tn).{near(objective, [*_OTHERS, *RATES])}"
    )


def objective_to_json(objective: str | Measure) -> str | dict[str, str]:
    """Return an objective for JSON: its name, or what a function was called."""
    if isinstance(objective, str):
        return objective
    return {"function": getattr(objective, "__qualname__", repr(objective))}


def objective_from_json(record: str | Mapping[str, str]) -> str | Measure:
    """Return the named objective, or a stand-in for a function, which was not saved."""
    return record if isinstance(record, str) else _lost(record["function"])


def _lost(name: str) -> Measure:
    def lost(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
        raise MitigationError(
            f"The objective of this rule was the function {name}, which is not saved with it. Make "
            "a new rule with the function to fit it again; the saved one only decides."
        )

    lost.__qualname__ = name
    return lost


def check_rates(name: str, limits: Mapping[str, float]) -> None:
    """Raise unless each key names a rate and each value lies in [0, 1]."""
    if not isinstance(limits, Mapping):
        raise ArgumentTypeError(
            f"{name}={shown(limits)} must map rates to numbers, such as {{'selection_rate': 0.1}}."
        )
    for rate, value in limits.items():
        if rate not in RATES:
            raise ArgumentError(
                f"{name}: {rate!r} must be one of {', '.join(RATES)}.{near(rate, RATES)}"
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise ArgumentError(f"{name}: {rate}={value!r} must be a number in [0, 1].")


def quotient(top: Floats, below: Floats) -> Floats:
    """Return `top` / `below`, nan where nothing is counted."""
    unknown = np.full(np.shape(top), np.nan)
    return np.asarray(np.divide(top, below, out=unknown, where=np.asarray(below) > 0))


def _rate(name: str) -> Measure:
    rate = RATES[name]

    def measure(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
        counts = {"tp": tp, "fp": fp, "fn": fn, "tn": tn}
        top = sum(counts[cell] for cell in rate.numerator.split())
        below = sum(counts[cell] for cell in rate.denominator.split())
        return quotient(np.asarray(top), np.asarray(below))

    return measure


def _balanced_accuracy(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    return (quotient(tp, tp + fn) + quotient(tn, tn + fp)) / 2


def _f1(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    return quotient(2 * tp, 2 * tp + fp + fn)


def _matthews(tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> Floats:
    """Return the correlation of labels and decisions, 0 where one of them is constant."""
    spread = np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return np.nan_to_num(quotient(tp * tn - fp * fn, spread))


_OTHERS: Mapping[str, Measure] = MappingProxyType(
    {"balanced_accuracy": _balanced_accuracy, "f1": _f1, "matthews_corrcoef": _matthews}
)
