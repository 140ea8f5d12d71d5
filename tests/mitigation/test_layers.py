from __future__ import annotations

import pytest
from transformers import (
    AutoModelForSequenceClassification,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    RobertaConfig,
)

from pytest_fairness.mitigation.layers import blocks_of, freeze, trainable

SMALL = {"vocab_size": 40, "pad_token_id": 0}
BERT_LIKE = {
    **SMALL,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
CONFIGS = {
    "bert": BertConfig(**BERT_LIKE),
    "roberta": RobertaConfig(**BERT_LIKE),
    "distilbert": DistilBertConfig(**SMALL, dim=16, n_layers=3, n_heads=2, hidden_dim=32),
    "gpt2": GPT2Config(**SMALL, n_embd=16, n_layer=3, n_head=2),
    "llama": LlamaConfig(**BERT_LIKE, num_key_value_heads=2),
}


@pytest.fixture(params=CONFIGS)
def model(request):
    return AutoModelForSequenceClassification.from_config(CONFIGS[request.param])


def test_the_layers_are_found(model):
    assert len(blocks_of(model)) == 3


def test_freezing_takes_the_embeddings_and_the_lowest_layers(model):
    blocks = blocks_of(model)
    freeze(model, blocks[:2])
    moving = {id(parameter) for parameter in trainable(model).values()}
    assert not any(id(p) in moving for block in blocks[:2] for p in block.parameters())
    assert all(id(p) in moving for p in blocks[2].parameters())
    assert not any(id(p) in moving for p in model.get_input_embeddings().parameters())
    heads = ("classifier.", "score.", "pre_classifier.")
    assert all(n in trainable(model) for n, _ in model.named_parameters() if n.startswith(heads))


def test_freezing_nothing_leaves_everything(model):
    freeze(model, [])
    assert len(trainable(model)) == len(list(model.parameters()))
