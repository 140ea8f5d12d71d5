"""What parts of a space promise: nothing that is judged was taught, in whatever form."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from pytest_fairness.attributes import Attribute, available_attributes, load_attribute
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb import Space, parts_of
from pytest_fairness.perturb.parting import part_of_terms

PARTS = ("train", "validation", "heldout")
JOBS = (
    *("nurse", "doctor", "teacher", "lawyer", "cook", "pilot"),
    *("clerk", "driver", "writer", "farmer", "baker", "singer"),
)
FRAMES = [("I met", "today."), ("We saw", "there."), ("They like", "a lot."), ("You know", "well.")]


def dealt(space, seed=0):
    return {which: space.part(which, seed) for which in PARTS}


def two_by_two(parts):
    return itertools.combinations(parts.values(), 2)


def plainly(text):
    return "".join(text.split()).lower()


def texts_of(space):
    return {plainly(text) for pair in space for text in (pair.original, pair.variant)}


def pairs_of(space):
    return {frozenset((pair.original, pair.variant)) for pair in space}


def reached(space):
    """Return the sets of texts that pairs join, found by walking along the pairs."""
    ways: dict[str, set[str]] = {}
    for pair in space:
        ends = plainly(pair.original), plainly(pair.variant)
        for here, there in (ends, ends[::-1]):
            ways.setdefault(here, set()).add(there)
    found, left = [], set(ways)
    while left:
        walk, seen = [left.pop()], set()
        while walk:
            here = walk.pop()
            seen.add(here)
            walk += ways[here] - seen
        left -= seen
        found.append(seen)
    return found


# --- whole texts


TWINS = {
    "gender": [f"{who} is a {job}." for job in JOBS for who in ("He", "She")],
    "religion": [
        f"My {faith} neighbour, a {job}, left."
        for i, job in enumerate(JOBS)
        for faith in ("Hindu", "Sunni", "Jewish", "Sikh", "Catholic")[i % 3 : 2 + i % 4]
    ],
    "race": [f"An Asian {job} met a Black {job}." for job in JOBS]
    + [f"A Black {job} met an Asian {job}." for job in JOBS[:7]],
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("vary", TWINS)
def test_no_text_and_no_pair_is_in_two_parts(vary, seed):
    space = Space.build(texts=TWINS[vary], vary=vary)
    parts = dealt(space, seed)
    for one, other in two_by_two(parts):
        assert not texts_of(one) & texts_of(other)
        assert not pairs_of(one) & pairs_of(other)
    assert sum(map(len, parts.values())) == len(space)
    for joined in reached(space):
        assert sum(bool(joined & texts_of(part)) for part in parts.values()) == 1


def test_half_of_the_families_of_texts_are_held_out():
    parts = dealt(Space.build(texts=TWINS["gender"]))
    assert {which: len(part.sources) for which, part in parts.items()} == {
        "heldout": 12,
        "validation": 4,
        "train": 8,
    }


def test_texts_that_look_alike_are_in_one_part():
    texts = [written for job in JOBS for written in (f"He is a {job}.", f"he  is a {job} .")]
    for seed in range(4):
        for one, other in two_by_two(dealt(Space.build(texts=texts), seed)):
            assert not texts_of(one) & texts_of(other)


def test_texts_without_twins_lie_where_they_always_lay():
    space = Space.build(texts=[f"She left on day {i}." for i in range(10)])
    days = {which: [text[-2] for text in part.sources] for which, part in dealt(space).items()}
    assert days == {
        "train": ["0", "1", "8"],
        "validation": ["6", "9"],
        "heldout": ["2", "3", "4", "5", "7"],
    }


def test_twins_alone_are_too_few_to_split():
    with pytest.raises(ArgumentError, match="only 2 of them have a valid pair, and pairs join the"):
        Space.build(texts=["He left.", "She left."]).part("heldout")


# --- templates


def test_templates_that_look_alike_are_in_one_part():
    alike = [(f"{{Name}} saw {job}s.", f"{{name}} saw  {job}s .") for job in JOBS]
    space = Space.build([template for two in alike for template in two])
    for seed in range(4):
        sources = [set(part.sources) for part in dealt(space, seed).values()]
        for two in alike:
            assert sum(bool(set(two) & each) for each in sources) == 1
        assert all(sources)


def test_templates_that_look_alike_count_as_one():
    space = Space.build(["{name} sang.", "{Name} sang.", "{name} sang .", "{name} left."])
    assert "4 template(s) are shared by all parts" in " ".join(space.part("train").notes)


def test_several_spaces_share_no_template_across_parts():
    lines = [f"{{name}} wrote line {i}." for i in range(14)]
    spaces = [Space.build(lines[:8]), Space.build(lines[3:])]
    alone = [{which: set(space.part(which).sources) for which in PARTS} for space in spaces]
    assert (alone[0]["train"] | alone[1]["train"]) & (alone[0]["heldout"] | alone[1]["heldout"])
    parts = parts_of(spaces)
    sources = [{s for space in parts[which] for s in space.sources} for which in PARTS]
    assert all(not a & b for a, b in itertools.combinations(sources, 2))
    assert [set(space.sources) for space in parts["heldout"]] == [a["heldout"] for a in alone]
    again = [Space.from_recipe(json.loads(json.dumps(s.recipe))) for s in parts["train"]]
    assert [a.sample(9, 0) for a in again] == [s.sample(9, 0) for s in parts["train"]]


def test_templates_that_all_parts_of_a_space_share_bar_no_other_space():
    lines = [f"{{name}} wrote line {i}." for i in range(6)]
    few, many = Space.build(lines[:3]), Space.build(lines)
    parts = parts_of([few, many])
    assert [space.sources for space in parts["heldout"]] == [
        tuple(lines[:3]),
        many.part("heldout").sources,
    ]
    assert [space.sources for space in parts["train"]][-1] == many.part("train").sources


def test_several_spaces_of_texts_share_no_text_across_parts():
    he, she = TWINS["gender"][::2], TWINS["gender"][1::2]
    parts = parts_of([Space.build(texts=he), Space.build(texts=[*she[2:], *she[:2]])])
    texts = {which: set().union(*map(texts_of, parts[which])) for which in PARTS}
    for one, other in two_by_two(texts):
        assert not one & other


# --- terms


def singular(word):
    """Return the singular of the words of the gender lexicon, by other rules than the package."""
    special = {"wives": "wife", "housewives": "housewife", "children": "child"}
    parts = []
    for each in re.split(r"[ -]", word.lower()):
        each = special.get(each, each)
        each = re.sub(r"men$", "man", each)
        each = re.sub(r"sses$", "ss", each)
        each = re.sub(r"ies$", "y", each)
        parts.append(re.sub(r"(?<!s)s$", "", each))
    return " ".join(parts)


def row_templates(*kinds):
    return [f"{before} the {{{kind}}} {after}" for kind in kinds for before, after in FRAMES]


@pytest.mark.parametrize("seed", range(3))
def test_singular_and_plural_are_in_one_part(seed):
    kinds = ("relative", "relatives", "partner", "partners", "role", "roles", "noble", "nobles")
    space = Space.build(row_templates(*kinds))
    parts = dealt(space, seed)
    words = [{singular(w) for said in part.terms.values() for w in said} for part in parts.values()]
    assert all(not a & b for a, b in itertools.combinations(words, 2))
    assert all(len(each) > 20 for each in words)
    assert sum(map(len, words)) < 0.6 * sum(
        len(w) for part in parts.values() for w in part.terms.values()
    )


def test_tests_with_singular_and_with_plural_teach_the_same_words():
    for seed in range(3):
        one, many = (dealt(Space.build(row_templates(kind)), seed) for kind in ("role", "roles"))
        for which in PARTS:
            said = {singular(w) for words in one[which].terms.values() for w in words}
            said_of_many = {singular(w) for words in many[which].terms.values() for w in words}
            assert len(said_of_many - said) <= 2  # words without their singular in the lexicon


def test_rows_of_one_kind_lie_where_they_always_lay():
    """The plural follows the singular, whose split was the same before it did."""
    attribute, _ = part_of_terms(load_attribute("gender"), {"role"}, "validation", 0)
    assert attribute.terms("female", "role")[:6] == (
        *("waitress", "businesswoman", "chairwoman", "policewoman", "stateswoman", "bellgirl"),
    )


def contains(long, short, language):
    if language == "zh":
        return len(short) > 1 and short in long
    return re.search(rf"(?<!\w){re.escape(short.lower())}(?!\w)", long.lower()) is not None


def interchangeable():
    for language, names in available_attributes().items():
        for name in names:
            attribute = load_attribute(name, language)
            if attribute.free_kinds and attribute.free_kinds[0] not in ("name", "surname"):
                yield pytest.param(attribute, id=f"{language}-{name}")


def parted(attribute, seed):
    """Return the terms and the notes of each part, without parts that have too few groups."""
    found = {}
    for which in PARTS:
        try:
            part, notes = part_of_terms(attribute, set(attribute.free_kinds), which, seed)
        except ArgumentError:
            continue
        found[which] = {g: part.terms(g, attribute.free_kinds[0]) for g in part.groups}, notes
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("attribute", list(interchangeable()))
def test_terms_that_contain_others_are_in_one_part_or_told(attribute, seed):
    parts = parted(attribute, seed)
    for (one, notes), (other, _) in two_by_two(parts):
        for long, short in itertools.product(*(sum(terms.values(), ()) for terms in (one, other))):
            if contains(long, short, attribute.language) or contains(
                short, long, attribute.language
            ):
                assert "Words of one family lie in different parts" in " ".join(notes)
                assert long in " ".join(notes) or "more" in " ".join(notes)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("attribute", list(interchangeable()))
def test_large_groups_are_taught_and_judged(attribute, seed):
    parts = parted(attribute, seed)
    large = {group for group in attribute.groups if attribute.size(group) >= 4}
    for which in ("train", "heldout"):
        assert large <= parts[which][0].keys()
    assert all(len(terms) >= 2 for terms, _ in parts.values())
    every = sorted(w for terms, _ in parts.values() for words in terms.values() for w in words)
    if len(parts) == 3:
        assert every == sorted(w for group in attribute.groups for w in attribute.terms(group))


def test_families_of_terms_are_held_out_whole():
    for seed in range(5):
        parts = parted(load_attribute("race"), seed)
        for which, (terms, notes) in parts.items():
            arabs = {"Arab", "Arab American", "British Arab"} & set(terms["Middle Eastern"])
            assert len(arabs) in (0, 3), which
            assert notes == ()


def test_a_group_of_one_family_stays_in_all_parts_and_a_note_says_so():
    parts = parted(load_attribute("religion"), 0)
    for terms, notes in parts.values():
        assert terms["Sikh"]
        assert notes == (
            "Words of one family lie in different parts, as their groups have too few others: "
            "Jewish, Hasidic, Reform Jewish, Orthodox Jewish, Conservative Jewish; Buddhist, Zen "
            "Buddhist, Tibetan Buddhist, Mahayana Buddhist, Theravada Buddhist; Sikh, Khalsa Sikh, "
            "Keshdhari Sikh, Sahajdhari Sikh.",
        )


def test_chinese_words_of_one_people_are_in_one_part():
    """As every group has two words of one family, 壮族 and 壮族人, whole groups are held out."""
    for seed in range(3):
        parts = parted(load_attribute("race", "zh"), seed)
        groups = [set(terms) for terms, _ in parts.values()]
        assert sum(map(len, groups)) == len(set.union(*groups)) == 16
        assert len(parts["heldout"][0]) == 8
        assert all(len(words) == 2 for terms, _ in parts.values() for words in terms.values())


def test_words_of_one_chinese_stem_are_two_words():
    """Each province has two, and is judged: 上海人 may be taught and 上海老乡 held out."""
    parts = parted(load_attribute("region", "zh"), 0)
    assert len(parts["heldout"][0]) == 28


def test_terms_without_a_family_lie_where_they_always_lay():
    parts = parted(load_attribute("economic_class"), 0)
    assert {which: terms for which, (terms, _) in parts.items()} == {
        "train": {
            "working-class": ("blue-collar", "low-wage"),
            "middle-class": ("middle-income", "average-wage"),
            "wealthy": ("wealthy", "affluent"),
        },
        "validation": {
            "working-class": ("working-class",),
            "middle-class": ("middle-class",),
            "wealthy": ("high-income",),
        },
        "heldout": {
            "working-class": ("low-income", "poor"),
            "middle-class": ("white-collar", "moderate-income"),
            "wealthy": ("upper-class", "rich"),
        },
    }


def test_a_family_over_two_groups_is_in_one_part():
    attribute = Attribute(
        "sight",
        {
            "yes": ["sighted", "seeing", "eagle-eyed", "keen-eyed", "far-sighted"],
            "no": ["partially sighted", "blind", "sightless", "unsighted", "visionless"],
        },
    )
    together = {"sighted", "far-sighted", "partially sighted"}
    for seed in range(10):
        for terms, _ in parted(attribute, seed).values():
            assert len(together & set(sum(terms.values(), ()))) in (0, 3)
            assert len(terms) == 2
