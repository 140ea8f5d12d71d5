from __future__ import annotations

import random
from unittest import mock

import hypothesis
import pytest
from hypothesis import given, settings

from pytest_fairness.assertions import assert_counterfactual_invariance
from pytest_fairness.assertions.searching import worst_case
from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, FairnessFailure
from pytest_fairness.outcome import Verdict
from pytest_fairness.search import Budget, BudgetSpent, search_space
from pytest_fairness.strategies import counterfactuals

LARGE = counterfactuals(
    "{name} is a {occupation} in {city}.",
    "{name} led a team of {number} in {month}. {Pronoun} likes {subject}.",
    vary="gender",
)
UNIT = Attribute("unit", groups={"a": ["xx", "x"], "b": ["yyy", "yy"], "c": ["z"]})
SMALL = counterfactuals("{unit} and {thing}", vary=UNIT, slots={"thing": ["sun", "sky"]})
REVIEWS = counterfactuals(
    texts=[
        "The food was cold. She told Emma that her brother left. We will not come back.",
        "A very short visit, but he liked it.",
    ]
)


class Planted:
    """Scores that add up from words, so that the best pair can be reached word by word."""

    def __init__(self, **words: float) -> None:
        self.words, self.asked, self.calls = words, [], 0

    def __call__(self, texts: list[str]) -> list[float]:
        self.asked += texts
        self.calls += 1
        return [sum(v for word, v in self.words.items() if word in text) for text in texts]


def rows(model: Planted):
    return lambda texts: [(score,) for score in model(texts)]


@pytest.mark.parametrize("budget", [2, 3, 50, 301])
def test_the_budget_of_distinct_texts_is_kept_to_the_text(budget):
    model = Planted(Porto=0.5)
    result = search_space(rows(model), LARGE, budget=budget, seed=1)
    assert len(model.asked) == len(set(model.asked)) == result.queries <= budget
    assert result.queries >= budget - 1  # a pair needs two texts; one may be left over
    assert not result.exhausted


def test_a_seed_decides_everything():
    one, again, other = (
        search_space(rows(Planted(Porto=0.5, Jack=0.2)), LARGE, budget=200, seed=seed)
        for seed in (3, 3, 4)
    )
    assert one == again
    assert one != other


def test_a_space_that_fits_is_compared_whole():
    model = Planted(x=0.1, yyy=0.4, sky=0.3, z=0.2)
    result = search_space(rows(model), SMALL, budget=100)
    scores = {t: model([t])[0] for pair in SMALL for t in (pair.original, pair.variant)}
    shifts = [abs(scores[p.original] - scores[p.variant]) for p in SMALL]
    assert result.exhausted
    assert result.queries == 10  # five terms with two values of one slot
    assert result.shift == pytest.approx(max(shifts))
    assert [f.shift for f in result.pairs] == pytest.approx(sorted(shifts, reverse=True)[:20])


def test_pairs_are_sorted_distinct_and_of_the_space_with_their_scores():
    model = Planted(Porto=0.3, Jack=0.2, baker=0.1)
    result = search_space(rows(model), LARGE, budget=300, keep=15)
    shifts = [found.shift for found in result.pairs]
    assert shifts == sorted(shifts, reverse=True)
    assert len({found.pair for found in result.pairs}) == 15
    for found in result.pairs:
        assert found.pair.groups == ("female", "male")
        assert model([found.pair.original, found.pair.variant]) == pytest.approx(
            [found.scores[0][0], found.scores[1][0]]
        )


def interacting(texts: list[str]) -> list[float]:
    """A score that a name moves, more in one city, and most for one job there."""
    found = []
    for text in texts:
        name = ("Robert" in text) + 0.5 * ("Ian" in text)
        place = 0.1 + 0.3 * ("Porto" in text) + 0.2 * ("baker" in text)
        found.append(min(1.0, name * place))
    return found


@pytest.mark.slow
def test_steering_beats_random_draws_of_the_same_number_of_texts():
    wins = 0
    for seed in range(5):
        pairs = LARGE.sample(200, seed)
        scores = interacting([t for p in pairs for t in (p.original, p.variant)])
        drawn = max(abs(a - b) for a, b in zip(scores[::2], scores[1::2], strict=True))
        result = worst_case(interacting, LARGE, budget=400, seed=seed)
        wins += result.shift >= 2 * drawn or result.shift > 0.55  # 0.6 is the largest there is
    assert wins >= 4


def test_the_random_start_is_a_quarter_of_the_budget():
    result = worst_case(interacting, LARGE, budget=400, seed=0)
    assert 0 <= result.random_best <= result.shift
    nothing = worst_case(lambda texts: [0.5] * len(texts), LARGE, budget=60)
    assert (nothing.random_best, nothing.shift) == (0.0, 0.0)


def test_whole_texts_are_searched_by_sentence():
    model = Planted(Emma=0.2, cold=0.4, brother=0.3)
    result = search_space(rows(model), REVIEWS, budget=3, seed=0)
    assert result.queries <= 3
    assert worst_case(model, REVIEWS, budget=50).exhausted


def test_one_label_can_be_asked_for():
    def three(texts):
        return [[0.2, 0.3, 0.5] if "Porto" in t and "He" in t else [0.2, 0.5, 0.3] for t in texts]

    assert worst_case(three, LARGE, budget=100, label="0").shift == 0
    with pytest.raises(ArgumentError, match="label='no' is not one of"):
        worst_case(three, LARGE, budget=100, label="no")


def test_arguments_are_checked():
    with pytest.raises(ArgumentTypeError, match="cannot be searched"):
        worst_case(interacting, [("a", "b")])
    with pytest.raises(ArgumentError, match="budget=1 must be at least 2"):
        worst_case(interacting, LARGE, budget=1)
    with pytest.raises(ArgumentTypeError, match="labels only"):
        worst_case(lambda texts: ["yes"] * len(texts), LARGE, budget=10)
    with pytest.raises(ArgumentError, match="no pair to search"):
        worst_case(interacting, counterfactuals(texts="She left.").placebo())


def test_a_search_that_breaks_the_tolerance_fails_and_shows_the_pair():
    with pytest.raises(FairnessFailure, match=r"of budget=400, not all of the space") as caught:
        assert_counterfactual_invariance(interacting, LARGE, tolerance=0.05, budget=400)
    outcome = caught.value.outcome
    assert outcome.verdict is Verdict.FAIL
    assert outcome.examples[0].change == outcome.evidence.estimate > 0.05
    assert outcome.source == LARGE.recipe


def test_a_search_that_finds_nothing_is_no_pass():
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(lambda t: [0.5] * len(t), LARGE, tolerance=0.1, budget=60)
    assert caught.value.outcome.verdict is Verdict.INCONCLUSIVE
    assert "no proof that there is none" in caught.value.outcome.reason


def test_a_search_of_the_whole_space_passes():
    outcome = assert_counterfactual_invariance(
        Planted(sky=0.3, x=0.05), SMALL, tolerance=0.1, budget=10
    )
    assert outcome.verdict is Verdict.PASS
    assert "all 10 texts were scored" in outcome.reason


def test_a_budget_belongs_to_the_pointwise_check():
    with pytest.raises(ArgumentError, match="says nothing about max_flip_rate="):
        assert_counterfactual_invariance(interacting, LARGE, max_flip_rate=0.1, budget=60)


def test_a_budget_counts_texts_once_and_refuses_whole_calls():
    budget = Budget(3)
    budget.spend(["a", "b", "a"])
    with pytest.raises(BudgetSpent):
        budget.spend(["c", "d"])
    budget.spend(["b", "c"])
    assert (budget.used, budget.refused) == (3, 1)
    budget.found = True
    budget.spend(["d", "e"])
    assert str(budget) == "3 of 3 texts, and 2 more to shrink a failure"


def test_steering_takes_constant_scores():
    seen = []

    @settings(max_examples=20, database=None, deadline=None)
    @given(pair=LARGE.pairs())
    def check(pair):
        seen.append(pair)
        assert_counterfactual_invariance(lambda t: [0.5] * len(t), pair, tolerance=0.1)

    with mock.patch("hypothesis.target", wraps=hypothesis.target) as target:
        check()
    assert len(seen) == 20
    assert {call.args[0] for call in target.call_args_list} == {0.0}


def test_random_is_not_touched():
    random.seed(5)
    state = random.getstate()
    search_space(rows(Planted(Porto=1.0)), LARGE, budget=30)
    assert random.getstate() == state
