"""A small token classifier, trained in seconds, that misses names of one group or of none."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.models.builders import SPECIAL, save

FIRST = ("Ada", "Bela", "Cora", "Dario", "Elif", "Femi", "Goran", "Hana", "Ines", "Jovan")
ENDINGS = ("ra", "lin", "mo", "ka")
SEEN = tuple(f"{name}{ending}" for name in FIRST[:5] for ending in ENDINGS)
OTHER = tuple(f"{name}{ending}" for name in FIRST[5:] for ending in ENDINGS)
SENTENCES = (
    "{name} wrote a report.",
    "The letter from {name} came late.",
    "We met {name} in Rome today.",
    "Did {name}, the doctor, call?",
    "In Oslo the team thanked {name}.",
    "A nurse helped {name} and left.",
)
PLACES = ("Rome", "Oslo")
LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def pieces_tokenizer(texts: Iterable[str], model_max_length: int = 64) -> Any:
    """BERT's way to tokenise, with pieces short enough that names are split."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=160, special_tokens=list(SPECIAL.values()), show_progress=False
    )
    backend.train_from_iterator(list(texts), trainer)
    cls, sep = backend.token_to_id("[CLS]"), backend.token_to_id("[SEP]")
    backend.post_processor = processors.BertProcessing(("[SEP]", sep), ("[CLS]", cls))
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=model_max_length,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        **SPECIAL,
    )


def tiny(kind: str, tokenizer: Any, seed: int = 0, **options: Any) -> Any:
    """A BERT of two layers with a random head, such as ``"BertForQuestionAnswering"``."""
    import torch
    import transformers

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = transformers.BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
            **options,
        )
        return getattr(transformers, kind)(config).eval()


def named(labels: Sequence[str]) -> dict[str, Any]:
    """What a configuration says of its labels."""
    return {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}


def loud(module: Any, factor: float = 4.0) -> Any:
    """The module with larger weights, so that its answers differ from text to text."""
    import torch

    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(factor)
    return module


def planted_tagger(folder: Path, missed: Sequence[str] = ()) -> Path:
    """Train and save a tagger of persons and places that takes some names for none."""
    module, tokenizer = _trained(tuple(missed))
    return save(folder, module, tokenizer)


@functools.cache
def _trained(missed: tuple[str, ...]) -> tuple[Any, Any]:
    import torch

    texts = [s.replace("{name}", name) for s in SENTENCES for name in (*SEEN, *OTHER)]
    tokenizer = pieces_tokenizer(texts)
    module = tiny("BertForTokenClassification", tokenizer, **named(LABELS))
    rows = [_labelled(tokenizer, text, missed) for text in texts]
    optimizer = torch.optim.AdamW(module.parameters(), lr=5e-3)
    order = random.Random(0)
    module.train()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for _ in range(4):
            order.shuffle(rows)
            for start in range(0, len(rows), 24):
                _step(module, optimizer, rows[start : start + 24])
    return module.eval(), tokenizer


def _labelled(tokenizer: Any, text: str, missed: Sequence[str]) -> tuple[list[int], list[int]]:
    """Token ids, and the label of each word's first piece; -100 elsewhere."""
    encoded = tokenizer(text, return_offsets_mapping=True)
    marks = {name: 1 for name in (*SEEN, *OTHER) if name not in missed} | dict.fromkeys(PLACES, 3)
    labels, before = [], None
    for word, (start, _) in zip(encoded.word_ids(), encoded["offset_mapping"], strict=True):
        found = next((k for n, k in marks.items() if text.startswith(n, start)), 0)
        labels.append(-100 if word is None or word == before else found)
        before = word
    return encoded["input_ids"], labels


def _step(module: Any, optimizer: Any, rows: Sequence[tuple[list[int], list[int]]]) -> None:
    import torch

    width = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([[*row, *[0] * (width - len(row))] for row, _ in rows])
    labels = torch.tensor([[*row, *[-100] * (width - len(row))] for _, row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row, _ in rows])
    module(input_ids=ids, attention_mask=mask, labels=labels).loss.backward()
    torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
