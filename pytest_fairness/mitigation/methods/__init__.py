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


def methods_of(config: MitigationConfig, own: Mapping[str, Method] = METHODS) -> tuple[Method, ...]:
    """Return what is tried, in order.

    Parameters
    ----------
    config : MitigationConfig
    own : mapping of str to Method
        What fits the kind of model; other methods are passed over, with a reason.
    """
    names = AUTO_ORDER if config.method == AUTO else (config.method,)
    return tuple(own.get(name) or _foreign(name, own) for name in names)


def _foreign(name: str, own: Mapping[str, Method]) -> Method:
    """Return a method that says why it is not tried."""
    reason = (
        f"it is for classifiers; this model takes {', '.join(n for n in AUTO_ORDER if n in own)}"
    )
    return Method(name, METHODS[name].build, lambda setting: reason)
