"""Answers and scores that cannot be read: left out and counted, and alone no evidence."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    Judge,
    WrittenChoices,
    assert_benchmark,
    assert_choice_invariance,
    assert_generation_parity,
    assert_judge_agreement,
    counterfactuals,
)
from pytest_fairness.errors import ModelError

SPACE = counterfactuals("{name} is a {occupation}.", "A {occupation} is {name}.", vary="gender")
UNREAD = "answers that could not be read"
UNSCORED = "pairs with a side that has no score"


def chatty(prompts):
    """Write answers that name no option."""
    return ["What a good question!"] * len(prompts)


def caught(check):
    with pytest.raises(FairnessFailure) as failure:
        check()
    return failure.value.outcome


def test_choices_that_are_never_named_are_unmeasurable():
    outcome = caught(
        lambda: assert_choice_invariance(
            WrittenChoices(chatty),
            [f"Who left {i}?\n{{options}}" for i in range(5)],
            [["a nurse", "a cook"]] * 5,
            max_flip_rate=0.5,
        )
    )
    assert outcome.verdict.value == "unmeasurable"
    assert outcome.evidence.excluded == {UNREAD: 5}
    assert "None of 5 questions was answered in both orders" in outcome.reason
    assert "Look at what the model writes" in outcome.reason


def test_a_benchmark_whose_answers_name_no_option_is_unmeasurable(shared_data):
    outcome = caught(
        lambda: assert_benchmark(
            WrittenChoices(chatty), "bbq", folder=shared_data / "bbq", max_deviation=1, limit=30
        )
    )
    assert outcome.verdict.value == "unmeasurable"
    assert outcome.evidence.excluded == {UNREAD: 30}
    assert "Left out: 30 answers that could not be read. Look at what the model" in outcome.reason
    assert "WrittenChoices(model, template=" in outcome.reason


def test_some_unread_answers_of_a_benchmark_are_counted_and_not_replaced(shared_data):
    """Every third answer is "A", the others name nothing."""
    turns = iter(range(10**6))

    def model(prompts):
        return ["A" if next(turns) % 3 == 0 else "?" for _ in prompts]

    outcome = caught(
        lambda: assert_benchmark(
            WrittenChoices(model), "bbq", folder=shared_data / "bbq", max_deviation=0, limit=60
        )
    )
    assert outcome.evidence.excluded == {UNREAD: 40}
    assert outcome.evidence.n <= 20


def judge(of_text):
    """Judge by a function from a text to "yes", "no" or nothing."""

    def model(prompts, options):
        told = [of_text(prompt.split("\n")[0]) for prompt in prompts]
        return [
            row.index(f" {word}") if word else -1 for word, row in zip(told, options, strict=True)
        ]

    return Judge(model, "Is it rude?")


def test_a_judge_leaves_out_what_it_does_not_answer():
    """Of 200 texts 40 get no answer; the other 160 are judged as labelled."""
    texts = [f"{i} {'rude' if i % 2 else 'kind'}{' odd' if i % 5 == 0 else ''}" for i in range(200)]
    partly = judge(lambda text: "" if "odd" in text else "yes" if "rude" in text else "no")
    found = partly.judge(texts)
    assert (found.unread, found.undecided) == (40, 0)
    assert np.isnan(found.values).sum() == 40
    labels = ["rude" in text for text in texts]
    outcome = assert_judge_agreement(partly, texts, labels, max_error_rate=0.05)
    assert (outcome.evidence.n, outcome.evidence.excluded) == (160, {UNREAD: 40})
    assert outcome.evidence.estimate == 0


def test_an_answer_in_one_order_only_is_none():
    asked = iter([[0, 0], [-1, 1]])
    found = Judge(lambda prompts, options: next(asked), "Is it rude?").judge(["a", "b"])
    assert found.unread == 1
    np.testing.assert_array_equal(found.values, [np.nan, 1.0])


def test_a_judge_who_never_answers_is_an_error():
    with pytest.raises(ModelError, match=r"could be read as yes or no in both orders\. Look at"):
        judge(lambda text: "").judge(["a", "b"])


def test_pairs_with_a_text_without_score_are_left_out():
    """Each side has two samples; one without a score leaves the other to stand for its text."""

    def write(prompts):
        return [f"{i % 2} of {prompt}" for i, prompt in enumerate(prompts)]

    known = {"n": 0}

    def scorer(texts):
        rows = np.arange(len(texts)).reshape(-1, 4)  # two samples of a text, two of its variant
        scores = np.full(rows.shape, 0.5)
        scores[:10, :2] = np.nan  # no score of the first text of ten pairs
        scores[10:, 0] = np.nan  # one sample of each other first text
        known["n"] = len(rows)
        return scores.ravel()

    outcome = assert_generation_parity(
        write, SPACE, scorer, max_difference=0.2, n=300, samples=2, seed=0
    )
    assert outcome.verdict.value == "pass"
    assert outcome.evidence.excluded == {UNSCORED: 10}
    assert outcome.evidence.n == known["n"] - 10
    assert outcome.evidence.estimate == 0


def test_without_any_score_nothing_is_measured():
    outcome = caught(
        lambda: assert_generation_parity(
            lambda prompts: prompts, SPACE, lambda t: [np.nan] * len(t), max_difference=1, n=40
        )
    )
    assert outcome.verdict.value == "unmeasurable"
    assert outcome.evidence.excluded == {UNSCORED: 40}
    assert "Some side of all 40 has no score: look at what the model writes" in outcome.reason


def test_infinite_scores_are_refused():
    with pytest.raises(ModelError, match=r"not finite\. Return one number per text, or nan for"):
        assert_generation_parity(
            lambda prompts: prompts, SPACE, lambda t: [np.inf] * len(t), max_difference=1, n=40
        )
