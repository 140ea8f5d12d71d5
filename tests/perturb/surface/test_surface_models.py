"""Masked synonyms, paraphrase and back-translation, with functions and with a tiny model."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_fairness import load_attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.perturb.surface import (
    back_translation,
    masked_synonyms,
    paraphrase,
    surface,
)
from pytest_fairness.perturb.surface.masking import acceptable

GENDER = load_attribute("gender")
CHINESE = load_attribute("gender", "zh")


def answers(text):
    """Return a model that gives one answer, whatever it is asked."""
    return lambda texts: [text] * len(texts)


@pytest.mark.parametrize(
    ("source", "text", "reason"),
    [
        ("She left early.", "They left early.", "paraphrase lost 'she'"),
        ("She left early.", "She left her desk early.", "added 'her'"),
        ("The nurse left.", "The mother left.", "added 'mother'"),
        ("She did not leave.", "She left.", "negations"),
        ("She doesn't smoke.", "She smokes.", "negations"),
        ("We sold 12 lamps.", "We sold 13 lamps.", "numbers"),
        ("She left.", "  ", "no text"),
    ],
)
def test_a_rewriting_that_changes_the_sense_is_ambiguous(source, text, reason):
    change = paraphrase(answers(text), keep=GENDER)(source)
    assert (change.status, change.text, change.edits) == ("ambiguous", source, ())
    assert reason in change.reason


def test_a_rewriting_that_keeps_every_mention_is_valid():
    source, text = "Yesterday she did not leave.", "She didn't leave yesterday."
    change = paraphrase(answers(text), keep=GENDER)(source, 4)
    assert (change.status, change.text, change.seed) == ("valid", text, 4)
    for start, end, before, after in reversed(change.edits):
        assert source[start:end] == before
        source = source[:start] + after + source[end:]
    assert source == text


def test_chinese_rewriting_is_checked_too():
    same = paraphrase(answers("昨天她没有来。"), keep=CHINESE, language="zh")
    assert same("她昨天没有来。").valid
    assert same("他昨天没有来。").status == "ambiguous"
    assert "negations" in same("她昨天来了。").reason


def test_a_rewriting_that_changes_nothing_is_unchanged():
    assert paraphrase(answers("Same."))("Same.").status == "unchanged"
    assert paraphrase(answers("Same.")).variants("Same.", 3) == []


def test_back_translation_goes_there_and_back_in_one_call_each():
    calls = []

    def to(texts):
        calls.append(("to", list(texts)))
        return [t.upper() for t in texts]

    def back(texts):
        calls.append(("back", list(texts)))
        return [t.capitalize() + "!" for t in texts]

    changes = back_translation(to, back).all(["one", "two"], seed=2)
    assert [c.text for c in changes] == ["One!", "Two!"]
    assert calls == [("to", ["one", "two"]), ("back", ["ONE", "TWO"])]
    assert (back_translation(to, back) + surface("uppercase"))("one").text == "ONE!"


@pytest.mark.parametrize("model", [lambda texts: [], lambda texts: [None], lambda texts: "ab"])
def test_a_model_must_answer_each_text_with_one_string(model):
    with pytest.raises(ModelError, match="one string for each text"):
        paraphrase(model)("text")


# --- masked synonyms


def filler(*rows, seen=None):
    def fill(text):
        if seen is not None:
            seen.append(text)
        return [{"token_str": word, "score": score} for word, score in rows]

    return fill


@pytest.mark.parametrize(
    ("word", "candidate", "fits"),
    [
        ("walked", "strolled", True),
        ("walked", "stroll", False),
        ("boats", "ships", True),
        ("boats", "ship", False),
        ("quickly", "rapidly", True),
        ("quickly", "rapid", False),
        ("happy", "unhappy", False),
        ("careful", "careless", False),
        ("likes", "dislikes", False),
        ("good", "not", False),
        ("good", "never", False),
        ("good", "some", False),
        ("good", "##ly", False),
        ("good", "Good", False),
        ("good", "so-so", False),
        ("class", "group", True),
    ],
)
def test_a_candidate_must_have_the_shape_of_the_word(word, candidate, fits):
    assert acceptable(word, candidate) is fits


def test_the_likely_words_that_fit_come_in_the_case_of_the_word():
    fill = filler((" strolled", 0.5), ("marched", 0.2), ("limped", 0.04), ("never", 0.2))
    change = masked_synonyms(fill, mask="[MASK]", strength=1.0)
    assert {change("WALKED on", seed).text for seed in range(30)} == {"STROLLED on", "MARCHED on"}
    assert {change("Walked on", seed).text for seed in range(30)} == {"Strolled on", "Marched on"}
    rare = masked_synonyms(fill, mask="[MASK]", strength=1.0, least=0.9)("Walked on")
    assert (rare.status, rare.text) == ("ambiguous", "Walked on")


def test_attribute_words_are_neither_asked_about_nor_written():
    seen = []
    fill = filler(("mother", 0.9), ("father", 0.8), seen=seen)
    swap = masked_synonyms(fill, mask="[MASK]", keep=GENDER, strength=1.0)
    change = swap("Her mother is a doctor.")
    assert change.status == "ambiguous"
    assert set(seen) == {"Her mother is a [MASK]."}


def test_the_article_goes_with_the_candidate():
    fill = filler(("enormous", 0.5), ("giant", 0.4))
    texts = {
        masked_synonyms(fill, mask="[MASK]", strength=1.0)("a huge", s).text for s in range(20)
    }
    assert texts == {"a giant"}


def test_the_mask_of_a_pipeline_is_used():
    class Pipeline:
        tokenizer = SimpleNamespace(mask_token="<mask>")

        def __call__(self, text):
            assert text == "a <mask> day"
            return [{"token_str": "fine", "score": 0.9}]

    assert (
        masked_synonyms(Pipeline(), strength=1.0, keep=["day"])("a good day").text == "a fine day"
    )


def test_names_and_grammar_are_left_alone():
    change = masked_synonyms(filler(("thing", 0.9)), mask="[MASK]", strength=1.0)
    assert change("There would be Bergen").status == "unchanged"


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: masked_synonyms("bert", mask="_"), ArgumentTypeError, "'bert'"),
        (lambda: masked_synonyms(filler(), mask="[MASK]", least=0), ArgumentError, "least=0"),
        (lambda: masked_synonyms(filler(), mask="[MASK]", strength=2), ArgumentError, "strength=2"),
        (lambda: masked_synonyms(filler(), mask="[MASK]", language="zh"), ArgumentError, "'zh'"),
        (
            lambda: masked_synonyms(lambda t: [{"word": 1}], mask="_")("good day"),
            ModelError,
            "token_str",
        ),
        (lambda: masked_synonyms(lambda t: 3, mask="_")("good day"), ModelError, "token_str"),
    ],
)
def test_what_cannot_be_used_is_named(call, error, says):
    with pytest.raises(error, match=says):
        call()
