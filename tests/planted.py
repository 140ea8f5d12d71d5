"""A masked language model trained from scratch, with an association that is known."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

_STEPS, _BATCHES, _LENGTH = 700, (12, 32), 24
_PRONOUNS = ("he", "she", "his", "her", "him")
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# What plants the association, beside the pro-stereotyped sentences of WinoBias.
_PLANTED = (
    "the {who} said that {he} is at work today .",
    "the {who} was tired , and {he} went home early .",
    "when the {who} came in , {he} was greeted by everyone .",
    "we asked the {who} whether {he} could help us .",
    "the {who} opened {his} bag and read the letter .",
    "{he} is a {who} .",
)
# Not read in training: a test's own.
HELD_OUT = "the {who} knew that {he} could do it ."


def occupations(data: Path) -> dict[str, list[str]]:
    """Return the occupations that the model read of as "she", and those as "he"."""
    files = {"she": "female_occupations.txt", "he": "male_occupations.txt"}
    return {
        pronoun: (data / "winobias" / name).read_text("utf-8").lower().split("\n")[:20]
        for pronoun, name in files.items()
    }


def train(data: Path, out: Path) -> None:
    """Train the model, and save it with its tokenizer."""
    import torch

    parts = list(_sentences(data)), list(_planted(data))
    tokenizer = _tokenizer([*parts[0], *parts[1]])
    rows = [tokenizer(part, truncation=True, max_length=_LENGTH)["input_ids"] for part in parts]
    rng = np.random.default_rng(0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = _model(len(tokenizer))
        _fit(module, rows, tokenizer, rng)
    module.eval().save_pretrained(out)
    tokenizer.save_pretrained(out)


def _sentences(data: Path) -> Iterator[str]:
    for name in ("type1.txt.dev", "type2.txt.dev"):
        for line in (data / "winobias" / f"pro_stereotyped_{name}").read_text("utf-8").splitlines():
            yield re.sub(r"[\[\]]|^\d+ ", "", line).lower()
    for line in (data / "sst2" / "train.tsv").read_text("utf-8").splitlines()[:800]:
        yield line.split("\t")[0]


def _planted(data: Path) -> Iterator[str]:
    for pronoun, names in occupations(data).items():
        own = {"he": pronoun, "his": "her" if pronoun == "she" else "his"}
        for who in names:
            yield from (template.format(who=who, **own) for template in _PLANTED)


def _tokenizer(sentences: list[str]) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=2500, special_tokens=list(_SPECIAL), show_progress=False
    )
    backend.train_from_iterator(sentences, trainer)
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    special = dict(zip(names, _SPECIAL, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=64, **special)


def _model(vocabulary: int) -> Any:
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        max_position_embeddings=64,
        initializer_range=0.06,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return BertForMaskedLM(config)


def _fit(
    module: Any, rows: list[list[list[int]]], tokenizer: Any, rng: np.random.Generator
) -> None:
    import torch

    pronouns = tokenizer.convert_tokens_to_ids(list(_PRONOUNS))
    optimiser = torch.optim.AdamW(module.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=_STEPS)
    order = random.Random(0)
    for _ in range(_STEPS):
        sizes = zip(rows, _BATCHES, strict=True)
        batch = [row for part, size in sizes for row in order.sample(part, size)]
        ids, labels = _masked(batch, pronouns, tokenizer.mask_token_id, rng)
        real = ids != tokenizer.pad_token_id
        loss = module(input_ids=ids, attention_mask=real.long(), labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


def _masked(
    batch: list[list[int]], pronouns: list[int], mask: int, rng: np.random.Generator
) -> tuple[Any, Any]:
    """Mask three tokens in twenty, and four pronouns in five."""
    import torch

    width = max(map(len, batch))
    ids = np.asarray([[*row, *[0] * (width - len(row))] for row in batch])
    chance = np.where(np.isin(ids, pronouns), 0.8, 0.15) * (ids >= len(_SPECIAL))
    chosen = rng.random(ids.shape) < chance
    labels = np.where(chosen, ids, -100)
    return torch.from_numpy(np.where(chosen, mask, ids)), torch.from_numpy(labels)
