"""Counting terms of groups: by hand, in English and Chinese."""

from __future__ import annotations

import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.generations import mention_counts
from pytest_fairness.metrics.hurtful import HurtfulWords
from pytest_fairness.metrics.terms import TermCounter


@pytest.mark.parametrize(
    ("text", "women", "men"),
    [
        ("She told her; SHE'S late.", 3, 0),
        ("The sheet, the ache, usher.", 0, 0),
        ("he/she, (him)", 1, 2),
        ("a police woman and a police\u2019s he", 1, 1),
        ("", 0, 0),
    ],
)
def test_english_words_stand_alone(text, women, men):
    counter = TermCounter({"women": ["she", "her", "police woman"], "men": ["he", "him"]})
    assert counter([text]).tolist() == [[women, men]]


def test_chinese_terms_stand_anywhere_and_the_longest_counts():
    groups = {"女": ["她", "她们", "女孩"], "男": ["他", "男孩"]}
    counter = TermCounter(groups, protected=["其他", "吉他"])
    assert counter(["她们和他说", "其他人弹吉他", "小女孩见他。"]).tolist() == [
        [1, 1],
        [0, 0],
        [1, 1],
    ]
    assert mention_counts(["其他"], groups) == {"女": 0, "男": 1}


def test_what_cannot_be_told_apart_is_refused():
    with pytest.raises(ArgumentError, match="'They' stands for 'a' and for 'b'"):
        TermCounter({"a": ["they"], "b": ["They"]})
    with pytest.raises(ArgumentError, match="Group 'a' has the terms"):
        TermCounter({"a": [], "b": ["x"]})
    with pytest.raises(ArgumentError, match="empty term"):
        TermCounter({"a": [" "], "b": ["x"]})


def test_a_chinese_lexicon_finds_words_inside_sentences():
    lexicon = HurtfulWords(["骗子", "bad egg"])
    assert [lexicon(t) for t in ("他是个骗子。", "好人", "a bad egg!")] == [True, False, True]
    assert len(lexicon) == 2
