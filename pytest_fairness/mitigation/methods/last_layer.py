"""Retraining the last layer as a method."""

from __future__ import annotations

from functools import partial

from pytest_fairness.mitigation.last_layer import retrain_last_layer
from pytest_fairness.mitigation.methods.base import Candidate, Method, Setting, written_twice
from pytest_fairness.mitigation.training import save
from pytest_fairness.models import load_model


def _build(setting: Setting) -> Candidate:
    material, config = setting.material, setting.config
    pairs = [(p.original, p.variant) for p in material.pairs["train"]]
    tuned = retrain_last_layer(
        setting.folder,
        material.rows["train"],
        pairs,
        config,
        checked=None if material.taught_by_average else material.rows["validation"],
        tolerance=_tolerance(setting),
    )
    return written_twice(
        load_model((tuned.model, tuned.tokenizer), device=config.device),
        partial(save, tuned),
        trainable_parameters=tuned.trainable_parameters,
        story="solved at once on what the layers below say",
    )


def _tolerance(setting: Setting) -> float | None:
    """Return the least distance that a check of single pairs allows, if there is one."""
    limits = [o.tolerance.value for o in setting.outcomes if o.tolerance.name == "tolerance"]
    return min(limits, default=None)


LAST_LAYER = Method("last_layer", _build)
