"""What a step did to rows: how many it removed, added or changed, by group and label.

A filter that removes one group's texts more often than another's is itself a source of bias: Dodge
et al. (2021), "Documenting large webtext corpora", found that a list of banned words took out texts
in the English of minorities, and texts about them, far more often than others. So every step that
removes rows compares the rates of the groups, and warns where they differ.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_fairness.errors import ArgumentError, FairnessWarning
from pytest_fairness.mitigation.data.rows import Rows

UNKNOWN = "?"  # the group or label of rows without that column
_ALPHA = 0.05


class Cell(NamedTuple):
    """The rows of one group that bear one label."""

    group: str
    label: str


class CellCount(NamedTuple):
    """How many rows of a cell there were, and what became of them."""

    cell: Cell
    before: int
    removed: int = 0
    added: int = 0
    changed: int = 0


class GroupRate(NamedTuple):
    """How many rows of a group a step removed."""

    group: str
    removed: int
    rows: int

    @property
    def rate(self) -> float:
        """Share of the group's rows that were removed, in [0, 1]."""
        return self.removed / self.rows


@dataclass(frozen=True, repr=False)
class StepReport:
    """What one step did.

    Attributes
    ----------
    step : str
        The step in words, such as ``"remove exact duplicates"``.
    counts : tuple of CellCount
        Rows by group and label, before and after.
    removed_lines : tuple of int
        Lines of the rows that were removed.
    removal_rates : tuple of GroupRate
        Share of each group's rows that was removed; empty without groups.
    notes : tuple of str
        What a reader should know, such as what was left out and why.
    alarms : tuple of str
        What a reader must know, such as rates of removal that differ among groups.
    """

    step: str
    counts: tuple[CellCount, ...]
    removed_lines: tuple[int, ...] = ()
    removal_rates: tuple[GroupRate, ...] = ()
    notes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()

    @property
    def before(self) -> int:
        """Number of rows before the step."""
        return sum(count.before for count in self.counts)

    @property
    def removed(self) -> int:
        """Number of rows that were removed."""
        return sum(count.removed for count in self.counts)

    @property
    def added(self) -> int:
        """Number of rows that were added."""
        return sum(count.added for count in self.counts)

    @property
    def changed(self) -> int:
        """Number of rows whose text, label or weight was changed in place."""
        return sum(count.changed for count in self.counts)

    @property
    def after(self) -> int:
        """Number of rows after the step."""
        return self.before - self.removed + self.added

    def __repr__(self) -> str:
        return f"StepReport({self.step!r}, {self.before:,} rows → {self.after:,})"

    def __str__(self) -> str:
        done = {"removed": self.removed, "added": self.added, "changed": self.changed}
        told = ", ".join(f"{n:,} {verb}" for verb, n in done.items() if n) or "nothing to do"
        lines = [f"{self.step}: {self.before:,} rows → {self.after:,} ({told})"]
        if self.removed and self.removal_rates:
            rates = (
                f"{r.group} {r.rate:.1%} ({r.removed:,}/{r.rows:,})" for r in self.removal_rates
            )
            lines.append(f"  removed by group: {', '.join(rates)}")
        lines += [f"  warning: {alarm}" for alarm in self.alarms]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


class Step(NamedTuple):
    """Rows after a step, and what the step did."""

    rows: Rows
    report: StepReport


def cells(rows: Rows) -> list[Cell]:
    """Return the cell of each row."""
    groups = rows.groups or (UNKNOWN,) * len(rows)
    labels = rows.labels or (UNKNOWN,) * len(rows)
    return [Cell(group, label) for group, label in zip(groups, labels, strict=True)]


def revised(
    rows: Rows,
    step: str,
    *,
    keep: Collection[int] | None = None,
    new: Rows | None = None,
    added: Rows | None = None,
    notes: Iterable[str] = (),
    alarms: Iterable[str] = (),
    compare: bool = True,
) -> Step:
    """Return rows after a step and count what became of them.

    Parameters
    ----------
    rows : Rows
        The rows before the step.
    step : str
        Its name in words.
    keep : collection of int, optional
        Rows that stay, in their old order; by default all.
    new : Rows, optional
        What stands at the place of each old row; one that differs counts as changed.
    added : Rows, optional
        What is put behind them.
    notes, alarms : iterable of str
        Go into the report; alarms are warned of, too.
    compare : bool
        Whether rates of removal that differ among groups are an alarm. They are meant to differ
        where groups are balanced.

    Warns
    -----
    FairnessWarning
        If rows of one group are removed at another rate than the rest.
    """
    stay = set(range(len(rows)) if keep is None else keep)
    if rows and not stay:
        raise ArgumentError(
            f"{step!r} would remove all {len(rows)} rows. Loosen it, or give other rows."
        )
    gone = [i for i in range(len(rows)) if i not in stay]
    rates = _removal_rates(rows, gone)
    told = [*alarms, *(_unequal(rates, step) if compare else ())]
    for alarm in told:
        warnings.warn(alarm, FairnessWarning, stacklevel=3)
    report = StepReport(
        step,
        counts=_counts(rows, gone, _changed(rows, new, stay), added),
        removed_lines=tuple(rows.lines[i] for i in gone),
        removal_rates=rates,
        notes=tuple(notes),
        alarms=tuple(told),
    )
    after = (new or rows).select(sorted(stay))
    return Step(after if added is None else joined(after, added), report)


def _changed(rows: Rows, new: Rows | None, stay: Collection[int]) -> list[int]:
    if new is None:
        return []
    old_parts, new_parts = _parts(rows), _parts(new)
    return [i for i in sorted(stay) if old_parts[i] != new_parts[i]]


def joined(first: Rows, second: Rows) -> Rows:
    """Return the rows of both; what only the first has stays unknown in none of them."""
    return Rows(
        texts=first.texts + second.texts,
        labels=None if first.labels is None else first.labels + _known(second.labels, "labels"),
        lines=first.lines + second.lines,
        path=first.path,
        groups=None if first.groups is None else first.groups + _known(second.groups, "groups"),
        weights=_weights(first, second),
        label_names=first.label_names,
    )


def _known(entries: tuple[str, ...] | None, name: str) -> tuple[str, ...]:
    if entries is None:
        raise ArgumentError(f"The rows have {name}, but those to add have none. Give them {name}.")
    return entries


def _weights(first: Rows, second: Rows) -> tuple[float, ...] | None:
    if first.weights is None and second.weights is None:
        return None
    return tuple(w for rows in (first, second) for w in rows.weights or (1.0,) * len(rows))


def _parts(rows: Rows) -> list[tuple[object, ...]]:
    weights = rows.weights or (1.0,) * len(rows)
    return list(zip(rows.texts, cells(rows), weights, strict=True))


def _counts(
    rows: Rows, removed: Sequence[int], changed: Sequence[int], added: Rows | None
) -> tuple[CellCount, ...]:
    every, fresh = cells(rows), [] if added is None else cells(added)
    tallies = [
        Counter(every),
        Counter(every[i] for i in removed),
        Counter(fresh),
        Counter(every[i] for i in changed),
    ]
    return tuple(CellCount(c, *(t[c] for t in tallies)) for c in sorted({*every, *fresh}))


def _removal_rates(rows: Rows, gone: Sequence[int]) -> tuple[GroupRate, ...]:
    if rows.groups is None:
        return ()
    removed, sizes = Counter(rows.groups[i] for i in gone), Counter(rows.groups)
    return tuple(GroupRate(group, removed[group], sizes[group]) for group in sorted(sizes))


def _unequal(rates: Sequence[GroupRate], step: str) -> list[str]:
    """Say which group lost rows at another rate than the rest, where chance does not explain it.

    Fisher's exact test of each group against the others, at a level that is shared among them.
    """
    found = [(chance, rate) for rate in rates if (chance := _chance(rate, rates)) is not None]
    if not found or min(found)[0] > _ALPHA / len(found):
        return []
    chance, worst = min(found)
    others = _others(worst, rates)
    return [
        f"{step!r} removed {worst.rate:.1%} of the rows of group {worst.group!r} "
        f"({worst.removed}/{worst.rows}) but {others.rate:.1%} of the others "
        f"({others.removed}/{others.rows}; Fisher's exact test, p = {chance:.2g}). "
        "Read the removed rows, and loosen the step or resample if the difference is not meant."
    ]


def _chance(rate: GroupRate, rates: Sequence[GroupRate]) -> float | None:
    import numpy as np
    from scipy.stats import fisher_exact

    others = _others(rate, rates)
    if not others.rows or not rate.removed + others.removed:
        return None
    table = np.array([[r.removed, r.rows - r.removed] for r in (rate, others)])
    return float(fisher_exact(table)[1])


def _others(rate: GroupRate, rates: Sequence[GroupRate]) -> GroupRate:
    rest = [other for other in rates if other.group != rate.group]
    return GroupRate("others", sum(r.removed for r in rest), sum(r.rows for r in rest))
