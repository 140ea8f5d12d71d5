"""The table of kinds, and the one function that makes a perturbation of any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from pytest_fairness.attributes import Attribute
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
from pytest_fairness.perturb.surface.keeping import keep_of
from pytest_fairness.perturb.surface.perturbation import Kind, Surface

_BOTH = ("lower", "upper", "double_spaces", "tabs", "strip")


def _table() -> dict[tuple[str, str], Kind]:
    modules = (slips, marks, contractions, spelling, numbers, synonyms, han, width)
    kinds = [kind for module in modules for kind in module.KINDS]
    shared = [replace(kind, language="zh") for kind in kinds if kind.name in _BOTH]
    return {(kind.name, kind.language): kind for kind in [*kinds, *shared]}


KINDS: Mapping[tuple[str, str], Kind] = MappingProxyType(_table())


def surface_names(language: str = "en") -> tuple[str, ...]:
    """Return the names of the kinds of surface change in a language.

    Examples
    --------
    >>> "homophones" in surface_names("zh"), "homophones" in surface_names("en")
    (True, False)
    """
    return tuple(name for name, lang in KINDS if lang == language)


def surface(
    name: str,
    *,
    language: str = "en",
    keep: Attribute | str | Iterable[Attribute | str] = (),
    strength: float | None = None,
) -> Surface:
    """Return a perturbation that changes how a text is written and not what it says.

    Parameters
    ----------
    name : str
        The kind, one of `surface_names`: ``"typo"``, ``"british"``, ``"homophones"``, ...
    language : str
        Language of the texts, ``"en"`` or ``"zh"``.
    keep : Attribute, str, or several, optional
        What must stay letter for letter: every word by which the attribute may name a group, and
        the words given. With an English attribute, words that look like names stay too. The
        result is then a fair placebo: it also makes no new mention.
    strength : float in (0, 1], optional
        Share of the places to change that are changed, at least one; each kind has its default.

    Returns
    -------
    Surface
        Call it with a text and a seed, add it to another, or ask for its ``variants``.

    Raises
    ------
    ArgumentError
        If there is no such kind in the language, or the strength lies outside (0, 1].

    Examples
    --------
    >>> from pytest_fairness import load_attribute
    >>> from pytest_fairness.perturb.surface import surface
    >>> upper = surface("upper", keep=load_attribute("gender"))
    >>> upper("She says her plan is good.").text
    'She SAYS her PLAN IS GOOD.'
    >>> surface("american")("My neighbour's favourite colour").text
    "My neighbor's favorite color"
    """
    kind = KINDS.get((name, language))
    if kind is None:
        raise ArgumentError(_unknown(name, language))
    share = kind.strength if strength is None else strength
    if isinstance(share, bool) or not isinstance(share, (int, float)):
        raise ArgumentTypeError(f"strength={strength!r} must be a number in (0, 1].")
    if not 0 < share <= 1:
        raise ArgumentError(
            f"strength={strength!r} must lie in (0, 1]: it is the share of places that change."
        )
    return Surface(kind, keep_of(keep), float(share))


def _unknown(name: str, language: str) -> str:
    names = surface_names(language)
    if not names:
        languages = ", ".join(sorted({lang for _, lang in KINDS}))
        return f"There are no surface changes for language {language!r}; there are for {languages}."
    return (
        f"There is no surface change {name!r} for language {language!r}. There are "
        f"{', '.join(names)}."
    )
