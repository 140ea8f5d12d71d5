"""Chinese sentences swapped by hand, with words that contain a term and are none."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness import counterfactuals
from pytest_fairness.perturb import chinese_names, swap_text

REVERSIBLE = [
    ("她是医生。", "他是医生。"),
    ("他的手机丢了。", "她的手机丢了。"),
    ("她们昨天到了。", "他们昨天到了。"),
    ("其他人都走了，他还在。", "其他人都走了，她还在。"),
    ("他的吉他坏了。", "她的吉他坏了。"),
    ("她在马耳他工作。", "他在马耳他工作。"),
    ("他每天吃维他命。", "她每天吃维他命。"),
    ("她身在他乡。", "他身在他乡。"),
    ("他关心他人。", "她关心他人。"),
    ("他自己做饭。", "她自己做饭。"),
    ("王先生请坐。", "王女士请坐。"),
    ("我妈妈和他爸爸认识。", "我爸爸和她妈妈认识。"),
    ("他妈妈是老师。", "她爸爸是老师。"),
    ("她爸退休了。", "他妈退休了。"),
    ("我哥说你妹来了。", "我姐说你弟来了。"),
    ("他的女儿和儿子都上学。", "她的女儿和儿子都上学。"),
    ("一位女医生和一位男护士", "一位男医生和一位女护士"),
    ("男朋友送她回家。", "女朋友送他回家。"),
    ("王建国说他累了。", "王丽娟说她累了。"),
    ("小女孩哭了。", "小男孩哭了。"),
    ("我先生在家。", "我太太在家。"),
    ("她先生姓李。", "他太太姓李。"),
    ("那位老先生很健谈。", "那位老太太很健谈。"),
    ("国外公司录用了她。", "国外公司录用了他。"),
    ("她在老公司上班。", "他在老公司上班。"),
    ("她读《孙子兵法》。", "他读《孙子兵法》。"),
    ("外婆带着孙女。", "外公带着孙子。"),
    ("大哥哥帮了她。", "大姐姐帮了他。"),
    ("母子平安，父女团聚。", "父女平安，母子团聚。"),
    ("兄妹二人，姐弟三个。", "姐弟二人，兄妹三个。"),
    ("她参加妇女节活动。", "他参加妇女节活动。"),
    ("女生喜欢看书。", "男生喜欢看书。"),
    ("学姐请学弟吃饭。", "学长请学妹吃饭。"),
    ("未婚妻等着新郎。", "未婚夫等着新娘。"),
    ("女排赢了。", "男排赢了。"),
    ("那个女人走了。", "那个男人走了。"),
    ("她讲他加禄语。", "他讲他加禄语。"),
    ("父母都支持她。", "父母都支持他。"),
    ("她去过墨西哥。", "他去过墨西哥。"),
    ("他爷爷种地，我奶奶做饭。", "她奶奶种地，我爷爷做饭。"),
    ("我奶奶的菜，你妈的车。", "我爷爷的菜，你爸的车。"),
    ("跨性别女性", "跨性别男性"),
    ("她读《红发女人》。", "他读《红发女人》。"),
    ("我爹种地，我娘织布。", "我娘种地，我爹织布。"),
    ("他的养女见过她的养子。", "她的养子见过他的养女。"),
    ("伴娘扶着新娘。", "伴郎扶着新郎。"),
    ("表哥和堂妹来了。", "表姐和堂弟来了。"),
    ("那家小姐姐很热情。", "那家小哥哥很热情。"),
]

ONE_WAY = [
    ("王小姐您好。", "王先生您好。"),
    ("李太太出门了。", "李先生出门了。"),
    ("这位男士请进。", "这位女士请进。"),
    ("小姑娘真勤快。", "小伙子真勤快。"),
]

UNCHANGED = [
    "其他人和其他事",
    "吉他、维他命、马耳他",
    "他人的权利",
    "男女平等",
    "儿女双全，父母安康",
    "利他与排他",
    "国外公布了结果",
    "老公园里的花",
    "女士们先生们，晚上好",
    "他/她都可以报名",
    "她或他签字",
    "犹他州下雪了",
    "中国王朝的历史",
    "他山之石，可以攻玉",
    "男女老少都来了",
    "母亲河与母亲节",
    "养父母和岳父母",
    "女士优先",
    "自由女神像",
    "兄弟姐妹四人",
    "挪作他用",
    "天气很好。",
    "重男轻女的观念",
    "生儿育女",
    "TA走了，它也走了",
]

AMBIGUOUS = [
    ("他人很好。", "'他人很' may or may not speak of a person"),
    ("他妈说要下雨。", "'他妈' may or may not speak of a person"),
    ("他日语很好。", "'他日语' may or may not speak of a person"),
    ("他们昨天到了。", "'他们' may or may not speak of a person"),
    ("男士请帮女士拿箱子。", "'男士' may or may not speak of a person"),
    ("女孩说：他怀了我的孩子！", "'怀了' goes with one group"),
    ("她怀孕了。", "'怀孕' goes with one group"),
    ("孙子轩是她同学。", "'孙子轩' may or may not speak of a person"),
    ("女权为女性争取权利。", "'女权' goes with one group"),
    ("他是个男子汉。", "'男子汉' may or may not speak of a person"),
    ("她的婆婆来了。", "'婆婆' may or may not speak of a person"),
    ("公主动手做饭，她帮忙。", "'公主' may or may not speak of a person"),
    ("她嫁给了医生。", "'嫁' may or may not speak of a person"),
    ("胜男是她的名字。", "'胜男' may or may not speak of a person"),
    ("男生活动室", "'男生活' may or may not speak of a person"),
    ("老婆婆笑了。", "'老婆婆' may or may not speak of a person"),
    ("陈静看他游泳。", "'陈静' may be the name of a person, which would not change"),
    ("海伦说她累了。", "'海伦' may or may not speak of a person"),
    ("Ross的女朋友来了。", "'Ross' may be the name of a person, which would not change"),
    ("#女子马拉松#她赢了。", "'#女子马拉松#' may be a name"),
    ("我爱祖国，她的山河很美。", "'祖国，她' may or may not speak of a person"),
    ("跟着父亲姓，他是她爸的孩子。", "'父亲姓' goes with one group"),
    ("孩子是他爸的。", "the variant would not be clear: '她妈的' may or may not speak of a person"),
    ("圈子男迷男。", "'女' may be part of a longer word"),
    ("学姐姐姐", "'学姐' may be part of a longer word"),
]


@pytest.mark.parametrize(("first", "second"), REVERSIBLE)
def test_swaps_there_and_back(first, second):
    there = swap_text(first, language="zh")
    assert (there.text, there.status) == (second, "valid")
    back = swap_text(second, language="zh")
    assert there.reversible == back.valid
    assert back.text == first if back.valid else ("他妈" in second or "他们" in second)


@pytest.mark.parametrize(("first", "second"), ONE_WAY)
def test_swaps_one_way(first, second):
    swap = swap_text(first, language="zh")
    assert (swap.text, swap.status, swap.reversible) == (second, "valid", False)


@pytest.mark.parametrize("text", UNCHANGED)
def test_leaves_alone_what_speaks_of_nobody(text):
    swap = swap_text(text, language="zh")
    assert (swap.text, swap.status) == (text, "unchanged")


@pytest.mark.parametrize(("text", "reason"), AMBIGUOUS)
def test_never_guesses(text, reason):
    swap = swap_text(text, language="zh")
    status = "not label-preserving" if "one group" in reason else "ambiguous"
    assert (swap.text, swap.status, swap.reason) == (text, status, reason)


_PIECES = [
    *"他她人妈哥姐我你男女儿子公婆老外很好，。和或",
    "他们",
    "她的",
    "其他",
    "吉他",
    "妈妈",
    "爸爸",
]
_PIECES += ["先生", "女士", "太太", "小姐", "王建国", "王丽娟"]
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=10).map("".join)


@settings(deadline=None)
@given(_TEXTS)
def test_a_swap_changes_what_it_says_and_nothing_else(text):
    swap = swap_text(text, language="zh")
    assert swap.valid == (swap.text != text) == bool(swap.changes)
    assert all(text[c.start : c.end] == c.before for c in swap.changes)
    kept = [
        text[a:b]
        for a, b in zip(
            [0, *(c.end for c in swap.changes)],
            [*(c.start for c in swap.changes), len(text)],
            strict=True,
        )
    ]
    after = [*(c.after for c in swap.changes), ""]
    assert swap.text == "".join(k + a for k, a in zip(kept, after, strict=True))


@settings(deadline=None)
@given(st.lists(st.sampled_from([first for first, _ in REVERSIBLE]), max_size=4).map("".join))
def test_a_second_swap_restores_the_text_where_it_can(text):
    swap = swap_text(text, language="zh")
    back = swap_text(swap.text, language="zh")
    if swap.valid and swap.reversible and back.valid:
        assert back.text == text


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_read(text):
    swap = swap_text(text, language="zh")
    assert swap.valid == (swap.text != text)


def test_names_are_not_looked_for_without_the_tagger(monkeypatch):
    monkeypatch.setitem(sys.modules, "rjieba", None)
    chinese_names.tagger.cache_clear()
    try:
        assert swap_text("陈静看他游泳。", language="zh").valid
        space = counterfactuals(texts=["陈静看他游泳。"], vary="gender", language="zh")
        assert space.notes == (chinese_names.NOTE,)
    finally:
        chinese_names.tagger.cache_clear()


def test_with_the_tagger_there_is_no_note():
    assert counterfactuals(texts=["她累了。"], vary="gender", language="zh").notes == ()
