"""Names that no list knows: a pronoun that may speak of their bearer stays, any other swaps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from pytest_fairness.perturb import swap_text

# Invented names with the shape of a name: no list can hold them.
INVENTED = ("Odalimar", "Tevrin", "Kzanthe", "Brumilda", "Yorvane", "Šelwyna", "Peltham")
FRAMES = (
    "We heard that {} lost her keys.",
    "{} said she was tired.",
    "{} is late because his bus broke down.",
    "{}'s car is new and she likes it.",
    "When he arrived, {} sat down.",
    "Ask {} whether he can come.",
    "My uncle {} called.",
    "{} is a good man.",
    "The award went to {}, who thanked his team.",
)
OTHERS = (
    "She works at {}.",
    "He lives in {}.",
    "We told {} about the women.",
    "She told Dr. {} the truth.",
    "The {} helped her.",
    "Ms. {} lost her keys.",
    "Emma {} lost her keys.",
)


@given(name=st.sampled_from(INVENTED), frame=st.sampled_from(FRAMES))
@settings(deadline=None, max_examples=70)
def test_a_pronoun_that_may_speak_of_an_unknown_name_stays(name: str, frame: str) -> None:
    swap = swap_text(frame.format(name))
    assert swap.status == "ambiguous"
    assert swap.reason == f"'{name}' may be the person meant and has no counterpart"


@given(name=st.sampled_from(INVENTED), frame=st.sampled_from(OTHERS))
@settings(deadline=None, max_examples=50)
def test_a_place_a_surname_or_a_bystander_does_not_hinder_a_swap(name: str, frame: str) -> None:
    assert swap_text(frame.format(name)).valid


@pytest.mark.parametrize(
    "text",
    [
        "On Friday he flew to London and Paris.",
        "Everyone knows that she speaks Spanish and Hindi.",
        "Yesterday he met the Canadian President.",
        "Facebook banned her.",
        "Police arrested him on Christmas Day.",
        "Trust was a concern, and she knew it.",
        "Nobody told her about Brazil.",
        "Women said he was right.",
        "In January she joined NASA.",
    ],
)
def test_other_words_with_a_capital_do_not_hinder_a_swap(text: str) -> None:
    assert swap_text(text).valid


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tevrin is funny as she tries to help", "tevrin"),
        ("as yorvane demonstrates , his films age well", "yorvane"),
        ("lrb tevrin rrb gives his best", "tevrin"),
        ("it is tevrin 's best film , and she knows it", "tevrin"),
        ("see tevrin and her friends on the screen", "tevrin"),
        ("the director yorvane shows what he can do", "yorvane"),
        ("only tevrin could make his case", "tevrin"),
    ],
)
def test_a_text_without_capitals_shows_a_name_by_its_place(text: str, name: str) -> None:
    swap = swap_text(text)
    assert (swap.status, swap.reason) == (
        "ambiguous",
        f"'{name}' may be the person meant and has no counterpart",
    )


@pytest.mark.parametrize(
    "text",
    [
        "she said she would call",
        "my boss told me that he was late",
        "yesterday we met him",
        "the director knows his craft",
        "i love my wife and she loves me",
        "someone left his coat",
    ],
)
def test_a_text_without_capitals_and_names_swaps(text: str) -> None:
    assert swap_text(text).valid


@pytest.mark.parametrize(
    "text",
    [
        "#AnnExample said she won",
        "she's so funny RT @user: Tevrin did it again",
        "Uncle leo found his keys",
        "hes late and his boss knows",
        "The King of Norway spoke.",
        "I know why Hostess failed.",
        "A female bird builds its nest.",
        "We watched the mother deer.",
        "i love it man",
        "These hoes swear boy",
        "Gas is 3 dollars a gallon, 5 gal please",
        "It is indicative of his, if you will, odd character.",
        "Obama knows his audience.",
    ],
)
def test_names_and_nouns_that_speak_of_no_person_in_sight(text: str) -> None:
    swap = swap_text(text)
    assert swap.status == "ambiguous"
    assert swap.reason


def test_a_title_without_a_name_is_undecided() -> None:
    assert swap_text("Oh Mr I know it all thinks he is great.").status == "ambiguous"
