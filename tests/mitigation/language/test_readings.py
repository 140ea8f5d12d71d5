"""What is read of pairs gives the numbers that the package's own models give."""

from __future__ import annotations

import pytest
import torch

from pytest_fairness.mitigation.language.readings import CausalReader, MaskedReader
from pytest_fairness.models import load_model
from tests.models.languages import byte_level, tiny_llama, tiny_masked, wordpiece

PAIR = ("the nurse said he is her patient", "the nurse said she is his patient")
WORDS = ("he is a nurse in team", "she is a nurse in team")


def total(module, side):
    """Sum of log-probabilities over the readings of a side, one plain call each."""
    found = 0.0
    for reading in side.readings:
        with torch.no_grad():
            logits = module(input_ids=torch.tensor([list(reading.ids)])).logits[0].double()
        for place, target in zip(reading.places, reading.targets, strict=True):
            found += float(logits[place].log_softmax(0)[target])
    return found


@pytest.fixture(scope="module")
def causal():
    tokenizer = byte_level()
    return CausalReader(tokenizer, 64), tiny_llama(tokenizer), tokenizer


@pytest.fixture(scope="module")
def masked():
    tokenizer = wordpiece()
    return MaskedReader(tokenizer, 64), tiny_masked(tokenizer), tokenizer


class TestCausal:
    @pytest.mark.parametrize("bos", ["<s>", None])
    def test_whole_texts_as_the_gate_measures_them(self, bos):
        tokenizer = byte_level(bos=bos)
        module = tiny_llama(tokenizer)
        sides = CausalReader(tokenizer, 64).pairs([PAIR], "text", "token")[0]
        expected = load_model((module, tokenizer)).log_likelihood(PAIR)
        assert [total(module, side) for side in sides] == pytest.approx(expected.total, abs=1e-4)
        assert [side.length for side in sides] == expected.tokens.tolist()

    def test_bytes_are_those_of_the_text(self, causal):
        sides = causal[0].pairs([("a naïve nurse", "a nurse")], "text", "byte")[0]
        assert [side.length for side in sides] == [14, 7]

    def test_changed_tokens_by_hand(self, causal):
        sides = causal[0].pairs([("he is old", "she is old")], "changed", None)[0]
        texts = [causal[2].decode(side.readings[0].targets).strip() for side in sides]
        assert texts == ["he", "she"]

    def test_pairs_without_a_token_that_counts_are_left_out(self, causal):
        pairs = [("a team led", "a kind team led"), ("he is", "she is")]
        assert len(causal[0].pairs(pairs, "changed", None)) == 1
        assert len(causal[0].pairs(pairs, "text", None)) == 2

    def test_long_texts_are_cut_and_empty_ones_left_out(self, causal):
        reader = CausalReader(causal[2], 8)
        [[reading]] = reader.texts(["the nurse led a team of nine nurses in the old hospital", ""])
        assert len(reading.ids) == 7
        assert len(reading.targets) == 7


class TestMasked:
    def test_differing_words_as_fills_of_one_gap(self, masked):
        reader, module, tokenizer = masked
        sides = reader.pairs([WORDS], "changed", None)[0]
        fills = load_model((module, tokenizer)).fill(["[MASK] is a nurse in team"], ["he", "she"])
        assert [total(module, side) for side in sides] == pytest.approx(fills[0], abs=1e-4)

    def test_whole_texts_as_the_gate_measures_them(self, masked):
        reader, module, tokenizer = masked
        pair = ("he is a nurse", "she is reading")
        sides = reader.pairs([pair], "text", "token")[0]
        expected = load_model((module, tokenizer)).log_likelihood(pair)
        assert [total(module, side) for side in sides] == pytest.approx(expected.total, abs=1e-4)

    def test_neutral_texts_are_masked_by_seed(self, masked):
        tokenizer = masked[2]
        text = " ".join(["nurse led team of doctor"] * 4)  # 28 pieces
        first, again, other = (
            MaskedReader(tokenizer, 64, maskings=3, seed=seed).texts([text]) for seed in (1, 1, 2)
        )
        assert first == again
        assert first != other
        assert [len(reading.places) for reading in first[0]] == [4, 4, 4]
        for reading in first[0]:
            assert [reading.ids[i] for i in reading.places] == [tokenizer.mask_token_id] * 4
