"""Names by country, from the lists that Faker keeps for its locales."""

from __future__ import annotations

import importlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_fairness.attributes.attribute import Attribute
from pytest_fairness.errors import ArgumentError, MissingPackageError

_LISTS = {
    "female": ("first_names_female", "first_names"),
    "male": ("first_names_male", "first_names"),
    "surname": ("last_names",),
}


def names_by_country(
    locales: Mapping[str, str],
    *,
    which: str = "female",
    n: int = 20,
    name: str = "country",
    language: str = "en",
) -> Attribute:
    """Return an attribute whose groups are told by names that are usual in a country.

    Parameters
    ----------
    locales : mapping of str to str
        Groups with the locale of each in Faker, such as ``{"German": "de_DE", "Indian": "en_IN"}``.
        Locales must write in the script of the texts.
    which : {"female", "male", "surname"}
        Given names of women or of men, so that a pair differs in the country alone, or surnames.
    n : int
        Names a group; the most frequent where Faker knows how frequent they are, else evenly
        spread over its list. Names that two groups share are left out.
    name, language : str
        Of the attribute. Its slot is ``{name}``, or ``{surname}``.

    Returns
    -------
    Attribute

    Raises
    ------
    MissingPackageError
        If Faker is not installed.
    ArgumentError
        If Faker has no such locale or list, or too few names are left.

    Examples
    --------
    >>> from pytest_fairness import names_by_country
    >>> country = names_by_country({"German": "de_DE", "Italian": "it_IT"}, which="surname", n=5)
    >>> country.groups, len(country.terms("German", "surname"))
    (('German', 'Italian'), 5)
    """
    if which not in _LISTS:
        raise ArgumentError(f"which={which!r} must be one of {', '.join(map(repr, _LISTS))}.")
    if n < 1:
        raise ArgumentError(f"n={n!r} must be at least 1: it is how many names a group has.")
    lists = {group: _names(locale, which) for group, locale in locales.items()}
    kind = "surname" if which == "surname" else "name"
    table = {group: {kind: _some(group, lists, n)} for group in lists}
    return Attribute(name, table, language, free=[kind])


def _names(locale: str, which: str) -> list[str]:
    """Return the names of a locale, the most frequent first where that is known."""
    provider = _provider(locale)
    found: Any = next(
        (getattr(provider, key) for key in _LISTS[which] if hasattr(provider, key)), ()
    )
    if not found:
        raise ArgumentError(f"Faker's locale {locale!r} has no list of names for {which!r}.")
    if isinstance(found, Mapping):
        return sorted(found, key=lambda each: (-found[each], each))
    names = list(dict.fromkeys(map(str, found)))
    return [names[i] for i in _spread(len(names))]


def _provider(locale: str) -> Any:
    try:
        importlib.import_module("faker")
    except ImportError as err:
        raise MissingPackageError.for_feature("names_by_country", "Faker", "names") from err
    try:
        return importlib.import_module(f"faker.providers.person.{locale}").Provider
    except ImportError as err:
        raise ArgumentError(
            f"Faker has no names for the locale {locale!r}. Give one such as 'de_DE', 'en_NG', "
            "'es_MX' or 'zh_CN'."
        ) from err


def _spread(size: int) -> list[int]:
    """Return all positions, those first that lie far apart: halves, quarters, eighths."""
    order: dict[int, None] = {}
    step = max(1, size)
    while step >= 1:
        order.update(dict.fromkeys(range(0, size, step)))
        step //= 2
    return list(order)


def _some(group: str, lists: Mapping[str, Sequence[str]], n: int) -> list[str]:
    """Return the first `n` names of a group that no other group has, and that are one word."""
    others = {_bare(each) for other in lists if other != group for each in lists[other]}
    own = (each for each in lists[group] if _bare(each) not in others and each.isalpha())
    chosen = list({_bare(each): each for each in own}.values())[:n]
    if len(chosen) < n:
        raise ArgumentError(
            f"Group {group!r} has only {len(chosen)} names that no other group shares, and n={n}. "
            "Give a smaller n, or other locales."
        )
    return chosen


def _bare(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
