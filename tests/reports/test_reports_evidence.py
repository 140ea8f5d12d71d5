"""What a message says of the evidence: who decides, what would settle it, how sharp it is."""

from __future__ import annotations

import pytest

import pytest_fairness as pf
from pytest_fairness import FairnessFailure
from pytest_fairness.reports import failure_message, render_html


def message(y_pred, groups, **limits):
    with pytest.raises(FairnessFailure) as caught:
        pf.assert_demographic_parity(y_pred, sensitive_features=groups, **limits)
    return caught.value.outcome, str(caught.value)


def test_a_failure_names_both_groups_their_rates_rows_and_interval():
    outcome, text = message(
        [1] * 600 + [0] * 400 + [1] * 300 + [0] * 700,
        ["a"] * 1000 + ["b"] * 1000,
        max_difference=0.1,
    )
    decided = text.partition("decided by")[2].split("\n  group")[0]
    assert "a 60.0 % (n 1,000) against b 30.0 % (n 1,000)" in decided
    assert "30.0 pp (25." in decided
    assert outcome.evidence.deciding.first == "a"


def test_an_open_verdict_says_how_many_rows_of_which_group_would_decide():
    outcome, text = message(
        [1, 0] * 200 + [1, 0, 0, 0, 0], ["a"] * 200 + ["b"] * 200 + ["c"] * 5, max_difference=0.1
    )
    assert outcome.verdict.value == "inconclusive"
    needed = outcome.evidence.required_groups
    settle = text.partition("to settle")[2].splitlines()[0]
    for name in ("a", "b", "c"):
        assert f"{name} {needed[name]:,}" in settle
    assert sum(needed.values()) == outcome.evidence.required_n


def test_an_open_verdict_says_what_it_could_have_found():
    outcome, text = message(
        [1, 0] * 300 + [1, 1, 0] * 200, ["a"] * 600 + ["b"] * 600, max_difference=0.15
    )
    assert outcome.verdict.value == "inconclusive"
    assert outcome.evidence.minimum_detectable > 0.15
    assert "or more would probably have failed (power 80 %)" in " ".join(text.split())


def test_a_group_by_itself_is_named_without_a_second():
    with pytest.raises(FairnessFailure) as caught:
        pf.assert_rate_parity(
            [1] * 400,
            [1] * 150 + [0] * 50 + [1] * 190 + [0] * 10,
            rate="true_positive_rate",
            sensitive_features=["a"] * 200 + ["b"] * 200,
            min_group=0.9,
        )
    assert "a 75.0 % (n 200), true positive rate: " in str(caught.value)


def test_the_page_says_which_part_of_alpha_a_failure_may_spend():
    from dataclasses import replace

    outcome, _ = message(
        [1] * 600 + [0] * 400 + [1] * 300 + [0] * 700,
        ["a"] * 1000 + ["b"] * 1000,
        max_difference=0.1,
    )
    page = render_html([replace(outcome, share=0.1)], notes=["Said once."])
    assert "0.05, of which a fail may spend 0.005" in page
    assert page.count("Said once.") == 1
    assert "demographic_parity_difference" in page
    assert failure_message(outcome).count("\n") < 25
