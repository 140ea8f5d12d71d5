"""Who judges a candidate: the checks that failed, run again in this process, or pytest."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pytest_fairness.errors import FairnessWarning, MitigationError
from pytest_fairness.mitigation.again import POINTWISE, at_most
from pytest_fairness.mitigation.counterparts import all_pass, key_of, not_run_again, refuse_silent
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.failures import told
from pytest_fairness.mitigation.group_checks import failing_constraints
from pytest_fairness.mitigation.kinds import Kind, kind_of
from pytest_fairness.mitigation.methods import Candidate
from pytest_fairness.mitigation.runner import RunTests, run_tests
from pytest_fairness.mitigation.tasks import labelled_rows
from pytest_fairness.mitigation.verdicts import estimate_of
from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.perturb import Space

HELDOUT, VALIDATION = "heldout", "validation"
_NO_MORE = "A repair mends only what its checks measure."
_NO_ROWS = Labelled([])  # checks of pairs need none
_SCREENED = 400  # validation pairs of each check that a candidate is screened by


class Judged(NamedTuple):
    """What held-out terms and templates showed of a candidate.

    `missing` are the tests that did not run a failing check again, and `broken` says what does not
    pass beside the checks on held-out material, and why.
    """

    after: tuple[Outcome, ...]
    passed: bool
    missing: tuple[str, ...] = ()
    broken: str = ""


class Gate(Protocol):
    """What a candidate must pass."""

    @property
    def before(self) -> tuple[Outcome, ...]:
        """The checks on held-out terms and templates, before any repair."""

    def judge(self, candidate: Candidate, looks: int) -> Judged:
        """Run the checks on a candidate; `looks` such runs share the error rate."""


@dataclass(frozen=True)
class Rechecking:
    """The checks behind failing outcomes, run in this process: on what was held out, then in full.

    `rows` are held out, each once; `data` are all, copies too, as a check of groups counts them.
    """

    original: Any
    outcomes: tuple[Outcome, ...]
    rows: Labelled
    data: Rows | None = None

    @cached_property
    def before(self) -> tuple[Outcome, ...]:
        """The checks on held-out terms and templates, before any repair."""
        return recheck(self._kind, self.original, self.outcomes, self.rows)

    @property
    def failing_before(self) -> tuple[Outcome, ...]:
        """Those of them that fail on everything."""
        checks = zip(_open(self._kind, self.outcomes), self.before, strict=True)
        return tuple(before for outcome, before in checks if outcome.verdict is Verdict.FAIL)

    def judge(self, candidate: Candidate, looks: int) -> Judged:
        """Run the checks on a candidate; `looks` such runs share the error rate."""
        after = recheck(self._kind, candidate.scorer, self.outcomes, self.rows, looks=looks)
        if not all(outcome.passed for outcome in after):
            return Judged(after, False)
        short = [o for o in self._in_full(candidate.scorer) if not o.passed]
        return Judged(after, not short, broken=" ".join(map(_in_full_too, short)))

    def _in_full(self, model: Any) -> Iterator[Outcome]:
        """Run the checks on all that they were about, learnt from or not."""
        for outcome in _open(self._kind, self.outcomes):
            pairs = Space.from_recipe(dict(outcome.source)) if outcome.source else None
            yield self._kind.recheck(model, outcome, pairs, self._all_rows, 1)

    @cached_property
    def _all_rows(self) -> Labelled:
        if self.data is None or not failing_constraints(self.outcomes):
            return _NO_ROWS
        return labelled_rows(self.original, self.data)

    @cached_property
    def _kind(self) -> Kind:
        return kind_of(self.original)


@dataclass(frozen=True)
class Retesting:
    """The user's tests, run by pytest: on held-out terms and templates, and then in full.

    Both times the tests must pass, and every check that failed must be run again and pass itself.
    Hypothesis draws the same examples for the same model each time. They are few, so that checks of
    single pairs must hold over all held-out pairs as well.
    """

    tests: Sequence[str]
    target: Path
    model: Any
    failing: tuple[Outcome, ...] = ()
    original: Path | None = None
    seed: int = 0
    run_tests: RunTests = run_tests

    @cached_property
    def before(self) -> tuple[Outcome, ...]:
        """The checks on held-out terms and templates, before any repair."""
        run = self.run_tests(self.tests, model=self.original, part=HELDOUT, seed=self.seed)
        refuse_silent(self.failing, run.outcomes)
        return self._over_all_pairs(self.model, run.outcomes)

    @property
    def failing_before(self) -> tuple[Outcome, ...]:
        """Those of them whose tests fail on everything."""
        tests = {outcome.test for outcome in self.failing}
        return tuple(outcome for outcome in self.before if outcome.test in tests)

    def judge(self, candidate: Candidate, looks: int) -> Judged:
        """Run the tests on a candidate; `looks` such runs share the error rate."""
        options = [f"--fairness-looks={looks}"] if looks > 1 else []
        with tempfile.TemporaryDirectory() as temporary:
            judged, whole = (Path(temporary) / kind / self._name for kind in ("j", "w"))
            candidate.write_judged(judged)
            run = self.run_tests(
                self.tests, model=judged, part=HELDOUT, seed=self.seed, options=options
            )
            outcomes = self._over_all_pairs(candidate.scorer, run.outcomes)
            passed, missing = self._answered(run.passed, outcomes)
            if passed:
                candidate.write(whole)
                again = self.run_tests(self.tests, model=whole, seed=self.seed)
                passed, missing = self._answered(again.passed, again.outcomes)
                run = again
        broken = "" if run.passed else f"tests do not pass: {told(run.errors)} {_NO_MORE}"
        return Judged(outcomes, passed, tuple(missing), broken)

    @property
    def _name(self) -> str:
        """The model's own name: node ids hold it, and tests may ask for it."""
        return Path(self.model.info.path or self.target).name or self.target.name

    def _answered(self, passed: bool, outcomes: Sequence[Outcome]) -> tuple[bool, list[str]]:
        """Whether the tests and each check that failed pass, and which tests left checks out."""
        held = passed and all_pass(self.failing, outcomes)
        return held, not_run_again(self.failing, outcomes)

    def _over_all_pairs(self, model: Any, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
        """Put what all held-out pairs give in the place of what some drawn pairs gave."""
        kind = kind_of(self.model)
        drawn = {key_of(o): o for o in self.failing if _is_drawn(kind, o)}
        return tuple(
            _worse(outcome, kind, model, drawn[key])
            if (key := key_of(outcome)) in drawn
            else outcome
            for outcome in outcomes
        )


def _is_drawn(kind: Kind, outcome: Outcome) -> bool:
    """Whether a check held single pairs of a space that Hypothesis drew."""
    searched = outcome.settings is None or "budget" in outcome.settings
    is_single = outcome.tolerance.name == POINTWISE and bool(outcome.source)
    return is_single and not searched and not outcome.passed and kind.repairs(outcome)


def _worse(drawn: Outcome, kind: Kind, model: Any, check: Outcome) -> Outcome:
    """Return what all held-out pairs give, unless only the drawn ones fail."""
    every = kind.recheck(model, check, _heldout_pairs(check), _NO_ROWS, 1)
    if every.passed and not drawn.passed:
        return drawn
    return replace(every, test=drawn.test, command=drawn.command, model=drawn.model)


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
    """Run the checks on validation material; what comes out chooses, and proves nothing.

    Checks that only pytest can run again as they are written are left to it.
    """
    found = []
    for outcome in _open(kind, outcomes):
        with suppress(MitigationError), warnings.catch_warnings():
            warnings.simplefilter("ignore", FairnessWarning)  # this is no verdict yet
            fewer, pairs = at_most(outcome, _SCREENED), _validation_pairs(outcome)
            found.append(kind.recheck(model, fewer, pairs, rows, 1))
    return tuple(found)


def check_shown(before: Sequence[Outcome]) -> None:
    """Refuse a repair that held-out material could not show, since what fails passes there.

    Raises
    ------
    MitigationError
        It says what each check gave there, and what would make it show.
    """
    if not before or not all(outcome.passed for outcome in before):
        return
    found = "; ".join(f"{o.metric} is {estimate_of(o):.3f}, {_limit(o)}" for o in before)
    raise MitigationError(
        "Every failing check passes on held-out material before any repair, so that it cannot show "
        f"one: {found}. Expected was one that fails there as well. Give more templates, terms or "
        "rows, so that what is held out is like the rest, or let the check look closer by its own "
        "arguments, such as a lower limit or more pairs."
    )


def _in_full_too(outcome: Outcome) -> str:
    every = "terms and templates" if outcome.source else "rows, copies among them,"
    return (
        f"{outcome.metric} is {estimate_of(outcome):.3f} on all {every} {_limit(outcome)} "
        f"({outcome.verdict.value})."
    )


def _limit(outcome: Outcome) -> str:
    return f"and the limit is {outcome.tolerance.name}={outcome.tolerance.value:g}"


def _open(kind: Kind, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
    """Yield what did not pass and can be run again in this process."""
    return (outcome for outcome in outcomes if not outcome.passed and kind.repairs(outcome))


def _heldout_pairs(outcome: Outcome) -> Any:
    if not outcome.source:
        return None
    return Space.from_recipe({**outcome.source, "part": "all"}).part(HELDOUT)


def _validation_pairs(outcome: Outcome) -> Any:
    """Return a space, or some of its pairs where each is held by itself.

    Of a list a check of a population takes one pair of each template alone.
    """
    if not outcome.source:
        return None
    space = Space.from_recipe({**outcome.source, "part": "all"}).part(VALIDATION)
    if outcome.tolerance.name != POINTWISE:
        return space
    return space.sample(min(len(space), _SCREENED), outcome.seed)
