"""Rewriting by models: what comes out is checked, and a real model can be loaded."""

from __future__ import annotations

import pytest

from pytest_fairness import back_translation, load_rewriter, masked_synonyms, paraphrase
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError


def test_a_paraphrase_counts_if_it_keeps_whom_it_speaks_of():
    reword = paraphrase(lambda texts: [t.replace("said", "told us") for t in texts], keep="gender")
    change = reword("She said so.")
    assert (change.text, change.status) == ("She told us so.", "valid")
    assert reword("She left.").status == "unchanged"


def test_a_lost_mention_is_ambiguous():
    reword = paraphrase(lambda texts: ["The doctor left."] * len(texts), keep="gender")
    change = reword("The doctor left her office.")
    assert (change.text, change.status) == ("The doctor left her office.", "ambiguous")
    assert change.reason == "paraphrase lost 'her'"


def test_back_translation_goes_there_and_back():
    words = {"house": "maison", "big": "grande"}
    back = {"maison": "home", "grande": "large"}

    def translate(table):
        return lambda texts: [" ".join(table.get(w, w) for w in t.split()) for t in texts]

    around = back_translation(translate(words), translate(back))
    assert [c.text for c in around.all(["a big house", "it"])] == ["a large home", "it"]


def test_texts_go_to_the_model_together():
    calls = []
    reword = paraphrase(lambda texts: calls.append(texts) or [t + "!" for t in texts])
    assert len(reword.all(["a", "b", "c"])) == 3
    assert calls == [["a", "b", "c"]]


def fill(text):
    assert text.count("[MASK]") == 1
    return [
        {"token_str": "nurse", "score": 0.5},
        {"token_str": "##s", "score": 0.3},
        {"token_str": "mended", "score": 0.2},
        {"token_str": "fixed", "score": 0.01},
    ]


def test_a_masked_word_keeps_its_ending_and_its_attribute():
    change = masked_synonyms(fill, mask="[MASK]", keep=["nurse"])("They repaired it.", seed=0)
    assert change.text == "They mended it."
    sister = masked_synonyms(fill, mask="[MASK]", keep="gender")("my sister", seed=0)
    assert sister.status == "unchanged"


def test_unlikely_words_do_not_come():
    change = masked_synonyms(fill, mask="[MASK]", keep=["nurse"], least=0.4)("They repaired it.")
    assert change.status == "ambiguous"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A tiny sequence-to-sequence model with random weights, as transformers saves it."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    from tests.models.builders import word_tokenizer

    tokenizer = word_tokenizer()
    torch.manual_seed(0)
    config = BartConfig(
        vocab_size=len(tokenizer), d_model=16, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=16,
        decoder_ffn_dim=16, max_position_embeddings=64, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=2, eos_token_id=3, decoder_start_token_id=2, forced_eos_token_id=None,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("seq2seq")
    BartForConditionalGeneration(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_a_real_model_rewrites_many_texts_the_same_way_every_time(folder):
    rewrite = load_rewriter(str(folder), device="cpu", batch_size=2, max_new_tokens=8)
    texts = ["the work", "the care", "works with care"]
    first = rewrite(texts)
    assert len(first) == 3
    assert all(isinstance(text, str) for text in first)
    assert rewrite(texts) == first == [rewrite([text])[0] for text in texts]
    assert len(paraphrase(rewrite).all(texts)) == 3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: paraphrase("folder"), ArgumentTypeError, "give load_rewriter"),
        (lambda: paraphrase(lambda t: [])("a"), ModelError, "returned 0 texts for 1"),
        (lambda: masked_synonyms(fill), ArgumentError, "names no mask token"),
        (lambda: masked_synonyms(fill, mask="_", least=0), ArgumentError, "least=0 must lie"),
        (lambda: load_rewriter("no/such/folder"), ArgumentError, "no sequence-to-sequence model"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
