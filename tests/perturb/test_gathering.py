"""Families that are brought together, over random deals, and words that make a family."""

from __future__ import annotations

import random

import pytest

from pytest_fairness.attributes import Attribute, load_attribute
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.gathering import gather
from pytest_fairness.perturb.kin import families, joined
from pytest_fairness.perturb.split import deal_terms

LARGE = 4


def random_case(rng):
    """Return items dealt out, and families of some of them, within groups or across."""
    groups = {f"g{g}": [f"w{g}.{i}" for i in range(rng.randint(1, 9))] for g in range(5)}
    dealt = {
        (group, word): part
        for part, terms in deal_terms(groups, rng.randrange(99)).items()
        for group, words in terms.items()
        for word in words
    }
    items = list(dealt)
    rng.shuffle(items)
    kin = []
    while items:
        size = rng.choice((1, 1, 1, 2, 3))
        kin.append(items[:size])
        items = items[size:]
    return dealt, kin


def parts_by_group(parts):
    found = {}
    for (group, _), part in parts.items():
        found.setdefault(group, []).append(part)
    return found


@pytest.mark.parametrize("seed", range(150))
def test_no_group_loses_its_place(seed):
    dealt, kin = random_case(random.Random(seed))
    parts, apart = gather(dealt, kin, seed, fewest=2)
    assert parts.keys() == dealt.keys()
    assert apart == [f for f in kin if len({parts[item] for item in f}) > 1]
    for group, now in parts_by_group(parts).items():
        if len(now) >= LARGE:
            assert {"train", "heldout"} <= set(now), group
    for part in ("train", "validation", "heldout"):
        had = {group for (group, _), where in dealt.items() if where == part}
        assert len({group for (group, _), where in parts.items() if where == part}) >= min(
            2, len(had)
        )
    assert gather(dealt, kin, seed, fewest=2) == (parts, apart)


def test_most_families_are_brought_together():
    cases = [random_case(random.Random(seed)) for seed in range(150)]
    wanted = sum(len({dealt[i] for i in f}) > 1 for dealt, kin in cases for f in kin)
    left = sum(len(gather(dealt, kin, 0, fewest=2).apart) for dealt, kin in cases)
    assert wanted > 500
    assert left < wanted / 5


def test_items_without_a_family_stay_where_the_group_keeps_its_parts():
    dealt = dict(zip([("g", c) for c in "abcdefgh"], "htvhhtht", strict=True))
    names = {"h": "heldout", "t": "train", "v": "validation"}
    dealt = {item: names[part] for item, part in dealt.items()}
    kin = [[("g", "a"), ("g", "b")], *([("g", c)] for c in "cdefgh")]
    parts = gather(dealt, kin, 0).parts
    assert {item: parts[item] for item in dealt if item[1] not in "ab"} == {
        item: part for item, part in dealt.items() if item[1] not in "ab"
    }
    assert parts["g", "a"] == parts["g", "b"] == "heldout"  # half of the others, and the first
    more = {**dealt, ("g", "i"): "heldout"}  # now more than half of the others
    parts = gather(more, [*kin, [("g", "i")]], 0).parts
    assert parts["g", "a"] == parts["g", "b"] == "train"


def test_a_group_of_one_family_is_left_as_it_was():
    dealt = {("g", c): part for c, part in zip("abcd", ("train", "heldout") * 2, strict=True)}
    assert gather(dealt, [list(dealt)], 0) == (dealt, [list(dealt)])


def test_joined_is_what_walking_along_shared_keys_finds():
    rng = random.Random(1)
    for _ in range(200):
        keys = [{rng.randrange(30) for _ in range(rng.randint(1, 3))} for _ in range(15)]
        found = []
        left = set(range(15))
        while left:
            family, new = set(), {min(left)}
            while new:
                family |= new
                known = set().union(*(keys[i] for i in family))
                new = {i for i in left - family if keys[i] & known}
            left -= family
            found.append(sorted(family))
        assert sorted(map(sorted, joined(keys))) == sorted(found)


@pytest.mark.parametrize(
    ("words", "language", "wanted"),
    [
        (["widow", "widows", "widower"], "en", [{0, 1}, {2}]),
        (["abbess", "abbesses", "abbot", "abbots"], "en", [{0, 1}, {2, 3}]),
        (["housewife", "housewives", "wife"], "en", [{0, 1}, {2}]),
        (["policeman", "policemen", "men"], "en", [{0, 1}, {2}]),
        (["lady", "ladies", "lad", "lads"], "en", [{0, 1}, {2, 3}]),
        (["grandchild", "grandchildren"], "en", [{0, 1}]),
        (["salesperson", "salespeople"], "en", [{0, 1}]),
        (["married", "newly married", "unmarried"], "en", [{0, 1}, {2}]),
        (["twenty-something", "twentysomething", "something"], "en", [{0, 1, 2}]),
        (["deaf", "deafblind", "oral-deaf"], "en", [{0, 2}, {1}]),
        (["Asian", "Asian American", "American"], "en", [{0, 1, 2}]),
        (["佛教徒", "藏传佛教徒", "教徒"], "zh", [{0, 1, 2}]),
        (["男", "男孩", "小男孩"], "zh", [{0}, {1, 2}]),
        (["上海人", "上海老乡"], "zh", [{0}, {1}]),
    ],
)
def test_families(words, language, wanted):
    assert [set(each) for each in families([[word] for word in words], language)] == wanted


def test_rows_of_one_family_stay_apart_where_a_kind_has_no_others_and_are_told():
    rows = ["cook", "head cook", "night cook", "school cook"]
    attribute = Attribute(
        "site", {"a": {"who": rows}, "b": {"who": [row.replace("cook", "chef") for row in rows]}}
    )
    part = Space.build("The {who} came.", vary=attribute).part("heldout")
    assert len(part) == 2
    assert part.notes[-1] == (
        "Words of one family lie in different parts, as their groups have too few others: "
        "cook/chef, head cook/head chef, night cook/night chef, school cook/school chef."
    )


def test_families_that_lie_apart_are_told_of_combinations_too():
    space = Space.build(
        "A {religion} and {orientation} cook.",
        vary=load_attribute("religion") + load_attribute("orientation"),
    )
    assert "Sikh, Khalsa Sikh" in " ".join(space.part("train").notes)
