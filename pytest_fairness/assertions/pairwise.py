"""Mean differences between the two texts of pairs, of every two groups."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.checks import Levels, whole_number
from pytest_fairness.assertions.concluding import conclude
from pytest_fairness.assertions.sampling import active_part
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.evidence import Judgement, judge_deviation
from pytest_fairness.outcome import Evidence, Example, Outcome, Tolerance, Verdict
from pytest_fairness.perturb import Pair, Space

Array = npt.NDArray[np.float64]

_SILENT = "pairs with a side that nothing was written of"
_UNSCORED = "pairs with a side that has no score"
_ENOUGH = 5  # templates that bounds can be resampled from


def drawn_pairs(space: Any, n: int, seed: int) -> list[Pair]:
    """Return the changed pairs of a list, or some of a space, drawn by seed.

    Of a space, they are of the part that the run is restricted to.
    """
    whole_number("n", n, 1)
    if isinstance(space, Space):
        space = active_part(space)
    elif isinstance(space, Pair):
        space = [space]
    listed = space.sample(min(n, len(space)), seed=seed) if hasattr(space, "sample") else space
    single = isinstance(listed, (str, dict)) or not isinstance(listed, Iterable)
    listed = [listed] if single else list(listed)
    for place, pair in enumerate(listed):
        if not isinstance(pair, Pair):
            raise ArgumentTypeError(
                f"space holds {reprlib.repr(pair)}, of type {type(pair).__name__}, at place "
                f"{place}, and must be a space or a list of counterfactual pairs. Make one with "
                "counterfactuals('{name} left.', vary='gender'), or with texts=[...]."
            )
    return [pair for pair in listed if pair.original != pair.variant and not pair.placebo]


def clusters_of(pairs: Sequence[Pair]) -> list[Any]:
    """Return which pairs belong together: those of a template, of few those of terms if more."""
    sources: list[Any] = [pair.source for pair in pairs]
    terms = [pair.terms for pair in pairs]
    n = len(set(sources))
    return sources if n >= _ENOUGH or n >= len(set(terms)) else terms


@dataclass(frozen=True)
class PairScores:
    """Pairs with a score of each side.

    Attributes
    ----------
    pairs : sequence of Pair
    first, second : arrays of shape (n_pairs,)
    shown : sequence of str
        What an example shows of each side, both of the first pair first.
    """

    pairs: Sequence[Pair]
    first: Array
    second: Array
    shown: Sequence[str]

    @classmethod
    def of(
        cls, pairs: Sequence[Pair], scores: Array, shown: Sequence[str] | None = None
    ) -> PairScores:
        """Pair up the scores of all texts; by default the texts themselves are shown."""
        texts = [text for pair in pairs for text in (pair.original, pair.variant)]
        return cls(pairs, scores[::2], scores[1::2], texts if shown is None else shown)

    @property
    def gaps(self) -> Array:
        """The score of the first side less that of the second."""
        return self.first - self.second

    def rows(self, two: tuple[str, ...]) -> list[int]:
        """Return which pairs are of two groups."""
        return [i for i, pair in enumerate(self.pairs) if tuple(sorted(pair.groups)) == two]

    def turned(self, two: tuple[str, ...]) -> list[float]:
        """Return the gaps of the pairs of two groups, all in the direction of their names."""
        gaps = self.gaps.tolist()
        rows = self.rows(two)
        return [gaps[i] if self.pairs[i].groups[0] == two[0] else -gaps[i] for i in rows]

    def worst(self, two: tuple[str, ...]) -> list[Example]:
        """Return the pairs of two groups with the widest gaps, to the side where most of it is."""
        turned = np.array(self.turned(two))
        side = 1.0 if turned.sum() >= 0 else -1.0
        order = np.argsort(-side * turned, kind="stable")[:SHOWN_EXAMPLES]
        rows = self.rows(two)
        return [self._example(rows[k]) for k in order.tolist()]

    def _example(self, i: int) -> Example:
        return Example(
            texts=(self.shown[2 * i], self.shown[2 * i + 1]),
            groups=self.pairs[i].groups,
            labels=(),
            scores=((float(self.first[i]),), (float(self.second[i]),)),
            change=float(self.gaps[i]),
        )


def between_groups(
    id: str,
    quantity: str,
    scored: PairScores,
    bound: Tolerance,
    alpha: float | None,
    *,
    span: float = float("inf"),
    model: Any = None,
    remark: str = "",
    silent: int = 0,
    unscored: int = 0,
    notes: tuple[str, ...] = (),
    space: Any = None,
    settings: Mapping[str, Any] | None = None,
) -> Outcome:
    """Judge the mean difference of every two groups: all must pass, and any may fail.

    `silent` more pairs were left out, because the model wrote nothing after some side, and
    `unscored` ones because no text of some side has a score. `notes` say what else a reader should
    know. A repair can begin where `space` is the space that was judged, and `settings` say how.
    """
    __tracebackhide__ = True
    several = sorted({tuple(sorted(pair.groups)) for pair in scored.pairs})
    left_out = {_SILENT: silent, _UNSCORED: unscored}
    widest = max(several, key=lambda two: abs(np.mean(scored.turned(two))), default=())

    def judge(levels: Levels) -> Judgement:
        found = [
            _of_two(two, scored, quantity, bound.value, levels, len(several), span)
            for two in several
        ]
        return without(_worst(found, quantity, silent, unscored), left_out, notes)

    compared = f"Compared are {'; '.join(map(' and '.join, several))}." if several else ""
    return conclude(
        id,
        bound,
        judge,
        sensitive_features=None,
        data=(scored.gaps, [pair.original for pair in scored.pairs]),
        alpha=alpha,
        remark=f"{remark} {compared}".strip(),
        model=model,
        examples=scored.worst(widest),
        attribute=" and ".join(sorted({pair.attribute for pair in scored.pairs})),
        space=active_part(space) if isinstance(space, Space) else None,
        settings=settings,
    )


def _of_two(
    two: tuple[str, ...],
    scored: PairScores,
    quantity: str,
    limit: float,
    levels: Levels,
    claims: int,
    span: float,
) -> Judgement:
    kept = [scored.pairs[i] for i in scored.rows(two)]
    return judge_deviation(
        scored.turned(two),
        fair=0.0,
        limit=limit,
        quantity=f"{quantity} between {two[0]} and {two[1]}",
        clusters=clusters_of(kept),
        least=-span,
        most=span,
        alpha=levels.alpha,
        share=levels.share / claims,
        unit="pairs",
    )


def without(
    judged: Judgement, left_out: Mapping[str, int], notes: tuple[str, ...] = ()
) -> Judgement:
    """Count the pairs that were left out, and add notes."""
    seen = judged.evidence
    excluded = {**seen.excluded, **{why: n for why, n in left_out.items() if n}}
    return replace(judged, evidence=replace(seen, excluded=excluded, notes=(*seen.notes, *notes)))


def _worst(found: Sequence[Judgement], quantity: str, silent: int, unscored: int) -> Judgement:
    """Return the judgement that the verdict rests on: a failure, else what is open, else a pass."""
    if not found:
        step = "Give templates whose groups differ."
        if silent:
            step = (
                f"After some side of all {silent}, nothing was written: give prompts that the "
                "model goes on from, or more max_new_tokens=."
            )
        elif unscored:
            step = (
                f"Some side of all {unscored} has no score: look at what the model writes, and at "
                "what the scorer cannot read."
            )
        reason = f"There are no pairs to measure the {quantity} on. {step}"
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0))
    order = (Verdict.FAIL, Verdict.UNMEASURABLE, Verdict.INCONCLUSIVE, Verdict.PASS)
    return min(found, key=lambda j: (order.index(j.verdict), -(j.evidence.estimate or 0.0)))
