"""Running a user's tests as the user runs them: a pytest process of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports import read_json

_PASSED, _FAILED = 0, 1
_TAIL_LINES = 30
_SECTION = re.compile(r"^=+ fairness =+$\n(?:(?!=).*\n?)*?^report: .*\n?", re.MULTILINE)
_NEXT = {
    2: "Let pytest run them without an error first.",
    4: "Expected were test files, folders or node ids, as pytest takes them.",
    5: "Expected was at least one test, in a file such as test_fairness.py.",
}
_OTHERWISE = "Run pytest on them and mend what it says."


@dataclass(frozen=True)
class TestRun:
    """What one run of the tests gave.

    `variables` of the environment are those that the tests had set at the end, or deleted (None);
    None as a whole where they imported no transformers.
    """

    __test__ = False  # the name is ours, not a test class for pytest to collect

    passed: bool
    outcomes: tuple[Outcome, ...]
    output: str
    variables: Mapping[str, str | None] | None = None


class Order(NamedTuple):
    """What to run pytest with, and the files for what it says."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    output: Path
    errors: Path


class Start(Protocol):
    """What runs pytest as an order says, and returns its exit code."""

    def __call__(self, order: Order) -> int:
        """Run it."""


class RunTests(Protocol):
    """What runs tests as `run_tests` does."""

    def __call__(
        self,
        tests: Sequence[str],
        *,
        model: Path | None = None,
        part: str = "all",
        seed: int = 0,
        options: Sequence[str] = (),
    ) -> TestRun:
        """Run them."""


def cold(order: Order) -> int:
    """Run pytest in a new process."""
    with order.output.open("wb") as output, order.errors.open("wb") as errors:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *order.arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=order.environment,
        ).returncode


@processes.by_main
def run_tests(
    tests: Sequence[str],
    *,
    model: Path | None = None,
    part: str = "all",
    seed: int = 0,
    options: Sequence[str] = (),
    start: Start = cold,
) -> TestRun:
    """Run `tests` by pytest and read the outcomes of their checks.

    Of several processes that train together one runs them, and all read what came of it.

    Parameters
    ----------
    tests : sequence of str
        Files, folders or node ids, as pytest takes them.
    model : Path, optional
        A model to put in the place of the one that the tests name.
    part : {"all", "train", "validation", "heldout"}
        The part of every space's terms and templates that is checked.
    seed : int
        By which Hypothesis draws its examples: those that it kept from earlier runs take no part.
    options : sequence of str
        Further options of pytest.
    start : callable
        What runs pytest: in a new process, unless told otherwise.

    Raises
    ------
    MitigationError
        If pytest could not run the tests: its last lines are in the message.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report, variables = folder / "outcomes.json", folder / "variables.json"
        arguments = [*tests, "-q", *options]
        arguments += [f"--fairness-report={report}", f"--fairness-part={part}"]
        arguments += [f"--fairness-variables={variables}", f"--hypothesis-seed={seed}"]
        arguments.append("--fairness-mitigate=")  # a repair begins no repair, whatever the ini says
        arguments += ["-o", f"cache_dir={name}"]  # no run is to leave out what passed in another
        if model is not None:
            arguments.append(f"--fairness-model={model}")
        environment = {**processes.alone(), "HYPOTHESIS_STORAGE_DIRECTORY": name}
        said = [folder / "output.txt", folder / "errors.txt"]
        order = Order(arguments, environment, *said)
        code = start(order)
        if start is not cold and not _is_explained(code, report):
            code = cold(order)  # in the way that the user's own runs are
        output = "".join(path.read_text("utf-8", errors="replace") for path in said)
        if code not in (_PASSED, _FAILED):
            raise MitigationError(
                f"pytest could not run {' '.join(tests)} (exit code {code}). "
                f"{_NEXT.get(code, _OTHERWISE)} Its last lines:\n{_tail(output)}"
            )
        found = json.loads(variables.read_text("utf-8")) if variables.exists() else None
        return TestRun(code == _PASSED, _read(report, output), output, found)


def _is_explained(code: int, report: Path) -> bool:
    """Whether tests passed, or failed with a check that did: what else happens may have causes."""
    if code != _FAILED or not report.exists():
        return code == _PASSED
    return any(not outcome.passed for outcome in read_json(report).outcomes)


def _read(report: Path, output: str) -> tuple[Outcome, ...]:
    try:
        return tuple(read_json(report).outcomes)
    except ArgumentError as err:
        raise MitigationError(
            f"The run left no outcomes to read ({err}). Is the plugin switched off? "
            f"The last lines:\n{_tail(output)}"
        ) from err


def _tail(output: str) -> str:
    """Return the last lines without our own section, which names a file that is gone by then."""
    return "\n".join(_SECTION.sub("", output).strip().splitlines()[-_TAIL_LINES:])
