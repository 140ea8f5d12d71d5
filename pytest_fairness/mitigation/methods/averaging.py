"""Counterfactual averaging as a method: the model stays, its answers are averaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.averaging import WRAPPER, CounterfactualAverage
from pytest_fairness.mitigation.methods.base import Candidate, Method, Setting, loading_told
from pytest_fairness.models.wrapping import write_wrapper
from pytest_fairness.perturb.building import varied


def _build(setting: Setting) -> Candidate:
    attributes = _attributes(setting)
    unknown = setting.material.unseen_terms
    return Candidate(
        scorer=CounterfactualAverage(
            setting.original,
            [varied(a["vary"], a["language"]) for a in attributes],
            unknown=unknown,
        ),
        write=partial(_write, setting.folder, attributes, ()),
        write_judged=partial(_write, setting.folder, attributes, unknown),
        trainable_parameters=0,
        story=f"answers averaged over {len(attributes)} attribute(s); judged on terms it lacks",
        loading=loading_told("averages its answers"),
    )


def _attributes(setting: Setting) -> list[dict[str, Any]]:
    """Return what the failing spaces vary, each attribute once."""
    described = ({"vary": s.recipe["vary"], "language": s.language} for s in setting.spaces)
    distinct = {json.dumps(one, sort_keys=True): one for one in described}
    return list(distinct.values())


def _write(
    source: Path, attributes: Sequence[dict[str, Any]], unknown: Collection[str], folder: Path
) -> None:
    if not processes.is_main():
        return
    shutil.copytree(source, folder, dirs_exist_ok=True)
    content: dict[str, Any] = {"attributes": list(attributes)}
    if unknown:
        content["unknown"] = sorted(unknown)
    write_wrapper(folder, WRAPPER, content)


def _unfit(setting: Setting) -> str:
    return "" if setting.spaces else "no failing check says what to average over"


AVERAGING = Method("averaging", _build, _unfit)
