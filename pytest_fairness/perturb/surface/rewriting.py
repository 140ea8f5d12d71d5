"""Rewriting by a model of the user's: paraphrase, back-translation, masked words.

What comes out is held against what went in: a rewriting that lost a word of a kept attribute is
left out as ambiguous, since the model may have changed whom the text speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_fairness.attributes import Varied
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.changes import VALID, Change, apply
from pytest_fairness.perturb.surface.change import SurfaceChange, ambiguous, unchanged
from pytest_fairness.perturb.surface.keeping import Kept, all_kept, as_kept, is_free, kept_spans

Rewrite = Callable[[list[str]], Sequence[str]]
Keep = str | Varied | Iterable[str | Varied] | None

_WORD = re.compile(r"(?<![\w'’-])[a-z]{4,}(?![\w'’-])")
_NEGATION = frozenset(
    {"never", "none", "nothing", "nobody", "without", "hardly", "neither", "cannot"}
)


@dataclass(frozen=True)
class Rewriting:
    """A rewriting of whole texts by a function from texts to texts.

    Attributes
    ----------
    name : str
    rewrite : callable
        From a list of texts to as many.
    kept : tuple of Attribute or str
    """

    name: str
    rewrite: Rewrite
    kept: Kept = ()

    def __call__(self, text: str, *, seed: int = 0) -> SurfaceChange:
        """Return what becomes of one text; the seed is passed to nobody."""
        return self.all([text], seed=seed)[0]

    def all(self, texts: Sequence[str], *, seed: int = 0) -> list[SurfaceChange]:
        """Return what becomes of many texts, in one call of the model."""
        written = list(self.rewrite(list(texts)))
        if len(written) != len(texts):
            raise ArgumentError(
                f"{self.name} returned {len(written)} texts for {len(texts)}. Return one for each, "
                "in order."
            )
        pairs = zip(texts, written, strict=True)
        return [self._judged(text, new.strip(), seed) for text, new in pairs]

    def _judged(self, text: str, new: str, seed: int) -> SurfaceChange:
        if not new or new == text:
            return unchanged(text, f"{self.name} gave the text back", self.name, seed)
        lost = all_kept(text, new, self.kept)
        if lost:
            return ambiguous(text, f"{self.name} lost {lost!r}", self.name, seed)
        return SurfaceChange(text, new, VALID, (), "", self.name, seed)


def paraphrase(rewrite: Any, *, keep: Keep = None, language: str = "en") -> Rewriting:
    """Return paraphrase by a model.

    Parameters
    ----------
    rewrite : callable
        From a list of texts to a list of texts, such as what `load_rewriter` returns.
    keep : str, Attribute, Combination or list of these, optional
        A rewriting that loses a mention of them is ambiguous.
    language : str

    Examples
    --------
    >>> from pytest_fairness import paraphrase
    >>> reword = paraphrase(lambda texts: [t.replace("Sadly", "Alas") for t in texts])
    >>> reword("Sadly, she left.").text
    'Alas, she left.'
    >>> paraphrase(lambda texts: ["He left."], keep="gender")("She left.").reason
    "paraphrase lost 'she'"
    """
    return Rewriting("paraphrase", _checked(rewrite), as_kept(keep, language))


def back_translation(to: Any, back: Any, *, keep: Keep = None, language: str = "en") -> Rewriting:
    """Return back-translation by two models, into another language and back.

    Translation adds gender where a language must say it (Stanovsky et al. 2019): give ``keep`` the
    attributes that a text may mention.

    Parameters
    ----------
    to, back : callable
        From a list of texts to a list of texts, such as what `load_rewriter` returns.
    keep : str, Attribute, Combination or list of these, optional
    language : str
    """
    there, here = _checked(to), _checked(back)

    def both(texts: list[str]) -> Sequence[str]:
        return here(list(there(texts)))

    return Rewriting("back_translation", both, as_kept(keep, language))


def _checked(rewrite: Any) -> Rewrite:
    if not callable(rewrite):
        raise ArgumentTypeError(
            f"{rewrite!r} must be a function from a list of texts to a list of texts. For a folder "
            "of a sequence-to-sequence model, give load_rewriter(folder)."
        )
    return rewrite  # type: ignore[no-any-return]


@dataclass(frozen=True)
class MaskedSynonyms:
    """Words replaced by what a masked language model expects in their place.

    Attributes
    ----------
    fill : callable
        A fill-mask pipeline: from a text with the mask to a list of mappings with ``token_str``
        and ``score``.
    mask : str
    kept : tuple of Attribute or str
    least : float
        Smallest probability of a word that may come.
    name : str
    """

    fill: Callable[[str], Sequence[Mapping[str, Any]]]
    mask: str
    kept: Kept = ()
    least: float = 0.1
    name: str = "masked_synonym"

    def __call__(self, text: str, *, seed: int = 0) -> SurfaceChange:
        """Replace one word, which the seed draws."""
        import random

        spans = kept_spans(text, self.kept)
        places = [w for w in _WORD.finditer(text) if self._may_change(w, spans)]
        random.Random(seed).shuffle(places)
        for place in places:
            word = self._best(text, place)
            if word:
                change = Change(*place.span(), place.group(), word)
                changed = apply(text, [change])
                return SurfaceChange(text, changed, VALID, (change,), "", self.name, seed)
        return unchanged(text, f"nothing to change by {self.name}", self.name, seed)

    def _may_change(self, word: re.Match[str], spans: Sequence[tuple[int, int]]) -> bool:
        return word.group() not in _NEGATION and is_free(word.span(), spans)

    def _best(self, text: str, place: re.Match[str]) -> str:
        masked = text[: place.start()] + self.mask + text[place.end() :]
        for answer in self.fill(masked):
            word = str(answer["token_str"]).strip()
            likely = float(answer["score"]) >= self.least
            if likely and self._fits(word, place.group()):
                return word
        return ""

    def _fits(self, word: str, original: str) -> bool:
        """Whether a word may stand for another: a whole one, of the same ending, and not kept."""
        if not _WORD.fullmatch(word) or word == original or word in _NEGATION:
            return False
        ending = next((e for e in ("ing", "ed", "ly", "s") if original.endswith(e)), "")
        return word.endswith(ending) and not kept_spans(word, self.kept)


def masked_synonyms(
    fill: Any,
    *,
    mask: str | None = None,
    keep: Keep = None,
    least: float = 0.1,
    language: str = "en",
) -> MaskedSynonyms:
    """Return synonym replacement by a masked language model.

    A likely word need not be a synonym: look at what comes before you trust it.

    Parameters
    ----------
    fill : callable
        A ``fill-mask`` pipeline of transformers, or any function like it.
    mask : str, optional
        The mask; that of the pipeline's tokenizer by default.
    keep : str, Attribute, Combination or list of these, optional
        Words that neither change nor come.
    least : float in (0, 1]
        Smallest probability of a word that may come.
    language : str

    Examples
    --------
    >>> from pytest_fairness import masked_synonyms
    >>> def fill(text):
    ...     return [{"token_str": "fixed", "score": 0.6}]
    >>> masked_synonyms(fill, mask="[MASK]")("Ann repaired it.").text
    'Ann fixed it.'
    """
    if not 0 < least <= 1:
        raise ArgumentError(f"least={least!r} must lie in (0, 1]: it is a probability.")
    found = mask or getattr(getattr(fill, "tokenizer", None), "mask_token", None)
    if not found:
        raise ArgumentError(
            "mask=None, and the model names no mask token. Give the text that it takes for a "
            "masked word, such as mask='[MASK]'."
        )
    return MaskedSynonyms(fill, str(found), as_kept(keep, language), least)
