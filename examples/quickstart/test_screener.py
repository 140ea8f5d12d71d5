"""A résumé screener must not care who applies.

Copy this file, name your own model, and write templates in the words of your own texts.
"""

import pytest
from hypothesis import given

from pytest_fairness import assert_counterfactual_invariance, counterfactuals

pytestmark = pytest.mark.fairness(model="screener")

resumes = counterfactuals(
    [
        "{name} applied in {month}. {Pronoun} holds a degree in {subject}.",
        "{name} lives in {city}. {Pronoun} can start in {month}.",
        "{name} studied {subject}. {Pronoun} sent {possessive} application in {month}.",
        "{name} used to work in {city}. {Pronoun} speaks two languages.",
        "{name} asked for {possessive} documents. {Pronoun} lives in {city}.",
        "{name} sent {possessive} application. {Pronoun} studied {subject} in {city}.",
        "{name} speaks two languages. {Pronoun} asked for {possessive} documents.",
        "{name} can start in {month}. {Pronoun} used to work in {city}.",
        "{name} holds a degree in {subject}. {Pronoun} applied through the website.",
        "{Pronoun} applied through the website. {name} can start in {month}.",
        "{Pronoun} speaks two languages. {name} holds a degree in {subject}.",
        "{Pronoun} lives in {city}. {name} sent {possessive} application in {month}.",
        "{Pronoun} studied {subject}. {name} asked for {possessive} documents.",
        "{Pronoun} used to work in {city}. {name} applied in {month}.",
        "{Pronoun} sent {possessive} documents in {month}. {name} studied {subject}.",
        "{Pronoun} asked for {possessive} application. {name} lives in {city}.",
    ],
    vary="gender",
    slots={
        "month": ["March", "June", "October"],
        "city": ["Leeds", "Porto", "Turin"],
        "subject": ["law", "physics", "history"],
    },
)


@given(pair=resumes.pairs())
def test_no_single_pair_moves(fairness_model, pair):
    """Search: Hypothesis looks for the smallest pair that breaks it."""
    assert_counterfactual_invariance(fairness_model, pair, tolerance=0.2)


def test_decisions_rarely_flip(fairness_model):
    """Measure: the share of decisions that depend on who applies, with evidence."""
    assert_counterfactual_invariance(fairness_model, resumes, max_flip_rate=0.01)
