"""What else a model could do before a repair: further rows of its task, and the worst group.

Held-out rows are like those that the repair learnt from. A model may keep its skill there and lose
it elsewhere, so that other data sets, and parts of them, are looked at by the same test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import shown_briefly
from pytest_fairness.mitigation.data import Labelled, Rows, label_numbers
from pytest_fairness.mitigation.data.rows import not_rows
from pytest_fairness.mitigation.unseen import rows_without
from pytest_fairness.mitigation.utility import (
    Utility,
    compare_answers,
    right_answers,
    wanted_of,
)
from pytest_fairness.models import Model
from pytest_fairness.outcome import Verdict

LEARNT_FROM = ("train", "validation")  # parts of the rows that a repair has seen
_MOST_SHOWN = 5  # groups that lost more than they may, in a sentence


@dataclass(frozen=True)
class Retained:
    """What became of a model's skill on one set of further rows.

    Attributes
    ----------
    name : str
    utility : Utility
        Of all its rows.
    groups : mapping of str to Utility
        The same of each group of rows, where groups are known.
    refuses : bool
        Whether a loss that is shown here rules a repair out.

    Examples
    --------
    >>> whole = Utility("accuracy", 0.9, 0.88, 400, gained=2, lost=10, margin=0.05)
    >>> short = Utility("accuracy", 0.9, 0.5, 40, gained=0, lost=16, margin=0.05)
    >>> found = Retained("reviews", whole, {"short": short})
    >>> found.worst
    'short'
    >>> found.verdict.value
    'fail'
    """

    name: str
    utility: Utility
    groups: Mapping[str, Utility]
    refuses: bool = True

    @property
    def worst(self) -> str | None:
        """The group that lost most; None where no groups are known."""
        return max(self.groups, key=lambda group: self.groups[group].loss, default=None)

    @property
    def lost(self) -> dict[str, Utility]:
        """Parts that are shown to have lost more than the margin; the whole is named ``""``."""
        parts = {"": self.utility, **self.groups}
        return {name: part for name, part in parts.items() if shows_loss(part)}

    @property
    def verdict(self) -> Verdict:
        """FAIL if a part lost too much, PASS if the whole is shown not to have."""
        return Verdict.FAIL if self.lost else self.utility.verdict

    def __str__(self) -> str:
        if not self.lost:
            return f"on {self.name}, {self.utility}"
        worst = sorted(self.lost, key=lambda name: -self.lost[name].loss)
        return "; ".join(self._said(name) for name in worst[:_MOST_SHOWN])

    def _said(self, part: str) -> str:
        where = f"{self.name}, group {part!r}" if part else self.name
        u = self.lost[part]
        had_none = u.before <= u.constant < 1
        aside = f" (one label for all would reach {u.constant:.3f})" if had_none else ""
        return (
            f"on {where}, {u.name} went from {u.before:.3f} to {u.after:.3f} (n={u.n:,}), a larger "
            f"loss than {u.margin:g}{aside}"
        )


def shows_loss(utility: Utility) -> bool:
    """Whether a loss beyond the margin is shown, also by rows of one label.

    Such rows cannot show that skill was kept: a model that says nothing else is right on all.
    """
    return utility.interval.high < -utility.margin


def retention_rows(
    retention: Mapping[str, Rows] | None, model: Model, learnt: Sequence[str] = ()
) -> dict[str, Labelled]:
    """Return further rows with the right answer as target, less the texts that were learnt from.

    Each text counts once.

    Raises
    ------
    ArgumentTypeError
        If these are no rows by name.
    ArgumentError
        If a name is empty, no row is left, or labels are none of the model's.
    """
    _check(retention)
    given = (retention or {}).items()
    return {name: _unseen(name, rows, model, learnt).distinct() for name, rows in given}


def measure_retention(
    before: Model,
    after: Model,
    suite: Mapping[str, Labelled],
    *,
    margin: float,
    alpha: float,
    watched: Mapping[str, Labelled] | None = None,
) -> tuple[Retained, ...]:
    """Compare two models on sets of rows, and on each of their groups.

    Parameters
    ----------
    before, after : Model
    suite : mapping of str to Labelled
        Rows on which a loss that is shown rules the repair out.
    margin : float in [0, 1]
        The largest loss of accuracy that is accepted.
    alpha : float in (0, 1)
        Chance that any bound at all is wrong: sets and groups share it evenly (Bonferroni), so
        that a model that kept everything is refused no more often, however many sets there are.
    watched : mapping of str to Labelled, optional
        Rows whose groups are reported and refuse nothing.

    Returns
    -------
    tuple of Retained
    """
    watched = watched or {}
    answered = {n: _answered(before, after, rows) for n, rows in (*suite.items(), *watched.items())}
    parts = sum(1 + len(one.masks) for one in answered.values())
    confidence = 1 - alpha / max(1, parts)
    return tuple(
        one.compared(name, margin, confidence, refuses=name in suite)
        for name, one in answered.items()
    )


def forgotten(found: Sequence[Retained]) -> str | None:
    """Say which rows speak against a repair; None if none do."""
    lost = [str(one) for one in found if one.refuses and one.verdict is Verdict.FAIL]
    return "; ".join(lost) or None


def retained_parts(one: Retained) -> dict[str, Utility]:
    """Return what to show of a set, by its name in a table: all its rows, and the worst group.

    Of rows that refuse nothing the whole is shown elsewhere.
    """
    what = one.utility.name
    parts = {f"{what} on {one.name}": one.utility} if one.refuses else {}
    if one.worst is not None:
        parts[f"{what} on {one.name}, worst group {one.worst!r}"] = one.groups[one.worst]
    return parts


def slices_by_length(rows: Rows, parts: int = 3) -> dict[str, Rows]:
    """Cut rows into parts of about equal size by the number of characters of their texts.

    Parameters
    ----------
    rows : Rows
    parts : int, at least 2

    Returns
    -------
    dict of str to Rows
        By names such as ``"1 to 40 characters"``, the shortest first. Texts of one length stay
        together, so that there may be fewer parts.

    Examples
    --------
    >>> from pytest_fairness.mitigation import read_rows
    >>> rows = read_rows(["no", "yes", "not at all", "by all means"])
    >>> {name: part.texts for name, part in slices_by_length(rows, 2).items()}
    {'2 to 3 characters': ('no', 'yes'), '10 to 12 characters': ('not at all', 'by all means')}
    """
    if not isinstance(rows, Rows):
        raise ArgumentTypeError(not_rows("rows", rows))
    if isinstance(parts, bool) or not isinstance(parts, int) or parts < 2:
        raise ArgumentError(f"parts={parts!r} must be a whole number of at least 2.")
    lengths = np.array([len(text) for text in rows.texts])
    bounds = np.unique(np.quantile(lengths, np.arange(1, parts) / parts, method="lower"))
    numbers = np.searchsorted(bounds, lengths)
    return {
        _span(lengths[numbers == n]): rows.select(np.flatnonzero(numbers == n).tolist())
        for n in np.unique(numbers)
    }


class _Answered(NamedTuple):
    """Which rows of a set are right before and after, and who belongs to which group."""

    name: str
    before: npt.NDArray[np.bool_]
    after: npt.NDArray[np.bool_]
    wanted: npt.NDArray[np.intp]
    masks: dict[str, npt.NDArray[np.bool_]]

    def compared(self, name: str, margin: float, confidence: float, *, refuses: bool) -> Retained:
        def part(mask: npt.NDArray[np.bool_]) -> Utility:
            three = (self.before[mask], self.after[mask], self.wanted[mask])
            return compare_answers(self.name, *three, margin=margin, confidence=confidence)

        whole = part(np.ones(len(self.wanted), dtype=bool))
        groups = {group: part(mask) for group, mask in self.masks.items()}
        return Retained(name, whole, groups, refuses)


def _answered(before: Model, after: Model, rows: Labelled) -> _Answered:
    has_labels = np.asarray(rows.targets).ndim == 1
    name = "accuracy" if has_labels else "agreement with the original"
    first, second = right_answers(before, rows), right_answers(after, rows)
    return _Answered(name, first, second, wanted_of(rows), _masks(rows))


def _masks(rows: Labelled) -> dict[str, npt.NDArray[np.bool_]]:
    """Rows of each group whose name is known, where there are at least two."""
    groups = np.array(rows.groups if rows.groups is not None else [], dtype=object)
    known = sorted({group for group in groups if group})
    return {group: groups == group for group in known} if len(known) > 1 else {}


def _unseen(name: str, rows: Rows, model: Model, learnt: Sequence[str]) -> Labelled:
    if not rows.texts:
        raise ArgumentError(f"retention[{name!r}] has no rows. Give some, or leave it out.")
    kept = rows_without(learnt, rows)
    if not kept.texts:
        raise ArgumentError(
            f"retention[{name!r}]: the repair learns from all {len(rows)} texts, so that they show "
            "nothing that it forgot. Give other rows."
        )
    if kept.labels is None:
        return Labelled(kept.texts, model.predict_proba(kept.texts), groups=kept.groups)
    try:
        numbers = label_numbers(kept, model.labels)
    except ArgumentError as err:
        raise ArgumentError(f"retention[{name!r}]: {err}") from err
    return Labelled(kept.texts, np.asarray(numbers), groups=kept.groups)


def _check(retention: object) -> None:
    if retention is None:
        return
    if not isinstance(retention, Mapping) or isinstance(retention, Rows):
        raise ArgumentTypeError(
            f"retention={shown_briefly(retention)} must map names to rows: "
            '{"hatecheck": read_rows(FILE, label=COLUMN)}.'
        )
    for name, rows in retention.items():
        if not isinstance(name, str) or not name.strip():
            raise ArgumentError(f"retention has the name {name!r}. Name each set of rows.")
        if not isinstance(rows, Rows):
            raise ArgumentTypeError(not_rows(f"retention[{name!r}]", rows))


def _span(lengths: npt.NDArray[np.intp]) -> str:
    return f"{lengths.min()} to {lengths.max()} characters"
