"""Suites that pytest runs inside the tests of the plugin."""

from __future__ import annotations

import pytest

MODELS = '''
"""Three plain functions as models: one fair, one biased against women, one that only labels."""

def fair(texts):
    return [0.9 if "degree" in text else 0.2 for text in texts]

def biased(texts):
    return [0.4 if text.startswith(("She", "Her")) or " She " in text else 0.8 for text in texts]

def labels_only(texts):
    return ["yes" for text in texts]
'''

SUITE = """
import pytest
from hypothesis import given
from pytest_fairness import assert_counterfactual_invariance, counterfactuals
import models_under_test as models

resumes = counterfactuals(
    ["{Pronoun} holds a degree in {subject}.", "In {city} people say: {Pronoun} is kind."],
    vary="gender",
    slots={
        "subject": [f"subject {i}" for i in range(40)],
        "city": [f"city {i}" for i in range(40)],
    },
)

@pytest.mark.fairness(model=models.fair)
def test_fair(fairness_model):
    assert_counterfactual_invariance(fairness_model, resumes, max_flip_rate=0.05)

@pytest.mark.fairness(model=models.biased)
def test_biased(fairness_model):
    assert_counterfactual_invariance(fairness_model, resumes, max_flip_rate=0.05)

@pytest.mark.fairness(model=models.biased)
@given(pair=resumes.pairs())
def test_biased_pair(fairness_model, pair):
    assert_counterfactual_invariance(fairness_model, pair, tolerance=0.1)
"""


@pytest.fixture
def suite(pytester):
    """A folder with three tests: one passes, one fails by a rate, one by a pair."""
    pytester.makepyfile(models_under_test=MODELS, test_suite=SUITE)
    pytester.syspathinsert()
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider\n")
    return pytester


@pytest.fixture(params=[(), ("-n", "0"), ("-n", "2"), ("-p", "no:xdist")], ids=" ".join)
def workers(request):
    """The ways in which a suite is run: alone, with xdist, with xdist blocked."""
    return request.param
