"""Counterfactual averaging: a classifier answers with the mean over a text and its variants."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fairness.mitigation.unseen import UnseenWords
from pytest_fairness.models import Model
from pytest_fairness.models.base import Labels, Scores, best_labels, log_scores
from pytest_fairness.outcome import ModelInfo
from pytest_fairness.perturb import swap_variants
from pytest_fairness.perturb.building import varied

WRAPPER = "counterfactual_average"


class CounterfactualAverage:
    """A classifier that answers for all groups at once.

    Every text is scored together with its valid counterfactual variants, and the answer is the
    mean of their probabilities. Two texts that have each other and the same others as variants get
    the same answer; a word that the attribute does not know changes nothing. The cost is one more
    forward pass for each variant.

    Parameters
    ----------
    model : Model
        A classifier.
    attributes : sequence of Attribute
        What must not matter.
    unknown : collection of str
        Words that are treated as if no attribute knew them: so it is seen how the average does on
        terms that nobody listed.

    References
    ----------
    Garg, Perot, Limtiaco, Taly, Chi and Beutel (2019), "Counterfactual fairness in text
    classification through robustness", which compares it with blindness.

    Examples
    --------
    >>> from pytest_fairness import load_attribute, load_model
    >>> biased = load_model(lambda texts: [0.9 if text.startswith("He") else 0.3 for text in texts])
    >>> fair = CounterfactualAverage(biased, [load_attribute("gender")])
    >>> fair(["He works here.", "She works here."])[:, 1].round(2).tolist()
    [0.6, 0.6]
    """

    def __init__(
        self, model: Model, attributes: Sequence[Any], *, unknown: Collection[str] = ()
    ) -> None:
        self._model = model
        self._attributes = tuple(attributes)
        self._unknown = sorted({word.casefold() for word in unknown})
        self._lacks = UnseenWords(self._unknown, self._attributes)

    def __repr__(self) -> str:
        names = ", ".join(attribute.name for attribute in self._attributes)
        return f"<CounterfactualAverage of {self._model!r} over {names}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns of the scores."""
        return self._model.labels

    @property
    def gives_scores(self) -> bool:
        """Whether there are scores beside labels; there always are."""
        return True

    @property
    def info(self) -> ModelInfo:
        """Which model this is; its fingerprint says over what it is averaged."""
        inner = self._model.info
        over = [attribute.to_dict() for attribute in self._attributes]
        described = json.dumps([over, self._unknown], sort_keys=True, ensure_ascii=False)
        mark = hashlib.blake2b(described.encode(), digest_size=4).hexdigest()
        return replace(inner, fingerprint=f"{inner.fingerprint}-averaged-{mark}")

    def predict(self, texts: Iterable[str]) -> Labels:
        """Return the label of each text, the one with the highest mean score."""
        return best_labels(self.predict_proba(texts), self.labels)

    def predict_proba(self, texts: Iterable[str]) -> Scores:
        """Return mean scores of shape (n_texts, n_labels)."""
        families = [self._family(text) for text in texts]
        distinct = list(dict.fromkeys(text for family in families for text in family))
        scores = dict(zip(distinct, self._model.predict_proba(distinct), strict=True))
        rows = [np.mean([scores[text] for text in family], axis=0) for family in families]
        return np.asarray(rows).reshape(len(rows), len(self.labels))

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return the logarithms of the mean scores."""
        return log_scores(self.predict_proba(texts))

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def forget(self) -> None:
        """Drop the remembered answers."""
        self._model.forget()

    def close(self) -> None:
        """Free the model inside."""
        self._model.close()

    def _family(self, text: str) -> list[str]:
        """Return a text and its valid variants, each once, in an order that all of them share."""
        variants = {text}
        for attribute in self._attributes:
            for member in sorted(variants):
                variants |= self._variants(member, attribute)
        return sorted(variants)

    def _variants(self, text: str, attribute: Any) -> set[str]:
        if self._lacks.are_in(text):
            return set()
        found = {swap.text for swap in swap_variants(text, attribute) if swap.valid}
        return {variant for variant in found if not self._lacks.are_in(variant)}


def wrap(model: Model, content: Mapping[str, Any]) -> CounterfactualAverage:
    """Put the wrapper on that a folder's file describes."""
    attributes = [varied(a["vary"], a["language"]) for a in content["attributes"]]
    return CounterfactualAverage(model, attributes, unknown=content.get("unknown", ()))
