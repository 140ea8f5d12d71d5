"""Self-debias: a model writes against what it would write if it were asked to be unfair."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.mitigation.prompts.instructions import unwanted_descriptions
from pytest_fairness.models import choices, generation, load_model, steering
from pytest_fairness.models.causal import CausalLM
from pytest_fairness.models.likelihoods import LogLikelihoods, Normalise, pair_up
from pytest_fairness.outcome import ModelInfo

_MOST_SAFE = 1e4


def suppress(own: Any, unwanted: Sequence[Any], decay: float) -> Any:
    r"""Return logits in which tokens that a description makes likelier are suppressed.

    .. math:: \tilde p(w) \propto \alpha(\Delta(w)) \, p(w), \quad
              \Delta(w) = \min_y \, p(w) - p_y(w), \quad
              \alpha(\Delta) = 1 \text{ if } \Delta \ge 0 \text{ else } e^{\lambda \Delta}

    where :math:`p_y` is the model's distribution after description y.

    Parameters
    ----------
    own : torch.Tensor of shape (n_rows, n_tokens)
        Logits of the prompt as it is.
    unwanted : sequence of torch.Tensor
        Logits after each description, of the same shape.
    decay : float
        :math:`\lambda`; 0 changes nothing.
    """
    logits = own.float()
    highest = unwanted[0].float().softmax(-1)
    for other in unwanted[1:]:
        highest = highest.maximum(other.float().softmax(-1))
    return logits + decay * (logits.softmax(-1) - highest).clamp(max=0)


@dataclass(frozen=True)
class Perplexity:
    """What decoding against a description costs on ordinary text.

    Attributes
    ----------
    before, after : float
        Perplexity per token of the model as it is, and debiased; the lower the better.
    tokens : int
        How many were scored.
    """

    before: float
    after: float
    tokens: int

    @property
    def ratio(self) -> float:
        """How many times higher it became; 1 is no cost."""
        return self.after / self.before


class SelfDebiased:
    r"""A causal language model that avoids what it connects with descriptions of unfair text.

    At each token, the model also reads the prompt after each description. A token that a
    description makes likelier, by :math:`-\Delta`, has its probability multiplied by
    :math:`e^{\lambda \Delta}`; the others keep theirs, before all are normalised. No weight
    changes, and no list of words is needed. The noise of sampling is that of the wrapped model, so
    that both sides of a pair still meet the same chance.

    Parameters
    ----------
    model
        A causal language model, loaded or as `load_model` takes it.
    descriptions : str or sequence of str, optional
        Sentences that announce what is unwanted; each is put before the prompt, on a line of its
        own. By default `unwanted_descriptions`.
    decay : float, at least 0
        :math:`\lambda`: 10, 50 and 100 are the paper's values.
    language : {"en", "zh"}
        Of the built-in descriptions.

    Raises
    ------
    ModelError
        If the model is not a causal language model whose logits can be read.
    ArgumentError, ArgumentTypeError
        If an argument is off.

    Notes
    -----
    Each description costs as much as the prompt. Fluency pays too: see `perplexity`. A model that
    does not understand the descriptions, as small ones may not, is changed without being repaired.

    References
    ----------
    Schick, Udupa and Schütze (2021), "Self-diagnosis and self-debiasing: a proposal for reducing
    corpus-based bias in NLP", sections 4 and 4.1.
    """

    has_streams = True

    def __init__(
        self,
        model: Any,
        descriptions: str | Iterable[str] | None = None,
        *,
        decay: float = 50.0,
        language: str = "en",
    ) -> None:
        self.model = model if isinstance(model, CausalLM) else load_model(model)
        if not isinstance(self.model, CausalLM):
            raise ModelError(
                f"{self.model!r} is no causal language model whose logits can be read, which "
                "self-debias needs. Load a folder of one, or try Prompted(model, instruction)."
            )
        self.descriptions = _checked(unwanted_descriptions(language), descriptions)
        self.decay = _check_decay(decay)
        before = tuple(f"{text}\n" for text in self.descriptions)
        self._steering = steering.Steering(before, self._mix)

    def __repr__(self) -> str:
        return f"<SelfDebiased {self.model!r} with decay={self.decay:g}>"

    @property
    def info(self) -> ModelInfo:
        """Which model this is, with which descriptions; the fingerprint is that of all."""
        found = self.model.info
        parts = (found.fingerprint, repr(self.decay), *self.descriptions)
        whole = hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
        return replace(
            found,
            name=f"{found.name} + self-debias {whole[:6]}",
            path=None,
            kind=f"self-debiased {found.kind}",
            fingerprint=whole,
        )

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of the wrapped model."""
        return self.model.tokenizer

    @property
    def limit(self) -> int | None:
        """Tokens that the wrapped model reads."""
        return self.model.limit

    def generate(self, prompts: Iterable[str], **options: Any) -> list[list[str]]:
        """Write after each prompt; see `pytest_fairness.models.generation.generate`."""
        return generation.generate(self.model, prompts, steering=self._steering, **options)

    def log_likelihood(
        self, texts: Iterable[str], *, contexts: Iterable[str] | None = None
    ) -> LogLikelihoods:
        """Return the log-likelihood of each text under the debiased distribution.

        Texts that are too long for the model, with a description before them, are refused.
        """
        return steering.log_likelihood(self.model, pair_up(texts, contexts), self._steering)

    def choice_scores(
        self, prompts: Iterable[str], options: choices.Options, *, normalise: Normalise = None
    ) -> list[npt.NDArray[np.float64]]:
        """Return the log-likelihood of each option after its prompt, an array per prompt."""
        return choices.choice_scores(self, prompts, options, normalise=normalise)

    def choose(
        self, prompts: Iterable[str], options: choices.Options, *, normalise: Normalise = "byte"
    ) -> npt.NDArray[np.int64]:
        """Return the index of the most likely option of each prompt, the first of equals."""
        return choices.choose(self, prompts, options, normalise=normalise)

    def perplexity(self, texts: Iterable[str]) -> Perplexity:
        """Return what the repair costs on ordinary texts: perplexity before and after.

        Raises
        ------
        ArgumentError
            If no token can be scored.
        """
        listed = [text for _, text in pair_up(texts, None)]
        before, after = self.model.log_likelihood(listed), self.log_likelihood(listed)
        tokens = int(after.tokens.sum())
        if not tokens:
            raise ArgumentError("texts has no token to score. Give some sentences.")
        logs = [-float(found.total.sum()) / tokens for found in (before, after)]
        return Perplexity(math.exp(logs[0]), math.exp(logs[1]), tokens)

    def forget(self) -> None:
        """Drop the remembered answers of the wrapped model."""
        self.model.forget()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.model.close()

    def _mix(self, own: Any, unwanted: Sequence[Any]) -> Any:
        return suppress(own, unwanted, self.decay)


def _checked(built_in: tuple[str, ...], given: str | Iterable[str] | None) -> tuple[str, ...]:
    if given is None:
        return built_in
    found = (given,) if isinstance(given, str) else tuple(given)
    for text in found or (None,):
        if not isinstance(text, str) or not text.strip():
            raise ArgumentError(
                f"descriptions={given!r} must hold sentences that announce unwanted text, such as "
                f"{built_in[0]!r}. Leave it out for the built-in ones."
            )
    return tuple(dict.fromkeys(text.strip() for text in found))


def _check_decay(decay: float) -> float:
    expected = f"decay={decay!r} must be a number of 0 (changes nothing) or more; 50 is usual."
    if isinstance(decay, bool) or not isinstance(decay, (int, float)):
        raise ArgumentTypeError(expected)
    if not 0 <= decay <= _MOST_SAFE:
        raise ArgumentError(expected)
    return float(decay)
