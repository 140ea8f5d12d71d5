"""Whether a repair kept a model's skill: paired answers, and a bound on what was lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from pytest_fairness.evidence.paired_rates import tango_interval
from pytest_fairness.evidence.rates import clopper_pearson
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.group_checks import label_numbers_of
from pytest_fairness.models import Model
from pytest_fairness.outcome import Interval, Verdict


class KeptSkill(Protocol):
    """What a repair kept of a model's skill, whatever the skill is."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def name(self) -> str:
        """What the skill is called."""

    @property
    def margin_name(self) -> str:
        """The setting that the margin is."""

    @property
    def before(self) -> float:
        """The skill before the repair."""

    @property
    def after(self) -> float:
        """The skill after the repair."""

    @property
    def n(self) -> int:
        """Rows or texts that it was measured on."""

    @property
    def loss(self) -> float:
        """How much skill the repair cost; negative when it gained."""

    @property
    def margin(self) -> float:
        """The largest loss that is accepted."""

    @property
    def interval(self) -> Interval:
        """Bounds of the change, a loss being negative."""

    @property
    def verdict(self) -> Verdict:
        """PASS if the loss is shown to lie within the margin, FAIL if beyond it."""

    @property
    def rows_to_decide(self) -> int | None:
        """How many would show what these show; None where none would."""


_TIMES = 1000  # as many times the rows as a hint may ask for


@dataclass(frozen=True)
class Utility:
    """A skill before and after, on the same rows, which the repair did not see; 1 is best.

    Attributes
    ----------
    name : str
    before, after : float in [0, 1]
        Share of rows with the right answer.
    n : int
    gained, lost : int
        Rows that are right only after the repair, and only before it.
    margin : float in [0, 1]
        The largest loss that is accepted.
    confidence : float in (0, 1)
        With which the loss must be shown to lie within the margin.
    constant : float in [0, 1]
        Share that would be right if all rows got one label, the best one.
    shows_skill : bool
        Whether these rows tell skill from one label for all, and do not show that the model had
        none before. Without that no loss can be seen.

    Notes
    -----
    Tango's score interval (1998). Where no row is gained, the loss is a plain proportion, of which
    a score interval says too much (of 133 rows it would call a loss of 0.02 ruled out 6.8 times of
    100 when it is there), and the bound of Clopper and Pearson (1934) takes its place.

    References
    ----------
    Tango (1998), "Equivalence test and confidence interval for the difference in proportions for
    the paired-sample design", Statistics in Medicine 17.

    Examples
    --------
    >>> kept = Utility("accuracy", 0.93, 0.925, 400, gained=3, lost=5, margin=0.02)
    >>> kept.verdict.value, round(kept.interval.low, 4)
    ('pass', -0.0189)
    >>> Utility("accuracy", 0.9, 0.9, 20, gained=0, lost=0, margin=0.02).rows_to_decide
    149
    """

    name: str
    before: float
    after: float
    n: int
    gained: int = 0
    lost: int = 0
    margin: float = 0.0
    confidence: float = 0.95
    constant: float = 0.0
    shows_skill: bool = True
    margin_name: ClassVar[str] = "max_accuracy_loss"

    @property
    def loss(self) -> float:
        """How much skill the repair cost; negative when it gained."""
        return self.before - self.after

    @cached_property
    def interval(self) -> Interval:
        """Bounds of the skill after less the skill before; each holds with `confidence`."""
        return _bounds(self.gained, self.lost, self.n, self.confidence)

    @property
    def verdict(self) -> Verdict:
        """PASS if the loss is shown to lie within the margin, FAIL if beyond it."""
        if not self.shows_skill:
            return Verdict.UNMEASURABLE
        if self.interval.low >= -self.margin:
            return Verdict.PASS
        return Verdict.FAIL if self.interval.high < -self.margin else Verdict.INCONCLUSIVE

    @property
    def rows_to_decide(self) -> int | None:
        """Rows that would show what these show, if the shares stayed; None where none would."""
        if self.loss >= self.margin or not self.n:
            return None
        few, many = 1, _TIMES * self.n
        while few < many:
            n = (few + many) // 2
            few, many = (few, n) if self._shows(n) else (n + 1, many)
        return few if self._shows(few) else None

    def _shows(self, n: int) -> bool:
        gained, lost = (round(count * n / self.n) for count in (self.gained, self.lost))
        return _bounds(gained, lost, n, self.confidence).low >= -self.margin

    @property
    def _units(self) -> str:
        return "rows" if "average" not in self.name else "sentences of the tests"

    def __str__(self) -> str:
        change = f"{self.name} went from {self.before:.3f} to {self.after:.3f}"
        if self.verdict is Verdict.UNMEASURABLE:
            rows = "the one row" if self.n == 1 else f"all {self.n:,} {self._units}"
            return (
                f"{change}; one label for {rows} would reach {self.constant:.3f}, so that "
                f"{'it shows' if self.n == 1 else 'they show'} no skill"
            )
        if self.verdict is Verdict.PASS:
            return f"{change} (n={self.n:,}), at most {max(0.0, -self.interval.low):.3f} lost"
        if self.verdict is Verdict.FAIL:
            return f"{change} (n={self.n:,}), a larger loss than {self.margin:g}"
        on = f"on {self.n:,} {self._units}"
        return f"{change}; {on} a loss of {-self.interval.low:.3f} cannot be ruled out"


def _bounds(gained: int, lost: int, n: int, confidence: float) -> Interval:
    """Bound the change of a share of right answers.

    Where none is gained, no more can be lost than the exact bound on the share lost. That loss is
    larger than some margin needs more: rows that are gained, though none is seen, would make up.
    """
    found = tango_interval(gained, lost, n, confidence=confidence)
    if gained or not n:
        return found
    exact = clopper_pearson(lost, n, confidence=confidence)
    return replace(found, low=-exact.high, high=max(found.high, -exact.low))


def measure_utility(
    name: str,
    before: Model,
    after: Model,
    rows: Labelled,
    *,
    margin: float,
    confidence: float,
    strict: bool = False,
) -> Utility:
    """Compare two models on rows that have the right answer as their target.

    Rows of one label show no skill, nor do rows on which the model before falls short of one label
    for all. With `strict`, the model afterwards must also be shown to do better than one label for
    all: where the teacher is biased, having lost nothing says little.
    """
    first, second = (right_answers(model, rows) for model in (before, after))
    return compare_answers(
        name, first, second, wanted_of(rows), margin=margin, confidence=confidence, strict=strict
    )


def compare_answers(
    name: str,
    before: npt.NDArray[np.bool_],
    after: npt.NDArray[np.bool_],
    wanted: npt.NDArray[np.intp],
    *,
    margin: float,
    confidence: float,
    strict: bool = False,
) -> Utility:
    """Compare which rows are right before and after; `wanted` are the label numbers."""
    always = wanted == np.bincount(wanted).argmax()
    if strict:
        beats = _beats(after, always, confidence)
    else:
        beats = not always.all() and not falls_short(before, wanted, confidence)
    return Utility(
        name=name,
        before=float(before.mean()),
        after=float(after.mean()),
        n=len(before),
        gained=int((after & ~before).sum()),
        lost=int((before & ~after).sum()),
        margin=margin,
        confidence=confidence,
        constant=float(always.mean()),
        shows_skill=bool(beats),
    )


def _beats(right: npt.NDArray[np.bool_], always: npt.NDArray[np.bool_], confidence: float) -> bool:
    """Whether answers are shown to be right more often than one label for all."""
    gained, lost = int((right & ~always).sum()), int((always & ~right).sum())
    return tango_interval(gained, lost, len(right), confidence=confidence).low > 0


def shows_skill(
    right: npt.NDArray[np.bool_], wanted: npt.NDArray[np.intp], confidence: float
) -> bool:
    """Whether answers are shown to be better than such as have nothing to do with the labels.

    Those find each label in a share of its rows, and the shares add up to one. Lower bounds of what
    is found (Clopper and Pearson 1934, shared by the labels) must add up to more; or more rows must
    be right than by one label for all.

    Examples
    --------
    >>> wanted = np.arange(40) % 2
    >>> shows_skill(wanted == wanted, wanted, 0.95)
    True
    >>> shows_skill(np.arange(40) % 4 < 2, wanted, 0.95)
    False
    """
    counts = np.bincount(wanted)
    present = np.flatnonzero(counts)
    if _beats(right, wanted == counts.argmax(), confidence):
        return True
    shared = 1 - (1 - confidence) / len(present)
    found = [(int(right[wanted == label].sum()), int(counts[label])) for label in present]
    return sum(clopper_pearson(k, n, confidence=shared).low for k, n in found) > 1


def falls_short(
    right: npt.NDArray[np.bool_], wanted: npt.NDArray[np.intp], confidence: float
) -> bool:
    """Whether answers are shown to be worse than one label for all, whichever way one counts.

    A model that is made to find what is rare may be right less often than one label for all, and
    has skill: of each label's rows it gets a larger share right, on average, than one label would.

    Examples
    --------
    >>> wanted = np.arange(40) % 2
    >>> falls_short(np.zeros(40, dtype=bool), wanted, 0.95)
    True
    >>> falls_short(wanted == 1, wanted, 0.95)
    False
    """
    counts = np.bincount(wanted)
    always = wanted == counts.argmax()
    gained, lost = int((right & ~always).sum()), int((always & ~right).sum())
    if tango_interval(gained, lost, len(right), confidence=confidence).high >= 0:
        return False
    recalls = [right[wanted == label].mean() for label in np.flatnonzero(counts)]
    return bool(np.mean(recalls) <= 1 / len(recalls))


def right_answers(model: Model, rows: Labelled) -> npt.NDArray[np.bool_]:
    """Return whether each text gets the target's label, an array of shape (n_texts,)."""
    return np.asarray(label_numbers_of(model, rows) == wanted_of(rows))


def wanted_of(rows: Labelled) -> npt.NDArray[np.intp]:
    """Return the number of the label that each text should get."""
    targets = np.asarray(rows.targets)
    return np.asarray(targets if targets.ndim == 1 else targets.argmax(axis=1), dtype=np.intp)
