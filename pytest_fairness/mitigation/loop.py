"""From failing checks to a model that passes them, with its skill kept: repair and re-test."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentTypeError, MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.attempts import Tried, try_methods
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows, label_numbers
from pytest_fairness.mitigation.gates import Gate, Rechecking, Retesting
from pytest_fairness.mitigation.group_checks import (
    check_objectives,
    check_rows,
    failing_constraints,
)
from pytest_fairness.mitigation.methods import Setting, methods_of
from pytest_fairness.mitigation.places import check_apart, free_folder
from pytest_fairness.mitigation.provenance import provenance
from pytest_fairness.mitigation.result import MitigationResult, keep, leave_record
from pytest_fairness.mitigation.runner import TestRun, run_tests
from pytest_fairness.mitigation.showing import summary_lines
from pytest_fairness.mitigation.tasks import gather, spaces_of
from pytest_fairness.mitigation.trainer import choose_device
from pytest_fairness.models import Model
from pytest_fairness.models.base import is_model
from pytest_fairness.outcome import Outcome, Verdict


def mitigate(
    model: str | Path | Model,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    *,
    against: Outcome | Sequence[Outcome],
    out: str | Path | None = None,
) -> MitigationResult:
    """Repair a classifier until the checks that failed pass on held-out terms and templates.

    By default methods are tried from cheap to dear, and the first that passes is kept.

    Parameters
    ----------
    model : str, Path or Model
        Folder of a sequence classification model, or one that was loaded from a folder.
    data : Rows, optional
        What `read_rows` returns: the texts, and labels, of the model's task. Without labels, or
        without data, the model before the repair is the teacher.
    config : MitigationConfig, optional
    against : Outcome or sequence of Outcome
        The failing outcomes, as ``failure.outcome`` has them. Those of counterfactual spaces name
        the attribute and the templates: the repair learns from one half of their terms and
        templates and is judged on the other. Those of demographic parity, equal opportunity and
        equalized odds are judged on held-out rows, by the groups that `data` gives.
    out : str or Path, optional
        Folder for the repaired model, its record and its report. Where no method passes, the
        record and the report stand there without a model.

    Returns
    -------
    MitigationResult

    Raises
    ------
    MitigationError
        If no outcome came from a space, or a space is too small to hold a part back.

    Notes
    -----
    Counterfactual logit pairing (Garg et al. 2019) with counterfactual data augmentation (Lu et
    al. 2020); early stopping on validation terms.
    """
    start = time.perf_counter()
    config = config or MitigationConfig()
    _check_kinds(data, config, against)
    outcomes = (against,) if isinstance(against, Outcome) else tuple(against)
    check_objectives(config, data, PYTHON)
    folder, target = _folder_of(model), None if out is None else free_folder(out)
    if target is not None:
        check_apart(target, folder)
    processes.meet(choose_device(config.device).type)
    with _setting(folder, data, outcomes, config, PYTHON) as setting:
        gate = Rechecking(setting.original, outcomes, setting.material.rows["heldout"])
        tried = try_methods(methods_of(config), setting, gate)
        result = _result(tried, gate, start)
        if target is not None:
            result = _kept(tried, result, setting, target, data, command=None)
    return result


def mitigate_tests(
    tests: Sequence[str],
    *,
    out: str | Path,
    model: str | Path | None = None,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    command: str | None = None,
    caller: Caller = PYTHON,
    say: Callable[[str], None] = lambda line: None,
) -> MitigationResult:
    """Run tests, repair the model that fails them, and run the same tests again.

    The tests are run by pytest: as they are, on held-out terms and templates before and after the
    repair, and in full after it. The model is kept only if the last two pass and held-out rows show
    that it lost no more skill than the margin allows.

    Parameters
    ----------
    tests : sequence of str
        What pytest takes: files, folders, node ids.
    out : str or Path
        A new folder for the repaired model, its record and its report. Where no method passes, the
        record and the report stand there without a model, and give way to those of the next run.
    model : str or Path, optional
        The model to test and repair, in place of those that the tests name.
    data, config : optional
        As for `mitigate`.
    command : str, optional
        What to run to do it again, for the record; by default what has no options.
    caller : Caller
        In whose words messages say what to do.
    say : callable
        Told what happens, a line at a time.
    """
    start = time.perf_counter()
    config = config or MitigationConfig()
    check_objectives(config, data, caller)
    if config.device is not None:
        choose_device(config.device)  # one that is missing is told before the tests run
    target = free_folder(out)
    if model is not None:
        check_apart(target, model)
    say(f"1/3  run the tests: {' '.join(tests)}")
    given = None if model is None else Path(model)
    first = run_tests(tests, model=given)
    failing = [o for o in first.outcomes if o.verdict is Verdict.FAIL]
    if not failing:
        return _nothing_to_repair(first, say)
    _say_failing(failing, say)
    folder = _only_model(failing)
    check_apart(target, folder)
    check_labels(data, failing)
    say(f"2/3  repair {folder}, learning from one half of the terms and templates")
    names = [method.name for method in methods_of(config)]
    say(f"     methods, until one passes: {', '.join(names)}" if names[1:] else f"     {names[0]}")
    gate = Retesting(tests, target, min(outcome.alpha for outcome in failing), given)
    with _setting(folder, data, failing, config, caller) as setting:
        tried = try_methods(methods_of(config), setting, gate, say)
        say("3/3  what came of it")
        result = _result(tried, gate, start)
        again = command or _command(tests, target)
        result = _kept(tried, result, setting, target, data, again)
    for line in summary_lines(result):
        say(line)
    return result


def check_labels(data: Rows | None, outcomes: Sequence[Outcome]) -> None:
    """Refuse rows with a label that the model of the outcomes does not know.

    Raises
    ------
    ArgumentError
        It names the first such row.
    """
    labels = next((o.model.labels for o in outcomes if o.model and o.model.labels), ())
    if data is not None and data.labels is not None and labels:
        label_numbers(data, labels)


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


@contextmanager
def _setting(
    folder: Path,
    data: Rows | None,
    outcomes: Sequence[Outcome],
    config: MitigationConfig,
    caller: Caller,
) -> Iterator[Setting]:
    """Load the model, and gather what it may learn from and be judged on."""
    from pytest_fairness.models import load_model

    original = load_model(str(folder), device=config.device)
    try:
        spaces = spaces_of(outcomes)
        if failing_constraints(outcomes):
            check_rows(data, original, caller)
        material = gather(original, spaces, data, config)
        yield Setting(folder, original, tuple(outcomes), tuple(spaces), material, config, caller)
    finally:
        original.close()


def _result(tried: Tried, gate: Gate, start: float) -> MitigationResult:
    """Sum up: the attempt that repaired the model, or else the last one that was judged."""
    judged = [attempt for attempt in tried.attempts if attempt.after]
    last = judged[-1] if judged else None
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


def _none_judged(tried: Tried) -> str:
    reasons = "; ".join(f"{attempt.method}: {attempt.reason}" for attempt in tried.attempts)
    return f"no method could be tried: {reasons}."


def _folder_of(model: Any) -> Path:
    path = model.info.path if is_model(model) else model
    if isinstance(path, (str, Path)):
        return Path(path)
    raise ArgumentTypeError(
        f"model={model!r} is not a folder of weights that can be fine-tuned. "
        "Give the folder of a sequence classifier as transformers saves it."
    )


def _nothing_to_repair(run: TestRun, say: Callable[[str], None]) -> MitigationResult:
    """Explain why there is nothing to do: all pass, or what fails gave no evidence."""
    if run.passed:
        reason = f"nothing to repair: all {len(run.outcomes)} checks pass."
    else:
        reason = (
            "no check failed with evidence, yet the tests do not pass. Run pytest and read why."
        )
    say(reason)
    return MitigationResult(met=run.passed, reason=reason, after=run.outcomes)


def _only_model(failing: Sequence[Outcome]) -> Path:
    """Return the one folder whose model fails, or explain why there is none."""
    paths = sorted({o.model.path for o in failing if o.model is not None and o.model.path})
    if len(paths) == 1:
        return Path(paths[0])
    if paths:
        raise MitigationError(
            f"The tests fail on {len(paths)} models ({', '.join(paths)}). Repair one at a time: "
            "name the tests of one model, or one model by --fairness-model in the ini file."
        )
    raise MitigationError(
        "The failing model is not a folder of weights that can be fine-tuned. Repair the model "
        "where it is made, or wrap its training in mitigate(...)."
    )


def _check_kinds(data: object, config: object, against: object) -> None:
    if data is not None and not isinstance(data, Rows):
        raise ArgumentTypeError(f"data={data!r:.80} must be rows: read_rows(FILE, label=COLUMN).")
    if not isinstance(config, MitigationConfig):
        raise ArgumentTypeError(f"config={config!r:.80} must be a MitigationConfig(...).")
    some = [against] if isinstance(against, Outcome) else against
    if not isinstance(some, Sequence) or not all(isinstance(one, Outcome) for one in some):
        raise ArgumentTypeError(
            f"against={against!r:.80} must be outcomes of checks, as failure.outcome has them."
        )


def _command(tests: Sequence[str], target: Path) -> str:
    return shlex.join(["pytest-fairness", "mitigate", *tests, "--out", str(target)])


def _say_failing(failing: Sequence[Outcome], say: Callable[[str], None]) -> None:
    for outcome in failing:
        say(f"     fails: {outcome.test or outcome.metric} — {outcome.reason}")
