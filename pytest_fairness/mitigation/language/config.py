"""What a repair of a language model or an embedder is set to, beside the general settings."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pytest_fairness.errors import ArgumentError, ArgumentTypeError

OBJECTIVES = ("likelihood", "preference")
SCORED = ("text", "changed")
POOLINGS = ("mean", "cls")


@dataclass(frozen=True)
class LanguageConfig:
    r"""How the two sides of counterfactual pairs are made alike in a language model or embedder.

    The training loss of a language model is

    .. math:: L_{fair} + \mu KL(p_{before} \| p)

    where the divergence is taken on ordinary texts, and :math:`L_{fair}` is one of

    * ``"likelihood"``: the mean squared difference, in nats, of the log-likelihoods of the two
      sides of a pair. 0 for a model that finds both as likely.
    * ``"preference"``: direct preference optimisation. Of each pair :math:`y_2` is to be preferred,
      the text that was less likely before:
      :math:`-\log \sigma(\beta [\log \frac{p(y_2)}{p_{before}(y_2)} - \log
      \frac{p(y_1)}{p_{before}(y_1)}])`. It has no end by itself; the run keeps the state whose
      difference of likelihoods on validation pairs is smallest, where neither text is preferred.

    That of an embedder is the mean cosine distance between the two vectors of a pair, and
    :math:`\mu` times the mean cosine distance of ordinary texts, and of the midpoints of pairs,
    from where they were.

    Parameters
    ----------
    objective : {"likelihood", "preference"}
    scored : {"text", "changed"}
        Which tokens of a pair count in training: all, as in the check, or those that differ. Those
        of a masked model are then masked together, as a gap to be filled, which costs one reading a
        text in place of one a word. Likelihoods of whole texts are divided as the
        failing check divides them.
    retention_weight : float, at least 0
        :math:`\mu`.
    beta : float, greater than 0
        Strength of the preference.
    kept_tokens : int
        Of the model before the repair, the probabilities of so many likeliest tokens are kept at
        each place of the ordinary texts, and the sum of all others as one. The divergence from
        them is never larger than that from the whole distribution, and equal to it if all are kept.
    max_perplexity_rise : float, greater than 0
        Margin of non-inferiority of language models: by what share the perplexity on ordinary texts
        may rise. In training, a state beyond half of it is never kept.
    maskings : int
        Readings of each ordinary text by a masked model, each with 15 % of its tokens masked.
    max_similarity_loss : float in (0, 1]
        Margin of non-inferiority of embedders: how far the cosine of an ordinary text's vector with
        the one before may lie below 1 on average. In training, half of it.
    pooling : {"mean", "cls"}, optional
        Of embedders; by default what sentence-transformers wrote beside the model, else the mean.
    prefix : str
        Of embedders: written before each text, such as ``"query: "`` for E5 models.

    Raises
    ------
    ArgumentError
        If a value lies outside its range.
    ArgumentTypeError
        If a value is of the wrong kind.

    References
    ----------
    Rafailov, Sharma, Mitchell, Ermon, Manning and Finn (2023), "Direct preference optimization".
    Shen, Han, Cohn, Baldwin and Frermann (2021) and He et al. (2022), "MABEL": vectors of
    counterfactuals pulled together.

    Examples
    --------
    >>> LanguageConfig(objective="preference", beta=0.2).beta
    0.2
    >>> LanguageConfig(beta=0)
    Traceback (most recent call last):
    ...
    pytest_fairness.errors.ArgumentError: beta=0 must be greater than 0 and finite: ...
    """

    objective: str = "likelihood"
    scored: str = "text"
    retention_weight: float = 3.0
    beta: float = 0.1
    kept_tokens: int = 128
    max_perplexity_rise: float = 0.05
    maskings: int = 2
    max_similarity_loss: float = 0.05
    pooling: str | None = None
    prefix: str = ""

    def __post_init__(self) -> None:
        for name, (choices, optional) in _CHOICES.items():
            _check_choice(name, getattr(self, name), choices, optional)
        for name in ("kept_tokens", "maskings"):
            _check_count(name, getattr(self, name))
        for name, (zero, meaning) in _REALS.items():
            _check_real(name, getattr(self, name), zero, meaning)
        if self.max_similarity_loss > 1:
            raise ArgumentError(
                f"max_similarity_loss={self.max_similarity_loss!r} must be at most 1: it is what "
                "the cosine with the vector before may lose."
            )
        if not isinstance(self.prefix, str):
            raise ArgumentTypeError(f"prefix={self.prefix!r} must be a text, put before each text.")


_CHOICES = {
    "objective": (OBJECTIVES, False),
    "scored": (SCORED, False),
    "pooling": (POOLINGS, True),
}
_REALS = {
    "retention_weight": (True, "it is the weight of staying with the model as it was"),
    "beta": (False, "it is the strength of the preference"),
    "max_perplexity_rise": (False, "it is the share by which the perplexity may rise"),
    "max_similarity_loss": (False, "it is what the cosine with the vector before may lose"),
}


def _check_choice(name: str, value: object, choices: tuple[str, ...], optional: bool) -> None:
    if value not in choices and not (optional and value is None):
        none = ", or None" if optional else ""
        raise ArgumentError(f"{name}={value!r} must be one of {', '.join(choices)}{none}.")


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentTypeError(f"{name}={value!r} must be a whole number, at least 1.")
    if value < 1:
        raise ArgumentError(f"{name}={value!r} must be at least 1.")


def _check_real(name: str, value: object, zero: bool, meaning: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentTypeError(f"{name}={value!r} must be a number: {meaning}.")
    if value < 0 or (value == 0 and not zero) or not math.isfinite(value):
        least = "at least 0" if zero else "greater than 0"
        raise ArgumentError(f"{name}={value!r} must be {least} and finite: {meaning}.")
