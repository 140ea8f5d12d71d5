"""Which model each check of a repair was of, and what runs it again."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.outcome import Outcome


def named(
    result: MitigationResult, before: Path, target: Path | None, command: str | None = None
) -> MitigationResult:
    """Name the models of all checks by where they stand: one that is kept in `target`, or nowhere.

    Parameters
    ----------
    result : MitigationResult
    before : Path
        The model before the repair.
    target : Path, optional
        Where the model that passed will stand.
    command : str, optional
        What makes the repair again, and with it the checks of models that are not kept.
    """
    kept = result.method if result.met and target is not None else None

    def of(method: str | None, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        path = str(target) if method == kept else None
        name = path or f"{before.name} by {method}, not saved"
        found = []
        for outcome in outcomes:
            again = _on_heldout(outcome, before, Path(path)) if path else command
            model = outcome.model and replace(outcome.model, name=name, path=path)
            found.append(replace(outcome, model=model, command=again if outcome.test else None))
        return tuple(found)

    attempts = tuple(
        replace(a, screened=of(a.method, a.screened), after=of(a.method, a.after))
        for a in result.attempts
    )
    first = tuple(replace(o, command=_on_heldout(o, before, before)) for o in result.before)
    return replace(result, before=first, after=of(result.method, result.after), attempts=attempts)


def _on_heldout(outcome: Outcome, before: Path, model: Path) -> str | None:
    """Return what runs a test again on held-out material: the model's name stands in the test's."""
    if outcome.test is None:
        return None
    file, bracket, ids = outcome.test.partition("[")
    # An id, or some that are joined; pytest numbers those that are alike.
    whole = rf"(?<![^-]){re.escape(_id_of(before))}\d*(?=[-\]])"
    test = f"{file}{bracket}{re.sub(whole, lambda _: _id_of(model), ids, count=1)}"
    options = [f"--fairness-seed={outcome.seed}", "--fairness-part=heldout"]
    if outcome.alpha != Outcome.alpha:
        options.append(f"--fairness-alpha={outcome.alpha:g}")
    return shlex.join(["pytest", test, *options, f"--fairness-model={model}"])


def _id_of(model: Path) -> str:
    """Return a model's name as it stands in the names of tests, where pytest escapes letters."""
    return (model.name or str(model)).encode("unicode_escape").decode("ascii")
