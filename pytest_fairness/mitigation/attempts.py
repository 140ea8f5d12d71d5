"""Trying methods in turn, and what came of each: the front of a repair."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.classes import ClassReport
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.gates import HELDOUT, VALIDATION, Gate, screen
from pytest_fairness.mitigation.methods import Candidate, Method, Setting
from pytest_fairness.mitigation.methods.base import UNCHANGED
from pytest_fairness.mitigation.retention import Retained, forgotten
from pytest_fairness.mitigation.side_effects import SideEffect, measure_side_effects
from pytest_fairness.mitigation.skills import Skill
from pytest_fairness.mitigation.telltale import telltale_labels
from pytest_fairness.mitigation.utility import KeptSkill
from pytest_fairness.mitigation.verdicts import Case, estimate_of, excess_of, verdict_of
from pytest_fairness.outcome import Outcome, Verdict

MOST_LOOKS = 3  # at held-out material: more would make each of them weak
_SCREENED_ROWS = 400  # validation rows that a candidate is screened by
SKIPPED, SET_ASIDE, JUDGED, REPAIRED = "skipped", "set aside", "judged", "repaired"

Say = Callable[[str], None]
_UNSTEADY = (
    "the tests that failed pass now, so that they do not say the same each time. Look what their "
    "verdict hangs on beside the model."
)
_TEACH_THEM = "Give rows like them to learn from, or weigh the retention objective more."


@dataclass(frozen=True, repr=False)
class Attempt:
    """One method that was tried, and what it came to.

    Attributes
    ----------
    method : str
    status : {"skipped", "set aside", "judged", "repaired"}
        Skipped methods could not be tried, or gave no model; those set aside were not good enough
        on validation material to look at held-out material.
    reason : str
    screened : tuple of Outcome
        The checks on validation terms and templates. They choose, and prove nothing.
    after : tuple of Outcome
        The checks on held-out terms and templates; empty unless the method was judged.
    utility : Utility, KeptLanguage or None
        On held-out rows if it was judged, and on validation rows otherwise.
    retention : float in [0, 1] or None
        Share of the same rows that get the same label as before the repair; None without labels.
    seconds : float
        Of making the candidate; what was trained before a run was cut off counts.
    trainable_parameters : int
    skills : tuple of Skill
        On held-out rows with labels, of a method that was judged.
    classes : tuple of ClassReport
        Precision, recall and F1 of each class on the same rows.
    side_effects : tuple of SideEffect
        On attributes that no failing check is about, of a method that was judged.
    retained : tuple of Retained
        On further rows of the task and their groups, and on groups of held-out rows, of a method
        that was judged.
    earlier_seconds : float
        The part of `seconds` that was spent before a run was cut off.
    loading : str
        How its folder must be loaded, where transformers alone would give another model.

    Examples
    --------
    >>> Attempt("lora", "judged", "flip_rate is 0.2.", seconds=12.3)
    Attempt('lora', 'judged', seconds=12)
    """

    method: str
    status: str
    reason: str
    screened: tuple[Outcome, ...] = ()
    after: tuple[Outcome, ...] = ()
    utility: KeptSkill | None = None
    retention: float | None = None
    seconds: float = 0.0
    trainable_parameters: int = 0
    skills: tuple[Skill, ...] = ()
    classes: tuple[ClassReport, ...] = ()
    side_effects: tuple[SideEffect, ...] = ()
    retained: tuple[Retained, ...] = ()
    earlier_seconds: float = 0.0
    loading: str = ""

    def __repr__(self) -> str:
        return f"Attempt({self.method!r}, {self.status!r}, seconds={self.seconds:.0f})"

    def __str__(self) -> str:
        return f"{self.method}, {self.status}: {self.reason}"

    @property
    def excess(self) -> float:
        """How far the worst check on validation material lies above its limit; at most 0 is met."""
        return max((excess_of(outcome) for outcome in self.screened), default=0.0)


@dataclass(frozen=True)
class Tried:
    """All attempts of a repair, and the candidate that passed, if one did."""

    attempts: tuple[Attempt, ...]
    winner: Candidate | None


def looks_of(methods: Sequence[Method], setting: Setting) -> int:
    """Return how many looks at held-out material share the error rate."""
    fitting = sum(not method.unfit(setting) for method in methods)
    return min(max(1, fitting), MOST_LOOKS)


def try_methods(
    methods: Sequence[Method],
    setting: Setting,
    gate: Gate,
    say: Say = lambda line: None,
) -> Tried:
    """Try methods in turn until a candidate passes the gate and keeps its utility.

    Several methods are screened first: only a candidate that meets its limits on validation
    terms, templates and rows is judged on held-out ones. Where none does, the fairest is judged,
    so that there is something to report.
    """
    looks = looks_of(methods, setting)
    trial = _Trial(setting, gate, looks, say)
    attempts: list[Attempt] = []
    aside: list[tuple[Candidate, Attempt]] = []
    for method in methods:
        candidate, attempt = trial.make(method)
        attempts.append(attempt)
        if candidate is None:
            continue
        if looks > 1 and not trial.is_promising(attempt):
            say(f"     {method.name}: {attempt.reason}")
            aside.append((candidate, attempt))
            continue
        attempts[-1] = attempt = trial.judge(candidate, attempt)
        if attempt.status == REPAIRED:
            return Tried(tuple(attempts), candidate)
        if sum(a.status == JUDGED for a in attempts) == looks:
            break
    if aside and not any(a.status == JUDGED for a in attempts):
        candidate, attempt = min(aside, key=lambda item: _worth(item[1]))
        say(f"     {attempt.method}: came nearest, and is judged so that there is more to tell")
        judged = trial.judge(candidate, attempt)
        attempts[attempts.index(attempt)] = judged
        if judged.status == REPAIRED:
            return Tried(tuple(attempts), candidate)
    return Tried(tuple(attempts), None)


@dataclass(frozen=True)
class _Trial:
    """One method after the other, under the same conditions."""

    setting: Setting
    gate: Gate
    looks: int
    say: Say

    def make(self, method: Method) -> tuple[Candidate | None, Attempt]:
        """Build a candidate and screen it; without one, say why."""
        if reason := method.unfit(self.setting):
            return None, Attempt(method.name, SKIPPED, reason)
        start = time.perf_counter()
        try:
            candidate = method.build(self.setting)
        except MitigationError as err:
            if self.looks == 1:
                raise
            seconds = time.perf_counter() - start
            return None, Attempt(method.name, SKIPPED, str(err), seconds=seconds)
        seconds = time.perf_counter() - start + candidate.earlier_seconds
        attempt = Attempt(
            method=method.name,
            status=SET_ASIDE,
            reason=candidate.story,
            seconds=seconds,
            earlier_seconds=candidate.earlier_seconds,
            trainable_parameters=candidate.trainable_parameters,
            loading=candidate.loading,
        )
        self.say(f"     {method.name}: {_made(candidate, seconds)}")
        if self.looks == 1:
            return candidate, attempt
        setting = self.setting
        rows = setting.material.rows[VALIDATION]
        screened = screen(setting.kind, candidate.scorer, setting.outcomes, rows)
        fewer = rows.first(_SCREENED_ROWS)
        measured = self._measured(replace(attempt, screened=screened), candidate, fewer)
        seen = replace(measured, reason=_of(candidate, _why_aside(measured)))
        return candidate, processes.from_main(seen)  # so that all of several go the same way

    def is_promising(self, attempt: Attempt) -> bool:
        """Whether validation material speaks for a look at held-out material."""
        utility = attempt.utility
        return attempt.excess <= 0 and (utility is None or utility.loss <= utility.margin)

    def judge(self, candidate: Candidate, attempt: Attempt) -> Attempt:
        """Look at held-out terms, templates and rows."""
        self.say(f"     {attempt.method}: on held-out material, which it never saw ...")
        setting, scorer, kind = self.setting, candidate.scorer, self.setting.kind
        rows, others = setting.material.rows[HELDOUT], setting.material.others
        judged = replace(
            self._measured(attempt, candidate, rows),
            skills=kind.skills(setting, scorer, rows),
            classes=kind.classes(setting, scorer, rows),
            side_effects=measure_side_effects(setting.original, scorer, others, kind.shift),
            retained=kind.retained(setting, scorer, self.looks),
        )
        after, passed, missing, broken = self.gate.judge(candidate, self.looks)
        case = self._case(attempt.method)
        met, reason = verdict_of(passed, after, judged.utility, case, missing, broken)
        if not met and _is_shown_amiss(judged.utility, after):
            reason = f"{reason} {self._telltale}".rstrip()
        if met and candidate.unchanged:
            met, reason = False, _UNSTEADY
        if met and (lost := forgotten(judged.retained)):
            met, reason = False, f"the tests pass, but {lost}. {_TEACH_THEM}"
        if met and (lost := kind.given_up(setting, scorer, rows, self.looks)):
            larger = setting.caller.larger("max_recall_loss")
            met, reason = False, f"the tests pass, but {lost}. {_of_that_class(larger)}"
        if not met:
            reason = _of(candidate, reason)
        self.say(f"     {attempt.method}: {reason}")
        status = REPAIRED if met else JUDGED
        return processes.from_main(replace(judged, after=after, status=status, reason=reason))

    @cached_property
    def _telltale(self) -> str:
        """What the rows may teach that no repair can unteach."""
        return telltale_labels(self.setting.spaces, self.setting.material.rows["train"])

    def _case(self, method: str) -> Case:
        has_rows = not self.setting.material.taught_by_average
        return Case(method, self.setting.caller, has_rows, alone=self.looks == 1)

    def _measured(self, attempt: Attempt, candidate: Candidate, rows: Labelled) -> Attempt:
        """Compare the candidate with the original on rows."""
        setting, scorer, kind = self.setting, candidate.scorer, self.setting.kind
        return replace(
            attempt,
            utility=kind.kept(setting, scorer, rows, self.looks),
            retention=kind.retention(setting, scorer, rows),
        )


def _made(candidate: Candidate, seconds: float) -> str:
    moved = candidate.trainable_parameters
    weights = f"{moved:,} weights" if moved else "no weights"
    earlier = candidate.earlier_seconds
    before = f", {earlier:.0f} of them before it was cut off" if earlier else ""
    return f"{weights}, {seconds:.0f} s{before}; {candidate.story}"


def _of(candidate: Candidate, reason: str) -> str:
    """Say first where a candidate is the model as it was."""
    return f"{UNCHANGED}; {reason}" if candidate.unchanged else reason


def _of_that_class(larger: str) -> str:
    allow = f", or allow a larger loss ({larger})" if larger else ""
    return f"Give more rows of that class to learn from{allow}."


def _is_shown_amiss(utility: KeptSkill | None, after: Sequence[Outcome]) -> bool:
    """Whether a check, or skill that was lost, is shown to lie beyond its limit."""
    lost = utility is not None and utility.verdict is Verdict.FAIL
    return lost or any(outcome.verdict is Verdict.FAIL for outcome in after)


def _why_aside(attempt: Attempt) -> str:
    if attempt.excess > 0:
        worst = max(attempt.screened, key=excess_of)
        units = "pairs" if worst.source else "rows"
        return (
            f"{worst.metric} is {estimate_of(worst):.3f} on validation material "
            f"({worst.evidence.n:,} {units}), but the limit is "
            f"{worst.tolerance.name}={worst.tolerance.value:g}"
        )
    return f"on validation rows, {attempt.utility}"


def _worth(attempt: Attempt) -> tuple[float, float]:
    loss = 0.0 if attempt.utility is None else attempt.utility.loss - attempt.utility.margin
    return (max(0.0, attempt.excess) + max(0.0, loss), attempt.seconds)
