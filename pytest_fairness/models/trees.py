"""Token sequences as trees: in one pass over the model, what several share is computed once.

The nodes of a tree are tokens, and stand in one row of a batch. Each sees itself and the tokens
that lead to it, and has the position that it has in its sequence. To a model that lets others say
what a token sees and where it stands, a node is then what the token is in its sequence alone: what
SpecInfer (Miao et al. 2024) calls tree attention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pytest_fairness.models.prefixes import common

# Every node of a tree is compared with every other, of other branches too. So many of these
# comparisons cost about as much as what else the model does with a token.
PAIRS = 1000


@dataclass(frozen=True)
class Tree:
    """Sequences that share their starts.

    Attributes
    ----------
    ids : tuple of int
        The token of each node; a node stands behind those that lead to it.
    parents : tuple of int
        The node before each, -1 where there is none.
    members : tuple of int
        Indices of the sequences.
    paths : tuple of tuple of int
        The nodes of each member, from its first token to its last.
    """

    ids: tuple[int, ...]
    parents: tuple[int, ...]
    members: tuple[int, ...]
    paths: tuple[tuple[int, ...], ...]

    @property
    def branches(self) -> bool:
        """Whether any node does not simply follow the one beside it."""
        return self.parents != tuple(range(-1, len(self.ids) - 1))


def plant(sequences: Sequence[Sequence[int]], room: int) -> list[Tree]:
    """Put sequences into trees of at most `room` nodes, or of one sequence that is longer.

    A sequence joins a tree where the tokens that it finds there are worth more than the wider
    row costs (`PAIRS`).

    Returns
    -------
    list of Tree
        Each sequence is a member of exactly one.

    Examples
    --------
    >>> tree, = plant([[1, 2, 3], [1, 2, 4, 5], [1]], room=10)
    >>> tree.ids, tree.parents
    ((1, 2, 3, 4, 5), (-1, 0, 1, 1, 3))
    >>> tree.members, tree.paths
    ((2, 0, 1), ((0,), (0, 1, 2), (0, 1, 3, 4)))
    """
    grown: list[_Growing] = []
    for i in sorted(range(len(sequences)), key=lambda i: tuple(sequences[i])):
        if not (grown and grown[-1].gains(sequences[i], room)):
            grown.append(_Growing())
        grown[-1].add(i, sequences[i])
    return [tree.done() for tree in grown]


def depths(tree: Tree) -> list[int]:
    """Return at which place of its sequences each node stands."""
    found: list[int] = []
    for parent in tree.parents:
        found.append(0 if parent < 0 else found[parent] + 1)
    return found


def sight(trees: Sequence[Tree], width: int) -> npt.NDArray[np.bool_]:
    """Return what each node sees, of shape (n_trees, width, width); a filler sees itself.

    Examples
    --------
    >>> sight(plant([[1, 2], [1, 3]], room=10), 3).astype(int).tolist()
    [[[1, 0, 0], [1, 1, 0], [1, 0, 1]]]
    """
    found = np.zeros((len(trees), width, width), dtype=np.bool_)
    found[:, range(width), range(width)] = True
    for rows, tree in zip(found, trees, strict=True):
        for node, parent in enumerate(tree.parents):
            if parent >= 0:
                rows[node] |= rows[parent]
    return found


@dataclass
class _Growing:
    """A tree to which sequences are added in sorted order."""

    ids: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    paths: list[tuple[int, ...]] = field(default_factory=list)
    last: Sequence[int] = ()

    def gains(self, sequence: Sequence[int], room: int) -> bool:
        """Whether a sequence costs less here than in a tree of its own."""
        kept, now, alone = common(self.last, sequence), len(self.ids), len(sequence)
        size = now + alone - kept
        return size <= room and size**2 - now**2 - alone**2 < kept * PAIRS

    def add(self, index: int, sequence: Sequence[int]) -> None:
        kept = common(self.last, sequence)
        path = list(self.paths[-1][:kept]) if self.paths else []
        for token in sequence[kept:]:
            self.parents.append(path[-1] if path else -1)
            path.append(len(self.ids))
            self.ids.append(token)
        self.members.append(index)
        self.paths.append(tuple(path))
        self.last = sequence

    def done(self) -> Tree:
        return Tree(tuple(self.ids), tuple(self.parents), tuple(self.members), tuple(self.paths))
