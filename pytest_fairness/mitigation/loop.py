"""From failing checks to a model that passes them, with its skill kept: repair and re-test."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentTypeError, FairnessFailure, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.result import (
    MitigationResult,
    Utility,
    free_folder,
    keep,
    summary_lines,
)
from pytest_fairness.mitigation.runner import TestRun, run_tests
from pytest_fairness.mitigation.tasks import Material, gather, score, spaces_of
from pytest_fairness.mitigation.training import FineTuned, fine_tune, save
from pytest_fairness.models import Model
from pytest_fairness.models.base import is_model
from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.perturb import Space


def mitigate(
    model: str | Path | Model,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    *,
    against: Outcome | Sequence[Outcome],
    out: str | Path | None = None,
) -> MitigationResult:
    """Fine-tune a classifier until the checks that failed pass on held-out terms and templates.

    Parameters
    ----------
    model : str, Path or Model
        Folder of a sequence classification model, or one that was loaded from a folder.
    data : Rows, optional
        What `read_rows` returns: the texts, and labels, of the model's task. Without labels, or
        without data, the model before the repair is the teacher.
    config : MitigationConfig, optional
    against : Outcome or sequence of Outcome
        The failing outcomes, as ``failure.outcome`` has them: they name the attribute and the
        templates. The repair learns from one half of their terms and templates and is judged on
        the other.
    out : str or Path, optional
        Folder for the repaired model, written only when it passes.

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
    config = config or MitigationConfig()
    outcomes = [against] if isinstance(against, Outcome) else list(against)
    target = None if out is None else free_folder(out)
    repair = _Repair(_folder_of(model), data, config)
    repaired = repair.run(outcomes)
    before, after = tuple(
        _recheck(scored, outcomes, config) for scored in (str(repair.folder), repaired.in_memory)
    )
    met, reason = _judge(all(o.passed for o in after), repaired.utility, config)
    result = repaired.result(met, reason, before, after)
    return (
        keep(result, repaired.fine_tuned, target, config, command=None)
        if met and target
        else result
    )


def mitigate_tests(
    tests: Sequence[str],
    *,
    out: str | Path,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> MitigationResult:
    """Run tests, repair the model that fails them, and run the same tests again.

    The tests are run by pytest four times: as they are, on held-out terms and templates before and
    after the repair, and in full after it. The model is kept only if the last two pass and the
    utility limit holds.

    Parameters
    ----------
    tests : sequence of str
        What pytest takes: files, folders, node ids.
    out : str or Path
        A new folder for the repaired model, its record and its report.
    data, config : optional
        As for `mitigate`.
    say : callable
        Told what happens, a line at a time.
    """
    config = config or MitigationConfig()
    target = free_folder(out)
    say(f"1/4  run the tests: {' '.join(tests)}")
    first = run_tests(tests)
    failing = [o for o in first.outcomes if o.verdict is Verdict.FAIL]
    if not failing:
        return _nothing_to_repair(first, say)
    _say_failing(failing, say)
    folder = _only_model(failing)
    say(f"2/4  fine-tune {folder} on one half of the terms and templates")
    repaired = _Repair(folder, data, config).run(failing)
    say(f"     {_trained(repaired)}")
    say("3/4  run the same tests on the other half, before and after")
    before = run_tests(tests, part="heldout")
    with tempfile.TemporaryDirectory() as temporary:
        candidate = save(repaired.fine_tuned, Path(temporary) / target.name)
        after = run_tests(tests, model=candidate, part="heldout")
        say("4/4  run the same tests in full on the repaired model")
        whole = run_tests(tests, model=candidate)
    met, reason = _judge(after.passed and whole.passed, repaired.utility, config)
    result = repaired.result(
        met, reason, before.outcomes, tuple(_moved(o, target) for o in after.outcomes)
    )
    if met:
        result = keep(result, repaired.fine_tuned, target, config, _command(tests, target))
    for line in summary_lines(result):
        say(line)
    return result


@dataclass(frozen=True)
class _Repaired:
    fine_tuned: FineTuned
    in_memory: Any
    utility: Utility
    seconds: float

    def result(
        self, met: bool, reason: str, before: tuple[Outcome, ...], after: tuple[Outcome, ...]
    ) -> MitigationResult:
        return MitigationResult(
            met=met,
            reason=reason,
            before=before,
            after=after,
            utility=self.utility,
            seconds=self.seconds,
            trainable_parameters=self.fine_tuned.trainable_parameters,
        )


@dataclass(frozen=True)
class _Repair:
    """One fine-tuning: from failing outcomes to a model in memory."""

    folder: Path
    data: Rows | None
    config: MitigationConfig

    def run(self, outcomes: Sequence[Outcome]) -> _Repaired:
        from pytest_fairness.models import load_model

        start = time.perf_counter()
        original = load_model(str(self.folder), device=self.config.device)
        material = gather(original, spaces_of(outcomes), self.data, self.config)
        fine_tuned = self._train(material)
        repaired = load_model((fine_tuned.model, fine_tuned.tokenizer), device=self.config.device)
        heldout = material.rows["heldout"]
        utility = Utility(
            name=material.utility,
            before=score(original, heldout),
            after=score(repaired, heldout),
            n=len(heldout.texts),
        )
        original.close()
        return _Repaired(fine_tuned, repaired, utility, time.perf_counter() - start)

    def _train(self, material: Material) -> FineTuned:
        return fine_tune(
            self.folder,
            rows_train=material.rows["train"],
            rows_validation=material.rows["validation"],
            pairs_train=[(p.original, p.variant) for p in material.pairs["train"]],
            pairs_validation=[(p.original, p.variant) for p in material.pairs["validation"]],
            config=self.config,
        )


def _recheck(
    model: Any, outcomes: Sequence[Outcome], config: MitigationConfig
) -> tuple[Outcome, ...]:
    """Run the checks behind failing outcomes again, on held-out terms and templates."""
    from pytest_fairness.models import load_model

    scorer = load_model(model, device=config.device)
    return tuple(_recheck_one(scorer, o) for o in outcomes if o.source and not o.passed)


def _recheck_one(model: Any, outcome: Outcome) -> Outcome:
    from pytest_fairness.assertions import assert_counterfactual_invariance

    pairs: Any = Space.from_recipe(dict(outcome.source or {})).part("heldout")
    if outcome.tolerance.name == "tolerance":  # pointwise checks take no space of any size
        pairs = pairs.sample(min(len(pairs), 2000), outcome.seed)
    limit: dict[str, Any] = {outcome.tolerance.name: outcome.tolerance.value}
    try:
        return assert_counterfactual_invariance(
            model, pairs, **limit, alpha=outcome.alpha, seed=outcome.seed
        )
    except FairnessFailure as failure:
        return failure.outcome


def _folder_of(model: Any) -> Path:
    path = model.info.path if is_model(model) else model
    if isinstance(path, (str, Path)):
        return Path(path)
    raise ArgumentTypeError(
        f"model={model!r} is not a folder of weights that can be fine-tuned. "
        "Give the folder of a sequence classifier as transformers saves it."
    )


def _judge(passed: bool, utility: Utility, config: MitigationConfig) -> tuple[bool, str]:
    limit = config.max_accuracy_loss
    if utility.loss > limit + 1e-9:
        return False, (
            f"{utility.name} fell from {utility.before:.3f} to {utility.after:.3f}, more than the "
            f"limit of {limit:g}. Give more rows, or try another vehicle."
        )
    if not passed:
        return False, (
            "the tests do not all pass on terms and templates that the repair did not see. "
            "Add templates and terms, give rows by --train, or allow more steps."
        )
    return True, "the same tests pass, also on terms and templates that the repair never saw."


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


def _moved(outcome: Outcome, target: Path) -> Outcome:
    """Name the folder where the model will stand, not the one where it was tried."""
    if outcome.model is None:
        return outcome
    return replace(outcome, model=replace(outcome.model, name=str(target), path=str(target)))


def _command(tests: Sequence[str], target: Path) -> str:
    return f"pytest-fairness mitigate {' '.join(tests)} --out {target}"


def _say_failing(failing: Sequence[Outcome], say: Callable[[str], None]) -> None:
    for outcome in failing:
        say(f"     fails: {outcome.test or outcome.metric} — {outcome.reason}")


def _trained(repaired: _Repaired) -> str:
    tuned = repaired.fine_tuned
    return (
        f"{tuned.history[-1].step} steps, {tuned.trainable_parameters:,} weights, "
        f"{tuned.seconds:.0f} s; kept the state after step {tuned.best_step}"
    )
