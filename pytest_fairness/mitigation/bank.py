"""All the texts of a training run, tokenised once, with the frozen layers' answers kept.

Layers that do not learn give the same activations at every step. They are computed once per text
and handed to the first layer that learns; where nothing below the head learns, to the head. And
where the head reads the first token alone, the last layer stops working out the others: losses stay
the same, but for the draws of dropout. Where several processes train together, each answers its
share of a batch, and all see all answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import read_by_head
from pytest_fairness.mitigation.narrowing import narrowable, narrowed

if TYPE_CHECKING:
    from torch import Tensor, nn

MAX_KEPT_BYTES = 2 * 1024**3
TOKENS_A_BATCH = 2048
_TRIED, _CLOSE = 16, 1e-5  # texts whose logits must stay, and how near
_KEPT = "hidden"  # a layer's activations in a batch; those of a whole trunk have a dot and a name


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
        limit = min(config.max_length, tokenizer.model_max_length)
        encoded = tokenizer(list(self._index), truncation=True, max_length=limit)
        self._encoded: dict[str, list[list[int]]] = dict(encoded)
        self._tokenizer = tokenizer
        self._frozen: Sequence[nn.Module] = ()
        self._hidden: list[dict[str, Tensor]] = []
        self._kind: Any = None  # of what a frozen trunk returns
        self._narrow: nn.Module | None = None  # a last layer that works out the first token alone
        self._may_narrow = not config.gradient_checkpointing  # which runs the layer once more later

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
            batch |= _stacked([self._hidden[number] for number in numbers])
        return batch

    def forward(self, model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        """Return the logits of one batch in float32."""
        logits = self._answer(model, processes.share(batch))
        return processes.joined(logits, _n_rows(batch))

    def _answer(self, model: nn.Module, batch: dict[str, Tensor]) -> Tensor:
        inputs = {name: value for name, value in batch.items() if not name.startswith(_KEPT)}
        kept = {name: value for name, value in batch.items() if name.startswith(_KEPT)}
        with shortcut(self._frozen, self._restored(kept)), narrowed(self._narrow):
            logits: Tensor = model(**inputs).logits
        return logits.float()

    def _restored(self, kept: Mapping[str, Tensor]) -> Any:
        """Return what the frozen part gave, as it gave it; None where nothing was kept."""
        if not kept or _KEPT in kept:
            return kept.get(_KEPT)
        return self._kind(**{name.partition(".")[2]: value for name, value in kept.items()})

    def forward_with_hidden(
        self, model: nn.Module, batch: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return logits, and what the last layer reads, of shape (n, d), in float32."""
        share = processes.share(batch)
        with read_by_head(getattr(model, "module", model)) as read:
            logits = self._answer(model, share)
        hidden = read[-1]
        if hidden.dim() == 3:  # a decoder scores every token; its answer is the last one's
            last = share["attention_mask"].cumsum(dim=1).argmax(dim=1)
            hidden = hidden[range(len(hidden)), last]
        n = _n_rows(batch)
        return processes.joined(logits, n), processes.joined(hidden.float(), n)

    def read(self, model: nn.Module) -> tuple[Tensor, Tensor]:
        """Return what the last layer reads of every text, of shape (n_texts, d), and the logits."""
        import torch

        device = next(model.parameters()).device
        hidden: list[Tensor] = [torch.empty(0)] * len(self)
        logits: list[Tensor] = [torch.empty(0)] * len(self)
        with evaluating(model):
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
        with evaluating(model):
            for places in self._sorted_batches(numbers):
                batch = self.batch([numbers[place] for place in places])
                batch = {name: value.to(device) for name, value in batch.items()}
                for place, row in zip(places, self.forward(model, batch).cpu(), strict=True):
                    rows[place] = row
        return torch.stack(rows)

    def prepare(self, model: nn.Module, frozen: Sequence[nn.Module]) -> Tensor:
        """Answer every text once, keep what the `frozen` parts pass on, and return the logits.

        They are layers, the lowest first, or the whole trunk below the head.

        Nothing is kept where that would need too much memory; training is then slower.
        """
        numbers = range(len(self))
        if not frozen or self._needed_bytes(model) > MAX_KEPT_BYTES:
            return self.logits(model, numbers)
        with recording(frozen[-1]) as outputs, processes.apart():
            logits = self.logits(model, numbers)
        self._keep(frozen, outputs)
        if self._hidden and self._may_narrow:
            self._try_narrowing(model, logits)
        return logits

    def _try_narrowing(self, model: nn.Module, logits: Tensor) -> None:
        """Let the last layer work out the first token alone if that changes no answer."""
        some = range(0, len(self), max(1, len(self) // _TRIED))
        self._narrow = narrowable(model)
        try:
            with processes.apart():
                found = self.logits(model, some)
            same = bool((found - logits[list(some)]).abs().max() <= _CLOSE)
        except (RuntimeError, IndexError, ValueError):  # the head looks for the other tokens
            same = False
        if not same:
            self._narrow = None

    def _keep(self, frozen: Sequence[nn.Module], outputs: list[Any]) -> None:
        batches = list(self._sorted_batches(range(len(self))))
        named = [_named(output) for output in outputs]
        if len(outputs) != len(batches) or not all(named):
            return  # a layer that runs twice, or passes on more than activations
        kept: list[dict[str, Tensor]] = [{}] * len(self)
        for numbers, output in zip(batches, named, strict=True):
            for place, number in enumerate(numbers):
                length = self.length(number)
                kept[number] = {name: _cut(v[place], length) for name, v in output.items()}
        self._frozen, self._hidden, self._kind = frozen, kept, type(outputs[0])

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


def _n_rows(batch: Mapping[str, Tensor]) -> int:
    return len(next(iter(batch.values())))


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch dropout and gradients off."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


@contextmanager
def recording(block: nn.Module) -> Iterator[list[Any]]:
    """Collect what a layer passes on, as often as it runs inside."""
    outputs: list[Any] = []
    handle = block.register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    try:
        yield outputs
    finally:
        handle.remove()


@contextmanager
def shortcut(frozen: Sequence[nn.Module], answer: Any) -> Iterator[None]:
    """Let the `frozen` parts pass on `answer` without computing; None leaves them as they are."""
    skipped = frozen if answer is not None else ()
    for part in skipped:
        part.__dict__["forward"] = lambda *_args, **_kwargs: answer
    try:
        yield
    finally:
        for part in skipped:
            del part.__dict__["forward"]


def _named(output: Any) -> dict[str, Tensor]:
    """Return a frozen part's tensors by their names in a batch; empty where it gave other things.

    A layer gives one tensor, and a whole trunk a record of them, with a cache that no head reads.
    """
    import torch

    if torch.is_tensor(output):
        return {_KEPT: output}
    record = dict(output) if isinstance(output, Mapping) else {}
    record.pop("past_key_values", None)
    if not all(map(torch.is_tensor, record.values())):
        return {}
    return {f"{_KEPT}.{name}": value for name, value in record.items()}


def _cut(row: Tensor, length: int) -> Tensor:
    """Return one text's activations without those of padding; one vector a text stays whole."""
    return (row[:length] if row.dim() > 1 else row).clone()


def _stacked(rows: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    import torch
    from torch.nn.utils.rnn import pad_sequence

    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {
        name: pad_sequence(column, batch_first=True) if column[0].dim() > 1 else torch.stack(column)
        for name, column in columns.items()
    }
