"""The table of kinds, and the one function that makes a perturbation of any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.surface import (
    contractions,
    han,
    marks,
    numbers,
    slips,
    spelling,
    synonyms,
    width,
)
from pytest_fairness.perturb.surface.keeping import Wanted, keep_of
from pytest_fairness.perturb.surface.perturbation import Kind, Surface

_BOTH = ("lowercase", "uppercase", "tabs", "strip")


def _table() -> dict[tuple[str, str], Kind]:
    modules = (slips, marks, contractions, spelling, numbers, synonyms, han, width)
    kinds = [kind for module in modules for kind in module.KINDS]
    shared = [replace(kind, language="zh") for kind in kinds if kind.name in _BOTH]
    return {(kind.name, kind.language): kind for kind in [*kinds, *shared]}


KINDS: Mapping[tuple[str, str], Kind] = MappingProxyType(_table())


def available_surfaces() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the surface perturbations by language.

    Examples
    --------
    >>> names = available_surfaces()
    >>> "homophone" in names["zh"], "homophone" in names["en"]
    (True, False)
    """
    languages = sorted({language for _, language in KINDS})
    names = {lang: tuple(sorted(n for n, other in KINDS if other == lang)) for lang in languages}
    return MappingProxyType(names)


def surface(
    name: str,
    language: str = "en",
    *,
    keep: Wanted = None,
    edits: int | None = None,
    strength: float | None = None,
) -> Surface:
    """Return a perturbation that changes how a text is written and not what it says.

    Parameters
    ----------
    name : str
        The kind, one of `available_surfaces`: ``"typo"``, ``"british"``, ``"homophone"``, ...
    language : {"en", "zh"}
        Language of the texts.
    keep : str, Attribute, Combination or list of these, optional
        What must stay letter for letter: every word by which an attribute, such as ``"gender"``,
        may name a group; in a list, texts are words to keep. With an English attribute, words that
        look like names stay too. The result is then a fair placebo: it also makes no new mention.
    edits : int, optional
        How many places change, drawn by the seed, if there are as many.
    strength : float in (0, 1], optional
        Instead of `edits`: the share of the places that change, at least one. Each kind has its
        default: a tenth of the words for slips, all of what is as right as it was.

    Returns
    -------
    Surface
        Call it with a text and ``seed=``, add it to another, or ask for its ``variants``.

    Raises
    ------
    ArgumentError
        If there is no such kind in the language, or `edits` or `strength` is out of range.
    MissingPackageError
        When applied, if Chinese scripts need a package of the extra ``chinese``.

    Notes
    -----
    The CheckList of Ribeiro et al. (2020) calls these invariance tests.

    Examples
    --------
    >>> from pytest_fairness import surface
    >>> surface("uppercase", keep="gender")("She says her plan is good.").text
    'She SAYS her PLAN IS GOOD.'
    >>> surface("american")("My neighbour's favourite colour").text
    "My neighbor's favorite color"
    """
    kind = KINDS.get((name, language))
    if kind is None:
        raise ArgumentError(_unknown(name, language))
    _check_amount(edits, strength)
    share = kind.strength if strength is None else float(strength)
    return Surface(kind, keep_of(keep, language), share, edits)


def _check_amount(edits: int | None, strength: float | None) -> None:
    if edits is not None and strength is not None:
        raise ArgumentError(f"edits={edits!r} and strength={strength!r}: give one of them.")
    if edits is not None and edits < 1:
        raise ArgumentError(f"edits={edits!r} must be at least 1: it is how many places change.")
    if strength is not None and not isinstance(strength, (int, float)):
        raise ArgumentTypeError(f"strength={strength!r} must be a number in (0, 1].")
    if strength is not None and not 0 < strength <= 1:
        raise ArgumentError(
            f"strength={strength!r} must lie in (0, 1]: it is the share of places that change."
        )


def _unknown(name: str, language: str) -> str:
    listed = "; ".join(
        f"{lang}: {', '.join(names)}" for lang, names in available_surfaces().items()
    )
    return (
        f"There is no surface perturbation {name!r} for language {language!r}. There are {listed}."
    )
