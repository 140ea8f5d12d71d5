from collections import Counter

import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import (
    Rows,
    augment_counterfactually,
    substitute_counterfactually,
)

ROWS = Rows(
    ("She is a nurse.", "It rains.", "I gave her books.", "The Muslim prayed."),
    ("1", "0", "1", "0"),
    (2, 3, 4, 5),
    groups=("female", "none", "female", "Muslim"),
    weights=(2.0, 1.0, 1.0, 1.0),
)


class TestAugmenting:
    def test_variants_keep_everything_but_who_is_spoken_of(self):
        step = augment_counterfactually(ROWS)
        assert step.rows.select(range(4)) == ROWS
        added = step.rows.select(range(4, len(step.rows)))
        assert added == Rows(("He is a nurse.",), ("1",), (2,), groups=("male",), weights=(2.0,))

    def test_what_could_not_be_decided_is_counted(self):
        (note,) = augment_counterfactually(ROWS).report.notes
        assert note.startswith("left out: 1 ambiguous: a word")

    def test_what_the_data_hold_is_not_added_again(self):
        rows = Rows(("She left.", "He left."), ("1", "0"), (2, 3))
        assert len(augment_counterfactually(rows).rows) == 2

    def test_equal_rows_get_one_variant(self):
        rows = Rows(("She left.", "She left."), ("1", "1"), (2, 3))
        assert augment_counterfactually(rows).rows.texts[2:] == ("He left.",)

    def test_many_groups_and_a_draw_of_them(self):
        every = augment_counterfactually(ROWS, "religion").rows.texts[4:]
        one = augment_counterfactually(ROWS, "religion", per_text=1, seed=3).rows.texts[4:]
        assert len(every) > 3
        assert len(one) == 1
        assert set(one) < set(every)
        drawn = {
            augment_counterfactually(ROWS, "religion", per_text=1, seed=s).rows.texts[4]
            for s in range(20)
        }
        assert len(drawn) > 1

    def test_a_group_from_elsewhere_stays(self):
        rows = Rows(("她是医生。",), ("0",), (2,), groups=("hospital",))
        step = augment_counterfactually(rows, language="zh")
        assert step.rows.texts == ("她是医生。", "他是医生。")
        assert step.rows.groups == ("hospital", "hospital")

    def test_real_chinese_posts(self, posts):
        step = augment_counterfactually(posts, language="zh")
        added = step.rows.select(range(len(posts), len(step.rows)))
        origin = dict(zip(posts.lines, posts.texts, strict=True))
        labels = dict(zip(posts.lines, posts.labels, strict=True))
        assert len(added) > 10
        for text, label, line in zip(added.texts, added.labels, added.lines, strict=True):
            assert text != origin[line]
            assert label == labels[line]


class TestSubstituting:
    def test_about_half_of_what_can_be_swapped(self):
        # Binomial(400, 1/2): standard deviation 10, so five of them are 50.
        rows = Rows(tuple(f"She bought {i} cars." for i in range(400)), None, tuple(range(400)))
        step = substitute_counterfactually(rows)
        swapped = sum(text.startswith("He ") for text in step.rows.texts)
        assert 150 < swapped < 250
        assert step.report.changed == swapped
        assert step.rows.lines == rows.lines

    def test_equal_texts_share_their_fate_in_any_order(self):
        rows = Rows(tuple(f"She has {i % 5} cats." for i in range(20)), None, tuple(range(20)))
        texts = substitute_counterfactually(rows).rows.texts
        assert all(count == 4 for count in Counter(texts).values())
        backwards = substitute_counterfactually(rows.select(range(19, -1, -1))).rows.texts
        assert texts == backwards[::-1]

    def test_the_ends(self):
        assert substitute_counterfactually(ROWS, probability=0).rows == ROWS
        step = substitute_counterfactually(ROWS, probability=1)
        assert step.rows.texts == ("He is a nurse.", *ROWS.texts[1:])
        assert step.rows.groups == ("male", *ROWS.groups[1:])

    def test_real_tweets_speak_of_both_more_evenly(self, tweets):
        def women(rows):
            texts = [f" {text.lower()} " for text in rows.texts]
            she, he = (sum(w in t for t in texts) for w in (" she ", " he "))
            return she / (she + he)

        some = tweets.select(i for i, t in enumerate(tweets.texts) if " she " in t.lower())
        assert abs(women(substitute_counterfactually(some).rows) - 0.5) < abs(women(some) - 0.5)


def test_arguments():
    with pytest.raises(ArgumentError, match="probability=2"):
        substitute_counterfactually(ROWS, probability=2)
    with pytest.raises(ArgumentError, match="per_text=0"):
        augment_counterfactually(ROWS, per_text=0)
