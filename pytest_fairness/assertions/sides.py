"""Both sides of some pairs: what the model says to each, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.answers import Answers, ask
from pytest_fairness.evidence import mcnemar_exact
from pytest_fairness.models import Model
from pytest_fairness.outcome import Comparison, Example, GroupRate
from pytest_fairness.perturb import Pair

SHOWN_EXAMPLES = 5


@dataclass(frozen=True)
class Sides:
    """What the model says to both sides of some pairs, row by row."""

    first: Answers
    second: Answers

    @property
    def flips(self) -> npt.NDArray[np.bool_]:
        """Whether the label differs."""
        return np.asarray(self.first.labels != self.second.labels)

    @property
    def changes(self) -> npt.NDArray[np.float64]:
        """Largest change of any label's score; 1 for a flip of a model without scores."""
        if self.first.scores is None or self.second.scores is None:
            return self.flips.astype(float)
        return np.asarray(np.abs(self.first.scores - self.second.scores).max(axis=1))

    def and_then(self, more: Sides) -> Sides:
        """Return these rows and `more`."""
        return Sides(_joined(self.first, more.first), _joined(self.second, more.second))

    def rows(self, chosen: npt.NDArray[np.intp] | slice) -> Sides:
        """Return some of the rows."""
        return Sides(_part(self.first, chosen), _part(self.second, chosen))


def _joined(one: Answers, more: Answers) -> Answers:
    labels = np.concatenate([one.labels, more.labels])
    if one.scores is None or more.scores is None:
        return Answers(labels, None, more.names)
    return Answers(labels, np.concatenate([one.scores, more.scores]), more.names)


def _part(answers: Answers, chosen: npt.NDArray[np.intp] | slice) -> Answers:
    scores = None if answers.scores is None else answers.scores[chosen]
    return Answers(answers.labels[chosen], scores, answers.names)


def ask_both(model: Model, pairs: Sequence[Pair]) -> Sides:
    """Score both sides in one call, so that the engine sees all the texts at once."""
    answers = ask(model, [p.original for p in pairs] + [p.variant for p in pairs])
    n = len(pairs)
    return Sides(_part(answers, slice(None, n)), _part(answers, slice(n, None)))


def binary_column(answers: Answers, label: str | int | None) -> int | None:
    """Return the column whose rate by group is worth showing, where there is an obvious one."""
    if label is not None:
        return answers.column(label)
    return 1 if len(answers.names) == 2 else None


def rows_by_groups(pairs: Sequence[Pair]) -> Mapping[tuple[str, str], npt.NDArray[np.intp]]:
    """Return the rows of each pair of groups."""
    rows: dict[tuple[str, str], list[int]] = {}
    for i, pair in enumerate(pairs):
        rows.setdefault(pair.groups, []).append(i)
    return {groups: np.asarray(indices) for groups, indices in rows.items()}


def label_rates(pairs: Sequence[Pair], sides: Sides, positive: str) -> tuple[GroupRate, ...]:
    """Return how often each group's texts get the label: the direction of the flips."""
    hits: dict[str, list[bool]] = {}
    for pair, first, second in zip(pairs, sides.first.labels, sides.second.labels, strict=True):
        hits.setdefault(pair.groups[0], []).append(first == positive)
        hits.setdefault(pair.groups[1], []).append(second == positive)
    return tuple(
        GroupRate(group, f"labelled {positive}", float(np.mean(values)), len(values))
        for group, values in sorted(hits.items())
    )


def directions(pairs: Sequence[Pair], sides: Sides, positive: str) -> tuple[Comparison, ...]:
    """Compare the two sides of each pair of groups by McNemar's exact test, worst first."""
    found = []
    for (a, b), rows in rows_by_groups(pairs).items():
        first, second = sides.first.labels[rows], sides.second.labels[rows]
        gained = int(((first == positive) & (second != positive)).sum())
        lost = int(((first != positive) & (second == positive)).sum())
        found.append(
            Comparison(
                first=a,
                second=b,
                quantity=f"labelled {positive}",
                estimate=(gained - lost) / len(rows),
                interval=None,
                p_value=mcnemar_exact(gained, lost),
                n=len(rows),
            )
        )
    return tuple(sorted(found, key=lambda c: (-abs(c.estimate), c.first, c.second)))


def examples(pairs: Sequence[Pair], sides: Sides, order: Iterable[int]) -> tuple[Example, ...]:
    """Return the pairs in rows `order` as a report shows them."""
    changes = sides.changes
    return tuple(
        Example(
            texts=(pairs[i].original, pairs[i].variant),
            groups=pairs[i].groups,
            labels=(str(sides.first.labels[i]), str(sides.second.labels[i])),
            scores=_score_rows(sides, i),
            change=float(changes[i]),
            placebo=pairs[i].placebo,
        )
        for i in order
    )


def _score_rows(sides: Sides, i: int) -> tuple[tuple[float, ...], ...]:
    if sides.first.scores is None or sides.second.scores is None:
        return ()
    return tuple(
        tuple(float(score) for score in scores[i])
        for scores in (sides.first.scores, sides.second.scores)
    )
