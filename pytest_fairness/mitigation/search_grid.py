"""The settings that a search chooses among, checked before anything is trained."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import (
    check_instance,
    check_whole,
    is_sequence,
    near,
    shown,
)
from pytest_fairness.mitigation.config import AUTO, VEHICLES, MitigationConfig
from pytest_fairness.mitigation.front import Evaluation

_UNREAD = "fine-tuning does not read it"
_OUTSIDE = "it changes nothing of what is learnt"
_FIXED = {
    "max_steps": "the search itself sets how long each setting is trained",
    "max_accuracy_loss": "it is the limit by which settings are judged",
    "max_recall_loss": _UNREAD,
    "seed": "a lucky seed is no better setting",
    "alpha": _UNREAD,
    "train_fraction": _UNREAD,
    "hard_pairs": _UNREAD,
    "device": _OUTSIDE,
    "report_to": _OUTSIDE,
    "checkpoints": _OUTSIDE,
    "progress": _OUTSIDE,
}


@dataclass(frozen=True)
class Grid:
    """All combinations of the values of some fields, over a configuration.

    Attributes
    ----------
    config : MitigationConfig
        What all settings share.
    choices : mapping of str to tuple
        Values of each field that is searched for.
    budget : int
        Settings that are tried at most.
    """

    config: MitigationConfig
    choices: Mapping[str, tuple[Any, ...]]
    budget: int

    def __len__(self) -> int:
        return math.prod(map(len, self.choices.values()))

    def setting(self, places: Mapping[str, int]) -> MitigationConfig:
        """Return the setting that takes the value at these places of each field."""
        found = {name: self.choices[name][place] for name, place in places.items()}
        return replace(self.config, **found)

    def drawn(self) -> list[MitigationConfig]:
        """Return `budget` settings, or all where there are fewer, none twice."""
        n = min(self.budget, len(self))
        numbers = random.Random(self.config.seed).sample(range(len(self)), n)
        return [self.setting(self.places(number)) for number in numbers]

    def places(self, number: int) -> dict[str, int]:
        """Return the places of the number-th combination; the last field changes fastest."""
        places = {}
        for name in reversed(tuple(self.choices)):
            number, places[name] = divmod(number, len(self.choices[name]))
        return {name: places[name] for name in self.choices}

    def in_order(self) -> Grid:
        """Return the same settings with numbers in their order, which tells a sampler something."""
        found = {n: tuple(sorted(v)) if is_ordered(v) else v for n, v in self.choices.items()}
        return replace(self, choices=found)

    def told(self, setting: MitigationConfig, steps: int, best: Evaluation) -> str:
        """Return a line on what a setting led to."""
        named = ", ".join(f"{name}={getattr(setting, name)!r}" for name in self.choices)
        return f"{named}: {steps} steps, unfair {best.unfairness[0]:.4f}"


def is_ordered(values: Sequence[Any]) -> bool:
    """Whether all values are numbers."""
    return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)


def grid_of(config: object, choices: Any, budget: Any) -> Grid:
    """Return the settings to choose among.

    Raises
    ------
    ArgumentError
        If a field does not exist or cannot be searched for, a value is out of range, the method
        fine-tunes nothing, or the budget is too small.
    ArgumentTypeError
        If the choices are no mapping of fields to lists of values.
    """
    config = _trained(config)
    if not isinstance(choices, Mapping) or not choices:
        raise ArgumentTypeError(
            f"choices={shown(choices)} must map fields of MitigationConfig to lists of values, as "
            "in {'learning_rate': (5e-5, 1e-4)}."
        )
    for name, values in choices.items():
        _check_field(name, config)
        _check_values(name, values, config)
    check_whole("budget", budget, 2, "it is the number of settings that are tried, at most")
    grid = Grid(config, {name: tuple(values) for name, values in choices.items()}, budget)
    if len(grid) < 2:
        raise ArgumentError(
            f"choices={shown(choices)} has one setting only, so that there is nothing to choose. "
            "Give a field several values."
        )
    return grid


def _trained(config: object) -> MitigationConfig:
    """Return a configuration whose method fine-tunes."""
    if config is None:
        return MitigationConfig(method="full")
    check_instance("config", config, MitigationConfig, "a MitigationConfig")
    assert isinstance(config, MitigationConfig)
    if config.method == AUTO:
        return replace(config, method="full")
    _check_method(config.method, "config.method")
    return config


def _check_method(method: object, name: str) -> None:
    if method not in VEHICLES:
        raise ArgumentError(
            f"{name}={shown(method)} trains nothing here: the search is over settings of "
            f"fine-tuning. Take one of {', '.join(VEHICLES)}."
        )


def _check_field(name: object, config: MitigationConfig) -> None:
    if name not in vars(config):
        raise ArgumentError(
            f"choices has {shown(name)}, but {name} is none of the fields of MitigationConfig."
            f"{near(name, vars(config))}"
        )
    if name in _FIXED:
        raise ArgumentError(
            f"choices has {name!r}, which cannot be searched for: {_FIXED[str(name)]}. Set it in "
            "config= instead."
        )


def _check_values(name: str, values: Any, config: MitigationConfig) -> None:
    if not is_sequence(values):
        raise ArgumentTypeError(
            f"choices[{name!r}]={shown(values)} must be a list of values to choose among."
        )
    if not values:
        raise ArgumentError(f"choices[{name!r}] is empty. Give values, or leave the field out.")
    for value in values:
        replace(config, **{name: value})  # says what is wrong with it
        if name == "method":
            _check_method(value, "choices['method']")
