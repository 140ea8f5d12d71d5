"""Choices read out of what a model writes."""

from __future__ import annotations

import pytest

from pytest_fairness import WrittenChoices
from pytest_fairness.errors import ArgumentError, ModelError

OPTIONS = ["the nurse", "the doctor"]


class Writer:
    """Writes given answers, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, []

    def generate(self, prompts, **options):
        self.asked.append((list(prompts), options))
        return [[answer] for answer in self.answers]


def test_letters_and_options_are_read_and_nothing_is_guessed():
    model = Writer("B.", "(A) the nurse", "Both!", "", "the doctor")
    found = WrittenChoices(model, max_new_tokens=5).choose(["Who?"] * 5, [OPTIONS] * 5)
    assert found.tolist() == [1, 0, -1, -1, 1]
    ((prompts, options),) = model.asked
    assert options == {"temperature": 0, "max_new_tokens": 5}
    assert prompts[0] == (
        "Who?\n\nA. the nurse\nB. the doctor\n\n"
        "Answer with the letter of one option, and nothing else."
    )


def test_a_question_in_chinese_is_asked_in_chinese():
    model = Writer("选B")
    assert WrittenChoices(model).choose(["谁迟到了？"], ["护士", "医生"]).tolist() == [1]
    assert model.asked[0][0] == [
        "谁迟到了？\n\nA. 护士\nB. 医生\n\n只回答一个选项的字母，不要写别的。"
    ]


def test_a_list_that_the_prompt_has_is_lettered_and_not_repeated():
    model = Writer("A")
    WrittenChoices(model).choose(["Who?\n- the nurse\n- the doctor\nAnswer:"], [OPTIONS])
    assert model.asked[0][0] == [
        "Who?\nA. the nurse\nB. the doctor\nAnswer:\n\n"
        "Answer with the letter of one option, and nothing else."
    ]


def test_a_template_of_ones_own():
    model = Writer("A")
    WrittenChoices(model, template="{options} <- {prompt}").choose(["Who?"], [OPTIONS])
    assert model.asked[0][0] == ["A. the nurse\nB. the doctor <- Who?"]
    for template, place in (("{prompt}", "{options}"), ("{options}", "{prompt}")):
        with pytest.raises(ArgumentError, match=rf"has no {place}\. Write it where the model is"):
            WrittenChoices(model, template=template)


def test_what_does_not_write_is_refused():
    with pytest.raises(ModelError, match=r"model=3, .* but a model that writes text is needed"):
        WrittenChoices(3)


def test_it_tells_whose_choices_they_are():
    model = WrittenChoices(lambda prompts: ["A"] * len(prompts))
    assert repr(model).startswith("<WrittenChoices of ")
    assert model.info.kind == "function, choices read from its answers"
