"""All the texts of a training run, tokenised once, with the frozen layers' answers kept.

Layers that do not learn give the same activations at every step. They are computed once per text
and handed to the first layer that learns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import read_by_head

if TYPE_CHECKING:
    from torch import Tensor, nn

MAX_KEPT_BYTES = 2 * 1024**3
TOKENS_A_BATCH = 2048


class Bank:
    """Distinct texts as batches for one model.

    Parameters
    ----------
    texts : sequence of str
        Repeated texts are kept once.
    tokenizer : PreTrainedTokenizerBase
    config : MitigationConfig
        Says where texts are cut.
    """

    def __init__(self, texts: Sequence[str], tokenizer: Any, config: MitigationConfig) -> None:
        self._index = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        encoded = tokenizer(list(self._index), truncation=True, max_length=config.max_length)
        self._encoded: dict[str, list[list[int]]] = dict(encoded)
        self._tokenizer = tokenizer
        self._frozen: Sequence[nn.Module] = ()
        self._hidden: list[Tensor] = []

    def __len__(self) -> int:
        return len(self._index)

    def numbers(self, texts: Sequence[str]) -> list[int]:
        """Return where each text stands in the bank."""
        return [self._index[text] for text in texts]

    def length(self, number: int) -> int:
        """Return the tokens of one text."""
        return len(self._encoded["input_ids"][number])

    def batch(self, numbers: Sequence[int]) -> dict[str, Tensor]:
        """Return the padded tokens of the texts at `numbers`, and their kept activations if any."""
        chosen = {name: [rows[i] for i in numbers] for name, rows in self._encoded.items()}
        batch = dict(self._tokenizer.pad(chosen, padding_side="right", return_tensors="pt"))
        if self._hidden:
            from torch.nn.utils.rnn import pad_sequence

            batch["hidden"] = pad_sequence([self._hidden[i] for i in numbers], batch_first=True)
        return batch

    def forward(self, model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        """Return the logits of one batch in float32."""
        inputs = dict(batch)
        hidden = inputs.pop("hidden", None)
        with _shortcut(self._frozen, hidden):
            logits: Tensor = model(**inputs).logits
        return logits.float()

    def forward_with_hidden(
        self, model: nn.Module, batch: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return logits, and what the last layer reads, of shape (n, d), in float32."""
        with read_by_head(model) as read:
            logits = self.forward(model, batch)
        hidden = read[-1]
        if hidden.dim() == 3:  # a decoder scores every token; its answer is the last one's
            last = batch["attention_mask"].cumsum(dim=1).argmax(dim=1)
            hidden = hidden[range(len(hidden)), last]
        return logits, hidden.float()

    def read(self, model: nn.Module) -> tuple[Tensor, Tensor]:
        """Return what the last layer reads of every text, of shape (n_texts, d), and the logits."""
        import torch

        device = next(model.parameters()).device
        hidden: list[Tensor] = [torch.empty(0)] * len(self)
        logits: list[Tensor] = [torch.empty(0)] * len(self)
        with _evaluating(model):
            for numbers in self._sorted_batches(range(len(self))):
                batch = {name: value.to(device) for name, value in self.batch(numbers).items()}
                said, read = self.forward_with_hidden(model, batch)
                for number, *rows in zip(numbers, said.cpu(), read.cpu(), strict=True):
                    logits[number], hidden[number] = rows
        return torch.stack(hidden), torch.stack(logits)

    def logits(self, model: nn.Module, numbers: Sequence[int]) -> Tensor:
        """Return the logits of many texts on the CPU, without dropout or gradient."""
        import torch

        device = next(model.parameters()).device
        rows: list[Tensor] = [torch.empty(0)] * len(numbers)
        with _evaluating(model):
            for places in self._sorted_batches(numbers):
                batch = self.batch([numbers[place] for place in places])
                batch = {name: value.to(device) for name, value in batch.items()}
                for place, row in zip(places, self.forward(model, batch).cpu(), strict=True):
                    rows[place] = row
        return torch.stack(rows)

    def prepare(self, model: nn.Module, frozen: Sequence[nn.Module]) -> Tensor:
        """Answer every text once, keep what the `frozen` layers pass on, and return the logits.

        Nothing is kept where that would need too much memory; training is then slower.
        """
        numbers = range(len(self))
        if not frozen or self._needed_bytes(model) > MAX_KEPT_BYTES:
            return self.logits(model, numbers)
        with _recording(frozen[-1]) as outputs:
            logits = self.logits(model, numbers)
        self._keep(frozen, outputs)
        return logits

    def _keep(self, frozen: Sequence[nn.Module], outputs: list[Any]) -> None:
        import torch

        batches = list(self._sorted_batches(range(len(self))))
        if len(outputs) != len(batches) or not all(map(torch.is_tensor, outputs)):
            return  # a layer that runs twice, or passes on more than activations
        kept: list[Tensor] = [torch.empty(0)] * len(self)
        for numbers, output in zip(batches, outputs, strict=True):
            for number, row in zip(numbers, output, strict=True):
                kept[number] = row[: self.length(number)].clone()
        self._frozen, self._hidden = frozen, kept

    def _needed_bytes(self, model: Any) -> int:
        width = int(getattr(model.config, "hidden_size", 2**20))
        return 4 * width * sum(map(len, self._encoded["input_ids"]))

    def _sorted_batches(self, numbers: Sequence[int]) -> Iterator[list[int]]:
        """Places in `numbers`, shortest texts first, packed under a budget of padded tokens."""
        places: list[int] = []
        for place in sorted(range(len(numbers)), key=lambda place: self.length(numbers[place])):
            if places and (len(places) + 1) * self.length(numbers[place]) > TOKENS_A_BATCH:
                yield places
                places = []
            places.append(place)
        if places:
            yield places


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


@contextmanager
def _recording(block: nn.Module) -> Iterator[list[Any]]:
    outputs: list[Any] = []
    handle = block.register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


@contextmanager
def _shortcut(frozen: Sequence[nn.Module], hidden: Tensor | None) -> Iterator[None]:
    """Let the `frozen` layers pass on `hidden` without computing; None leaves them as they are."""
    skipped = frozen if hidden is not None else ()
    for block in skipped:
        block.__dict__["forward"] = lambda *_args, **_kwargs: hidden
    try:
        yield
    finally:
        for block in skipped:
            del block.__dict__["forward"]
