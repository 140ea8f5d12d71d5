"""Chinese attributes beside gender: people swap, places and longer words stay."""

from __future__ import annotations

import re

import pytest

from pytest_fairness.attributes import available_attributes, load_attribute
from pytest_fairness.perturb import swap_text

NAMES = available_attributes()["zh"]

SWAPPED = [
    ("race", ("Han", "Hui"), "他是汉族。", "他是回族。"),
    ("region", ("Henan", "Guangdong"), "河南人很热情。", "广东人很热情。"),
    ("nationality", ("American", "French"), "那位美国人走了。", "那位法国人走了。"),
    ("area", ("urban", "rural"), "城里人来了。", "农村人来了。"),
    ("hukou", ("local", "nonlocal"), "只招本地户口。", "只招外地户口。"),
    ("religion", ("Christian", "Daoist"), "邻居是基督徒。", "邻居是道教徒。"),
    ("age", ("young", "middle"), "年轻人来应聘。", "中年人来应聘。"),
    ("disability", ("visual", "hearing"), "招聘视障者。", "招聘听障者。"),
    ("orientation", ("heterosexual", "bisexual"), "他是异性恋。", "他是双性恋。"),
    ("economic_class", ("low", "high"), "她是低收入者。", "她是高收入者。"),
    ("appearance", ("tall", "short"), "那个高个子来了。", "那个小个子来了。"),
    ("family", ("married", "single"), "应聘者已婚。", "应聘者未婚。"),
    ("education", ("bachelor", "vocational"), "她是本科学历。", "她是大专学历。"),
    ("gender_identity", ("cisgender", "transgender"), "她是顺性别者。", "她是跨性别者。"),
    ("dialect", ("standard", "northeastern"), "你说什么？", "你说啥？"),
]

LEFT_ALONE = [
    ("region", "河南大学在开封，上海滩、北京烤鸭、四川火锅、广东话、东北虎"),
    ("region", "河南人民很热情。"),
    ("race", "广西壮族自治区"),
    ("race", "宁夏回族自治区"),
    ("area", "农村信用社和城市规划"),
    ("age", "老年大学和老人家"),
    ("education", "本科目的考试，大专辑"),
    ("nationality", "中国人民银行"),
    ("hukou", "外地人口增加了"),
]


@pytest.mark.parametrize(("name", "groups", "first", "second"), SWAPPED)
def test_people_swap_there_and_back(name, groups, first, second):
    there = swap_text(first, name, language="zh", groups=groups)
    assert (there.text, there.status) == (second, "valid")
    assert swap_text(second, name, language="zh", groups=groups).text == first


@pytest.mark.parametrize(("name", "text"), LEFT_ALONE)
def test_longer_words_are_no_people(name, text):
    groups = load_attribute(name, "zh").groups
    assert all(
        not swap_text(text, name, language="zh", groups=(groups[0], other)).valid
        for other in groups[1:]
    )


@pytest.mark.parametrize("name", NAMES)
def test_terms_can_be_read_back_alone(name):
    """No rule of a lexicon hides or blocks its own terms."""
    attribute = load_attribute(name, "zh")
    for group in attribute.groups:
        for term in attribute.terms(group):
            assert not any(word in term for word in attribute.rule("bound")), term
            assert term not in attribute.rule("protected")
            for pattern in attribute.rule("undecided"):
                assert not re.fullmatch(pattern, term), (term, pattern)


@pytest.mark.parametrize("name", NAMES)
def test_avoided_terms_are_recognised_and_never_produced(name):
    attribute = load_attribute(name, "zh")
    produced = {t for g in attribute.groups for k in attribute.kinds for t in attribute.terms(g, k)}
    for term in attribute.rule("avoided"):
        assert term not in produced
        swap = swap_text(f"那个{term}", name, language="zh", groups=attribute.groups[:2])
        assert swap.status == "ambiguous", term
