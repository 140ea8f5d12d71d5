from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig

from tests.models.languages import byte_level
from tests.performance.trunk_speed import compare, read, show

ROWS = [(f"{'a word and ' * (i % 5)}{i}", i % 2) for i in range(48)]


def test_in_short_losses_are_those_of_the_plain_loop():
    tokenizer = byte_level()
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_config(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=4,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
        )
    )
    tokenizer.model_max_length = 128
    result = compare(model, tokenizer, ROWS)
    assert max(result.moved.values()) < 1e-5
    assert result.learning["head"] == 2 * 32 + 2
    assert result.learning["head"] < result.learning["top layer"] < result.learning["upper half"]
    assert "times as fast" in show(result)


@pytest.mark.benchmark
def test_a_kept_trunk_is_faster_than_the_plain_loop(toxicity):
    model = AutoModelForSequenceClassification.from_pretrained(toxicity.folder)
    tokenizer = AutoTokenizer.from_pretrained(toxicity.folder)
    result = compare(model, tokenizer, read(toxicity.rows, 256), rounds=2)
    print("\n" + show(result))
    assert max(result.moved.values()) < 1e-5
    assert min(result.ratios("head")) > 5
    assert max(result.ratios("top layer")) > 5
    assert max(result.ratios("two layers")) > 1.8
    assert max(result.ratios("upper half")) > 1.2
