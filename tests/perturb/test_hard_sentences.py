"""Our swap on every hard sentence: an acceptable result, or left alone."""

from __future__ import annotations

import pytest

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import swap_text
from tests.perturb.hard_sentences import HARD, Hard

THREE = load_attribute("gender", groups=("female", "male", "nonbinary"))


@pytest.mark.parametrize("hard", HARD, ids=lambda hard: hard.text)
def test_hard_sentences(hard: Hard):
    attribute = "gender" if hard.groups == ("female", "male") else THREE
    swap = swap_text(hard.text, attribute, groups=hard.groups)
    assert swap.text in (hard.accepted or (hard.text,))
    assert swap.valid == bool(hard.accepted)


def test_there_are_thirty():
    assert len({hard.text for hard in HARD}) == 30
