import pytest

from pytest_fairness.attributes import load_attribute
from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, mentioned_groups, with_mentioned_groups


def test_english_and_chinese():
    assert mentioned_groups(["Her aunt met his uncle.", "It rains."]) == [("female", "male"), ()]
    assert mentioned_groups(["她来了。", "下雨了。"], language="zh") == [("female",), ()]


def test_a_text_about_several_has_no_one_group():
    rows = Rows(("She won.", "It rains.", "She and he won."), None, (0, 1, 2))
    assert with_mentioned_groups(rows).groups == ("female", "none", "several")


def test_several_attributes_are_refused():
    both = load_attribute("gender") + load_attribute("religion")
    with pytest.raises(ArgumentError, match=r"has several parts\. Give one attribute at a time"):
        mentioned_groups(["She won."], both)
