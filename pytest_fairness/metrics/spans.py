"""Precision, recall and F1 of labelled spans, by group.

A span is (start, end, label) and what may follow, such as a score; of a text, ``text[start:end]``.
A found span is right when all three agree with an expected one: half a name is a miss.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.groups import as_groups

Spans = Iterable[Sequence[Any]]


class SpanCounts(NamedTuple):
    """How many spans of a text, or of several, were found, missed, and found where there are none.

    Attributes
    ----------
    found, missed, spurious : int
    """

    found: int
    missed: int
    spurious: int


class SpanScores(NamedTuple):
    """How well spans are found; nan where nothing could be measured.

    Attributes
    ----------
    precision : float in [0, 1]
        Share of the spans that the model gave which are right.
    recall : float in [0, 1]
        Share of the expected spans that it gave.
    f1 : float in [0, 1]
        Their harmonic mean.
    counts : SpanCounts
    """

    precision: float
    recall: float
    f1: float
    counts: SpanCounts


def span_counts(expected: Spans, found: Spans) -> SpanCounts:
    """Return the counts of one text; a span that is given twice counts once.

    Examples
    --------
    >>> span_counts([(0, 4, "PER")], [(0, 4, "PER", 0.9), (8, 12, "PER", 0.4)])
    SpanCounts(found=1, missed=0, spurious=1)
    """
    right, given = _distinct(expected), _distinct(found)
    return SpanCounts(len(right & given), len(right - given), len(given - right))


def span_scores(
    expected: Sequence[Spans], found: Sequence[Spans], *, sensitive_features: Any
) -> dict[str, SpanScores]:
    """Return precision, recall and F1 of each group, over all spans of its texts.

    Equal values are fair. No span given leaves precision unmeasurable, no span expected recall.

    Parameters
    ----------
    expected, found : sequence of lists of spans
        One list per text.
    sensitive_features : array-like of shape (n_texts,) or table
        Group labels, as in `as_groups`.

    Raises
    ------
    ArgumentError
        If the lengths differ, or an entry is no span.

    Examples
    --------
    >>> expected = [[(0, 4, "PER")], [(0, 4, "PER")]]
    >>> scores = span_scores(expected, [[(0, 4, "PER")], []], sensitive_features=["a", "b"])
    >>> scores["a"].recall, scores["b"].recall
    (1.0, 0.0)
    """
    if len(expected) != len(found):
        raise ArgumentError(
            f"expected has {len(expected)} lists of spans but found has {len(found)}. Give one per "
            "text."
        )
    groups = as_groups(sensitive_features, len(found))
    sums = {name: SpanCounts(0, 0, 0) for name in groups.names}
    for code, right, given in zip(groups.codes, expected, found, strict=True):
        name = groups.names[code]
        pair = zip(sums[name], span_counts(right, given), strict=True)
        sums[name] = SpanCounts(*(before + now for before, now in pair))
    return {name: scores_of(counts) for name, counts in sums.items()}


def scores_of(counts: SpanCounts) -> SpanScores:
    """Return the scores that counts make."""
    found, missed, spurious = counts
    return SpanScores(
        _share(found, found + spurious),
        _share(found, found + missed),
        _share(2 * found, 2 * found + missed + spurious),
        counts,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


def _distinct(spans: Spans) -> set[tuple[int, int, str]]:
    return {_span(span) for span in spans}


def _span(span: Any) -> tuple[int, int, str]:
    try:
        start, end, label = span[:3]
        return int(start), int(end), str(label)
    except (TypeError, ValueError, KeyError) as err:
        raise ArgumentError(
            f"{span!r} is no span: give (start, end, label), with places counted in characters."
        ) from err
