"""Chinese offence classifiers with natural bias, trained on COLD (Deng et al. 2022).

Half of the comments that COLD collected about regions, ethnic groups and genders are offensive.
Nothing is planted: a classifier learns that the people spoken of are themselves a sign.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

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

LABELS = ("fine", "offensive")
SMALL = Recipe(
    train=3000, heldout=800, repair=3400, frozen_layers=0, epochs=3, learning_rate=1e-3,
    max_length=48,
)  # fmt: skip
LARGE = Recipe(train=3900, heldout=800, repair=3400, frozen_layers=10, epochs=2)
_SPECIAL = ("bos_token", "eos_token", "pad_token", "unk_token", "cls_token", "sep_token")


def small_offence_model(data: Path, encoder: Path, recipe: Recipe = SMALL) -> Trained:
    """Return two layers that read single characters, trained from nothing."""
    return _trained("offence-small", data, recipe, _small_on(encoder))


def offence_model(data: Path, encoder: Path, recipe: Recipe = LARGE) -> Trained:
    """Return multilingual-e5-small with its upper layers fine-tuned."""

    def start(texts: Sequence[str]) -> tuple[Any, Any]:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        model = AutoModelForSequenceClassification.from_pretrained(encoder, **named(LABELS))
        return model, AutoTokenizer.from_pretrained(encoder)

    return _trained("offence-e5", data, recipe, start)


def _trained(name: str, data: Path, recipe: Recipe, start: Any) -> Trained:
    files = [data / "cold_zh" / name for name in ("train_sample.csv", "test.csv")]
    return trained_once(name, recipe, files, lambda: _parts(files, recipe), start, LABELS)


def _parts(files: Sequence[Path], recipe: Recipe) -> Parts:
    first, second = (dict(_rows(file)) for file in files)
    others = [(text, label) for text, label in second.items() if text not in first]
    train = drawn(first.items(), [recipe.train], recipe.seed)
    return train + drawn(others, [recipe.heldout, recipe.repair], recipe.seed)


def _rows(file: Path) -> Iterator[Row]:
    with file.open(encoding="utf-8", newline="") as opened:
        for row in csv.DictReader(opened):
            yield row["TEXT"].strip(), int(row["label"])


def _small_on(encoder: Path) -> Start:
    """Two small layers over the word vectors of an encoder, so that like words begin alike."""

    def start(texts: Sequence[str]) -> tuple[Any, Any]:
        tokenizer, kept = _used(encoder, texts)
        vectors = word_vectors(encoder)[kept]
        return small_over(vectors, tokenizer.pad_token_id, LABELS), tokenizer

    return start


def _used(encoder: Path, texts: Sequence[str]) -> tuple[Any, list[int]]:
    """Return a Unigram tokenizer of the pieces that texts use, and which these are."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    tokenizer = AutoTokenizer.from_pretrained(encoder)
    used = {number for numbers in tokenizer(list(texts))["input_ids"] for number in numbers}
    used |= {i for piece, i in tokenizer.get_vocab().items() if _is_han(piece)}
    kept = sorted(used | set(tokenizer.all_special_ids))
    raw = json.loads(tokenizer.backend_tokenizer.to_str())
    place = {old: new for new, old in enumerate(kept)}
    raw["model"]["vocab"] = [raw["model"]["vocab"][i] for i in kept]
    raw["model"]["unk_id"] = place[raw["model"]["unk_id"]]
    for token in raw["added_tokens"]:
        token["id"] = place[token["id"]]
    for token in raw["post_processor"]["special_tokens"].values():
        token["ids"] = [place[i] for i in token["ids"]]
    names = {name: getattr(tokenizer, name) for name in _SPECIAL}
    small = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(raw)), model_max_length=512, **names
    )
    return small, kept


def _is_han(piece: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in piece.lstrip("\u2581"))
