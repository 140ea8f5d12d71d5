"""What a repair begins with: the model that failed, its checks, and what it may learn from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentTypeError, MitigationError
from pytest_fairness.mitigation.caller import Caller
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows, label_numbers
from pytest_fairness.mitigation.kinds import Kind, kind_of
from pytest_fairness.mitigation.methods import Setting
from pytest_fairness.mitigation.tasks import spaces_of
from pytest_fairness.models.loading import is_loaded
from pytest_fairness.models.tasks import TASKS
from pytest_fairness.outcome import Outcome, Verdict


@contextmanager
def setting_of(
    folder: Path,
    data: Rows | None,
    outcomes: Sequence[Outcome],
    config: MitigationConfig,
    caller: Caller,
    retention: Mapping[str, Rows] | None,
    *,
    here: bool = False,
) -> Iterator[Setting]:
    """Load the model, and gather what it may learn from and be judged on.

    Checks that are run again `here`, and not by pytest, are refused where they cannot be.
    """
    from pytest_fairness.models import load_model

    original = load_model(str(folder), task=_task_of(outcomes), device=config.device)
    try:
        kind = kind_of(original)
        spaces = spaces_of(_learnable(original, kind, outcomes))
        kind.check(original, outcomes, data, config, caller)
        carried = tuple(_carried(original, kind, outcome, data, here) for outcome in outcomes)
        material = kind.gather(original, spaces, data, config)
        material = replace(material, retention=kind.further(original, retention, material))
        yield Setting(folder, original, carried, tuple(spaces), material, config, caller)
    finally:
        original.close()


def _carried(model: Any, kind: Kind, outcome: Outcome, data: Rows | None, here: bool) -> Outcome:
    """Return a check in the form in which it is run again, or as it is where pytest runs it."""
    if outcome.passed or not kind.repairs(outcome):
        return outcome
    try:
        return kind.carry(model, outcome, data)
    except MitigationError:
        if here:
            raise
        return outcome


def _task_of(outcomes: Sequence[Outcome]) -> str | None:
    """Return the task for which the model that failed was loaded, if it is one of transformers."""
    kinds = {outcome.model.kind for outcome in outcomes if outcome.model is not None}
    return next((task.name for task in TASKS.values() if task.kind in kinds), None)


def _learnable(model: Any, kind: Kind, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the failing checks that a repair of this kind of model can learn from."""
    found = [o for o in outcomes if o.verdict is Verdict.FAIL and kind.repairs(o)]
    if found:
        return found
    failing = sorted({o.metric for o in outcomes if o.verdict is Verdict.FAIL})
    if not failing:
        given = ", ".join(f"{o.metric} ({o.verdict.value})" for o in outcomes) or "nothing"
        raise MitigationError(
            f"against= holds {given}, and no check that failed: there is nothing to learn from. "
            "Expected is failure.outcome of a check that fails."
        )
    raise MitigationError(
        f"No failing check came from counterfactuals(...) in a form that a repair of {model!r} can "
        f"learn from (failing: {', '.join(failing)}). It needs a failing {kind.needs}."
    )


def refuse_unknown(kind: Kind, outcomes: Sequence[Outcome]) -> None:
    """Refuse checks that could not be run again, which would then count as passed."""
    unknown = [o for o in outcomes if not o.passed and not kind.repairs(o)]
    if unknown:
        raise MitigationError(
            f"against= holds {unknown[0].metric}, which cannot be run again here on held-out "
            "material. Leave it out, or run its test by mitigate_tests. A repair takes "
            f"{kind.needs}."
        )


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


def folder_of(model: Any) -> Path:
    """Return the folder of a model, or of one that was loaded from a folder."""
    path = model.info.path if is_loaded(model) else model
    if isinstance(path, (str, Path)):
        return Path(path)
    raise ArgumentTypeError(
        f"model={model!r} is not a folder of weights that can be fine-tuned. "
        "Give the folder of a classifier, language model or embedder as transformers saves it."
    )


def only_model(failing: Sequence[Outcome], given: Path | None = None) -> Path:
    """Return the one folder whose model fails, however it is written, or say why there is none.

    Checks of labels and scores do not know whose they are: then it is the one that was `given`.
    """
    written = {o.model.path for o in failing if o.model is not None and o.model.path}
    paths = sorted({Path(path).resolve(): path for path in sorted(written)}.values())
    if len(paths) == 1:
        return Path(paths[0])
    if paths:
        raise MitigationError(
            f"The tests fail on {len(paths)} models ({', '.join(paths)}). Repair one at a time: "
            "name the tests of one model, as FILE::TEST, or let `pytest --fairness-mitigate DIR` "
            "repair each into a folder of its own."
        )
    if all(o.model is None for o in failing):
        if given is not None:
            return given
        raise MitigationError(
            f"The failing check ({failing[0].metric}) was given labels or scores, which do not say "
            "whose they are. Name the folder of the model that the tests load by fairness_model: "
            "--model FOLDER, or mitigate_tests(model=...)."
        )
    raise MitigationError(
        "The failing model is not a folder of weights that can be fine-tuned. Repair the model "
        "where it is made, or wrap its training in mitigate(...)."
    )
