"""From failing checks to a model that passes them, with its skill kept: repair and re-test."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.ahead import FOR_TRAINING, imported_meanwhile
from pytest_fairness.mitigation.attempts import (
    JUDGED,
    REPAIRED,
    Attempt,
    Tried,
    looks_of,
    try_methods,
)
from pytest_fairness.mitigation.beginning import (
    check_labels,
    folder_of,
    only_model,
    refuse_unknown,
    setting_of,
)
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.checking import shown_briefly
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.data.rows import not_rows
from pytest_fairness.mitigation.failures import cut, nothing_failed, refuse_own_errors
from pytest_fairness.mitigation.forks import warm_runs
from pytest_fairness.mitigation.gates import Gate, Rechecking, Retesting, check_shown
from pytest_fairness.mitigation.group_checks import check_objectives
from pytest_fairness.mitigation.methods import Setting, methods_of
from pytest_fairness.mitigation.naming import named
from pytest_fairness.mitigation.places import check_apart, check_states, free_folder
from pytest_fairness.mitigation.provenance import provenance
from pytest_fairness.mitigation.result import MitigationResult, keep, leave_record
from pytest_fairness.mitigation.runner import TestRun, run_tests
from pytest_fairness.mitigation.showing import summary_lines
from pytest_fairness.mitigation.trainer import choose_device
from pytest_fairness.mitigation.verdicts import excess_of
from pytest_fairness.models import Model
from pytest_fairness.outcome import Outcome, Verdict


def _say_nothing(line: str) -> None:
    pass


def mitigate(
    model: str | Path | Model | Any,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    *,
    against: Outcome | Sequence[Outcome],
    out: str | Path | None = None,
    retention: Mapping[str, Rows] | None = None,
) -> MitigationResult:
    """Repair a model until the checks that failed pass on held-out terms and templates.

    By default methods are tried from cheap to dear, and the first that passes is kept.

    Parameters
    ----------
    model : str, Path or model
        Folder of a classifier, of a causal or masked language model or of an embedder, or a model
        that was loaded from a folder.
    data : Rows, optional
        What `read_rows` returns. Of a classifier the texts, and labels, of its task: without
        labels, or without data, the model before the repair is the teacher. Of a language model
        some hundred ordinary texts of its domain, and of an embedder a thousand, which they must
        have: these hold it to what it can do, and those held out show that it still does.
    config : MitigationConfig, optional
    against : Outcome or sequence of Outcome
        The failing outcomes, as ``failure.outcome`` has them, of checks over counterfactual spaces:
        of a classifier `assert_counterfactual_invariance`, of a language model
        `assert_likelihood_parity`, of an embedder `assert_embedding_parity`. They name the
        attribute and the templates: the repair learns from one half of their terms and templates
        and is judged on the other. Those of demographic parity, equal opportunity and
        equalized odds of a classifier are judged on held-out rows, by the groups that `data` gives;
        call them on the model's labels with ``pos_label=``. All are run again with the arguments of
        the check that failed, and those that held-out material has nothing for are refused. Those
        of checks that passed are left alone: name their tests to `mitigate_tests`.
    out : str or Path, optional
        Folder for the repaired model, its record and its report. Where no method passes, the
        record and the report stand there without a model.
    retention : mapping of str to Rows, optional
        Further rows of a classifier's task by name, such as another data set, that nothing is
        learnt from. A repair is refused when they, or a group of them, are shown to have lost more
        accuracy than `MitigationConfig.max_accuracy_loss`. Too few rows to show that are reported,
        and refuse nothing: the held-out rows of `data` must show that skill was kept. Rows on which
        the model shows no skill before are refused, since no loss could be seen on them.

    Returns
    -------
    MitigationResult

    Raises
    ------
    ArgumentError
        If a setting does not go with the kind of model.
    ArgumentTypeError
        If an argument is of the wrong kind.
    MitigationError
        If an outcome is of a check that a repair of this kind of model cannot learn from, the rows
        lack what is needed, held-out rows are too few, or of too few labels, to show that skill was
        kept, the model does no better on them than one label for all, a space is too small to hold
        a part back, a check cannot be run again as it was written or is not run when its test is,
        or every failing check passes on held-out material before any repair.

    Notes
    -----
    Classifiers: counterfactual logit pairing (Garg et al. 2019) with counterfactual data
    augmentation (Lu et al. 2020). Language models and embedders: see `LanguageConfig`. Early
    stopping on validation terms.

    *What a repair of a language model shows*: texts like these are about as likely whoever they
    speak of. *What it does not show*: that what the model writes is fair. Check that too, by
    `assert_generation_parity`.
    """
    start = time.perf_counter()
    config = MitigationConfig() if config is None else config
    _check_kinds(data, config, against)
    outcomes = (against,) if isinstance(against, Outcome) else tuple(against)
    check_objectives(config, data, PYTHON)
    folder = folder_of(model)
    processes.meet(choose_device(config.device).type)
    target = None if out is None else processes.by_main(free_folder)(out)
    if target is not None:
        check_apart(target, folder)
    check_states(config.checkpoints, target, folder)
    with setting_of(folder, data, outcomes, config, PYTHON, retention, here=True) as setting:
        refuse_unknown(setting.kind, outcomes)
        methods = methods_of(config, setting.kind.methods)
        setting.kind.foresee(setting, looks_of(methods, setting))
        rows = setting.material.rows["heldout"]
        gate = Rechecking(setting.original, setting.outcomes, rows, data)
        check_shown(gate.failing_before)
        tried = try_methods(methods, setting, gate)
        result = named(_result(tried, gate, start), folder, target)
        if target is not None:
            result = _kept(tried, result, setting, target, data, command=None)
            processes.wait()
    return result


def mitigate_tests(
    tests: Sequence[str],
    *,
    out: str | Path,
    model: str | Path | None = None,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    retention: Mapping[str, Rows] | None = None,
    command: str | None = None,
    caller: Caller = PYTHON,
    say: Callable[[str], None] = _say_nothing,
) -> MitigationResult:
    """Run tests, repair the model that fails them, and run the same tests again.

    The tests are run by pytest: as they are, on held-out terms and templates before and after the
    repair, and in full after it. The model is kept only if the last two pass, every check that
    failed runs again in both and passes itself, and held-out rows show that it lost no more skill
    than the margin allows.

    Parameters
    ----------
    tests : sequence of str
        What pytest takes: files, folders, node ids.
    out : str or Path
        A new folder for the repaired model, its record and its report. Where no method passes, the
        record and the report stand there without a model, and give way to those of the next run.
    model : str or Path, optional
        The model to test and repair, in place of those that the tests name.
    data, config, retention : optional
        As for `mitigate`.
    command : str, optional
        What to run to do it again, for the record; by default what has no options.
    caller : Caller
        In whose words messages say what to do.
    say : callable
        Told what happens, a line at a time; of several processes that `accelerate launch` started,
        the first tells, runs the tests and writes, and all train.
    """
    start = time.perf_counter()
    config = MitigationConfig() if config is None else config
    _check_kinds(data, config, ())
    check_objectives(config, data, caller)
    processes.meet(choose_device(config.device).type)  # one that is missing is told at once
    say = say if processes.is_main() else _say_nothing
    target = processes.by_main(free_folder)(out)
    if model is not None:
        check_apart(target, model)
    say(f"1/3  run the tests: {' '.join(tests)}")
    given = None if model is None else Path(model)
    with imported_meanwhile(*FOR_TRAINING):
        first = run_tests(tests, model=given, seed=config.seed)
    failing = [o for o in first.outcomes if o.verdict is Verdict.FAIL]
    if not failing:
        return _nothing_to_repair(first, say)
    _say_failing(first, failing, say)
    refuse_own_errors(first.errors, caller)
    folder = only_model(failing, given)
    check_apart(target, folder)
    check_states(config.checkpoints, target, folder)
    check_labels(data, failing)
    say(f"2/3  repair {folder}, learning from one half of the terms and templates")
    with (
        warm_runs(first) as run,
        setting_of(folder, data, failing, config, caller, retention) as setting,
    ):
        original, outcomes = setting.original, setting.outcomes
        gate = Retesting(tests, target, original, outcomes, given, config.seed, run)
        methods = methods_of(config, setting.kind.methods)
        setting.kind.foresee(setting, looks_of(methods, setting))
        say(f"     {_named([method.name for method in methods if not method.unfit(setting)])}")
        check_shown(gate.failing_before)
        tried = try_methods(methods, setting, gate, say)
        say("3/3  what came of it")
        again = command or _command(tests, target)
        result = named(_result(tried, gate, start), folder, target, again)
        result = _kept(tried, result, setting, target, data, again)
    for line in summary_lines(result):
        say(line)
    processes.wait()  # a launcher ends them all when one of them ends in failure
    return result


def _named(methods: Sequence[str]) -> str:
    if not methods:
        return "no method fits"
    return f"methods, until one passes: {', '.join(methods)}" if methods[1:] else methods[0]


def _kept(
    tried: Tried,
    result: MitigationResult,
    setting: Setting,
    target: Path,
    data: Rows | None,
    command: str | None,
) -> MitigationResult:
    """Write the model that passed, or the record of none, into `target`."""
    made_from, config = provenance(setting, data), setting.config
    if tried.winner is None:
        return leave_record(result, target, config, command, made_from)
    return keep(result, tried.winner.write, setting.folder, target, config, command, made_from)


def _result(tried: Tried, gate: Gate, start: float) -> MitigationResult:
    """Sum up: the attempt that repaired the model, or else the one that came nearest to it."""
    judged = [attempt for attempt in tried.attempts if attempt.status in (JUDGED, REPAIRED)]
    last = max(judged, key=_nearness) if judged else None
    return MitigationResult(
        met=tried.winner is not None,
        reason=last.reason if last else _none_judged(tried),
        before=gate.before,
        after=last.after if last else (),
        method=last.method if last else None,
        utility=last.utility if last else None,
        attempts=tried.attempts,
        seconds=time.perf_counter() - start + sum(a.earlier_seconds for a in tried.attempts),
    )


def _nearness(attempt: Attempt) -> tuple[bool, bool, float]:
    """Order attempts that were judged; what is shown to fail is further off than what is open."""
    is_shown_unfair = any(outcome.verdict is Verdict.FAIL for outcome in attempt.after)
    excess = max((excess_of(o) for o in attempt.after if not o.passed), default=0.0)
    return attempt.status == REPAIRED, not is_shown_unfair, -excess


def _none_judged(tried: Tried) -> str:
    reasons = "; ".join(f"{a.method}: {a.reason.rstrip('.')}" for a in tried.attempts)
    return f"no method gave a model that could be judged: {reasons}."


def _nothing_to_repair(run: TestRun, say: Callable[[str], None]) -> MitigationResult:
    """Explain why there is nothing to do: all pass, or what fails gave no evidence."""
    met, reason = nothing_failed(run)
    say(reason)
    return MitigationResult(met=met, reason=reason, after=run.outcomes)


def _check_kinds(data: object, config: object, against: object) -> None:
    if data is not None and not isinstance(data, Rows):
        raise ArgumentTypeError(not_rows("data", data))
    if not isinstance(config, MitigationConfig):
        raise ArgumentTypeError(f"config={config!r:.80} must be a MitigationConfig(...).")
    some = [against] if isinstance(against, Outcome) else against
    if not isinstance(some, Sequence) or not all(isinstance(one, Outcome) for one in some):
        raise ArgumentTypeError(
            f"against={shown_briefly(against)} must be outcomes of checks, as failure.outcome has "
            "them."
        )


def _command(tests: Sequence[str], target: Path) -> str:
    return shlex.join(["pytest-fairness", "mitigate", *tests, "--out", str(target)])


def _say_failing(run: TestRun, failing: Sequence[Outcome], say: Callable[[str], None]) -> None:
    """Say which checks failed, and which tests did for another reason."""
    for outcome in failing:
        say(f"     fails: {outcome.test or outcome.metric} — {outcome.reason}")
    tests = {outcome.test for outcome in failing}
    for error in run.errors:
        if error.when != "call" or error.test not in tests:
            itself = "fails by itself, and not by a check that a repair could mend"
            say(f"     {itself}: {error.test} — {cut(error.message)}")
