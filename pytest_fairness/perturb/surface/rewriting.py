"""Rewriting by a model that the user gives, checked for what a placebo must keep.

A model may drop a mention, add one, or turn a "not" round. Such a text is *ambiguous*, never valid:
it may speak of somebody else, or say something else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pytest_fairness.errors import ArgumentTypeError, ModelError
from pytest_fairness.perturb.lexicon import plain
from pytest_fairness.perturb.surface.change import (
    AMBIGUOUS,
    UNCHANGED,
    VALID,
    SurfaceChange,
    difference,
)
from pytest_fairness.perturb.surface.keeping import Keep, Wanted, keep_of
from pytest_fairness.perturb.surface.perturbation import Perturbation, check_text
from pytest_fairness.perturb.surface.slips import NEGATIONS

Rewriter = Callable[[list[str]], Sequence[str]]
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_CHINESE_NOT = re.compile(r"[不没無无非未别別否勿莫]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Rewrite(Perturbation):
    """A perturbation whose texts come from models, one after the other."""

    name: str
    language: str
    models: tuple[Rewriter, ...]
    keep: Keep

    def __call__(self, text: str, seed: int = 0) -> SurfaceChange:
        """Rewrite one text; the models decide, and the seed is only noted."""
        return self.all([text], seed)[0]

    def all(self, texts: Sequence[str], seed: int = 0) -> list[SurfaceChange]:
        """Rewrite several texts with one call of each model."""
        for text in texts:
            check_text(text)
        now = list(texts)
        for model in self.models:
            now = _asked(model, now)
        return [self._judged(old, new, seed) for old, new in zip(texts, now, strict=True)]

    def variants(self, text: str, n: int, seed: int = 0) -> list[SurfaceChange]:
        """Return the one variant that the models write, if it is valid."""
        change = self(text, seed)
        return [change] if n > 0 and change.valid else []

    def _judged(self, source: str, text: str, seed: int) -> SurfaceChange:
        if text == source:
            reason = "the model returned the text as it was"
            return SurfaceChange(source, source, UNCHANGED, (), reason, self.name, seed)
        reason = self._objection(source, text)
        if reason:
            return SurfaceChange(source, source, AMBIGUOUS, (), reason, self.name, seed)
        return SurfaceChange(source, text, VALID, difference(source, text), "", self.name, seed)

    def _objection(self, source: str, text: str) -> str:
        if not text.strip():
            return "the model returned no text"
        lost, new = _compared(self._mentions(source), self._mentions(text))
        if lost or new:
            return f"{self.name} lost {lost[0]!r}" if lost else f"{self.name} added {new[0]!r}"
        if _negations(source) != _negations(text):
            return "the rewriting has more or fewer negations"
        if Counter(_NUMBER.findall(source)) != Counter(_NUMBER.findall(text)):
            return "the rewriting has other numbers"
        return ""

    def _mentions(self, text: str) -> Counter[str]:
        return Counter(map(plain, self.keep.read(text).words))


def _compared(old: Counter[str], new: Counter[str]) -> tuple[list[str], list[str]]:
    return list((old - new).elements()), list((new - old).elements())


def _negations(text: str) -> int:
    words = _WORD.findall(plain(text))
    english = [word for word in words if word in NEGATIONS or word.endswith("n't")]
    return len(english) + len(_CHINESE_NOT.findall(text))


def _asked(model: Rewriter, texts: list[str]) -> list[str]:
    found = model(list(texts))
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise ModelError(
            f"The model returned {found!r:.80} for {len(texts)} texts. "
            "It must return one string for each text, in order."
        )
    answers = list(found)
    if len(answers) != len(texts) or not all(isinstance(a, str) for a in answers):
        raise ModelError(
            f"The model returned {len(answers)} texts for {len(texts)} texts, such as "
            f"{answers[:1]!r}. It must return one string for each text, in order."
        )
    return answers


def paraphrase(model: Rewriter, *, keep: Wanted = None, language: str = "en") -> Rewrite:
    """Return a perturbation that lets a model say the same in other words.

    Parameters
    ----------
    model : callable
        From a list of texts to a list of as many texts. For a folder of a Hugging Face model, give
        ``load_rewriter(folder)``.
    keep : str, Attribute, Combination or list of these, optional
        What must still be said, as often as before: if a mention is lost or added, the result is
        ambiguous.
    language : str
        Language of the texts.

    Examples
    --------
    >>> from pytest_fairness import paraphrase
    >>> polite = paraphrase(lambda texts: [f"Well, {t}" for t in texts])
    >>> polite("we won.").text
    'Well, we won.'
    >>> neutral = paraphrase(lambda texts: ["They won."], keep="gender")
    >>> neutral("She won.").reason
    "paraphrase lost 'she'"
    """
    return _rewrite("paraphrase", (model,), keep, language)


def back_translation(
    to: Rewriter, back: Rewriter, *, keep: Wanted = None, language: str = "en"
) -> Rewrite:
    """Return a perturbation that translates a text into another language, and back.

    Parameters
    ----------
    to, back : callable
        From a list of texts to a list of as many texts: the way there, and the way back.
    keep, language
        As in `paraphrase`.
    """
    return _rewrite("back_translation", (to, back), keep, language)


def _rewrite(name: str, models: tuple[Rewriter, ...], keep: Wanted, language: str) -> Rewrite:
    for model in models:
        if not callable(model):
            raise ArgumentTypeError(
                f"{name} got {model!r}; expected a function from a list of texts to a list of "
                "texts. For a model's folder, give load_rewriter(folder)."
            )
    return Rewrite(name, language, models, keep_of(keep, language))
