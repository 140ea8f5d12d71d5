"""Repair of language models and embedders: causal, masked, and encoders."""

from __future__ import annotations

from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.language.front import Look
from pytest_fairness.mitigation.language.judging import Measured
from pytest_fairness.mitigation.language.repair import repair_embeddings, repair_likelihoods
from pytest_fairness.mitigation.language.result import LanguageRepair

__all__ = [
    "LanguageConfig",
    "LanguageRepair",
    "Look",
    "Measured",
    "repair_embeddings",
    "repair_likelihoods",
]
