"""What a run is set to: resolved once, frozen, and readable wherever a check runs.

The plugin resolves option, marker, ini and default (in that order) and activates the result while
a test runs. Outside pytest `current` returns the defaults, so assertions work as plain functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError

if TYPE_CHECKING:
    from pytest_fairness.outcome import Outcome

ALPHA_SHARING = ("session", "check")
INCONCLUSIVE_POLICIES = ("fail", "warn")
PARTS = ("all", "train", "validation", "heldout")


@dataclass(frozen=True)
class Settings:
    """Settings of a run.

    Attributes
    ----------
    device, dtype : str or None
        As in torch, such as ``"cuda:1"`` and ``"bfloat16"``; None chooses.
    alpha : float in (0, 0.5)
        Chance of a false `fail` that the session accepts, and of a false `pass` that each check
        accepts.
    alpha_sharing : {"session", "check"}
        Whether the population checks of a session share `alpha` for what they call a `fail`, or
        each spends all of it.
    inconclusive : {"fail", "warn"}
        What an `inconclusive` or `unmeasurable` verdict does to the test.
    seed : int
        Draws the samples of population checks.
    batch_tokens : int or None
        Padded tokens that the engine puts into one batch; None chooses for the device.
    part : {"all", "train", "validation", "heldout"}
        Which part of every space's terms and templates the checks see. A repair trains on
        ``"train"``, stops on ``"validation"`` and is judged on ``"heldout"``.
    looks : int
        How many runs on the same material share the alpha of every check, also one that a check
        names itself: a repair looks at held-out material once for each method that it judges.
    """

    device: str | None = None
    dtype: str | None = None
    alpha: float = 0.05
    alpha_sharing: str = "session"
    inconclusive: str = "fail"
    seed: int = 0
    batch_tokens: int | None = None
    part: str = "all"
    looks: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.alpha, (int, float)) or not 0 < self.alpha < 0.5:
            raise ArgumentError(
                f"alpha={self.alpha!r} must lie in (0, 0.5): it is the chance of a false verdict "
                "that a check accepts. 0.05 is usual."
            )
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise ArgumentError(f"seed={self.seed!r} must be a whole number of 0 or more.")
        if isinstance(self.looks, bool) or not isinstance(self.looks, int) or self.looks < 1:
            raise ArgumentError(f"looks={self.looks!r} must be a whole number of 1 or more.")
        _check_choice("alpha_sharing", self.alpha_sharing, ALPHA_SHARING)
        _check_choice("inconclusive", self.inconclusive, INCONCLUSIVE_POLICIES)
        _check_choice("part", self.part, PARTS)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(choices)}.")


def resolve(*layers: Mapping[str, Any]) -> Settings:
    """Build settings from layers, the strongest first: option, marker, ini. None means not said."""
    said: dict[str, Any] = {}
    for layer in reversed(layers):
        said.update({name: value for name, value in layer.items() if value is not None})
    return Settings(**said)


@dataclass(frozen=True)
class Run:
    """One test as the checks inside it see it.

    Attributes
    ----------
    settings : Settings
    test : str or None
        Its name.
    command : str or None
        What runs it again, where its name is not enough.
    record : callable
        Where outcomes go.
    take_share : callable
        Returns the part of alpha that the next population check may spend on a `fail`; outside a
        session all of it.
    """

    settings: Settings = Settings()
    test: str | None = None
    command: str | None = None
    record: Callable[[Outcome], None] = lambda outcome: None
    take_share: Callable[[], float] = lambda: 1.0


_RUN: ContextVar[Run] = ContextVar("pytest_fairness_run", default=Run())  # noqa: B039  (frozen)


def current_run() -> Run:
    """Return the run that is active here, or one with the defaults."""
    return _RUN.get()


def current() -> Settings:
    """Return the settings that are active here, or the defaults."""
    return _RUN.get().settings


@contextmanager
def activate(run: Run) -> Iterator[Run]:
    """Make `run` the active one inside the ``with`` block."""
    token = _RUN.set(run)
    try:
        yield run
    finally:
        _RUN.reset(token)
