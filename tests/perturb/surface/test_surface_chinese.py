"""What surface perturbations make of Chinese texts."""

from __future__ import annotations

import unicodedata

import pytest
from pypinyin import lazy_pinyin

from pytest_fairness import surface
from pytest_fairness.perturb.surface.tables import load_table


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("traditional", "她在图书馆学习汉语。", "她在圖書館學習漢語。"),
        ("simplified", "他說頭髮很長。", "他说头发很长。"),
        ("simplified", "他说头发很长。", None),
        ("halfwidth", "他说：ＡＢＣ１２３！", "他说:ABC123!"),
        ("fullwidth", "ok!", "ｏｋ！"),
        ("extra_space", "我用Python3写程序", "我用 Python3 写程序"),
        ("drop_punctuation", "你好，世界！", "你好世界"),
        ("repeat_punctuation", "你好。真的？", "你好。真的？？？"),
    ],
)
def test_what_is_as_right_as_before(name, text, changed):
    change = surface(name, "zh")(text)
    assert change.text == (changed or text)
    assert change.status == ("valid" if changed else "unchanged")


def test_width_is_that_of_unicode():
    text = "他说：ＡＢＣ（１２３）！"
    assert surface("halfwidth", "zh")(text).text == unicodedata.normalize("NFKC", text)


def test_homophones_sound_alike():
    for group in load_table("zh", "characters")["homophones"]:
        for one in group:
            assert any(_sounds(one) & _sounds(other) for other in group if other != one), one


def _sounds(character):
    from pypinyin import pinyin

    return set(pinyin(character, heteronym=True, style=0)[0])


def test_one_character_changes():
    text = "我在家做饭，她在外面等。"
    for name in ("homophone", "lookalike", "pinyin", "pinyin_slip"):
        for change in surface(name, "zh", keep="gender").variants(text, 10):
            (edit,) = change.edits
            assert edit.before != "她"
            assert change.text == text[: edit.start] + edit.after + text[edit.end :]


def test_pinyin_stands_for_a_character():
    change = surface("pinyin", "zh")("我爱看书", seed=1)
    (edit,) = change.edits
    assert edit.after == lazy_pinyin(edit.before)[0]


def test_a_slip_of_pinyin_sounds_nearly_alike():
    found = surface("pinyin_slip", "zh").variants("是四十不是十四", 10)
    assert found
    near = [("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h")]
    for change in found:
        (edit,) = change.edits
        one, other = lazy_pinyin(edit.before)[0], lazy_pinyin(edit.after)[0]
        initials = any({one.replace(a, b, 1), other} == {other} or one == other.replace(a, b, 1)
                       for a, b in near)  # fmt: skip
        finals = one.removesuffix("g") == other.removesuffix("g")
        assert initials or finals, (edit, one, other)


def test_attributes_are_kept():
    text = "王女士说她的儿子在学校。"
    keep = ["王女士", "她", "儿子"]
    for name in ("homophone", "lookalike", "pinyin", "pinyin_slip", "traditional"):
        for change in surface(name, "zh", keep="gender").variants(text, 30):
            assert all(word.removeprefix("王") in change.text for word in keep), change.text
