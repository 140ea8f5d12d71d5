"""Repairing language models and embedders: ordinary texts in place of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.metrics.embeddings import cosine_distances
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.again import again_over, settings_of
from pytest_fairness.mitigation.caller import Caller
from pytest_fairness.mitigation.classes import ClassReport
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.language.judging import (
    KeptLanguage,
    kept_perplexity,
    kept_similarity,
)
from pytest_fairness.mitigation.language.material import gather, ordinary_texts
from pytest_fairness.mitigation.language.methods import METHODS
from pytest_fairness.mitigation.methods import Method, Setting
from pytest_fairness.mitigation.retention import Retained
from pytest_fairness.mitigation.skills import Skill
from pytest_fairness.mitigation.tasks import Material
from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Pair, Space

# Settings that only classifiers have; what they usually are is no choice that could be ignored.
_FOREIGN = (
    "objectives",
    "layer_decay",
    "augment",
    "hard_pairs",
    "max_accuracy_loss",
    "max_recall_loss",
    "gradient_checkpointing",
)


class _Language:
    """What language models and embedders have in common."""

    metric = ""
    methods: Mapping[str, Method] = METHODS

    def repairs(self, outcome: Outcome) -> bool:
        """Whether it is the check that such models are repaired against, over a space."""
        return bool(outcome.source) and outcome.metric == self.metric

    def carry(self, model: Any, outcome: Outcome, data: Rows | None) -> Outcome:
        """Return a failing check in the form in which it is run again, or refuse it."""
        settings_of(outcome)
        return outcome

    def foresee(self, setting: Setting, looks: int) -> None:
        """Refuse nothing: how much is lost on texts that have no answer hangs on the repair."""

    def recheck(
        self, model: Any, outcome: Outcome, pairs: Any, rows: Labelled, looks: int
    ) -> Outcome:
        """Run a check again on a space."""
        return again_over(model, outcome, pairs, looks)

    def check(
        self,
        model: Any,
        outcomes: Sequence[Outcome],
        data: Rows | None,
        config: MitigationConfig,
        caller: Caller,
    ) -> None:
        """Refuse a repair without ordinary texts, and settings that would be ignored."""
        usual = MitigationConfig()
        for name in _FOREIGN:
            if (value := getattr(config, name)) != getattr(usual, name):
                raise ArgumentError(
                    f"{name}={value!r} is for classifiers, and {model!r} is none. Leave it out; "
                    "MitigationConfig(language=LanguageConfig(...)) sets losses and margins here."
                )
        if processes.count() > 1:
            raise MitigationError(
                f"{model!r} is repaired by one process so far. Start it without accelerate launch."
            )
        ordinary_texts(data)

    def further(
        self, model: Any, retention: Mapping[str, Rows] | None, material: Material
    ) -> dict[str, Labelled]:
        """Refuse further rows: what is kept shows on ordinary texts."""
        if retention:
            raise ArgumentError(
                f"retention={{{', '.join(map(repr, retention))}: ...}} compares the answers of "
                f"classifiers, and {model!r} is none. Leave it out; add such texts to data=."
            )
        return {}

    def retained(self, setting: Setting, after: Any, looks: int) -> tuple[Retained, ...]:
        """Return none: there are no further rows."""
        return ()

    def retention(self, setting: Setting, after: Any, rows: Labelled) -> None:
        """Return None: there are no labels that could stay as they were."""

    def skills(self, setting: Setting, after: Any, rows: Labelled) -> tuple[Skill, ...]:
        """Return none beside what must be kept."""
        return ()

    def classes(self, setting: Setting, after: Any, rows: Labelled) -> tuple[ClassReport, ...]:
        """Return none: ordinary texts have no labels."""
        return ()

    def given_up(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> None:
        """Return none: ordinary texts are of no class."""


class LanguageModels(_Language):
    """How causal and masked language models are repaired: both sides of pairs as likely."""

    metric = "likelihood_difference"
    needs = "assert_likelihood_parity over counterfactuals(...)"

    def gather(
        self, model: Any, spaces: Sequence[Space], data: Rows | None, config: MitigationConfig
    ) -> Material:
        """Collect pairs and ordinary texts of each part."""
        return gather(spaces, ordinary_texts(data), config, "perplexity")

    def kept(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> KeptLanguage:
        """Compare the perplexity of ordinary texts before and after."""
        return kept_perplexity(
            setting.original,
            after,
            rows.texts,
            margin=setting.config.language.max_perplexity_rise,
            alpha=setting.config.alpha / looks,
        )

    def shift(self, model: Any, pairs: Sequence[Pair]) -> float:
        """Return the mean over pairs of the absolute difference of log-likelihood per byte."""
        first = model.log_likelihood([pair.original for pair in pairs]).per_byte
        second = model.log_likelihood([pair.variant for pair in pairs]).per_byte
        return float(np.abs(first - second).mean())


class Embedders(_Language):
    """How embedders are repaired: both sides of pairs in one place."""

    metric = "embedding_distance"
    needs = "assert_embedding_parity over counterfactuals(...)"

    def gather(
        self, model: Any, spaces: Sequence[Space], data: Rows | None, config: MitigationConfig
    ) -> Material:
        """Collect pairs and ordinary texts of each part; the model gets its pooling and prefix."""
        model.pooling = config.language.pooling or model.pooling
        model.prefix = config.language.prefix
        return gather(spaces, ordinary_texts(data), config, "similarity to before")

    def kept(self, setting: Setting, after: Any, rows: Labelled, looks: int) -> KeptLanguage:
        """Measure how far the vectors of ordinary texts moved."""
        return kept_similarity(
            setting.original.embed(rows.texts),
            after.embed(rows.texts),
            margin=setting.config.language.max_similarity_loss,
            alpha=setting.config.alpha / looks,
        )

    def shift(self, model: Any, pairs: Sequence[Pair]) -> float:
        """Return the mean cosine distance of the two sides of pairs."""
        first = model.embed([pair.original for pair in pairs])
        second = model.embed([pair.variant for pair in pairs])
        return float(cosine_distances(first, second).mean())


LANGUAGE_MODELS, EMBEDDERS = LanguageModels(), Embedders()
