"""Searching a space for the pairs whose scores lie furthest apart.

A quarter of the budget goes to a random start. Then, round by round, a model of the scores is
fitted, pairs are bred towards what it expects to gain, and the best of them are scored. Scores
belong to texts, not to pairs: the model learns from each side alone, a new term on one side costs
one query, and two texts of one sentence that have scores are compared for nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pytest_fairness.perturb import Pair, Space
from pytest_fairness.search.found import Found, Row, WorstCase, largest_change
from pytest_fairness.search.genes import Even, Gene, evenly, fellows, read, turned
from pytest_fairness.search.surrogate import Side, Surrogate

Score = Callable[[list[str]], Sequence[Row]]

_BATCH = 24  # texts a round asks for, at least
_ELITE = 12  # pairs that proposals start from
_POOL = 250  # pairs that a generation of proposals adds, and keeps
_GENERATIONS = 4
_NEAR = 0.5  # of a round goes next to the best pairs, whatever the model expects
_SENTENCES = 3  # in which all people that were scored are held together in the end
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
    exhausted = fits(space, budget)
    start = search.exhaust() if exhausted else search.start()
    if not exhausted:
        search.climb()
    pairs = tuple(search.best(keep))
    return WorstCase(pairs, len(search.rows), budget, seed, start, exhausted)


def fits(space: Space, budget: int) -> bool:
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
    surrogate: Surrogate = field(default_factory=Surrogate)

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
        """Compare random pairs for a quarter of the budget; return their largest shift.

        Every value is drawn about as often as any other, so that few terms are never seen.
        """
        draw = Even(self.rng)
        self._spend(max(2, self.budget // 4), lambda: evenly(self.space, draw))
        return max(self.shifts.values(), default=0.0)

    def climb(self) -> None:
        """Spend what is left, round by round, where the largest shifts are expected."""
        room = max(_BATCH, self.budget // 16)
        while self.left and self._round(min(self.left, room)):
            pass
        self._compare_neighbours()

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
            self._compare(gene.pair)

    def _anywhere(self) -> Gene:
        return read(self.space, (), self.rng)

    def _round(self, room: int) -> bool:
        """Score the most promising pairs, half of them near the best; whether any were new."""
        self._fit()
        pool, elite = iter(self._promising()), self._elite()

        def propose() -> Gene:
            near = self.rng.random() < _NEAR
            return (None if near else next(pool, None)) or self._child(elite)

        return self._spend(room, propose)

    def _fit(self) -> None:
        sides = {side.text: side for gene in self.genes.values() for side in _sides(gene.pair)}
        self.surrogate.learn(list(sides.values()), [self.rows[text] for text in sides])

    def _promising(self) -> list[Gene]:
        """Return pairs by what they are expected to gain, after some generations of changes."""
        best = max(self.shifts.values(), default=0.0)
        elite = self._elite()
        pool = {g.digits: g for g in elite}
        parents = elite + [self._anywhere() for _ in range(_POOL)]
        for _ in range(_GENERATIONS):
            children = [self._child(parents) for _ in range(_POOL)]
            pool.update((gene.digits, gene) for gene in (*parents, *children))
            genes = list(pool.values())
            gains = self.surrogate.gains([_sides(gene.pair) for gene in genes], best)
            order = sorted(range(len(genes)), key=lambda i: -gains[i])
            parents = [genes[i] for i in order[: _ELITE * 4]]
            pool = {genes[i].digits: genes[i] for i in order[:_POOL]}
        return [gene for gene in pool.values() if not self._known(gene)]

    def _known(self, gene: Gene) -> bool:
        """Whether both texts have scores; then the pair is compared, which costs nothing."""
        known = all(text in self.rows for text in _texts(gene.pair))
        if known:
            self._learn(gene)
        return known

    def _child(self, parents: Sequence[Gene]) -> Gene:
        """Turn one or two digits of a pair, or let its people be in another's sentence."""
        gene, other = self.rng.choice(parents), self.rng.choice(parents)
        if self.rng.random() < 0.3:
            return self._cross(gene, other)
        return self._turn(gene)

    def _elite(self) -> list[Gene]:
        return sorted(self.genes.values(), key=lambda gene: -self.shifts[gene.pair])[:_ELITE]

    def _turn(self, gene: Gene) -> Gene:
        if not gene.turnable:
            return self._anywhere()
        several = min(1 + (self.rng.random() < 0.3), len(gene.turnable))
        places = self.rng.sample(gene.turnable, several)
        changes = [(place, self.rng.randrange(gene.sizes[place])) for place in places]
        return read(self.space, turned(gene, changes), self.rng)

    def _cross(self, one: Gene, other: Gene) -> Gene:
        """Say of one pair's people what the other's template says."""
        return read(self.space, [*other.digits[:-3], *one.digits[-3:]], self.rng)

    def _compare_neighbours(self) -> None:
        """Compare, in the best sentences, texts that were scored but never held together."""
        contexts = {gene.context: gene for gene in reversed(self._elite())}
        for gene in list(contexts.values())[-_SENTENCES:]:
            for pair in fellows(self.space, gene.digits):
                if all(text in self.rows for text in _texts(pair)):
                    self._compare(pair)


def _sides(pair: Pair) -> tuple[Side, Side]:
    first, second = zip(_texts(pair), pair.groups, pair.terms, strict=True)
    return Side(*first), Side(*second)


def _texts(pair: Pair) -> tuple[str, str]:
    return (pair.original, pair.variant)
