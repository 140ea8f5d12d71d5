"""What a run without a failing check says: that all pass, or why none could."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_fairness import MitigationError, Verdict
from pytest_fairness.mitigation.caller import COMMAND
from pytest_fairness.mitigation.failures import first_errors, nothing_failed, refuse_own_errors
from pytest_fairness.mitigation.runner import TestRun
from pytest_fairness.outcome import Evidence, Outcome, Tolerance

PASSES = Outcome(
    metric="flip_rate",
    definition="",
    verdict=Verdict.PASS,
    reason="is small.",
    tolerance=Tolerance("max_flip_rate", 0.01),
    evidence=Evidence(0.0, None, "", 10),
)
UNDECIDED = replace(PASSES, verdict=Verdict.INCONCLUSIVE, reason="is not known.")


def test_no_check_is_no_pass():
    met, reason = nothing_failed(TestRun(True, (), "1 passed"))
    assert not met
    assert reason.startswith("no fairness check ran")


def test_checks_that_pass_need_no_repair():
    both = TestRun(True, (PASSES, PASSES), "")
    assert nothing_failed(both) == (True, "nothing to repair: all 2 checks pass.")


def test_what_is_undecided_is_no_pass():
    met, reason = nothing_failed(TestRun(True, (PASSES, UNDECIDED), ""))
    assert not met
    assert reason == "no check failed, and 1 of 2 did not pass: is not known."


def test_without_an_error_that_can_be_read_pytest_is_named():
    assert nothing_failed(TestRun(False, (), "?"))[1].endswith("run pytest and read why.")


def test_no_more_than_a_few_errors_are_told():
    output = "\n".join(f"FAILED test_x.py::test_{i} - ValueError: {i}" for i in range(5))
    reason = nothing_failed(TestRun(False, (), output))[1]
    assert reason.endswith("test_x.py::test_2: ValueError: 2; and 2 more.")


def test_an_error_of_several_tests_is_told_once():
    output = "\n".join(f"ERROR test_x.py::test_{i} - OSError: no model." for i in range(2))
    reason = nothing_failed(TestRun(False, (), output))[1]
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
    output = f"FAILED test_x.py::test_a - {error}\nFAILED test_x.py::test_b - assert 1 == 2"
    with pytest.raises(MitigationError) as caught:
        refuse_own_errors(output)
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
        "Failed: DID NOT RAISE <class 'ValueError'>",
        "pytest_fairness.errors.FairnessFailure: FAIL flip_rate: 25.0 %",
        "[XPASS(strict)] it passes",
        'File "<unknown>", line 1 maybe ^ SyntaxError: invalid syntax',  # of what a model wrote
    ],
)
def test_what_a_test_asserts_may_be_mended(error):
    refuse_own_errors(f"FAILED test_x.py::test_a - {error}")


def test_what_a_test_prints_is_no_error_of_it():
    output = (
        "____ test_a ____\n>   assert 0\nE   assert 0\n\ntest_x.py:3: AssertionError\n"
        "----- Captured stdout call -----\nE   NameError: only printed\n"
    )
    assert first_errors(output) == {"test_a": "assert 0"}
    refuse_own_errors(output)


TWO = (
    "____ ERROR at setup of test_it ____\nE   OSError: c\n"
    "____ test_it ____\nE   NameError: a\n____ test_it ____\nE   assert 0\n"
    "FAILED in two/test_a.py::test_it - NameError: a\n"
    "FAILED test_b.py::test_it - assert 0\n"
    "ERROR test_c.py::test_it - OSError: c"
)


def test_tests_of_one_name_are_told_apart_by_their_files():
    assert first_errors(TWO) == {
        "test_c.py::test_it": "OSError: c",
        "in two/test_a.py::test_it": "NameError: a",
        "test_b.py::test_it": "assert 0",
    }


def test_it_says_how_a_test_is_left_out_where_it_can_be():
    with pytest.raises(MitigationError, match=r"or leave them out\.$"):
        refuse_own_errors(TWO)
    with pytest.raises(MitigationError, match=r"leave them out \(-- --deselect TEST\)\.$"):
        refuse_own_errors(TWO, COMMAND)


@pytest.fixture
def written(pytester, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(
        test_it="""
        import pytest

        class TestOf:
            @pytest.mark.parametrize("x", ["a.b - c"])
            def test_in_class(self, x):
                raise ValueError("one " + "long " * 40 + "message\\nof two lines")

        @pytest.fixture
        def model():
            raise OSError("nowhere")

        def test_setup(model): pass

        def test_chained():
            try:
                raise KeyError("first")
            except KeyError as err:
                raise RuntimeError("second") from err
        """
    )

    def run(*options):
        done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", *options)
        return first_errors("\n".join(done.outlines))

    return run


def test_errors_are_read_whole_with_their_tests(written):
    found = written()
    in_class = found["test_it.py::TestOf::test_in_class[a.b - c]"]
    assert in_class.endswith("long message of two lines")
    assert found["test_it.py::test_setup"] == "OSError: nowhere"
    assert found["test_it.py::test_chained"] == "RuntimeError: second"
    assert len(found) == 3


def test_a_message_without_a_traceback_is_read_whole(pytester):
    pytester.makepyfile(
        test_it="""
        import pytest

        @pytest.fixture
        def model():
            print("printed")
            pytest.fail("model='nowhere' is no folder. " + "Give one. " * 20, pytrace=False)

        def test_it(model): pass
        """
    )
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    (error,) = first_errors("\n".join(done.outlines)).items()
    assert error == ("test_it.py::test_it", f"model='nowhere' is no folder.{' Give one.' * 20}")


def test_errors_as_python_writes_them(written):
    assert written("--tb=native")["test_it.py::test_chained"] == "RuntimeError: second"


def test_without_tracebacks_the_summary_is_read(written):
    assert written("--tb=no")["test_it.py::test_setup"] == "OSError: nowhere"
