"""The token rows of a training run, with the frozen layers' answers kept.

`pytest_fairness.mitigation.bank` does this for whole texts and one answer each; here rows may be
masked, and are looked at in many places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.bank import (
    MAX_KEPT_BYTES,
    TOKENS_A_BATCH,
    evaluating,
    recording,
    shortcut,
)

if TYPE_CHECKING:
    from torch import Tensor, nn

Row = tuple[int, ...]


class TokenBank:
    """Distinct rows of tokens as batches for one model.

    Parameters
    ----------
    rows : iterable of tuples of int
        Repeated rows are kept once.
    filler : int
        The token with which shorter rows are padded.
    """

    def __init__(self, rows: Iterable[Row], filler: int) -> None:
        self._index = {row: i for i, row in enumerate(dict.fromkeys(rows))}
        self._rows = list(self._index)
        self._filler = filler
        self._frozen: Sequence[nn.Module] = ()
        self._hidden: list[Tensor] = []

    def __len__(self) -> int:
        return len(self._rows)

    def numbers(self, rows: Iterable[Row]) -> list[int]:
        """Return where each row stands in the bank."""
        return [self._index[row] for row in rows]

    def batch(self, numbers: Sequence[int]) -> dict[str, Tensor]:
        """Return the padded rows at `numbers`, and their kept activations if any."""
        import torch

        rows = [self._rows[i] for i in numbers]
        width = max(map(len, rows))
        ids = [[*row, *[self._filler] * (width - len(row))] for row in rows]
        real = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
        batch = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(real)}
        if self._hidden:
            from torch.nn.utils.rnn import pad_sequence

            batch["hidden"] = pad_sequence([self._hidden[i] for i in numbers], batch_first=True)
        return batch

    @contextmanager
    def inputs(self, batch: dict[str, Tensor]) -> Iterator[dict[str, Tensor]]:
        """Give the arguments of the model; inside, frozen layers pass on what was kept."""
        inputs = dict(batch)
        hidden = inputs.pop("hidden", None)
        with shortcut(self._frozen, hidden):
            yield inputs

    def keep(self, model: nn.Module, frozen: Sequence[nn.Module]) -> None:
        """Run the `frozen` layers over each row once, and keep what they pass on.

        Nothing is kept where that would need too much memory; training is then slower.
        """
        if not frozen or self._needed_bytes(model) > MAX_KEPT_BYTES:
            return
        base = getattr(model, "base_model", model)  # without the head, which costs most
        device = next(model.parameters()).device
        kept: dict[int, Tensor] = {}
        with evaluating(model), recording(frozen[-1]) as outputs:
            for numbers in self.packed(range(len(self))):
                base(**to(self.batch(numbers), device))
                output = outputs.pop()
                if outputs or not hasattr(output, "shape"):
                    return  # a layer that runs twice, or passes on more than activations
                for number, row in zip(numbers, output, strict=True):
                    kept[number] = row[: len(self._rows[number])].clone()
        self._frozen, self._hidden = frozen, [kept[i] for i in range(len(self))]

    def packed(self, numbers: Iterable[int]) -> Iterator[list[int]]:
        """Return `numbers` in batches, shortest rows first, under a budget of padded tokens."""
        part: list[int] = []
        for number in sorted(numbers, key=lambda i: len(self._rows[i])):
            if part and (len(part) + 1) * len(self._rows[number]) > TOKENS_A_BATCH:
                yield part
                part = []
            part.append(number)
        if part:
            yield part

    def _needed_bytes(self, model: Any) -> int:
        width = int(getattr(model.config, "hidden_size", 2**20))
        return 4 * width * sum(map(len, self._rows))


def to(batch: dict[str, Any], device: Any) -> dict[str, Any]:
    """Return a batch, and the batches in it, on a device."""
    return {
        name: to(value, device) if isinstance(value, dict) else value.to(device)
        for name, value in batch.items()
    }
