from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DistilBertConfig,
    GPT2Config,
    RobertaConfig,
)

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import blocks_of
from pytest_fairness.mitigation.narrowing import narrowable, narrowed

TINY = {"vocab_size": 30, "num_labels": 2}


@pytest.fixture
def model(biased_classifier):
    return AutoModelForSequenceClassification.from_pretrained(biased_classifier).eval()


@pytest.fixture
def tokenizer(biased_classifier):
    return AutoTokenizer.from_pretrained(biased_classifier)


def lengths_seen(model, call):
    """How many tokens of each text the last feed-forward layer works on."""
    seen = []
    hook = blocks_of(model)[-1].intermediate.register_forward_hook(
        lambda _, inputs, output: seen.append(inputs[0].shape[1])
    )
    call()
    hook.remove()
    return set(seen)


class Reading(nn.Module):
    """A head's way to read tokens in place of BERT's."""

    def __init__(self, read):
        super().__init__()
        self.read = read

    def forward(self, hidden):
        return self.read(hidden)


READINGS = {
    "the mean of two tokens": lambda hidden: hidden[:, :2].mean(dim=1),
    "the second token": lambda hidden: hidden[:, 1],
}


def test_only_the_first_token_is_worked_out_and_answers_and_gradients_stay(model, tokenizer):
    batch = tokenizer(["the man is kind", "a team was rude in the town"], padding=True)
    batch = batch.convert_to_tensors("pt")
    found = []
    for layer in (None, narrowable(model)):
        model.zero_grad()
        with narrowed(layer):
            logits = model(**batch).logits
        logits.square().sum().backward()
        found.append([logits, *(weight.grad for weight in model.parameters())])
    for whole, narrow in zip(*found, strict=True):
        torch.testing.assert_close(narrow, whole, atol=1e-6, rtol=1e-4)
    with narrowed(narrowable(model)):
        assert lengths_seen(model, lambda: model(**batch)) == {1}
    assert lengths_seen(model, lambda: model(**batch)) == {batch["input_ids"].shape[1]}


def test_a_bank_narrows_the_last_layer_of_what_it_keeps(model, tokenizer, sentences):
    bank = Bank(sentences.rows(40, seed=3)[0], tokenizer, MitigationConfig())
    expected = bank.prepare(model, blocks_of(model)[:1])
    assert lengths_seen(model, lambda: bank.logits(model, range(40))) == {1}
    torch.testing.assert_close(bank.logits(model, range(40)), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("read", READINGS)
def test_where_the_head_reads_other_tokens_they_are_worked_out(model, tokenizer, sentences, read):
    model.bert.pooler = Reading(READINGS[read])
    bank = Bank(sentences.rows(40, seed=3)[0], tokenizer, MitigationConfig())
    expected = bank.prepare(model, blocks_of(model)[:1])
    found = bank.logits(model, range(40))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert min(lengths_seen(model, lambda: bank.logits(model, range(40)))) > 1


def test_layers_that_run_again_in_the_backward_pass_are_left_alone(model, tokenizer, sentences):
    bank = Bank(sentences.rows(9, 3)[0], tokenizer, MitigationConfig(gradient_checkpointing=True))
    bank.prepare(model, blocks_of(model)[:1])
    assert min(lengths_seen(model, lambda: bank.logits(model, range(9)))) > 1


@pytest.mark.parametrize(
    ("config", "fits"),
    [
        (RobertaConfig(hidden_size=8, num_attention_heads=2, num_hidden_layers=1, **TINY), True),
        (DistilBertConfig(dim=8, n_heads=2, n_layers=1, hidden_dim=8, **TINY), False),
        (GPT2Config(n_embd=8, n_head=2, n_layer=1, **TINY), False),
    ],
)
def test_layers_of_another_make_are_left_alone(config, fits):
    model = AutoModelForSequenceClassification.from_config(config)
    assert (narrowable(model) is blocks_of(model)[-1]) is fits
