"""Ten thousand fillings of Chinese templates: everything said of a person says one gender.

The checker knows the characters that tell a gender, and nothing of the generator.
"""

from __future__ import annotations

import re

from pytest_fairness import counterfactuals, load_attribute

TEMPLATES = [
    "{name}{title}在{city}工作，{pronoun}喜欢{hobby}。",
    "{name}说{possessive}{item}坏了，{pronoun}想{reflexive}修。",
    "{pronoun}是{company}的{occupation}，大家叫{pronoun}{name}{title}。",
    "{title}您好，{pronoun}叫{name}吗？",
    "这个{child}说，{pronoun}住在{city}。",
]
SAYS = {"female": re.compile("[她女]"), "male": re.compile("他(?!人)|先生|男")}
OF = ("female", "male")


def genders(text: str) -> set[str]:
    return {gender for gender, pattern in SAYS.items() if pattern.search(text)}


def test_the_checker_finds_what_is_wrong() -> None:
    assert genders("王丽娟女士说他的书。") == {"female", "male"}
    assert genders("李先生说他的书。") == {"male"}


def test_one_person_is_of_one_gender_in_ten_thousand_fillings() -> None:
    binary = load_attribute("gender", "zh").subset(*OF)
    space = counterfactuals(TEMPLATES, vary=binary)
    names = {gender: set(binary.terms(gender, "name")) for gender in OF}
    pairs = space.sample(5000, seed=2)
    for pair in pairs:
        for text, gender in zip((pair.original, pair.variant), pair.groups, strict=True):
            assert genders(text) == {gender}, text
            borne = {g for g in OF if any(name in text for name in names[g])}
            assert borne <= {gender}, text
            assert not re.search(r"[{}a-zA-Z ]", text), text
    assert len(pairs) * 2 >= 10_000


def test_two_persons_in_chinese() -> None:
    binary = load_attribute("gender", "zh").subset(*OF)
    space = counterfactuals("{a.name}告诉{b.name}，{a.pronoun}来了。", vary=binary)
    names = {gender: set(binary.terms(gender, "name")) for gender in OF}
    for pair in space.sample(1000, seed=0):
        sides = [re.fullmatch("(.+)告诉(.+)，(.)来了。", t).groups() for t in (pair.original, pair.variant)]  # type: ignore[union-attr]  # fmt: skip  # noqa: E501
        assert sides[0][1] == sides[1][1] not in (sides[0][0], sides[1][0])
        for (name, _, pronoun), gender in zip(sides, pair.groups, strict=True):
            assert name in names[gender]
            assert pronoun == {"female": "她", "male": "他"}[gender]
