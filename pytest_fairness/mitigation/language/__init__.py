"""Repair of language models and embedders: causal, masked, and encoders."""

from __future__ import annotations

from pytest_fairness.mitigation.language.config import LanguageConfig

__all__ = ["LanguageConfig"]
