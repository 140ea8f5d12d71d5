"""Steps on the rows of a repair, in order: clean, augment, balance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import is_sequence, shown
from pytest_fairness.mitigation.data.changes import Step, StepReport
from pytest_fairness.mitigation.data.plans import Augmentation, Cleaning, Resampling
from pytest_fairness.mitigation.data.rows import Rows, check_is_rows

Stage: TypeAlias = Cleaning | Augmentation | Resampling | Callable[[Rows], Step]


@dataclass(frozen=True, repr=False)
class Prepared:
    """Rows after all steps, and what each step did.

    Attributes
    ----------
    rows : Rows
    reports : tuple of StepReport
        Of the steps, in order.
    """

    rows: Rows
    reports: tuple[StepReport, ...]

    @property
    def alarms(self) -> tuple[str, ...]:
        """What a reader must know, of all steps."""
        return tuple(alarm for report in self.reports for alarm in report.alarms)

    def __repr__(self) -> str:
        return f"Prepared({self.rows!r}, {len(self.reports)} steps, {len(self.alarms)} alarms)"

    def __str__(self) -> str:
        return "\n".join(map(str, self.reports)) or f"nothing to do: {len(self.rows):,} rows"


def prepare(rows: Rows, steps: Stage | Sequence[Stage]) -> Prepared:
    """Clean, augment and balance rows.

    Give it the rows that are trained on, after the split: rows that judge the repair stay as they
    are.

    Parameters
    ----------
    rows : Rows
    steps : Cleaning, Augmentation, Resampling, callable, or sequence of these
        Done in the order given. A callable goes from rows to a `Step`, as all functions of this
        package do.

    Raises
    ------
    ArgumentError
        If near duplicates are to be removed after counterfactuals were added: they are some.

    Examples
    --------
    >>> rows = Rows(("She is a vet.", "She is a vet.", "It rains."), ("1", "1", "0"), (2, 3, 4))
    >>> done = prepare(rows, [Cleaning(), Augmentation("gender"), Resampling("label")])
    >>> print(done)
    remove duplicates: 3 rows → 2 (1 removed)
    settle texts with several labels (remove): 2 rows → 2 (nothing to do)
    add counterfactuals (gender): 2 rows → 3 (1 added)
    resample (label, under): 3 rows → 2 (1 removed)
    """
    check_is_rows(rows)
    stages: list[Any] = list(steps) if is_sequence(steps) else [steps]
    _check(stages)
    reports: list[StepReport] = []
    for stage in stages:
        for run in stage.plan(rows) if isinstance(stage, _PLANS) else [stage]:
            rows, report = _done(run, rows)
            reports.append(report)
    return Prepared(rows, tuple(reports))


def _done(run: Callable[[Rows], Step], rows: Rows) -> Step:
    step = run(rows)
    if not isinstance(step, Step):
        raise ArgumentTypeError(
            f"{_name_of(run)} returned {shown(step)}, and a step must return a Step: rows and a "
            "report, as resample(rows) does. Call a function from rows to rows before prepare."
        )
    return step


def _name_of(run: object) -> str:
    return str(getattr(run, "__name__", shown(run)))


_PLANS = (Cleaning, Augmentation, Resampling)


def _check(stages: Sequence[object]) -> None:
    augmented = False
    for stage in stages:
        if stage in _PLANS:
            name = _name_of(stage)
            raise ArgumentTypeError(
                f"steps holds the class {name}, and not a plan made of it. Write {name}()."
            )
        if not isinstance(stage, _PLANS) and not callable(stage):
            raise ArgumentTypeError(
                f"steps holds {shown(stage)}; expected Cleaning(...), Augmentation(...), "
                "Resampling(...), or a function from rows to a Step."
            )
        if isinstance(stage, Cleaning) and stage.near_duplicates is not None and augmented:
            raise ArgumentError(
                "Cleaning(near_duplicates=...) after Augmentation(...) would remove the variants "
                "that were added, as they are near duplicates. Clean first."
            )
        augmented |= isinstance(stage, Augmentation)
