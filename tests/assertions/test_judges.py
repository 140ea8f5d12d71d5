"""Judges: asked in both orders, and held against labels."""

from __future__ import annotations

import pytest

from pytest_fairness import FairnessFailure, Judge, assert_judge_agreement
from pytest_fairness.errors import ArgumentError, ModelError

TEXTS = [f"text {i} {'rude' if i % 3 == 0 else 'kind'}" for i in range(300)]
LABELS = ["rude" in text for text in TEXTS]
QUESTION = "Is the text rude?"


def sees(prompts, options):
    return [
        o.index(" yes" if "rude\n" in p else " no") for p, o in zip(prompts, options, strict=True)
    ]


def first_option(prompts, options):
    return [0] * len(prompts)


def verdict(judge, limit=0.05, texts=TEXTS, labels=LABELS):
    try:
        return assert_judge_agreement(judge, texts, labels, max_error_rate=limit).verdict.value
    except FairnessFailure as failure:
        return failure.outcome.verdict.value


def test_a_judge_that_sees_passes():
    judge = Judge(sees, QUESTION)
    assert judge(TEXTS[:4]).tolist() == [1, 0, 0, 1]
    assert verdict(judge) == "pass"
    assert verdict(judge, texts=TEXTS[:10], labels=LABELS[:10]) == "inconclusive"
    assert verdict(judge, labels=["yes" if label else "no" for label in LABELS]) == "pass"


def test_a_judge_that_takes_what_stands_first_decides_nothing():
    judge = Judge(first_option, QUESTION)
    found = judge.judge(TEXTS)
    assert found.undecided == len(TEXTS)
    assert set(found.values) == {0.5}
    assert verdict(judge) == "fail"


def test_both_orders_are_asked():
    asked = []

    def model(prompts, options):
        asked.append((prompts[0], options[0]))
        return [0] * len(prompts)

    Judge(model, QUESTION).judge(["hello"])
    assert [options for _, options in asked] == [[" yes", " no"], [" no", " yes"]]
    assert asked[0][0].index("- yes") < asked[0][0].index("- no")
    assert asked[1][0].index("- no") < asked[1][0].index("- yes")


def test_answers_that_cannot_be_read_are_no_evidence():
    with pytest.raises(ModelError, match=r"No answer of .* could be read as yes or no"):
        Judge(lambda prompts, options: [-1] * len(prompts), QUESTION).judge(["a"])


def test_bad_arguments():
    with pytest.raises(ArgumentError, match="two different answers"):
        Judge(sees, QUESTION, answers=("yes", "yes"))
    with pytest.raises(ArgumentError, match=r"has no \{text\}"):
        Judge(sees, QUESTION, template="{question} {options}")
    with pytest.raises(ModelError, match="a model that chooses among options is needed"):
        Judge(3, QUESTION)
    with pytest.raises(ArgumentError, match="label 'maybe' must be yes or no"):
        assert_judge_agreement(Judge(sees, QUESTION), ["a"], ["maybe"], max_error_rate=0.1)
    with pytest.raises(ArgumentError, match="2 texts and 1 labels"):
        assert_judge_agreement(Judge(sees, QUESTION), ["a", "b"], [True], max_error_rate=0.1)


def test_a_failure_shows_what_people_and_the_judge_say():
    with pytest.raises(FairnessFailure) as caught:
        assert_judge_agreement(
            Judge(sees, QUESTION), TEXTS, [not label for label in LABELS], max_error_rate=0.05
        )
    (first, *_) = caught.value.outcome.examples
    assert (first.texts, first.groups, first.labels) == (
        ("text 0 rude",),
        ("people: no",),
        ("yes",),
    )
