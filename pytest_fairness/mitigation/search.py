"""A small search over the settings of fine-tuning, on validation material alone."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.front import Evaluation
from pytest_fairness.mitigation.plan import TextPair
from pytest_fairness.mitigation.training import fine_tune

CHOICES: Mapping[str, Sequence[Any]] = MappingProxyType(
    {
        "learning_rate": (2e-5, 5e-5, 1e-4, 3e-4),
        "freeze_layers": (None, 0),
        "objectives": (
            {"consistency": 1.0, "retention": 3.0},
            {"consistency": 3.0, "retention": 3.0},
            {"consistency": 1.0, "retention": 1.0},
        ),
    }
)


@dataclass(frozen=True)
class Trial:
    """Settings that were tried, for so many steps, and the best state that they led to."""

    config: MitigationConfig
    steps: int
    best: Evaluation
    seconds: float


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    config : MitigationConfig
        The settings that went furthest, with all their steps.
    trials : tuple of Trial
        All that was run, in order; the last are those that were run longest.
    """

    config: MitigationConfig
    trials: tuple[Trial, ...]


def search_config(
    folder: str | Path,
    *,
    rows_train: Labelled,
    rows_validation: Labelled,
    pairs_train: Sequence[TextPair],
    pairs_validation: Sequence[TextPair],
    config: MitigationConfig | None = None,
    choices: Mapping[str, Sequence[Any]] = CHOICES,
    budget: int = 8,
    say: Callable[[str], None] = lambda line: None,
) -> SearchResult:
    """Search for settings of `fine_tune` by successive halving.

    `budget` settings are drawn without repetition and trained for few steps; the better half is
    trained anew for twice as many, until one is left, with all its steps. The better one is fairer
    on validation pairs within the utility limit on validation rows. Held-out material takes no
    part: judge the result with `mitigate`.

    Parameters
    ----------
    folder, rows_train, rows_validation, pairs_train, pairs_validation
        As for `fine_tune`.
    config : MitigationConfig, optional
        What is not searched for.
    choices : mapping of str to sequence
        Values of each field of `MitigationConfig` that is searched for.
    budget : int, at least 2
        Settings that are tried at most. All together cost as much as log2(budget) + 1 full runs.
    say : callable
        Told what happens, a line at a time.

    Returns
    -------
    SearchResult

    Raises
    ------
    ArgumentError
        If a field does not exist, a value is out of range, or the budget is too small.

    References
    ----------
    Jamieson and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter
    optimization".
    """
    config = config or MitigationConfig(method="full")
    left = _drawn(config, choices, budget)
    trials: list[Trial] = []
    rounds = max(1, math.ceil(math.log2(len(left))) + 1)
    for number in range(rounds):
        steps = max(1, math.ceil(config.max_steps / 2 ** (rounds - 1 - number)))
        fresh = []
        for setting in left:
            run = replace(setting, max_steps=steps, eval_every=min(setting.eval_every, steps))
            tuned = fine_tune(
                folder,
                rows_train=rows_train,
                rows_validation=rows_validation,
                pairs_train=pairs_train,
                pairs_validation=pairs_validation,
                config=run,
            )
            fresh.append(Trial(setting, steps, tuned.best, tuned.seconds))
            say(f"{_named(setting, choices)}: {steps} steps, unfair {tuned.best.unfairness[0]:.4f}")
        trials += fresh
        fresh.sort(key=lambda trial: trial.best.unfairness)  # ties keep the order of the draw
        left = [trial.config for trial in fresh[: max(1, len(fresh) // 2)]]
    return SearchResult(left[0], tuple(trials))


def _drawn(
    config: MitigationConfig, choices: Mapping[str, Sequence[Any]], budget: int
) -> list[MitigationConfig]:
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 2:
        raise ArgumentError(f"budget={budget!r} must be a whole number of at least 2.")
    unknown = sorted(set(choices) - set(vars(config)))
    if unknown or not choices or not all(choices.values()):
        raise ArgumentError(
            f"choices={dict(choices)!r} must give values of fields of MitigationConfig"
            + (f"; {', '.join(unknown)} is none." if unknown else ".")
        )
    grid = [
        replace(config, **dict(zip(choices, values, strict=True)))
        for values in itertools.product(*choices.values())
    ]
    return random.Random(config.seed).sample(grid, min(budget, len(grid)))


def _named(setting: MitigationConfig, choices: Mapping[str, Sequence[Any]]) -> str:
    return ", ".join(f"{name}={getattr(setting, name)!r}" for name in choices)
