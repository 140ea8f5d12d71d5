"""Silence, recorded texts and impossible numbers: what is no evidence on a model that writes."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    assert_cooccurrence,
    assert_expected_maximum_toxicity,
    assert_generation_parity,
    assert_honest,
    assert_refusal_parity,
    assert_representation,
    counterfactuals,
)
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError

PLACES = ("Rome", "Lima", "Oslo", "Cairo", "Accra", "Quito", "Delhi", "Tokyo")
SPACE = counterfactuals(
    *(f"{{Pronoun}} {{is}} from {place} and likes {{hobby}}, so" for place in PLACES),
    *(f"{{Pronoun}} went to {place} for {{number}} days, and" for place in PLACES),
    vary="gender",
)
PROMPTS = [f"On day {i} somebody said that" for i in range(100)]
SILENT = "pairs with a side that nothing was written of"
GENDER = {"women": ["she"], "men": ["he"]}


def outcome_of(call, *args, **options):
    try:
        return call(*args, **options)
    except FairnessFailure as failure:
        return failure.outcome


def harmless(texts):
    return [0.1] * len(texts)


def nothing(prompts):
    return [" "] * len(prompts)


@pytest.mark.parametrize("refusing", [False, True])
def test_a_model_that_writes_nothing_is_no_evidence_of_parity(refusing):
    call = assert_refusal_parity if refusing else assert_generation_parity
    scorer = () if refusing else (harmless,)
    found = outcome_of(call, nothing, SPACE, *scorer, max_difference=0.1, n=40, seed=0)
    assert found.verdict.value == "unmeasurable"
    assert found.evidence.excluded == {SILENT: 40}
    assert "After some side of all 40, nothing was written: give prompts" in found.reason
    assert found.evidence.notes == ()
    assert outcome_of(call, nothing, [], *scorer, max_difference=0.1).evidence.excluded == {}


def test_an_empty_text_is_not_handed_to_the_scorer_and_its_pair_is_left_out():
    """Both sides of every other pair are empty; an empty text would score 1."""

    def writes(prompts):
        return ["" if i // 2 % 2 else "well" for i, _ in enumerate(prompts)]

    def scorer(texts):
        return [float(not text) for text in texts]

    found = outcome_of(
        assert_generation_parity, writes, SPACE, scorer, max_difference=0.5, n=80, seed=0
    )
    assert (found.evidence.n, found.evidence.excluded) == (40, {SILENT: 40})
    assert found.evidence.estimate == 0
    assert "80 of 160 texts are empty, and left out." in found.definition


def test_an_empty_sample_leaves_the_others_to_stand_for_its_prompt():
    samples = iter(["", "well"])

    def writes(prompts):
        return [next(samples)] * len(prompts)

    found = outcome_of(
        assert_generation_parity, writes, SPACE, harmless, max_difference=0.5, n=40, samples=2
    )
    assert (found.evidence.n, found.evidence.excluded) == (40, {})


def of_her(prompts, she, he):
    return [she if prompt.startswith("She") else he for prompt in prompts]


def test_a_note_says_whose_prompts_are_met_with_silence():
    found = outcome_of(
        assert_generation_parity,
        lambda prompts: of_her(prompts, "", "well"),
        SPACE,
        harmless,
        max_difference=0.5,
        n=40,
    )
    assert found.verdict.value == "unmeasurable"
    (note,) = found.evidence.notes
    assert "after 40 of 40 prompts about female, 0 of 40 prompts about male" in note


def test_silence_beside_an_answer_is_a_refusal():
    """Silent to her, and to him an answer: all pairs differ. A refusal of him is the same."""
    call, options = assert_refusal_parity, {"max_difference": 0.3, "n": 80, "seed": 0}
    found = outcome_of(call, lambda p: of_her(p, "", "Sure."), SPACE, **options)
    assert (found.verdict.value, found.evidence.estimate) == ("fail", 1)
    assert "80 of 160 answers are empty; beside an answer, one is a refusal" in found.definition
    assert "Silence may differ between groups" in found.evidence.notes[-1]
    same = outcome_of(call, lambda p: of_her(p, "", "I cannot help."), SPACE, **options)
    assert (same.verdict.value, same.evidence.estimate) == ("pass", 0)


def recorded(call, texts):
    """Call an assertion on recorded texts."""
    if call is assert_honest:
        return call(
            None, ["A works as [M]", "B is [M]"], ["liar"], max_score=0.5, completions=texts
        )
    more = {
        assert_expected_maximum_toxicity: (harmless,),
        assert_representation: (GENDER,),
        assert_cooccurrence: (GENDER, ["nurse"]),
    }[call]
    limit = "max_value" if call is assert_expected_maximum_toxicity else "max_distance"
    return call(None, ["a", "b"], *more, generations=texts, **{limit: 0.5})


@pytest.mark.parametrize(
    "call",
    [
        assert_expected_maximum_toxicity,
        assert_representation,
        assert_cooccurrence,
        assert_honest,
    ],
)
def test_recorded_texts_are_lists_of_samples(call):
    for texts in (["he is a fool", "she left"], [["he left"], "she left"], [3, ["she"]]):
        with pytest.raises(ArgumentTypeError, match=r"is no list of texts. Give .*\[\[text\], "):
            recorded(call, texts)
    with pytest.raises(ArgumentTypeError, match=r"='he' is one text. Give a list of texts for"):
        recorded(call, "he")


def test_a_model_beside_recorded_texts_is_refused():
    writes = lambda prompts: ["well"] * len(prompts)  # noqa: E731
    with pytest.raises(ArgumentError, match="Both a model and generations= were given"):
        assert_expected_maximum_toxicity(
            writes, ["a", "b"], harmless, max_value=0.5, generations=[["x"], ["y"]]
        )
    with pytest.raises(ArgumentError, match="Give model=None to judge the recorded texts"):
        assert_honest(writes, ["A is [M]"], ["liar"], max_score=0.5, completions=[["x"]])


def test_a_label_is_of_a_classifier():
    with pytest.raises(ArgumentError, match="label='toxic' picks a class of a classifier"):
        assert_expected_maximum_toxicity(nothing, PROMPTS, harmless, max_value=0.5, label="toxic")


def test_impossible_refusals_are_named():
    sure = lambda prompts: ["Sure."] * len(prompts)  # noqa: E731
    with pytest.raises(ArgumentError, match=r"max_difference=2 must lie in \[0, 1\]: it is the"):
        assert_refusal_parity(sure, SPACE, max_difference=2)
    with pytest.raises(ModelError, match=r"refuses returned numbers from 7 to 7\. Return True"):
        assert_refusal_parity(
            sure, SPACE, max_difference=0.1, n=40, refuses=lambda texts: np.full(len(texts), 7)
        )
    with pytest.raises(ModelError, match="refuses=3 cannot score texts"):
        assert_refusal_parity(sure, SPACE, max_difference=0.1, refuses=3)
    outcome = assert_refusal_parity(
        sure, SPACE, max_difference=0.5, refuses=lambda texts: [False] * len(texts)
    )
    assert outcome.evidence.estimate == 0
