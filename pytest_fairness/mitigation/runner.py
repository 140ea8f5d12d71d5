"""Running a user's tests as the user runs them: a pytest process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports import read_json
from pytest_fairness.telling import TestError, read_told

_PASSED, _FAILED = 0, 1
_TAIL_LINES = 30
_TIME_TO_END = 10  # seconds
_SECTION = re.compile(r"^=+ fairness =+$\n(?:(?!=).*\n?)*?^report: .*\n?", re.MULTILINE)
_NEXT = {
    2: "Let pytest run them without an error first.",
    4: "Expected were test files, folders or node ids, as pytest takes them.",
    5: "Expected was at least one test, in a file such as test_fairness.py.",
}
_OTHERWISE = "Run pytest on them and mend what it says."
_CUT_SHORT = (
    "It left no outcomes: something ended it early, as os._exit in a test does or sys.exit in a "
    "conftest.py, or let it collect tests and run none."
)


@dataclass(frozen=True)
class TestRun:
    """What one run of the tests gave.

    `variables` of the environment are those of `Told`.
    """

    __test__ = False  # the name is ours, not a test class for pytest to collect

    passed: bool
    outcomes: tuple[Outcome, ...]
    errors: tuple[TestError, ...] = ()
    variables: Mapping[str, str | None] | None = None

    @property
    def is_explained(self) -> bool:
        """Whether the tests passed, or failed by checks alone."""
        return self.passed or (
            bool(self.errors) and all(error.is_of_check for error in self.errors)
        )


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
    command = [sys.executable, "-m", "pytest", *order.arguments]
    with (
        order.output.open("wb") as output,
        order.errors.open("wb") as errors,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=order.environment,
        ) as process,
    ):
        try:
            return process.wait()
        except BaseException:
            end(process)
            raise


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that runs tests, or has them run: politely, so that fixtures clean up."""
    process.terminate()
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_TIME_TO_END)
    finally:
        process.kill()


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
    options = [f"--fairness-part={part}", f"--hypothesis-seed={seed}", *options]
    if model is not None:
        options.append(f"--fairness-model={model}")
    if start is not cold:
        with suppress(MitigationError):
            run = _run(tests, options, start)
            if run.is_explained:
                return run
    return _run(tests, options, cold)  # in the way that the user's own runs are


def _run(tests: Sequence[str], options: Sequence[str], start: Start) -> TestRun:
    """Run tests once, with files of its own, and read what they say."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report, told = folder / "outcomes.json", folder / "told.json"
        arguments = [*tests, "-q", *options]
        arguments += [f"--fairness-report={report}", f"--fairness-told={told}"]
        arguments.append("--fairness-mitigate=")  # a repair begins no repair, whatever the ini says
        arguments += ["-o", f"cache_dir={name}"]  # no run is to leave out what passed in another
        environment = {**processes.alone(), "HYPOTHESIS_STORAGE_DIRECTORY": name}
        said = [folder / "output.txt", folder / "errors.txt"]
        code = start(Order(arguments, environment, *said))
        output = "".join(path.read_text("utf-8", errors="replace") for path in said)
        if code not in (_PASSED, _FAILED):
            step = _NEXT.get(code, _OTHERWISE)
        elif not (report.exists() and told.exists()):
            step = _CUT_SHORT
        else:
            more = read_told(told)
            outcomes = tuple(read_json(report).outcomes)
            return TestRun(code == _PASSED, outcomes, more.errors, more.variables)
    raise MitigationError(
        f"pytest could not run {' '.join(tests)} (exit code {code}). {step} Its last lines:\n"
        f"{_tail(output)}"
    )


def _tail(output: str) -> str:
    """Return the last lines without our own section, which names a file that is gone by then."""
    return "\n".join(_SECTION.sub("", output).strip().splitlines()[-_TAIL_LINES:])
