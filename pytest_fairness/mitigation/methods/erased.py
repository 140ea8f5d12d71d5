"""Erasure as a method: the head can no longer read who a text speaks of."""

from __future__ import annotations

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.erasure import erase
from pytest_fairness.mitigation.methods.base import Candidate, Method, Setting, written_twice
from pytest_fairness.models import load_model


def _build(setting: Setting) -> Candidate:
    material, config = setting.material, setting.config
    erased = erase(
        str(setting.folder),
        [pair for pair in material.pairs["train"] if pair.groups[0] != pair.groups[1]],
        method="subspace",
        keep=list(material.rows["train"].texts),
        seed=config.seed,
        device=config.device,
    )
    report = erased.report
    return written_twice(
        load_model((erased.model, erased.tokenizer), device=config.device),
        processes.by_main(erased.save),
        trainable_parameters=0,
        story=f"{report.rank} of {report.width} dimensions erased before {report.place}",
    )


def _unfit(setting: Setting) -> str:
    return "" if setting.material.pairs["train"] else "there are no pairs to find a direction by"


ERASURE = Method("erasure", _build, _unfit)
