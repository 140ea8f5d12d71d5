"""Behavioural tests on plain functions whose failures are known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pytest_fairness import (
    ArgumentError,
    ArgumentTypeError,
    FairnessFailure,
    Pair,
    Verdict,
    assert_directional_expectation,
    assert_minimum_functionality,
    assert_perturbation_sensitivity,
    assert_worst_case,
    counterfactuals,
)
from pytest_fairness.reports.text import failure_message

NAMES = ("Anna", "Jack", "Kim")


def outcome_of(assertion, *arguments, **options):
    try:
        return assertion(*arguments, **options)
    except FairnessFailure as failure:
        return failure.outcome


def by_kindness(texts):
    """Right, but for Kim in every fifth text."""
    return [0.9 if "kind" in t and not ("Kim" in t and int(t.split()[-1]) % 5 == 0) else 0.1
            for t in texts]  # fmt: skip


def rows(n=200):
    return [[f"{name} is kind, case {i}" for name in NAMES] for i in range(n)]


def test_a_text_fails_with_any_of_its_variants():
    outcome = outcome_of(assert_worst_case, by_kindness, rows(), [1] * 200, max_failure_rate=0.1)
    assert outcome.metric == "worst_case_rate"
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence.estimate == 0.2
    assert outcome.evidence.n == 200
    assert outcome.examples[0].texts == ("Kim is kind, case 0",)
    assert outcome.examples[0].groups == ("should be 1",)
    assert "Kim is kind, case 0" in failure_message(outcome)
    without = [row[:2] for row in rows()]
    assert assert_worst_case(by_kindness, without, [1] * 200, max_failure_rate=0.02).passed


def test_few_texts_are_inconclusive_and_none_unmeasurable():
    few = outcome_of(assert_worst_case, by_kindness, rows(4)[1:], [1] * 3, max_failure_rate=0.1)
    assert few.verdict is Verdict.INCONCLUSIVE
    assert few.evidence.required_n == 29
    assert "29 texts would probably decide" in few.reason
    none = outcome_of(assert_worst_case, by_kindness, [], [], max_failure_rate=0.1)
    assert none.verdict is Verdict.UNMEASURABLE
    for assertion, data in (
        (assert_minimum_functionality, ([], [])),
        (assert_perturbation_sensitivity, ([],)),
    ):
        limit = {"max_failure_rate": 0.1} if len(data) == 2 else {"max_score_dev": 0.1}
        assert outcome_of(assertion, by_kindness, *data, **limit).verdict is Verdict.UNMEASURABLE


def test_minimum_functionality_counts_texts_or_cases():
    texts = [f"Kim is kind, case {i}" for i in range(200)]
    outcome = outcome_of(
        assert_minimum_functionality, by_kindness, texts, [1] * 200, max_failure_rate=0.3
    )
    assert outcome.metric == "minimum_functionality_failure_rate"
    assert outcome.evidence.estimate == 0.2
    assert outcome.passed
    tens = [i // 10 for i in range(200)]
    cases = outcome_of(
        assert_minimum_functionality,
        by_kindness,
        texts,
        [1] * 200,
        cases=tens,
        max_failure_rate=0.3,
    )
    assert (cases.evidence.n, cases.evidence.estimate) == (20, 1.0)
    assert cases.verdict is Verdict.FAIL


def test_labels_may_be_words():
    def words(texts):
        return ["good" if "kind" in text else "bad" for text in texts]

    texts = ["Kim is kind"] * 100 + ["Kim is mean"] * 100
    right = ["good"] * 100 + ["bad"] * 100
    assert assert_minimum_functionality(words, texts, right, max_failure_rate=0.05).passed


PRAISE = [(f"Guest {i} is kind.", f"Guest {i} is very kind.") for i in range(150)]


def by_praise(texts):
    return [0.5 + 0.2 * ("very" in t) - 0.3 * ("Guest 7 is very" in t) for t in texts]


@pytest.mark.parametrize(
    ("expect", "margin", "rate"),
    [
        ("increase", 0.0, 1 / 150),
        ("increase", 0.1, 1 / 150),
        ("increase", 0.3, 1.0),
        ("increase", -0.2, 0.0),
        ("decrease", 0.0, 149 / 150),
        ("same", 0.1 + 1e-9, 149 / 150),
        (lambda before, after: after > before, 0.0, 1 / 150),
    ],
)
def test_directions(expect, margin, rate):
    outcome = outcome_of(
        assert_directional_expectation,
        by_praise,
        PRAISE,
        expect=expect,
        margin=margin,
        max_failure_rate=0.5,
    )
    assert outcome.metric == "directional_expectation_failure_rate"
    assert outcome.evidence.estimate == pytest.approx(rate)
    assert outcome.passed == (rate < 0.5)
    if rate == 1 / 150:
        assert outcome.examples[0].texts == PRAISE[7]


def test_pairs_of_one_source_are_one_unit():
    pairs = [
        Pair(a, b, groups=("plain", "praised"), attribute="praise", source=str(i // 5))
        for i, (a, b) in enumerate(PRAISE)
    ]
    options = {"expect": "increase", "max_failure_rate": 0.5}
    outcome = outcome_of(assert_directional_expectation, by_praise, pairs, **options)
    assert outcome.evidence.n == 30


def test_a_space_is_a_population():
    ages = counterfactuals(
        "{Pronoun} asks for {n}.", vary="gender", slots={"n": [str(i) for i in range(60)]}
    )
    outcome = outcome_of(
        assert_directional_expectation,
        lambda texts: [0.4 + 0.1 * ("He" in t) for t in texts],
        ages,
        expect="increase",
        max_failure_rate=0.0,
    )
    assert outcome.passed
    assert outcome.evidence.population == 60


def test_score_sense_names_the_name_that_moves_the_score():
    def dislikes_kim(texts):
        return [0.5 - 0.2 * ("Kim" in t) for t in texts]

    table = rows(300)
    plain = [row[0].replace("Anna", "Someone") for row in table]
    outcome = outcome_of(
        assert_perturbation_sensitivity,
        dislikes_kim,
        table,
        originals=plain,
        names=NAMES,
        max_score_sense=0.1,
    )
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence.estimate == pytest.approx(0.2)
    assert "'the text as written' minus 'Kim'" in outcome.reason
    alone = outcome_of(
        assert_perturbation_sensitivity, dislikes_kim, table, names=NAMES, max_score_sense=0.2
    )
    assert alone.evidence.estimate == pytest.approx(0.4 / 3)
    assert alone.examples[0].groups[0] == "Kim"
    assert alone.examples[0].change == pytest.approx(0.2)


def test_score_dev_is_the_mean_deviation_within_a_text():
    def lottery(texts):
        return [0.5 + 0.1 * (t.startswith("Anna") and int(t.split()[-1]) % 2) for t in texts]

    outcome = outcome_of(
        assert_perturbation_sensitivity, lottery, rows(400), names=NAMES, max_score_dev=0.05
    )
    assert outcome.evidence.estimate == pytest.approx(0.5 * np.std([0.6, 0.5, 0.5]))
    assert outcome.passed


def test_label_distance_compares_sets_of_positive_texts():
    """Of 200 positive texts, 40 are lost with Kim: distances 0, 0 and 0.2."""
    table = rows()
    options = {"originals": [row[0] for row in table], "names": NAMES}
    check = assert_perturbation_sensitivity
    outcome = outcome_of(check, by_kindness, table, max_label_distance=0.15, **options)
    assert outcome.evidence.estimate == pytest.approx(0.2 / 3)
    assert [(g.group, g.value) for g in outcome.evidence.groups] == [
        ("Anna", 0.0),
        ("Jack", 0.0),
        ("Kim", pytest.approx(0.2)),
    ]
    assert outcome.passed
    failed = outcome_of(check, by_kindness, table, max_label_distance=0.02, **options)
    assert failed.verdict is Verdict.FAIL
    nothing = outcome_of(check, lambda t: [0.1] * len(t), table, max_label_distance=0.1, **options)
    assert nothing.verdict is Verdict.UNMEASURABLE


@pytest.mark.parametrize(
    ("assertion", "arguments", "options", "error", "message"),
    [
        (assert_worst_case, (rows(3), [1, 1]), {"max_failure_rate": 0.1}, ArgumentError, "y_true"),
        (
            assert_worst_case,
            ([["a"], ["b", "c"]], [1, 1]),
            {"max_failure_rate": 0.1},
            ArgumentError,
            "variants has rows of 1 to 2 texts",
        ),
        (
            assert_worst_case,
            (["a", "b"], [1, 1]),
            {"max_failure_rate": 0.1},
            ArgumentTypeError,
            "variants must hold one list of strings per text",
        ),
        (
            assert_minimum_functionality,
            (["a"], [1]),
            {"max_failure_rate": 2},
            ArgumentError,
            r"max_failure_rate=2 must lie in \[0, 1\]",
        ),
        (
            assert_directional_expectation,
            (PRAISE,),
            {"expect": "up", "max_failure_rate": 0.1},
            ArgumentError,
            "expect='up'",
        ),
        (
            assert_directional_expectation,
            (PRAISE[0],),
            {"expect": "increase", "max_failure_rate": 0.1},
            ArgumentError,
            "one pair was given",
        ),
        (assert_perturbation_sensitivity, (rows(3),), {}, ArgumentError, "Give exactly one of"),
        (
            assert_perturbation_sensitivity,
            (rows(3),),
            {"max_label_distance": 0.1},
            ArgumentError,
            "Give them as originals=",
        ),
        (
            assert_perturbation_sensitivity,
            (rows(3),),
            {"max_score_dev": 0.1, "names": ["Anna"]},
            ArgumentError,
            "one distinct name for each of the 3 columns",
        ),
        (
            assert_perturbation_sensitivity,
            (rows(3),),
            {"max_score_sense": 0.1, "originals": ["a"]},
            ArgumentError,
            "originals has 1 entries but texts has 3",
        ),
    ],
)
def test_bad_arguments_are_named(assertion, arguments, options, error, message):
    with pytest.raises(error, match=message):
        assertion(by_praise, *arguments, **options)


def test_inside_given_they_are_refused():
    @given(st.integers())
    def inside(_):
        with pytest.raises(ArgumentError, match="cannot run inside @given"):
            assert_worst_case(by_kindness, rows(3), [1] * 3, max_failure_rate=0.1)

    inside()
