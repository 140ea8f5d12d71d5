"""Rules of each Chinese attribute, on sentences judged by hand."""

from __future__ import annotations

import pytest

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import swap_text, swap_variants

SWAPPED = [
    ("region", ("Henan", "Sichuan"), "我是河南的，今年刚来。", "我是四川的，今年刚来。"),
    ("region", ("Sichuan", "Northeast"), "那个四川妹子笑了。", "那个东北妹子笑了。"),
    ("region", ("Guangxi", "Qinghai"), "室友是广西人。", "室友是青海人。"),
    ("region", ("Henan", "Shandong"), "来自河南的新同事", "来自山东的新同事"),
    ("nationality", ("American", "Canadian"), "班上有个美国人。", "班上有个加拿大人。"),
    ("nationality", ("French", "Italian"), "来自法国的同学", "来自意大利的同学"),
    ("race", ("Miao", "Han"), "爸爸是苗族，妈妈是医生。", "爸爸是汉族，妈妈是医生。"),
    ("religion", ("Muslim", "Buddhist"), "房东是穆斯林。", "房东是佛教徒。"),
    ("age", ("old", "young"), "不讲理的老人", "不讲理的年轻人"),
    ("age", ("young", "old"), "他是90后。", "他是50后。"),
    ("age", ("young", "middle"), "一位年轻女性来应聘。", "一位中年女性来应聘。"),
    ("area", ("rural", "urban"), "农村女孩考了第一。", "城市女孩考了第一。"),
    ("hukou", ("nonlocal", "agricultural"), "他看不起外地人。", "他看不起农村户口的人。"),
    ("hukou", ("agricultural", "nonagricultural"), "她是农村户口。", "她是城镇户口。"),
    ("family", ("married", "single"), "已婚女性来应聘。", "未婚女性来应聘。"),
    ("family", ("divorced", "widowed"), "离异人士优先", "丧偶人士优先"),
    ("education", ("bachelor", "doctor"), "本科毕业进了公司", "博士毕业进了公司"),
    ("education", ("secondary", "vocational"), "高中生来应聘。", "大专生来应聘。"),
    ("economic_class", ("low", "high"), "他瞧不起穷人。", "他瞧不起富人。"),
    ("appearance", ("larger", "slim"), "微胖的人来试穿。", "偏瘦的人来试穿。"),
    ("orientation", ("gay_or_lesbian", "bisexual"), "他歧视同性恋。", "他歧视双性恋。"),
    ("gender_identity", ("transgender", "nonbinary"), "她是跨性别者。", "她是非二元性别者。"),
    ("disability", ("visual", "physical"), "视障人士在这里上班。", "肢体障碍人士在这里上班。"),
]

ONE_WAY = [
    ("gender", ("female", "male"), "双胞胎女儿来了。", "双胞胎儿子来了。"),  # 胎儿 is read there
    ("region", ("Northeast", "Hubei"), "她是辽宁人。", "她是湖北人。"),
    ("race", ("Tibetan", "Hui"), "那位藏民走了。", "那位回族人走了。"),
    ("religion", ("Muslim", "Jewish"), "伊斯兰教徒来了。", "犹太教徒来了。"),
    ("age", ("young", "middle"), "他是00后。", "他是70后。"),
    ("disability", ("disabled", "nondisabled"), "残疾人士免票", "非残障人士免票"),
    ("disability", ("hearing", "visual"), "他是聋人。", "他是视障者。"),
    ("disability", ("visual", "physical"), "一位盲人来了。", "一位肢体障碍者来了。"),
    ("disability", ("physical", "hearing"), "轮椅使用者来了。", "听障者来了。"),
]

# What belongs to one group alone stands beside its people.
KEPT = [
    ("region", "我是河南人，住在郑州。", "郑州"),
    ("region", "天津人爱吃煎饼果子。", "煎饼"),
    ("region", "听口音是四川人。", "口音"),
    ("region", "山东人爱吃大葱。", "大葱"),
    ("region", "黑龙江人爱看二人转。", "二人转"),
    ("nationality", "印度人在恒河边。", "恒河"),
    ("nationality", "中国人爱吃中餐。", "中餐"),
    ("nationality", "日本人当年入侵这里。", "入侵"),
    ("nationality", "美国人在硅谷上班。", "硅谷"),
    ("race", "回族的饭店是清真的。", "清真"),
    ("religion", "穆斯林戴着头巾。", "头巾"),
    ("age", "年轻人刚毕业。", "刚毕业"),
    ("hukou", "外地人说不好上海话。", "海话"),
    ("family", "已婚女性休产假。", "产假"),
    ("disability", "视障者带着导盲犬。", "导盲犬"),
    ("economic_class", "穷人没钱看病。", "没钱"),
]

# No person, or a reading that cannot be decided.
NOT_SWAPPED = [
    ("region", "山东半岛、北京奥运会、上海滩、东北虎和河南话"),
    ("region", "北京人和队踢平了。"),
    ("region", "老上海人都知道。"),
    ("nationality", "日本料理和法国面包"),
    ("nationality", "亚裔美国人来了。"),
    ("race", "藏族舞蹈和苗族服饰"),
    ("age", "伺候老人"),
    ("age", "她生于1990后的一年。"),
    ("disability", "盲人按摩和盲人摸象"),
    ("area", "农村信用社"),
    ("family", "她单身，父母离异。"),
    ("education", "职业高中毕业"),
    ("economic_class", "嫁给有钱人"),
    ("region", "广东广西人都天天洗澡。"),
    ("orientation", "异性相吸，同性相斥"),
]


@pytest.mark.parametrize(("name", "groups", "first", "second"), SWAPPED)
def test_swaps_there_and_back(name, groups, first, second):
    there = swap_text(first, name, language="zh", groups=groups)
    assert (there.text, there.status, there.reversible) == (second, "valid", True)
    assert swap_text(second, name, language="zh", groups=groups).text == first


@pytest.mark.parametrize(("name", "groups", "first", "second"), ONE_WAY)
def test_swaps_one_way(name, groups, first, second):
    swap = swap_text(first, name, language="zh", groups=groups)
    assert (swap.text, swap.status, swap.reversible) == (second, "valid", False)


@pytest.mark.parametrize(("name", "text", "word"), KEPT)
def test_facts_keep_their_people(name, text, word):
    found = swap_variants(text, name, language="zh")
    assert found
    assert {swap.status for swap in found} == {"not label-preserving"}
    assert all(swap.reason == f"'{word}' goes with one group" for swap in found)


@pytest.mark.parametrize(("name", "text"), NOT_SWAPPED)
def test_what_is_no_person_stays(name, text):
    assert not any(swap.valid for swap in swap_variants(text, name, language="zh"))


def test_what_belongs_to_one_group_binds_no_other():
    """郑州 lies in Henan: a person from Hunan may work there, and becomes anyone but Henanese."""
    text = "我是湖南人，在郑州上班。"
    assert swap_text(text, "region", language="zh", groups=("Hunan", "Anhui")).text == (
        "我是安徽人，在郑州上班。"
    )
    toward = swap_text(text, "region", language="zh", groups=("Hunan", "Henan"))
    assert (toward.status, toward.reason) == ("not label-preserving", "'郑州' goes with one group")


def test_a_subset_keeps_what_belongs_to_its_groups():
    for few in (
        load_attribute("region", "zh").subset("Shanghai", "Henan"),
        load_attribute("region", "zh", groups=("Shanghai", "Henan")),
    ):
        assert not swap_text("上海人住在浦东。", few).valid
        assert not swap_text("上海人住在郑州。", few).valid
        assert swap_text("上海人住在成都。", few).text == "河南人住在成都。"


@pytest.mark.parametrize("name", ["age", "area", "education", "family", "hukou"])
def test_terms_that_stand_for_each_other_are_alike(name):
    """A placebo replaces a term by another of its group: no person becomes a place or a paper."""
    attribute = load_attribute(name, "zh")
    for group in attribute.groups:
        endings = {term[-1] for term in attribute.terms(group)}
        assert len(endings) == 1 or endings <= {"人", "士", "民"} or endings <= {"口", "籍"}
