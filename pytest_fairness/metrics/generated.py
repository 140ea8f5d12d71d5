"""Functions made from a table: their signatures, names and docstrings."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from pytest_fairness.definitions.definition import Definition

_PARAMETERS = {
    "y_true": """array-like of shape (n,)
        True classes; not read, and may be None, where no rate needs them.""",
    "y_pred": """array-like of shape (n,)
        Predicted classes.""",
    "sensitive_features": """array-like of shape (n,), or table of shape (n, n_attributes)
        Group labels; of several columns the intersections. Missing labels form the group
        ``"unknown"``, which is not compared.""",
    "method": """{"between_groups", "to_overall"}, default "between_groups"
        Hold groups against each other, or each group against all rows together.""",
    "agg": """{"worst_case", "mean"}, default "worst_case"
        The worse of the two rates' values, or their mean.""",
    "sample_weight": """array-like of shape (n,), optional
        Weights of at least 0.""",
    "control_features": """array-like or table, optional
        Strata that groups are compared within; rows whose stratum is missing are left out.""",
    "strata": """{"mean", "worst_case"}, default "mean"
        Average each group's values over the strata, by how many of the compared rows a stratum
        holds, and then compare; or compare in each stratum, and take the worst.""",
    "pos_label": """scalar, default 1
        The class that counts as positive.""",
    "classes": """sequence, optional
        All classes, also those without rows; by default those found.""",
}
_DOCSTRING = """{text}

    {shows}{formula}

    Parameters
    ----------
    {parameters}

    Returns
    -------
    float{range}
        nan, *not measurable*, when a group has no row that the number could be taken over{zero}.

    Raises
    ------
    ArgumentError
        If lengths differ, values are missing or of more classes than can be read, or there are
        too few groups.

    References
    ----------
    {source}.

    Examples
    --------
    >>> round({name}(
    ...     [1, 1, 0, 0, 1, 1, 0, 0], [1, 1, 1, 0, 1, 0, 0, 0],
    ...     sensitive_features=["a", "a", "a", "a", "b", "b", "b", "b"],
    ... ), 4)
    {example}
    """


def generated(
    name: str,
    module: str,
    form: Any,
    compute: Callable[..., float],
    definition: Definition,
    example: float,
) -> Any:
    """Return a function with the signature of a protocol's call, documented by its definition."""
    whole = inspect.signature(form.__call__)
    signature = whole.replace(parameters=list(whole.parameters.values())[1:])

    def metric(*args: Any, **kwargs: Any) -> float:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return compute(**bound.arguments)

    metric.__name__ = metric.__qualname__ = name
    metric.__module__ = module
    metric.__doc__ = _docstring(name, definition, list(signature.parameters), example)
    metric.__signature__ = signature  # type: ignore[attr-defined]
    return metric


def _docstring(name: str, known: Definition, parameters: list[str], example: float) -> str:
    statistic = known.statistic[0].lower() + known.statistic[1:]
    fair = "" if "_group_" in name else f"; {known.fair:g} is fair"
    described = "\n    ".join(f"{key} : {_PARAMETERS[key]}" for key in parameters)
    return _DOCSTRING.format(
        text=_wrapped(f"Return the {statistic}{fair}."),
        shows=_wrapped(known.shows),
        formula=f"\n\n    Compares :math:`{known.formula}` over groups :math:`a`.",
        parameters=described,
        range=" in [0, 1]" if known.most == 1 else "",
        zero=", or when all values are 0" if known.id.endswith("ratio") else "",
        source=_wrapped(known.source),
        name=name,
        example=example,
    )


def _wrapped(text: str) -> str:
    return "\n    ".join(textwrap.wrap(text, 95))
