"""What the functions on prompts say to values that they cannot use."""

from __future__ import annotations

import re

import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.prompts import (
    Demonstration,
    Prompt,
    balanced_demonstrations,
    demonstrations_from,
    fair_instructions,
    on_decisions,
    on_writing,
    search_prompt,
)
from pytest_fairness.perturb import Pair

PAIRS = [Pair("He sings.", "She sings.", ("man", "woman"), "gender")]
POOL = [Demonstration(f"{g}{y}", y, g) for g in "ab" for y in "01"]
NAN = float("nan")


def search(**given):
    evaluate = on_decisions(PAIRS, ["a"], ["1"])
    return search_prompt(lambda texts: [0.5] * len(texts), evaluate, budget=50, **given)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Prompt(None), "instruction=None must be a text, such as one of fair_instructions"),
        (lambda: Prompt("Be fair.", "abc"), "demonstrations='abc' must be a list"),
        (lambda: Prompt("Be fair.", [None]), "None is no demonstration. Give Demonstration"),
        (lambda: Demonstration("a", "b", 3), "group=3 must be a text, or None"),
        (lambda: balanced_demonstrations(5, 1), "demonstrations=5 must be a list"),
        (lambda: balanced_demonstrations(POOL, 1, seed=-1), "seed=-1 must be at least 0"),
        (lambda: demonstrations_from("abc", ["1"]), "texts='abc' must be a list of texts, not one"),
        (lambda: demonstrations_from(["a"], "1"), "answers='1' must be a list"),
        (lambda: fair_instructions([]), r"language=\[\] has no built-in sentences"),
        (lambda: on_decisions(None, ["a"], ["1"]), "pairs=None must be pairs, as counterfactuals"),
        (lambda: on_decisions(["He"], ["a"], ["1"]), r"pairs\[0\]='He' is no Pair"),
        (lambda: on_decisions(PAIRS, "a", ["1"]), "texts='a' must be a list of texts, not one"),
        (lambda: on_decisions(PAIRS, ["a"], "1"), "labels='1' must be a list"),
        (lambda: on_decisions(PAIRS, ["a"], [None]), r"labels\[0\]=None must be a label"),
        (lambda: on_decisions(PAIRS, ["a"], ["1"], by="flip"), "by='flip' .* Did you mean 'flips'"),
        (lambda: on_decisions(PAIRS, ["a"], ["1"], seed=NAN), "seed=nan must be a whole number"),
        (lambda: on_writing(PAIRS, None, len), "scorer=None must be a function from a list"),
        (lambda: on_writing(PAIRS, len, 3), "useful=3 must be a function from a list"),
        (lambda: on_writing(PAIRS, len, len, samples=0), "samples=0 must be at least 1"),
        (lambda: search(instructions=3), "instructions=3 must be a list of texts"),
        (lambda: search(instructions={"own": None}), r"instructions\[0\]=None must be a text"),
        (lambda: search(demonstrations=NAN), "demonstrations=nan must be a list"),
        (lambda: search(k=NAN), "k=nan must be a sequence of whole numbers"),
        (lambda: search(k=None), "k=None must be a sequence of whole numbers"),
        (lambda: search(k=["a"]), r"k\[0\]='a' must be a whole number"),
        (lambda: search(max_utility_loss="a"), "max_utility_loss='a' must be a number"),
        (lambda: search(seed=None), "seed=None must be a whole number"),
    ],
)
def test_a_value_of_no_use_is_named(call, message):
    with pytest.raises((ArgumentError, ArgumentTypeError)) as caught:
        call()
    assert re.search(message, str(caught.value)), str(caught.value)
