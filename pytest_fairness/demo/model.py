"""A small transformer that learns a planted bias in seconds; nothing binary is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pytest_fairness.demo.corpus import LABELS, Applicant
from pytest_fairness.models.quiet import quiet_transformers

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_STEPS, _BATCH_SIZE, _LEARNING_RATE = 200, 32, 5e-4


def train_screener(
    rows: Sequence[Applicant], pieces: Iterable[str], folder: Path, *, seed: int
) -> None:
    """Train a two-layer BERT on `rows` from scratch and save it as transformers does.

    `pieces` are the texts whose words the tokenizer knows.
    """
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(seed)
    tokenizer = _tokenizer(pieces)
    model = BertForSequenceClassification(_config(len(tokenizer)))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as fast for so small a model, and no stall on a busy machine
    try:
        _fit(model, tokenizer, rows, seed)
    finally:
        torch.set_num_threads(threads)
    with quiet_transformers():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


def _tokenizer(pieces: Iterable[str]) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast as Untyped

    fast: Any = Untyped
    words = sorted({word for piece in pieces for word in re.findall(r"\w+|[^\w\s]", piece.lower())})
    vocabulary = {word: i for i, word in enumerate([*_SPECIAL, *words])}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    core.normalizer = normalizers.Lowercase()
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return fast(
        tokenizer_object=core,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=64,
    )


def _config(vocabulary_size: int) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=vocabulary_size,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=64,
        id2label=dict(enumerate(LABELS)),
        label2id={label: i for i, label in enumerate(LABELS)},
    )


def _fit(model: Any, tokenizer: Any, rows: Sequence[Applicant], seed: int) -> None:
    import random

    import torch

    rng = random.Random(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=_LEARNING_RATE)
    model.train()
    for _ in range(_STEPS):
        batch = rng.sample(rows, _BATCH_SIZE)
        inputs = tokenizer([row.text for row in batch], padding=True, return_tensors="pt")
        labels = torch.tensor([LABELS.index(row.label) for row in batch])
        model(**inputs, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
