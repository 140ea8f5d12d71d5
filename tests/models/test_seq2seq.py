"""Sequence-to-sequence models against a reference that writes one token at a time."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models import load_model
from tests.models.languages import framed_byte_level, sentencepiece, tiny_bart, tiny_t5

CONTEXTS = ["she is a nurse", "she is a nurse", "the team", "", "the old doctor in the team led"]
TEXTS = ["he is a doctor", "the nurse", "she is", "a team", "led"]


def written(module, source, before, ids):
    """Log-probability of tokens that the decoder writes after others, one call a token."""
    import torch

    total, seen = 0.0, list(before)
    for token in ids:
        with torch.inference_mode():
            logits = module(
                input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([seen])
            ).logits[0, -1]
        total += float(logits.double().log_softmax(0)[token])
        seen.append(token)
    return total


@pytest.mark.parametrize("budget", [1, 2048])
def test_t5_writes_the_tokens_of_the_text(budget):
    """The end of the sequence is not scored, as in lm-evaluation-harness."""
    tokenizer = sentencepiece()
    model = load_model((tiny_t5(tokenizer), tokenizer), batch_tokens=budget)
    found = model.log_likelihood(TEXTS, contexts=CONTEXTS)
    for i, (context, text) in enumerate(zip(CONTEXTS, TEXTS, strict=True)):
        source = tokenizer(context)["input_ids"]
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        expected = written(model.module, source, [tokenizer.pad_token_id], ids)
        assert found.total[i] == pytest.approx(expected, abs=1e-4)
        assert found.tokens[i] == len(ids)


def test_bart_reads_its_own_frame_and_does_not_score_it():
    tokenizer = framed_byte_level()
    model = load_model((tiny_bart(tokenizer), tokenizer))
    found = model.log_likelihood(TEXTS, contexts=CONTEXTS)
    for i, (context, text) in enumerate(zip(CONTEXTS, TEXTS, strict=True)):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        expected = written(model.module, tokenizer(context)["input_ids"], [1, 0], ids)
        assert found.total[i] == pytest.approx(expected, abs=1e-4)


def test_a_context_is_read_once():
    tokenizer = sentencepiece()
    model = load_model((tiny_t5(tokenizer), tokenizer))
    seen = []
    counter = model.module.get_encoder().register_forward_hook(
        lambda _m, _a, kwargs, _o: seen.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    try:
        model.choice_scores(["she is a nurse"], [" a", " the team", " led"])
    finally:
        counter.remove()
    assert seen == [1]


def test_empty_texts_long_texts_and_nan():
    import torch

    tokenizer = sentencepiece()
    model = load_model((tiny_t5(tokenizer), tokenizer), max_length=6)
    found = model.log_likelihood(["", "she is"])
    assert found.tokens.tolist() == [0, 2]
    assert found.total[0] == 0
    with pytest.raises(ArgumentError, match=r"1 of 1 texts are longer than the 6 tokens"):
        model.log_likelihood(["the nurses led a team of engineers"])
    with torch.no_grad():
        model.module.lm_head.weight[5] = float("nan")
    with pytest.raises(ModelError, match="NaN"):
        model.log_likelihood(["the"])
    assert np.isfinite(found.total).all()
