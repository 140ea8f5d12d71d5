"""The one record of a check.

Assertions write it; messages, reports, gates and mitigation read it and nothing else. Every class
here is frozen, made of builtin types only, and goes to JSON and back without loss.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pytest_fairness.errors import ArgumentError

SCHEMA_VERSION = 1
PER_ROW = "one for each row"  # how `Outcome.settings` records a column, whose entries it drops


class Verdict(str, Enum):
    """What a check shows. Only `PASS` passes a gate, unless settings say otherwise."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    UNMEASURABLE = "unmeasurable"


@dataclass(frozen=True)
class Tolerance:
    """The limit that a test states, under the argument name that the test used.

    Attributes
    ----------
    name : str
        ``max_...`` or ``tolerance`` for an upper limit, ``min_...`` for a lower one.
    value : float
    unit : {"", "number"}
        ``"number"`` for a limit that is no share and no ratio, such as one on an error in years;
        otherwise the name says how it is written.
    """

    name: str
    value: float
    unit: str = ""

    @property
    def is_upper(self) -> bool:
        """Whether larger estimates are worse."""
        return not self.name.startswith("min_")


@dataclass(frozen=True)
class Interval:
    """Two bounds, each of which holds with probability `confidence` taken alone."""

    low: float
    high: float
    confidence: float


@dataclass(frozen=True)
class GroupRate:
    """One quantity of one group, such as a selection rate; `value` is None when unmeasurable."""

    group: str
    quantity: str
    value: float | None
    n: int


@dataclass(frozen=True)
class Comparison:
    """Two groups held against each other: ``first`` minus ``second``, or first over second."""

    first: str
    second: str
    quantity: str
    estimate: float
    interval: Interval | None
    p_value: float | None
    n: int


@dataclass(frozen=True)
class Evidence:
    """What was measured and how sure it is.

    Attributes
    ----------
    estimate : float or None
        The statistic that is held against the tolerance; None when unmeasurable.
    interval : Interval or None
        Bounds of the same statistic by the same rule that gives the verdict.
    method : str
        How the bounds were found, as a reader would cite it.
    n : int
        Units counted: valid pairs, or rows.
    population : int or None
        Size of the finite population that `n` was drawn from; equal to `n` for a census.
    groups, comparisons
        Per group, and per pair of groups.
    excluded : mapping of str to int
        What was left out, by reason.
    deciding : Comparison or None
        The two groups that the verdict rests on: the pair proved beyond the limit, or the one that
        still might be. It need not be the pair with the largest estimate.
    p_value : float or None
        Smallest error rate of the whole check at which it would `fail`, corrected for all that it
        compares; None where there is no such test, as in a census.
    required_n : int or None
        Units that would probably settle an inconclusive verdict.
    required_groups : mapping of str to int
        The same, per group.
    minimum_detectable : float or None
        The true value of the statistic that data of this size would probably (0.8) have failed.
    planned_n : int or None
        Units that the check was ready to count; more than `n` where it stopped early.
    notes : tuple of str
        Sentences a reader of the verdict should know.
    """

    estimate: float | None
    interval: Interval | None
    method: str
    n: int
    population: int | None = None
    groups: tuple[GroupRate, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    excluded: Mapping[str, int] = field(default_factory=dict)
    deciding: Comparison | None = None
    p_value: float | None = None
    required_n: int | None = None
    required_groups: Mapping[str, int] = field(default_factory=dict)
    minimum_detectable: float | None = None
    planned_n: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Example:
    """One pair of texts with what the model said to each; `change` orders the worst first."""

    texts: tuple[str, ...]
    groups: tuple[str, ...]
    labels: tuple[str, ...]
    scores: tuple[tuple[float, ...], ...]
    change: float
    placebo: bool = False


@dataclass(frozen=True)
class ModelInfo:
    """Which model answered: enough to find it again and to know that it is the same one."""

    name: str
    path: str | None
    kind: str
    fingerprint: str
    device: str | None = None
    dtype: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The record of one check.

    Attributes
    ----------
    metric : str
        Name with its direction, such as ``demographic_parity_difference``.
    definition : str
        One sentence that says what the number is and which value means fair.
    definition_id : str
        Which of the variants that share a name this is, such as
        ``equalized_odds_difference.worst_case``.
    verdict : Verdict
    reason : str
        One sentence that says why the verdict is what it is.
    tolerance : Tolerance
    evidence : Evidence
    placebo : Evidence or None
        The same measurement on edits that change no group.
    excess : Evidence or None
        The effect less the placebo's, pair by pair.
    examples : tuple of Example
        Worst first.
    model : ModelInfo or None
    attribute, language : str or None
    source : mapping or None
        The recipe of the counterfactual space (templates, slots, attribute), so that a repair can
        build the same space again.
    data_fingerprint : str
        Hash of the texts or arrays that were judged.
    alpha : float
        Error rate of the verdict.
    share : float in (0, 1]
        Part of `alpha` that this check may spend on a false `fail`, the rest being that of the
        session's other checks. A false `pass` concerns this check alone and has all of `alpha`.
    seed : int
    test : str or None
        Where the check stands: the pytest node id.
    command : str or None
        What to run to see it again, where the node id is not enough for that.
    settings : mapping or None
        Those arguments of the check, by name, that differ from its defaults and are no limit, no
        data and no error rate: what it takes to run the check again. A column is recorded as
        `PER_ROW`. None where they were not recorded.
    """

    metric: str
    definition: str
    verdict: Verdict
    reason: str
    tolerance: Tolerance
    evidence: Evidence
    placebo: Evidence | None = None
    excess: Evidence | None = None
    examples: tuple[Example, ...] = ()
    model: ModelInfo | None = None
    attribute: str | None = None
    language: str | None = None
    source: Mapping[str, Any] | None = None
    data_fingerprint: str = ""
    definition_id: str = ""
    alpha: float = 0.05
    share: float = 1.0
    seed: int = 0
    test: str | None = None
    command: str | None = None
    settings: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        """Say in four lines what was found; `repr` holds everything."""
        found, limit = self.evidence, self.tolerance
        return "\n".join(
            (
                f"{self.verdict.value.upper()} {self.metric}",
                f"  estimate  {_written(found.estimate)}{_bounds_written(found.interval)}",
                f"  limit     {limit.name}={limit.value:g}",
                f"  reason    {self.reason}",
            )
        )

    @property
    def passed(self) -> bool:
        """Whether the verdict is `pass`."""
        return self.verdict is Verdict.PASS

    def to_dict(self) -> dict[str, Any]:
        """Return builtin types only, ready for JSON; numbers that are not finite become None."""
        return {"schema": SCHEMA_VERSION, **_plain(self)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outcome:
        """Read what `to_dict` wrote.

        Raises
        ------
        ArgumentError
            If the record was written by a newer schema, or lacks a field.
        """
        schema = data.get("schema")
        if schema != SCHEMA_VERSION:
            raise ArgumentError(
                f"This outcome has schema {schema!r}; this version reads schema {SCHEMA_VERSION}. "
                "Read it with the version of pytest-fairness that wrote it."
            )
        built: Outcome = _build(cls, {k: v for k, v in data.items() if k != "schema"})
        return built


def _written(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "none"
    return "infinite" if math.isinf(value) else f"{value + 0.0:.6g}"  # the sum turns -0 into 0


def _bounds_written(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f" (from {_written(interval.low)} to {_written(interval.high)})"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    number = float(value)  # NumPy scalars become builtin floats here
    if not math.isfinite(number):
        return None
    return int(number) if _is_integer_like(value) else number


def _is_integer_like(value: Any) -> bool:
    return hasattr(value, "__index__")


def _build(kind: Any, value: Any) -> Any:
    """Rebuild `value` as `kind`, following the type hints of the frozen records above."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if value is None or kind is Any:
        return value
    if origin in (typing.Union, types.UnionType):
        return _build(next(a for a in arguments if a is not type(None)), value)
    if origin is tuple:
        return tuple(_build(arguments[0], item) for item in value)
    if origin is not None:  # mappings hold builtin values only
        return dict(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if dataclasses.is_dataclass(kind):
        return _build_record(kind, value)
    return kind(value)


def _build_record(kind: Any, value: Mapping[str, Any]) -> Any:
    hints = typing.get_type_hints(kind)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise ArgumentError(
            f"{kind.__name__} has no field {unknown[0]!r}: the record is malformed."
        )
    try:
        return kind(**{name: _build(hints[name], item) for name, item in value.items()})
    except TypeError as err:
        raise ArgumentError(f"An incomplete {kind.__name__} record: {err}.") from err
