"""How well each class is told from the others, before and after: a report as of classification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.group_checks import label_numbers_of
from pytest_fairness.mitigation.utility import Utility, compare_answers, right_answers, wanted_of
from pytest_fairness.models import Model

Numbers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class ClassScores:
    """How one model treats one class; 1 is best.

    Attributes
    ----------
    precision : float in [0, 1] or None
        Share of the rows that get the label which are of the class; None where none gets it.
    recall : float in [0, 1] or None
        Share of the rows of the class that get the label; None where there are none.
    f1 : float in [0, 1] or None
        Their harmonic mean, 2 TP / (2 TP + FP + FN); None where no row is of the class or gets its
        label.
    said : int
        Rows that get the label.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    said: int


@dataclass(frozen=True)
class ClassReport:
    """One class on rows that the repair did not see, `n` of which are of that class."""

    label: str
    n: int
    before: ClassScores
    after: ClassScores


def report_classes(before: Model, after: Model, rows: Labelled) -> tuple[ClassReport, ...]:
    """Compare two models class by class on rows with label numbers; empty where rows have none."""
    truth = np.asarray(rows.targets)
    if rows.targets is None or truth.ndim != 1:
        return ()
    first, second = (label_numbers_of(model, rows) for model in (before, after))
    return tuple(
        ClassReport(
            str(label), int((truth == i).sum()), score(truth, first, i), score(truth, second, i)
        )
        for i, label in enumerate(before.labels)
    )


def score(truth: Numbers, said: Numbers, number: int) -> ClassScores:
    """Return the scores of the class with this number.

    Examples
    --------
    >>> score(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 1)
    ClassScores(precision=0.6666666666666666, recall=1.0, f1=0.8, said=3)
    """
    hits = int(((truth == number) & (said == number)).sum())
    wanted, given = int((truth == number).sum()), int((said == number).sum())
    return ClassScores(
        _share(hits, given), _share(hits, wanted), _share(2 * hits, given + wanted), given
    )


def given_up(
    before: Model, after: Model, rows: Labelled, *, margin: float, alpha: float
) -> str | None:
    """Say which classes a repair is shown to find less often than the margin allows.

    A rare class counts for little in accuracy, so that a model that never says it seems to have
    kept its skill.

    Parameters
    ----------
    before, after : Model
    rows : Labelled
        With the right answer as target, or what the model before said.
    margin : float in [0, 1]
        The largest loss of recall that is accepted.
    alpha : float in (0, 1)
        About the chance of speaking up although no class lost more (at margins it may be half as
        much again, as of all score intervals of few rows); the classes share it (Bonferroni).

    Returns
    -------
    str or None
        The class that lost most; None if none is shown to have lost more than `margin`.
    """
    lost = [(k.loss, label, k) for label, k in _recalls(before, after, rows, margin, alpha)]
    shown = [one for one in lost if one[2].interval.high < -margin]
    if not shown:
        return None
    _, label, kept = max(shown, key=lambda one: one[0])
    return (
        f"recall of {label!r} went from {kept.before:.3f} to {kept.after:.3f} (n={kept.n:,}), a "
        f"larger loss than {margin:g}"
    )


def _recalls(
    before: Model, after: Model, rows: Labelled, margin: float, alpha: float
) -> Iterator[tuple[str, Utility]]:
    wanted = wanted_of(rows)
    first, second = right_answers(before, rows), right_answers(after, rows)
    present = np.flatnonzero(np.bincount(wanted, minlength=len(before.labels)))
    for number in present:
        of_class = wanted == number
        yield (
            str(before.labels[number]),
            compare_answers(
                "recall",
                first[of_class],
                second[of_class],
                wanted[of_class],
                margin=margin,
                confidence=1 - alpha / len(present),
            ),
        )


def warnings_of(classes: Sequence[ClassReport]) -> list[str]:
    """Say which classes a repair gave up: some of their rows were found before, and none after."""
    return [
        f"Warning: of the {one.n:,} rows of class {one.label!r} none is found after the repair (F1 "
        f"was {one.before.f1:.3f} before)."
        for one in classes
        if one.before.f1 and not one.after.f1
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def mean_f1(scores: Sequence[ClassScores]) -> float | None:
    """Return the mean over classes (macro F1), or None where a class has none."""
    values = [score.f1 for score in scores if score.f1 is not None]
    return sum(values) / len(values) if values and len(values) == len(scores) else None
