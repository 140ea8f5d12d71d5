"""Names by matched pairs: each is exchanged for one as frequent and as typical of its group.

Hall Maudslay, Gonen, Cotterell and Teufel (2019), "It's all in the name: mitigating gender bias
with name-based counterfactual data substitution": exchanging a common name for a rare one, or one
that nearly all women bear for one that some men bear too, would change more than the gender.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import check_instance, check_real, is_sequence, shown

if TYPE_CHECKING:
    import numpy.typing as npt

Counts = Mapping[str, Mapping[str, float]]


def match_names(counts: Counts) -> tuple[tuple[str, str], ...]:
    """Pair the names of two groups so that the pairs differ least in all.

    The distance of two names is that of their logarithmic frequency and of the share of their
    bearers who belong to their group, each divided by its standard deviation over all names. The
    pairs are the assignment with the least sum of squared distances, so that no pair is far apart;
    each name is used once, and names of the larger group that find no partner are left out.

    Parameters
    ----------
    counts : mapping of group to mapping of name to number
        How many bearers each name has in each of two groups. A name that both groups bear belongs
        to the one in which it is more frequent; one with equal counts to neither.

    Returns
    -------
    tuple of (str, str)
        A name of the first group and its partner, the most frequent first.

    Examples
    --------
    >>> match_names({"female": {"Ann": 900, "Uma": 10}, "male": {"Ned": 9, "Tom": 800}})
    (('Ann', 'Tom'), ('Uma', 'Ned'))
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    _check_counts(counts)
    if len(counts) != 2:
        raise ArgumentError(
            f"counts has the groups {', '.join(counts)}. Pairs of names need two: match each two "
            "groups apart."
        )
    first, second = (_described(counts, group) for group in counts)
    places = np.array([*first.values(), *second.values()])
    places = places / np.where(places.std(axis=0) > 0, places.std(axis=0), 1.0)
    rows, columns = linear_sum_assignment(_distances(places[: len(first)], places[len(first) :]))
    names, partners = list(first), list(second)
    pairs = [(names[i], partners[j]) for i, j in zip(rows, columns, strict=True)]
    return tuple(sorted(pairs, key=lambda pair: (-first[pair[0]][0], pair)))


def with_name_pairs(attribute: Attribute, pairs: Sequence[tuple[str, str]]) -> Attribute:
    """Return an attribute of two groups whose names are exchanged by these pairs.

    Parameters
    ----------
    attribute : Attribute
        With a kind ``name``. Names of its own that are in no pair have no counterpart any more, so
        that texts which mention them are left out rather than mismatched.
    pairs : sequence of (str, str)
        A name of the first group and its partner in the second, as `match_names` returns them.

    Examples
    --------
    >>> from pytest_fairness import load_attribute, swap_text
    >>> gender = with_name_pairs(load_attribute("gender"), [("Ann", "Tom"), ("Uma", "Ned")])
    >>> swap_text("Uma likes her job.", gender).text
    'Ned likes his job.'
    """
    wanted = "an Attribute, such as load_attribute('gender')"
    check_instance("attribute", attribute, Attribute, wanted)
    if "name" not in attribute.kinds or len(attribute.groups) != 2:
        raise ArgumentError(
            f"{attribute.name!r} has the groups {', '.join(attribute.groups)} and the kinds "
            f"{', '.join(attribute.kinds)}. Pairs of names need two groups and the kind 'name'."
        )
    _check_pairs(pairs)
    columns: dict[str, Sequence[str]] = dict(
        zip(attribute.groups, map(list, zip(*pairs, strict=True)), strict=True)
    )
    if set(columns[attribute.groups[0]]) & set(columns[attribute.groups[1]]):
        raise ArgumentError("pairs has a name in both groups. Give each name to one of them.")
    table = {
        group: {k: attribute.terms(group, k) for k in attribute.kinds} | {"name": columns[group]}
        for group in attribute.groups
    }
    rules = {key: attribute.rule(key) for key in attribute.rule_keys}
    rules["other_names"] = _other_names(attribute, {name for pair in pairs for name in pair})
    return Attribute(
        attribute.name, table, attribute.language, free=attribute.free_kinds, rules=rules
    )


def _check_counts(counts: object) -> None:
    if not isinstance(counts, Mapping) or not all(isinstance(c, Mapping) for c in counts.values()):
        raise ArgumentTypeError(
            f"counts={shown(counts)} must map each group to its names and their numbers, such as "
            "{'female': {'Ann': 900}, 'male': {'Tom': 800}}."
        )
    for group, names in counts.items():
        for name, count in names.items():
            place = f"counts[{group!r}][{name!r}]"
            check_real(place, count, 0.0, math.inf, True, "so many bear the name")


def _check_pairs(pairs: object) -> None:
    if not is_sequence(pairs) or not all(_is_pair(pair) for pair in pairs):
        raise ArgumentTypeError(
            f"pairs={shown(pairs)} must be pairs of names, such as [('Ann', 'Tom')]."
        )
    if not pairs:
        raise ArgumentError("pairs is empty. Give at least one pair of names.")


def _is_pair(pair: Any) -> bool:
    return is_sequence(pair) and len(pair) == 2 and all(isinstance(name, str) for name in pair)


def _other_names(attribute: Attribute, paired: set[str]) -> tuple[str, ...]:
    """Return the names that tell a group and have no partner: their texts are left out."""
    own = [name for group in attribute.groups for name in attribute.terms(group, "name")]
    known = dict.fromkeys([*attribute.rule("other_names"), *own])
    return tuple(name for name in known if name not in paired)


def _described(counts: Counts, group: str) -> dict[str, tuple[float, float]]:
    """Return frequency and typicality of the names that belong to a group."""
    (other,) = (o for o in counts if o != group)
    described = {}
    for name, own in sorted(counts[group].items()):
        foreign = counts[other].get(name, 0)
        if own > foreign:
            described[name] = (math.log(own + foreign), own / (own + foreign))
    if not described:
        raise ArgumentError(f"counts has no name that is typical of {group!r}. Give some.")
    return described


def _distances(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[Any]:
    import numpy as np

    return np.asarray(((first[:, None, :] - second[None, :, :]) ** 2).sum(axis=-1))
