"""What is protected: an attribute, its groups in order, and the terms of each group.

Terms come in *kinds*, and a kind's name is its slot in a template. There are two sorts of kinds:

free
    Any term of a group may stand for the group: given names, adjectives. A pair crosses every term
    of one group with every term of the other. Several free kinds are the forms of one term, aligned
    by position: ``religion``, ``religion_noun``, ``religion_plural``.
matched
    The term at one position has its counterpart at the same position of every other group: she and
    he, mother and father.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    from pytest_fairness.attributes.combination import Combination

Terms = tuple[str, ...]
_ONLY_OF_WORDS = frozenset({"one_way", "after_pronoun", "undecided"})  # rules that no name needs


@dataclass(frozen=True, init=False)
class Attribute:
    """A protected attribute in one language.

    Parameters
    ----------
    name : str
        An identifier, such as ``"gender"``; for most attributes it is also the template slot.
    groups : mapping of str to terms
        For each group, in order, a list of terms, or a mapping from kind to a list of terms. A bare
        list holds terms of the kind called as the attribute.
    language : str
        Language code of the terms, such as ``"en"``.
    free : collection of str, optional
        The free kinds. By default ``name``, the attribute's own name, and every kind that starts
        with it; all other kinds are matched.
    rules : mapping of str to lists, optional
        What a swap in free text must know beside the terms; see the files below ``lexicons/``.
        ``protected`` (words that contain a term and are none) is the one that most languages need.

    Raises
    ------
    ArgumentError
        If there are fewer than two groups, if a group has no terms, if a term stands for two
        groups, or if matched kinds are not aligned.

    Examples
    --------
    >>> from pytest_fairness.attributes import Attribute
    >>> department = Attribute("department", groups={"sales": ["sales"], "law": ["legal"]})
    >>> department.groups
    ('sales', 'law')
    >>> department.terms("law")
    ('legal',)
    """

    name: str
    language: str
    groups: tuple[str, ...]
    kinds: tuple[str, ...]
    free_kinds: tuple[str, ...]
    _terms: tuple[tuple[Terms, ...], ...]  # one entry per group, in it one per kind
    _rules: tuple[tuple[str, tuple[Any, ...]], ...]

    def __init__(
        self,
        name: str,
        groups: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]],
        language: str = "en",
        *,
        free: Collection[str] | None = None,
        rules: Mapping[str, Sequence[Any]] | None = None,
    ) -> None:
        _check_name(name)
        table = _as_table(name, groups)
        kinds = tuple(next(iter(table.values())))
        frozen = {
            "name": name,
            "language": language,
            "groups": tuple(table),
            "kinds": kinds,
            "free_kinds": tuple(k for k in kinds if _is_free(k, name, free)),
            "_terms": tuple(tuple(table[group][kind] for kind in kinds) for group in table),
            "_rules": tuple((key, _frozen(value)) for key, value in (rules or {}).items()),
        }
        for key, value in frozen.items():
            object.__setattr__(self, key, value)
        _check_alignment(self)

    def __repr__(self) -> str:
        return f"Attribute({self.name!r}, groups={self.groups}, language={self.language!r})"

    def __add__(self, other: Attribute | Combination) -> Combination:
        """Vary both attributes in every pair."""
        from pytest_fairness.attributes.combination import ALL, join

        return join(self, other, ALL)

    def __and__(self, other: Attribute | Combination) -> Combination:
        """Compare the crossed groups of both attributes."""
        from pytest_fairness.attributes.combination import ANY, join

        return join(self, other, ANY)

    @property
    def matched_kinds(self) -> tuple[str, ...]:
        """Kinds whose terms have their counterpart at the same position of every group."""
        return tuple(kind for kind in self.kinds if kind not in self.free_kinds)

    def terms(self, group: str, kind: str | None = None) -> Terms:
        """Return the terms of one group: those of `kind`, by default of the first free kind.

        Raises
        ------
        ArgumentError
            If the attribute has no such group or kind.
        """
        found = self._columns.get((group, kind))
        if found is not None:
            return found
        if group not in self.groups:
            raise ArgumentError(
                f"{self.name!r} has no group {group!r}; its groups are {', '.join(self.groups)}."
            )
        kind = kind or (self.free_kinds or self.kinds)[0]
        if kind not in self.kinds:
            raise ArgumentError(
                f"{self.name!r} has no kind {kind!r}; its kinds are {', '.join(self.kinds)}."
            )
        return self._columns[group, kind]

    @functools.cached_property
    def _columns(self) -> dict[tuple[str, str | None], Terms]:
        """The terms by group and kind."""
        rows = zip(self.groups, self._terms, strict=True)
        return {(g, k): t for g, terms in rows for k, t in zip(self.kinds, terms, strict=True)}

    def rule(self, key: str) -> tuple[Any, ...]:
        """Return one list of the swap rules; empty where the lexicon has none of that name."""
        return dict(self._rules).get(key, ())

    @property
    def rule_keys(self) -> tuple[str, ...]:
        """Names of the lists of swap rules."""
        return tuple(key for key, _ in self._rules)

    def size(self, group: str) -> int:
        """Return how many interchangeable terms a group has; 0 without free kinds."""
        return len(self.terms(group, self.free_kinds[0])) if self.free_kinds else 0

    def rows(self, kind: str) -> int:
        """Return how many aligned terms each group has of a matched kind."""
        return len(self.terms(self.groups[0], kind))

    def keep(
        self, terms: Mapping[str, Collection[int]], rows: Mapping[str, Collection[int]]
    ) -> Attribute:
        """Return the attribute with some of its terms: the positions given, in their order.

        `terms` maps groups to positions of free kinds, `rows` maps matched kinds to positions. What
        is not mentioned stays whole, and a group left without terms is dropped.
        """
        groups = [g for g in self.groups if len(terms.get(g, (0,)))]
        table = {g: {k: self._kept(g, k, terms, rows) for k in self.kinds} for g in groups}
        rules = dict(self._rules)
        return Attribute(self.name, table, self.language, free=self.free_kinds, rules=rules)

    def _kept(
        self,
        group: str,
        kind: str,
        terms: Mapping[str, Collection[int]],
        rows: Mapping[str, Collection[int]],
    ) -> Terms:
        every = self.terms(group, kind)
        chosen = terms.get(group) if kind in self.free_kinds else rows.get(kind)
        return every if chosen is None else tuple(every[i] for i in sorted(chosen))

    def subset(self, *groups: str) -> Attribute:
        """Return the attribute with some of its groups, in the order given.

        Raises
        ------
        ArgumentError
            If there are fewer than two, or one is unknown.

        Examples
        --------
        >>> from pytest_fairness import load_attribute
        >>> load_attribute("religion").subset("Muslim", "Hindu").groups
        ('Muslim', 'Hindu')
        """
        table = {g: {k: self.terms(g, k) for k in self.kinds} for g in groups}
        return self._rebuilt(table, rules=self._rules_of(groups))

    def extend(
        self, groups: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]]
    ) -> Attribute:
        """Return the attribute with further groups, or with further terms of its own.

        Parameters
        ----------
        groups : mapping of str to terms
            As for `Attribute`. Terms of a group that exists are added to its own; matched kinds
            must grow in every group at once.

        Examples
        --------
        >>> from pytest_fairness.attributes import Attribute
        >>> team = Attribute("team", groups={"sales": ["sales"], "law": ["legal"]})
        >>> team.extend({"law": ["compliance"], "care": ["nursing"]}).terms("law")
        ('legal', 'compliance')
        """
        table: dict[str, dict[str, Terms]] = {
            g: {k: self.terms(g, k) for k in self.kinds} for g in self.groups
        }
        for group, terms in groups.items():
            added = _as_kinds(self.name, group, terms)
            known = table.get(group, {})
            table[group] = {**known, **{k: (*known.get(k, ()), *w) for k, w in added.items()}}
        return self._rebuilt(table, rules=dict(self._rules))

    def only(self, *kinds: str) -> Attribute:
        """Return the attribute with some of its kinds: nothing else is found or changed.

        Raises
        ------
        ArgumentError
            If it has no such kind.
        """
        table = {g: {k: self.terms(g, k) for k in kinds} for g in self.groups}
        rules = {key: rows for key, rows in self._rules if key not in _ONLY_OF_WORDS}
        return self._rebuilt(table, rules=rules)

    def _rebuilt(
        self, table: Mapping[str, Mapping[str, Sequence[str]]], rules: Mapping[str, Sequence[Any]]
    ) -> Attribute:
        return Attribute(self.name, table, self.language, free=self.free_kinds, rules=rules)

    def _rules_of(self, groups: Collection[str]) -> dict[str, Sequence[Any]]:
        """Return the rules without those of groups that are left out."""
        rules: dict[str, Sequence[Any]] = dict(self._rules)
        for key in {"one_way", "own"} & rules.keys():
            rules[key] = tuple(row for row in rules[key] if row[0] in groups)
        return rules

    def to_dict(self) -> dict[str, Any]:
        """Return builtin types only, ready for JSON."""
        return {
            "name": self.name,
            "language": self.language,
            "groups": {g: {k: list(self.terms(g, k)) for k in self.kinds} for g in self.groups},
            "free": list(self.free_kinds),
            "rules": {key: _thawed(value) for key, value in self._rules},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Attribute:
        """Read what `to_dict` wrote."""
        return cls(**data)


def _is_free(kind: str, name: str, free: Collection[str] | None) -> bool:
    if free is not None:
        return kind in free
    return kind in ("name", name) or kind.startswith(f"{name}_")


def _frozen(value: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(v if isinstance(v, str) else _frozen(v) for v in value)


def _thawed(value: Iterable[Any]) -> list[Any]:
    return [v if isinstance(v, str) else _thawed(v) for v in value]


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise ArgumentTypeError(f"name={name!r} must be a string, such as 'department'.")
    if not name.isidentifier():
        raise ArgumentError(
            f"name={name!r} must be one word of letters, digits and underscores: templates use it "
            "as a slot, such as {department}."
        )


def _as_table(
    name: str, groups: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]]
) -> dict[str, dict[str, Terms]]:
    """Return terms by group and kind, with the same kinds in every group."""
    if not isinstance(groups, Mapping):
        raise ArgumentTypeError(
            f"groups={groups!r} must map each group to its terms: {{'sales': ['sales'], ...}}."
        )
    if len(groups) < 2:
        raise ArgumentError(
            f"{name!r} has {len(groups)} group(s): {list(groups)}. A counterfactual needs two or "
            "more."
        )
    table = {group: _as_kinds(name, group, terms) for group, terms in groups.items()}
    first_group, first = next(iter(table.items()))
    for group, kinds in table.items():
        if set(kinds) != set(first):
            raise ArgumentError(
                f"Group {group!r} of {name!r} has the kinds {sorted(kinds)}, but {first_group!r} "
                f"has {sorted(first)}. Give every group the same kinds."
            )
    return table


def _as_kinds(
    name: str, group: str, terms: Sequence[str] | Mapping[str, Sequence[str]]
) -> dict[str, Terms]:
    if isinstance(terms, Mapping):
        return {kind: _as_terms(name, group, words) for kind, words in terms.items()}
    return {name: _as_terms(name, group, terms)}


def _as_terms(name: str, group: str, words: Sequence[str]) -> Terms:
    """Return distinct words in order, or say why they cannot be used."""
    where = f"groups[{group!r}] of {name!r}"
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        raise ArgumentTypeError(f"{where} is {words!r}; expected a list of strings.")
    if not words:
        raise ArgumentError(f"{where} is empty. Give at least one term.")
    if not all(word.strip() for word in words):
        raise ArgumentError(f"{where} holds an empty term: {list(words)}.")
    return tuple(words)


def _check_alignment(attribute: Attribute) -> None:
    for group in attribute.groups:
        _check_forms(attribute, group)
    for kind in attribute.matched_kinds:
        _check_rows(attribute, kind)
    for kind in attribute.free_kinds:
        _check_disjoint(attribute, kind)


def _check_forms(attribute: Attribute, group: str) -> None:
    """Check that a group has as many of each form of its terms, and no term twice."""
    sizes = {kind: len(attribute.terms(group, kind)) for kind in attribute.free_kinds}
    if len(set(sizes.values())) > 1:
        raise ArgumentError(
            f"Group {group!r} of {attribute.name!r} has {sizes} terms. These kinds are forms of "
            "the same terms: give as many of each."
        )
    for kind in attribute.free_kinds[:1]:
        words = [word.casefold() for word in attribute.terms(group, kind)]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ArgumentError(
                f"Group {group!r} of {attribute.name!r} lists {twice[0]!r} twice. Give each term "
                "once."
            )


def _check_rows(attribute: Attribute, kind: str) -> None:
    columns = [attribute.terms(group, kind) for group in attribute.groups]
    sizes = {g: len(c) for g, c in zip(attribute.groups, columns, strict=True)}
    if len(set(sizes.values())) > 1:
        raise ArgumentError(
            f"{kind!r} of {attribute.name!r} has {sizes} terms. Its terms are matched by position: "
            "give every group as many."
        )
    rows = list(zip(*columns, strict=True))
    if len(set(rows)) < len(rows):
        twice = next(row for row in rows if rows.count(row) > 1)
        raise ArgumentError(f"{kind!r} of {attribute.name!r} lists the row {twice} twice.")
    for row in rows:
        if len({word.casefold() for word in row}) < len(row):
            raise ArgumentError(
                f"{kind!r} of {attribute.name!r} has the row {row}, whose terms are not all "
                "different: nothing would change."
            )


def _check_disjoint(attribute: Attribute, kind: str) -> None:
    owner: dict[str, str] = {}
    for group in attribute.groups:
        for word in attribute.terms(group, kind):
            other = owner.setdefault(word.casefold(), group)
            if other != group:
                raise ArgumentError(
                    f"{word!r} stands for both {other!r} and {group!r} in {attribute.name!r}. A "
                    "term must belong to one group."
                )


def names(attribute: Attribute) -> Attribute:
    """Return an attribute that is told by names alone.

    Parameters
    ----------
    attribute : Attribute
        One with given names or surnames, such as ``load_attribute("gender")``.

    Raises
    ------
    ArgumentError
        If it has no names.

    Examples
    --------
    >>> from pytest_fairness import load_attribute, names
    >>> names(load_attribute("gender")).kinds
    ('name',)
    """
    kinds = [kind for kind in attribute.kinds if kind in ("name", "surname")]
    if not kinds:
        raise ArgumentError(
            f"{attribute.name!r} has no names; its kinds are {', '.join(attribute.kinds)}."
        )
    return attribute.only(*kinds)
