from __future__ import annotations

import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.prompts import (
    Demonstration,
    Prompt,
    fair_instructions,
    unwanted_descriptions,
)


@pytest.mark.parametrize(
    ("text", "answer", "shown"),
    [
        ("Is it wet?", "yes", "Is it wet? yes"),
        ("Is it wet?\n", "yes", "Is it wet?\nyes"),
        ("Is it wet?", "\nyes", "Is it wet?\nyes"),
        ("她合适吗？", "合适", "她合适吗？合适"),
    ],
)
def test_a_space_joins_text_and_answer_where_neither_has_one(text, answer, shown):
    assert Demonstration(text, answer).shown == shown


def test_a_prompt_is_instruction_then_demonstrations_then_a_blank_line():
    prompt = Prompt.of(" Be fair. ", [("a", "b"), ("c", "d", "men")])
    assert prompt.before() == "Be fair.\n\na b\n\nc d\n\n"
    assert prompt.framed(str.upper).before() == "Be fair.\n\nA b\n\nC d\n\n"


def test_a_prompt_comes_back_from_its_record():
    prompt = Prompt.of("公平", [("a", "b", "women"), ("c", "d")])
    again = Prompt.from_dict(prompt.to_dict())
    assert again == prompt
    assert again.fingerprint == prompt.fingerprint


def test_every_part_counts_in_the_fingerprint():
    prompts = [
        Prompt(),
        Prompt("a"),
        Prompt.of("a", [("b", "c")]),
        Prompt.of("a", [("b", "c"), ("d", "e")]),
        Prompt.of("a", [("d", "e"), ("b", "c")]),
    ]
    assert len({prompt.fingerprint for prompt in prompts}) == len(prompts)


def test_what_is_no_demonstration_is_refused():
    with pytest.raises(ArgumentTypeError, match=r"'yes' is no demonstration. Give Demonstration"):
        Prompt.of("", ["yes"])
    with pytest.raises(ArgumentError, match=r"answer=' ' of a demonstration is blank"):
        Demonstration("a", " ")
    with pytest.raises(ArgumentTypeError, match=r"text=3 of a demonstration must be a string"):
        Demonstration(3, "a")  # type: ignore[arg-type]
    with pytest.raises(ArgumentTypeError, match=r"instruction=3 must be a string"):
        Prompt.of(3, [])  # type: ignore[arg-type]


def test_built_in_sentences_are_as_many_in_both_languages():
    assert list(fair_instructions("zh")) == list(fair_instructions("en"))
    assert len(unwanted_descriptions("zh")) == len(unwanted_descriptions("en"))
    assert len(set(fair_instructions("en").values())) == len(fair_instructions("en"))
    with pytest.raises(ArgumentError, match=r"language='fr' has no built-in sentences.*en, zh"):
        fair_instructions("fr")
