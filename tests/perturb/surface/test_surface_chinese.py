"""Chinese surface changes: sentences by hand, and oracles from other libraries."""

from __future__ import annotations

import sys
import unicodedata

import opencc
import pytest
from hypothesis import given, settings, strategies as st
from pypinyin import Style, lazy_pinyin, pinyin

from pytest_fairness import load_attribute
from pytest_fairness.errors import MissingPackageError
from pytest_fairness.perturb.surface import available_surfaces, surface, width
from pytest_fairness.perturb.surface.han import homophones, look_alikes, readings, slips
from pytest_fairness.perturb.surface.tables import table

CASES = [
    ("fullwidth", "iPhone 15, ok.", "ｉＰｈｏｎｅ １５， ｏｋ．"),
    ("fullwidth_words", "用iOS 17。", "用ｉＯＳ １７。"),
    ("fullwidth_marks", "好,走!", "好，走！"),
    ("halfwidth", "ＡＢ，１２３。", "AB,123。"),
    ("halfwidth_marks", "好，走！ＯＫ", "好,走!ＯＫ"),
    ("halfwidth_words", "好，ＯＫ", "好，OK"),
    ("extra_space", "我用Python写3个App。", "我用 Python 写 3 个 App。"),
    ("no_spaces", "我用 Python 写 3 个 App Store。", "我用Python写3个App Store。"),
    ("traditional", "头发和发展", "頭髮和發展"),
    ("traditional", "皇后在后面", "皇后在後面"),
    ("simplified", "頭髮和發展", "头发和发展"),
    ("drop_final", "走吧。", "走吧"),
    ("drop_final", "走吗？", "走吗？"),
    ("drop_punctuation", "你好，世界！", "你好世界"),
    ("repeat_punctuation", "好，走。", "好，，走。。"),
    ("pinyin", "他的工作很忙。", "他的gongzuo很忙。"),
    ("pinyin", "旅游", "lvyou"),
    ("lowercase", "我用iOS", "我用ios"),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES)
def test_by_hand(name, text, expected):
    change = surface(name, language="zh", strength=1.0)(text)
    assert change.text == expected


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("homophone", "在", "再"),
        ("homophone", "的", "得"),
        ("homophone", "做", "作"),
        ("homophone", "哪", "那"),
        ("lookalike", "己", "已"),
        ("lookalike", "土", "士"),
        ("lookalike", "末", "未"),
        ("pinyin_slip", "只", "字"),
        ("pinyin_slip", "年", "连"),
        ("pinyin_slip", "今", "经"),
    ],
)
def test_known_confusions_can_be_drawn(name, before, after):
    drawn = {surface(name, language="zh")(before, seed).text for seed in range(200)}
    assert after in drawn


NEVER = "不没无非未别否勿莫一二三四五六七八九十百千万亿他她它男女"


@pytest.mark.parametrize("options", [homophones, look_alikes, slips])
def test_negations_numbers_and_persons_are_never_replaced(options):
    assert not set(NEVER) & set(options())
    made = {other for others in options().values() for other in others}
    assert made & set(NEVER) <= {"未"}  # of 末, which reads as a slip
    assert all(c not in others for c, others in options().items())
    opposites = [("买", "卖"), ("上", "下"), ("多", "少"), ("左", "右"), ("有", "无"), ("南", "男")]
    for a, b in opposites:
        assert b not in options().get(a, ())


def test_readings_agree_with_pypinyin():
    for character, syllable in readings().items():
        assert lazy_pinyin(character, style=Style.NORMAL) == [syllable.replace("v", "v")]
    assert len(readings()) > 700


def test_words_agree_with_pypinyin():
    for word, written in table("zh", "words")["words"].items():
        assert "".join(lazy_pinyin(word)) == written


def sounds(character):
    return {reading.replace("v", "ü") for reading in pinyin(character, Style.NORMAL, True)[0]}


def test_homophones_share_a_reading():
    loose = {frozenset("象像")}
    for character, others in homophones().items():
        for other in others:
            assert sounds(character) & sounds(other) or frozenset((character, other)) in loose


def test_slips_are_near_in_sound_and_not_the_same():
    for character, others in slips().items():
        for other in others:
            one, two = readings()[character], readings()[other]
            assert one != two
            same = [s.replace("zh", "z").replace("ch", "c").replace("sh", "s") for s in (one, two)]
            same = [s.removesuffix("g") if s.endswith("ng") else s for s in same]
            first = {s[0] for s in same}
            mixed = first <= set("nl") or first <= set("fh") or first <= set("rl")
            assert same[0] == same[1] or (mixed and same[0][1:] == same[1][1:])


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E) | st.just(" "), max_size=30))
def test_width_agrees_with_unicode(text):
    wide = surface("fullwidth", language="zh")(text).text
    assert unicodedata.normalize("NFKC", wide) == text
    assert not [c for c in wide if c.isascii() and c != " "]
    assert surface("halfwidth", language="zh")(wide).text == text


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=20))
def test_scripts_agree_with_opencc_where_nothing_is_kept(text):
    assert surface("traditional", language="zh")(text).text == opencc.OpenCC("s2t").convert(text)
    assert surface("simplified", language="zh")(text).text == opencc.OpenCC("t2s").convert(text)


def test_kept_words_and_surnames_keep_their_script_and_sound():
    keep = load_attribute("gender", "zh")
    change = surface("traditional", language="zh", keep=keep)("妈妈说张女士来开会。")
    assert change.text == "妈妈說张女士來開會。"
    for seed in range(50):
        drawn = surface("homophone", language="zh", keep=keep, strength=1.0)("王先生在工作。", seed)
        assert drawn.text.startswith("王先生")


def test_a_missing_package_is_named_with_the_install_line(monkeypatch):
    width._converter.cache_clear()
    monkeypatch.setitem(sys.modules, "opencc", None)
    with pytest.raises(MissingPackageError, match=r"opencc.*pytest-fairness\[chinese\]"):
        surface("traditional", language="zh")("头发")
    width._converter.cache_clear()


def test_every_kind_changes_some_ordinary_sentence():
    texts = ["我自己在用 iPhone拍照，他说好。", "Ｏ Ｋ，走！  ", "頭髮,工作。"]
    for name in available_surfaces()["zh"]:
        found = surface(name, language="zh")
        assert any(found(text).valid for text in texts), name


@pytest.mark.parametrize("name", ["characters", "syllables", "words"])
def test_tables_name_their_source(name):
    data = table("zh", name)
    assert data["source"]
    assert data["licence"] == "Apache-2.0"
    assert str(data["date"]).startswith("20")
