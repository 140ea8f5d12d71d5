"""One pass of a causal language model over rows that share their starts, or none.

Short starts are shared within a tree (`Branches`). Long ones are computed first, and what the model
remembers of them is handed to all endings (`Unit`): in a tree each ending would be compared with
every token of all the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_fairness.models.boundaries import Row
from pytest_fairness.models.likelihoods import Numbers, sums_of
from pytest_fairness.models.readout import Positions, Readout
from pytest_fairness.models.trees import Tree, depths, sight

_ALIKE = 0.75  # starts that are computed together are cut to the shortest, not shorter than this


@dataclass(frozen=True)
class Unit:
    """Rows that are computed together: the first `start` tokens of all of them once."""

    start: int
    rows: tuple[Row, ...]

    @property
    def kind(self) -> int:
        """Units of one kind share batches."""
        return 1 if self.start else 0

    @property
    def tokens(self) -> int:
        """How many tokens go through the model."""
        longest = max(len(row.ids) for row in self.rows)
        return self.start + len(self.rows) * max(1, longest - 1 - self.start)


@dataclass(frozen=True)
class Branches:
    """Rows that are computed as a tree, in the order of its members."""

    tree: Tree
    rows: tuple[Row, ...]
    kind = 2

    @property
    def tokens(self) -> int:
        """How many tokens go through the model."""
        return len(self.tree.ids)


class Passes:
    """Reads the log-likelihoods of rows from a causal language model.

    Parameters
    ----------
    readout : Readout
    filler : int
        The token that pads rows.
    """

    def __init__(self, readout: Readout, filler: int) -> None:
        self._readout, self._filler = readout, filler

    def sums(self, module: Any, units: Sequence[Unit | Branches]) -> list[Numbers]:
        """Return the log-likelihoods of the rows of each unit; all units are of one kind."""
        trees = [unit for unit in units if isinstance(unit, Branches)]
        if trees:
            return self._of_trees(module, trees)
        plain = [unit for unit in units if isinstance(unit, Unit)]
        found: dict[int, Numbers] = {}
        for part in _alike([unit.start for unit in plain]):
            sums = self._after_starts(module, [plain[i] for i in part])
            found |= dict(zip(part, sums, strict=True))
        return [found[i] for i in range(len(plain))]

    def _of_trees(self, module: Any, units: list[Branches]) -> list[Numbers]:
        """Read each token after each node once, whichever rows it belongs to."""
        rows = [row for unit in units for row in unit.rows]
        paths = [(i, path) for i, unit in enumerate(units) for path in unit.tree.paths]
        edges: dict[tuple[int, int, int], int] = {}
        owners, slots = [], []
        for owner, (row, (i, path)) in enumerate(zip(rows, paths, strict=True)):
            for j in row.indices(1):
                slots.append(edges.setdefault((i, path[j - 1], row.ids[j]), len(edges)))
                owners.append(owner)
        at = Positions(*([edge[k] for edge in edges] for k in range(3)))
        inputs = self._of_nodes([unit.tree for unit in units], module)
        values, _ = self._readout.log_probabilities(module, inputs, at)
        return _split(sums_of(values[slots], owners, len(rows)), units)

    def _of_nodes(self, trees: list[Tree], module: Any) -> dict[str, Any]:
        import torch

        ids = self.tensor([tree.ids for tree in trees], module)
        inputs = {"input_ids": ids, "use_cache": False}
        if any(tree.branches for tree in trees):
            seen = torch.as_tensor(sight(trees, ids.shape[1]), device=ids.device)
            hidden = torch.zeros(seen.shape, dtype=module.dtype, device=ids.device)
            hidden.masked_fill_(~seen, torch.finfo(module.dtype).min)
            inputs["attention_mask"] = hidden[:, None]
            inputs["position_ids"] = self.tensor([depths(tree) for tree in trees], module, 0)
        return inputs

    def _after_starts(self, module: Any, units: list[Unit]) -> list[Numbers]:
        start = min(unit.start for unit in units)
        shared, past = self._shared(module, units, start)
        owners = [i for i, unit in enumerate(units) for _ in unit.rows]
        rows = [row for unit in units for row in unit.rows]
        found = self._endings(module, rows, owners, start, past)
        for i, (row, owner) in enumerate(zip(rows, owners, strict=True)):
            found[i] += shared[owner][max(0, row.first - 1) :].sum()
        return _split(found, units)

    def _shared(self, module: Any, units: list[Unit], start: int) -> tuple[list[Numbers], Any]:
        """Return the log-probabilities of tokens 1 to `start` of each unit, and what to reuse."""
        if not start:
            return [np.zeros(0)] * len(units), None
        ids = [unit.rows[0].ids for unit in units]
        firsts = [min(row.first for row in unit.rows) for unit in units]
        where = [(i, j) for i, first in enumerate(firsts) for j in range(first, start + 1)]
        targets = [ids[i][j] for i, j in where]
        at = Positions([i for i, _ in where], [j - 1 for _, j in where], targets)
        inputs = {"input_ids": self.tensor([row[:start] for row in ids], module)}
        values, output = self._readout.log_probabilities(module, inputs | {"use_cache": True}, at)
        found = [np.zeros(start) for _ in units]
        for (i, j), value in zip(where, values, strict=True):
            found[i][j - 1] = value
        return found, output.past_key_values

    def _endings(
        self, module: Any, rows: list[Row], owners: list[int], start: int, past: Any
    ) -> Numbers:
        """Return for each row the sum over its scored tokens after `start`."""
        ids = [row.ids[start:-1] for row in rows]
        if not any(ids):
            return np.zeros(len(rows))
        inputs = {"input_ids": self.tensor(ids, module), "use_cache": past is not None}
        if past is not None:
            past.batch_select_indices(self.tensor([owners], module)[0])
            inputs["past_key_values"] = past
        where = [(i, j) for i, row in enumerate(rows) for j in row.indices(start + 1)]
        targets = [rows[i].ids[j] for i, j in where]
        at = Positions([i for i, _ in where], [j - 1 - start for _, j in where], targets)
        values, _ = self._readout.log_probabilities(module, inputs, at)
        return sums_of(values, [i for i, _ in where], len(rows))

    def tensor(self, rows: Sequence[Sequence[int]], module: Any, filler: int | None = None) -> Any:
        """Return rows padded on the right: causal attention never looks there."""
        import torch

        width = max(map(len, rows))
        filler = self._filler if filler is None else filler
        padded = [[*row, *[filler] * (width - len(row))] for row in rows]
        return torch.tensor(padded, dtype=torch.long, device=module.device)


def _split(sums: Numbers, units: Sequence[Unit | Branches]) -> list[Numbers]:
    return np.split(sums, np.cumsum([len(unit.rows) for unit in units])[:-1])


def _alike(starts: Sequence[int]) -> list[list[int]]:
    """Return which of a batch's starts are computed together: those of about the same length."""
    parts: list[list[int]] = []
    for i in sorted(range(len(starts)), key=lambda i: -starts[i]):
        if parts and starts[i] >= _ALIKE * starts[parts[-1][0]]:
            parts[-1].append(i)
        else:
            parts.append([i])
    return parts
