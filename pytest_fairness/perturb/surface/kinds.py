"""Which surface perturbations there are: one table, and the function that makes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pytest_fairness.attributes import Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.surface import characters, chinese, numerals, wording
from pytest_fairness.perturb.surface.keeping import as_kept
from pytest_fairness.perturb.surface.perturbation import Candidates, Surface


class Kind(NamedTuple):
    """Edits that a text admits, and how many of them are made; None makes all."""

    candidates: Candidates
    edits: int | None = None


_ENGLISH = {
    "typo": Kind(characters.typos, 1),
    "ocr": Kind(characters.misread, 1),
    "lowercase": Kind(characters.lowercase),
    "uppercase": Kind(characters.uppercase),
    "titlecase": Kind(characters.titlecase),
    "drop_punctuation": Kind(characters.without_marks),
    "repeat_punctuation": Kind(characters.doubled_end),
    "extra_space": Kind(characters.more_space, 1),
    "missing_space": Kind(characters.less_space, 1),
    "strip_accents": Kind(characters.without_accents),
    "expand": Kind(wording.expanded),
    "contract": Kind(wording.contracted),
    "british": Kind(wording.british),
    "american": Kind(wording.american),
    "synonym": Kind(wording.synonyms, 1),
    "number_words": Kind(numerals.figures_to_words),
    "number_figures": Kind(numerals.words_to_figures),
}
_CHINESE = {
    "homophone": Kind(chinese.homophones, 1),
    "lookalike": Kind(chinese.lookalikes, 1),
    "traditional": Kind(chinese.traditional),
    "simplified": Kind(chinese.simplified),
    "pinyin": Kind(chinese.pinyin, 1),
    "pinyin_slip": Kind(chinese.pinyin_slips, 1),
    "fullwidth": Kind(chinese.fullwidth),
    "halfwidth": Kind(chinese.halfwidth),
    "drop_punctuation": Kind(characters.without_marks),
    "repeat_punctuation": Kind(characters.doubled_end),
    "extra_space": Kind(chinese.spaced),
}
KINDS: Mapping[str, Mapping[str, Kind]] = MappingProxyType({"en": _ENGLISH, "zh": _CHINESE})


def available_surfaces() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the surface perturbations by language."""
    return MappingProxyType({lang: tuple(sorted(kinds)) for lang, kinds in KINDS.items()})


def surface(
    name: str,
    language: str = "en",
    *,
    keep: str | Varied | Iterable[str | Varied] | None = None,
    edits: int | None = None,
) -> Surface:
    """Return a change of texts that keeps what they say.

    Parameters
    ----------
    name : str
        Such as ``"typo"``, ``"contract"`` or ``"american"``; `available_surfaces` lists them.
    language : {"en", "zh"}
    keep : str, Attribute, Combination or list of these, optional
        Attributes whose words are left alone, such as ``"gender"``, so that the change says nothing
        of the group. In a list, texts are words to keep.
    edits : int, optional
        How many places change, drawn by the seed. By default one of a typo's kind, and all of what
        is as right as it was, such as spellings.

    Returns
    -------
    Surface
        Call it with a text and ``seed=``; ``.variants(text, n)`` returns several.

    Raises
    ------
    ArgumentError
        If there is no such perturbation in that language.
    MissingPackageError
        When applied, if script or pinyin needs a package of the extra ``chinese``.

    Notes
    -----
    The CheckList of Ribeiro et al. (2020) calls these invariance tests. Synonyms are few and safe;
    `masked_synonyms`, `paraphrase` and `back_translation` take a model of yours.

    Examples
    --------
    >>> from pytest_fairness import surface
    >>> surface("expand")("They can't say it's late.").text
    "They cannot say it's late."
    >>> surface("number_words")("She read 12 books in 2019.").text
    'She read twelve books in 2019.'
    """
    kinds = KINDS.get(language)
    if kinds is None or name not in kinds:
        listed = "; ".join(f"{lang}: {', '.join(sorted(names))}" for lang, names in KINDS.items())
        raise ArgumentError(
            f"There is no surface perturbation {name!r} for language {language!r}. There are "
            f"{listed}."
        )
    if edits is not None and edits < 1:
        raise ArgumentError(f"edits={edits!r} must be at least 1: it is how many places change.")
    kind = kinds[name]
    many = kind.edits if edits is None else edits
    return Surface(name, language, kind.candidates, many, as_kept(keep, language))
