from collections import Counter

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, split_rows
from pytest_fairness.mitigation.data.texts import plain_text
from tests.mitigation.spelling import spelled

SHARES = (0.6, 0.2, 0.2)


def rows_of(texts, labels=None):
    texts = tuple(texts)
    return Rows(texts, None if labels is None else tuple(labels), tuple(range(len(texts))))


class TestSplitting:
    @given(
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from("xy")), min_size=40),
        st.integers(0, 5),
    )
    def test_every_row_lands_in_one_part_and_texts_never_in_two(self, pairs, seed):
        texts = [f"text {spelled(n)}" for n, _ in pairs]
        texts += [f"more {spelled(n)}" for n in range(20)]
        rows = rows_of(texts, [label for _, label in pairs] + ["x"] * 20)
        parts = split_rows(rows, seed, SHARES)
        assert Counter(line for part in parts for line in part.lines) == Counter(rows.lines)
        assert sum(len(set(part.texts)) for part in parts) == len(set(texts))

    def test_texts_that_differ_in_case_or_white_space_stay_together(self):
        words = ("A b ", "a  B ", "a b ")
        texts = [f"{word}{spelled(n)}" for n in range(40) for word in words]
        for seed in range(3):
            for part in split_rows(rows_of(texts), seed, SHARES):
                assert set(Counter(plain_text(text) for text in part.texts).values()) <= {3}

    def test_copies_with_other_numbers_marks_and_users_stay_together(self):
        forms = ("{} fell by 3.5 %", "@ann: {} fell by 12%!", "http://a.b/c {} fell, by 0")
        texts = [form.format(spelled(n)) for n in range(40) for form in forms]
        for seed in range(3):
            for part in split_rows(rows_of(texts), seed, SHARES):
                whole = [n for n in range(40) if forms[0].format(spelled(n)) in part.texts]
                wanted = {form.format(spelled(n)) for n in whole for form in forms}
                assert set(part.texts) == wanted

    def test_each_label_has_the_same_shares(self):
        rows = rows_of(map(str, range(500)), ["a"] * 400 + ["b"] * 100)
        counts = [Counter(part.labels) for part in split_rows(rows, 0, SHARES)]
        assert [c["a"] for c in counts] == [240, 80, 80]
        assert [c["b"] for c in counts] == [60, 20, 20]

    def test_the_order_of_the_file_does_not_matter(self):
        texts = [str(i) for i in range(50)]
        first = split_rows(rows_of(texts), 3, SHARES)
        second = split_rows(rows_of(texts[::-1]), 3, SHARES)
        assert [set(part.texts) for part in first] == [set(part.texts) for part in second]

    def test_the_seed_matters(self):
        rows = rows_of(map(str, range(50)))
        assert split_rows(rows, 0, SHARES) == split_rows(rows, 0, SHARES)
        assert split_rows(rows, 0, SHARES) != split_rows(rows, 1, SHARES)

    def test_a_share_of_zero_may_stay_empty(self):
        assert len(split_rows(rows_of("abcd"), 0, (0.5, 0.5, 0.0)).heldout) == 0

    def test_too_few_rows(self):
        with pytest.raises(ArgumentError, match="2 distinct texts are too few"):
            split_rows(rows_of("aabb"), 0, SHARES)

    @pytest.mark.parametrize("fractions", [(0.5, 0.5, 0.5), (1.5, -0.25, -0.25)])
    def test_fractions_that_are_no_shares(self, fractions):
        with pytest.raises(ArgumentError, match=r"fractions(\[0\])?="):
            split_rows(rows_of("abcdef"), 0, fractions)
