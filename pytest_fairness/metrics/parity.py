"""Differences, ratios and worst groups of rates and scores: one engine, and a table of its uses.

For each notion of `pytest_fairness.definitions` there are ``{name}_difference`` (0 is fair) and
``{name}_ratio`` (1 is fair), and for rates and scores ``{name}_group_min`` and, for rates,
``{name}_group_max``. Signatures and definitions are those of ``fairlearn.metrics``, with
`control_features`, `strata` and `pos_label` added. What differs:

- a rate with an empty denominator makes the result nan, *not measurable*; fairlearn returns 0 for
  the rate and goes on;
- a single group raises, since nothing is compared; fairlearn returns 0 or 1;
- rows without a group label count towards the overall rate and are not compared.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from pytest_fairness.definitions.rates import NOTIONS, Notion, rate_definitions
from pytest_fairness.metrics.comparing import Aggregate, Method, Strata, compared, extreme
from pytest_fairness.metrics.counts import cube_of
from pytest_fairness.metrics.cube import Cube, count_cube
from pytest_fairness.metrics.generated import generated
from pytest_fairness.metrics.measures import SCORES, needs_positive


class GroupMetric(Protocol):
    """A comparison of groups by one rate."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        control_features: Any = None,
        strata: Strata = "mean",
        pos_label: Any = 1,
    ) -> float:
        """Return the metric."""
        ...


class OddsMetric(Protocol):
    """A comparison of groups by two rates, which `agg` puts together."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        agg: Aggregate = "worst_case",
        sample_weight: Any = None,
        control_features: Any = None,
        strata: Strata = "mean",
        pos_label: Any = 1,
    ) -> float:
        """Return the metric."""
        ...


class WorstMetric(Protocol):
    """The lowest or highest rate of any group."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        control_features: Any = None,
        strata: Strata = "mean",
        pos_label: Any = 1,
    ) -> float:
        """Return the metric."""
        ...


class ClassesMetric(Protocol):
    """A comparison of groups by a score of any number of classes."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        control_features: Any = None,
        strata: Strata = "mean",
        classes: Sequence[Any] | None = None,
    ) -> float:
        """Return the metric."""
        ...


class WorstClassesMetric(Protocol):
    """The lowest or highest score of any group, over any number of classes."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        control_features: Any = None,
        strata: Strata = "mean",
        classes: Sequence[Any] | None = None,
    ) -> float:
        """Return the metric."""
        ...


# On the example of the docstrings: difference, ratio, lowest and highest value
_EXAMPLES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "demographic_parity": (0.5, 0.3333, 0.25, 0.75),
        "equal_opportunity": (0.5, 0.5, 0.5, 1.0),
        "equalized_odds": (0.5, 0.0),
        "predictive_parity": (0.3333, 0.6667, 0.6667, 1.0),
        "conditional_use_accuracy_equality": (0.3333, 0.6667),
        "treatment_equality": (1.0, 0.0),
        "selection_rate": (0.5, 0.3333, 0.25, 0.75),
        "true_positive_rate": (0.5, 0.5, 0.5, 1.0),
        "false_positive_rate": (0.5, 0.0, 0.0, 0.5),
        "true_negative_rate": (0.5, 0.5, 0.5, 1.0),
        "false_negative_rate": (0.5, 0.0, 0.0, 0.5),
        "positive_predictive_value": (0.3333, 0.6667, 0.6667, 1.0),
        "negative_predictive_value": (0.3333, 0.6667, 0.6667, 1.0),
        "false_discovery_rate": (0.3333, 0.0, 0.0, 0.3333),
        "false_omission_rate": (0.3333, 0.0, 0.0, 0.3333),
        "accuracy": (0.0, 1.0, 0.75, 0.75),
        "error_rate": (0.0, 1.0, 0.25, 0.25),
        "base_rate": (0.0, 1.0, 0.5, 0.5),
        "balanced_accuracy": (0.0, 1.0, 0.75),
        "f1": (0.1333, 0.8333, 0.6667),
        "macro_f1": (0.0, 1.0, 0.7333),
        "micro_f1": (0.0, 1.0, 0.75),
        "weighted_f1": (0.0, 1.0, 0.7333),
    }
)


def _compute(
    notion: Notion,
    kind: str,
    *,
    y_true: Any,
    y_pred: Any,
    sensitive_features: Any,
    method: str = "between_groups",
    agg: str = "worst_case",
    strata: str = "mean",
    **counted: Any,
) -> float:
    cube = _count(notion.rates, y_true, y_pred, sensitive_features, counted)
    if kind.startswith("group"):
        return extreme(cube, notion.rates[0], kind, strata)
    return compared(cube, notion.rates, kind, method=method, agg=agg, strata=strata)


def _count(
    names: tuple[str, ...], y_true: Any, y_pred: Any, groups: Any, counted: dict[str, Any]
) -> Cube:
    if "classes" in counted:
        return count_cube(y_true, y_pred, sensitive_features=groups, pos_label=None, **counted)
    if names[0] in SCORES:
        return count_cube(y_true, y_pred, sensitive_features=groups, **counted)
    return cube_of(names, y_true, y_pred, groups, **counted)


def _form(notion: Notion, kind: str) -> type[Any]:
    plain = needs_positive(notion.rates[0])
    if kind.startswith("group"):
        return WorstMetric if plain else WorstClassesMetric
    if len(notion.rates) > 1:
        return OddsMetric
    return GroupMetric if plain else ClassesMetric


def _metrics() -> dict[str, Callable[..., float]]:
    made, known = {}, {entry.id: entry for entry in rate_definitions()}
    for notion in NOTIONS:
        for kind, example in zip(notion.kinds, _EXAMPLES[notion.name], strict=True):
            name = f"{notion.name}_{kind}"
            made[name] = generated(
                name,
                __name__,
                _form(notion, kind),
                functools.partial(_compute, notion, kind),
                known[name],
                example,
            )
    return made


METRICS: Mapping[str, Callable[..., float]] = MappingProxyType(_metrics())
globals().update(METRICS)

if TYPE_CHECKING:
    demographic_parity_difference: GroupMetric
    demographic_parity_ratio: GroupMetric
    equal_opportunity_difference: GroupMetric
    equal_opportunity_ratio: GroupMetric
    equalized_odds_difference: OddsMetric
    equalized_odds_ratio: OddsMetric

    def __getattr__(name: str) -> Callable[..., float]: ...
