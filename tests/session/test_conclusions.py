"""What is said of all outcomes of a session together."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest

import pytest_fairness as pf
from pytest_fairness import FairnessFailure
from pytest_fairness.conclusions import conclusions
from pytest_fairness.settings import Run, activate


def outcomes_of(*checks, share=1.0):
    found = []
    with activate(Run(record=found.append, take_share=lambda: share)):
        for check in checks:
            with contextlib.suppress(FairnessFailure):
                check()
    return found


def rows(base_rates, n=4000):
    rng = np.random.default_rng(0)
    group = np.repeat(list(base_rates), n)
    rate = np.repeat(list(base_rates.values()), n)
    y_true = (rng.random(len(group)) < rate).astype(int)
    score = np.clip(0.25 + 0.5 * y_true + rng.normal(0, 0.1, len(group)), 0, 1)
    return group, y_true, score


def calibration(group, y_true, score):
    return lambda: pf.assert_calibration(y_true, score, sensitive_features=group, max_group=0.4)


def odds(group, y_true, score):
    return lambda: pf.assert_equalized_odds(
        y_true, (score > 0.5).astype(int), sensitive_features=group, max_difference=0.1
    )


def said(outcomes, **options):
    options = {"alpha": 0.05, "sharing": "session", **options}
    return " ".join(conclusions(outcomes, **options))


def test_calibration_and_equal_error_rates_exclude_each_other_where_base_rates_differ():
    unequal = rows({"a": 0.3, "b": 0.6})
    note = said(outcomes_of(calibration(*unequal), odds(*unequal)))
    assert "only a perfect model can have both" in note
    assert "Kleinberg" in note
    assert note.count("Chouldechova") == 1
    assert "a 29" in note
    assert "b 59.8 %" in note


def test_nothing_is_said_where_base_rates_are_equal_or_only_one_is_asserted():
    equal, unequal = rows({"a": 0.4, "b": 0.4}), rows({"a": 0.3, "b": 0.6})
    assert "perfect" not in said(outcomes_of(calibration(*equal), odds(*equal)))
    assert "perfect" not in said(outcomes_of(odds(*unequal)))
    assert "perfect" not in said(outcomes_of(calibration(*unequal), odds(*equal)))


def parity(k):
    return lambda: pf.assert_demographic_parity(
        [1] * 500 + [0] * 500 + [1] * k + [0] * (1000 - k),
        sensitive_features=["a"] * 1000 + ["b"] * 1000,
        max_difference=0.05,
    )


def test_the_chance_of_a_false_failure_is_named():
    note = said(outcomes_of(parity(500), parity(510), share=0.25))
    assert "any of the 2 population checks failed falsely is at most 5 %" in note
    assert "Bonferroni" in note


def test_full_counts_are_named_beside_the_checks_that_chance_may_fail():
    found = outcomes_of(parity(500), parity(510), share=0.25)
    evidence = replace(found[0].evidence, population=found[0].evidence.n)
    note = said([*found, replace(found[0], evidence=evidence)])
    assert "any of the 2 population checks failed falsely" in note
    assert note.endswith("1 more check is a full count, which chance cannot make fail falsely.")
    assert "full count" not in said(found)


def test_without_sharing_chances_add_up():
    found = outcomes_of(parity(500), parity(510), parity(505))
    assert "at most 15 %" in said(found, sharing="check")


def test_holms_steps_name_what_they_would_fail_beyond_bonferroni():
    # one check that fails at once leaves all of alpha to the other, whose p-value is near 0.03
    found = outcomes_of(parity(900), parity(600), share=0.25)
    verdicts = [o.verdict.value for o in found]
    assert verdicts == ["fail", "inconclusive"]
    assert 0.0125 < found[1].evidence.p_value < 0.05
    assert "would also fail demographic_parity_difference" in said(found)


def test_single_pairs_and_full_counts_take_no_part():
    pair = lambda: pf.assert_counterfactual_invariance(  # noqa: E731
        lambda texts: [[0.5, 0.5]] * len(texts), ("a", "b"), tolerance=0.1
    )
    assert said(outcomes_of(pair, pair)) == ""


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_a_smaller_share_never_turns_a_verdict_into_a_fail(share):
    whole, part = outcomes_of(parity(600))[0], outcomes_of(parity(600), share=share)[0]
    order = ["pass", "inconclusive", "fail"]
    assert order.index(part.verdict.value) <= order.index(whole.verdict.value)
    assert part.share == share
    assert part.evidence.interval.high == whole.evidence.interval.high
    assert part.evidence.interval.low <= whole.evidence.interval.low
