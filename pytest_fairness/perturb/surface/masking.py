"""Synonyms from a masked language model, as it fills the place of one word."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.perturb.articles import indefinite
from pytest_fairness.perturb.changes import as_written
from pytest_fairness.perturb.surface.keeping import Wanted, keep_of
from pytest_fairness.perturb.surface.perturbation import Found, Kind, Site, Surface
from pytest_fairness.perturb.surface.slips import NEGATIONS
from pytest_fairness.perturb.surface.spelling import may_be_name
from pytest_fairness.perturb.surface.tables import words_of

FillMask = Callable[[str], Sequence[Mapping[str, Any]]]
_WORD = re.compile(r"(?<![\w'’@#/.-])[a-z]{4,}(?![\w@/'’-]|\.\w)", re.IGNORECASE)
_ARTICLE = re.compile(r"\ban?\s+$", re.IGNORECASE)
_ENDINGS = ("ing", "ed", "ly", "est", "er", "ies", "s")
_CLOSED = NEGATIONS | frozenset(
    words_of(
        "this that these those they them their theirs there then than with from into onto upon "
        "over under about above below after before until while when where what which whose whom "
        "does done have been were will would could should must might shall very more most less "
        "least some many much each every other another such same only also just even ever still "
        "because although"
    )
)


def masked_synonyms(
    fill: FillMask,
    *,
    keep: Wanted = None,
    mask: str | None = None,
    least: float = 0.1,
    strength: float = 0.1,
    language: str = "en",
) -> Surface:
    """Return a perturbation that puts a masked language model's words in place of others.

    A candidate counts if it has at least `least`, the shape of the word (its ending, such
    as -ing or -s, and its case), and is neither a negation nor a word of grammar. The model knows
    what fits, not what means the same: keep `least` high, and look at the variants.

    Parameters
    ----------
    fill : callable
        A transformers pipeline ``"fill-mask"``, or a function that takes a text with one mask and
        returns mappings with ``"token_str"`` and ``"score"``.
    keep : str, Attribute, Combination or list of these, optional
        Words to leave alone; candidates that name a group of the attribute are refused.
    mask : str, optional
        The mask's letters; by default those of the pipeline's tokenizer.
    least : float in (0, 1)
        Smallest probability of a candidate.
    strength : float in (0, 1]
        Share of the words to change, at least one.
    language : str
        Language of the texts: so far English.

    Examples
    --------
    >>> from pytest_fairness import masked_synonyms
    >>> def fill(text):
    ...     return [{"token_str": "great", "score": 0.6}, {"token_str": "never", "score": 0.3}]
    >>> masked_synonyms(fill, mask="[MASK]")("A fine day.").text
    'A great day.'
    """
    if not callable(fill):
        raise ArgumentTypeError(f"fill={fill!r} must be a function or a pipeline.")
    if language != "en":
        raise ArgumentError(f"language={language!r}: masked synonyms know words in 'en' only.")
    for name, value in (("least", least), ("strength", strength)):
        if not 0 < value <= 1:
            raise ArgumentError(f"{name}={value!r} must lie in (0, 1].")
    filler = _Filler(fill, mask or _mask_of(fill), least)
    nothing = "no word of four letters or more that may change"
    kind = Kind("masked_synonyms", language, _words, nothing, filler.write, strength)
    return Surface(kind, keep_of(keep, language), strength)


def _mask_of(fill: object) -> str:
    token = getattr(getattr(fill, "tokenizer", None), "mask_token", None)
    if not isinstance(token, str):
        raise ArgumentError(
            "mask=None, and the model names no mask token. Give the text that it takes for a "
            "masked word, such as mask='[MASK]'."
        )
    return token


def _words(text: str) -> Found:
    matches = (m for m in _WORD.finditer(text) if m.group().lower() not in _CLOSED)
    spans = [m.span() for m in matches if not may_be_name(text, m.start(), m.group())]
    return Found([Site(*span) for span in spans])


class _Filler:
    """A fill-mask model, with what makes a candidate acceptable."""

    def __init__(self, fill: FillMask, mask: str, least: float) -> None:
        self.fill, self.mask, self.least = fill, mask, least

    def write(self, text: str, site: Site, rng: random.Random) -> str | None:
        """Draw an acceptable candidate for the word at a site."""
        word = text[site.start : site.end]
        masked = text[: site.start] + self.mask + text[site.end :]
        candidates = [c for c in self._likely(masked) if acceptable(word, c)]
        if _ARTICLE.search(text, max(0, site.start - 5), site.start):
            candidates = [c for c in candidates if indefinite(c) == indefinite(word)]
        if not candidates:
            return None
        return as_written(word, word.lower(), rng.choice(candidates), opens=False)

    def _likely(self, masked: str) -> list[str]:
        try:
            rows = [(str(r["token_str"]).strip(), float(r["score"])) for r in self.fill(masked)]
        except (KeyError, TypeError, ValueError) as err:
            raise ModelError(
                "fill must return mappings with 'token_str' and 'score' for a text with one "
                f"mask, such as {masked!r}."
            ) from err
        return [word for word, score in rows if score >= self.least]


def acceptable(word: str, candidate: str) -> bool:
    """Whether a candidate has the shape of a word, and is no word of grammar."""
    old, new = word.lower(), candidate.lower()
    if new == old or not re.fullmatch(r"[a-z]{3,}", candidate) or new in _CLOSED:
        return False
    return _ending(old) == _ending(new) and not _negates(old, new)


def _ending(word: str) -> str:
    return next((e for e in _ENDINGS if word.endswith(e) and not word.endswith("ss")), "")


def _negates(old: str, new: str) -> bool:
    """Whether one word is the other with a prefix or suffix that turns it round."""
    heads = ("un", "in", "im", "ir", "il", "dis", "non", "mis", "de", "anti")
    pairs = ((old, new), (new, old))
    turned = any(a == head + b for a, b in pairs for head in heads)
    return turned or old.endswith("less") != new.endswith("less")
