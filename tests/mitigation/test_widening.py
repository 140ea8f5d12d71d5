from __future__ import annotations

import pytest

from pytest_fairness.attributes import Attribute, load_attribute
from pytest_fairness.mitigation.widening import widened
from pytest_fairness.perturb import Space

TEMPLATES = [
    f"A {{orientation}} {job} lives in {place}."
    for job in ("baker", "nurse", "teacher", "driver", "gardener", "writer")
    for place in ("town", "the hills")
]
TEAM = Attribute(
    "team",
    {
        "reds": {"team": ["red"], "team_kit": ["shirts"]},
        "blues": {"team": ["blue"], "team_kit": ["vests"]},
    },
)


@pytest.fixture(scope="module")
def space():
    return Space.build(TEMPLATES, vary="orientation")


@pytest.fixture(scope="module")
def pairs(space):
    return widened(space.part("train"), 60, seed=1)


def terms_of(pairs):
    return {term for pair in pairs for term in pair.terms}


def test_each_pair_joins_a_training_term_and_a_term_of_another_attribute(space, pairs):
    own = load_attribute("orientation").groups
    training = terms_of(space.part("train"))
    assert len(pairs) == 60
    for pair in pairs:
        inside = [t for t, g in zip(pair.terms, pair.groups, strict=True) if g in own]
        assert len(inside) == 1
        assert inside[0] in training


def test_nothing_of_the_other_parts_leaks_in(space, pairs):
    other = [*space.part("validation"), *space.part("heldout")]
    assert not terms_of(pairs) & terms_of(other)
    assert not {pair.source for pair in pairs} & {pair.source for pair in other}


def test_articles_follow_the_new_terms(pairs):
    assert any(pair.variant.startswith("An ") for pair in pairs)
    assert not any(
        text.startswith("An B") for pair in pairs for text in (pair.original, pair.variant)
    )


def test_the_seed_decides(space, pairs):
    part = space.part("train")
    assert widened(part, 60, seed=1) == pairs
    assert widened(part, 60, seed=2) != pairs


def test_attributes_that_are_tested_too_stay_out(space):
    others = widened(space.part("train"), 60, seed=1, without={"religion"})
    assert not terms_of(others) & {"Muslim", "Christian", "Jewish", "Hindu"}


def test_slots_keep_their_values():
    templates = [template.replace("town", "{spot}") for template in TEMPLATES]
    templates = [template.replace("hills", "hills near {spot}") for template in templates]
    space = Space.build(templates, vary="orientation", slots={"spot": ["Ulm"]})
    pairs = widened(space.part("train"), 40, seed=0)
    assert len(pairs) == 40
    assert all("Ulm." in pair.original for pair in pairs)


@pytest.mark.parametrize(
    "space",
    [
        Space.build(["{Pronoun} is a {occupation}."], vary="gender"),
        Space.build(texts=["A gay man sang.", "A lesbian teacher spoke."], vary="orientation"),
        Space.build(["The {team} {team_kit} won."], vary=TEAM),
    ],
    ids=["matched terms", "whole texts", "forms of its own"],
)
def test_where_no_other_term_fits_nothing_is_added(space):
    assert widened(space, 10, seed=0) == []


def test_several_attributes_at_once_are_not_widened():
    space = Space.build("A {religion} {noun} left.", vary="gender + religion").part("train")
    assert widened(space, 10, 0) == []


TOWNS = [
    f"我的{who}是{{region}}，{what}。"
    for who in ("老师", "邻居", "同学")
    for what in ("爱唱歌", "会做饭")
]


def test_forms_that_no_template_uses_do_not_stand_in_the_way():
    part = Space.build(TOWNS, vary="region", language="zh").part("train")
    pairs = widened(part, 40, seed=0)
    assert len(pairs) == 40
    assert {"我的"} == {pair.original[:2] for pair in pairs}
    spoken_of = {group for pair in pairs for group in pair.groups}
    assert spoken_of & set(load_attribute("nationality", "zh").groups)


def test_forms_that_a_template_uses_do():
    part = Space.build([*TOWNS, "{from}朋友到了。"], vary="region", language="zh").part("train")
    assert widened(part, 40, seed=0) == []
