"""Causal language models against a reference that scores one token at a time."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, FairnessWarning, ModelError
from pytest_fairness.models import causal, load_model
from tests.models.builders import save
from tests.models.languages import (
    SENTENCES,
    after,
    byte_level,
    loud,
    sentencepiece,
    tiny_gpt2_lm,
    tiny_llama,
)

CONTEXTS = ["", "the nurse led ", "the nurse led", "she is a", "the nurse led"]
TEXTS = ["the nurse", "a team", " a team", " kind doctor, and", " the engineers"]


def make(tokenizer, build=tiny_llama, **options):
    return load_model((build(tokenizer), tokenizer), **options)


@pytest.fixture(scope="module")
def tokenizer():
    return byte_level()


@pytest.fixture(scope="module")
def model(tokenizer):
    return make(tokenizer)


def ids(tokenizer, text):
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def test_texts_start_after_bos(model, tokenizer):
    texts = [SENTENCES[2], "she", "他是一名护士。"]
    found = model.log_likelihood(texts)
    slow = [after(model.module, [tokenizer.bos_token_id], ids(tokenizer, s)) for s in texts]
    np.testing.assert_allclose(found.total, slow, atol=1e-4, rtol=0)
    assert found.tokens.tolist() == [len(ids(tokenizer, s)) for s in texts]
    assert found.bytes.tolist() == [len(s.encode()) for s in texts]


@pytest.mark.parametrize("build", [tiny_llama, tiny_gpt2_lm])
def test_context_and_text_are_tokenised_as_one_string(build):
    """Spaces at the end of a context go to the text: "led " + "a team" is "led" + " a team"."""
    tokenizer = byte_level()
    model = make(tokenizer, build)
    found = model.log_likelihood(TEXTS, contexts=CONTEXTS)
    spaced = ["", "the nurse led", "the nurse led", "she is a", "the nurse led"]
    texts = [TEXTS[0], " a team", " a team", TEXTS[3], TEXTS[4]]
    for i, (context, text) in enumerate(zip(spaced, texts, strict=True)):
        whole, n = ids(tokenizer, context + text), len(ids(tokenizer, context))
        before = whole[:n] or [tokenizer.bos_token_id]
        assert found.total[i] == pytest.approx(after(model.module, before, whole[n:]), abs=1e-4)
        assert found.tokens[i] == len(whole) - n
    assert found.total[1] == found.total[2]
    assert found.bytes.tolist()[1:3] == [6, 7]


def test_a_tokenizer_that_adds_bos_adds_it_once():
    tokenizer = byte_level(adds=True)
    model = make(tokenizer)
    found = model.log_likelihood([" a team", "<s>she is"], contexts=["the nurse led", ""])
    assert found.total[0] == pytest.approx(
        after(model.module, [0, *ids(tokenizer, "the nurse led")], ids(tokenizer, " a team")),
        abs=1e-4,
    )
    # A text that brings its own BOS, as that of a chat template, gets no second one.
    assert found.total[1] == pytest.approx(
        after(model.module, [0], ids(tokenizer, "she is")), abs=1e-4
    )


def test_without_bos_the_first_token_is_read_and_not_scored():
    tokenizer = byte_level(bos=None)
    model = make(tokenizer)
    text = "the nurse led a team"
    first, *rest = ids(tokenizer, text)
    found = model.log_likelihood([text, "", tokenizer.decode([first])])
    assert found.total[0] == pytest.approx(after(model.module, [first], rest), abs=1e-4)
    assert found.tokens.tolist() == [len(rest), 0, 0]
    assert found.bytes.tolist() == [len(text) - len(tokenizer.decode([first])), 0, 0]
    assert np.isnan(found.per_byte[1:]).all()


def test_a_tokenizer_without_padding_scores_the_same(model):
    tokenizer = byte_level()
    tokenizer.pad_token = None
    bare = load_model((model.module, tokenizer))
    assert tokenizer.pad_token is None  # nothing of the user's is changed
    found = bare.log_likelihood(TEXTS, contexts=CONTEXTS).total
    np.testing.assert_allclose(
        found, model.log_likelihood(TEXTS, contexts=CONTEXTS).total, atol=1e-4
    )


def test_an_empty_text_has_no_token_and_likelihood_one(model):
    found = model.log_likelihood(["", "", "a"], contexts=["", "she is ", ""])
    assert found.total[:2].tolist() == [0, 0]
    assert found.tokens[:2].tolist() == [0, 0]
    assert np.isnan(found.per_token[:2]).all()
    assert len(model.log_likelihood([])) == 0


def test_a_chain_of_conditionals_is_the_whole():
    """log P(b, c) = log P(b) + log P(c | b): what holds of any probabilities."""
    model = make(byte_level(adds=True))
    whole = model.log_likelihood(["she is a kind doctor"]).total
    parts = model.log_likelihood(["she is", " a kind doctor"], contexts=["", "she is"]).total
    assert parts.sum() == pytest.approx(whole[0], abs=1e-4)


@pytest.mark.parametrize("longest_in_tree", [0, 256], ids=["cache", "trees"])
@pytest.mark.parametrize("budget", [1, 40, 10_000])
def test_shared_starts_are_reused_without_a_trace(
    model, tokenizer, budget, longest_in_tree, monkeypatch
):
    """Groups nest, are cut where a batch is full, and hold texts that are starts of others."""
    monkeypatch.setattr(causal, "_LONG_START", longest_in_tree)
    start = "the nurse led a team of nine"
    ends = [" old", " old hospital", " school", " old hospital", " small town", ""]
    contexts = [start] * len(ends) + ["", "", start[:20], ""]
    texts = [*ends, start, start + " old", start[20:], "she is"]
    fresh = make(tokenizer, batch_tokens=budget)
    assert fresh._reuses
    assert fresh._branches
    found = fresh.log_likelihood(texts, contexts=contexts)
    for i, (context, text) in enumerate(zip(contexts, texts, strict=True)):
        whole, n = ids(tokenizer, context + text), len(ids(tokenizer, context))
        slow = after(model.module, whole[:n] or [0], whole[n:])
        assert found.total[i] == pytest.approx(slow, abs=1e-4), (context, text)


@contextmanager
def tokens_read(module):
    """Counted at the embedding: how many tokens go in."""
    seen = []
    counter = module.get_input_embeddings().register_forward_hook(
        lambda _m, inputs, _o: seen.append(inputs[0].numel())
    )
    try:
        yield seen
    finally:
        counter.remove()


def test_a_long_shared_start_is_computed_once(model, tokenizer, monkeypatch):
    monkeypatch.setattr(causal, "_LONG_START", 0)
    start = "the nurse led a team of nine nurses in the old"
    model.forget()
    with tokens_read(model.module) as seen:
        model.choice_scores([start], [" hospital", " school", " town", " bakery"])
    longest = max(len(ids(tokenizer, o)) for o in (" hospital", " school", " town", " bakery"))
    assert sum(seen) <= len(ids(tokenizer, start)) + 4 * longest


def test_of_short_texts_each_start_is_computed_once(model, tokenizer):
    """Whatever starts several of them: "the nurse", and again "the nurse led a"."""
    texts = ["the nurse led a team", "the nurse led a school", "the nurse is kind", "the bakery"]
    model.forget()
    with tokens_read(model.module) as seen:
        model.log_likelihood(texts)
    rows = [[tokenizer.bos_token_id, *ids(tokenizer, text)][:-1] for text in texts]
    starts = {tuple(row[:n]) for row in rows for n in range(1, len(row) + 1)}
    assert seen == [len(starts)]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_texts_longer_than_a_sliding_window_stay_out_of_trees(tokenizer, attention):
    """A tree says what each token sees, of which a window would hide a part."""
    from transformers import MistralConfig, MistralForCausalLM

    def build(tokenizer):
        llama = tiny_llama(tokenizer).config.to_dict()
        names = ("vocab_size", "hidden_size", "num_hidden_layers", "intermediate_size")
        heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
        config = MistralConfig(**{n: llama[n] for n in names}, **heads, sliding_window=8)
        config._attn_implementation = attention
        return loud(MistralForCausalLM(config))

    model = make(tokenizer, build)
    assert model._branches
    texts = ["the nurse", "the nurses", *SENTENCES[:2], SENTENCES[0] + " and the town"]
    found = model.log_likelihood(texts)
    slow = [after(model.module, [tokenizer.bos_token_id], ids(tokenizer, s)) for s in texts]
    np.testing.assert_allclose(found.total, slow, atol=1e-4, rtol=0)


def test_a_model_whose_positions_are_its_own_is_scored_without_trees(tokenizer):
    """ALiBi: what a token sees depends on how many columns away it stands."""
    import torch
    from transformers import BloomConfig, BloomForCausalLM

    torch.manual_seed(0)
    config = BloomConfig(vocab_size=len(tokenizer), hidden_size=32, n_layer=2, n_head=4)
    config.bos_token_id, config.eos_token_id = 0, 1
    model = load_model((loud(BloomForCausalLM(config)), tokenizer))
    assert not model._branches
    texts = ["the nurse led a team", "the nurse led a school", "the nurse"]
    found = model.log_likelihood(texts)
    slow = [after(model.module, [tokenizer.bos_token_id], ids(tokenizer, s)) for s in texts]
    np.testing.assert_allclose(found.total, slow, atol=1e-4, rtol=0)


def test_answers_are_remembered_by_context_and_text(model):
    model.forget()
    misses = model.cache.misses
    model.log_likelihood(["a", "a", "b"], contexts=["she", "she", "she"])
    model.log_likelihood(["a"], contexts=["she"])
    assert model.cache.misses == misses + 2
    model.log_likelihood(["a"], contexts=["he"])
    assert model.cache.misses == misses + 3


def test_trained_weights_forget_the_answers(tokenizer):
    import torch

    model = make(tokenizer)
    before = model.log_likelihood(["she is"]).total
    with torch.no_grad():
        model.module.lm_head.weight.mul_(0.5)
    assert model.log_likelihood(["she is"]).total != before


def test_contexts_lose_their_start_with_one_warning(tokenizer):
    model = make(tokenizer, max_length=12)
    long, text = " ".join(SENTENCES[:3]), " a team"
    with pytest.warns(FairnessWarning, match=r"contexts of 1 of 2 texts .* 12 tokens"):
        found = model.log_likelihood([text, text], contexts=[long, "she"])
    whole = ids(tokenizer, long + text)
    n = len(ids(tokenizer, text))
    slow = after(model.module, whole[-13:-n], whole[-n:])
    assert found.total[0] == pytest.approx(slow, abs=1e-4)
    assert model.cut_texts == 1


def test_a_context_that_is_cut_keeps_its_bos():
    tokenizer = byte_level(adds=True)
    model = make(tokenizer, max_length=12)
    long, text = SENTENCES[0], " a team"
    with pytest.warns(FairnessWarning, match="cut from their start"):
        found = model.log_likelihood([text], contexts=[long])
    whole, n = ids(tokenizer, long + text), len(ids(tokenizer, text))
    slow = after(model.module, [0, *whole[-12:-n]], whole[-n:])
    assert found.total[0] == pytest.approx(slow, abs=1e-4)


def test_texts_that_are_too_long_are_refused_with_their_number(tokenizer):
    model = make(tokenizer, max_length=6)
    with pytest.raises(ArgumentError, match=r"2 of 3 texts are longer than the 6 tokens"):
        model.log_likelihood(["she", SENTENCES[0], SENTENCES[1]])


def test_a_sentencepiece_tokenizer_without_bos():
    tokenizer = sentencepiece()
    model = make(tokenizer)
    found = model.log_likelihood([" a nurse", "a nurse"], contexts=["she is", ""])
    whole = ids(tokenizer, "she is a nurse")
    n = len(ids(tokenizer, "she is"))
    assert found.total[0] == pytest.approx(after(model.module, whole[:n], whole[n:]), abs=1e-4)
    first, *rest = ids(tokenizer, "a nurse")
    assert found.total[1] == pytest.approx(after(model.module, [first], rest), abs=1e-4)


def test_nan_is_an_error_that_names_the_text(tokenizer):
    import torch

    model = make(tokenizer)
    with torch.no_grad():
        model.module.lm_head.weight[5] = float("nan")
    with pytest.raises(ModelError, match=r"NaN or infinite log-likelihoods to 1 of 1 texts.*'she'"):
        model.log_likelihood(["she"])


def test_bfloat16_stays_near_float32(tokenizer, model):
    exact = model.log_likelihood(SENTENCES)
    narrow = make(tokenizer, dtype="bfloat16")
    assert narrow.info.dtype == "bfloat16"
    moved = np.abs(narrow.log_likelihood(SENTENCES).per_token - exact.per_token)
    assert 0 < moved.max() < 0.1


def test_contexts_pair_up(model):
    with pytest.raises(ArgumentError, match="contexts has 1 entries but texts has 2"):
        model.log_likelihood(["a", "b"], contexts=["she"])


def test_a_model_whose_cache_cannot_be_shared_is_scored_without(tokenizer, monkeypatch):
    from transformers import DynamicCache

    def refuse(*_arguments):
        raise AttributeError("no such cache")

    monkeypatch.setattr(DynamicCache, "batch_select_indices", refuse)
    model = make(tokenizer)
    assert not model._reuses
    monkeypatch.setattr(model, "_branches", False)
    found = model.choice_scores(["the nurse led"], [" a team", " the team"])[0]
    whole = ids(tokenizer, "the nurse led a team")
    n = len(ids(tokenizer, "the nurse led"))
    slow = after(model.module, whole[:n], whole[n:])
    assert found[0] == pytest.approx(slow, abs=1e-4)


def test_a_model_whose_head_mixes_positions_is_read_in_full(tokenizer):
    import torch

    class Mixing(torch.nn.Linear):
        def forward(self, hidden):
            return super().forward(hidden + hidden.cumsum(1).roll(1, 1))

    module = tiny_llama(tokenizer)
    mixing = Mixing(32, len(tokenizer), bias=False)
    mixing.weight = module.lm_head.weight
    module.lm_head = mixing
    model = load_model((module, tokenizer))
    assert not model._readout.picks


def test_a_folder_and_closing(tmp_path, tokenizer):
    model = load_model(save(tmp_path / "lm", tiny_llama(tokenizer), tokenizer), device="cpu")
    expected = make(tokenizer).log_likelihood(["she is"]).total
    np.testing.assert_allclose(model.log_likelihood(["she is"]).total, expected, atol=1e-5)
    assert model.info.kind == "causal language model"
    assert repr(model).startswith("<CausalLM ")
    assert load_model(model) is model
    model.close()
    with pytest.raises(ModelError, match="was closed"):
        model.log_likelihood(["she was"])


def test_smollm2_agrees_with_one_token_at_a_time(smollm2):
    model = load_model(smollm2, device="cpu")
    context, texts = "The capital of France is", [" Paris", " Rome", " banana"]
    found = model.choice_scores([context], texts)[0]
    slow = [
        after(model.module, ids(model.tokenizer, context), ids(model.tokenizer, t)) for t in texts
    ]
    np.testing.assert_allclose(found, slow, atol=1e-3, rtol=0)
    assert found.argmax() == 0
    model.close()
