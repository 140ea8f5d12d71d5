"""Swapping groups in free text.

A swap exchanges two groups throughout a text: what spoke of one speaks of the other, and the other
way round. It is valid only where every mention could be decided and nothing ties the text to one
group; otherwise the text is left out, never guessed. Given names that the lexicon does not know
stay as they are.
"""

from __future__ import annotations

from pytest_fairness.attributes import Attribute, Combination, Varied, load_attribute
from pytest_fairness.attributes.combination import ALL, ANY
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.changes import Swap
from pytest_fairness.perturb.combined import read_text
from pytest_fairness.perturb.reading import Reading


def swap_text(
    text: str,
    attribute: str | Attribute = "gender",
    *,
    language: str = "en",
    groups: tuple[str, str] | None = None,
    quotations: bool = True,
) -> Swap:
    """Exchange two groups in a text.

    Parameters
    ----------
    text : str
    attribute : str or Attribute
        A built-in attribute by name, or your own.
    language : str
        Language of a built-in attribute.
    groups : (str, str), optional
        The two groups to exchange; needed where the attribute has more than two.
    quotations : bool
        Whether quoted speech changes too. With False it stays as it stands, and the swap is
        ambiguous where a quotation mentions one of the groups that change outside it.

    Returns
    -------
    Swap

    Examples
    --------
    >>> from pytest_fairness import swap_text
    >>> swap_text("She told her mother that the job was hers.").text
    'He told his father that the job was his.'
    >>> swap_text("I gave her books.").status
    'ambiguous'
    >>> swap_text('She said: "Call a woman."', quotations=False).status
    'ambiguous'
    """
    resolved = as_attribute(attribute, language)
    if isinstance(resolved, Combination):
        raise ArgumentError(
            f"attribute={attribute!r} has several parts, which swap_text cannot exchange at once. "
            "Use swap_variants(text, attribute), or swap one after the other."
        )
    first, second = _two_groups(resolved, groups)
    return Reading(text, resolved, quotations=quotations).exchange(first, second)


def swap_variants(
    text: str,
    attribute: str | Varied = "gender",
    *,
    language: str = "en",
    persons: str = "all",
    quotations: bool = True,
) -> tuple[Swap, ...]:
    """Return the swaps of every group that a text mentions with every other group.

    Two groups that are both mentioned are exchanged once. A text without any mention has none.

    Parameters
    ----------
    text : str
    attribute : str or Attribute
    language : str
    persons : {"all", "one"}
        Whether all persons change in every variant, or one person in each, with all its mentions,
        while the others stay. The latter is for English, and only where it is certain who is who.
    quotations : bool
        Whether quoted speech changes too, as in `swap_text`.

    Examples
    --------
    >>> from pytest_fairness.perturb import swap_variants
    >>> [swap.text for swap in swap_variants("Emma said her brother won.", persons="one")]
    ['Liam said his brother won.', 'Emma said her sister won.']
    """
    if persons not in ("all", "one"):
        raise ArgumentError(f"persons={persons!r} must be 'all' or 'one'.")
    resolved = as_attribute(attribute, language)
    if persons == "one" and resolved.language != "en":
        raise ArgumentError(
            f"persons='one' is for English, but {resolved!r} has terms in {resolved.language!r}. "
            "Leave persons out."
        )
    if persons == "all":
        return read_text(text, resolved, quotations=quotations).variants()
    if isinstance(resolved, Combination):
        raise ArgumentError(
            f"persons='one' changes one attribute at a time, not {resolved.name!r}. Leave it out."
        )
    return Reading(text, resolved, quotations=quotations).one_by_one()


def as_attribute(attribute: str | Varied, language: str = "en") -> Varied:
    """Return `attribute` itself, or load what a text such as ``"gender + region"`` names."""
    if isinstance(attribute, str):
        return _load(attribute, language)
    if not isinstance(attribute, (Attribute, Combination)):
        raise ArgumentTypeError(
            f"vary={attribute!r} must be the name of an attribute, such as 'gender', or an "
            "Attribute."
        )
    if language not in ("en", attribute.language):
        raise ArgumentError(
            f"language={language!r}, but {attribute!r} has terms in {attribute.language!r}. Leave "
            "language out: the attribute knows its own."
        )
    return attribute


def _load(named: str, language: str) -> Varied:
    signs = {sign for sign in (ALL, ANY) if sign in named}
    if len(signs) > 1:
        raise ArgumentError(
            f"vary={named!r} mixes two signs: '+' changes all attributes in every pair, '&' "
            "compares crossed groups. Use one of them."
        )
    if not signs:
        return load_attribute(named, language)
    sign = signs.pop()
    parts = [load_attribute(name.strip(), language) for name in named.split(sign)]
    return Combination(tuple(parts), sign)


def _two_groups(attribute: Attribute, groups: tuple[str, str] | None) -> tuple[int, int]:
    if groups is None:
        if len(attribute.groups) == 2:
            return 0, 1
        raise ArgumentError(
            f"{attribute.name!r} has {len(attribute.groups)} groups: name the two to exchange, as "
            f"groups=({attribute.groups[0]!r}, {attribute.groups[1]!r}). The groups are "
            f"{', '.join(attribute.groups)}."
        )
    unknown = [g for g in groups if g not in attribute.groups]
    if unknown or len(groups) != 2 or groups[0] == groups[1]:
        raise ArgumentError(
            f"groups={groups!r} must be two different groups of {attribute.name!r}: "
            f"{', '.join(attribute.groups)}."
        )
    return attribute.groups.index(groups[0]), attribute.groups.index(groups[1])
