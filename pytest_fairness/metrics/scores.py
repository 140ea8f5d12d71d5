"""Numbers per group from scores, and how far they lie apart: one engine for all of them.

A `Statistic` turns the rows of one group into a number; a *kind* turns the groups' numbers into
one. Modules such as `auc` and `regression` hold statistics, and name the metrics made of them. A
number that cannot be formed for a group is nan, and so is every comparison that needs it. Rows
without a group label form the group ``"unknown"``: its number is shown and not compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.groups import UNKNOWN, Groups, as_groups
from pytest_fairness.metrics.numbers import Array
from pytest_fairness.metrics.samples import NAN, Sample, Truth, by_group, read_rows

Kind = Literal["difference", "ratio", "group_min", "group_max", "power_mean"]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Statistic:
    """A number that the rows of one group have.

    Attributes
    ----------
    name : str
    of : callable
        From the `Sample` of a group to its number; takes the options by name, and with
        `background` also, second, the sample of all other rows.
    truth : {"classes", "numbers", "unread"}
        What `y_true` must be.
    probabilities : bool
        Whether scores must lie in [0, 1].
    background : bool
        Whether the number compares the group with all other rows.
    weighted : bool
        Whether rows may be weighted.
    signed : bool
        Whether it is fair at 0 with either sign; ``group_max`` is then the largest distance from 0.
    options : tuple of str
        Names of its keyword arguments.
    """

    name: str
    of: Callable[..., float]
    truth: Truth = "unread"
    probabilities: bool = False
    background: bool = False
    weighted: bool = True
    signed: bool = False
    options: tuple[str, ...] = ()


def score_values(
    statistic: Statistic,
    y_true: Any,
    y_score: Any,
    *,
    sensitive_features: Any,
    sample_weight: Any = None,
    pos_label: Any = 1,
    **options: Any,
) -> dict[str, float]:
    """Return the statistic of each group, nan where it cannot be formed.

    Parameters
    ----------
    statistic : Statistic
        Such as `AUC`; `SCORE_STATISTICS` has them by name.
    y_true, y_score, sensitive_features, sample_weight, pos_label
        As in `score_samples`.
    **options
        Arguments of the statistic, such as ``n_bins``.

    Raises
    ------
    ArgumentTypeError
        If the statistic has no such option, or takes no weights.

    Examples
    --------
    >>> from pytest_fairness.metrics import AUC
    >>> score_values(AUC, [0, 1, 0, 1], [0.25, 0.5, 0.5, 0.25],
    ...              sensitive_features=["a", "a", "b", "b"])
    {'a': 1.0, 'b': 0.0}
    """
    check_options(statistic, options, sample_weight)
    rows = read_rows(
        y_true, y_score, sample_weight, pos_label, statistic.truth, statistic.probabilities
    )
    groups = as_groups(sensitive_features, len(rows.y_score))
    return values_of(statistic, rows, groups, options)


def spread(
    values: Values,
    kind: Kind,
    *,
    overall: float | None = None,
    signed: bool = False,
    power: float = -5.0,
) -> float:
    """Return how far the numbers of known groups lie apart, or the most extreme of them.

    Parameters
    ----------
    values : mapping of str to float
        The number of each group; that of ``"unknown"`` is left out.
    kind : {"difference", "ratio", "group_min", "group_max", "power_mean"}
        Largest less smallest; smallest over largest; smallest; largest; generalised mean.
    overall : float, optional
        Hold each group against this number, not against the other groups.
    signed : bool, default False
        Let ``"group_max"`` be the largest distance from 0.
    power : float, default -5.0
        Exponent of the generalised mean; the lower, the nearer to the smallest.

    Returns
    -------
    float
        nan when one of the numbers is, or when a ratio is 0/0 or of negative numbers.

    Examples
    --------
    >>> spread({"a": 0.5, "b": 1.0, "unknown": 0.0}, "ratio")
    0.5
    """
    known = np.array([value for name, value in values.items() if name != UNKNOWN])
    if not known.size:
        return NAN
    if kind == "group_min":
        return float(known.min())
    if kind == "group_max":
        return float(np.abs(known).max() if signed else known.max())
    if kind == "power_mean":
        return _power_mean(known, power)
    if overall is None:
        return _compared(known.min(), known.max(), kind)
    pairs = [_compared(min(value, overall), max(value, overall), kind) for value in known]
    return float(np.max(pairs) if kind == "difference" else np.min(pairs))


def values_of(
    statistic: Statistic, rows: Sample, groups: Groups, options: Mapping[str, Any]
) -> dict[str, float]:
    """Return the statistic of each group of rows that were read."""
    if not statistic.background:
        parts = by_group(rows, groups)
        return {name: statistic.of(part, **options) for name, part in parts.items()}
    values = {}
    for code, name in enumerate(groups.names):
        inside = groups.codes == code
        values[name] = statistic.of(rows.where(inside), rows.where(~inside), **options)
    return values


def _compared(low: float, high: float, kind: Kind) -> float:
    if kind == "difference":
        return float(high - low)
    return float(low / high) if low >= 0 and high > 0 else NAN


def _power_mean(values: Array, power: float) -> float:
    if power == 0 or not np.isfinite(power):
        raise ArgumentError(f"power={power!r} must be a finite number other than 0, such as -5.")
    if np.any(values < 0):
        return NAN
    with np.errstate(divide="ignore"):  # 0 to a negative power: the mean is then 0
        return float(np.mean(values**power) ** (1 / power))


def check_options(statistic: Statistic, options: Mapping[str, Any], sample_weight: Any) -> None:
    """Raise if the statistic does not take an option, or weights."""
    unknown = sorted(set(options) - set(statistic.options))
    if unknown:
        has = ", ".join(statistic.options) or "none"
        raise ArgumentTypeError(
            f"{statistic.name} has no argument {unknown[0]!r}. Its own arguments are: {has}."
        )
    if sample_weight is not None and not statistic.weighted:
        raise ArgumentTypeError(f"{statistic.name} takes no sample_weight. Leave it out.")
