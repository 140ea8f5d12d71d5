"""A fragile model and a biased one: flips on any name, and flips with the group."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from pytest_fairness import (
    FairnessFailure,
    Pair,
    Verdict,
    assert_counterfactual_invariance,
    counterfactuals,
    load_attribute,
)

SPACE = counterfactuals("{name} holds a degree in {subject}.", vary="gender")
WOMEN = set(load_attribute("gender", "en").terms("female", "name"))


def fragile(texts):
    """Decides by a checksum of the name: flips on half of all changes of a name."""
    return [float(zlib.crc32(text.split()[0].encode()) % 2) for text in texts]


def biased(texts):
    return [0.2 if text.split()[0] in WOMEN else 0.8 for text in texts]


def both(texts):
    """Fragile for four names in ten, biased for the others."""
    odd = (zlib.crc32(text.split()[0].encode()) % 10 < 4 for text in texts)
    return [f if o else b for o, f, b in zip(odd, fragile(texts), biased(texts), strict=True)]


def steady(texts):
    return [0.7 for _ in texts]


def outcome_of(*arguments, **options):
    try:
        return assert_counterfactual_invariance(*arguments, **options)
    except FairnessFailure as failure:
        return failure.outcome


def test_the_flip_rate_fails_a_fragile_and_a_biased_model_alike():
    for model in (fragile, biased, both):
        assert outcome_of(model, SPACE, max_flip_rate=0.1).verdict is Verdict.FAIL
    assert outcome_of(steady, SPACE, max_flip_rate=0.1).verdict is Verdict.PASS


@pytest.mark.parametrize("seed", range(5))
def test_the_excess_fails_the_biased_model_only(seed):
    verdicts = {
        model.__name__: outcome_of(model, SPACE, max_excess=0.1, seed=seed).verdict
        for model in (fragile, biased, both, steady)
    }
    assert verdicts == {
        "fragile": Verdict.PASS,
        "biased": Verdict.FAIL,
        "both": Verdict.FAIL,
        "steady": Verdict.PASS,
    }


def test_the_excess_is_a_paired_difference():
    outcome = outcome_of(both, SPACE, max_excess=0.1)
    n = outcome.evidence.n
    pairs = SPACE.sample_with_partners(2000, seed=0)[:n]
    flips = [flip(both, pair) - flip(both, partner) for pair, partner in pairs]
    assert outcome.metric == outcome.definition_id == "excess_flip_rate"
    assert outcome.evidence.estimate == pytest.approx(np.mean(flips))
    assert outcome.placebo.estimate == np.mean([flip(both, partner) for _, partner in pairs])
    assert outcome.placebo.n == n
    interval = outcome.evidence.interval
    assert interval.low > 0.1
    assert interval.low < outcome.evidence.estimate < interval.high


def flip(model, pair):
    first, second = model([pair.original, pair.variant])
    return int((first > 0.5) != (second > 0.5))


def test_every_flip_rate_is_shown_beside_its_placebo_and_excess():
    outcome = outcome_of(fragile, SPACE, max_flip_rate=0.1)
    assert outcome.evidence.estimate > 0.3
    assert outcome.placebo.estimate > 0.3
    assert outcome.excess.interval.low < 0 < outcome.excess.interval.high
    assert outcome.excess.estimate == pytest.approx(
        outcome.evidence.estimate - outcome.placebo.estimate
    )
    assert outcome.excess.p_value is outcome.excess.required_n is None


def test_a_gap_of_scores_has_an_excess_as_well():
    outcome = outcome_of(biased, SPACE, max_gap=0.1)
    assert outcome.metric == "counterfactual_token_fairness_gap"
    assert outcome.evidence.estimate == pytest.approx(0.6)
    assert outcome.placebo.estimate == 0
    assert outcome.excess.estimate == pytest.approx(0.6)
    assert outcome_of(fragile, SPACE, max_gap=0.1).excess.estimate == pytest.approx(0, abs=0.15)


def test_the_census_of_a_small_space_is_exact():
    small = counterfactuals("{name} sings.", vary="gender")
    outcome = outcome_of(biased, small, max_excess=1.0, max_pairs=len(small))
    assert outcome.evidence.planned_n == len(small)
    whole = outcome_of(both, small, max_excess=0.61, max_pairs=len(small))
    if whole.evidence.n == len(small):
        assert whole.evidence.interval.low == whole.evidence.interval.high


def test_without_a_partner_nothing_is_measured():
    pronouns = counterfactuals("{Pronoun} studies {subject}.", vary="gender")
    outcome = outcome_of(biased, pronouns, max_excess=0.1)
    assert outcome.verdict is Verdict.UNMEASURABLE
    assert "has a placebo partner" in outcome.reason
    assert outcome.evidence.excluded["without a placebo partner"] > 0
    assert outcome_of(steady, pronouns, max_flip_rate=0.2).excess is None


def test_pairs_without_a_partner_are_counted_and_named():
    mixed = counterfactuals(
        ["{name} sings.", "{Pronoun} sings {n}."],
        vary="gender",
        slots={"n": [str(i) for i in range(1600)]},
    )
    outcome = outcome_of(steady, mixed, max_excess=0.1)
    assert outcome.evidence.population == mixed.partnered < len(mixed)
    assert outcome.evidence.excluded["without a placebo partner"] > 0
    beside = outcome_of(fragile, mixed, max_flip_rate=0.9)
    assert beside.excess.n < beside.evidence.n
    assert any("without a placebo partner" in note for note in beside.evidence.notes)


def test_placebo_pairs_of_a_list_are_matched_by_source():
    def pair(i, first, second, groups, placebo):
        texts = (f"{first} sings {i}.", f"{second} sings {i}.")
        return Pair(*texts, groups=groups, attribute="gender", source=str(i), placebo=placebo)

    one, other = sorted(WOMEN)[:2]
    pairs = [
        p
        for i in range(200)
        for p in (
            pair(i, one, "Jack", ("female", "male"), False),
            pair(i, one, other, ("female", "female"), True),
        )
    ]
    outcome = outcome_of(biased, pairs, max_excess=0.2)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence.estimate == 1.0
    assert outcome.evidence.planned_n is outcome.evidence.population is None
    assert outcome.placebo.n == 200


def test_the_reason_names_the_excess():
    outcome = outcome_of(biased, SPACE, max_excess=0.1)
    assert outcome.reason.startswith("The excess flip rate is at least 0.9")
    assert outcome.definition.startswith("Flip rate when the text speaks of another group, less")
