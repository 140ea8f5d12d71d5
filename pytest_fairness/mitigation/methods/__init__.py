"""The ways to repair a model, by name and from cheap to dear."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_fairness.mitigation.config import AUTO, METHODS as NAMES, VEHICLES, MitigationConfig
from pytest_fairness.mitigation.methods.averaging import AVERAGING
from pytest_fairness.mitigation.methods.base import Candidate, Method, Setting
from pytest_fairness.mitigation.methods.erased import ERASURE
from pytest_fairness.mitigation.methods.last_layer import LAST_LAYER
from pytest_fairness.mitigation.methods.thresholds import THRESHOLDS
from pytest_fairness.mitigation.methods.trained import trained

METHODS: Mapping[str, Method] = MappingProxyType(
    {m.name: m for m in (THRESHOLDS, LAST_LAYER, AVERAGING, ERASURE, *map(trained, VEHICLES))}
)
AUTO_ORDER = ("thresholds", "last_layer", "averaging", "lora", "erasure", "full")

__all__ = ["AUTO_ORDER", "METHODS", "NAMES", "Candidate", "Method", "Setting", "methods_of"]


def methods_of(config: MitigationConfig) -> tuple[Method, ...]:
    """Return what is tried, in order."""
    names = AUTO_ORDER if config.method == AUTO else (config.method,)
    return tuple(METHODS[name] for name in names)
