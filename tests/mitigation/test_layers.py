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

from pytest_fairness.mitigation.layers import (
    blocks_of,
    freeze,
    learning_rates,
    resting,
    trainable,
)

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


def test_lower_layers_learn_slower(model):
    rates = learning_rates(model, blocks_of(model), 1.0, 0.5)
    places = {id(p): i for i, b in enumerate(blocks_of(model)) for p in b.parameters()}
    by_hand = {None: 1.0, 0: 0.125, 1: 0.25, 2: 0.5}  # head; lowest, middle and top layer
    low = {id(p) for p in model.get_input_embeddings().parameters()}
    for name, parameter in model.named_parameters():
        if id(parameter) in low or "embeddings" in name or ".wpe." in name:
            assert rates[name] == 0.0625
        else:
            assert rates[name] == by_hand[places.get(id(parameter))], name


def test_frozen_parameters_have_no_rate(model):
    freeze(model, blocks_of(model)[:2])
    rates = learning_rates(model, blocks_of(model), 1.0, 1.0)
    assert rates.keys() == trainable(model).keys()
    assert set(rates.values()) == {1.0}


def test_what_is_frozen_rests(model):
    blocks = blocks_of(model)
    freeze(model, blocks[:2])
    parts = resting(model, blocks[:2])
    asleep = {id(module) for part in parts for module in part.modules()}
    assert all(id(block) in asleep for block in blocks[:2])
    assert id(model.get_input_embeddings()) in asleep
    assert id(blocks[2]) not in asleep
    assert resting(model, []) == []
