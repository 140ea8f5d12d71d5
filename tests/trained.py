"""Real classifiers with natural bias, trained once on public data and kept between runs."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import blocks_of
from pytest_fairness.mitigation.trainer import quietly

Row = tuple[str, int]
Parts = Sequence[Sequence[Row]]
_WIDTH = 64  # of small models
Start = Callable[[Sequence[str]], tuple[Any, Any]]


@dataclass(frozen=True)
class Recipe:
    """How a classifier is made. Fewer frozen layers learn more bias, and take longer."""

    train: int = 4000
    heldout: int = 1000
    repair: int = 3000
    frozen_layers: int = 3
    epochs: int = 2
    learning_rate: float = 2e-4
    batch_size: int = 32
    max_length: int = 64
    seed: int = 0
    version: int = 1  # raised when the code below changes what comes out


@dataclass(frozen=True)
class Trained:
    """Files of a classifier, and of rows that it was not trained on.

    Attributes
    ----------
    folder : Path
        Model and tokenizer as transformers saves them.
    rows, heldout : Path
        CSV with the columns ``text`` and ``label``: rows for a repair, and the rows on which
        `accuracy` was measured.
    accuracy : float
    seconds : float
        What the training took when it was done.
    """

    folder: Path
    rows: Path
    heldout: Path
    accuracy: float
    seconds: float


def trained_once(
    name: str,
    recipe: Recipe,
    sources: Sequence[Path],
    parts: Callable[[], Parts],
    start: Start,
    labels: Sequence[str],
) -> Trained:
    """Return a classifier, trained now if no earlier run kept it.

    `parts` returns rows to train on, to measure and to repair with; `start` takes the texts to
    train on and returns an untrained model and its tokenizer.
    """
    from filelock import FileLock

    home = _cache() / f"{name}-{_key(sources, recipe)}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not home.exists():
            _make(home, recipe, parts, start, labels)
    facts = json.loads((home / "facts.json").read_text(encoding="utf-8"))
    return Trained(
        home / "model", home / "rows.csv", home / "heldout.csv", facts["accuracy"], facts["seconds"]
    )


def drawn(rows: Iterable[Row], sizes: Sequence[int], seed: int) -> list[list[Row]]:
    """Disjoint parts of the given sizes, half of each of either label."""
    every = list(rows)
    rng = random.Random(seed)
    pools = []
    for label in (0, 1):
        pool = [row for row in every if row[1] == label]
        rng.shuffle(pool)
        pools.append(iter(pool))
    parts = []
    for size in sizes:
        part = [next(pool) for pool in pools for _ in range(size // 2)]
        rng.shuffle(part)
        parts.append(part)
    return parts


def named(labels: Sequence[str]) -> dict[str, Any]:
    """Labels by number and numbers by label, as a config of transformers wants them."""
    return {
        "id2label": dict(enumerate(labels)),
        "label2id": {label: i for i, label in enumerate(labels)},
    }


def small_over(vectors: Any, padding: int, labels: Sequence[str]) -> Any:
    """Two small untrained layers over an encoder's word vectors, so that like words begin alike.

    The vectors are narrowed to their principal axes.
    """
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vectors), hidden_size=_WIDTH, num_hidden_layers=2,
            num_attention_heads=2, intermediate_size=2 * _WIDTH, max_position_embeddings=512,
            pad_token_id=padding, **named(labels),
        )
    )  # fmt: skip
    centred = vectors - vectors.mean(dim=0)
    _, _, axes = torch.linalg.svd(centred.T @ centred)
    narrow = centred @ axes[:_WIDTH].T
    with torch.no_grad():
        model.get_input_embeddings().weight.copy_(0.05 * narrow / narrow.std())
    return model


def word_vectors(encoder: Path) -> Any:
    """The word vectors of a saved encoder, an array of shape (n_pieces, width)."""
    from safetensors import safe_open

    with safe_open(encoder / "model.safetensors", "pt") as file:
        return file.get_tensor("embeddings.word_embeddings.weight")


def _cache() -> Path:
    default = Path.home() / ".cache" / "pytest-fairness" / "tests"
    return Path(os.environ.get("PYTEST_FAIRNESS_CACHE") or default)


def _key(sources: Sequence[Path], recipe: Recipe) -> str:
    import torch
    import transformers

    versions = (torch.__version__, transformers.__version__)
    made_of = repr((recipe, versions)).encode() + b"".join(file.read_bytes() for file in sources)
    return hashlib.sha256(made_of).hexdigest()[:16]


def _make(
    home: Path, recipe: Recipe, parts: Callable[[], Parts], start: Start, labels: Sequence[str]
) -> None:
    """Write everything into a folder of its own and move it into place in one step."""
    began = time.perf_counter()
    train, heldout, repair = parts()
    folder = Path(tempfile.mkdtemp(dir=home.parent))
    try:
        with quietly():
            model, tokenizer = _train(train, recipe, start)
            accuracy = _accuracy(model, tokenizer, heldout, recipe)
            model.save_pretrained(folder / "model")
            tokenizer.save_pretrained(folder / "model")
        _write(folder / "rows.csv", repair, labels)
        _write(folder / "heldout.csv", heldout, labels)
        seconds = time.perf_counter() - began
        facts = {"accuracy": accuracy, "seconds": seconds, "recipe": asdict(recipe)}
        (folder / "facts.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")
        folder.rename(home)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _train(rows: Sequence[Row], recipe: Recipe, start: Start) -> tuple[Any, Any]:
    import torch
    from torch.nn import functional

    torch.manual_seed(recipe.seed)
    model, tokenizer = start([text for text, _ in rows])
    bank = Bank([text for text, _ in rows], tokenizer, _limits(recipe))
    bank.prepare(model.eval(), blocks_of(model)[: recipe.frozen_layers])
    batches = list(_batches(rows, bank, recipe))
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=len(batches), pct_start=0.06,
        anneal_strategy="linear",
    )  # fmt: skip
    model.train()
    for batch in batches:
        logits = bank.forward(model, bank.batch(bank.numbers([text for text, _ in batch])))
        functional.cross_entropy(logits, torch.tensor([label for _, label in batch])).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval(), tokenizer


def _batches(rows: Sequence[Row], bank: Bank, recipe: Recipe) -> Iterator[list[Row]]:
    """Shuffled batches of rows of similar length."""
    rng = random.Random(recipe.seed)
    size = recipe.batch_size
    for _ in range(recipe.epochs):
        shuffled = rng.sample(list(rows), len(rows))
        cut = []
        for start in range(0, len(rows), size * 16):
            chunk = sorted(shuffled[start : start + size * 16], key=lambda row: len(row[0]))
            cut += [chunk[i : i + size] for i in range(0, len(chunk), size)]
        yield from rng.sample(cut, len(cut))


def _accuracy(model: Any, tokenizer: Any, rows: Sequence[Row], recipe: Recipe) -> float:
    bank = Bank([text for text, _ in rows], tokenizer, _limits(recipe))
    said = bank.logits(model, range(len(bank))).argmax(dim=-1).tolist()
    return sum(label == answer for (_, label), answer in zip(rows, said, strict=True)) / len(rows)


def _limits(recipe: Recipe) -> MitigationConfig:
    return MitigationConfig(max_length=recipe.max_length)


def _write(path: Path, rows: Sequence[Row], labels: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        writer.writerows((text, labels[label]) for text, label in rows)
