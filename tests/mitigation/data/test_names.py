from itertools import permutations
from math import log

import numpy as np
import pytest

from pytest_fairness.attributes import load_attribute
from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import match_names, with_name_pairs
from pytest_fairness.perturb import swap_text

PAIRS = [("Agnes", "Tom"), ("Uma", "Ned")]


def test_the_pairs_are_those_with_the_least_sum_of_squares():
    rng = np.random.default_rng(0)
    women = {f"w{i}": int(n) for i, n in enumerate(rng.integers(50, 9000, 6))}
    men = {f"m{i}": int(n) for i, n in enumerate(rng.integers(50, 9000, 6))}
    shared = {"w0": 40, "w3": 20}  # some men bear a name of women
    pairs = dict(match_names({"f": women, "m": {**men, **shared}}))

    places = {n: (log(c + shared.get(n, 0)), c / (c + shared.get(n, 0))) for n, c in women.items()}
    places |= {n: (log(c), 1.0) for n, c in men.items()}
    spread = np.std(list(places.values()), axis=0)

    def total(order):
        ends = (
            np.subtract(places[w], places[m]) / spread for w, m in zip(women, order, strict=True)
        )
        return sum(float(end @ end) for end in ends)

    best = min(permutations(men), key=total)
    assert [pairs[w] for w in women] == list(best)


def test_a_frequent_name_gets_a_frequent_one():
    counts = {"f": {"Rare": 3, "Often": 900}, "m": {"Seldom": 4, "Much": 800, "Middling": 90}}
    assert match_names(counts) == (("Often", "Much"), ("Rare", "Seldom"))


def test_names_that_both_groups_bear_alike_belong_to_neither():
    counts = {"f": {"Kim": 50, "Ann": 9}, "m": {"Kim": 50, "Tom": 9}}
    assert match_names(counts) == (("Ann", "Tom"),)


def test_swaps_follow_the_pairs_both_ways():
    gender = with_name_pairs(load_attribute("gender"), PAIRS)
    assert swap_text("Uma told her son.", gender).text == "Ned told his daughter."
    assert swap_text("Tom told his son.", gender).text == "Agnes told her daughter."


@pytest.mark.parametrize("name", ["Jessica", "Matthew"])
def test_a_listed_name_without_a_partner_leaves_its_text_out(name):
    gender = with_name_pairs(load_attribute("gender"), PAIRS)
    swap = swap_text(f"{name} met Uma.", gender)
    assert (swap.status, swap.reason) == ("ambiguous", f"'{name}' has no counterpart")


def test_chinese_names():
    gender = with_name_pairs(load_attribute("gender", "zh"), [("王芳", "王强")])
    assert swap_text("王芳说她很忙。", gender).text == "王强说他很忙。"


def test_arguments():
    gender = load_attribute("gender")
    with pytest.raises(ArgumentError, match="Pairs of names need two"):
        match_names({"f": {"Ann": 1}})
    with pytest.raises(ArgumentError, match="no name that is typical of 'm'"):
        match_names({"f": {"Ann": 2}, "m": {"Ann": 1}})
    with pytest.raises(ArgumentError, match="Pairs of names need two groups"):
        with_name_pairs(load_attribute("religion"), PAIRS)
    with pytest.raises(ArgumentError, match="pairs is empty"):
        with_name_pairs(gender, [])
    with pytest.raises(ArgumentError, match="a name in both groups"):
        with_name_pairs(gender, [("Ann", "Tom"), ("Tom", "Ned")])
