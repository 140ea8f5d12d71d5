"""Who judges a candidate: the checks that failed, run again in this process, or pytest."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.kinds import Kind, kind_of
from pytest_fairness.mitigation.methods import Candidate
from pytest_fairness.mitigation.runner import run_tests
from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Space

HELDOUT, VALIDATION = "heldout", "validation"
_MOST_PAIRS = 2000  # of a check that takes no space of any size
_SCREENED = 400  # validation pairs of each check that a candidate is screened by


class Judged(NamedTuple):
    """What held-out terms and templates showed of a candidate."""

    after: tuple[Outcome, ...]
    passed: bool


class Gate(Protocol):
    """What a candidate must pass."""

    @property
    def before(self) -> tuple[Outcome, ...]:
        """The checks on held-out terms and templates, before any repair."""

    def judge(self, candidate: Candidate, looks: int) -> Judged:
        """Run the checks on a candidate; `looks` such runs share the error rate."""


@dataclass(frozen=True)
class Rechecking:
    """The checks behind failing outcomes, run in this process."""

    original: Any
    outcomes: tuple[Outcome, ...]
    rows: Labelled

    @cached_property
    def before(self) -> tuple[Outcome, ...]:
        """The checks on held-out terms and templates, before any repair."""
        return recheck(self._kind, self.original, self.outcomes, self.rows)

    def judge(self, candidate: Candidate, looks: int) -> Judged:
        """Run the checks on a candidate; `looks` such runs share the error rate."""
        after = recheck(self._kind, candidate.scorer, self.outcomes, self.rows, looks=looks)
        return Judged(after, all(outcome.passed for outcome in after))

    @cached_property
    def _kind(self) -> Kind:
        return kind_of(self.original)


@dataclass(frozen=True)
class Retesting:
    """The user's tests, run by pytest: on held-out terms and templates, and then in full."""

    tests: Sequence[str]
    target: Path
    alpha: float
    original: Path | None = None

    @cached_property
    def before(self) -> tuple[Outcome, ...]:
        """The checks on held-out terms and templates, before any repair."""
        return run_tests(self.tests, model=self.original, part=HELDOUT).outcomes

    def judge(self, candidate: Candidate, looks: int) -> Judged:
        """Run the tests on a candidate; `looks` such runs share the error rate."""
        options = [f"--fairness-alpha={self.alpha / looks:g}"] if looks > 1 else []
        with tempfile.TemporaryDirectory() as temporary:
            judged, whole = (Path(temporary) / kind / self.target.name for kind in ("j", "w"))
            candidate.write_judged(judged)
            run = run_tests(self.tests, model=judged, part=HELDOUT, options=options)
            passed = run.passed
            if passed:
                candidate.write(whole)
                passed = run_tests(self.tests, model=whole).passed
        return Judged(tuple(_moved(outcome, self.target) for outcome in run.outcomes), passed)


def recheck(
    kind: Kind, model: Any, outcomes: Sequence[Outcome], rows: Labelled, *, looks: int = 1
) -> tuple[Outcome, ...]:
    """Run the checks behind failing outcomes again, on held-out terms, templates and rows."""
    return tuple(
        kind.recheck(model, outcome, _heldout_pairs(outcome), rows, looks)
        for outcome in _open(kind, outcomes)
    )


def screen(
    kind: Kind, model: Any, outcomes: Sequence[Outcome], rows: Labelled
) -> tuple[Outcome, ...]:
    """Run the checks on validation material; what comes out chooses, and proves nothing."""
    return tuple(
        kind.recheck(model, outcome, _validation_pairs(outcome), rows, 1)
        for outcome in _open(kind, outcomes)
    )


def _open(kind: Kind, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield what did not pass and can be run again in this process."""
    return (outcome for outcome in outcomes if not outcome.passed and kind.repairs(outcome))


def _heldout_pairs(outcome: Outcome) -> Any:
    if not outcome.source:
        return None
    space = Space.from_recipe(dict(outcome.source)).part(HELDOUT)
    if outcome.tolerance.name == "tolerance":  # pointwise checks take no space of any size
        return space.sample(min(len(space), _MOST_PAIRS), outcome.seed)
    return space


def _validation_pairs(outcome: Outcome) -> Any:
    if not outcome.source:
        return None
    space = Space.from_recipe(dict(outcome.source)).part(VALIDATION)
    return space.sample(min(len(space), _SCREENED), outcome.seed)


def _moved(outcome: Outcome, target: Path) -> Outcome:
    """Name the folder where the model will stand, not the one where it was tried."""
    if outcome.model is None:
        return outcome
    return replace(outcome, model=replace(outcome.model, name=str(target), path=str(target)))
