from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.articles import indefinite
from pytest_fairness.perturb.sentences import sentences
from pytest_fairness.perturb.template import parse

KNOWN = ["name", "pronoun", "religion", "skill"]


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{name} came.", "mia came."),
        ("{Name} came, {name} left.", "Mia came, mia left."),
        ("{{name}} is {name}", "{name} is mia"),
        ("{skill}{{}}", "écrire{}"),
    ],
)
def test_slots_are_filled(text, filled):
    assert parse(text, KNOWN).fill({"name": "mia", "skill": "écrire"}) == filled


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        ("A {religion} person", "atheist", "An atheist person"),
        ("An {religion} person", "Sikh", "A Sikh person"),
        ("is a {religion} one", "Orthodox Jewish", "is an Orthodox Jewish one"),
        ("is a  {religion} one", "atheist", "is a  atheist one"),
        ("pizza {religion}", "atheist", "pizza atheist"),
        ("a very {religion} one", "atheist", "a very atheist one"),
    ],
)
def test_an_article_follows_the_value(text, value, filled):
    assert parse(text, KNOWN).fill({"religion": value}) == filled


def test_an_article_is_left_alone_in_other_languages():
    assert parse("a {skill}", KNOWN, "de").fill({"skill": "apfel"}) == "a apfel"


@pytest.mark.parametrize(
    ("article", "words"),
    [
        (
            "an",
            "asexual atheist hour honest heir LGBTQ HR 8 11 18 80 8,000 11,000 18 unusual umbrella",
        ),
        ("an", "unimportant unidentified urgent usher oak MBA X-ray F"),
        (
            "a",
            "bisexual European one-time university unique unit useful user Ukrainian UK URL 10 110",
        ),
        ("a", "hotel history Muslim heterosexual uterine once-famous B 1 180 ewe utility"),
    ],
)
def test_articles_follow_the_sound(article, words):
    assert {word: indefinite(word) for word in words.split()} == dict.fromkeys(
        words.split(), article
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Nothing varies.",
            r"Template 'Nothing varies.' has no slot, .* whole sentences as texts=",
        ),
        ("{{name}}", "has no slot"),
        (
            "{nmae} came",
            r"unknown slot \{nmae\}. Did you mean \{name\}\? Known here are \{name\}, ",
        ),
        ("{zzz} came", r"unknown slot \{zzz\}. Known here are .*slots=\{'zzz': \[...\]\}"),
        ("{} came", r"unknown slot \{\}"),
        ("{name came", r"has an unbalanced '\{' at position 0. Write '\{\{' for a brace"),
        ("name} came", r"has an unbalanced '\}' at position 4"),
        ("{na{me}}", "unbalanced|unknown"),
    ],
)
def test_a_template_that_cannot_be_read(text, message):
    with pytest.raises(ArgumentError, match=message):
        parse(text, KNOWN)


def test_a_template_must_be_a_string():
    with pytest.raises(ArgumentTypeError, match="template 3 must be a string"):
        parse(3, KNOWN)


@settings(deadline=None)
@given(st.lists(st.sampled_from(["{name}", "{Skill}", "a ", "An ", "{{", "}}", "x", " ", "é"])))
def test_filling_replaces_slots_and_keeps_the_rest(pieces):
    text = "{name}" + "".join(pieces)
    filled = parse(text, KNOWN, "de").fill({"name": "<1>", "skill": "<2>"})
    assert filled == text.format(name="<1>", Skill="<2>")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("One. Two! Three?", "en", ["One.", "Two!", "Three?"]),
        ("Dr. Lee met Ms. Ray. They left.", "en", ["Dr. Lee met Ms. Ray.", "They left."]),
        ("It costs 3.50 euros. Yes.", "en", ["It costs 3.50 euros.", "Yes."]),
        ("“Go!” She went. (Alone.)", "en", ["“Go!”", "She went.", "(Alone.)"]),
        ("line one\nline two", "en", ["line one", "line two"]),
        ("  padded  ", "en", ["padded"]),
        ("", "en", []),
        ("她来了。他走了！“好。”真的？", "zh", ["她来了。", "他走了！", "“好。”", "真的？"]),
    ],
)
def test_sentences(text, language, expected):
    assert [text[a:b] for a, b in sentences(text, language)] == expected


@settings(deadline=None)
@given(st.text(alphabet="ab. !?\nA“”。!", max_size=40), st.sampled_from(["en", "zh"]))
def test_sentences_cover_all_but_white_space(text, language):
    spans = sentences(text, language)
    assert all(a < b for a, b in spans)
    assert "".join(text[a:b] for a, b in spans).replace(" ", "").replace("\n", "") == text.replace(
        " ", ""
    ).replace("\n", "")
