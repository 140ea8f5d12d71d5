"""Running a user's tests as the user runs them: a pytest process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
    """What one run of the tests gave."""

    __test__ = False  # the name is ours, not a test class for pytest to collect

    passed: bool
    outcomes: tuple[Outcome, ...]
    output: str


@processes.by_main
def run_tests(
    tests: Sequence[str],
    *,
    model: Path | None = None,
    part: str = "all",
    seed: int = 0,
    options: Sequence[str] = (),
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

    Raises
    ------
    MitigationError
        If pytest could not run the tests: its last lines are in the message.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "outcomes.json"
        command = [sys.executable, "-m", "pytest", *tests, "-q", *options]
        command += [f"--fairness-report={report}", f"--fairness-part={part}"]
        command.append(f"--hypothesis-seed={seed}")
        command.append("--fairness-mitigate=")  # a repair begins no repair, whatever the ini says
        command += ["-o", f"cache_dir={folder}"]  # no run is to leave out what passed in another
        if model is not None:
            command.append(f"--fairness-model={model}")
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**processes.alone(), "HYPOTHESIS_STORAGE_DIRECTORY": folder},
        )
        output = done.stdout + done.stderr
        if done.returncode not in (_PASSED, _FAILED):
            raise MitigationError(
                f"pytest could not run {' '.join(tests)} (exit code {done.returncode}). "
                f"{_NEXT.get(done.returncode, _OTHERWISE)} Its last lines:\n{_tail(output)}"
            )
        return TestRun(done.returncode == _PASSED, _read(report, output), output)


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
