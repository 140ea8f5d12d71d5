"""Placebo partners: one text of the pair, with another term of the same group."""

from __future__ import annotations

import pytest

from pytest_fairness import Attribute, counterfactuals

NAMED = ("{name} is a {occupation}.", "{Pronoun} works in {city}.")


def test_a_partner_shares_a_text_and_stays_within_the_group():
    space = counterfactuals(NAMED, vary="gender")
    both = space.sample_with_partners(300, seed=1)
    assert [pair for pair, _ in both] == space.sample(300, seed=1)
    sides = set()
    for pair, partner in both:
        if partner is None:
            assert pair.source == NAMED[1]
            continue
        assert partner.placebo
        assert partner.groups[0] == partner.groups[1]
        side = (pair.original, pair.variant).index(partner.original)
        sides.add(side)
        assert partner.groups[0] == pair.groups[side]
        assert partner.terms[0] == pair.terms[side]
        assert partner.terms[1] != partner.terms[0]
        assert partner.variant == partner.original.replace(*partner.terms)
        assert partner.source == pair.source
    assert sides == {0, 1}


def test_a_partner_belongs_to_its_pair_whatever_the_seed():
    space = counterfactuals(NAMED[0], vary="gender", slots={"occupation": ["nurse", "judge"]})
    one, other = (dict(space.sample_with_partners(len(space), seed)) for seed in (1, 2))
    assert {p.original + p.variant: q for p, q in one.items()} == {
        p.original + p.variant: q for p, q in other.items()
    }


def test_every_other_term_is_used_about_equally_often():
    groups = {"a": {"name": ["Al", "Bo", "Cy", "Di"]}, "b": {"name": ["Xi", "Yo"]}}
    attribute = Attribute("clan", groups=groups)
    values = [str(i) for i in range(400)]
    space = counterfactuals("{name} has {n}.", vary=attribute, slots={"n": values})
    assert space.partnered == len(space) == 4 * 2 * 400
    found = {}
    for _, partner in space.sample_with_partners(len(space), seed=0):
        found[partner.terms] = found.get(partner.terms, 0) + 1
    within = {terms: count for terms, count in found.items() if terms[0] in ("Al", "Bo")}
    assert len(within) == 6
    assert all(100 < count < 170 for count in within.values())  # 133 expected


def test_pairs_of_each_two_groups_and_with_partners_are_counted():
    groups = {"a": {"name": ["Al", "Bo"]}, "b": {"name": ["Xi"]}, "c": {"name": ["Ky"]}}
    attribute = Attribute("clan", groups=groups)
    space = counterfactuals("{name} has {n}.", vary=attribute, slots={"n": ["1", "2", "3"]})
    listed = [space.with_partner(i) for i in range(len(space))]
    counts = {}
    for pair, _ in listed:
        counts[pair.groups] = counts.get(pair.groups, 0) + 1
    assert dict(space.sizes) == counts == {("a", "b"): 6, ("a", "c"): 6, ("b", "c"): 3}
    assert space.partnered == sum(partner is not None for _, partner in listed) == 12


def test_whole_texts_have_partners_where_a_name_can_be_exchanged():
    space = counterfactuals(texts=["Anna said she is fine.", "He is fine."], vary="gender")
    assert space.partnered == 1
    found = {pair.original: partner for pair, partner in space.sample_with_partners(2, seed=0)}
    assert found["He is fine."] is None
    assert found["Anna said she is fine."].groups == ("female", "female")


@pytest.mark.parametrize("part", ["train", "heldout"])
def test_partners_of_a_part_use_its_terms_only(part):
    space = counterfactuals(NAMED[0], vary="gender").part(part)
    texts = set(space.texts)
    for _, partner in space.sample_with_partners(100, seed=0):
        assert {partner.original, partner.variant} <= texts


def test_a_placebo_space_has_no_partners():
    placebo = counterfactuals(NAMED[0], vary="gender").placebo()
    assert placebo.partnered == 0
    assert placebo.with_partner(0)[1] is None
