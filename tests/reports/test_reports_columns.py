from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.reports.columns import (
    display_width,
    pad,
    shorten,
    shorten_left,
    table,
    visible,
    wrap,
)

TEXTS = st.text(alphabet="ab é\u0301王女士，[]-", max_size=60)


@pytest.mark.parametrize(
    ("text", "columns"), [("Anna", 4), ("王女士", 6), ("e\u0301", 1), ("ｗ", 2), ("", 0), ("👩", 2)]
)
def test_width_is_that_of_a_terminal(text, columns):
    assert display_width(text) == columns


@given(text=TEXTS, columns=st.integers(2, 30))
def test_no_line_is_wider_than_asked_and_nothing_is_lost(text, columns):
    lines = wrap(text, columns)
    assert all(display_width(line) <= columns for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(text=TEXTS, columns=st.integers(2, 30), lines=st.integers(1, 4))
def test_the_number_of_lines_is_kept(text, columns, lines):
    broken = wrap(text, columns, lines=lines)
    assert len(broken) <= lines
    assert all(display_width(line) <= columns for line in broken)


@given(text=TEXTS, columns=st.integers(1, 30))
def test_shortening_keeps_the_named_end(text, columns):
    right, left = shorten(text, columns), shorten_left(text, columns)
    assert max(display_width(right), display_width(left)) <= columns
    assert text.startswith(right.removesuffix("…"))
    assert text.endswith(left.removeprefix("…"))


def test_chinese_breaks_between_any_two_characters():
    assert wrap("王女士在会议上提出了想法。", 10) == ["王女士在会", "议上提出了", "想法。"]


def test_long_words_break_where_the_line_ends():
    assert wrap("a verylongword", 6) == ["a", "verylo", "ngword"]


def test_tables_align_wide_characters():
    lines = table([["a", "1"], ["王女士", "22"]], right=[False, True])
    assert lines == ["a        1", "王女士  22"]
    assert len({display_width(line) for line in lines}) == 1


def test_padding_counts_columns():
    assert pad("王", 4) == "王  "
    assert pad("王", 4, right=True) == "  王"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202eabc", "\\u202eabc"),
        ("half \ud83d", "half \\ud83d"),
        ("שלום 王 é", "שלום 王 é"),
    ],
)
def test_characters_that_act_are_shown_instead(text, shown):
    assert visible(text) == shown


def test_some_characters_may_be_kept():
    assert visible("a\nb\x00", keep="\n") == "a\nb\\x00"
