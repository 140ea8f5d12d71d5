from __future__ import annotations

import json
import math
import pickle
import random
import tracemalloc
from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.attributes import Attribute, load_attribute, load_slots
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb import Pair, Space, swap_text

README = "{name} led a team of {number} for three years. {Pronoun} holds a degree in {subject}."


def small(groups=(2, 3, 1), templates=("{Unit} does {x} and {y}.",), **slots) -> Space:
    """A space small enough to be listed by hand."""
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    terms = {f"g{i}": [f"t{next(letters)}" for _ in range(n)] for i, n in enumerate(groups)}
    slots = slots or {"x": ["1", "22"], "y": ["3", "44", "555"]}
    return Space.build(templates, vary=Attribute("unit", groups=terms), slots=slots)


def by_brute_force(space: Space) -> set[tuple[str, str]]:
    attribute = Attribute.from_dict(space.recipe["vary"])
    found = set()
    for template in space.recipe["templates"]:
        names = [n for n in space.recipe["slots"] if f"{{{n}}}" in template]
        for values in product(*(space.recipe["slots"][n] for n in names)):
            for g, h in combinations(attribute.groups, 2):
                for a, b in product(attribute.terms(g), attribute.terms(h)):
                    sides = []
                    for term in (a, b):
                        text = template.replace("{unit}", term).replace("{Unit}", term.capitalize())
                        for name, value in zip(names, values, strict=True):
                            text = text.replace(f"{{{name}}}", value)
                        sides.append(text)
                    found.add(tuple(sides))
    return found


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.lists(
        st.sampled_from(["{Unit} does {x} and {y}.", "We met {unit} on {x}.", "{unit}!"]),
        min_size=1,
        max_size=3,
    ),
)
def test_indices_reach_every_pair_once(groups, templates):
    templates = [*templates, "{x} {y} {unit}"]
    space = small(groups, templates)
    pairs = [space[i] for i in range(len(space))]
    found = [(p.original, p.variant) for p in pairs]
    assert len(found) == len(set(found)) == len(space)
    assert set(found) == by_brute_force(space)
    assert list(space) == pairs
    assert set(space.texts) == {t for pair in found for t in pair}
    assert len(list(space.texts)) == len(set(space.texts))


@settings(deadline=None)
@given(st.lists(st.integers(1, 4), min_size=2, max_size=4))
def test_placebo_pairs_stay_within_a_group(groups):
    placebo = small(groups).placebo()
    assert len(placebo) == 6 * sum(math.comb(n, 2) for n in groups)
    pairs = list(placebo)
    assert len({frozenset((p.original, p.variant)) for p in pairs}) == len(pairs)
    assert all(p.placebo and p.groups[0] == p.groups[1] and p.original != p.variant for p in pairs)
    assert set(placebo.texts) == {t for p in pairs for t in (p.original, p.variant)}


def test_the_space_of_the_readme():
    space = Space.build(README)
    names = [load_attribute("gender").size(g) for g in ("female", "male")]
    slots = load_slots("en")
    assert len(space) == math.prod(names) * len(slots["number"]) * len(slots["subject"])
    assert (space.attribute, space.language, space.groups) == ("gender", "en", ("female", "male"))
    pair = space[0]
    assert pair == Pair(
        "Jessica led a team of five for three years. She holds a degree in law.",
        "Matthew led a team of five for three years. He holds a degree in law.",
        groups=("female", "male"),
        attribute="gender",
        terms=("Jessica", "Matthew"),
    )
    assert pair.source == README
    assert not space.stands_for_texts
    assert dict(space.excluded) == {}
    assert space.notes == ()
    assert repr(space) == f"<Space: {len(space):,} pairs, attribute='gender', language='en'>"


def test_all_person_slots_speak_of_one_person():
    (pair,) = Space.build(
        "{Pronoun} hurt {reflexive}; {possessive} {title} says it is {possessive_pronoun}, ask "
        "{object}. {Possessive} bag."
    )
    assert pair.original == "She hurt herself; her Ms says it is hers, ask her. Her bag."
    assert pair.variant == "He hurt himself; his Mr says it is his, ask him. His bag."
    assert pair.terms == ("she", "he")


def test_matched_words_come_in_rows():
    space = Space.build("My {relative} and I.")
    assert len(space) == load_attribute("gender").rows("relative")
    assert ("mother", "father") in {p.terms for p in space}
    assert ("mother", "son") not in {p.terms for p in space}
    assert not len(space.placebo())


def test_chinese_templates():
    space = Space.build("{name}在{city}工作，{pronoun}喜欢{hobby}。", language="zh")
    assert space[0].original == "王丽娟在杭州工作，她喜欢下棋。"
    assert space[0].variant == "王建国在杭州工作，他喜欢下棋。"
    assert {p.language for p in space.sample(5, 0)} == {"zh"}


def test_beliefs_cross_all_groups():
    space = Space.build("A {religion} neighbour; {Religion_plural} live here.", vary="religion")
    religion = load_attribute("religion")
    sizes = [religion.size(g) for g in religion.groups]
    assert len(space) == sum(a * b for a, b in combinations(sizes, 2))
    originals = {p.original for p in space}
    assert "An Orthodox Jewish neighbour; Orthodox Jews live here." in originals
    assert all(
        religion.groups.index(p.groups[0]) < religion.groups.index(p.groups[1]) for p in space
    )


def test_terms_that_a_template_excludes_are_left_out():
    space = Space.build(
        ["He is a {orientation} man.", "A {orientation} person."], vary="orientation"
    )
    men = [p for p in space if p.original.startswith("He")]
    assert not any({"lesbian", "sapphic"} & set(p.terms) for p in men)
    assert any("lesbian" in p.terms for p in space)
    assert dict(space.excluded) == {"templates that cannot take every term": 1}
    assert len(list(space)) == len(space)


def test_a_template_with_a_fixed_gender_word_is_noted():
    (note,) = Space.build("{name} sold her car.").notes
    assert note == (
        "Template '{name} sold her car.' says 'her' whatever fills its slots; use a slot if that "
        "is the same person."
    )


def test_samples_are_seeded_uniform_and_without_replacement():
    space = small()
    assert space.sample(5, seed=1) == space.sample(5, seed=1) != space.sample(5, seed=2)
    assert len(set(space.sample(len(space), 0))) == len(space)
    assert sorted(map(repr, space.sample(10**6, 0))) == sorted(map(repr, space))
    assert space.sample(0, 0) == []
    draws, n = 2000, 6
    counts = Counter(p for seed in range(draws) for p in space.sample(n, seed))
    expected = draws * n / len(space)
    chi2 = sum((counts[p] - expected) ** 2 / expected for p in space)
    assert chi2 < len(space) + 5 * math.sqrt(2 * len(space))  # five standard deviations


def test_a_large_space_is_built_and_sampled_without_listing_it():
    """A list of half a million pairs would need hundreds of megabytes."""
    tracemalloc.start()
    try:
        space = Space.build([README, "{name} from {city} works as a {occupation} in {month}."])
        assert len(space) > 10**6 / 2
        assert len(space.sample(2000, 0)) == 2000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    print(f"{peak / 2**20:.1f} MiB")
    assert peak < 32 * 2**20


def test_negative_and_wrong_indices():
    space = small()
    assert space[-1] == space[len(space) - 1]
    for index in (len(space), -len(space) - 1):
        with pytest.raises(IndexError, match="out of range: the space holds"):
            space[index]


TEXTS = ["She told Emma about her plan. It rained.", "I gave her books.", "The sky.", "He left."]


def test_texts_give_valid_changed_pairs_only():
    space = Space.build(texts=TEXTS)
    assert [p.variant for p in space] == ["He told Liam about his plan. It rained.", "She left."]
    assert [p.groups for p in space] == [("female", "male"), ("male", "female")]
    assert [p.source for p in space] == [p.original for p in space]
    assert dict(space.excluded) == {
        "ambiguous: a word can be read in two ways": 1,
        "no term of gender to swap": 1,
    }
    assert space.stands_for_texts
    (placebo,) = space.placebo()
    assert placebo.variant == "She told Megan about her plan. It rained."
    assert placebo.placebo
    assert placebo.groups == ("female", "female")


def test_texts_may_have_several_variants():
    space = Space.build(texts="A Muslim woman called.", vary="religion")
    assert len(space) == 6
    assert {p.groups[0] for p in space} == {"Muslim"}
    assert len({p.groups[1] for p in space}) == 6
    assert space[0].source == "A Muslim woman called."


BUILDS = [
    {"templates": [README, "{name} is {trait}."], "slots": {"trait": ["calm", "brave"]}},
    {"templates": "{name}在{city}。", "language": "zh"},
    {"templates": "A {religion} cook.", "vary": "religion"},
    {
        "templates": "{Dept}!",
        "vary": Attribute("dept", groups={"a": list("pqrst"), "b": list("vwxyz")}),
    },
    {"texts": [f"She met Emma on day {i}." for i in range(12)]},
]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("placebo", [False, True])
@pytest.mark.parametrize("part", ["all", "train", "validation", "heldout"])
def test_a_recipe_survives_json(build, part, placebo):
    space = Space.build(**build).part(part, seed=3)
    space = space.placebo() if placebo else space
    again = Space.from_recipe(json.loads(json.dumps(space.recipe)))
    assert again.recipe == space.recipe
    assert len(again) == len(space)
    assert again.sample(50, 1) == space.sample(50, 1)
    assert pickle.loads(pickle.dumps(space)).sample(9, 1) == space.sample(9, 1)


def templates(n: int) -> list[str]:
    return [f"{{name}} wrote line {i}. {{Pronoun}} left." for i in range(n)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_parts_share_neither_names_nor_templates(seed):
    space = Space.build(templates(10))
    parts = {which: list(space.part(which, seed)) for which in ("train", "validation", "heldout")}
    for read in (lambda p: p.source, lambda p: p.terms[0], lambda p: p.terms[1]):
        seen = [{read(p) for p in pairs} for pairs in parts.values()]
        assert sum(map(len, seen)) == len(set().union(*seen)) == len({read(p) for p in space})
    names = {which: len({p.terms[0] for p in pairs}) for which, pairs in parts.items()}
    assert names == {"train": 17, "validation": 7, "heldout": 24}
    assert space.part("heldout", seed).notes == ()


def test_parts_depend_on_the_seed_and_nothing_else():
    space, more = Space.build(templates(9)), Space.build(templates(10))
    assert list(space.part("heldout", 1)) == list(space.part("heldout", 1))
    assert list(space.part("heldout", 1)) != list(space.part("heldout", 2))
    held = {p.terms[0] for p in space.part("heldout")}
    assert held == {p.terms[0] for p in more.part("heldout")}
    assert space.part("all") is space
    part = space.part("train")
    assert part.part("train") is part
    assert part.part("all") is part
    assert part.placebo().part("train").recipe == part.placebo().recipe
    assert list(space.placebo().part("train")) == list(part.placebo())


def test_a_recipe_may_name_the_seed_of_its_parts():
    space = Space.build(templates(9))
    dealt = Space.from_recipe({**space.recipe, "part_seed": 2})
    assert list(dealt) == list(space)
    assert list(dealt.part("heldout")) == list(space.part("heldout", 2))
    assert list(dealt.part("heldout", 0)) == list(space.part("heldout"))
    part = space.part("heldout", 2)
    assert part.part("heldout") is part
    whole = Space.from_recipe({**part.recipe, "part": "all"})
    assert not {p.terms[0] for p in whole.part("train")} & {p.terms[0] for p in part}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "sizes", [(3, 1, 1, 2, 2, 5, 4), (3, 3), (1,) * 6, (2, 2, 2, 2), (2, 3, 1, 1, 1), (4, 4)]
)
def test_every_part_of_small_groups_has_two_groups(sizes, seed):
    space = small(sizes)
    parts = [space.part(which, seed) for which in ("train", "validation", "heldout")]
    assert all(len({g for p in part for g in p.groups}) >= 2 for part in parts)
    terms = [{t for p in part for t in p.terms} for part in parts]
    assert sum(map(len, terms)) == len(set().union(*terms)) == sum(sizes)


def test_few_templates_are_shared_and_said_to_be():
    heldout = Space.build(templates(3)).part("heldout")
    assert {p.source for p in heldout} == set(templates(3))
    assert heldout.notes == (
        "3 template(s) are shared by all parts; give at least 4 to hold some out.",
    )


def test_pronouns_are_shared_where_templates_can_be_split():
    space = Space.build([f"{{Pronoun}} left at {i}." for i in range(8)])
    heldout = space.part("heldout")
    assert len(heldout) == 4
    assert heldout.notes == (
        "The templates have no interchangeable terms: all parts share their words.",
    )


def test_matched_words_are_split_by_row():
    space = Space.build("My {relative} called.")
    parts = [space.part(which) for which in ("train", "validation", "heldout")]
    rows = [{p.terms for p in part} for part in parts]
    assert sum(map(len, rows)) == len(set().union(*rows)) == len(space)


def test_texts_are_dealt_out_whole():
    texts = [f"She left on day {i}." for i in range(10)] + ["The sky."]
    space = Space.build(texts=texts)
    parts = [space.part(which) for which in ("train", "validation", "heldout")]
    assert [len(part) for part in parts] == [3, 2, 5]
    assert {p.source for part in parts for p in part} == set(texts[:10])
    assert parts[0].notes == (
        "Parts differ in their texts; the terms within the texts are shared.",
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ({}, "Give either templates, .* got 0 template\\(s\\) and 0 text"),
        ({"templates": "{name}", "texts": "She."}, "got 1 template\\(s\\) and 1 text"),
        ({"templates": []}, r"templates=\[\] is empty"),
        ({"texts": []}, r"texts=\[\] is empty"),
        ({"templates": "Hello."}, "Template 'Hello.' has no slot"),
        ({"templates": "I live in {city}."}, "has no slot of 'gender', so both texts of a pair"),
        ({"templates": "A {religion} cook."}, r"unknown slot \{religion\}"),
        ({"templates": "{naem}"}, r"Did you mean \{name\}"),
        ({"templates": "{name", "vary": "gender"}, "unbalanced"),
        ({"templates": "{name}", "slots": {"x": ["1"]}}, r"slots\['x'\] is used by no template"),
        ({"templates": "{name} {x}", "slots": {"x": []}}, r"slots\['x'\] is empty"),
        ({"templates": "{name}", "slots": {"name": ["Mia"]}}, "is a slot of 'gender', filled by"),
        ({"texts": "She.", "slots": {"x": ["1"]}}, "belongs to templates"),
        ({"templates": "{name}", "vary": "gendre"}, "no built-in attribute 'gendre' for language"),
        (
            {"templates": "{x}", "vary": "race_name", "language": "zh"},
            "'race_name' for language",
        ),
        ({"texts": ["The sky."]}, "No text has a valid .*: 1 x no term of gender to swap"),
        ({"texts": "I gave her books."}, "1 x ambiguous: a word can be read in two ways"),
    ],
)
def test_what_cannot_be_built_is_explained(build, message):
    with pytest.raises(ArgumentError, match=message):
        Space.build(**build)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        ({"templates": [3]}, "templates holds 3; expected strings"),
        ({"templates": 3}, "templates=3 must be a string or a list"),
        ({"templates": "{name} {x}", "slots": {"x": "abc"}}, r"slots\['x'\]='abc' must be a list"),
        ({"templates": "{name} {x}", "slots": [1]}, "must map slot names"),
        ({"templates": "{name}", "vary": 3}, "vary=3 must be the name of an attribute"),
    ],
)
def test_values_of_the_wrong_kind_are_explained(build, message):
    with pytest.raises(ArgumentTypeError, match=message):
        Space.build(**build)


def test_no_valid_pair_is_an_error():
    unit = Attribute(
        "unit",
        groups={"a": ["x"], "b": ["y"]},
        rules={"clashes": [["x"], ["he"]]},
    )
    with pytest.raises(ArgumentError, match="No pair of these templates is valid: 1 x templates"):
        Space.build("he is {unit}", vary=unit)


@pytest.mark.parametrize(
    ("space", "part", "message"),
    [
        (small((1, 1)), "heldout", "would be all of them. Give at least 4 templates"),
        (
            small((1, 1)),
            "train",
            r"'unit' has g0 \(1\), g1 \(1\): give each group at least 4 terms",
        ),
        (small((4, 1)), "validation", "validation part would have terms of fewer than two groups"),
        (Space.build("{Pronoun} left."), "train", "the train part would be all of them"),
        (Space.build(texts="She left."), "heldout", "heldout part .* empty: only 1 of them have"),
    ],
)
def test_a_part_that_would_be_empty_is_an_error(space, part, message):
    with pytest.raises(ArgumentError, match=message):
        space.part(part)


def test_parts_are_named_and_taken_of_the_whole():
    space = Space.build(README)
    with pytest.raises(ArgumentError, match="which='test' must be one of all, train, validation"):
        space.part("test")
    with pytest.raises(ArgumentError, match="is the 'train' part already, so it has no 'heldout'"):
        space.part("train").part("heldout")
    with pytest.raises(ArgumentError, match="n=-1 must be at least 0"):
        space.sample(-1, 0)


def test_duplicates_are_harmless():
    assert len(Space.build([README, README])) == len(Space.build(README))
    assert len(Space.build(texts=["She.", "She."])) == 1
    assert len(Space.build("{name} {x}", slots={"x": ["a", "a"]})) == len(Space.build("{name}"))


def test_a_pair_is_short_and_can_be_evaluated():
    for space in (Space.build(README), Space.build("{name}!", language="zh").placebo()):
        pair = space[7]
        assert eval(repr(pair)) == pair
        assert "source" not in repr(pair)


@settings(deadline=None)
@given(st.integers(0, 10**9))
def test_choices_reach_only_pairs_of_the_space(seed):
    space = small()
    members = set(space) | set(space.placebo())
    rng = random.Random(seed)
    counts = set()
    for each in (space, space.placebo()):
        calls = []
        pair = each.choose(lambda n, calls=calls: calls.append(n) or rng.randrange(n))
        assert pair in members
        counts.add(len(calls))
    assert len(counts) == 1


def test_choices_of_a_text_are_runs_of_sentences():
    text = "Hello there. She met Emma. It rained. He left. Bye now."
    space = Space.build(texts=text)
    rng = random.Random(0)
    drawn = {space.choose(rng.randrange) for _ in range(300)}
    assert all(p.original in text and p.original != p.variant for p in drawn)
    assert all(swap_text(p.original).text == p.variant for p in drawn)
    assert space.choose(lambda n: 0).original == "He left."
    assert space.choose(lambda n: n - 1).original == text
    assert {p.source for p in drawn} == {text}


@pytest.mark.parametrize(
    "space",
    [
        Space.build(["A {religion_noun} sang.", "The {religion_plural} met."], vary="religion"),
        Space.build(["{name} said {pronoun} {is} late."], vary="gender"),
        Space.build(["{religion} people and {orientation} ones."], vary="religion + orientation"),
        Space.build(texts=["She told her son.", "The king left."], vary="gender"),
    ],
    ids=["free", "matched", "combined", "texts"],
)
def test_terms_and_sources_are_those_of_all_pairs(space):
    told: dict[str, set[str]] = {}
    for pair in space:
        for group, term in zip(pair.groups, pair.terms, strict=True):
            told.setdefault(group, set()).update(term.split(", "))
    assert set(space.sources) == {pair.source for pair in space}
    for group, words in told.items():
        assert words <= {word for said in space.terms[group] for word in said.split(", ")}
    texts = " ".join(space.texts)
    assert all(word in texts for words in space.terms.values() for word in words)


def test_the_terms_of_parts_are_apart():
    space = Space.build(
        [f"A {{religion}} person {verb}." for verb in ("sang", "came", "left", "slept", "rose")],
        vary="religion",
    )
    parts = [space.part(part) for part in ("train", "validation", "heldout")]
    words = [{w for said in part.terms.values() for w in said} for part in parts]
    assert sum(map(len, words)) == len(set.union(*words))
    assert sum(len(part.sources) for part in parts) == 5
