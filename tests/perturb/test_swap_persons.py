"""One person changes, the others stay."""

from __future__ import annotations

import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb import swap_variants

ONE = [
    ("Emma said her brother won.", ["Liam said his brother won.", "Emma said her sister won."]),
    ("She called her mother.", ["He called his mother.", "She called her father."]),
    (
        "Mr Smith left. His wife stayed.",
        ["Ms Smith left. Her wife stayed.", "Mr Smith left. His husband stayed."],
    ),
    (
        "Emma left. She lost her job. Emma knew Noah.",
        ["Liam left. He lost his job. Liam knew Noah."],
    ),
]

LEFT_OUT = [
    ("Emma met Olivia. She left.", "'she' may speak of two persons"),
    ("Emma thanked her.", "'her' may speak of two persons"),
    ("Emma is a waitress.", "'waitress' may speak of a person mentioned before"),
    ("Emma is my sister.", "'sister' may speak of a person mentioned before"),
    ("The women met him.", "'women' does not speak of one person"),
    ("The doctor told Emma that she won.", "a pronoun may speak of 'the doctor'"),
    ("She left when Emma came.", "'emma' may speak of a person mentioned before"),
]


@pytest.mark.parametrize(("text", "expected"), ONE)
def test_all_mentions_of_one_person_change(text, expected):
    swaps = swap_variants(text, persons="one")
    assert [swap.text for swap in swaps][: len(expected)] == expected
    assert all(swap.valid for swap in swaps)


def test_two_persons_keep_two_names():
    reasons = {swap.reason for swap in swap_variants("Emma called Liam.", persons="one")}
    assert reasons == {"two persons would have the same name"}


@pytest.mark.parametrize(("text", "reason"), LEFT_OUT)
def test_who_is_who_is_never_guessed(text, reason):
    (swap,) = swap_variants(text, persons="one")
    assert (swap.text, swap.status, swap.reason) == (text, "ambiguous", reason)


def test_arguments():
    with pytest.raises(ArgumentError, match="'all' or 'one'"):
        swap_variants("She left.", persons="two")
    with pytest.raises(ArgumentError, match="English"):
        swap_variants("她走了。", language="zh", persons="one")
    assert swap_variants("No mention.", persons="one") == ()
