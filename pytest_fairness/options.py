"""The options of a run: their names, defaults, and what is wrong with a value that is wrong.

Each is the option ``--fairness-NAME`` and the ini key ``fairness_NAME``. pytest itself is known to
`pytest_fairness.plugin` only.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from pytest_fairness.errors import ArgumentError

MARKER_KEYWORDS = ("model", "device", "dtype", "revision", "alpha", "inconclusive", "seed")
MARKER = (
    f"fairness({', '.join(f'{name}=None' for name in MARKER_KEYWORDS)}): which model or models (a "
    "list) the fixture fairness_model loads for these tests, and the settings of their checks."
)
REPORT_SUFFIXES = (".html", ".json")


def read_alpha(text: str) -> float:
    """Read an error rate."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 0.5:
        raise ArgumentError(f"fairness alpha {text!r} must be a number in (0, 0.5), such as 0.05.")
    return value


def read_whole_number(text: str) -> int:
    """Read a whole number of 0 or more."""
    if not text.strip().isdecimal():
        raise ArgumentError(f"{text!r} must be a whole number of 0 or more.")
    return int(text)


def read_positive(text: str) -> int:
    """Read a whole number of 1 or more."""
    if (number := read_whole_number(text)) < 1:
        raise ArgumentError(f"{text!r} must be a whole number of 1 or more.")
    return number


def one_of(name: str, choices: Sequence[str]) -> Callable[[str], str]:
    """Return a reader of one of some words."""

    def read(text: str) -> str:
        if text not in choices:
            raise ArgumentError(f"fairness {name} {text!r} must be one of {', '.join(choices)}.")
        return text

    return read


class Option(NamedTuple):
    """One option and its ini key of the same name."""

    name: str
    default: str
    help: str
    read: Callable[[str], Any] = str

    def value_of(self, text: str | None) -> Any:
        """Read a value, and name the option where it is wrong; None where nothing is said."""
        try:
            return self.read(text) if text else None
        except ArgumentError as err:
            raise ArgumentError(f"--fairness-{self.name}: {err}") from err

    @property
    def key(self) -> str:
        """The name as a Python identifier."""
        return self.name.replace("-", "_")


OPTIONS = (
    Option("device", "", "Device of the models, such as cpu or cuda:1 (default: the best there)."),
    Option("dtype", "", "Number format of the models, such as bfloat16 (default: float32)."),
    Option(
        "alpha",
        "0.05",
        "Chance of a false failure that the session accepts, and of a false pass that each check "
        "accepts (default: 0.05).",
        read_alpha,
    ),
    Option(
        "alpha-sharing",
        "session",
        "Whether the checks of a session share alpha for their failures, or each check spends all "
        "of it: session or check (default: session).",
        one_of("alpha-sharing", ("session", "check")),
    ),
    Option(
        "inconclusive",
        "fail",
        "What an inconclusive or unmeasurable check does: fail or warn (default: fail).",
        one_of("inconclusive", ("fail", "warn")),
    ),
    Option("seed", "0", "Seed of every sample that a check draws (default: 0).", read_whole_number),
    Option(
        "batch-tokens",
        "",
        "Padded tokens that are scored in one batch (default: chosen for the device).",
        read_positive,
    ),
    Option(
        "part",
        "all",
        "Part of every space's terms and templates to check: all, train, validation or heldout. "
        "A repair learns from the first two; heldout is what it never saw (default: all).",
        one_of("part", ("all", "train", "validation", "heldout")),
    ),
)


# No user's option: by it a repair says how many of its runs share the alpha of every check.
LOOKS = Option("looks", "1", "", read_positive)


def check_report_path(path: Path) -> None:
    """Refuse a report that could not be written in the end."""
    if path.suffix not in REPORT_SUFFIXES:
        raise ArgumentError(
            f"--fairness-report={path}: the name must end in {' or '.join(REPORT_SUFFIXES)}; "
            "the ending chooses the format."
        )
    if path.suffix == ".html" and find_spec("jinja2") is None:
        raise ArgumentError(
            f"--fairness-report={path} needs jinja2, which is not installed. "
            "Install it with: pip install 'pytest-fairness[report]', or write a .json report."
        )
    if not path.parent.is_dir():
        raise ArgumentError(
            f"--fairness-report={path}: the folder {path.parent} does not exist. "
            f"Create it first: mkdir -p {path.parent}"
        )


def interrupt_when_terminated(*, once: bool = False) -> None:
    """Let SIGTERM, which a CI sends when time is up, interrupt as Ctrl-C does.

    Parameters
    ----------
    once : bool
        Let nothing interrupt what cleans up after the first: who began this process may pass on
        what the terminal has already sent, and ends it in the end.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return
    signal.signal(signal.SIGTERM, _interrupt_once if once else signal.default_int_handler)
    if once:
        signal.signal(signal.SIGINT, _interrupt_once)


def _interrupt_once(signum: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def check_marker(args: Sequence[Any], kwargs: Mapping[str, Any], test: str) -> None:
    """Refuse what the marker does not take, by name."""
    unknown = sorted(set(kwargs) - set(MARKER_KEYWORDS))
    if unknown or args:
        got = f"{unknown[0]}=" if unknown else f"a positional {args[0]!r}"
        raise ArgumentError(
            f"{test}: the fairness marker does not take {got}. "
            f"It takes {', '.join(f'{name}=' for name in MARKER_KEYWORDS)}."
        )
