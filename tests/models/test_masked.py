"""Masked language models against a reference that masks one token at a time."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.models import load_model
from tests.models.languages import (
    at_mask,
    byte_level,
    framed_byte_level,
    sentencepiece,
    tiny_masked,
    wordpiece,
)

TEXT = "the nurses led engineers"  # [CLS] the nurs ##es led engineer ##s [SEP]
TEXTS = [TEXT, "she is unkindes", "a doctor", "他是护士。", "the nurse, the nurses in the old team"]


@pytest.fixture(scope="module")
def model():
    tokenizer = wordpiece()
    return load_model((tiny_masked(tokenizer), tokenizer))


def slow(model, text, groups, first=1, last=-1):
    """Mask each token with those that follow it in its group; groups are numbers by token."""
    ids = model.tokenizer(text)["input_ids"]
    mask = model.tokenizer.mask_token_id
    total = 0.0
    for t in range(first, len(ids) + last):
        rest = [j for j in range(t + 1, len(ids)) if groups[j] == groups[t]]
        total += at_mask(model.module, ids, [t, *rest], t, mask)
    return total


def test_the_rest_of_a_word_is_masked_with_each_of_its_tokens(model):
    found = model.log_likelihood([TEXT])
    words = [-1, 1, 2, 2, 3, 4, 4, -2]  # by hand, from the pieces above
    assert found.total[0] == pytest.approx(slow(model, TEXT, words), abs=1e-4)
    assert (found.tokens[0], found.bytes[0]) == (6, 24)


def test_without_the_correction_each_token_is_masked_alone(model):
    found = model.log_likelihood(TEXTS, correction=False)
    expected = [slow(model, t, list(range(99))) for t in TEXTS]
    np.testing.assert_allclose(found.total, expected, atol=1e-4, rtol=0)
    assert model.log_likelihood([TEXT]).total[0] != found.total[0]


def test_batches_of_any_size_give_the_same(model):
    whole = model.log_likelihood(TEXTS).total
    small = load_model((model.module, model.tokenizer), batch_tokens=10)
    np.testing.assert_allclose(small.log_likelihood(TEXTS).total, whole, atol=1e-4, rtol=0)


def test_only_the_text_is_scored_after_a_context(model):
    found = model.log_likelihood(["nurses led"], contexts=["the "])
    ids = model.tokenizer("the nurses led")["input_ids"]  # [CLS] the nurs ##es led [SEP]
    mask = model.tokenizer.mask_token_id
    expected = (
        at_mask(model.module, ids, [2, 3], 2, mask)
        + at_mask(model.module, ids, [3], 3, mask)
        + at_mask(model.module, ids, [4], 4, mask)
    )
    assert found.total[0] == pytest.approx(expected, abs=1e-4)
    assert found.tokens[0] == 3


@pytest.mark.parametrize(
    ("make", "text", "words"),
    [
        # <s> 'the' ' nurse' ',' ' ' 'un' ... : the byte-level split keeps a space with its word.
        (framed_byte_level, "unreadable nurses, sleepless", None),
        (sentencepiece, "the nurses ledes", [1, 2, 2, 3, 3, -1]),
    ],
)
def test_words_of_other_tokenizers(make, text, words):
    tokenizer = make()
    model = load_model((tiny_masked(tokenizer), tokenizer))
    first = 1 if make is framed_byte_level else 0
    if words is None:  # a word begins at a space or at punctuation
        pieces = [tokenizer.decode([i]) for i in tokenizer(text)["input_ids"]]
        words, word = [], 0
        for piece in pieces:
            word += piece.startswith((" ", ",", "<"))
            words.append(word)
    found = model.log_likelihood([text])
    assert found.total[0] == pytest.approx(slow(model, text, words, first), abs=1e-4)
    assert found.total[0] != model.log_likelihood([text], correction=False).total[0]


def test_kept_spans_are_masked_alone(model):
    """CrowS-Pairs: of "the nurses led" and "the doctor led", the shared words are scored."""
    ids = model.tokenizer("the nurses led")["input_ids"]
    mask = model.tokenizer.mask_token_id
    expected = sum(at_mask(model.module, ids, [t], t, mask) for t in (1, 4))
    found = model.log_likelihood(["the nurses led"], kept=[[(0, 3), (11, 14)]])
    assert found.total[0] == pytest.approx(expected, abs=1e-4)
    assert (found.tokens[0], found.bytes[0]) == (2, 6)
    half = model.log_likelihood(["the nurses led"], kept=[[(4, 8)]])  # nurs of nurses
    assert half.total[0] == pytest.approx(at_mask(model.module, ids, [2], 2, mask), abs=1e-4)
    assert model.log_likelihood(["the"], kept=[[]]).tokens[0] == 0
    with pytest.raises(ArgumentError, match="kept has 1 entries but texts has 2"):
        model.log_likelihood(["a", "b"], kept=[[(0, 1)]])


def test_kept_spans_count_from_the_text_not_from_its_context(model):
    plain = model.log_likelihood(["the nurses led"], kept=[[(11, 14)]])
    moved = model.log_likelihood(["nurses led"], contexts=["the "], kept=[[(7, 10)]])
    assert moved.total[0] == pytest.approx(plain.total[0], abs=1e-5)


def test_aul_reads_the_text_unmasked(model):
    import torch

    found = model.aul(TEXTS)
    for text, score in zip(TEXTS, found, strict=True):
        ids = model.tokenizer(text)["input_ids"]
        with torch.inference_mode():
            logs = model.module(input_ids=torch.tensor([ids])).logits[0].double().log_softmax(1)
        expected = np.mean([float(logs[t, ids[t]]) for t in range(1, len(ids) - 1)])
        assert score == pytest.approx(expected, abs=1e-4)
    assert np.isnan(model.aul([""])[0])


def test_aula_weighs_tokens_by_the_attention_they_get(model):
    import torch

    found = model.aul(TEXTS, attention=True)
    module = tiny_masked(model.tokenizer, attn_implementation="eager")
    for text, score in zip(TEXTS, found, strict=True):
        ids = model.tokenizer(text)["input_ids"]
        with torch.inference_mode():
            output = module(input_ids=torch.tensor([ids]), output_attentions=True)
        logs = output.logits[0].double().log_softmax(1)
        weights = torch.cat(output.attentions).mean((0, 1, 2))  # over layers, heads and queries
        terms = [float(logs[t, ids[t]] * weights[t]) for t in range(1, len(ids) - 1)]
        assert score == pytest.approx(np.mean(terms), abs=1e-4)
    assert model.module.config._attn_implementation == "sdpa"


def test_fill_scores_targets_at_the_first_gap(model):
    texts = ["the [MASK] led", "[MASK] is a [MASK] doctor"]
    found = model.fill(texts, ["she", "doctor", "team"])
    for row, text in zip(found, texts, strict=True):
        ids = model.tokenizer(text)["input_ids"]
        at = ids.index(model.tokenizer.mask_token_id)
        for score, word in zip(row, ["she", "doctor", "team"], strict=True):
            filled = list(ids)
            filled[at] = model.tokenizer.convert_tokens_to_ids(word)
            mask = model.tokenizer.mask_token_id
            assert score == pytest.approx(at_mask(model.module, filled, [at], at, mask), abs=1e-4)


def test_fill_returns_the_likeliest_words(model):
    whole = model.fill(["the [MASK] led"], top_k=len(model.tokenizer))[0]
    assert sum(np.exp(score) for _, score in whole) == pytest.approx(1, abs=1e-5)
    assert [score for _, score in whole] == sorted((s for _, s in whole), reverse=True)
    assert model.fill(["the [MASK] led"], top_k=2)[0] == whole[:2]


def test_fill_takes_the_form_that_follows_a_space():
    tokenizer = framed_byte_level()
    model = load_model((tiny_masked(tokenizer), tokenizer))
    spaced, plain = tokenizer(" the")["input_ids"], tokenizer("the")["input_ids"]
    assert len(spaced) == len(plain) == 3
    for text, token in (("she [MASK]", spaced[1]), ("[MASK]", plain[1])):
        ids = tokenizer(text.replace("[MASK]", "<mask>"))["input_ids"]
        at = ids.index(tokenizer.mask_token_id)
        ids[at] = token
        expected = at_mask(model.module, ids, [at], at, tokenizer.mask_token_id)
        assert model.fill([text], ["the"])[0, 0] == pytest.approx(expected, abs=1e-4)


def test_fill_says_what_it_cannot_do(model):
    with pytest.raises(ArgumentError, match=r"'the nurse' has no \[MASK\]"):
        model.fill(["the nurse"])
    with pytest.raises(ArgumentError, match=r"'nurses', which is not one token .*nurs, ##es"):
        model.fill(["the [MASK]"], ["nurses"])
    with pytest.raises(ArgumentError, match="not one token"):
        model.fill(["the [MASK]"], ["zebra"])
    with pytest.raises(ArgumentTypeError, match="is a single str"):
        model.fill(["the [MASK]"], "she")


def test_long_and_empty_texts(model):
    short = load_model((model.module, model.tokenizer), max_length=5)
    with pytest.raises(ArgumentError, match=r"1 of 2 texts are longer than the 5 tokens"):
        short.log_likelihood(["the", TEXT])
    found = short.log_likelihood(["", "the"])
    assert found.tokens.tolist() == [0, 1]
    assert found.total[0] == 0
    assert len(model.log_likelihood([])) == len(model.aul([])) == 0


def test_nan_is_an_error():
    import torch

    tokenizer = wordpiece()
    module = tiny_masked(tokenizer)
    with torch.no_grad():
        module.cls.predictions.bias[7] = float("nan")
    model = load_model((module, tokenizer))
    for ask in (model.log_likelihood, model.aul, lambda t: model.fill(["[MASK]"], ["the"])):
        with pytest.raises(ModelError, match="NaN"):
            ask(["the"])


def test_a_tokenizer_without_a_mask_is_refused():
    tokenizer = byte_level()
    with pytest.raises(ModelError, match=r"has no mask token.*mask_token="):
        load_model((tiny_masked(tokenizer), tokenizer))


def test_without_a_pad_token_batches_are_padded_all_the_same(model):
    tokenizer = wordpiece()
    tokenizer.pad_token = None
    bare = load_model((model.module, tokenizer))
    expected = model.log_likelihood(TEXTS).total
    np.testing.assert_allclose(bare.log_likelihood(TEXTS).total, expected, atol=1e-4, rtol=0)


def test_bfloat16_stays_near_float32(model):
    narrow = load_model((tiny_masked(model.tokenizer), model.tokenizer), dtype="bfloat16")
    moved = narrow.log_likelihood(TEXTS).per_token - model.log_likelihood(TEXTS).per_token
    assert 0 < np.abs(moved).max() < 0.1
