"""Differences and ratios between groups: one engine, and a table that names its six uses.

Signatures and definitions are those of ``fairlearn.metrics``, with `pos_label` added. What differs:

- a rate with an empty denominator makes the result nan, *not measurable*; fairlearn returns 0 for
  the rate and goes on;
- a single group raises, since nothing is compared; fairlearn returns 0 or 1;
- rows without a group label count towards the overall rate and are not compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.counts import (
    FALSE_POSITIVE_RATE,
    SELECTION_RATE,
    TRUE_POSITIVE_RATE,
    Cells,
    measure,
)
from pytest_fairness.metrics.groups import Groups

Kind = Literal["difference", "ratio"]
Method = Literal["between_groups", "to_overall"]
Aggregate = Literal["worst_case", "mean"]
Rates = NDArray[np.float64]


class GroupMetric(Protocol):
    """A metric of one quantity."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        pos_label: Any = 1,
    ) -> float:
        """Return the metric."""
        ...


class OddsMetric(Protocol):
    """A metric of two quantities, which `agg` puts together."""

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        agg: Aggregate = "worst_case",
        sample_weight: Any = None,
        pos_label: Any = 1,
    ) -> float:
        """Return the metric."""
        ...


@dataclass(frozen=True)
class _Notion:
    """A notion of parity: the quantities it compares, and what its docstrings say."""

    name: str
    quantities: tuple[str, ...]
    formula: str
    equal: str
    source: str
    examples: dict[Kind, str]


_DEMOGRAPHIC_PARITY = _Notion(
    "demographic_parity",
    (SELECTION_RATE,),
    r"P(\hat Y = 1 \mid A = a)",
    "every group is selected at the same rate",
    "Calders and Verwer 2010; Dwork et al. 2012. The four-fifths rule on the ratio is the EEOC's "
    "of 1978, a screening rule of one country",
    {"difference": "0.5", "ratio": "0.3333333333333333"},
)
_EQUAL_OPPORTUNITY = _Notion(
    "equal_opportunity",
    (TRUE_POSITIVE_RATE,),
    r"P(\hat Y = 1 \mid Y = 1, A = a)",
    "those who deserve selection get it at the same rate in every group",
    "Hardt, Price and Srebro 2016",
    {"difference": "0.5", "ratio": "0.5"},
)
_EQUALIZED_ODDS = _Notion(
    "equalized_odds",
    (TRUE_POSITIVE_RATE, FALSE_POSITIVE_RATE),
    r"P(\hat Y = 1 \mid Y = y, A = a), y \in \{0, 1\}",
    "every group has the same true positive rate and the same false positive rate",
    "Hardt, Price and Srebro 2016",
    {"difference": "0.5", "ratio": "0.0"},
)

_SUMMARY = {
    "difference": "Return the largest difference between groups in {rates}; 0 is fair.",
    "ratio": "Return the smallest ratio between groups in {rates}; 1 is fair.",
}
_AGG = """agg : {"worst_case", "mean"}, default "worst_case"
        The %s of the two quantities' values, or their mean.
    """
_DOCSTRING = """{summary}

    Compares :math:`{formula}` over groups :math:`a`. At the fair value, {equal}.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        Labels of two classes.{unread}
    y_pred : array-like of shape (n,)
        Predicted classes.
    sensitive_features : array-like of shape (n,), or table of shape (n, n_attributes)
        Group labels; of several columns the intersections. Missing labels form the group
        ``"unknown"``, which is not compared.
    method : {{"between_groups", "to_overall"}}, default "between_groups"
        Hold groups against each other, or each group against all rows together.
    {agg}sample_weight : array-like of shape (n,), optional
        Weights of at least 0.
    pos_label : scalar, default 1
        The class that counts as selected.

    Returns
    -------
    float in [0, 1]
        nan, *not measurable*, when a group has no row that the rate could be taken over{zero}.

    Raises
    ------
    ArgumentError
        If lengths differ, predictions are missing or of more than two classes, or there are fewer
        than two groups.

    References
    ----------
    {source}.

    Examples
    --------
    >>> {name}(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0],
    ...     sensitive_features=["a", "a", "a", "a", "b", "b", "b", "b"],
    ... )
    {example}
    """


def _docstring(notion: _Notion, kind: Kind) -> str:
    rates = " and ".join(quantity for quantity in notion.quantities)
    several = len(notion.quantities) > 1
    return _DOCSTRING.format(
        summary=_SUMMARY[kind].format(rates=rates),
        formula=notion.formula,
        equal=notion.equal,
        unread=" Not read; may be None." if notion is _DEMOGRAPHIC_PARITY else "",
        agg=_AGG % ("larger" if kind == "difference" else "smaller") if several else "",
        zero=", or when all rates are 0" if kind == "ratio" else "",
        source=notion.source,
        name=f"{notion.name}_{kind}",
        example=notion.examples[kind],
    )


def _odds_metric(notion: _Notion, kind: Kind) -> OddsMetric:
    def metric(
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        agg: Aggregate = "worst_case",
        sample_weight: Any = None,
        pos_label: Any = 1,
    ) -> float:
        groups, cells = measure(
            y_true, y_pred, sensitive_features, notion.quantities, sample_weight, pos_label
        )
        return _aggregated(kind, method, agg, groups, cells)

    _name(metric, notion, kind)
    return metric


def _group_metric(notion: _Notion, kind: Kind) -> GroupMetric:
    whole = _odds_metric(notion, kind)

    def metric(
        y_true: Any,
        y_pred: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        pos_label: Any = 1,
    ) -> float:
        return whole(
            y_true,
            y_pred,
            sensitive_features=sensitive_features,
            method=method,
            sample_weight=sample_weight,
            pos_label=pos_label,
        )

    _name(metric, notion, kind)
    return metric


def _name(metric: Callable[..., float], notion: _Notion, kind: Kind) -> None:
    metric.__name__ = metric.__qualname__ = f"{notion.name}_{kind}"
    metric.__doc__ = _docstring(notion, kind)


def _aggregated(
    kind: Kind, method: Method, agg: Aggregate, groups: Groups, cells: dict[str, Cells]
) -> float:
    _check_choice("method", method, ("between_groups", "to_overall"))
    _check_choice("agg", agg, ("worst_case", "mean"))
    _check_two_groups(groups)
    values = [_compared(kind, method, cell, len(groups.compared)) for cell in cells.values()]
    if agg == "mean":
        return float(np.mean(values))
    return float(np.max(values) if kind == "difference" else np.min(values))  # nan stays nan


def _compared(kind: Kind, method: Method, cells: Cells, n_compared: int) -> float:
    """Compare the first `n_compared` groups: the unknown one stands last and is left out."""
    rates = _rates(cells.successes[:n_compared], cells.totals[:n_compared])
    if method == "between_groups":
        low, high = rates.min(), rates.max()
        return float(high - low if kind == "difference" else _rates(low, high))
    overall = _rates(cells.successes.sum(), cells.totals.sum())
    if kind == "difference":
        return float(np.max(np.abs(rates - overall)))
    return float(np.min(_rates(np.minimum(rates, overall), np.maximum(rates, overall))))


def _rates(numerator: Any, denominator: Any) -> Rates:
    """Divide; nan where nothing could be counted."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.true_divide(numerator, denominator), dtype=np.float64)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(choices)}.")


def _check_two_groups(groups: Groups) -> None:
    if len(groups.compared) < 2:
        raise ArgumentError(
            f"sensitive_features has the groups {', '.join(groups.names) or '(none)'}, and a "
            "comparison needs two known ones. Add rows of another group, or label the unknown."
        )


demographic_parity_difference = _group_metric(_DEMOGRAPHIC_PARITY, "difference")
demographic_parity_ratio = _group_metric(_DEMOGRAPHIC_PARITY, "ratio")
equal_opportunity_difference = _group_metric(_EQUAL_OPPORTUNITY, "difference")
equal_opportunity_ratio = _group_metric(_EQUAL_OPPORTUNITY, "ratio")
equalized_odds_difference = _odds_metric(_EQUALIZED_ODDS, "difference")
equalized_odds_ratio = _odds_metric(_EQUALIZED_ODDS, "ratio")
