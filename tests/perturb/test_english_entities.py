"""Names that are no person, and one known person: never swapped; ordinary names always."""

from __future__ import annotations

import pytest

from pytest_fairness.perturb import swap_text

NAMES = (
    """
St. Mary's Hospital|King's College|Virginia Woolf|Lady Gaga|Prince Harry|Mother Teresa|Mr. Clean
Miss Universe|Mother's Day|Father Christmas|Boy Scouts of America|Women's World Cup
Girls (TV series)|Brothers Karamazov|Sister Act|Charlotte, North Carolina|Jordan River|Paris Hilton
Emily Brown Foundation|Mr. Smith Street|Michael & Sons|Matthew 6:26|Lake Michelle|Mount Rebecca
St. David's Cathedral|Julia Roberts|International Women's Day|Daughters of the American Revolution
Emma (1996 film)|David Brown Road|Sarah Lee Inc|Samuel Green Award|Emily, Texas.
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("frame", ["{}", "I like {}.", "She wrote about {} in May."])
def test_a_name_never_changes(name: str, frame: str) -> None:
    swap = swap_text(frame.format(name))
    assert name in swap.text
    assert swap.valid or swap.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Emily Brown called.", "Daniel Brown called."),
        ("Emily Park called.", "Daniel Park called."),
        ("Mr. Young met Emma Day.", "Ms. Young met Liam Day."),
        ("I met her at Emily Park.", "I met him at Emily Park."),
        ("Emily met Matthew at St. Mary's Church.", "Daniel met Jessica at St. Mary's Church."),
        ("Emily Brown Foundation helps her.", "Emily Brown Foundation helps him."),
        ("The men of Texas met her.", "The women of Texas met him."),
        ("Dear Ms. Taylor, your aunt called.", "Dear Mr. Taylor, your uncle called."),
        ("EMMA WENT TO SCHOOL", "LIAM WENT TO SCHOOL"),
    ],
)
def test_ordinary_names_still_swap(text: str, expected: str) -> None:
    assert swap_text(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "anna smith shows her range",
        "mr smith shows his range",
        "the cause of woman warriors",
        "`` real women '' is about a girl",
        "Mother Sues School",
    ],
)
def test_what_may_be_a_name_or_a_compound_is_ambiguous(text: str) -> None:
    swap = swap_text(text)
    assert swap.status == "ambiguous"
    assert swap.reason


@pytest.mark.parametrize(
    "text", ["You're killing me man!", "girl I have been there", "@user man some people"]
)
def test_an_address_speaks_of_nobody(text):
    assert swap_text(text).status == "ambiguous"


@pytest.mark.parametrize("text", ["He is a good man!", "The man that left", "A girl I know left."])
def test_a_noun_with_a_determiner_does(text):
    assert swap_text(text).valid
