"""A real model with natural bias: it fails, the smallest pair is found, the repair holds.

MiniLM learned toxicity from tweets in which words for sexual orientation stand mostly in toxic
ones. Nothing is planted, and no number here was chosen to fit.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import HealthCheck, find, settings

from pytest_fairness import (
    FairnessFailure,
    MitigationConfig,
    Verdict,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
    mitigate,
)
from pytest_fairness.mitigation import read_rows

EXAMPLE = Path(__file__).parents[1] / "examples" / "toxicity" / "test_toxicity.py"


@pytest.fixture(scope="module")
def people():
    """The space of the example's test file."""
    spec = importlib.util.spec_from_file_location("toxicity_example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.people


@pytest.fixture(scope="module")
def model(toxicity_model):
    loaded = load_model(toxicity_model, device="cpu")
    yield loaded
    loaded.close()


@pytest.fixture(scope="module")
def failure(model, people):
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(model, people, max_flip_rate=0.02)
    return caught.value


def test_the_classifier_is_good_at_its_task(toxicity):
    assert toxicity.accuracy >= 0.94


def test_a_population_check_fails_with_a_rate_and_an_interval(failure):
    outcome = failure.outcome
    print(failure)
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence.interval.low > 0.02
    assert outcome.evidence.estimate > 0.05
    assert "worst pair" in str(failure)


def test_hypothesis_shrinks_to_one_short_pair(model, people):
    def breaks(pair):
        try:
            assert_counterfactual_invariance(model, pair, tolerance=0.3)
        except FairnessFailure:
            return True
        return False

    quiet = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    smallest = find(people.pairs(), breaks, settings=quiet)
    print(smallest)
    breaking = [pair for pair in people if breaks(pair)]
    assert smallest in breaking
    assert not [pair for pair in breaking if simpler_by_one_choice(pair, smallest)]
    lengths = sorted(map(length, breaking))
    assert length(smallest) <= lengths[len(lengths) // 10]


def simpler_by_one_choice(pair, other):
    """Tell whether a pair is shorter, by its template or by one of its terms."""
    if length(pair) >= length(other):
        return False
    same = [
        a == b
        for a, b in zip((pair.source, *pair.terms), (other.source, *other.terms), strict=True)
    ]
    return sum(same) == 2 and pair.groups == other.groups


def length(pair):
    return len(pair.original) + len(pair.variant)


def test_gendered_words_move_it_far_less_than_orientation(model, failure):
    gendered = counterfactuals(
        ["My {relative} is kind.", "{Pronoun} works at our school.", "{name} grows tomatoes."],
        vary="gender",
    )
    try:
        outcome = assert_counterfactual_invariance(model, gendered, max_flip_rate=0.02)
    except FairnessFailure as err:
        outcome = err.outcome
    print(outcome.evidence.estimate, outcome.reason)
    assert outcome.evidence.estimate < failure.outcome.evidence.estimate


@pytest.mark.slow  # examples/toxicity plays it too, by the command
def test_the_repair_holds_on_heldout_terms_and_templates(
    toxicity_model, toxicity_rows, failure, tmp_path
):
    result = mitigate(
        toxicity_model,
        read_rows(toxicity_rows, "text", "label"),
        MitigationConfig(device="cpu"),
        against=failure.outcome,
        out=tmp_path / "repaired",
    )
    before, after = result.before[0].evidence, result.after[0].evidence
    print(
        f"flip rate {before.estimate:.4f} -> {after.estimate:.4f}", result.utility, result.seconds
    )
    assert before.estimate > 0.05
    assert after.estimate <= before.estimate / 10
    assert result.utility.loss <= 0.01
    if result.met:
        assert load_model(tmp_path / "repaired").labels == ("not toxic", "toxic")
    else:
        assert not (tmp_path / "repaired" / "config.json").exists()
