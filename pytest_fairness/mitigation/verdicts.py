"""Whether a candidate is a repair, and one sentence that says why and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_fairness.assertions.uneven import HIDDEN, OUTWEIGHED
from pytest_fairness.mitigation.again import INVARIANCE, POINTWISE
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.config import VEHICLES
from pytest_fairness.mitigation.heldout import held_out, learnt_templates, learnt_terms
from pytest_fairness.mitigation.utility import KeptSkill, Utility
from pytest_fairness.outcome import Outcome, Verdict

_OTHERS = "other tests do not pass: run them and read which."
_BEARABLE = 3  # times the margin: a loss that some may accept all the same


@dataclass(frozen=True)
class Case:
    """What a sentence about a candidate must fit.

    Attributes
    ----------
    method : str
    caller : Caller
    has_rows : bool
        Whether rows were given.
    alone : bool
        Whether no other method is tried.
    """

    method: str = ""
    caller: Caller = PYTHON
    has_rows: bool = True
    alone: bool = True


def verdict_of(
    passed: bool,
    after: Sequence[Outcome],
    utility: KeptSkill | None,
    case: Case = Case(),
    missing: Sequence[str] = (),
    broken: str = "",
) -> tuple[bool, str]:
    """Say whether a candidate is a repair, and why.

    `missing` tests left out a failing check, and `broken` tells of tests that do not pass.
    """
    if utility is not None and utility.verdict is Verdict.FAIL:
        return False, f"{utility}. {_for_skill(utility, case)}"
    open_ones = [outcome for outcome in after if not outcome.passed]
    if missing and not open_ones:
        return False, f"{f'{broken} Besides, ' if broken else ''}{_left_out(missing)}"
    if not passed and open_ones and all(o.verdict is not Verdict.FAIL for o in open_ones):
        return False, _too_little(open_ones, case)
    if not passed:
        return False, _failing(open_ones, after, case, broken)
    if utility is not None and utility.verdict is Verdict.UNMEASURABLE:
        return False, f"the tests pass, but {utility}. {_other_rows(utility, case)}"
    if utility is not None and utility.verdict is Verdict.INCONCLUSIVE:
        return False, f"the tests pass, but {utility}. {_more_rows(utility, case)}"
    hidden = [note for o in after for note in o.evidence.notes if note.startswith(HIDDEN)]
    if outweighed := [note for note in hidden if note.startswith(OUTWEIGHED)]:
        return False, f"the tests pass, and still templates do not: {_lower(outweighed[0])}"
    passes = f"the same tests pass, also on {held_out(after)} that the repair never saw."
    besides = (learnt_templates(after), learnt_terms(after), *dict.fromkeys(hidden))
    return True, " ".join(filter(None, (passes, *besides)))


def _lower(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"


def excess_of(outcome: Outcome) -> float:
    """Return how far a check lies beyond its limit; at most 0 is met."""
    beyond = estimate_of(outcome) - outcome.tolerance.value
    return -beyond if outcome.tolerance.name.startswith("min_") else beyond


def estimate_of(outcome: Outcome) -> float:
    """Return what a check measured, and infinity where it measured nothing."""
    estimate = outcome.evidence.estimate
    return float("inf") if estimate is None else estimate


def _failing(
    open_ones: Sequence[Outcome], after: Sequence[Outcome], case: Case, broken: str
) -> str:
    """Say which check a candidate misses by most, and what may help."""
    unseen = held_out(after)
    failing = [o for o in open_ones if o.verdict is Verdict.FAIL]
    if not failing:  # what fails is another test, or the same ones on everything
        return f"the checks pass on {unseen} that the repair did not see, but {broken or _OTHERS}"
    worst = max(failing, key=excess_of)
    return (
        f"the tests do not all pass on {unseen} that the repair did not see: {worst.metric} is "
        f"{estimate_of(worst):.3f}, and the limit is {worst.tolerance.name}="
        f"{worst.tolerance.value:g}. {_next_step(case, any(o.source for o in failing))}"
    )


def _next_step(case: Case, has_templates: bool) -> str:
    """Return what may help, of what has not been done yet."""
    steps = ["add templates and terms to the tests" if has_templates else "give more rows"]
    if not case.has_rows:
        steps.append(f"give rows of the model's task ({case.caller.rows})")
    if case.method in VEHICLES and case.caller.steps:
        steps.append(f"allow more steps ({case.caller.steps})")
    if case.alone and case.caller.method:
        steps.append(f"try another method ({case.caller.method})")
    return _any_of(steps)


def _any_of(steps: Sequence[str]) -> str:
    *first, last = steps
    said = f"{', '.join(first)}, or {last}" if first else last
    return f"{said[0].upper()}{said[1:]}."


def _left_out(missing: Sequence[str]) -> str:
    """Say which tests did not run a check that failed before."""
    return (
        f"{', '.join(missing)} did not run a check again that failed before the repair, so that "
        "nothing is shown. Let it run whatever the model's name or folder is, and let nothing skip "
        "or end the test before it."
    )


def _too_little(outcomes: Sequence[Outcome], case: Case) -> str:
    """Say that nothing speaks against a repair, and that too little speaks for it."""
    worst = max(outcomes, key=excess_of)
    unseen = held_out(outcomes)
    if worst.tolerance.name == POINTWISE:  # a search that found nothing
        return (
            f"no test fails on {unseen} that the repair did not see, but that is not shown of all "
            f"of them: {worst.reason}"
        )
    needed = worst.evidence.required_n
    if excess_of(worst) > 0:
        return (
            f"no test is shown to fail on {unseen} that the repair did not see, but {worst.metric} "
            f"is {estimate_of(worst):.3f} in {worst.evidence.n:,} units, beyond the limit "
            f"{worst.tolerance.name}={worst.tolerance.value:g}. "
            f"{_next_step(case, any(o.source for o in outcomes))}"
        )
    more = f"; about {needed:,} would probably decide" if needed else ""
    drawn, there_are = worst.evidence.planned_n, worst.evidence.population
    todo = "Give more rows." if unseen == "rows" else "Add templates and terms."
    if worst.metric in INVARIANCE and drawn and there_are and there_are > drawn:
        todo = f"Let the check compare more pairs than max_pairs={drawn}."
    return (
        f"no test fails on {unseen} that the repair did not see, but they are too few "
        f"to show that all pass: {worst.metric} is {estimate_of(worst):.3f} in "
        f"{worst.evidence.n:,} units, and the limit is {worst.tolerance.name}="
        f"{worst.tolerance.value:g}{more}. {todo}"
    )


def _for_skill(utility: KeptSkill, case: Case) -> str:
    """Return what may keep the skill: a loss that is shown stays with more rows."""
    if not case.has_rows:
        return f"Give rows of the model's task, which protect its skill ({case.caller.rows})."
    caller, steps = case.caller, list[str]()
    is_classifier = isinstance(utility, Utility)
    if is_classifier and case.method in VEHICLES and caller.retention:
        steps.append(f"weigh what the model said before more ({caller.retention})")
    if case.method in VEHICLES and caller.steps:
        steps.append(f"allow fewer steps ({caller.steps})")
    if case.alone and caller.method:
        steps.append(f"try another method ({caller.method})")
    if utility.loss <= _BEARABLE * utility.margin:
        larger = caller.larger(utility.margin_name)
        steps.append(f"accept a larger loss{f' ({larger})' if larger else ''}")
    right = "Look first whether the labels of the rows are right." if is_classifier else ""
    return f"{right} {_any_of(steps) if steps else ''}".strip()


def _other_rows(utility: KeptSkill, case: Case) -> str:
    if isinstance(utility, Utility) and case.has_rows and utility.before < utility.constant:
        return "Look whether the labels of the rows are in the model's order."
    if case.has_rows:
        return "Give rows of its task in which several labels occur."
    return f"Give rows of its task with several labels ({case.caller.rows})."


def _more_rows(utility: KeptSkill, case: Case) -> str:
    if utility.rows_to_decide is None:
        other = f": try another method ({case.caller.method})" if case.alone else ""
        return f"More rows would hardly show less than {utility.margin:g}{other}."
    larger = case.caller.larger(utility.margin_name)
    how = f" ({larger})" if larger else ""
    return (
        f"About {utility.rows_to_decide:,} held-out rows would show that it lies within "
        f"{utility.margin:g}: give more rows, or allow a larger loss{how}."
    )
