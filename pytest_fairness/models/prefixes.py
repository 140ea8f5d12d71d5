"""Which token sequences start alike, and where computing that start once pays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A second pass over the model costs about as much as this many tokens of the first.
PASS_TOKENS = 8
# What must be saved of a group's tokens before its start is computed apart.
SAVED_SHARE = 0.15


@dataclass(frozen=True)
class Group:
    """Sequences that start alike.

    Attributes
    ----------
    members : tuple of int
        Indices of the sequences.
    start : int
        Tokens, from the first on, that are computed once for all members; 0 of a single sequence.
    """

    members: tuple[int, ...]
    start: int


@dataclass(frozen=True)
class _Node:
    """Neighbours in sorted order, from `low` to `high`, and the cheapest way to compute them."""

    low: int
    high: int
    tokens: int
    cost: int
    start: int = 0
    parts: tuple[_Node, ...] = ()


def group(sequences: Sequence[Sequence[int]]) -> list[Group]:
    """Put sequences into groups such that few tokens are computed in all.

    The last token that members share is left to each of them, because what follows it differs.

    Parameters
    ----------
    sequences : sequence of sequences of int

    Returns
    -------
    list of Group
        Each sequence is a member of exactly one.

    Examples
    --------
    >>> start = list(range(20))
    >>> group([[*start, 30], [*start, 31, 32], [7, 8]])
    [Group(members=(0, 1), start=19), Group(members=(2,), start=0)]
    """
    if not sequences:
        return []
    order = sorted(range(len(sequences)), key=lambda i: tuple(sequences[i]))
    shared = [common(sequences[a], sequences[b]) for a, b in itertools.pairwise(order)]
    roots = _merge([len(sequences[i]) for i in order], shared)
    return [Group(tuple(order[n.low : n.high]), n.start) for n in _leaves(roots)]


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many tokens two sequences share from their start."""
    n = min(len(first), len(second))
    return next((i for i in range(n) if first[i] != second[i]), n)


def _merge(lengths: list[int], shared: list[int]) -> list[_Node]:
    """Join neighbours, those that share most first, and keep the cheapest plan for each range."""
    at = {i: _Node(i, i + 1, length, length) for i, length in enumerate(lengths)}  # by both ends
    ends = {i + 1: node for i, node in at.items()}
    for boundary in sorted(range(len(shared)), key=lambda i: -shared[i]):
        if shared[boundary] <= 1:
            break
        left, right = ends.pop(boundary + 1), at.pop(boundary + 1)
        joined = _join(left, right, shared[boundary] - 1)
        at[joined.low], ends[joined.high] = joined, joined
    return [at[low] for low in sorted(at)]


def _join(left: _Node, right: _Node, start: int) -> _Node:
    low, high, tokens = left.low, right.high, left.tokens + right.tokens
    saved = (high - low - 1) * start
    apart = left.cost + right.cost
    together = tokens - saved + PASS_TOKENS
    if together < apart and saved >= SAVED_SHARE * tokens:
        return _Node(low, high, tokens, together, start)
    return _Node(low, high, tokens, apart, 0, (left, right))


def _leaves(roots: list[_Node]) -> Iterator[_Node]:
    waiting = roots[::-1]
    while waiting:
        node = waiting.pop()
        if node.parts:
            waiting += node.parts[::-1]
        else:
            yield node
