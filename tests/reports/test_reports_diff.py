from __future__ import annotations

from hypothesis import given, strategies as st

from pytest_fairness.reports.diff import tokens, word_diff

WORDS = st.lists(
    st.sampled_from(["Anna", "Tom", "is", "kind", ".", "王", "先生", "’s"]), max_size=12
)
TEXTS = WORDS.map(" ".join) | WORDS.map("".join) | st.text(max_size=30)


def changed(segments):
    return [segment.text for segment in segments if segment.changed]


@given(first=TEXTS, second=TEXTS)
def test_segments_give_the_texts_back(first, second):
    left, right = word_diff(first, second)
    assert "".join(s.text for s in left) == first
    assert "".join(s.text for s in right) == second


@given(first=TEXTS, second=TEXTS)
def test_what_is_not_marked_is_shared(first, second):
    left, right = word_diff(first, second)
    same = ["".join(s.text for s in side if not s.changed) for side in (left, right)]
    assert "".join(same[0].split()) == "".join(same[1].split())


@given(text=TEXTS)
def test_equal_texts_have_no_marks(text):
    assert changed(word_diff(text, text)[0]) == []


@given(text=st.text(max_size=40))
def test_tokens_give_the_text_back(text):
    assert "".join(tokens(text)) == text


def test_latin_scripts_are_marked_by_word():
    left, right = word_diff("His wife's car is red.", "Her husband's car is red.")
    assert changed(left) == ["His wife's"]
    assert changed(right) == ["Her husband's"]


def test_chinese_is_marked_by_character():
    left, right = word_diff("他是护士，他的妻子在家。", "她是护士，她的丈夫在家。")
    assert changed(left) == ["他", "他", "妻子"]
    assert changed(right) == ["她", "她", "丈夫"]


def test_an_added_word_is_marked_on_its_side_only():
    left, right = word_diff("A person smiled.", "A blind person smiled.")
    assert changed(left) == []
    assert "".join(changed(right)).strip() == "blind"


def test_long_texts_with_one_change_are_quick():
    shared = "word " * 20_000
    left, right = word_diff(shared + "he" + shared, shared + "she" + shared)
    assert changed(left) == ["heword"]
    assert changed(right) == ["sheword"]


def test_long_texts_that_differ_everywhere_are_marked_as_a_whole():
    left, right = word_diff("ab c " * 2_000, "c ab, " * 2_000)
    assert len(changed(left)) == len(changed(right)) == 1
