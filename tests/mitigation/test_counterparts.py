"""Tests that end well without their check repair nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fairness import (
    FairnessFailure,
    MitigationError,
    Verdict,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
)
from pytest_fairness.mitigation import gates
from pytest_fairness.mitigation.counterparts import all_pass, not_run_again
from pytest_fairness.mitigation.methods import Candidate
from pytest_fairness.mitigation.runner import TestRun

TEST = "test_x.py::test_it"
CANDIDATE = Candidate(None, lambda to: None, lambda to: None, 0, "", 0.0)


@pytest.fixture(scope="module")
def failing():
    model = load_model(lambda texts: [0.9 if len(text) % 2 else 0.2 for text in texts])
    space = counterfactuals("A {religion} guest left early.", vary="religion")
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(model, space, max_flip_rate=0.01)
    return named(replace(caught.value.outcome, test=TEST), "in/screener")


def named(outcome, path):
    return replace(outcome, model=replace(outcome.model, path=path))


def passing(outcome):
    return replace(outcome, verdict=Verdict.PASS)


def test_a_check_on_another_part_of_its_space_answers_a_failing_one(failing):
    heldout = replace(failing, source={**failing.source, "part": "heldout"})
    assert all_pass([failing], [passing(heldout)])
    assert not_run_again([failing], [passing(heldout)]) == []


def test_a_check_on_another_space_does_not(failing):
    other = counterfactuals("A {religion} guest came late.", vary="religion")
    assert not all_pass([failing], [replace(passing(failing), source=other.recipe)])


def test_what_does_not_run_or_pass_or_has_another_limit_does_not(failing):
    looser = replace(failing.tolerance, value=0.9)
    assert not all_pass([failing], [])
    assert not all_pass([failing], [failing])
    assert not all_pass([failing], [passing(failing), failing])
    assert not all_pass([failing, failing], [passing(failing)])
    assert not all_pass([failing], [replace(passing(failing), tolerance=looser)])
    assert not_run_again([failing], [replace(passing(failing), test="test_x.py::other")]) == [TEST]


class TestJudging:
    """`Retesting`, with runs of pytest that are given."""

    @pytest.fixture
    def judged(self, failing, tmp_path):
        def judge(heldout, whole=(), passed=True):
            runs = {"heldout": heldout, "all": whole}

            def run(tests, *, part="all", **more):
                return TestRun(passed, tuple(runs[part]))

            model = load_model(lambda texts: [0.5] * len(texts))
            target = tmp_path / "fair"
            gate = gates.Retesting(["test_x.py"], target, model, (failing,), run_tests=run)
            return gate.judge(CANDIDATE, 1)

        return judge

    def test_passes_where_the_check_passes_on_both(self, judged, failing):
        found = judged([passing(failing)], [passing(failing)])
        assert (found.passed, found.missing) == (True, ())

    def test_a_skipped_test_shows_nothing(self, judged, failing):
        assert judged([])[:3] == ((), False, (TEST,))
        found = judged([passing(failing)], [])
        assert (found.passed, found.missing) == (False, (TEST,))

    def test_a_failure_that_is_caught_or_expected_is_one(self, judged, failing):
        assert not judged([failing], [passing(failing)]).passed
        assert not judged([passing(failing)], [failing]).passed

    def test_where_pytest_fails_nothing_else_counts(self, judged, failing):
        assert not judged([passing(failing)], [passing(failing)], passed=False).passed

    def test_a_check_of_drawn_pairs_is_held_over_all_of_them(self, tmp_path):
        """What all held-out pairs give stands in its place, and is still that check."""
        space = counterfactuals("A {religion} guest left early.", vary="religion")
        biased = load_model(lambda texts: [0.9 if len(text) % 2 else 0.2 for text in texts])
        fair = load_model(lambda texts: [0.2 for _ in texts])
        with pytest.raises(FairnessFailure) as caught:
            assert_counterfactual_invariance(biased, space.sample(50, 0), tolerance=0.1)
        drawn = replace(caught.value.outcome, test=TEST, source=space.recipe)
        drawn = named(drawn, "in/screener")
        passes = assert_counterfactual_invariance(fair, space.sample(5, 0), tolerance=0.1)
        passes = named(replace(passes, test=TEST), "out/fair")
        target, passing_run = tmp_path / "fair", TestRun(True, (passes,))
        gate = gates.Retesting(
            ["test_x.py"], target, biased, (drawn,), run_tests=lambda *a, **k: passing_run
        )
        found = gate.judge(replace(CANDIDATE, scorer=fair), 1)
        assert (found.passed, found.missing) == (True, ())
        assert found.after[0].evidence.n == len(space.part("heldout"))
        assert not gate.judge(replace(CANDIDATE, scorer=biased), 1).passed

    def test_a_test_that_runs_no_check_any_more_is_refused_first(self, failing):
        silent = TestRun(True, ())
        gate = gates.Retesting(
            ["test_x.py"], Path("fair"), None, (failing,), run_tests=lambda *a, **k: silent
        )
        with pytest.raises(MitigationError, match=f"^{re.escape(TEST)} failed a check, and ran"):
            _ = gate.before
