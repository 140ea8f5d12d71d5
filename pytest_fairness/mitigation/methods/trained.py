"""Fine-tuning as a method, one for each choice of the weights that move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.config import VEHICLES, MitigationConfig
from pytest_fairness.mitigation.methods.base import (
    Candidate,
    Method,
    Setting,
    steps_told,
    written_twice,
)
from pytest_fairness.mitigation.objectives import compares_groups
from pytest_fairness.mitigation.training import FineTuned, fine_tune, save
from pytest_fairness.models import load_model
from pytest_fairness.outcome import Outcome

_FASTER = (5, 20)  # times the usual learning rate, in turn
_FIRMER = 5  # times the usual weight of what makes both sides of a pair alike, with these
_LEFT = 0.2  # share of the mean shift from before that may be left for a lesson to be learnt
_OF_SCORES = ("tolerance", "max_mean_shift")  # limits of scores; the others are of decisions
_NEEDS_PEFT = frozenset(VEHICLES) - {"full", "head"}


def trained(vehicle: str) -> Method:
    """Return the method that moves the weights called `vehicle`."""
    return Method(vehicle, partial(_build, vehicle=vehicle), partial(_unfit, vehicle=vehicle))


def _unfit(setting: Setting, vehicle: str) -> str:
    if vehicle in _NEEDS_PEFT and find_spec("peft") is None:
        return "peft is not installed: pip install 'pytest-fairness[mitigation]'"
    if not setting.material.pairs["train"] and not compares_groups(setting.config.weights):
        return "there are no counterfactual pairs; objectives={'mmd': 1} learns from groups"
    return ""


def _build(setting: Setting, vehicle: str) -> Candidate:
    tuned, times = _tuned(setting, vehicle)
    return written_twice(
        load_model((tuned.model, tuned.tokenizer), device=setting.config.device),
        partial(save, tuned),
        trainable_parameters=tuned.trainable_parameters,
        story=_story(tuned, times),
        earlier_seconds=tuned.earlier_seconds,
        unchanged=tuned.best_step == 0,
    )


def _tuned(setting: Setting, vehicle: str) -> tuple[FineTuned, int]:
    """Return the fairest of some runs, and how many times as fast as usual it learnt.

    What is usual may be too slow for a model that one does not know, and may freeze the layers that
    are at fault. As long as the lesson is not learnt, the next run learns faster, freezes nothing
    and weighs the pairs more, unless one of these was given.
    """
    config = setting.config
    last = best = _run(setting, run_config(config, vehicle))
    times, earlier = 1, best.earlier_seconds
    for faster in () if config.learning_rate else _FASTER:
        if is_learnt(last, setting.outcomes):
            break
        try:
            last = _run(setting, run_config(config, vehicle, faster))
        except MitigationError:  # such as a loss that is no number
            break
        earlier += last.earlier_seconds
        if last.best.unfairness < best.best.unfairness:
            best, times = last, faster
    return replace(best, earlier_seconds=earlier), times


def _run(setting: Setting, config: MitigationConfig) -> FineTuned:
    material = setting.material
    return fine_tune(
        setting.folder,
        rows_train=material.rows["train"],
        rows_validation=material.rows["validation"],
        pairs_train=[(p.original, p.variant) for p in material.pairs["train"]],
        pairs_validation=[(p.original, p.variant) for p in material.pairs["validation"]],
        config=config,
    )


def is_learnt(tuned: FineTuned, outcomes: Sequence[Outcome]) -> bool:
    """Whether pairs keep within the limits of the failing checks, with room to spare.

    Few validation terms say little of others, so that no flip among them is not enough: scores,
    too, must have come together.
    """
    decisions, scores = tuned.best.unfairness
    within = all(
        (scores if outcome.tolerance.name in _OF_SCORES else decisions) <= outcome.tolerance.value
        for outcome in outcomes
        if outcome.source and not outcome.passed
    )
    return within and scores <= _LEFT * tuned.before.unfairness[1]


def run_config(config: MitigationConfig, vehicle: str, times: int = 1) -> MitigationConfig:
    """Return the settings of one run: each has a folder of its own for what it keeps."""
    name = vehicle if times == 1 else f"{vehicle}-{times}-times"
    folder = config.checkpoints and str(Path(config.checkpoints) / name)
    one = replace(config, method=vehicle, checkpoints=folder)
    if times == 1:
        return one
    thawed = 0 if config.freeze_layers is None else config.freeze_layers
    return replace(one, learning_rate=times * one.rate, freeze_layers=thawed).firmer(_FIRMER)


def _story(tuned: FineTuned, times: int) -> str:
    steps = steps_told(tuned.history[-1].step, tuned.best_step)
    return steps if times == 1 else f"{steps}, at {times} times the usual learning rate"
