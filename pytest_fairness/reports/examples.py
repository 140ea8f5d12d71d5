"""What the model said to each text of an example, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fairness.outcome import Example, Outcome
from pytest_fairness.reports.diff import Segment, word_diff


@dataclass(frozen=True)
class Answer:
    """One text of an example: who it speaks of, what differs, what the model said.

    `score` is that of `scored`, the label whose score differs most between the texts; `scored` is
    empty when the model's labels are not known.
    """

    group: str
    text: str
    segments: tuple[Segment, ...]
    label: str
    scored: str
    score: float | None


def answers(example: Example, labels: Sequence[str] = ()) -> tuple[Answer, ...]:
    """Return one answer for each text of `example`; `labels` name the columns of its scores."""
    column = _widest_column(example.scores)
    named = column is not None and all(len(row) == len(labels) for row in example.scores)
    return tuple(
        Answer(
            group=_at(example.groups, i),
            text=text,
            segments=segments,
            label=_at(example.labels, i),
            scored=labels[column] if named and column is not None else "",
            score=_score(example.scores, i, column),
        )
        for i, (text, segments) in enumerate(
            zip(example.texts, _all_segments(example.texts), strict=True)
        )
    )


def worst_example(outcome: Outcome) -> Example | None:
    """Return the example that a reader should see first: no placebo where there is a choice."""
    effects = [example for example in outcome.examples if not example.placebo]
    return next(iter(effects or outcome.examples), None)


def _all_segments(texts: Sequence[str]) -> list[tuple[Segment, ...]]:
    """Compare each text with the first, and the first with the second."""
    if len(texts) < 2:
        return [(Segment(text, False),) for text in texts]
    first = word_diff(texts[0], texts[1])[0]
    return [first, *(word_diff(texts[0], other)[1] for other in texts[1:])]


def _widest_column(scores: Sequence[Sequence[float | None]]) -> int | None:
    size = min((len(row) for row in scores), default=0)
    spread = {i: _spread([row[i] for row in scores]) for i in range(size)}
    known = {i: value for i, value in spread.items() if value is not None}
    largest = max(known.values(), default=0.0)  # of a tie, as between two labels, take the last
    return max((i for i, value in known.items() if value >= largest - 1e-12), default=None)


def _spread(values: Sequence[float | None]) -> float | None:
    """Return max - min, or None where a score is missing (a record may hold None for it)."""
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) == len(values) else None


def _score(scores: Sequence[Sequence[float]], row: int, column: int | None) -> float | None:
    return scores[row][column] if column is not None and row < len(scores) else None


def _at(values: Sequence[str], index: int) -> str:
    return values[index] if index < len(values) else ""
