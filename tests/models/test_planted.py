"""The planted association shows in fills and in pseudo-log-likelihoods."""

from __future__ import annotations

import pytest

from pytest_fairness.models import load_model
from tests.planted import HELD_OUT, occupations


@pytest.fixture(scope="module")
def model(planted_mlm):
    return load_model(planted_mlm, device="cpu")


@pytest.fixture(scope="module")
def names(shared_data):
    return occupations(shared_data)


def prompts(names, he):
    return [HELD_OUT.format(who=who, he=he) for who in names]


def test_gaps_tell_the_two_groups_of_occupations_apart(model, names):
    """In a sentence that was not read in training, whatever the prior of the pronouns there."""
    odds = {}
    for group, occupations_of_group in names.items():
        scores = model.fill(prompts(occupations_of_group, "[MASK]"), ["she", "he"])
        odds[group] = scores[:, 0] - scores[:, 1]
    higher = odds["she"][:, None] > odds["he"][None, :]
    assert higher.mean() >= 0.9


def test_stereotyped_sentences_are_the_likelier_ones(model, names):
    """Beside those of the other occupations: which pronoun is likelier at all is left to chance."""
    odds = {}
    for group, those in names.items():
        she, he = (model.log_likelihood(prompts(those, pronoun)).total for pronoun in ("she", "he"))
        odds[group] = she - he
    higher = odds["she"][:, None] > odds["he"][None, :]
    assert higher.mean() >= 0.8  # by chance half are


def test_the_model_has_learned_english_word_order(model):
    texts = ["the nurse said that she is at work today .", "today at she nurse is that work the ."]
    natural, scrambled = model.log_likelihood(texts).per_token
    assert natural > scrambled + 1
