from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.models import choices, load_model
from pytest_fairness.models.likelihoods import LogLikelihoods
from tests.models.languages import byte_level, tiny_llama

# total, tokens, bytes
TABLE = {" a": (-2.0, 1, 2), " long one": (-4.0, 2, 9), " one two three": (-4.5, 3, 10)}


class Fixed:
    """Says of each option what the table says."""

    def log_likelihood(self, texts, *, contexts):
        rows = [TABLE[text] for text in texts]
        assert len(contexts) == len(texts)
        total, tokens, size = zip(*rows, strict=True)
        return LogLikelihoods(np.array(total), np.array(tokens), np.array(size))


@pytest.mark.parametrize(
    ("normalise", "expected"),
    [
        (None, 0),  # -2, -4, -4.5
        ("token", 2),  # -2, -2, -1.5
        ("byte", 1),  # -1, -0.44, -0.45
    ],
)
def test_lengths_are_divided_by(normalise, expected):
    options = [" a", " long one", " one two three"]
    assert choices.choose(Fixed(), ["p", "q"], options, normalise=normalise).tolist() == [
        expected,
        expected,
    ]


def test_each_prompt_may_have_its_own_options():
    found = choices.choice_scores(Fixed(), ["p", "q"], [[" a"], [" long one", " a"]])
    assert [row.tolist() for row in found] == [[-2.0], [-4.0, -2.0]]
    assert choices.choose(
        Fixed(), ["p", "q"], [[" a"], [" long one", " a"]], normalise=None
    ).tolist() == [0, 1]
    assert choices.choose(Fixed(), [], [" a"]).tolist() == []


def test_equals_go_to_the_first():
    assert choices.choose(Fixed(), ["p"], [[" a", " a"]]).tolist() == [0]


def test_what_does_not_pair_up_is_refused():
    with pytest.raises(ArgumentError, match="options has 1 lists but prompts has 2"):
        choices.choose(Fixed(), ["p", "q"], [[" a"]])
    with pytest.raises(ArgumentError, match="Prompt 1 has no options"):
        choices.choose(Fixed(), ["p", "q"], [[" a"], []])
    with pytest.raises(ArgumentError, match="normalise='char' must be"):
        choices.choose(Fixed(), ["p"], [" a"], normalise="char")


def test_an_empty_option_has_no_length():
    tokenizer = byte_level()
    model = load_model((tiny_llama(tokenizer), tokenizer))
    with pytest.raises(ArgumentError, match="option of prompt 0 has no length"):
        model.choose(["she"], ["", " is"])
    assert model.choose(["she"], ["", " is"], normalise=None).tolist() == [0]
