from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings, strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

from pytest_fairness import FairnessFailure, Verdict, assert_counterfactual_invariance
from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.chain import Chain, Chained
from pytest_fairness.strategies import chains, counterfactuals, query_budget
from tests.strategies import shrinking

UNIT = Attribute("unit", groups={"a": ["xx", "x"], "b": ["yyy", "yy"], "c": ["z"]})
SMALL = counterfactuals("{unit} and {thing}", vary=UNIT, slots={"thing": ["sun", "sky"]})
REVIEWS = counterfactuals(texts="She told Emma that her brother left. We will not come back.")
CITIES = counterfactuals("{name} lives in {city}. {Pronoun} can start in {month}.", vary="gender")
QUIET = settings(database=None, derandomize=True, max_examples=100, deadline=None)


def biased(texts):
    return [0.9 if "Porto" in text and "He" in text else 0.1 for text in texts]


def fair(texts):
    return [0.5] * len(texts)


@QUIET
@given(SMALL.batches(size=5))
def test_batches_hold_distinct_pairs_of_the_space(batch):
    assert 1 <= len(batch) == len(set(batch)) <= 5
    assert set(batch) <= set(SMALL)


def test_a_failing_batch_shrinks_to_one_pair():
    (pair,) = find(
        CITIES.batches(size=8),
        lambda batch: any("Porto" in p.original for p in batch),
        settings=QUIET,
    )
    assert pair.original == "Mia lives in Porto. She can start in May."


def test_reported_pairs_are_minimal_for_ten_seeds():
    results = list(shrinking.runs(seeds=10, most=8))
    assert [ok for ok, _ in results] == [True] * 10


@pytest.mark.slow
def test_reported_pairs_are_minimal_in_95_of_100_seeds():
    assert sum(ok for ok, _ in shrinking.runs(seeds=100)) >= 95


def test_a_batch_is_scored_in_one_call_and_the_worst_pair_is_named():
    calls = []

    def model(texts):
        calls.append(len(texts))
        return biased(texts)

    batch = CITIES.sample(400, 0)
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(model, batch, tolerance=0.1)
    assert len(calls) == 1
    assert "Porto" in caught.value.outcome.examples[0].texts[0]
    assert caught.value.outcome.evidence.n == 400


def test_shrinking_asks_the_model_about_few_texts():
    run = shrinking.search(shrinking.usable(shrinking.SPACE)[0], seed=0)
    assert run.texts < 2000


def test_two_checks_in_one_example_are_both_judged():
    @QUIET
    @given(batch=CITIES.batches(size=4))
    def check(batch):
        assert_counterfactual_invariance(fair, batch, tolerance=0.1)
        assert_counterfactual_invariance(fair, batch, tolerance=0.2)

    check()


@QUIET
@given(SMALL.variants())
def test_variants_are_all_the_pairs_of_one_original(pairs):
    first = pairs[0].original
    assert set(pairs) == {pair for pair in SMALL if pair.original == first}
    assert len(pairs) == len(set(pairs))


@QUIET
@given(REVIEWS.variants(), REVIEWS.seeds())
def test_variants_and_seeds_of_texts(pairs, seed):
    assert len({pair.original for pair in pairs}) == 1
    assert seed in REVIEWS.recipe["texts"][0]


def upper(text, *, seed):
    return Chained(text.upper(), "unchanged" if text.isupper() else "valid")


def dots(text, *, seed):
    return Chained(text + "." * (seed % 3), "valid" if seed % 3 else "unchanged")


def doubtful(text, *, seed):
    return Chained("?", "ambiguous")


@QUIET
@given(chains(upper, dots, max_size=2), CITIES.seeds())
def test_chains_apply_their_steps_in_order(chain, seed):
    assert 1 <= len(chain.steps) <= 2
    expected = seed
    for step, number in chain.steps:
        expected = step(expected, seed=number).text
    assert chain(seed) == Chained(expected, "valid" if expected != seed else "unchanged")


def test_a_step_that_does_not_count_ends_the_chain():
    chain = Chain(((upper, 0), (doubtful, 0), (dots, 1)))
    assert chain("a") == Chained("a", "ambiguous")


def test_chains_shrink_to_the_first_step():
    assert find(chains(upper, dots), lambda _: True, settings=QUIET) == Chain(((upper, 0),))
    with pytest.raises(ArgumentError, match="at least one"):
        chains()


def test_a_query_budget_stops_the_scoring_and_says_what_was_used():
    asked, outcomes = set(), []

    def model(texts):
        asked.update(texts)
        return fair(texts)

    @query_budget(300)
    @QUIET
    @given(batch=CITIES.batches(size=40))
    def check(batch):
        outcomes.append(assert_counterfactual_invariance(model, batch, tolerance=0.1))

    check()
    first = len(asked)
    assert 200 < first <= 300
    assert len(outcomes) < 100
    assert f"Query budget used so far: {first} of 300 texts." in outcomes[-1].reason
    check()  # a new run has a new budget
    assert "of 300 texts." in outcomes[-1].reason
    assert outcomes[-1].verdict is Verdict.PASS


def test_a_failure_is_shrunk_whatever_is_left_of_the_budget():
    @query_budget(150)
    @settings(database=None, derandomize=True, max_examples=200, deadline=None)
    @given(batch=CITIES.batches(size=20))
    def check(batch):
        assert_counterfactual_invariance(biased, batch, tolerance=0.1)

    with pytest.raises(FairnessFailure, match="more to shrink a failure") as caught:
        check()
    assert caught.value.outcome.examples[0].texts[0].startswith("Mia lives in Porto")


def test_a_budget_too_small_for_one_example_is_an_error():
    @query_budget(2)
    @QUIET
    @given(batch=st.just(list(SMALL)))
    def check(batch):
        assert_counterfactual_invariance(fair, batch, tolerance=0.1)

    with pytest.raises(ArgumentError, match="nothing would be tested"):
        check()
    with pytest.raises(ArgumentTypeError, match="Put it above @given"):
        query_budget(100)(lambda: None)
    with pytest.raises(ArgumentError, match="at least 2"):
        query_budget(1)


def test_a_failure_is_stored_and_replayed_first(tmp_path):
    seen = []

    def run(phases):
        seen.clear()

        @settings(
            database=DirectoryBasedExampleDatabase(tmp_path),
            phases=phases,
            deadline=None,
            max_examples=300,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(batch=CITIES.batches(size=8))
        def check(batch):
            seen.append(batch)
            assert_counterfactual_invariance(biased, batch, tolerance=0.1)

        with pytest.raises(FairnessFailure):
            check()
        return list(seen)

    run(list(Phase))
    again = run([Phase.reuse])
    assert [pair.original for pair in again[0]] == ["Mia lives in Porto. She can start in May."]


def test_the_same_seed_searches_alike():
    runs = [shrinking.search("Windhoek", seed=7) for _ in range(2)]
    assert runs[0] == runs[1]
