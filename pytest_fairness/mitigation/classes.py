"""How well each class is told from the others, before and after: a report as of classification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.group_checks import label_numbers_of
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
    first, second = (label_numbers_of(model, rows.texts) for model in (before, after))
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


def warnings_of(classes: Sequence[ClassReport]) -> list[str]:
    """Say which classes a repair gave up: some of their rows were found before, and none after."""
    return [
        f"Warning: of the {one.n:,} rows of class {one.label!r} the repaired model finds none (F1 "
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
