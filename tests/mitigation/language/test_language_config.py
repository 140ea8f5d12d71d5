from __future__ import annotations

import re

import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation import MitigationConfig
from pytest_fairness.mitigation.language.config import LanguageConfig

OUT_OF_RANGE = [
    ({"objective": "dpo"}, "objective='dpo' must be one of likelihood, preference."),
    ({"scored": "all"}, "scored='all' must be one of text, changed."),
    ({"pooling": "max"}, "pooling='max' must be one of mean, cls, or None."),
    ({"kept_tokens": 0}, "kept_tokens=0 must be at least 1."),
    ({"retention_weight": -1}, "retention_weight=-1 must be at least 0"),
    ({"retention_weight": float("inf")}, "must be at least 0 and finite"),
    ({"max_similarity_loss": 1.5}, "max_similarity_loss=1.5 must be at most 1"),
    ({"max_perplexity_rise": 0}, "max_perplexity_rise=0 must be greater than 0"),
    ({"beta": 0}, "beta=0 must be greater than 0"),
]
OF_THE_WRONG_KIND = [
    ({"kept_tokens": 1.5}, "kept_tokens=1.5 must be a whole number"),
    ({"maskings": True}, "maskings=True must be a whole number"),
    ({"beta": "0.1"}, "beta='0.1' must be a number"),
    ({"prefix": None}, "prefix=None must be a text"),
]


@pytest.mark.parametrize(("values", "message"), OUT_OF_RANGE)
def test_values_out_of_range(values, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        LanguageConfig(**values)


@pytest.mark.parametrize(("values", "message"), OF_THE_WRONG_KIND)
def test_values_of_the_wrong_kind(values, message):
    with pytest.raises(ArgumentTypeError, match=re.escape(message)):
        LanguageConfig(**values)


def test_it_is_a_part_of_the_general_settings():
    assert MitigationConfig(language=LanguageConfig(beta=0.5)).language.beta == 0.5
    with pytest.raises(
        ArgumentTypeError, match=r"language=\{\} must be a LanguageConfig\(\.\.\.\)"
    ):
        MitigationConfig(language={})
