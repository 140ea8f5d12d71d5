"""Several persons in one template: one is varied, the others stay the same."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations, permutations, product

import pytest

from pytest_fairness import counterfactuals
from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb import Space

NAMES = {"f": ["Mia", "Iris"], "m": ["Ben"], "n": ["Ari", "Jules"]}
PRONOUNS = {"f": "she", "m": "he", "n": "they"}
PERSON = Attribute(
    "gender",
    groups={g: {"name": NAMES[g], "pronoun": [PRONOUNS[g]]} for g in NAMES},
)
GROUP = {name: g for g, names in NAMES.items() for name in names}
TOLD = "{a.name} told {b.name} that {a.pronoun} {a.is} late and {b.pronoun} {b.verb:waits}."


def expected(vary: str) -> set[frozenset[str]]:
    found = set()
    for one, other in combinations(GROUP, 2):
        for third in GROUP:
            if GROUP[one] != GROUP[other] and third not in (one, other):
                sides = [(one, third), (other, third)]
                if vary == "b":
                    sides = [(third, one), (third, other)]
                found.add(frozenset(told_by(*side) for side in sides))
    return found


def told_by(a: str, b: str) -> str:
    plural = {x: GROUP[x] == "n" for x in (a, b)}
    return (
        f"{a} told {b} that {PRONOUNS[GROUP[a]]} {'are' if plural[a] else 'is'} late and "
        f"{PRONOUNS[GROUP[b]]} {'wait' if plural[b] else 'waits'}."
    )


@pytest.mark.parametrize("vary", [None, "a", "b"])
def test_every_pair_occurs_once_and_nobody_bears_two_names(vary: str | None) -> None:
    space = Space.build(TOLD, vary=PERSON, vary_person=vary)
    listed = [frozenset((pair.original, pair.variant)) for pair in space]
    assert len(listed) == len(set(listed)) == len(space)
    assert set(listed) == expected(vary or "a")
    counted = Counter(pair.groups for pair in space)
    assert dict(space.sizes) == dict(counted)


@pytest.mark.parametrize("placebo", [False, True])
def test_texts_are_those_of_the_pairs(placebo: bool) -> None:
    space = Space.build(TOLD, vary=PERSON)
    space = space.placebo() if placebo else space
    assert len(space)
    assert sorted(space.texts) == sorted({t for p in space for t in (p.original, p.variant)})


def test_texts_of_few_names_are_those_of_the_pairs() -> None:
    few = Attribute("gender", groups={"f": {"name": ["Mia", "Iris"]}, "m": {"name": ["Ben"]}})
    space = Space.build("{a.name} met {b.name}.", vary=few)
    assert {(p.original, p.variant) for p in space} == {
        ("Mia met Iris.", "Ben met Iris."),
        ("Iris met Mia.", "Ben met Mia."),
    }
    assert sorted(space.texts) == sorted({t for p in space for t in (p.original, p.variant)})


def test_three_persons_bear_three_names() -> None:
    space = Space.build("{a.name}, {b.name} and {c.name}.", vary=PERSON)
    found = {(p.original, p.variant) for p in space}
    assert len(found) == len(space) == 8 * 3 * 2  # pairs of groups, then two of the other three
    for pair in space:
        for text in (pair.original, pair.variant):
            assert tuple(text[:-1].replace(" and", ",").split(", ")) in set(permutations(GROUP, 3))


def test_a_partner_gives_nobody_the_name_of_somebody_else() -> None:
    space = Space.build(TOLD, vary=PERSON)
    pairs = [space.with_partner(i) for i in range(len(space))]
    partners = [partner for _, partner in pairs if partner]
    assert len(partners) == space.partnered > 0
    placebos = {frozenset((p.original, p.variant)) for p in space.placebo()}
    for pair, partner in pairs:
        if partner:
            sides = {partner.original, partner.variant}
            assert sides & {pair.original, pair.variant}
            assert frozenset(sides) in placebos


def test_other_persons_may_be_pronouns_alone() -> None:
    space = Space.build("{a.name} saw that {b.pronoun} {b.is} late.", vary=PERSON)
    assert len(space) == 8 * 3
    assert "Mia saw that they are late." in {p.original for p in space}


def test_a_search_reaches_only_pairs_of_the_space() -> None:
    import random

    space = Space.build([TOLD, "{name} left."], vary=PERSON)
    rng, members, calls = random.Random(0), set(space), set()
    for _ in range(200):
        count = []
        pair = space.choose(lambda n, count=count: count.append(n) or rng.randrange(n))
        calls.add(len(count))
        assert pair in members
    assert len(calls) == 1


def test_a_recipe_and_parts_keep_the_varied_person() -> None:
    space = counterfactuals(TOLD, vary_person="b")
    again = Space.from_recipe(json.loads(json.dumps(space.recipe)))
    assert again.sample(20, 0) == space.sample(20, 0)
    held, trained = space.part("heldout"), space.part("train")
    assert not {p.terms[0] for p in held.sample(50, 0)} & {p.terms[0] for p in trained}
    names = [{w for w in p.original.split() if w.istitle()} for p in trained.sample(300, 0)]
    assert not set().union(*names) & {t for p in held.sample(300, 0) for t in p.terms}


@pytest.mark.parametrize(
    ("text", "vary_person", "message"),
    [
        ("{a.name} met {name}.", None, r"does not say whose \{name\} it is: .*\{a.name\}"),
        ("{a.name} said {b.name} {is} here.", None, r"verb 'is' names no person; .* are a, b"),
        ("{a.name} said {c.is} here.", None, r"\{c.is\} is said of nobody; the persons are a"),
        ("{a.name} met {A.name}.", None, "persons that differ in case alone: a, A"),
        ("{a.name} met {b.name}.", "c", "vary_person='c' is no person of template .* speaks of a"),
        ("{name} left.", "a", r"Its slots name no person; write \{a.name\} for one"),
        ("{a.name} in {a.city}.", None, r"\{city\} is a neutral slot and belongs to no person"),
        ("{a.name} and {b.name} {b.are} here.", None, "unknown slot"),
        ("{a.name} and {b.name} {b.is} here.", None, "two persons joined by 'and', which always"),
        ("Today, {a.name} and {b.name} {b.is} here.", None, "two persons joined by 'and'"),
        ("{a.naem} left.", None, r"unknown slot \{a.naem\}. Did you mean \{a?.?name\}"),
    ],
)
def test_persons_that_contradict_each_other(text, vary_person, message) -> None:
    with pytest.raises(ArgumentError, match=message):
        Space.build(text, vary=PERSON, vary_person=vary_person)


def test_a_sentence_after_and_has_its_own_subject() -> None:
    space = Space.build("{a.name} called and {b.name} {b.is} sure.", vary=PERSON)
    assert "Mia called and Iris is sure." in set(space.texts)


def test_too_few_names_for_two_persons() -> None:
    two = Attribute("gender", groups={"f": {"name": ["Mia"]}, "m": {"name": ["Ben"]}})
    with pytest.raises(ArgumentError, match="1 x templates without a valid pair"):
        Space.build("{a.name} met {b.name}.", vary=two)


AREA = Attribute("area", groups={"north": ["northern"], "south": ["southern"], "east": ["eastern"]})
HILLS = (
    "{a.name} of the {a.area} hills told {b.name} of the {b.area} hills "
    "that {a.pronoun} {a.is} late."
)
AREAS = ("northern", "southern", "eastern")


def from_hills(a: tuple[str, str], b: tuple[str, str]) -> str:
    late = {"f": "she is", "m": "he is", "n": "they are"}[GROUP[a[0]]]
    return f"{a[0]} of the {a[1]} hills told {b[0]} of the {b[1]} hills that {late} late."


def test_two_persons_and_two_attributes_at_once() -> None:
    space = Space.build(HILLS, vary=PERSON + AREA)
    listed = [frozenset((pair.original, pair.variant)) for pair in space]
    expected = set()
    for one, other in combinations(product(GROUP, AREAS), 2):
        if GROUP[one[0]] == GROUP[other[0]] or one[1] == other[1]:
            continue
        for third in product(GROUP, AREAS):
            if third[0] not in (one[0], other[0]) and third[1] not in (one[1], other[1]):
                expected.add(frozenset((from_hills(one, third), from_hills(other, third))))
    assert len(listed) == len(set(listed)) == len(space)
    assert set(listed) == expected
    assert {text for pair in expected for text in pair} == set(space.texts)


@pytest.mark.parametrize("placebo", [False, True])
def test_crossed_groups_of_two_persons(placebo: bool) -> None:
    space = Space.build(HILLS, vary=PERSON & AREA)
    space = space.placebo() if placebo else space
    listed = [frozenset((pair.original, pair.variant)) for pair in space]
    assert len(listed) == len(set(listed)) == len(space) > 0
    assert {text for pair in listed for text in pair} == set(space.texts)
    counted = Counter(pair.groups for pair in space)
    assert dict(space.sizes) == dict(counted)
    for pair in space:
        for text in (pair.original, pair.variant):
            said = [word for word in text.split() if word in GROUP or word in AREAS]
            assert len(set(said)) == 4  # nobody bears another one's terms
        assert pair.original.split(" told ")[1].split(" that ")[0] in pair.variant
