from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, FairnessWarning, ModelError
from pytest_fairness.models import load_model
from tests.models.builders import (
    WORDS,
    minilm_pair,
    one_by_one,
    tiny_bert,
    tiny_gpt2,
    word_tokenizer,
)

TEXTS = ["She led a team.", "He led a team of three people for three years.", "", "  ", "Good"]
SENTENCES = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


def in_memory(module=None, tokenizer=None, **options):
    return load_model((module or tiny_bert(), tokenizer or word_tokenizer()), **options)


def test_scores_are_those_of_plain_transformers_one_by_one():
    module, tokenizer = tiny_bert(), word_tokenizer()
    model = in_memory(module, tokenizer)
    np.testing.assert_allclose(
        model.logits(TEXTS), one_by_one(module, tokenizer, TEXTS), atol=1e-5, rtol=0
    )


@settings(deadline=None)
@given(texts=st.lists(SENTENCES, max_size=40), budget=st.integers(1, 200))
def test_scores_depend_neither_on_batching_nor_on_order(tiny, texts, budget):
    tiny.forget()
    whole = tiny.predict_proba(texts)
    tiny.forget()
    tiny.engine.budget, before = budget, tiny.engine.budget
    try:
        backwards = tiny.predict_proba(texts[::-1])[::-1]
    finally:
        tiny.engine.budget = before
    np.testing.assert_allclose(whole, backwards, atol=1e-5, rtol=0)


def test_real_minilm_agrees_with_plain_transformers():
    module, tokenizer = minilm_pair()
    texts = [
        "The nurse said she would call the doctor back.",
        "Ein Satz auf Deutsch, 你好世界, and an emoji 😀",
        "",
        "short",
        "A reference letter, as long as they come: " + "diligent and kind, " * 30,
    ] * 2
    model = in_memory(module, tokenizer)
    expected = one_by_one(module, tokenizer, texts)
    np.testing.assert_allclose(model.logits(texts), expected, atol=1e-5, rtol=0)
    assert model.cache.misses == 5


def test_padding_stored_with_a_tokenizer_is_not_applied():
    tokenizer = word_tokenizer()
    tokenizer._tokenizer.enable_padding(length=60)
    tokenizer._tokenizer.enable_truncation(max_length=60)
    model = in_memory(tokenizer=tokenizer)
    assert model.engine.tokenise(["a good text", "a text"]).lengths == [5, 4]


def test_probabilities_sum_to_one_and_labels_follow_them(tiny):
    scores = tiny(TEXTS)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, atol=1e-12)
    assert tiny.predict(TEXTS).tolist() == [f"LABEL_{k}" for k in scores.argmax(axis=1)]
    assert tiny.labels == ("LABEL_0", "LABEL_1")
    assert tiny.gives_scores


def test_identical_texts_are_scored_once_and_remembered():
    model = in_memory()
    sizes = []
    forward = model.engine.forward
    model.engine.forward = lambda tokens, batch: sizes.append(len(batch)) or forward(tokens, batch)
    model.predict(["good", "bad", "good", "good"])
    model.predict_proba(["bad", "good", "great"])
    assert sum(sizes) == 3
    assert (model.cache.hits, model.cache.misses) == (2, 3)


def test_no_texts_give_an_empty_table(tiny):
    assert tiny.predict_proba([]).shape == (0, 2)
    assert tiny.predict([]).shape == (0,)


@pytest.mark.parametrize("collect", [tuple, iter, np.array, "Series"])
def test_texts_come_in_many_containers(tiny, collect):
    if collect == "Series":
        collect = pytest.importorskip("pandas").Series
    np.testing.assert_array_equal(tiny(collect(TEXTS)), tiny(TEXTS))


def test_texts_that_are_no_texts_are_named(tiny):
    with pytest.raises(ArgumentTypeError, match=r"texts\[1\] is nan, a float"):
        tiny(["good", float("nan")])
    with pytest.raises(ArgumentError, match=r"texts\[0\]=.* surrogate"):
        tiny(["\ud83d"])


def test_long_texts_are_cut_and_said_to_be_once():
    module, tokenizer = tiny_bert(), word_tokenizer()
    model = in_memory(module, tokenizer)
    texts = ["good " * 100, "bad " * 63, "good"]
    with pytest.warns(FairnessWarning) as caught:
        logits = model.logits(texts)
    assert [str(w.message) for w in caught] == [
        "2 of 3 texts were cut at 64 tokens, all that BertForSequenceClassification reads. Texts "
        "that differ only after that point look the same to it."
    ]
    assert caught[0].filename == __file__
    np.testing.assert_allclose(logits, one_by_one(module, tokenizer, texts), atol=1e-5, rtol=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.logits(["great " * 100])
    assert model.cut_texts == 3


def test_max_length_cuts_earlier():
    with pytest.warns(FairnessWarning, match="1 of 2 texts were cut at 8 tokens"):
        in_memory(max_length=8).predict(["good " * 7, "good " * 6])
    with pytest.raises(ArgumentError, match=r"max_length=65 must lie in \[3, 64\]"):
        in_memory(max_length=65)


def test_positions_that_a_table_keeps_back_are_not_read():
    from transformers import RobertaConfig, RobertaForSequenceClassification

    config = RobertaConfig(
        vocab_size=100,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=16,
        max_position_embeddings=34,
    )
    model = in_memory(
        RobertaForSequenceClassification(config).eval(), word_tokenizer(model_max_length=10**30)
    )
    with pytest.warns(FairnessWarning, match="at 32 tokens"):
        model.predict(["good " * 50])


def test_scores_that_are_no_numbers_are_refused():
    import torch

    module = tiny_bert()
    with torch.no_grad():
        module.bert.embeddings.word_embeddings.weight[WORDS.index("bad") + 4] = float("nan")
    model = in_memory(module)
    with pytest.raises(ModelError, match=r"infinite scores to 2 of 3 texts, first to 'bad'"):
        model.predict(["good", "bad", "bad text"])
    assert model.predict(["good"]).shape == (1,)


def test_a_multi_label_model_gives_sigmoids_and_sets_of_labels():
    module, tokenizer = tiny_bert(3, problem_type="multi_label_classification"), word_tokenizer()
    module.config.id2label = {0: "insult", 1: "threat", 2: "slur"}
    model = in_memory(module, tokenizer)
    logits = one_by_one(module, tokenizer, TEXTS)
    np.testing.assert_allclose(model(TEXTS), 1 / (1 + np.exp(-logits)), atol=1e-5, rtol=0)
    expected = [
        " + ".join(np.array(["insult", "threat", "slur"])[row >= 0].tolist()) or "none"
        for row in logits
    ]
    assert model.predict(TEXTS).tolist() == expected


@pytest.mark.parametrize("options", [{"num_labels": 1}, {"problem_type": "regression"}])
def test_a_regression_model_is_refused(options):
    with pytest.raises(ModelError, match="is a regression model"):
        in_memory(tiny_bert(**options))


def test_a_model_with_another_head_is_refused():
    from transformers import BertForMaskedLM

    with pytest.raises(ModelError, match=r"logits of shape \(1, \d+, \d+\).*not a sequence"):
        in_memory(BertForMaskedLM(tiny_bert().config).eval(), task="text-classification")


def test_a_decoder_without_padding_is_scored_one_by_one():
    module, tokenizer = tiny_gpt2(pad_token_id=None), word_tokenizer()
    model = in_memory(module, tokenizer)
    assert model.engine.max_rows == 1
    np.testing.assert_allclose(
        model.logits(TEXTS), one_by_one(module, tokenizer, TEXTS), atol=1e-5, rtol=0
    )


def test_a_decoder_that_is_padded_gives_the_same_scores():
    module, tokenizer = tiny_gpt2(pad_token_id=0), word_tokenizer()
    model = in_memory(module, tokenizer)
    assert model.engine.padding
    np.testing.assert_allclose(
        model.logits(TEXTS), one_by_one(module, tokenizer, TEXTS), atol=1e-5, rtol=0
    )


def test_where_padding_would_move_scores_lengths_are_not_mixed():
    """Padding on the left shifts the learned positions of a GPT-2."""
    module, tokenizer = tiny_gpt2(pad_token_id=0), word_tokenizer(padding_side="left")
    module.transformer.wpe.weight.data.mul_(100)
    model = in_memory(module, tokenizer)
    assert not model.engine.padding
    np.testing.assert_allclose(
        model.logits(TEXTS), one_by_one(module, tokenizer, TEXTS), atol=1e-5, rtol=0
    )


def test_dropout_is_off_while_scoring_and_back_on_after():
    module = tiny_bert().train()
    model = in_memory(module)
    first = model.predict_proba(TEXTS)
    model.forget()
    np.testing.assert_array_equal(first, model.predict_proba(TEXTS))
    assert module.training
    assert module.bert.training


def test_training_drops_the_remembered_answers_and_changes_the_fingerprint():
    import torch

    module = tiny_bert()
    model = in_memory(module)
    before, fingerprint = model.predict_proba(TEXTS), model.info.fingerprint
    assert fingerprint == in_memory(tiny_bert()).info.fingerprint
    optimizer = torch.optim.AdamW(module.parameters(), lr=0.1)
    module.classifier(torch.ones(1, 32)).sum().backward()
    optimizer.step()
    assert np.abs(model.predict_proba(TEXTS) - before).max() > 1e-4
    assert model.info.fingerprint != fingerprint


def test_bfloat16_stays_near_float32():
    exact = in_memory(tiny_bert())
    narrow = in_memory(tiny_bert(), dtype="bfloat16")
    assert narrow.info.dtype == "bfloat16"
    assert np.abs(exact(TEXTS) - narrow(TEXTS)).max() < 0.05


def test_memory_that_runs_out_halves_the_batches():
    model = in_memory()
    expected = model.predict_proba([f"good {w}" for w in WORDS])
    model.forget()
    forward = model.engine.forward

    def small(tokens, batch):
        if len(batch) > 5:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: not "
                "enough memory: you tried to allocate 8000000 bytes."
            )
        return forward(tokens, batch)

    model.engine.forward = small
    got = model.predict_proba([f"good {w}" for w in WORDS])
    np.testing.assert_allclose(got, expected, atol=1e-5, rtol=0)
    assert model.engine.budget <= 5 * 4


def test_a_closed_model_says_so():
    model = in_memory()
    model.predict(["good"])
    model.close()
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        model.predict(["good"])


def test_progress_is_told_after_each_batch():
    told = []
    model = in_memory(progress=lambda done, total: told.append((done, total)), batch_tokens=8)
    model.predict(["good", "bad", "great", "good"])
    assert told == [(2, 3), (3, 3)]
