from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from pytest_fairness.search.genes import Even, evenly, fellows, read
from pytest_fairness.search.surrogate import Side, Surrogate, features
from pytest_fairness.strategies import counterfactuals

SPACE = counterfactuals("{name} is a {occupation} in {city}.", vary="gender")
CONTEXT = counterfactuals(
    "A {religion} {thing}.", vary="religion", slots={"thing": ["cook", "guest", "judge"]}
)


def sides(pair):
    texts = (pair.original, pair.variant)
    return tuple(Side(*each) for each in zip(texts, pair.groups, pair.terms, strict=True))


def score(text):
    """Log-odds that add up from words."""
    return -3 + 2 * ("Porto" in text) + 1.5 * ("baker" in text) + 1.5 * text.startswith("J")


def probability(text):
    return 1 / (1 + np.exp(-score(text)))


def known(n):
    pairs = SPACE.sample(n, 0)
    each = list({side.text: side for pair in pairs for side in sides(pair)}.values())
    return each, [(probability(s.text), 1 - probability(s.text)) for s in each]


def test_what_is_expected_of_texts_never_scored_follows_what_they_hold():
    surrogate = Surrogate()
    surrogate.learn(*known(150))
    seen = {side.text for side in known(150)[0]}
    new = [p for p in SPACE.sample(900, 1) if p.original not in seen and p.variant not in seen]
    true = np.array([abs(probability(p.original) - probability(p.variant)) for p in new])
    gains = np.array(surrogate.gains([sides(p) for p in new], 0.0))
    assert np.corrcoef(true, gains)[0, 1] > 0.9
    assert true[np.argmax(gains)] > 0.9 * true.max()


def test_a_pair_whose_texts_are_known_gains_its_shift_less_the_best():
    each, rows = known(150)
    surrogate = Surrogate()
    surrogate.learn(each, rows)
    pairs = [(each[i], each[i + 1]) for i in range(0, 60, 2)]
    shifts = np.array([abs(rows[i][0] - rows[i + 1][0]) for i in range(0, 60, 2)])
    for best in (0.0, 0.2):
        gains = np.array(surrogate.gains(pairs, best))
        assert gains == pytest.approx(np.maximum(shifts - best, 0), abs=0.06)


def test_nothing_is_expected_above_the_largest_possible_shift():
    surrogate = Surrogate()
    surrogate.learn(*known(40))
    assert max(surrogate.gains([sides(p) for p in SPACE.sample(50, 2)], 1.0)) == 0


def test_constant_scores_are_fitted_and_expect_nothing():
    each, _ = known(20)
    surrogate = Surrogate()
    surrogate.learn(each, [(0.5,)] * len(each))
    assert max(surrogate.gains([sides(p) for p in SPACE.sample(20, 3)], 0.0)) < 1e-6


def test_scores_beyond_probabilities_are_fitted_as_they_are():
    each, _ = known(100)
    surrogate = Surrogate()
    surrogate.learn(each, [(10 * score(side.text),) for side in each])
    gains = surrogate.gains([sides(p) for p in SPACE.sample(200, 4)], 0.0)
    assert max(gains) > 10  # the name alone moves 15


def test_without_scores_nothing_is_expected():
    assert Surrogate().gains([sides(SPACE[0])], 0.0) == [0.0]


def test_chinese_is_read_character_by_character():
    side = Side("\u4ed6\u662fIT\u5de5\u4eba", "male", "\u4ed6")
    assert {"\u4ed6", "\u662f", "it", "\u5de5", "\u4eba"} < features(side)


@pytest.mark.parametrize("thing", ["cook", "guest", "judge"])
def test_fellows_are_all_pairs_of_one_sentence(thing):
    rng = random.Random(0)
    gene = next(g for g in (read(CONTEXT, (), rng) for _ in range(99)) if thing in g.pair.original)
    same = [pair for pair in CONTEXT if pair.original.endswith(f" {thing}.")]
    found = list(fellows(CONTEXT, gene.digits))
    assert Counter(found) == Counter(same)


def test_an_even_start_shows_every_term_before_any_comes_again():
    draw = Even(random.Random(3))
    genes = [evenly(SPACE, draw) for _ in range(48)]
    for side in (0, 1):
        assert len({gene.pair.terms[side] for gene in genes}) == 48
    again = read(SPACE, genes[5].digits, random.Random(0))
    assert again == genes[5]
