"""What a run of tests tells whoever began it, beside the outcomes of its checks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_OF_ERROR = "E  "
_OF_CHECK = "pytest_fairness.errors.FairnessFailure"


@dataclass(frozen=True)
class TestError:
    """Why a test did not pass, or could not be collected.

    Attributes
    ----------
    test : str
        Node id, as pytest takes it.
    when : {"collect", "setup", "call", "teardown"}
    message : str
        Type and message of the error that ended it, in one line.
    """

    __test__ = False  # the name is ours, not a test class for pytest to collect

    test: str
    when: str
    message: str

    @property
    def is_of_check(self) -> bool:
        """Whether a fairness check failed, and nothing else."""
        return self.message.startswith(_OF_CHECK)


@dataclass(frozen=True)
class Told:
    """What a run told.

    Attributes
    ----------
    errors : tuple of TestError
    variables : mapping of str to str or None, optional
        What the tests had set in the environment at the end, or deleted (None); None as a whole
        where they imported no transformers.
    """

    errors: tuple[TestError, ...] = ()
    variables: Mapping[str, str | None] | None = None


def error_of(report: Any) -> TestError:
    """Return the error of a report, of a test or of a file, that failed."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else _marked(str(report.longrepr))
    line = " ".join(str(text).removeprefix("Failed: ").split())
    return TestError(report.nodeid, getattr(report, "when", None) or "collect", line)


def _marked(text: str) -> str:
    """Return the lines that pytest marks as the error, or all where it marks none."""
    lines = [line[1:] for line in text.splitlines() if line.startswith(_OF_ERROR)]
    return "\n".join(lines) or text


def write_told(path: Path, errors: Sequence[TestError], at_first: Mapping[str, str]) -> None:
    """Write what a run tells at its end; `at_first` is the environment before any conftest.py."""
    variables = _changed(at_first) if "transformers" in sys.modules else None
    path.write_text(json.dumps(asdict(Told(tuple(errors), variables))), encoding="utf-8")


def read_told(path: Path) -> Told:
    """Read what `write_told` wrote."""
    plain = json.loads(path.read_text("utf-8"))
    return Told(tuple(TestError(**error) for error in plain["errors"]), plain["variables"])


def _changed(at_first: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables that were set since then, None for those that were deleted."""
    names = {*at_first, *os.environ}
    now = {name: os.environ.get(name) for name in names if not name.startswith("PYTEST_")}
    return {name: value for name, value in now.items() if value != at_first.get(name)}
