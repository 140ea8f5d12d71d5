"""Metrics made of statistics: signatures, and docstrings from the table of definitions."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.groups import as_groups
from pytest_fairness.metrics.numbers import check_choice
from pytest_fairness.metrics.samples import Sample, known_groups, read_rows
from pytest_fairness.metrics.scores import Kind, Statistic, check_options, spread, values_of

Method = Literal["between_groups", "to_overall"]


class ScoreMetric(Protocol):
    """A metric of one statistic."""

    __module__: str
    __name__: str
    __qualname__: str

    def __call__(
        self,
        y_true: Any,
        y_score: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        pos_label: Any = 1,
        **options: Any,
    ) -> float:
        """Return the metric."""
        ...


Maker = Callable[[Statistic, Kind, str], ScoreMetric]


def metric_maker(module: str, example: str) -> Maker:
    """Return what makes a module's metrics from a statistic, a kind and the value of the example.

    `example` is a doctest with places for ``{name}`` and ``{value}``.
    """

    def made(statistic: Statistic, kind: Kind, value: str) -> ScoreMetric:
        name = f"{statistic.name}_{kind}"
        metric = score_metric(statistic, kind)
        metric.__module__ = module
        metric.__name__ = metric.__qualname__ = name
        metric.__doc__ = _docstring(statistic, kind, example.format(name=name, value=value))
        return metric

    return made


def score_metric(statistic: Statistic, kind: Kind) -> ScoreMetric:
    """Return the comparison of a statistic between groups, without a name."""

    def metric(
        y_true: Any,
        y_score: Any,
        *,
        sensitive_features: Any,
        method: Method = "between_groups",
        sample_weight: Any = None,
        pos_label: Any = 1,
        **options: Any,
    ) -> float:
        check_choice("method", method, ("between_groups", "to_overall"))
        power = options.pop("power", -5.0) if kind == "power_mean" else -5.0
        check_options(statistic, options, sample_weight)
        rows = read_rows(
            y_true, y_score, sample_weight, pos_label, statistic.truth, statistic.probabilities
        )
        groups = as_groups(sensitive_features, len(rows.y_score))
        known_groups(groups.names, 2 if kind in ("difference", "ratio") else 1)
        overall = _overall(statistic, kind, method, rows, options)
        values = values_of(statistic, rows, groups, options)
        return spread(values, kind, overall=overall, signed=statistic.signed, power=power)

    return metric


def _overall(
    statistic: Statistic, kind: Kind, method: Method, rows: Sample, options: Mapping[str, Any]
) -> float | None:
    if method == "between_groups":
        return None
    if statistic.background or kind not in ("difference", "ratio"):
        raise ArgumentError(
            f"method='to_overall' has no meaning for {statistic.name}_{kind}. Leave it out."
        )
    return statistic.of(rows, **options)


_TRUTH = {
    "classes": "Labels of two classes.",
    "numbers": "True values: numbers.",
    "unread": "Not read; may be None.",
}
_DOCSTRING = """{summary}

    {formula}{shows}

    {does_not_show}

    Parameters
    ----------
    y_true : array-like of shape (n,)
        {truth}
    y_score : array-like of shape (n,)
        Scores, {scores}.
    sensitive_features : array-like of shape (n,), or table of shape (n, n_attributes)
        Group labels; of several columns the intersections. Missing labels form the group
        ``"unknown"``, which is not compared.
    method : {{"between_groups", "to_overall"}}, default "between_groups"
        Hold groups against each other, or each group against all rows together{method}.
    sample_weight : array-like of shape (n,), optional
        {weight}
    pos_label : scalar, default 1
        The positive class.{options}

    Returns
    -------
    float
        nan, *not measurable*, when a group has no rows that the number could be taken over.

    Raises
    ------
    ArgumentError
        If lengths differ, scores are missing, or there are too few groups.

    References
    ----------
    {source}.

    Examples
    --------
    {example}
    """


def _docstring(statistic: Statistic, kind: Kind, example: str) -> str:
    said = definition(f"{statistic.name}_{kind}")
    options = (*statistic.options, *(("power",) if kind == "power_mean" else ()))
    word = "fair" if kind in ("difference", "ratio") or statistic.signed else "best"
    comparing = kind in ("difference", "ratio") and not statistic.background
    return _DOCSTRING.format(
        summary=wrapped(f"{said.statistic}; {said.fair:g} is {word}."),
        formula=f":math:`{said.formula}`.\n\n    " if said.formula else "",
        shows=wrapped(f"What it shows: {_lowered(said.shows)}"),
        does_not_show=wrapped(f"What it does not show: {_lowered(said.does_not_show)}"),
        truth=_TRUTH[statistic.truth],
        scores="in [0, 1]" if statistic.probabilities else "finite numbers",
        method="" if comparing else "; here only the first",
        weight="Weights of at least 0." if statistic.weighted else "Not taken.",
        options="".join(f"\n    {name}\n        {_OPTIONS[name]}" for name in options),
        source=wrapped(said.source),
        example=example.replace("\n", "\n    "),
    )


def wrapped(text: str) -> str:
    """Break a text into lines of a docstring."""
    return "\n    ".join(textwrap.wrap(text, 95))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


_OPTIONS = {
    "n_bins": "Number of bins, 10 unless told.",
    "bins": '``"mass"``, equally many rows in each, unless told; or ``"width"``.',
    "debias": "Whether what chance adds is taken off; True unless told.",
    "loss": 'Which loss: ``"squared"`` unless told, ``"absolute"``, ``"log"``, ``"zero_one"``, or '
    "a callable\n        from true values and scores to losses.",
    "firth": "Whether the likelihood is penalised (Firth 1993), which keeps the number finite\n"
    "        where few rows separate the classes; False unless told.",
    "power": "Exponent of the generalised mean, -5.0 unless told.",
    "threshold": "Least confidence with which an answer is given.",
}
