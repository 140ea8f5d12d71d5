"""Several attributes at once: counted and checked against plain enumeration."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product

import pytest
from hypothesis import find

from pytest_fairness import counterfactuals, load_attribute, names, swap_text, swap_variants
from pytest_fairness.attributes import Attribute, Combination
from pytest_fairness.errors import ArgumentError, ArgumentTypeError

PEOPLE = {"young": ["young", "youthful"], "old": ["old", "aged", "elderly"]}
PLACES = {"north": ["northern"], "south": ["southern", "meridional"], "east": ["eastern"]}
Differ = Callable[[tuple[bool, bool]], bool]
AGE = Attribute("age", groups=PEOPLE)
AREA = Attribute("area", groups=PLACES)


def every_side() -> list[tuple[str, str, str, str]]:
    return [
        (a, word_a, b, word_b)
        for a, b in product(PEOPLE, PLACES)
        for word_a, word_b in product(PEOPLE[a], PLACES[b])
    ]


def said(side: tuple[str, str, str, str]) -> str:
    article = "An" if side[1][0] in "aeo" else "A"
    return f"{article} {side[1]} man of the {side[3]} hills."


def expected(differ: Differ) -> set[frozenset[str]]:
    """List the pairs of texts by going through every two sides."""
    found = set()
    for one, other in combinations(every_side(), 2):
        apart = (one[0] != other[0], one[2] != other[2])
        same_words = (apart[0] or one[1] == other[1]) and (apart[1] or one[3] == other[3])
        if differ(apart) and same_words:
            found.add(frozenset((said(one), said(other))))
    return found


@pytest.mark.parametrize(("sign", "differ"), [("+", all), ("&", any)])
def test_a_space_holds_every_pair_once(
    sign: str, differ: Callable[[tuple[bool, bool]], bool]
) -> None:
    vary = AGE + AREA if sign == "+" else AGE & AREA
    space = counterfactuals("A {age} man of the {area} hills.", vary=vary)
    listed = [frozenset((pair.original, pair.variant)) for pair in space]
    assert len(set(listed)) == len(listed) == len(space)
    assert set(listed) == expected(differ)


def test_sizes_add_up_by_groups() -> None:
    space = counterfactuals("A {age} man of the {area} hills.", vary=AGE & AREA)
    counted: dict[tuple[str, str], int] = {}
    for pair in space:
        counted[pair.groups] = counted.get(pair.groups, 0) + 1
    assert dict(space.sizes) == counted


def test_what_does_not_change_is_said_in_the_same_words() -> None:
    space = counterfactuals("A {age} man of the {area} hills.", vary=AGE & AREA)
    for pair in space:
        for mine, yours, word in zip(
            pair.groups[0].split(", "),
            pair.groups[1].split(", "),
            zip(pair.terms[0].split(", "), pair.terms[1].split(", "), strict=True),
            strict=True,
        ):
            assert (mine == yours) == (word[0] == word[1])


def test_a_pair_is_split_into_its_changes() -> None:
    space = counterfactuals("A {age} man of the {area} hills.", vary=AGE + AREA)
    for i, pair in enumerate(space):
        (age, area), (new_age, new_area) = (terms.split(", ") for terms in pair.terms)
        assert space.between(i, ()) == pair.original
        assert space.between(i, ("age", "area")) == pair.variant
        assert f" {new_age} man" in space.between(i, ("age",))
        assert f"the {area} hills" in space.between(i, ("age",))
        assert f" {age} man" in space.between(i, ("area",))
        assert f"the {new_area} hills" in space.between(i, ("area",))


def test_texts_change_in_all_parts_or_in_some() -> None:
    text = "The Muslim woman said that she left."
    both = counterfactuals(texts=[text], vary="gender + religion")
    assert {p.variant for p in both} >= {"The Jewish man said that he left."}
    assert "The Muslim man said that he left." not in {p.variant for p in both}
    some = counterfactuals(texts=[text], vary="gender & religion")
    changed = {p.variant for p in some}
    assert {
        "The Muslim man said that he left.",
        "The Hindu woman said that she left.",
        "The Hindu man said that he left.",
    } <= changed
    assert len(changed) == len(some) == 2 * 7 - 1
    assert both.between(0, ("gender",)) == "The Muslim man said that he left."


def test_a_text_without_one_of_the_attributes_is_left_out_with_the_reason() -> None:
    texts = ["The Muslim woman left.", "The man slept."]
    space = counterfactuals(texts=texts, vary="gender & religion")
    assert space.excluded == {"no term of religion to swap": 1}


def test_one_doubtful_attribute_leaves_a_variant_out() -> None:
    assert not any(
        s.valid for s in swap_variants("The Hindu man gave her books.", "gender + religion")
    )


def test_a_space_survives_its_recipe() -> None:
    space = counterfactuals("A {age} man of the {area} hills.", vary=AGE & AREA)
    again = type(space).from_recipe(space.recipe)
    assert list(again) == list(space)
    built_in = counterfactuals("{Pronoun} met a {religion} friend.", vary="gender + religion")
    assert list(type(built_in).from_recipe(built_in.recipe)) == list(built_in)


def test_parts_share_no_term_of_any_attribute() -> None:
    space = counterfactuals("{name} is {religion}.", vary="gender & religion")
    words = {}
    for part in ("train", "validation", "heldout"):
        pairs = space.part(part).sample(3000, seed=0)
        words[part] = {w for p in pairs for terms in p.terms for w in terms.split(", ")}
    assert not words["train"] & words["heldout"]
    assert not words["validation"] & words["heldout"]
    assert not words["train"] & words["validation"]


def test_a_placebo_keeps_the_crossed_group() -> None:
    space = counterfactuals("A {age} man of the {area} hills.", vary=AGE & AREA)
    for i in range(len(space)):
        pair, partner = space.with_partner(i)
        assert partner is not None
        assert partner.groups[0] == partner.groups[1] in pair.groups
        assert {partner.original, partner.variant} & {pair.original, pair.variant}
        assert partner.original != partner.variant


def test_a_failure_shrinks_to_one_attribute() -> None:
    space = counterfactuals("A {age} man of the {area} hills.", vary=AGE & AREA)
    found = find(space.pairs(), lambda pair: "old" in pair.variant or "old" in pair.original)
    assert sum(a != b for a, b in zip(*(g.split(", ") for g in found.groups), strict=True)) == 1


def test_signs_are_not_mixed() -> None:
    with pytest.raises(ArgumentError, match="use one sign throughout"):
        AGE + AREA & load_attribute("gender")
    with pytest.raises(ArgumentError, match="mixes two signs"):
        counterfactuals("{name}", vary="gender + religion & orientation")


def test_three_attributes_join() -> None:
    three = AGE + AREA + load_attribute("religion")
    assert three.name == "age + area + religion"
    assert len(three.groups) == 2 * 3 * 7
    assert isinstance(three, Combination)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: AGE + AGE, "joined with itself"),
        (lambda: load_attribute("gender") & load_attribute("gender", "zh"), "terms in en, zh"),
        (lambda: counterfactuals("A {age} man.", vary=AGE + AREA), "no slot of 'area'"),
        (lambda: swap_text("He left.", AGE + AREA), "several parts"),
        (lambda: names(AGE), "'age' has no names"),
    ],
)
def test_what_cannot_be_is_refused_by_name(build: Callable[[], object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        build()


def test_only_attributes_join() -> None:
    with pytest.raises(ArgumentTypeError, match="'area' is no Attribute"):
        AGE + "area"  # type: ignore[operator]


def test_a_slot_of_two_attributes_is_refused() -> None:
    other = Attribute("region", groups={"a": {"name": ["Ana"]}, "b": {"name": ["Bo"]}})
    with pytest.raises(ArgumentError, match="slot of both 'gender' and 'region'"):
        counterfactuals("{name} met {pronoun}.", vary=load_attribute("gender") + other)


def test_names_alone_leave_pronouns() -> None:
    told = names(load_attribute("gender"))
    swap = swap_text("Jessica said that she was late.", told)
    assert swap.changes
    assert all(change.before == "Jessica" for change in swap.changes)


def test_subset_and_extend() -> None:
    religion = load_attribute("religion")
    two = religion.subset("Muslim", "Hindu")
    assert swap_text("A Muslim woman left.", two).text == "A Hindu woman left."
    more = AGE.extend({"young": ["junior"], "middle": ["middle-aged"]})
    assert more.groups == ("young", "old", "middle")
    assert more.terms("young") == ("young", "youthful", "junior")
    with pytest.raises(ArgumentError, match="no group 'Jedi'"):
        religion.subset("Muslim", "Jedi")
