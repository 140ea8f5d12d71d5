"""assert_counterfactual_invariance on plain functions whose behaviour is known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pytest_fairness import (
    ArgumentError,
    ArgumentTypeError,
    FairnessFailure,
    FairnessWarning,
    Pair,
    Verdict,
    assert_counterfactual_invariance,
    counterfactuals,
)
from pytest_fairness.settings import Run, Settings, activate

PAIR = ("She is kind.", "He is kind.")


def fair(texts):
    return [0.9 if "degree" in text else 0.2 for text in texts]


def biased(texts):
    return [0.4 if "She" in text or "she" in text.split() else 0.8 for text in texts]


def labels_only(texts):
    return ["no" if "She" in text else "yes" for text in texts]


def space(n=50, **options):
    """A space of `n` pairs: one template, `n` values."""
    return counterfactuals(
        "{Pronoun} holds a degree in {subject}.",
        vary="gender",
        slots={"subject": [f"subject {i}" for i in range(n)]},
        **options,
    )


def outcome_of(*arguments, **options):
    try:
        return assert_counterfactual_invariance(*arguments, **options)
    except FairnessFailure as failure:
        return failure.outcome


def test_a_pair_passes_up_to_the_tolerance_and_fails_beyond():
    assert assert_counterfactual_invariance(biased, PAIR, tolerance=0.41).passed
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(biased, PAIR, tolerance=0.39)
    outcome = caught.value.outcome
    assert outcome.metric == "counterfactual_score_change"
    assert outcome.evidence.estimate == pytest.approx(0.4)
    assert outcome.examples[0].texts == PAIR
    assert outcome.examples[0].labels == ("0", "1")


@given(a=st.floats(0, 1), b=st.floats(0, 1), tolerance=st.floats(0, 1))
def test_a_pair_is_judged_by_the_largest_change_of_a_score(a, b, tolerance):
    def model(texts):
        return [a if text == "x" else b for text in texts]

    outcome = outcome_of(model, ("x", "y"), tolerance=tolerance)
    if abs(abs(a - b) - tolerance) > 1e-9:
        assert outcome.passed == (abs(a - b) <= tolerance)


def test_the_worst_of_many_pairs_decides():
    pairs = [("good", "fine"), PAIR, Pair("a", "b", groups=("x", "y"), attribute="z")]
    outcome = outcome_of(biased, pairs, tolerance=0.1)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence.n == 3
    assert outcome.examples[0].texts == PAIR


def test_equal_texts_are_no_evidence():
    outcome = outcome_of(biased, ("same", "same"), tolerance=0.5)
    assert outcome.verdict is Verdict.UNMEASURABLE
    assert outcome.evidence.n == 0
    outcome = outcome_of(biased, [("same", "same")] * 50, max_flip_rate=0.5)
    assert outcome.verdict is Verdict.UNMEASURABLE
    assert outcome.evidence.excluded == {"unchanged": 50}


def test_a_whole_space_is_judged_exactly():
    outcome = assert_counterfactual_invariance(fair, space(), max_flip_rate=0)
    assert outcome.evidence.n == outcome.evidence.population == 50
    assert (outcome.evidence.interval.low, outcome.evidence.interval.high) == (0, 0)
    failed = outcome_of(biased, space(), max_flip_rate=0.5)
    assert failed.verdict is Verdict.FAIL
    assert failed.evidence.estimate == 1.0
    assert {(g.group, g.value) for g in failed.evidence.groups} == {("female", 0.0), ("male", 1.0)}
    assert failed.evidence.comparisons[0].p_value == pytest.approx(2 * 0.5**50)


def test_a_sample_of_a_large_space_has_bounds_and_the_seed_fixes_it():
    def one_in_ten(texts):
        return [0.9 if "She" in t and t.rstrip(".").endswith("0") else 0.1 for t in texts]

    drawn = {"max_flip_rate": 0.2, "max_pairs": 500}
    first = outcome_of(one_in_ten, space(3000), **drawn, seed=1)
    again = outcome_of(one_in_ten, space(3000), **drawn, seed=1)
    other = outcome_of(one_in_ten, space(3000), **drawn, seed=2)
    assert first == again
    assert first.data_fingerprint != other.data_fingerprint
    assert first.evidence.population == 3000
    assert first.evidence.interval.low < 0.1 < first.evidence.interval.high


def test_few_pairs_never_pass():
    outcome = outcome_of(fair, space(29), max_flip_rate=0.5)
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert outcome.evidence.required_n == 30
    assert assert_counterfactual_invariance(fair, space(29), max_flip_rate=0.5, min_pairs=20).passed
    assert outcome_of(biased, space(5), max_flip_rate=0.5).verdict is Verdict.FAIL


def test_pairs_of_one_text_count_once():
    texts = [f"She said that number {i} is right." for i in range(40)]
    pairs = [
        Pair(text, text.replace("She", other), groups=("a", other), attribute="x", source=text)
        for text in texts
        for other in ("He", "They", "Kim")
    ]
    outcome = outcome_of(fair, pairs, max_flip_rate=0.5)
    assert outcome.evidence.n == 40
    assert outcome.evidence.population is None


def test_placebo_pairs_are_measured_beside():
    named = counterfactuals("{name} holds a degree in {subject}.", vary="gender")

    def dislikes_long_names(texts):
        return [0.2 if len(text.split()[0]) > 5 else 0.8 for text in texts]

    outcome = outcome_of(dislikes_long_names, named, max_flip_rate=0.01)
    assert outcome.placebo is not None
    assert outcome.placebo.n == outcome.evidence.n == 100
    assert abs(outcome.placebo.estimate - outcome.evidence.estimate) < 0.2


def test_mean_shift_sees_a_small_steady_difference():
    def leans(texts):
        return [0.5 + 0.05 * ("He" in text) for text in texts]

    assert outcome_of(leans, space(), max_mean_shift=0.06).passed
    failed = outcome_of(leans, space(), max_mean_shift=0.04)
    assert failed.verdict is Verdict.FAIL
    assert failed.evidence.estimate == pytest.approx(0.05)


def test_mean_shift_needs_scores_and_a_label_among_many():
    with pytest.raises(ArgumentTypeError, match="returns labels and no scores"):
        assert_counterfactual_invariance(labels_only, space(), max_mean_shift=0.1)

    def three(texts):
        return np.tile([0.2, 0.3, 0.5], (len(texts), 1))

    with pytest.raises(ArgumentError, match=r"3 labels .* name the one"):
        assert_counterfactual_invariance(three, space(), max_mean_shift=0.1)
    assert assert_counterfactual_invariance(three, space(), max_mean_shift=0.1, label="2").passed


def test_labels_without_scores_can_flip_but_have_no_tolerance():
    assert outcome_of(labels_only, space(), max_flip_rate=0.1).verdict is Verdict.FAIL
    with pytest.raises(ArgumentTypeError, match="the model returns labels only"):
        assert_counterfactual_invariance(labels_only, PAIR, tolerance=0.1)


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "Give exactly one of tolerance= or max_flip_rate= or max_mean_shift= or max_gap="),
        ({"tolerance": 0.1, "max_flip_rate": 0.1}, "got tolerance, max_flip_rate"),
        ({"max_flip_rate": 1.5}, r"max_flip_rate=1.5 must lie in \[0, 1\]: it is the largest"),
        ({"max_flip_rate": "1 %"}, r"max_flip_rate='1 %' must be a number"),
        ({"max_flip_rate": 0.1, "alpha": 0.7}, r"alpha=0.7 must lie in \(0, 0.5\)"),
        ({"max_flip_rate": 0.1, "max_pairs": 0}, "max_pairs=0 must be at least 1"),
    ],
)
def test_a_bad_limit_is_named(limits, message):
    with pytest.raises((ArgumentError, ArgumentTypeError), match=message):
        assert_counterfactual_invariance(fair, space(), **limits)


def test_a_population_check_wants_more_than_one_pair():
    with pytest.raises(ArgumentError, match=r"one pair was given\. Pass the space itself"):
        assert_counterfactual_invariance(fair, PAIR, max_flip_rate=0.1)
    with pytest.raises(ArgumentTypeError, match="neither a space nor a list of pairs"):
        assert_counterfactual_invariance(fair, "a text", max_flip_rate=0.1)
    with pytest.raises(ArgumentTypeError, match="is not a pair"):
        assert_counterfactual_invariance(fair, ["a text", "b", "c"], max_flip_rate=0.1)


def test_tolerance_over_a_large_space_points_to_given():
    with pytest.raises(ArgumentError, match=r"Search it with @given\(pair=space.pairs\(\)\)"):
        assert_counterfactual_invariance(fair, space(3000), tolerance=0.1)


def test_inside_given_only_pairs_are_judged():
    @given(st.integers())
    def inside(_):
        with pytest.raises(ArgumentError, match="cannot run inside @given"):
            assert_counterfactual_invariance(fair, space(), max_flip_rate=0.1)
        assert_counterfactual_invariance(fair, PAIR, tolerance=0.1)

    inside()


def test_the_run_decides_what_an_inconclusive_check_does():
    with (
        activate(Run(Settings(inconclusive="warn"))),
        pytest.warns(FairnessWarning, match=r"(?i)inconclusive"),
    ):
        outcome = assert_counterfactual_invariance(fair, space(10), max_flip_rate=0.5)
    assert outcome.verdict is Verdict.INCONCLUSIVE


def test_a_run_can_be_held_to_the_heldout_part():
    named = counterfactuals("{name} holds a degree in law.", vary="gender")
    with activate(Run(Settings(part="heldout"))):
        part = assert_counterfactual_invariance(fair, named, max_flip_rate=0.1)
    whole = assert_counterfactual_invariance(fair, named, max_flip_rate=0.1)
    assert part.evidence.population < whole.evidence.population / 2


def test_outcomes_are_recorded_where_the_run_says():
    seen = []
    with activate(Run(test="t.py::t", record=seen.append)):
        outcome_of(biased, PAIR, tolerance=0.1)
        outcome_of(fair, PAIR, tolerance=0.1)
    assert [o.verdict for o in seen] == [Verdict.FAIL, Verdict.PASS]
    assert {o.test for o in seen} == {"t.py::t"}


def test_a_template_that_others_outnumber_is_named():
    uneven = counterfactuals(
        ["{name} is a {occupation}.", "{Pronoun} works in {city}."],
        vary="gender",
    )

    def dislikes_she(texts):
        return [0.9 if "She" in text else 0.1 for text in texts]

    with pytest.warns(
        FairnessWarning, match=r"of '\{Pronoun\} works in \{city\}\.' 8 of 8 pairs flip"
    ):
        outcome = assert_counterfactual_invariance(
            dislikes_she, uneven, max_flip_rate=0.05, max_pairs=8000
        )
    assert outcome.evidence.estimate < 0.01
    assert "the rate would be 50.0 % or more" in outcome.evidence.notes[0]  # one of two templates
    assert "give them a check of their own" in outcome.evidence.notes[0]
