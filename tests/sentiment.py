"""Film review classifiers with natural bias, trained on SST-2 (Socher et al. 2013)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.toxicity import minilm
from tests.trained import (
    Parts,
    Recipe,
    Row,
    Start,
    Trained,
    drawn,
    named,
    small_over,
    trained_once,
    word_vectors,
)

LABELS = ("negative", "positive")
SMALL = Recipe(
    train=3000, heldout=400, repair=2200, frozen_layers=0, epochs=2, learning_rate=1e-3
)  # fmt: skip
LARGE = Recipe(train=3000, heldout=400, repair=2200, frozen_layers=3)


def small_sentiment_model(data: Path, recipe: Recipe = SMALL) -> Trained:
    """Return two small layers over the word vectors of MiniLM."""
    return _trained("sentiment-small", data, recipe, _small)


def sentiment_model(data: Path, recipe: Recipe = LARGE) -> Trained:
    """Return MiniLM with its upper layers fine-tuned."""
    return _trained("sentiment-minilm", data, recipe, _whole)


def _trained(name: str, data: Path, recipe: Recipe, start: Start) -> Trained:
    files = [data / "sst2" / f"{part}.tsv" for part in ("train", "dev", "test")]
    return trained_once(name, recipe, files, lambda: _parts(files, recipe), start, LABELS)


def _parts(files: Sequence[Path], recipe: Recipe) -> Parts:
    first = dict(_rows(files[0]))
    others = dict(row for file in files[1:] for row in _rows(file))
    unseen = [(text, label) for text, label in others.items() if text not in first]
    train = drawn(first.items(), [recipe.train], recipe.seed)
    return train + drawn(unseen, [recipe.heldout, recipe.repair], recipe.seed)


def _rows(file: Path) -> Iterator[Row]:
    for line in file.read_text(encoding="utf-8").splitlines():
        text, _, label = line.rpartition("\t")
        yield text.strip(), int(label)


def _whole(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(minilm(), **named(LABELS))
    return model, AutoTokenizer.from_pretrained(minilm())


def _small(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(minilm())
    return small_over(word_vectors(minilm()), tokenizer.pad_token_id, LABELS), tokenizer
