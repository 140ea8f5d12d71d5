"""Searching a space for the pairs whose scores lie furthest apart.

A quarter of the budget goes to a random start. Then rounds of proposals turn the digits of the best
pairs, one at a time or in crosses of two, towards values that did well so far. Scores belong to
texts, not to pairs: a new term on one side costs one query, and two pairs that share all but
their terms give two more for nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pytest_fairness.perturb import Pair, Space
from pytest_fairness.search.effects import Effects
from pytest_fairness.search.found import Found, Row, WorstCase, largest_change
from pytest_fairness.search.genes import Gene, read, turned

Score = Callable[[list[str]], Sequence[Row]]

_BATCH = 64  # texts a round asks for, about
_ELITE = 12  # pairs that proposals start from
_PATIENCE = 40  # proposals in a row that bring no new text before the search gives up
_MOST_PAIRS = 200_000  # compared when all texts of a space are scored


def search_space(
    score: Score, space: Space, *, budget: int, seed: int = 0, keep: int = 20
) -> WorstCase:
    """Return the pairs with the largest shifts that a search of `budget` texts finds.

    Parameters
    ----------
    score : callable
        From a list of distinct texts to one row of scores each.
    space : Space
    budget : int
        Distinct texts to score at most, at least 2. A space that has no more is compared whole.
    seed : int
        The same seed gives the same result.
    keep : int
        Pairs to return at most.
    """
    search = _Search(score, space, budget, random.Random(seed))
    exhausted = _fits(space, budget)
    start = search.exhaust() if exhausted else search.start()
    if not exhausted:
        search.climb()
    pairs = tuple(search.best(keep))
    return WorstCase(pairs, len(search.rows), budget, seed, start, exhausted)


def _fits(space: Space, budget: int) -> bool:
    """Whether all texts of a space fit into a budget, and its pairs can be gone through."""
    if len(space) > _MOST_PAIRS:
        return False
    return len(set(islice(space.texts, budget + 1))) <= budget


@dataclass
class _Search:
    """What is known so far: rows of scores by text, and the pairs that were compared."""

    score: Score
    space: Space
    budget: int
    rng: random.Random
    rows: dict[str, Row] = field(default_factory=dict)
    shifts: dict[Pair, float] = field(default_factory=dict)
    genes: dict[tuple[int, ...], Gene] = field(default_factory=dict)
    effects: Effects = field(default_factory=Effects)

    @property
    def left(self) -> int:
        return self.budget - len(self.rows)

    def exhaust(self) -> float:
        """Compare every pair; return the largest shift."""
        self._ask(self.space.texts)
        for pair in self.space:
            self._compare(pair)
        return max(self.shifts.values())

    def start(self) -> float:
        """Compare random pairs for a quarter of the budget; return their largest shift."""
        self._spend(max(2, self.budget // 4), self._anywhere)
        return max(self.shifts.values(), default=0.0)

    def climb(self) -> None:
        """Spend what is left on what lies near the best."""
        while self.left and self._spend(min(self.left, _BATCH), self._proposal):
            self._recombine()

    def best(self, n: int) -> list[Found]:
        """Return the pairs with the largest shifts, the first found of equals."""
        order = sorted(self.shifts, key=lambda pair: -self.shifts[pair])[:n]
        return [Found(p, (self.rows[p.original], self.rows[p.variant])) for p in order]

    def _spend(self, room: int, propose: Callable[[], Gene]) -> bool:
        """Score proposals for up to `room` new texts in one call; whether there were any."""
        batch: dict[tuple[int, ...], Gene] = {}
        new: dict[str, None] = {}
        idle = 0
        while len(new) < room and idle < _PATIENCE:
            gene = propose()
            fresh = [t for t in _texts(gene.pair) if t not in self.rows and t not in new]
            fits = len(new) + len(fresh) <= room and gene.digits not in batch
            idle = 0 if fits and fresh else idle + 1
            if fits:
                batch[gene.digits] = gene
                new.update(dict.fromkeys(fresh))
        self._ask(new)
        for gene in batch.values():
            self._learn(gene)
        return bool(new)

    def _ask(self, texts: Iterable[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self.rows]
        if new:
            answers = self.score(new)
            self.rows.update(
                (text, tuple(map(float, row))) for text, row in zip(new, answers, strict=True)
            )

    def _compare(self, pair: Pair) -> float:
        shift = largest_change(self.rows[pair.original], self.rows[pair.variant])
        self.shifts[pair] = shift
        return shift

    def _learn(self, gene: Gene) -> None:
        if gene.digits not in self.genes:
            self.genes[gene.digits] = gene
            self.effects.add(gene, self._compare(gene.pair))

    def _anywhere(self) -> Gene:
        return read(self.space, (), self.rng)

    def _proposal(self) -> Gene:
        """Turn one digit of a good pair, cross two of them, or look somewhere new."""
        elite = self._elite()
        chance = self.rng.random()
        if not elite or chance < 0.1:
            return self._anywhere()
        gene = elite[int(len(elite) * self.rng.random() ** 2)]
        if chance < 0.3:
            return self._cross(gene, self.rng.choice(elite))
        return self._turn(gene)

    def _elite(self) -> list[Gene]:
        return sorted(self.genes.values(), key=lambda gene: -self.shifts[gene.pair])[:_ELITE]

    def _turn(self, gene: Gene) -> Gene:
        if not gene.turnable:
            return self._anywhere()
        places = self.rng.sample(
            gene.turnable, min(1 + (self.rng.random() < 0.3), 2, len(gene.turnable))
        )
        changes = [(place, self._value(gene, place)) for place in places]
        return read(self.space, turned(gene, changes), self.rng)

    def _value(self, gene: Gene, place: int) -> int:
        """Draw a value for one digit: any, or the best of some by what is known."""
        options = [self.rng.randrange(gene.sizes[place]) for _ in range(4)]
        if self.rng.random() < 0.5:
            return options[0]
        return max(options, key=lambda value: self.effects.hope(gene.key(place), value))

    def _cross(self, one: Gene, other: Gene) -> Gene:
        """Say of one pair's people what the other's template says."""
        return read(self.space, [*other.digits[:-3], *one.digits[-3:]], self.rng)

    def _recombine(self) -> None:
        """Compare, among the best pairs, texts that were scored but never held together."""
        for gene in self._elite():
            for other in self._elite():
                same = gene.digits[:-2] == other.digits[:-2] and len(gene.digits) > 2
                if same and gene is not other:
                    crossed = read(self.space, [*gene.digits[:-1], other.digits[-1]], self.rng)
                    if all(text in self.rows for text in _texts(crossed.pair)):
                        self._learn(crossed)


def _texts(pair: Pair) -> tuple[str, str]:
    return (pair.original, pair.variant)
