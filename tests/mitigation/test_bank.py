from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pytest_fairness.mitigation import bank as bank_module
from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import blocks_of
from tests.mitigation.test_vehicles import CONFIGS


@pytest.fixture
def model(biased_classifier):
    return AutoModelForSequenceClassification.from_pretrained(biased_classifier).eval()


@pytest.fixture
def bank(biased_classifier, sentences):
    tokenizer = AutoTokenizer.from_pretrained(biased_classifier)
    return Bank(sentences.rows(50, seed=7)[0], tokenizer, MitigationConfig())


def test_logits_are_those_of_each_text_alone(model, bank, biased_classifier, sentences):
    tokenizer = AutoTokenizer.from_pretrained(biased_classifier)
    texts = sentences.rows(50, seed=7)[0]
    expected = [model(**tokenizer(text, return_tensors="pt")).logits[0] for text in texts]
    found = bank.logits(model, bank.numbers(texts))
    torch.testing.assert_close(found, torch.stack(expected), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 2])
def test_kept_activations_give_the_same_answers(model, bank, count):
    expected = bank.logits(model, range(len(bank)))
    frozen = blocks_of(model)[:count]
    torch.testing.assert_close(bank.prepare(model, frozen), expected)
    for block in frozen:  # answers must not depend on these weights any more
        torch.nn.init.zeros_(block.attention.self.value.weight)
    torch.testing.assert_close(bank.logits(model, range(len(bank))), expected)


def test_gradients_above_the_frozen_layers_are_the_same(model, bank):
    gradients = []
    for keep in (False, True):
        if keep:
            bank.prepare(model, blocks_of(model)[:1])
        model.zero_grad()
        bank.forward(model, bank.batch([0, 3, 5])).square().sum().backward()
        gradients.append(blocks_of(model)[1].output.dense.weight.grad.clone())
    torch.testing.assert_close(*gradients)


def test_nothing_is_kept_where_memory_is_short(model, bank, monkeypatch):
    monkeypatch.setattr(bank_module, "MAX_KEPT_BYTES", 100)
    bank.prepare(model, blocks_of(model)[:1])
    assert "hidden" not in bank.batch([0])


def test_a_layer_that_runs_twice_is_not_kept(model, bank):
    class Twice(torch.nn.Module):
        def __init__(self, block):
            super().__init__()
            self.block = block

        def forward(self, hidden, *args, **kwargs):
            return self.block(self.block(hidden, *args, **kwargs), *args, **kwargs)

    layers = model.bert.encoder.layer
    block = layers[0]
    layers[0] = Twice(block)
    expected = bank.logits(model, range(len(bank)))
    bank.prepare(model, [block])
    torch.testing.assert_close(bank.logits(model, range(len(bank))), expected)


def test_texts_are_kept_once_and_cut(biased_classifier):
    tokenizer = AutoTokenizer.from_pretrained(biased_classifier)
    bank = Bank(["a man", "the " * 20, "a man"], tokenizer, MitigationConfig(max_length=8))
    assert len(bank) == 2
    assert bank.numbers(["a man", "the " * 20, "a man"]) == [0, 1, 0]
    assert bank.batch([0, 1])["input_ids"].shape == (2, 8)


def test_what_the_head_reads_gives_the_logits(model, bank):
    hidden, logits = bank.read(model)
    torch.testing.assert_close(model.classifier(hidden), logits)
    torch.testing.assert_close(bank.logits(model, range(len(bank))), logits)


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "gpt2", "llama"])
def test_a_whole_trunk_is_kept_for_the_head(name, biased_classifier, sentences):
    torch.manual_seed(3)
    model = AutoModelForSequenceClassification.from_config(CONFIGS[name]).eval()
    tokenizer = AutoTokenizer.from_pretrained(
        biased_classifier, model_input_names=["input_ids", "attention_mask"]
    )
    bank = Bank(sentences.rows(50, seed=7)[0], tokenizer, MitigationConfig())
    expected = bank.logits(model, range(len(bank)))
    torch.testing.assert_close(bank.prepare(model, [model.base_model]), expected)
    for parameter in model.base_model.parameters():  # answers must not depend on it any more
        torch.nn.init.zeros_(parameter)
    torch.testing.assert_close(bank.logits(model, range(len(bank))), expected)
    hidden, _ = bank.read(model)
    assert hidden.shape == (len(bank), 16)
