"""After a test session: repair each failing model, one after the other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_fairness.errors import ArgumentTypeError, FairnessError
from pytest_fairness.mitigation.beginning import check_labels
from pytest_fairness.mitigation.caller import PYTHON, Caller
from pytest_fairness.mitigation.checking import check_path, shown_briefly
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.loop import mitigate_tests
from pytest_fairness.mitigation.places import holds_failed_record
from pytest_fairness.outcome import Outcome, Verdict
from pytest_fairness.reports.commands import can_repair

_BRACKETS = re.compile(r"\[.*\]$", re.DOTALL)


def repair_failing(
    outcomes: Sequence[Outcome],
    folder: str | Path,
    *,
    root: str | Path = ".",
    uses: Mapping[str, str] | None = None,
    data: Rows | None = None,
    config: MitigationConfig | None = None,
    command: str | None = None,
    caller: Caller = PYTHON,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, bool]:
    """Repair every model that fails checks which a repair can learn from.

    It is judged by all tests of the session that use it: what passed before must pass afterwards.

    Parameters
    ----------
    outcomes : sequence of Outcome
        Of one test session.
    folder : str or Path
        Where the repaired models are written, each in a folder with the name of its own.
    root : str or Path
        The folder that the names of the tests begin in.
    uses : mapping of str to str, optional
        Tests by name, with the folder of the model that each uses: so that those are run again,
        too, that check something else.
    data, config, command, caller : optional
        As for `mitigate_tests`.
    say : callable
        Told what happens, a line at a time.

    Returns
    -------
    dict of str to bool
        For the folder of each failing model, whether it was repaired.
    """
    if not isinstance(outcomes, Sequence) or not all(isinstance(o, Outcome) for o in outcomes):
        raise ArgumentTypeError(
            f"outcomes={shown_briefly(outcomes)} must be outcomes of checks, as failure.outcome "
            "has them."
        )
    check_path("folder", folder)
    folder, repaired = Path(folder), {}
    for model, of_model in _by_model(outcomes).items():
        say(f"repair {model}")
        tests = [str(Path(root) / name) for name in _tests(model, outcomes, uses or {})]
        try:
            check_labels(data, of_model)
            with _made(folder):
                result = mitigate_tests(
                    tests,
                    out=_free(folder, Path(model).name),
                    model=model,
                    data=data,
                    config=config,
                    command=command,
                    caller=caller,
                    say=say,
                )
            repaired[model] = result.met
        except FairnessError as err:
            say(f"NOT repaired: {err}")
            repaired[model] = False
    return repaired


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder where there is none, and take away what is still empty at the end."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for place in missing:
            if any(place.iterdir()):
                break
            place.rmdir()


def _by_model(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Return what each model's checks gave that failed and that a repair can learn from.

    Models are told apart by their folders, however the tests write them.
    """
    names: dict[Path, str] = {}
    found: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        repairable = outcome.verdict is Verdict.FAIL and outcome.test and can_repair(outcome)
        if repairable and outcome.model is not None:
            path = str(outcome.model.path)
            found[names.setdefault(Path(path).resolve(), path)].append(outcome)
    return found


def _tests(model: str, outcomes: Sequence[Outcome], uses: Mapping[str, str]) -> list[str]:
    """Return the tests that use a model.

    Their names' brackets are left out: they may hold the model, and another one will stand there.
    """
    checks = [(str(o.test), str(o.model.path)) for o in outcomes if o.test and o.model is not None]
    folder = Path(model).resolve()
    names = (name for name, path in (*checks, *uses.items()) if Path(path).resolve() == folder)
    return list(dict.fromkeys(_BRACKETS.sub("", name) for name in names))


def _free(folder: Path, name: str) -> Path:
    """Return a folder that is not there yet, or that holds the record of a failed repair alone."""
    taken = {path.name for path in folder.iterdir() if not holds_failed_record(path)}
    names = (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3)))
    return folder / next(n for n in names if n not in taken)
