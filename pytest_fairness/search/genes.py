"""A pair as digits: the choices that make it, one number each, which a search can turn."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pytest_fairness.perturb import Pair, Space


class Gene(NamedTuple):
    """The digits that make a pair, and how many values each digit has.

    The first digit is the template, or the text; of templates the last two are the terms.
    """

    digits: tuple[int, ...]
    sizes: tuple[int, ...]
    pair: Pair

    @property
    def turnable(self) -> list[int]:
        """Positions of the digits that have more than one value."""
        return [place for place, size in enumerate(self.sizes) if size > 1]

    @property
    def context(self) -> tuple[int, ...]:
        """The digits of the sentence, without whom it speaks of; of texts, all of them."""
        return self.digits[:-3] or self.digits


class Even:
    """Draws values at random, each as often as any other in its place.

    Examples
    --------
    >>> draw = Even(random.Random(1))
    >>> sorted(draw(0, 3) for _ in range(6))
    [0, 0, 1, 1, 2, 2]
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._waiting: dict[tuple[int, int], list[int]] = {}

    def __call__(self, place: int, n: int) -> int:
        """Return one of `n` values for a place."""
        waiting = self._waiting.setdefault((place, n), [])
        if not waiting:
            waiting += self._rng.sample(range(n), n)
        return waiting.pop()


def evenly(space: Space, draw: Even) -> Gene:
    """Draw a pair whose values were drawn least so far."""
    taken, sizes = list[int](), list[int]()

    def pick(n: int) -> int:
        sizes.append(n)
        taken.append(draw(len(taken), n))
        return taken[-1]

    pair = space.choose(pick)
    return Gene(tuple(taken), tuple(sizes), pair)


def read(space: Space, digits: Sequence[int], rng: random.Random) -> Gene:
    """Build the pair of `digits`; those that are missing are drawn, those too large wrap around."""
    wanted, taken, sizes = iter(digits), [], []

    def pick(n: int) -> int:
        digit = next(wanted, None)
        taken.append(rng.randrange(n) if digit is None or digit < 0 else digit % n)
        sizes.append(n)
        return taken[-1]

    pair = space.choose(pick)
    return Gene(tuple(taken), tuple(sizes), pair)


def turned(gene: Gene, changes: Iterable[tuple[int, int]]) -> list[int]:
    """Return the digits with some changed; -1 asks for a new draw.

    Another template has other slots: the digits of its slots are drawn, those of terms are kept.
    """
    digits = list(gene.digits)
    for place, value in changes:
        if place == 0 and value != digits[0]:
            digits[1:-3] = [-1] * len(digits[1:-3])
        digits[place] = value
    return digits


def variants_of(space: Space, digits: Sequence[int], pair: Pair) -> list[Pair]:
    """Return the pairs that share the original of `pair`, which `digits` make; itself the first."""
    rng = random.Random(0)
    others = _of_texts(space, digits, rng) if len(digits) == 2 else _of_people(space, digits, rng)
    same = (other for other in others if other.original == pair.original)
    return list(dict.fromkeys([pair, *same]))


def _of_texts(space: Space, digits: Sequence[int], rng: random.Random) -> Iterator[Pair]:
    """Yield the same run of sentences of every variant."""
    variants = read(space, digits, rng).sizes[0]
    yield from (read(space, (i, digits[1]), rng).pair for i in range(variants))


def _of_people(space: Space, digits: Sequence[int], rng: random.Random) -> Iterator[Pair]:
    """Yield the same sentence with the same first term, and every second term of other groups."""
    *context, _, first, _ = digits
    for groups in range(read(space, digits, rng).sizes[-3]):
        ending = (*context, groups, first)
        seconds = read(space, (*ending, 0), rng).sizes[-1]
        yield from (read(space, (*ending, second), rng).pair for second in range(seconds))


def fellows(space: Space, digits: Sequence[int]) -> Iterator[Pair]:
    """Yield the pairs of the same sentence, whomever it speaks of; none of whole texts."""
    rng = random.Random(0)
    if len(digits) == 2:
        return
    context = digits[:-3]
    for groups in range(read(space, digits, rng).sizes[-3]):
        for first in range(read(space, (*context, groups, 0, 0), rng).sizes[-2]):
            seconds = read(space, (*context, groups, first, 0), rng).sizes[-1]
            yield from (read(space, (*context, groups, first, i), rng).pair for i in range(seconds))
