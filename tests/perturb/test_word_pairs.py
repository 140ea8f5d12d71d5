"""Rare words for women and men swap, idioms do not, and names of many countries are known."""

from __future__ import annotations

import pytest

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import swap_text

BOTH_WAYS = [
    "abbess abbot",
    "archduchess archduke",
    "marchioness marquis",
    "tsarina tsar",
    "grandniece grandnephew",
    "stepmom stepdad",
    "fisherwoman fisherman",
    "choirgirl choirboy",
    "headmistress headmaster",
    "postmistress postmaster",
    "alumna alumnus",
    "maharani maharaja",
    "washerwoman washerman",
    "frontwoman frontman",
    "goddaughter godson",
    "masseuse masseur",
]
ONE_WAY = [
    "countess count",
    "villainess villain",
    "prophetess prophet",
    "aviatrix aviator",
    "divorcée divorcé",
    "heiress heir",
    "protégée protégé",
    "sculptress sculptor",
    "sorority fraternity",
    "convent monastery",
]


@pytest.mark.parametrize("pair", BOTH_WAYS)
def test_a_pair_swaps_both_ways(pair: str) -> None:
    female, male = pair.split()
    assert swap_text(f"We wrote to the {female}.").text == f"We wrote to the {male}."
    assert swap_text(f"We wrote to the {male}.").text == f"We wrote to the {female}."


@pytest.mark.parametrize("pair", ONE_WAY)
def test_a_female_form_becomes_the_word_for_everybody_and_not_back(pair: str) -> None:
    female, male = pair.split()
    swap = swap_text(f"We wrote to the {female}.")
    assert (swap.text, swap.reversible) == (f"We wrote to the {male}.", False)
    assert not swap_text(f"We wrote to the {male}.").valid


@pytest.mark.parametrize(
    "text",
    [
        "Ladies first, he said.",
        "He told her to man up.",
        "Boys will be boys, she said.",
        "He lives in a man cave.",
        "She likes Gilmore Girls.",
        "He saw A Few Good Men.",
        "My old man drove her bus.",
        "You the man, she said.",
        "Madame Bovary lost her way.",
        "Kevin Hart made his film.",
        "He met Michelle Yeoh.",
    ],
)
def test_sayings_works_and_known_persons_are_left_out(text: str) -> None:
    swap = swap_text(text)
    assert swap.status == "ambiguous"
    assert swap.reason


@pytest.mark.parametrize(
    "name",
    [
        "Pedro",
        "Dani",
        "Charlie",
        "Joey",
        "Deandre",
        "Caitlin",
        "Conchita",
        "Ronaldinho",
        "Giacomo",
        "Noémie",
        "Annegret",
        "Joost",
        "Solveig",
        "Wojciech",
        "Panagiotis",
        "Abdelrahman",
        "Abhishek",
        "Farzana",
        "Xiaoming",
        "Takeshi",
        "Jieun",
        "Quynh",
        "Chinedu",
        "Zeynep",
        "Babak",
        "Shlomo",
        "CHARLIE",
    ],
)
def test_a_name_without_a_partner_leaves_the_pronoun_alone(name: str) -> None:
    swap = swap_text(f"My colleague {name} said she won.")
    assert swap.status == "ambiguous"
    assert name in swap.reason


def test_a_given_name_is_in_one_list() -> None:
    gender = load_attribute("gender")
    paired = {name for group in gender.groups for name in gender.terms(group, "name")}
    others, world = set(gender.rule("other_names")), set(gender.rule("world_names"))
    assert not others & world
    assert not (others | world) & paired
    assert len(world) > 1000
