"""What surface perturbations make of English texts."""

from __future__ import annotations

import re

import pytest

from pytest_fairness import available_surfaces, load_attribute, surface
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.surface.characters import NEIGHBOURS
from pytest_fairness.perturb.surface.numerals import in_words
from pytest_fairness.perturb.surface.tables import load_table


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("expand", "I can't go, and they won't.", "I cannot go, and they will not."),
        ("expand", "It's Ann's, and she'd know.", None),
        ("expand", "Isn't it late? It isn’t.", "Isn't it late? It is not."),
        ("expand", "I’m sure WE'RE late.", "I am sure WE ARE late."),
        ("contract", "I do not know. You are late.", "I don't know. You're late."),
        ("contract", "Do not go. Is it what you are?", "Don't go. Is it what you are?"),
        ("british", "My favorite colors, organized by the center.",
         "My favourite colours, organised by the centre."),
        ("british", "He practices in a tire program.", None),
        ("american", "Travelling theatres honour GREY neighbours.",
         "Traveling theaters honor GRAY neighbors."),
        ("number_words", "She has 3 cats and 1,200 books.",
         "She has three cats and one thousand two hundred books."),
        ("number_words", "12 people came. 30 left.", "Twelve people came. Thirty left."),
        ("number_words", "In 1999, room 12, at 10:30, for $50, v2.5, 3/4, 007, 5%.", None),
        ("number_figures", "She has three cats and forty-two pens.", "She has 3 cats and 42 pens."),
        ("number_figures", "No one knows one of two hundred.", None),
        ("lowercase", "Ann MET Bob.", "ann met bob."),
        ("titlecase", "she met ann.", "She Met Ann."),
        ("uppercase", "She met Ann.", "SHE MET ANN."),
        ("drop_punctuation", "Well, it costs 3.5 euros (all).", "Well it costs 3.5 euros (all)"),
        ("repeat_punctuation", "Is it? Yes.", "Is it? Yes..."),
        ("strip_accents", "A naïve café, Zoë.", "A naive cafe, Zoe."),
    ],
)  # fmt: skip
def test_what_is_as_right_as_before(name, text, changed):
    change = surface(name)(text)
    assert change.text == (changed or text)
    assert change.status == ("valid" if changed else "unchanged")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"), (13, "thirteen"), (20, "twenty"), (21, "twenty-one"), (100, "one hundred"),
        (115, "one hundred and fifteen"), (1000, "one thousand"), (1001, "one thousand and one"),
        (2100, "two thousand one hundred"), (90_019, "ninety thousand and nineteen"),
        (999_999, "nine hundred and ninety-nine thousand nine hundred and ninety-nine"),
    ],
)  # fmt: skip
def test_numbers_in_words(number, words):
    assert in_words(number) == words


def test_a_slip_is_one_of_four_sorts_and_leaves_the_first_letter():
    text = "Something wonderful happened"
    for change in surface("typo").variants(text, 40):
        (edit,) = change.edits
        assert text[edit.start - 1].isalpha()
        substituted = len(edit.before) == len(edit.after) == 1
        assert (
            (substituted and edit.after in NEIGHBOURS[edit.before])
            or edit.after == ""
            or edit.after == edit.before * 2
            or edit.after == edit.before[::-1]
        )


def test_neighbouring_keys_are_mutual_and_near():
    assert set(NEIGHBOURS["g"]) >= set("fhtyvb")
    assert "p" not in NEIGHBOURS["q"]
    assert all(key in NEIGHBOURS[near] for key in NEIGHBOURS for near in NEIGHBOURS[key])


def test_a_misread_letter_is_told_by_the_table():
    assert surface("ocr")("rn", seed=0).text == "m"
    assert {c.text for c in surface("ocr").variants("mill", 20)} == {
        "rnill", "mi1l", "miIl", "mil1", "milI",
    }  # fmt: skip


def test_synonyms_keep_form_case_and_article():
    found = {c.text for c in surface("synonym").variants("An error occurred.", 20)}
    assert found == {"A mistake occurred.", "An error happened."}


def test_the_seed_draws_the_place():
    texts = {surface("extra_space")("a b c d e f", seed=s).text for s in range(30)}
    assert len(texts) > 1
    assert all(text.count("  ") == 1 for text in texts)
    assert surface("extra_space", edits=3)("a b c d e f").text.count("  ") == 3


def test_attributes_are_kept_whatever_the_seed():
    text = "Jennifer said that her mother is Muslim."
    keep = load_attribute("gender") + load_attribute("religion")
    for name in available_surfaces()["en"]:
        for change in surface(name, keep=keep, edits=4).variants(text, 30):
            for word in ("Jennifer", "her", "mother", "Muslim"):
                assert re.search(rf"{word}", change.text), (name, change.text)


def test_single_words_are_kept():
    assert surface("uppercase", keep=["Ann"])("Ann met Bob.").text == "Ann MET BOB."


def test_perturbations_add_up():
    both = surface("expand") + surface("american") + surface("uppercase")
    assert both("I can't see colours.").text == "I CANNOT SEE COLORS."
    assert both.title == "expand + american + uppercase"
    assert both("...").status == "unchanged"


def test_spellings_of_a_word_are_two_and_go_back():
    table = load_table("en", "spelling")
    every = [w for rows in table.values() if isinstance(rows, list) for row in rows for w in row]
    assert len(every) == len(set(every)) > 300
    text = " ".join(row[0] for row in table["verbs"] + table["nouns"] + table["words"])
    assert surface("american")(surface("british")(text).text).text == text


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: surface("tpyo"),
            ArgumentError,
            "no surface perturbation 'tpyo' for language",
        ),
        (lambda: surface("typo", "zh"), ArgumentError, "zh: drop_punctuation, extra_space"),
        (lambda: surface("typo", edits=0), ArgumentError, "edits=0 must be at least 1"),
        (lambda: surface("typo", keep=[3]), ArgumentTypeError, "keep holds 3"),
        (lambda: surface("typo")(5), ArgumentTypeError, "text=5 must be a string"),
        (lambda: surface("typo").variants("a", -1), ArgumentError, "n=-1 must be at least 0"),
        (lambda: surface("typo") + 3, ArgumentTypeError, "3 is no surface perturbation"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
