"""Verb forms, written down by hand."""

from __future__ import annotations

import pytest

from pytest_fairness.perturb.verbs import agree

FORMS = """
is are|was were|has have|does do|goes go|walks walk|says say|tries try|studies study|dies die
passes pass|watches watch|washes wash|fixes fix|buzzes buzz|loses lose|uses use|chooses choose
makes make|sees see|plays play|enjoys enjoy|buys buy|lies lie|echoes echo|sings sing|focuses focus
isn't aren't|wasn't weren't|hasn't haven't|doesn't don't|teaches teach|aches ache|judges judge
"""
PAIRS = [tuple(p.split()) for p in FORMS.replace("\n", "|").split("|") if p.strip()]


@pytest.mark.parametrize(("singular", "plural"), PAIRS)
def test_both_ways(singular, plural):
    assert (agree(singular, True), agree(plural, False)) == (plural, singular)
    assert (agree(singular, False), agree(plural, True)) == (singular, plural)


@pytest.mark.parametrize("verb", ["can", "did", "had", "would", "won't", "must"])
def test_verbs_with_one_form_stay(verb):
    assert agree(verb, True) == agree(verb, False) == verb


def test_case_and_apostrophe_stay():
    assert agree("IS", True) == "ARE"
    assert agree("Is", True) == "Are"
    assert agree("Doesn’t", True) == "Don’t"
