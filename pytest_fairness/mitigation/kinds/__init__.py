"""The kinds of models that can be repaired, and which of them a loaded model is."""

from __future__ import annotations

from typing import Any

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.kinds.base import Kind

__all__ = ["Kind", "kind_of"]

_LANGUAGE = ("causal language model", "masked language model")
_EMBEDDER = "embedder"


def kind_of(model: Any) -> Kind:
    """Return how a loaded model is repaired.

    Raises
    ------
    MitigationError
        If models of its kind are not.
    """
    from pytest_fairness.mitigation.kinds.classifiers import CLASSIFIERS
    from pytest_fairness.mitigation.language.kinds import EMBEDDERS, LANGUAGE_MODELS

    if hasattr(type(model), "predict_proba"):
        return CLASSIFIERS
    found = model.info.kind
    if found in _LANGUAGE:
        return LANGUAGE_MODELS
    if found == _EMBEDDER:
        return EMBEDDERS
    raise MitigationError(
        f"{model.info.name} is a {found}, and such models cannot be repaired here: classifiers, "
        "causal and masked language models and embedders can. Repair it where it is trained."
    )
