"""Quoted speech that stays, and the contradictions that this would make."""

from __future__ import annotations

import pytest

from pytest_fairness.perturb import swap_text, swap_variants
from pytest_fairness.perturb.quotations import quotations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('She said: "I am tired."', 'He said: "I am tired."'),
        ("“I left,” she said.", "“I left,” he said."),
        ("‘I don’t know,’ she said.", "‘I don’t know,’ he said."),
        ("'I don't know,' she said.", "'I don't know,' he said."),
        (
            "The boys' team won 'the cup' and she left.",
            "The girls' team won 'the cup' and he left.",
        ),
        ("She is 5'6\" tall.", "He is 5'6\" tall."),
    ],
)
def test_a_quotation_without_a_mention_leaves_the_swap_valid(text: str, expected: str) -> None:
    swap = swap_text(text, quotations=False)
    assert (swap.status, swap.text) == ("valid", expected)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('She said: "Ask my mother."', "mother"),
        ("“He is late,” she said.", "he"),
        ("‘He is late,’ she said.", "he"),
        ("'He's late,' she said.", "he"),
        ('"Emma left," said her brother.', "emma"),
    ],
)
def test_a_mention_inside_and_outside_is_ambiguous(text: str, word: str) -> None:
    swap = swap_text(text, quotations=False)
    assert (swap.status, swap.text) == ("ambiguous", text)
    assert swap.reason == f"'{word}' in a quotation may speak of a person who changes outside"
    assert swap_text(text).valid  # the whole text can be exchanged


def test_a_mention_inside_alone_is_unchanged() -> None:
    assert swap_text('The sign read "Women only."', quotations=False).status == "unchanged"
    assert swap_variants('The sign read "Women only."', quotations=False) == ()


def test_a_mark_without_a_partner_is_ambiguous() -> None:
    swap = swap_text("She said “I left.", quotations=False)
    assert (swap.status, swap.reason) == ("ambiguous", "a quotation mark has no partner")


def test_a_quoted_verb_of_a_pronoun_outside_is_ambiguous() -> None:
    text = 'She "was" late.'
    swap = swap_text(text, "pronouns", groups=("she", "xe"), quotations=False)
    assert swap.text == 'Xe "was" late.'
    swap = swap_text(text, "pronouns", groups=("she", "they"), quotations=False)
    assert swap.status in ("ambiguous", "valid")
    assert '"was"' in swap.text


@pytest.mark.parametrize("persons", ["all", "one"])
def test_variants_leave_quotations_too(persons: str) -> None:
    text = 'Emma said: "Good morning."'
    swaps = swap_variants(text, persons=persons, quotations=False)
    assert next(swap.text for swap in swaps if swap.valid) == 'Liam said: "Good morning."'
    swaps = swap_variants('Emma said: "He left."', persons=persons, quotations=False)
    assert swaps
    assert {swap.status for swap in swaps} == {"ambiguous"}


def test_combined_attributes_leave_quotations_too() -> None:
    text = 'A Muslim woman said: "Good day."'
    swaps = swap_variants(text, "gender + religion", quotations=False)
    assert any(swap.valid for swap in swaps)
    assert all('"Good day."' in swap.text for swap in swaps)
    quoted = 'A Muslim woman said: "Ask him."'
    assert not any(s.valid for s in swap_variants(quoted, "gender + religion", quotations=False))


def test_chinese_quotations_stay() -> None:
    text = "她说：“今天很冷。”"
    swap = swap_text(text, language="zh", quotations=False)
    assert swap.text == "他说：“今天很冷。”"
    assert swap_text("她说：“他走了。”", language="zh", quotations=False).status == "ambiguous"


def test_where_quotations_stand() -> None:
    text = "a “b ‘c,’ d” e 'f.' 「g」"
    assert [text[a:b] for a, b in quotations(text) or ()] == ["“b ‘c,’ d”", "'f.'", "「g」"]
    assert quotations("No marks: the girls' and boys' rooms.") == ()
