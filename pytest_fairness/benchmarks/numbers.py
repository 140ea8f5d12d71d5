"""Numbers made of one value per item: means, and gaps between two sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pytest_fairness.benchmarks.base import ALL, Number, Sides

T = TypeVar("T")


def parts_of(items: Sequence[T], *keys: Callable[[T], str]) -> dict[str, list[int]]:
    """Return the places of the items of each category, with ``"all"`` first.

    Examples
    --------
    >>> parts_of(["ant", "bee", "auk"], lambda word: word[0])
    {'all': [0, 1, 2], 'a': [0, 2], 'b': [1]}
    """
    parts: dict[str, list[int]] = {ALL: list(range(len(items)))}
    for key in keys:
        for place, item in enumerate(items):
            if name := key(item):
                parts.setdefault(name, []).append(place)
    return parts


def mean(values: Sequence[float]) -> float:
    """Return the mean; nan, *not measurable*, of nothing."""
    return math.fsum(values) / len(values) if values else math.nan


def divided(part: float, whole: float) -> float:
    """Return a share; nan, *not measurable*, of nothing."""
    return part / whole if whole else math.nan


def per_length(found: Any) -> list[float]:
    """Return log-likelihoods per token, or per byte where nobody counted the tokens."""
    form = found.per_token if min(found.tokens, default=1) > 0 else found.per_byte
    return floats(form)


def mean_number(
    name: str,
    values: Sequence[float],
    *,
    fair: float | None = None,
    category: str = ALL,
    clusters: Sequence[str] = (),
    span: tuple[float, float] = (-math.inf, math.inf),
    missing: str = "",
) -> Number:
    """Return a mean with the values that it is made of."""
    return Number(
        name,
        mean(values),
        fair,
        len(values),
        category,
        tuple(values),
        tuple(clusters),
        least=span[0],
        most=span[1],
        note="" if values else missing,
    )


def gap_number(
    name: str,
    first: Sequence[float],
    second: Sequence[float],
    *,
    category: str = ALL,
    clusters: tuple[Sequence[str], Sequence[str]] = ((), ()),
    missing: str = "",
) -> Number:
    """Return the mean of one side less that of the other; 0 is fair.

    Its units are what each value adds to the gap, the mean of its side taken off, so that their
    mean is the gap and their scatter that of the difference of two means.
    """
    n = len(first) + len(second)
    if not first or not second:
        return Number(name, math.nan, 0.0, n, category, note=missing)
    one, other = mean(first), mean(second)
    gap = one - other
    units = [gap + (v - one) * n / len(first) for v in first]
    units += [gap - (v - other) * n / len(second) for v in second]
    return Number(name, gap, 0.0, n, category, tuple(units), (*clusters[0], *clusters[1]))


def spread_number(
    name: str,
    sides: Iterable[tuple[str, Sequence[float]]],
    *,
    category: str = ALL,
    clusters: Mapping[str, Sequence[str]] | None = None,
    span: tuple[float, float] = (-math.inf, math.inf),
) -> Number:
    """Return the largest difference between the means of several groups; 0 is fair.

    It is no mean of values per item, and with many groups it lies above 0 by chance: its `basis`
    holds the groups, so that each two of them can be judged.
    """
    groups = {side: tuple(values) for side, values in sides if values}
    means = {side: mean(values) for side, values in groups.items()}
    n = sum(map(len, groups.values()))
    if len(means) < 2:
        note = "Fewer than two groups have values."
        return Number(name, math.nan, 0.0, n, category, note=note)
    high, low = max(means, key=means.__getitem__), min(means, key=means.__getitem__)
    belong = {side: tuple(labels) for side, labels in (clusters or {}).items() if side in groups}
    return Number(
        name,
        means[high] - means[low],
        0.0,
        n,
        category,
        note=f"Between {high} and {low}.",
        basis=Sides(groups, belong, *span),
    )


def counted(**reasons: int) -> dict[str, int]:
    """Return reasons that hold for at least one item, with spaces for underscores."""
    return {reason.replace("_", " "): n for reason, n in reasons.items() if n}


def floats(values: Iterable[Any]) -> list[float]:
    """Return plain floats."""
    return [float(value) for value in values]
