"""Running a user's tests in forks of a process that has imported what models need."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.ahead import FOR_TESTS
from pytest_fairness.mitigation.runner import Order, RunTests, TestRun, cold, end, run_tests
from pytest_fairness.mitigation.trainer import choose_device

# of plugins that a library imports as well: users may turn warnings into errors
_IMPORTED = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
_WARM = Path(__file__).with_name("warm.py")


@contextmanager
def warm_runs(first: TestRun) -> Iterator[RunTests]:
    """Give what runs tests as `run_tests` does, in forks of a process that imports beforehand.

    Importing what models need takes longer than many a test, and is begun at once, beside whatever
    else is done. Where processes cannot be forked safely, as with an accelerator's driver in them,
    each run begins anew; so does one whose tests fail in a fork by no check.

    Parameters
    ----------
    first : TestRun
        An earlier run. Its `variables` are set before anything is imported, since some libraries
        read them then. Where it failed by something else than checks, or its tests did not import
        what would be imported, each run begins anew.
    """
    variables = first.variables
    if variables is None or not first.is_explained or not processes.is_main() or not _can_fork():
        yield run_tests
        return
    process = subprocess.Popen(
        [sys.executable, str(_WARM), *FOR_TESTS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=processes.alone(),
    )
    with process:
        try:
            _tell(process, variables)
            yield partial(run_tests, start=partial(_forked, process))
        finally:
            _end(process)


def _can_fork() -> bool:
    return sys.platform == "linux" and choose_device(None).type == "cpu"


def _forked(process: subprocess.Popen[str], order: Order) -> int:
    """Let a process run pytest in a fork of itself."""
    order.output.touch()
    order.errors.touch()
    quietly = order._replace(arguments=[*order.arguments, "-W", _IMPORTED])
    try:
        _tell(process, quietly._asdict())
        answer = process.stdout.readline() if process.stdout else ""
    except BaseException:
        _end(process)  # as long as the folder is there that the tests write into
        raise
    return int(answer) if answer else cold(order)  # whatever has ended that process


def _tell(process: subprocess.Popen[str], what: Mapping[str, object]) -> None:
    with suppress(BrokenPipeError):  # one that has ended is noticed when it does not answer
        print(json.dumps(what, default=str), file=process.stdin, flush=True)


def _end(process: subprocess.Popen[str]) -> None:
    """End a process, and the run that it began."""
    if process.stdin:
        with suppress(BrokenPipeError):  # what was to be said to one that has ended
            process.stdin.close()
    end(process)
