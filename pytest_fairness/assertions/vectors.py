"""Fairness of embeddings: whether a text stays where it is whoever it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import chosen_seed, differing
from pytest_fairness.assertions.concluding import begin
from pytest_fairness.assertions.pairwise import Array, PairScores, between_groups, drawn_pairs
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.metrics.embeddings import cosine_distances, distance_between
from pytest_fairness.models.kinds import as_embedder
from pytest_fairness.outcome import Example, Outcome
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {"max_distance": "the largest accepted share of the distance between other texts"}
_SAME = 1e-9  # a distance that is rounding


class _Distances(PairScores):
    """Distances of the two sides of pairs, which have no direction."""

    def turned(self, two: tuple[str, ...]) -> list[float]:
        """Return the distances of the pairs of two groups."""
        return [float(self.first[i]) for i in self.rows(two)]

    def _example(self, i: int) -> Example:
        apart = (float(self.first[i]),)
        return replace(super()._example(i), scores=(apart, apart))


def assert_embedding_parity(
    embedder: Any,
    space: Space | Iterable[Pair],
    *,
    max_distance: float,
    n: int = 400,
    seed: int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that an embedder gives a text about the same vector whoever it speaks of.

    The statistic is, of every two groups, the mean cosine distance between the two texts of a pair,
    as a share of the mean distance between texts of different templates; the largest counts (0 is
    fair; 1 means that another group is as far as another topic).

    Parameters
    ----------
    embedder : Embedder, or function from texts to vectors
        Of shape (n_texts, n_dimensions).
    space : Space, or iterable of Pair
        With several templates. Of a space, `n` pairs are drawn by `seed`.
    max_distance : float, at least 0
    n, seed, alpha
        As in `assert_counterfactual_invariance`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If all pairs are of one template: nothing says then what is far.
    ModelError
        If the embedder does not return one vector per text, or all vectors are alike.

    Notes
    -----
    Pairs of a template belong together in the bounds; the distance between templates is taken as
    known. *What a pass shows*: in texts like these, who is spoken of moves a text little, compared
    with what it says. *What it does not show*: that no group lies nearer to other words; see
    `assert_association`.

    Examples
    --------
    >>> from pytest_fairness import assert_embedding_parity, counterfactuals
    >>> space = counterfactuals([f"{{pronoun}} reads page {i}" for i in range(60)], vary="gender")
    >>> def by_page(texts):
    ...     pages = [int(text.split()[-1]) for text in texts]
    ...     return [[float(page == i) for i in range(60)] for page in pages]
    >>> assert_embedding_parity(by_page, space, max_distance=0.5).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    bound = begin(
        "assert_embedding_parity",
        {"max_distance": max_distance},
        _MEANINGS,
        most=float("inf"),
        unit="number",
    )
    pairs, asked = drawn_pairs(space, n, chosen_seed(seed)), as_embedder(embedder)
    apart, unit = _apart(_vectors(asked, pairs), pairs) if pairs else (np.zeros(0), 1.0)
    return between_groups(
        "embedding_distance",
        "mean distance of embeddings",
        _Distances(pairs, apart / unit, np.zeros(len(pairs)), _texts(pairs)),
        bound,
        alpha,
        span=2 / unit,
        model=asked,
        space=space,
        settings=differing(assert_embedding_parity, n=n, seed=seed),
    )


def _texts(pairs: Sequence[Pair]) -> list[str]:
    return [text for pair in pairs for text in (pair.original, pair.variant)]


def _vectors(embedder: Any, pairs: Sequence[Pair]) -> Array:
    texts = _texts(pairs)
    vectors: Array = np.asarray(embedder.embed(texts), dtype=np.float64)
    empty = np.flatnonzero(~np.linalg.norm(vectors, axis=1).astype(bool))
    if len(empty):
        raise ModelError(
            f"The vector of {texts[int(empty[0])]!r} has length 0, so that it lies in no "
            "direction. Leave such texts out, or take a model that knows their words."
        )
    return vectors


def _apart(vectors: Array, pairs: Sequence[Pair]) -> tuple[Array, float]:
    """Return how far the sides of each pair lie apart, and how far other templates do."""
    sources = [pair.source for pair in pairs]
    if len(set(sources)) < 2:
        raise ArgumentError(
            f"All {len(pairs)} pairs are of one template, {sources[0]!r}, so that nothing says "
            "what is far. Give several templates that speak of different things."
        )
    unit = distance_between(vectors[::2], sources)
    if unit < _SAME:
        raise ModelError(
            "The vectors of texts of different templates are all alike, so that nothing can be "
            "compared with them. Look at what the embedder returns."
        )
    return cosine_distances(vectors[::2], vectors[1::2]), unit
