"""What a repair is judged on and must not learn from: words, and texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from pytest_fairness.attributes import Attribute, Combination, Varied
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.data.texts import bare_text
from pytest_fairness.perturb import Pair, Space
from pytest_fairness.perturb.building import varied
from pytest_fairness.perturb.reading import Reading

_JUDGED = ("validation", "heldout")


def attributes_of(spaces: Iterable[Space]) -> list[Attribute]:
    """Return what the spaces vary, each attribute once and those of a combination apart."""
    found: dict[tuple[str, str], Attribute] = {}
    for space in spaces:
        for one in _parts(varied(space.recipe["vary"], space.language)):
            found.setdefault((one.language, one.name), one)
    return list(found.values())


def unseen_words(spaces: Sequence[Space]) -> frozenset[str]:
    """Return the words that validation and held-out pairs use, and training pairs do not.

    They come in all their forms: where templates use the plural, the singular too is unseen.
    """
    judged = {word for part in _JUDGED for word in _words(spaces, part)}
    learnt = _words(spaces, "train")
    rows = [row for attribute in attributes_of(spaces) for row in _rows(attribute)]
    forms = {word for row in rows if row & judged and not row & learnt for word in row}
    return frozenset((judged | forms) - learnt)


class UnseenWords:
    """Finds words in texts, as the perturbations find them.

    Parameters
    ----------
    words : collection of str
    attributes : iterable of Attribute or Combination
        Whose words they are.
    """

    def __init__(self, words: Collection[str], attributes: Iterable[Varied]) -> None:
        self._words = _plain(words)
        self._attributes = [one for whole in attributes for one in _parts(whole)]

    def are_in(self, text: str) -> bool:
        """Whether the text names someone by one of the words."""
        if not self._words:
            return False
        found = (Reading(text, one).words for one in self._attributes)
        return any(not self._words.isdisjoint(_plain(words)) for words in found)

    def leave(self, pairs: Iterable[Pair]) -> list[Pair]:
        """Return the pairs that neither differ in one of the words nor have it beside."""
        kept = [pair for pair in pairs if self._words.isdisjoint(_plain(words_of(pair.terms)))]
        named = {text for text in texts_of(kept) if self.are_in(text)}
        return [pair for pair in kept if named.isdisjoint((pair.original, pair.variant))]


def texts_of(pairs: Iterable[Pair]) -> list[str]:
    """Return both sides of all pairs, each text once."""
    return list(dict.fromkeys(text for pair in pairs for text in (pair.original, pair.variant)))


def pairs_without(texts: Iterable[str], pairs: Iterable[Pair]) -> list[Pair]:
    """Return the pairs of which no side is one of `texts`, but for numbers and punctuation."""
    barred = set(map(bare_text, texts))
    return [pair for pair in pairs if barred.isdisjoint(map(bare_text, texts_of([pair])))]


def rows_without(texts: Iterable[str], rows: Rows) -> Rows:
    """Return the rows whose text is none of `texts`, but for numbers and punctuation."""
    barred = set(map(bare_text, texts))
    kept = [i for i, text in enumerate(rows.texts) if bare_text(text) not in barred]
    return rows if len(kept) == len(rows) else rows.select(kept)


def words_of(terms: Iterable[str]) -> set[str]:
    """Return the words in terms; a term of several attributes names one word of each."""
    return {word for term in terms for word in term.split(", ") if word}


def _plain(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}


def _parts(whole: Varied) -> tuple[Attribute, ...]:
    return tuple(whole.parts) if isinstance(whole, Combination) else (whole,)


def _words(spaces: Sequence[Space], part: str) -> set[str]:
    groups = (space.part(part).terms.values() for space in spaces)
    return words_of(term for terms in groups for words in terms for term in words)


def _rows(attribute: Attribute) -> Iterator[set[str]]:
    """Yield the forms of each term that may stand for any other of its attribute."""
    for group in attribute.groups if attribute.free_kinds else ():
        columns = [attribute.terms(group, kind) for kind in attribute.free_kinds]
        for row in zip(*columns, strict=True):
            yield {word for word in row if word}
