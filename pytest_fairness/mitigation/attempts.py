"""Trying methods in turn, and what came of each: the front of a repair."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.gates import HELDOUT, VALIDATION, Gate, screen
from pytest_fairness.mitigation.methods import Candidate, Method, Setting
from pytest_fairness.mitigation.side_effects import SideEffect, measure_side_effects
from pytest_fairness.mitigation.skills import Skill
from pytest_fairness.mitigation.utility import KeptSkill
from pytest_fairness.outcome import Outcome, Verdict

MOST_LOOKS = 3  # at held-out material: more would make each of them weak
_SCREENED_ROWS = 400  # validation rows that a candidate is screened by
SKIPPED, SET_ASIDE, JUDGED, REPAIRED = "skipped", "set aside", "judged", "repaired"

Say = Callable[[str], None]
_OTHER_ROWS = "Give rows of its task with several labels: read_rows, or --train and --label."


@dataclass(frozen=True)
class Attempt:
    """One method that was tried, and what it came to.

    Attributes
    ----------
    method : str
    status : {"skipped", "set aside", "judged", "repaired"}
        Skipped methods could not be tried; those set aside were not good enough on validation
        material to look at held-out material.
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
        Of making the candidate.
    trainable_parameters : int
    skills : tuple of Skill
        On held-out rows with labels, of a method that was judged.
    side_effects : tuple of SideEffect
        On attributes that no failing check is about, of a method that was judged.
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
    side_effects: tuple[SideEffect, ...] = ()

    @property
    def excess(self) -> float:
        """How far the worst check on validation material lies above its limit; at most 0 is met."""
        return max((_excess(outcome) for outcome in self.screened), default=0.0)


@dataclass(frozen=True)
class Tried:
    """All attempts of a repair, and the candidate that passed, if one did."""

    attempts: tuple[Attempt, ...]
    winner: Candidate | None


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
    fitting = sum(not method.unfit(setting) for method in methods)
    looks = min(max(1, fitting), MOST_LOOKS)
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
            return None, Attempt(method.name, SKIPPED, str(err))
        seconds = time.perf_counter() - start
        attempt = Attempt(
            method=method.name,
            status=SET_ASIDE,
            reason=candidate.story,
            seconds=seconds,
            trainable_parameters=candidate.trainable_parameters,
        )
        self.say(f"     {method.name}: {_made(candidate, seconds)}")
        if self.looks == 1:
            return candidate, attempt
        setting = self.setting
        rows = setting.material.rows[VALIDATION]
        screened = screen(setting.kind, candidate.scorer, setting.outcomes, rows)
        fewer = rows.first(_SCREENED_ROWS)
        measured = self._measured(replace(attempt, screened=screened), candidate, fewer)
        return candidate, replace(measured, reason=_why_aside(measured))

    def is_promising(self, attempt: Attempt) -> bool:
        """Whether validation material speaks for a look at held-out material."""
        utility = attempt.utility
        return attempt.excess <= 0 and (utility is None or utility.loss <= utility.margin)

    def judge(self, candidate: Candidate, attempt: Attempt) -> Attempt:
        """Look at held-out terms, templates and rows."""
        self.say(f"     {attempt.method}: on terms, templates and rows that it never saw ...")
        setting, scorer, kind = self.setting, candidate.scorer, self.setting.kind
        rows, others = setting.material.rows[HELDOUT], setting.material.others
        judged = replace(
            self._measured(attempt, candidate, rows),
            skills=kind.skills(setting, scorer, rows),
            side_effects=measure_side_effects(setting.original, scorer, others, kind.shift),
        )
        after, passed = self.gate.judge(candidate, self.looks)
        met, reason = verdict_of(passed, after, judged.utility)
        self.say(f"     {attempt.method}: {reason}")
        status = REPAIRED if met else JUDGED
        return replace(judged, after=after, status=status, reason=reason)

    def _measured(self, attempt: Attempt, candidate: Candidate, rows: Labelled) -> Attempt:
        """Compare the candidate with the original on rows."""
        setting, scorer, kind = self.setting, candidate.scorer, self.setting.kind
        return replace(
            attempt,
            utility=kind.kept(setting, scorer, rows, self.looks),
            retention=kind.retention(setting, scorer, rows),
        )


def verdict_of(
    passed: bool, after: Sequence[Outcome], utility: KeptSkill | None
) -> tuple[bool, str]:
    """Say whether a candidate is a repair, and why."""
    if utility is not None and utility.verdict is Verdict.FAIL:
        return False, f"{utility}. Give more rows, or try another method."
    open_ones = [outcome for outcome in after if not outcome.passed]
    if not passed and open_ones and all(o.verdict is not Verdict.FAIL for o in open_ones):
        return False, _too_little(open_ones)
    if not passed:
        return False, (
            "the tests do not all pass on terms and templates that the repair did not see. "
            "Add templates and terms, give rows by --train, or allow more steps."
        )
    if utility is not None and utility.verdict is Verdict.UNMEASURABLE:
        return False, f"the tests pass, but {utility}. {_OTHER_ROWS}"
    if utility is not None and utility.verdict is Verdict.INCONCLUSIVE:
        return False, f"the tests pass, but {utility}. {_more_rows(utility)}"
    return True, "the same tests pass, also on terms and templates that the repair never saw."


def _too_little(outcomes: Sequence[Outcome]) -> str:
    """Say that nothing speaks against a repair, and that too little speaks for it."""
    worst = max(outcomes, key=_excess)
    needed = worst.evidence.required_n
    more = f"; about {needed:,} would probably decide" if needed else ""
    return (
        f"no test fails on terms and templates that the repair did not see, but they are too few "
        f"to show that all pass: {worst.metric} is {_estimate(worst):.3f} in {worst.evidence.n:,} "
        f"units, and the limit is {worst.tolerance.name}={worst.tolerance.value:g}{more}. "
        "Add templates and terms."
    )


def _more_rows(utility: KeptSkill) -> str:
    if utility.rows_to_decide is None:
        return f"More rows would hardly show less than {utility.margin:g}: try another method."
    return (
        f"About {utility.rows_to_decide:,} held-out rows would show that it lies within "
        f"{utility.margin:g}: give more rows, or allow a larger {utility.margin_name}."
    )


def _made(candidate: Candidate, seconds: float) -> str:
    moved = candidate.trainable_parameters
    weights = f"{moved:,} weights" if moved else "no weights"
    return f"{weights}, {seconds:.0f} s; {candidate.story}"


def _why_aside(attempt: Attempt) -> str:
    if attempt.excess > 0:
        worst = max(attempt.screened, key=_excess)
        return (
            f"{worst.metric} is {_estimate(worst):.3f} on validation material, but the limit is "
            f"{worst.tolerance.name}={worst.tolerance.value:g}"
        )
    return f"on validation rows, {attempt.utility}"


def _worth(attempt: Attempt) -> tuple[float, float]:
    loss = 0.0 if attempt.utility is None else attempt.utility.loss - attempt.utility.margin
    return (max(0.0, attempt.excess) + max(0.0, loss), attempt.seconds)


def _excess(outcome: Outcome) -> float:
    beyond = _estimate(outcome) - outcome.tolerance.value
    return -beyond if outcome.tolerance.name.startswith("min_") else beyond


def _estimate(outcome: Outcome) -> float:
    estimate = outcome.evidence.estimate
    return float("inf") if estimate is None else estimate
