"""What a run without a failing check says: that all pass, or why none could."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fairness import MitigationError, Verdict
from pytest_fairness.mitigation.caller import COMMAND
from pytest_fairness.mitigation.failures import nothing_failed, refuse_own_errors
from pytest_fairness.mitigation.runner import TestRun
from pytest_fairness.outcome import Evidence, Outcome, Tolerance
from pytest_fairness.telling import TestError

PASSES = Outcome(
    metric="flip_rate",
    definition="",
    verdict=Verdict.PASS,
    reason="is small.",
    tolerance=Tolerance("max_flip_rate", 0.01),
    evidence=Evidence(0.0, None, "", 10),
)
UNDECIDED = replace(PASSES, verdict=Verdict.INCONCLUSIVE, reason="is not known.")


def errors(**messages):
    return tuple(TestError(f"test_x.py::{name}", "call", said) for name, said in messages.items())


def test_no_check_is_no_pass():
    met, reason = nothing_failed(TestRun(True, ()))
    assert not met
    assert reason.startswith("no fairness check ran")


def test_checks_that_pass_need_no_repair():
    both = TestRun(True, (PASSES, PASSES))
    assert nothing_failed(both) == (True, "nothing to repair: all 2 checks pass.")


def test_what_is_undecided_is_no_pass():
    met, reason = nothing_failed(TestRun(True, (PASSES, UNDECIDED)))
    assert not met
    assert reason == "no check failed, and 1 of 2 did not pass: is not known."


def test_without_an_error_that_is_known_pytest_is_named():
    assert nothing_failed(TestRun(False, ()))[1].endswith("run pytest and read why.")


def test_no_more_than_a_few_errors_are_told():
    five = errors(**{f"test_{i}": f"ValueError: {i}" for i in range(5)})
    reason = nothing_failed(TestRun(False, (), five))[1]
    assert reason.endswith("test_x.py::test_2: ValueError: 2; and 2 more.")


def test_an_error_of_several_tests_is_told_once():
    two = errors(test_0="OSError: no model.", test_1="OSError: no model.")
    reason = nothing_failed(TestRun(False, (), two))[1]
    assert reason.endswith("test_x.py::test_0, test_x.py::test_1: OSError: no model.")


@pytest.mark.parametrize(
    "error",
    [
        "NameError: no",
        "ModuleNotFoundError: no",
        "fixture 'x' not found",
        "FileNotFoundError: a",
        'File "bad.py", line 1 def ( ^ SyntaxError: invalid syntax',
    ],
)
def test_an_error_of_a_test_itself_is_refused(error):
    with pytest.raises(MitigationError) as caught:
        refuse_own_errors(errors(test_a=error, test_b="assert 1 == 2"))
    said = str(caught.value)
    assert f"test_x.py::test_a: {error}. Mend them" in said
    assert "test_b" not in said


@pytest.mark.parametrize(
    "error",
    [
        "assert 1 == 2",
        "AssertionError: a NameError: here",
        "ZeroDivisionError: division by zero",
        "RuntimeError: the model is unfair",
        "DID NOT RAISE <class 'ValueError'>",
        "pytest_fairness.errors.FairnessFailure: FAIL flip_rate: 25.0 %",
        "[XPASS(strict)] it passes",
        'File "<unknown>", line 1 maybe ^ SyntaxError: invalid syntax',  # of what a model wrote
    ],
)
def test_what_a_test_asserts_may_be_mended(error):
    refuse_own_errors(errors(test_a=error))


def test_it_says_how_a_test_is_left_out_where_it_can_be():
    with pytest.raises(MitigationError, match=r"or leave them out\.$"):
        refuse_own_errors(errors(test_a="NameError: a"))
    with pytest.raises(MitigationError, match=r"leave them out \(-- --deselect TEST\)\.$"):
        refuse_own_errors(errors(test_a="NameError: a"), COMMAND)
