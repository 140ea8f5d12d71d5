"""Differences between groups over any number of classes: one engine, and a table of its uses.

A *profile* is a list of rates of a group, such as how often each class is predicted; two profiles
are held against each other by a norm of their difference.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.definitions.classes import PROFILES
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.metrics.comparing import Method, check_choice, check_two_groups
from pytest_fairness.metrics.cube import Counts, Cube, count_cube
from pytest_fairness.metrics.generated import generated
from pytest_fairness.metrics.measures import recalls
from pytest_fairness.metrics.rates import divided

Numbers = NDArray[np.float64]


class ProfileMetric(Protocol):
    """A comparison of groups over all classes."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> float:
        """Return the metric."""
        ...


def class_shares(cells: Counts) -> Numbers:
    """Return how often each class is predicted, of shape (..., K)."""
    return divided(cells.sum(axis=-2), cells.sum(axis=(-2, -1))[..., None])


def _cumulative(cells: Counts) -> Numbers:
    return np.asarray(np.cumsum(class_shares(cells), axis=-1)[..., :-1])


def _conditional(cells: Counts) -> Numbers:
    rates = divided(cells, cells.sum(axis=-1, keepdims=True))
    return np.asarray(rates.reshape(*rates.shape[:-2], -1))


def _largest(gaps: Numbers) -> Numbers:
    return np.asarray(np.abs(gaps).max(axis=-1, initial=0.0))


def _half_sum(gaps: Numbers) -> Numbers:
    return np.asarray(np.abs(gaps).sum(axis=-1) / 2)


def _root_mean_square(gaps: Numbers) -> Numbers:
    return np.asarray(np.sqrt(np.mean(gaps**2, axis=-1)))


@dataclass(frozen=True)
class _Use:
    """What is compared, by which norm, and the value on the docstring's example."""

    profile: Callable[[Counts], Numbers]
    norm: Callable[[Numbers], Numbers]
    needs_truth: bool
    example: float


_USES: Mapping[str, _Use] = MappingProxyType(
    {
        "class_parity_difference": _Use(class_shares, _largest, False, 0.5),
        "total_variation_difference": _Use(class_shares, _half_sum, False, 0.5),
        "class_tpr_gap_rms": _Use(recalls, _root_mean_square, True, 0.5),
        "multiclass_equalized_odds_difference": _Use(_conditional, _largest, True, 0.5),
        "ordinal_parity_difference": _Use(_cumulative, _largest, False, 0.5),
    }
)


def _compute(
    name: str,
    *,
    y_true: Any,
    y_pred: Any,
    sensitive_features: Any,
    method: str,
    sample_weight: Any,
    classes: Sequence[Any] | None,
) -> float:
    check_choice("method", method, ("between_groups", "to_overall"))
    cube = count_cube(
        y_true,
        y_pred,
        sensitive_features=sensitive_features,
        sample_weight=sample_weight,
        pos_label=None,
        classes=classes,
    )
    check_two_groups(cube)
    profiles, overall = profiles_of(cube, name)
    against = profiles if method == "between_groups" else overall[None]
    return float(_USES[name].norm(profiles[:, None] - against[None]).max())


def profiles_of(cube: Cube, name: str) -> tuple[Numbers, Numbers]:
    """Return the profiles of the groups compared, of shape (n_compared, M), and of all rows.

    Parameters
    ----------
    cube : Cube
        Counted with ``pos_label=None``.
    name : str
        A metric of this module, such as ``"class_parity_difference"``.
    """
    use = _USES[name]
    if use.needs_truth and not cube.has_truth:
        raise ArgumentTypeError(
            f"y_true=None must be an array with one entry per row: {name} needs labels."
        )
    cells = cube.counts.sum(axis=1)
    return use.profile(cells[: len(cube.compared)]), use.profile(cells.sum(axis=0))


METRICS: Mapping[str, ProfileMetric] = MappingProxyType(
    {
        entry.id: generated(
            entry.id,
            __name__,
            ProfileMetric,
            functools.partial(_compute, entry.id),
            entry,
            _USES[entry.id].example,
        )
        for entry in PROFILES
    }
)
class_parity_difference = METRICS["class_parity_difference"]
total_variation_difference = METRICS["total_variation_difference"]
class_tpr_gap_rms = METRICS["class_tpr_gap_rms"]
multiclass_equalized_odds_difference = METRICS["multiclass_equalized_odds_difference"]
ordinal_parity_difference = METRICS["ordinal_parity_difference"]
