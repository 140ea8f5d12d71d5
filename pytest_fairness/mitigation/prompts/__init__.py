"""Repair without training, for models that are spoken to: prompts, examples, decoding."""

from __future__ import annotations

from pytest_fairness.mitigation.prompts.debiased import Perplexity, SelfDebiased
from pytest_fairness.mitigation.prompts.demonstrations import (
    balanced_demonstrations,
    demonstrations_from,
)
from pytest_fairness.mitigation.prompts.instructions import (
    fair_instructions,
    unwanted_descriptions,
)
from pytest_fairness.mitigation.prompts.measuring import Measured, on_decisions, on_writing
from pytest_fairness.mitigation.prompts.prompt import Demonstration, Prompt
from pytest_fairness.mitigation.prompts.prompted import Prompted
from pytest_fairness.mitigation.prompts.search import search_prompt
from pytest_fairness.mitigation.prompts.trials import PromptSearch, Trial

__all__ = [
    "Demonstration",
    "Measured",
    "Perplexity",
    "Prompt",
    "PromptSearch",
    "Prompted",
    "SelfDebiased",
    "Trial",
    "balanced_demonstrations",
    "demonstrations_from",
    "fair_instructions",
    "on_decisions",
    "on_writing",
    "search_prompt",
    "unwanted_descriptions",
]
