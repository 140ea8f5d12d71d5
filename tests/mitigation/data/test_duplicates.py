from itertools import combinations

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, remove_duplicates, remove_near_duplicates
from pytest_fairness.mitigation.data.texts import shingles


def rows_of(texts, labels=None):
    texts = tuple(texts)
    return Rows(texts, None if labels is None else tuple(labels), tuple(range(len(texts))))


def firsts_by_brute_force(texts, limit, size):
    """First rows of the parts of the graph in which all similar texts are joined."""
    sets = [shingles(text, size) for text in texts]
    part = list(range(len(texts)))
    for i, j in combinations(range(len(texts)), 2):
        if len(sets[i] & sets[j]) / len(sets[i] | sets[j]) >= limit:
            old, new = part[j], part[i]
            part = [new if p == old else p for p in part]
    return sorted({p: i for i, p in reversed(list(enumerate(part)))}.values())


class TestExact:
    def test_width_case_and_white_space_do_not_count(self):
        rows = rows_of(["Hello  you", "hello you", "ＨＥＬＬＯ you", "hello, you"])
        assert remove_duplicates(rows).rows.lines == (0, 3)

    def test_another_label_is_no_duplicate(self):
        assert len(remove_duplicates(rows_of(["a", "a", "a"], "010")).rows) == 2

    def test_chinese_punctuation_counts(self):
        assert len(remove_duplicates(rows_of(["他很好。", "他很好", "他很好。"])).rows) == 2

    @given(st.lists(st.sampled_from("aAbB c"), min_size=1))
    def test_twice_is_once(self, texts):
        once = remove_duplicates(rows_of(texts)).rows
        assert remove_duplicates(once).rows == once
        assert len(once) == len({t.strip().lower() for t in texts})


class TestNear:
    @given(
        st.lists(st.text("ab", min_size=1, max_size=8), min_size=1, max_size=12),
        st.sampled_from([0.4, 0.5, 0.75, 1.0]),
    )
    def test_as_brute_force(self, texts, limit):
        step = remove_near_duplicates(rows_of(texts), similarity=limit, shingle=2)
        assert list(step.rows.lines) == firsts_by_brute_force(texts, limit, 2)

    def test_real_tweets_as_brute_force(self, tweets):
        texts = tweets.texts[:400] + tuple(t + " lol" for t in tweets.texts[:100])
        step = remove_near_duplicates(rows_of(texts), similarity=0.8)
        expected = firsts_by_brute_force(texts, 0.8, 5)
        assert list(step.rows.lines) == expected
        assert len(expected) < 450

    def test_another_label_is_no_duplicate(self):
        rows = rows_of(["a long enough text", "a long enough text"], "01")
        assert len(remove_near_duplicates(rows).rows) == 2

    def test_chinese(self):
        rows = rows_of(["今天天气真的很不错", "今天天气真的很不错啊", "昨天下雨了"])
        assert remove_near_duplicates(rows, similarity=0.7, shingle=2).rows.lines == (0, 2)

    def test_texts_about_other_groups_are_kept_where_asked(self):
        rows = rows_of(["他今天下班以后去买菜了", "她今天下班以后去买菜了"])
        options = {"similarity": 0.5, "shingle": 2}
        assert len(remove_near_duplicates(rows, **options).rows) == 1
        kept = remove_near_duplicates(rows, **options, keep="gender", language="zh")
        assert len(kept.rows) == 2

    @pytest.mark.parametrize("options", [{"similarity": 0}, {"similarity": 1.1}, {"shingle": 0}])
    def test_arguments(self, options):
        with pytest.raises(ArgumentError, match=f"{next(iter(options))}="):
            remove_near_duplicates(rows_of("ab"), **options)
