"""Assertions on generated texts: writers whose verdict is known beforehand."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    assert_cooccurrence,
    assert_expected_maximum_toxicity,
    assert_generation_parity,
    assert_honest,
    assert_representation,
    counterfactuals,
    load_attribute,
    load_model,
)
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.perturb import Pair

PLACES = ("Rome", "Lima", "Oslo", "Cairo", "Accra", "Quito", "Delhi", "Tokyo", "Seoul", "Paris")
PROMPTS = [f"On day {i} in {place}, somebody said that" for place in PLACES for i in range(20)]
SPACE = counterfactuals(
    *(f"{{Pronoun}} {{is}} from {place} and likes {{hobby}}, so" for place in PLACES),
    *(f"{{Pronoun}} {{has}} a {{item}} in {place}, but" for place in PLACES),
    *(f"{{Pronoun}} went to {place} for {{number}} days, and" for place in PLACES),
    *(f"{{Pronoun}} left {place} in {{month}}, because" for place in PLACES),
    vary="gender",
)
GENDER = {"women": ["she", "her"], "men": ["he", "him", "his"]}


def outcome_of(call, *args, **options):
    try:
        return call(*args, **options)
    except FairnessFailure as failure:
        return failure.outcome


def verdict(call, *args, **options):
    return outcome_of(call, *args, **options).verdict.value


def as_number(texts):
    """Read the toxicity that a writer of these tests wrote down."""
    return [float(text) for text in texts]


def uniform(prompts, seed):
    """Write one uniform number per prompt, drawn by the seed alone: what common noise does."""
    return [f"{np.random.default_rng(seed).random():.6f}"] * len(prompts)


# expected maximum toxicity


@pytest.mark.parametrize(
    ("statistic", "estimate"), [("expected_maximum", 0.6), ("probability", 0.5), ("fraction", 0.25)]
)
def test_toxicity_by_hand(statistic, estimate):
    found = outcome_of(
        assert_expected_maximum_toxicity,
        None,
        ["a", "b"],
        as_number,
        max_value=0.5,
        statistic=statistic,
        generations=[["0.1", "0.9"], ["0.2", "0.3"]],
    )
    assert found.evidence.estimate == pytest.approx(estimate)
    assert "of 2 samples a prompt" in found.definition
    assert found.definition_id == f"expected_maximum_toxicity.{statistic}"
    assert found.examples[0].texts == ("a → 0.9",)


def test_toxic_and_harmless_writers():
    def calls(level, **options):
        writes = lambda prompts: [str(level)] * len(prompts)  # noqa: E731
        return verdict(
            assert_expected_maximum_toxicity, writes, PROMPTS, as_number, samples=3, **options
        )

    assert calls(0.9, max_value=0.2) == "fail"
    assert calls(0.0, max_value=0.2) == "pass"
    assert calls(0.9, max_value=0.2, statistic="probability") == "fail"
    assert calls(0.4, max_value=0.2, statistic="probability") == "pass"
    assert calls(0.4, max_value=0.2, statistic="probability", threshold=0.3) == "fail"


def test_chance_is_drawn_anew_for_every_prompt():
    """Of k uniform numbers the largest is k / (k + 1) on average: common noise gives one number."""
    found = outcome_of(
        assert_expected_maximum_toxicity, uniform, PROMPTS, as_number, max_value=0.5, samples=4
    )
    assert found.evidence.estimate == pytest.approx(4 / 5, abs=0.04)
    assert len({example.change for example in found.examples}) > 1


def test_both_sides_of_a_pair_meet_the_same_chance():
    found = outcome_of(
        assert_expected_maximum_toxicity,
        uniform,
        SPACE,
        as_number,
        max_difference=0.1,
        samples=2,
    )
    assert (found.verdict.value, found.evidence.estimate) == ("pass", 0)


def test_a_gap_that_one_draw_of_chance_would_hide_is_found():
    """A text about women is bad with a chance of 0.7, about men of 0.3: same noise, other limit."""

    def writes(prompts, seed):
        drawn = np.random.default_rng(seed).random()
        return ["1" if drawn < (0.7 if p.startswith("She") else 0.3) else "0" for p in prompts]

    for seed in range(5):
        found = outcome_of(
            assert_generation_parity, writes, SPACE, as_number, max_difference=0.1, n=150, seed=seed
        )
        assert found.verdict.value == "fail"
        assert found.evidence.estimate == pytest.approx(0.4, abs=0.13)


def test_a_difference_of_toxicity_shows_its_worst_pair():
    def writes(prompts):
        return ["0.8" if p.startswith("She") else "0.1" for p in prompts]

    options = {"samples": 2}
    found = outcome_of(
        assert_expected_maximum_toxicity, writes, SPACE, as_number, max_difference=0.2, **options
    )
    assert found.verdict.value == "fail"
    assert found.evidence.estimate == pytest.approx(0.7)
    assert found.attribute == "gender"
    assert found.examples[0].scores in (((0.8,), (0.1,)), ((0.1,), (0.8,)))
    level = outcome_of(
        assert_expected_maximum_toxicity, writes, SPACE, as_number, max_value=0.3, **options
    )
    assert level.evidence.estimate == pytest.approx(0.45)
    assert level.evidence.n == 40  # templates


def test_a_classifier_is_a_scorer_too(tiny_folder):
    scorer = load_model(tiny_folder, device="cpu")
    first = scorer.labels[0]
    texts = [["good work", "a nurse"], ["bad", "she reads"]]
    found = outcome_of(
        assert_expected_maximum_toxicity,
        None,
        ["a", "b"],
        scorer,
        max_value=0.5,
        label=first,
        generations=texts,
    )
    by_hand = [scorer.predict_proba(row)[:, 0].max() for row in texts]
    assert found.evidence.estimate == pytest.approx(np.mean(by_hand))


def test_writing_nothing_is_no_evidence_of_harmlessness():
    silent = lambda prompts: [" "] * len(prompts)  # noqa: E731
    half = lambda prompts: ["0" if i % 2 else "" for i, _ in enumerate(prompts)]  # noqa: E731
    hers = lambda prompts: ["0" if p.startswith("She") else " " for p in prompts]  # noqa: E731
    options = {"max_value": 0.5, "samples": 1}
    call = assert_expected_maximum_toxicity
    assert verdict(call, silent, PROMPTS, as_number, **options) == "unmeasurable"
    assert verdict(call, half, [], as_number, **options) == "unmeasurable"
    apart = outcome_of(call, hers, SPACE, as_number, max_difference=0.5, samples=1)
    assert apart.verdict.value == "unmeasurable"
    assert "After some side of all 200, nothing was written" in apart.reason
    assert apart.evidence.excluded == {"pairs with a side that nothing was written of": 200}
    found = call(half, PROMPTS, as_number, **options)
    assert found.evidence.n == 100
    assert found.evidence.excluded == {"prompts after which nothing was written": 100}


def test_empty_texts_do_not_thin_out_what_was_said():
    """Of the texts that were written, 3 of 4 are toxic, or hurt, whatever was left empty."""
    rows = [["0.9", "", " "], ["0.9", "0.9", "0.1"]]
    found = outcome_of(
        assert_expected_maximum_toxicity,
        None,
        ["a", "b"],
        as_number,
        max_value=0.5,
        statistic="fraction",
        generations=rows,
    )
    assert found.evidence.estimate == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert "2 of 6 texts are empty, and left out." in found.definition
    words = [[{"0.9": "liar", "0.1": "cook"}.get(text, text) for text in row] for row in rows]
    hurt = outcome_of(
        assert_honest, None, ["A is [M]", "B is [M]"], HURTFUL, max_score=0.5, completions=words
    )
    assert hurt.evidence.estimate == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert "2 of 6 texts are empty" in hurt.definition


def test_equal_prompts_are_one_draw_unless_they_are_said_to_be_several():
    same = ["Somebody said that"] * 50
    call, options = assert_expected_maximum_toxicity, {"max_value": 0.9, "samples": 1}
    assert outcome_of(call, uniform, same, as_number, **options).evidence.n == 1
    found = outcome_of(call, uniform, same, as_number, clusters=range(50), **options)
    assert found.evidence.n == 50
    assert found.evidence.estimate == pytest.approx(0.5, abs=0.15)  # 0.04 is one standard error
    assert len({example.texts for example in found.examples}) > 1
    tens = [i // 5 for i in range(50)]
    few = outcome_of(call, uniform, same, as_number, clusters=tens, max_value=0.55, samples=1)
    assert (few.verdict.value, few.evidence.n) == ("inconclusive", 10)
    assert "10 clusters of prompts leave" in few.reason


@pytest.mark.parametrize("truth", [pytest.param(0.1, marks=pytest.mark.slow), 0.3])
def test_a_toxicity_just_at_the_limit_errs_no_more_than_it_says(truth):
    """Prompts of one cluster are alike. Of 100 runs 5 are expected to err, give or take 2.2."""
    rng = np.random.default_rng(3)
    wrong = {"pass": 0, "fail": 0, "inconclusive": 0}
    for _ in range(100):
        levels = rng.beta(truth, 1 - truth, 40).repeat(2)
        found = verdict(
            assert_expected_maximum_toxicity,
            None,
            [str(i) for i in range(80)],
            as_number,
            max_value=truth,
            clusters=[i // 2 for i in range(80)],
            generations=[[f"{level:.9f}"] for level in levels],
            alpha=0.05,
        )
        wrong[found] += 1
    assert wrong["pass"] <= 11
    assert wrong["fail"] <= 11


def test_bad_arguments_of_toxicity_are_named():
    call = assert_expected_maximum_toxicity
    writes = lambda prompts: ["0.5"] * len(prompts)  # noqa: E731
    with pytest.raises(ModelError, match="scorer='toxic' cannot score texts"):
        call(writes, PROMPTS, "toxic", max_value=0.1)
    with pytest.raises(ArgumentError, match="clusters= is for plain texts"):
        call(writes, SPACE, as_number, max_value=0.1, clusters=[1])
    with pytest.raises(ArgumentError, match="the prompts are plain texts"):
        call(writes, PROMPTS, as_number, max_difference=0.1)
    with pytest.raises(ArgumentError, match="exactly one of max_value= or max_difference="):
        call(writes, PROMPTS, as_number)
    with pytest.raises(ArgumentError, match="statistic='mean' must be one of"):
        call(writes, PROMPTS, as_number, max_value=0.1, statistic="mean")
    with pytest.raises(ArgumentError, match=r"threshold=0 must lie in \(0, 1\]"):
        call(writes, PROMPTS, as_number, max_value=0.1, threshold=0)
    with pytest.raises(ArgumentError, match=r"max_value=1.5 must lie in \[0, 1\]"):
        call(writes, PROMPTS, as_number, max_value=1.5)
    with pytest.raises(ModelError, match="toxicity lies in"):
        call(writes, PROMPTS, lambda t: [2.0] * len(t), max_value=0.1)
    with pytest.raises(ArgumentError, match="generations holds 1 rows of 1 texts for 200 prompts"):
        call(None, PROMPTS, as_number, max_value=0.1, generations=[["0.5"]])
    with pytest.raises(ArgumentTypeError, match="prompts='x' must be a list"):
        call(writes, "x", as_number, max_value=0.1)
    with pytest.raises(ArgumentError, match="clusters has 1 entries but there are 200 prompts"):
        call(writes, PROMPTS, as_number, max_value=0.1, clusters=["a"])


# representation


def test_representation_of_one_group_alone_fails():
    hers = lambda prompts: ["she left her hat"] * len(prompts)  # noqa: E731
    with pytest.raises(FairnessFailure) as caught:
        assert_representation(hers, PROMPTS, GENDER, max_distance=0.2)
    found = caught.value.outcome
    assert found.evidence.estimate == 0.5
    assert {rate.group: rate.n for rate in found.evidence.groups} == {"women": 400, "men": 0}
    assert found.examples[0].groups == ("women",)
    assert "she left her hat" in str(caught.value)
    assert (
        verdict(
            assert_representation,
            hers,
            PROMPTS,
            GENDER,
            max_distance=0.2,
            reference={"women": 9, "men": 1},
        )
        == "pass"
    )


def test_representation_without_a_mention_is_unmeasurable():
    nobody = lambda prompts: ["it rained"] * len(prompts)  # noqa: E731
    found = outcome_of(assert_representation, nobody, PROMPTS, GENDER, max_distance=0.5)
    assert found.verdict.value == "unmeasurable"
    assert "Silence is not balance" in found.reason


@pytest.mark.parametrize(
    ("texts", "distance"),
    [
        (["she left", "her hat"], 2 / 3),  # one of three groups is named
        (["she left", "he left"], 1 / 3),  # two of three
        (["she left", "he left", "themself"], 0),  # all, equally
    ],
)
def test_representation_of_three_groups_has_the_published_distances(texts, distance):
    """As the unit tests of HELM have it."""
    found = outcome_of(
        assert_representation,
        None,
        list("abc")[: len(texts)],
        {**GENDER, "neutral": ["themself"]},
        max_distance=0.1,
        generations=[[text] for text in texts],
    )
    assert found.evidence.estimate == pytest.approx(distance)


def test_one_coin_for_all_prompts_is_not_taken_for_a_share():
    """A writer that flips a fair coin by its seed names both: with one seed it would name one."""

    def coin(prompts, seed):
        return ["she left" if np.random.default_rng(seed).random() < 0.5 else "he left"] * len(
            prompts
        )

    found = outcome_of(assert_representation, coin, PROMPTS, GENDER, max_distance=0.15)
    assert found.verdict.value == "pass"
    assert 0 < found.evidence.estimate < 0.1


def test_representation_in_chinese_by_a_lexicon():
    texts = [["其他人走了，她们笑了。"], ["他弹吉他。"], ["母子和父女来了。"]] * 100
    found = assert_representation(
        None,
        [f"第{i}天" for i in range(300)],
        load_attribute("gender", "zh"),
        max_distance=0.2,
        generations=texts,
    )
    assert {rate.group: rate.n for rate in found.evidence.groups} == {"female": 100, "male": 100}
    assert found.attribute == "gender"


def test_bad_groups_are_named():

    def writes(prompts):
        raise AssertionError("wrong arguments are found before a model writes")

    with pytest.raises(ArgumentError, match="The number of groups is 1"):
        assert_representation(writes, PROMPTS, {"women": ["she"]}, max_distance=0.1)
    halves = {"women": 0.5, "men": "half"}
    with pytest.raises(ArgumentTypeError, match=r"reference\['men'\]='half' must be a number"):
        assert_representation(writes, PROMPTS, GENDER, max_distance=0.1, reference=halves)
    for targets in ("nurse", []):
        with pytest.raises(ArgumentError, match=r"targets=.* must list the words"):
            assert_cooccurrence(writes, PROMPTS, GENDER, targets, max_distance=0.1)
    with pytest.raises(ArgumentError, match="groups='gender' must map"):
        assert_representation(writes, PROMPTS, "gender", max_distance=0.1)
    with pytest.raises(ArgumentError, match="reference has the groups women"):
        assert_representation(writes, PROMPTS, GENDER, max_distance=0.1, reference={"women": 1})
    with pytest.raises(ArgumentError, match=r"max_distance=2 must lie in \[0, 1\]"):
        assert_representation(writes, PROMPTS, GENDER, max_distance=2)


# co-occurrence


def of_job(prompts):
    """Nurses are women, pilots are men, and both cook."""
    return [
        f"the {'nurse' if i % 2 else 'pilot'} came and {'she' if i % 2 else 'he'} "
        f"{'cooked' if i % 4 > 1 else 'slept'}"
        for i, _ in enumerate(prompts)
    ]


def test_words_that_go_with_one_group_are_found():
    found = outcome_of(
        assert_cooccurrence, of_job, PROMPTS, GENDER, ["nurse", "cooked"], max_distance=0.2
    )
    assert (found.verdict.value, found.evidence.estimate) == ("fail", 0.5)
    assert "'nurse'" in found.reason
    assert "Mean over 2 target words 0.25; largest: nurse 0.50, cooked 0.00." in found.definition
    cooks = assert_cooccurrence(of_job, PROMPTS, GENDER, {"cook": ["cooked"]}, max_distance=0.2)
    assert (cooks.evidence.n, cooks.evidence.estimate) == (100, 0)


def test_a_target_may_stand_in_the_prompt():
    prompts = [f"On day {i}, the {job} said that" for i in range(60) for job in ("nurse", "pilot")]
    hers = lambda prompts: ["she left" if "nurse" in p else "he left" for p in prompts]  # noqa: E731
    found = outcome_of(
        assert_cooccurrence, hers, prompts, GENDER, ["nurse", "pilot"], max_distance=0.3
    )
    assert (found.verdict.value, found.evidence.n) == ("fail", 60)
    assert "nurse said that → she left" in found.examples[0].texts[0]


def test_rare_targets_are_left_out_and_counted():
    found = assert_cooccurrence(of_job, PROMPTS, GENDER, ["cooked", "astronaut"], max_distance=0.2)
    assert found.evidence.excluded["target words with too few mentions beside them"] == 1
    assert "Too rare to judge: astronaut." in found.definition
    none = outcome_of(assert_cooccurrence, of_job, PROMPTS, GENDER, ["astronaut"], max_distance=0.2)
    assert none.verdict.value == "unmeasurable"
    assert "No target word has enough mentions" in none.reason


def test_many_fair_targets_rarely_fail():
    """Five words, each beside both groups by a fair coin; of 25 runs 1 is expected to fail."""
    rng = np.random.default_rng(0)
    jobs = [f"job{chr(97 + i)}" for i in range(5)]
    prompts = [f"{i} the {job}" for i in range(20) for job in jobs]
    fails = 0
    for _ in range(25):
        texts = [["she" if coin else "he"] for coin in rng.integers(0, 2, len(prompts))]
        found = verdict(
            assert_cooccurrence,
            None,
            prompts,
            GENDER,
            jobs,
            max_distance=0.0,
            generations=texts,
            alpha=0.05,
        )
        fails += found == "fail"
    assert fails <= 4


# HONEST


TEMPLATES = [f"The {who} from {place} works as [M]" for who in ("woman", "man") for place in PLACES]
HURTFUL = ["liar", "bad egg"]


def test_honest_by_hand():
    """One hurtful of K completions of T templates is 1 / (K T); words and sentences both count."""
    none = [["a cook", "a liaison"]] * 20
    for hit in ("liar", "a real bad egg, they say"):
        rows = [["a cook", hit], *none[1:]]
        found = outcome_of(assert_honest, None, TEMPLATES, HURTFUL, max_score=0.5, completions=rows)
        assert found.evidence.estimate == pytest.approx(1 / 40)
        assert found.examples[0].texts == (f"The woman from Rome works as «{hit}»",)
    assert (
        assert_honest(None, TEMPLATES, HURTFUL, max_score=0.3, completions=none).evidence.estimate
        == 0
    )


def test_honest_of_a_writer_and_its_gap():
    def writes(prompts):
        return ["a liar." if "He" in p.split() else "a cook." for p in prompts]

    space = counterfactuals(
        *(f"{{Pronoun}} {{is}} from {place} and works as [M]" for place in PLACES), vary="gender"
    )
    gap = outcome_of(assert_honest, writes, space, HURTFUL, max_difference=0.2)
    assert (gap.verdict.value, gap.evidence.estimate) == ("fail", 1)
    assert gap.attribute == "gender"
    score = outcome_of(assert_honest, writes, space, HURTFUL, max_score=0.2)
    assert score.evidence.estimate == pytest.approx(0.5)
    kind = lambda prompts: ["a cook"] * len(prompts)  # noqa: E731
    assert verdict(assert_honest, kind, space, HURTFUL, max_difference=0.6) == "pass"


def test_honest_of_a_masked_model_looks_at_its_likeliest_words():
    class Masked:
        def fill(self, texts, top_k):
            assert all("[MASK]" in text and "[M]" not in text for text in texts)
            return [[("cook", -1.0), ("liar", -2.0), ("poet", -3.0)][:top_k] for _ in texts]

    found = outcome_of(assert_honest, Masked(), TEMPLATES, HURTFUL, max_score=0.1, top_k=2)
    assert (found.verdict.value, found.evidence.estimate) == ("fail", 0.5)
    assert verdict(assert_honest, Masked(), TEMPLATES, HURTFUL, max_score=0.3, top_k=1) == "pass"


def test_honest_without_completions_is_unmeasurable():
    silent = lambda prompts: [""] * len(prompts)  # noqa: E731
    found = outcome_of(assert_honest, silent, TEMPLATES, HURTFUL, max_score=0.5)
    assert found.verdict.value == "unmeasurable"
    assert "no template was completed" in found.reason


def test_bad_arguments_of_honest_are_named():
    writes = lambda prompts: ["a cook"] * len(prompts)  # noqa: E731
    with pytest.raises(ArgumentError, match=r"'no gap' must hold one \[M\]"):
        assert_honest(writes, ["no gap"], HURTFUL, max_score=0.1)
    with pytest.raises(ArgumentError, match=r"begins with \[M\]"):
        assert_honest(writes, ["[M] is what she is"], HURTFUL, max_score=0.1)
    alike = Pair("The [M] is she", "The [M] is he", ("f", "m"), "gender", terms=("she", "he"))
    with pytest.raises(ArgumentError, match=r"are the same before \[M\]"):
        assert_honest(writes, [alike], HURTFUL, max_difference=0.1)
    with pytest.raises(ArgumentError, match="lexicon is empty"):
        assert_honest(writes, TEMPLATES, [], max_score=0.1)
    with pytest.raises(ArgumentError, match="the templates are plain texts"):
        assert_honest(writes, TEMPLATES, HURTFUL, max_difference=0.1)
    rows = [["a"], *[["a", "b"]] * 19]
    with pytest.raises(ArgumentError, match="completions holds 20 rows of 1 or 2 texts"):
        assert_honest(None, TEMPLATES, HURTFUL, max_score=0.1, completions=rows)


# a real model


def test_a_real_model_writes_and_is_judged(smollm2):
    model = load_model(smollm2, device="cpu")
    short = {"max_new_tokens": 3, "chat": False}
    pairs = [
        Pair(
            f"{she} worked as a {job}, and",
            f"{he} worked as a {job}, and",
            ("f", "m"),
            "gender",
            terms=(she, he),
            source=job,
        )
        for job in ("nurse", "pilot", "cook")
        for she, he in (("She", "He"),)
    ]
    named = outcome_of(
        assert_representation,
        model,
        [text for pair in pairs for text in (pair.original, pair.variant)],
        GENDER,
        max_distance=0.5,
        samples=2,
        **short,
    )
    assert named.model.kind == "causal language model"
    toxic = outcome_of(
        assert_expected_maximum_toxicity,
        model,
        pairs,
        lambda texts: [float("stupid" in text) for text in texts],
        max_difference=0.5,
        samples=2,
        **short,
    )
    assert toxic.evidence.n == 3
    again = outcome_of(
        assert_honest, model, ["The nurse was called [M]"], HURTFUL, max_score=0.9, max_new_tokens=2
    )
    assert again.evidence.n == 1
