"""Fine-tuning as a method, one for each choice of the weights that move."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from pytest_fairness.mitigation.config import VEHICLES, MitigationConfig
from pytest_fairness.mitigation.methods.base import Candidate, Method, Setting, written_twice
from pytest_fairness.mitigation.objectives import compares_groups
from pytest_fairness.mitigation.training import FineTuned, fine_tune, save
from pytest_fairness.models import load_model

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
    material, config = setting.material, run_config(setting.config, vehicle)
    tuned = fine_tune(
        setting.folder,
        rows_train=material.rows["train"],
        rows_validation=material.rows["validation"],
        pairs_train=[(p.original, p.variant) for p in material.pairs["train"]],
        pairs_validation=[(p.original, p.variant) for p in material.pairs["validation"]],
        config=config,
    )
    return written_twice(
        load_model((tuned.model, tuned.tokenizer), device=config.device),
        partial(save, tuned),
        trainable_parameters=tuned.trainable_parameters,
        story=_story(tuned),
        earlier_seconds=tuned.earlier_seconds,
    )


def run_config(config: MitigationConfig, vehicle: str) -> MitigationConfig:
    """Return the settings of one run: each has a folder of its own for what it keeps."""
    folder = config.checkpoints and str(Path(config.checkpoints) / vehicle)
    return replace(config, method=vehicle, checkpoints=folder)


def _story(tuned: FineTuned) -> str:
    return f"{tuned.history[-1].step} steps; kept the state after step {tuned.best_step}"
