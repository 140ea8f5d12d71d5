"""Words for association tests: sizes, tokens, and what real encoders make of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tokenizers import Tokenizer

from pytest_fairness import FairnessFailure, assert_association, load_model, word_sets
from pytest_fairness.assertions.association import embed
from pytest_fairness.attributes import available_word_sets
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.embeddings import weat_effect_size
from tests.models.builders import minilm_folder

SETS = [(name, lang) for lang, names in available_word_sets().items() for name in names]


@pytest.fixture(scope="module")
def encoders(e5):
    return {"zh": load_model(e5, device="cpu"), "en": load_model(minilm_folder(), device="cpu")}


@pytest.mark.parametrize(("name", "language"), SETS)
def test_sets_of_a_pair_match(name, language):
    found = word_sets(name, language=language)
    x, y, a, b = found
    assert (len(x), len(a)) == (len(y), len(b))
    assert min(len(x), len(a)) >= 10
    everything = [*x, *y, *a, *b]
    assert len({word.casefold() for word in everything}) == len(everything)
    assert all(word and word == word.strip() for word in everything)
    assert not any(" " in word for word in (*a, *b))
    assert max(len(word.split()) for word in (*x, *y)) <= 2  # a city child, a village child
    assert (found.licence, len(found.labels)) == ("Apache-2.0", 4)
    assert found.idea
    assert found.source.startswith("written by")
    assert found.date >= "2026-11-27"


@pytest.mark.parametrize(("name", "language"), SETS)
def test_words_are_unremarkable_to_tokenizers(name, language, encoders):
    """Every word is known, of few pieces, and sets of a pair are of as many on average."""
    for encoder in encoders.values() if language == "en" else [encoders["zh"]]:
        tokenizer = encoder.tokenizer
        pieces = [
            [tokenizer.tokenize(word) for word in words]
            for words in word_sets(name, language=language)
        ]
        assert not any(tokenizer.unk_token in each for words in pieces for each in words)
        assert max(len(each) for words in pieces for each in words) <= 7
        x, y, a, b = (np.mean([len(each) for each in words]) for words in pieces)
        assert abs(x - y) <= (1.5 if name.startswith("race") else 1)  # 外地 is two, 本地 one
        assert abs(a - b) <= 1.25


def test_sets_of_a_pair_are_about_as_common(e5):
    """By the unigram log-probabilities of XLM-R, of words in a hundred languages."""
    tokenizer = Tokenizer.from_file(str(e5 / "tokenizer.json"))
    known = dict(json.loads((e5 / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])

    def commonness(words):
        pieces = [tokenizer.encode(word, add_special_tokens=False).tokens for word in words]
        return np.mean([sum(known[p] for p in each if p != "\u2581") for each in pieces])

    rare = {
        "race-pleasantness": 5.5,
        "local-competence": 7,
    }  # names, 外地: as they are in the world
    for name, language in SETS:
        x, y, a, b = map(commonness, word_sets(name, language=language))
        assert abs(x - y) < rare.get(name, 2.5)
        assert abs(a - b) < 2.5


@pytest.mark.parametrize(("name", "language"), SETS)
def test_swapped_sets_turn_the_effect_and_equal_ones_have_none(name, language, encoders):
    x, y, a, b = (embed(encoders[language], s, ["{}"]) for s in word_sets(name, language=language))
    d = weat_effect_size(x, y, a, b)
    assert 0 < abs(d) < 2
    assert weat_effect_size(y, x, a, b) == pytest.approx(-d)
    assert weat_effect_size(x, y, b, a) == pytest.approx(-d)
    assert weat_effect_size(x, x, a, b) == pytest.approx(0, abs=1e-9)
    assert np.isnan(weat_effect_size(x, y, a, a)) or abs(weat_effect_size(x, y, a, a)) < 1e-6


def test_a_known_stereotype_is_found_in_a_real_encoder(encoders):
    """Names of men lie nearer to career, as in every published space (Caliskan et al. 2017)."""
    with pytest.raises(FairnessFailure) as caught:
        assert_association(encoders["en"], *word_sets("gender-career"), max_effect_size=0.2)
    outcome = caught.value.outcome
    assert outcome.verdict.value == "fail"
    assert "x goes with a" in outcome.definition


def test_unknown_names_are_answered_with_those_that_exist():
    with pytest.raises(ArgumentError, match=r"en: gender-career, .*zh: gender-career"):
        word_sets("hukou-competence", language="en")
