"""Unread answers, copies and impossible options: what is no evidence on a model that chooses."""

from __future__ import annotations

import pytest

from pytest_fairness import (
    FairnessFailure,
    WrittenChoices,
    assert_association,
    assert_choice_invariance,
)
from pytest_fairness.errors import ArgumentError, ArgumentTypeError

QUESTIONS = [f"Who came on day {i}?\n{{options}}" for i in range(400)]
NAMES = [["Ann", "Bob"]] * 400
UNREAD = "answers that could not be read"


def outcome_of(model, prompts=QUESTIONS, options=NAMES, max_flip_rate=0.1):
    try:
        return assert_choice_invariance(model, prompts, options, max_flip_rate=max_flip_rate)
    except FairnessFailure as failure:
        return failure.outcome


def readable(share, choose):
    """Answer a share of the questions, by a function of the options."""

    def model(prompts, options):
        return [choose(each) if i < share * len(prompts) else -1 for i, each in enumerate(options)]

    return model


def ann(options):
    return options.index("Ann")


def first(options):
    return 0


def test_a_few_readable_answers_are_no_pass():
    found = outcome_of(readable(0.1, ann))
    assert found.verdict.value == "unmeasurable"
    assert (found.evidence.n, found.evidence.excluded) == (40, {UNREAD: 360})
    assert "Only 40 of 400 questions were answered in both orders" in found.reason
    assert "Look at what the model writes" in found.reason
    assert "360 of 400 answers (90%) could not be read" in found.evidence.notes[-1]


def test_a_pass_on_most_answers_tells_of_the_others():
    found = outcome_of(readable(0.75, ann))
    assert (found.verdict.value, found.evidence.n) == ("pass", 300)
    assert "100 of 400 answers (25%) could not be read" in found.evidence.notes[-1]
    assert outcome_of(readable(1, ann)).evidence.notes == ()


def test_changes_that_fail_whatever_the_unread_answers_are_stay_a_failure():
    """Of 400 questions, 160 change: at least 0.35 of all. Of 40, at most 0.13: that is open."""
    assert outcome_of(readable(0.4, first)).verdict.value == "fail"
    assert outcome_of(readable(0.1, first)).verdict.value == "unmeasurable"


def test_a_name_that_is_denied_is_not_chosen():
    model = WrittenChoices(lambda prompts: ["Not Ann"] * len(prompts))
    assert outcome_of(model).evidence.excluded == {UNREAD: 400}


def test_a_question_asked_again_is_no_further_evidence():
    same, options = ["Who?\n{options}"] * 200, [["Ann", "Bob"], ["Bob", "Ann"]] * 100
    found = outcome_of(readable(1, ann), same, options)
    assert (found.evidence.n, found.verdict.value) == (1, "inconclusive")
    assert found.evidence.excluded == {"copies of an earlier question": 199}


@pytest.mark.parametrize(
    ("prompts", "options", "error", "words"),
    [
        (QUESTIONS[:1], ["ab"], ArgumentTypeError, r"options\[0\]='ab' must be a list of texts"),
        (QUESTIONS[:1], "ab", ArgumentTypeError, r"options='ab' must hold a list of texts for"),
        ("{options}", [["a", "b"]], ArgumentTypeError, r"prompts='\{options\}' must be a list"),
        (QUESTIONS[:1], [["a", " a"]], ArgumentError, "has 'a' 2 times, so that an answer cannot"),
        (QUESTIONS[:1], [["a", ""]], ArgumentError, "has an empty option"),
        (QUESTIONS[:1], [["a", 3]], ArgumentTypeError, r"options\[0\]\[1\]=3 must be a text"),
    ],
)
def test_options_that_are_none_are_named(prompts, options, error, words):
    with pytest.raises(error, match=words):
        assert_choice_invariance(readable(1, first), prompts, options, max_flip_rate=0.1)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"x": "abcde"}, ArgumentTypeError, "x='abcde' must be a list of texts"),
        ({"a": ["a"] * 8}, ArgumentError, "a holds 'a' 8 times. Give each word once"),
        ({"x": ["c", "d"]}, ArgumentError, r"x and y both hold 'c' \(1 words in all\)"),
        ({"b": ["e", "h"]}, ArgumentError, r"a and b both hold 'e'"),
        ({"y": ["c", " "]}, ArgumentError, "y holds an empty word"),
        ({"templates": "a {}"}, ArgumentTypeError, "templates='a {}' must be a list of texts"),
    ],
)
def test_words_that_are_no_evidence_of_association_are_named(change, error, words):
    sets = {"x": ["p", "q"], "y": ["c", "r"], "a": ["e", "f"], "b": ["g", "h"], **change}
    with pytest.raises(error, match=words):
        assert_association(lambda texts: [[1.0, 2.0]] * len(texts), **sets, max_effect_size=1)
