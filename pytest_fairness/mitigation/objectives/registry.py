"""Every objective by its name; the modules are imported when one is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import MappingProxyType

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.objectives.base import Objective

_PACKAGE = "pytest_fairness.mitigation.objectives"

# Name: where its class is.
OBJECTIVES: Mapping[str, str] = MappingProxyType(
    {
        "task": "task.Task",
        "consistency": "consistency.Consistency",
        "consistency_kl": "consistency.SymmetricDivergence",
        "retention": "task.Retention",
        "group_dro": "group_dro.GroupDRO",
        "fair_batch": "fair_batch.FairBatch",
        "jtt": "jtt.JustTrainTwice",
        "adversarial": "adversarial.Adversarial",
        "adversarial_eo": "adversarial.AdversarialEO",
        "mmd": "mmd.MMD",
        "correlation": "correlation.Correlation",
        "correlation_eo": "correlation.CorrelationEO",
        "contrastive": "contrastive.Contrastive",
        "ewc": "ewc.ElasticWeights",
    }
)


def create_objectives(names: Iterable[str]) -> list[Objective]:
    """Return an objective of each name.

    Raises
    ------
    ArgumentError
        If there is none of a name.
    """
    return [_class_of(name)() for name in names]


def _class_of(name: str) -> type[Objective]:
    if name not in OBJECTIVES:
        raise ArgumentError(f"objective {name!r} must be one of {', '.join(sorted(OBJECTIVES))}.")
    module, _, kind = OBJECTIVES[name].partition(".")
    found: type[Objective] = getattr(import_module(f"{_PACKAGE}.{module}"), kind)
    return found


def compares_groups(weights: Mapping[str, float]) -> bool:
    """Return whether some loss that counts needs the groups of rows."""
    names = [name for name, weight in weights.items() if weight]
    return any("groups" in objective.needs for objective in create_objectives(names))
