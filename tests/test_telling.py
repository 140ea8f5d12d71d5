"""What a run tells a repair: which tests did not pass, by what, and what they set."""

from __future__ import annotations

import pytest

from pytest_fairness.telling import TestError, read_told

LONG = "of_a_model_with_a_name_that_is_longer_than_a_terminal_is_wide_" * 2
TESTS = f"""
import pytest
from pytest_fairness import assert_demographic_parity

class TestOf:
    @pytest.mark.parametrize("x", ["a.b] - c"])
    def test_in_class(self, x):
        print("____ test_printed ____")
        print("E   NameError: only printed")
        raise ValueError("one " + "long " * 40 + "message\\nof two lines")

@pytest.fixture
def model():
    raise OSError("nowhere")

def test_setup(model): pass

def test_without_a_fixture(nowhere): pass

def test_{LONG}(): import nowhere_at_all

def test_chained():
    try:
        raise KeyError("first")
    except KeyError as err:
        raise RuntimeError("second") from err

def test_plain():
    pytest.fail("model='nowhere' is no folder. " + "Give one. " * 20, pytrace=False)

@pytest.fixture
def kept():
    yield
    raise OSError("cannot delete")

def unfair():
    hired, group = [1, 0] * 100, ["she", "he"] * 100
    assert_demographic_parity(hired, sensitive_features=group, max_difference=0.1)

def test_twice(kept):
    unfair()

@pytest.mark.xfail(strict=True)
def test_expected(): pass

@pytest.mark.xfail
def test_expected_check(): unfair()

def test_passes(): pass
"""
WHOLE = {
    (
        "TestOf::test_in_class[a.b] - c]",
        "call",
    ): f"ValueError: one {'long ' * 40}message of two lines",
    ("test_setup", "setup"): "OSError: nowhere",
    ("test_without_a_fixture", "setup"): "fixture 'nowhere' not found",
    (f"test_{LONG}", "call"): "ModuleNotFoundError: No module named 'nowhere_at_all'",
    ("test_chained", "call"): "RuntimeError: second",
    ("test_plain", "call"): f"model='nowhere' is no folder.{' Give one.' * 20}",
    ("test_twice", "teardown"): "OSError: cannot delete",
    ("test_expected", "call"): "[XPASS(strict)]",
}
RUNS = {
    "plain": [],
    "color": ["--color=yes"],
    "native": ["--tb=native"],
    "no traceback": ["--tb=no", "-rN"],
    "line": ["--tb=line"],
    "workers": ["-n", "2"],
}


@pytest.fixture
def told(pytester):
    def run(*options):
        file = pytester.path / "told.json"
        pytester.runpytest_subprocess(
            "-q", "-p", "no:cacheprovider", *options, f"--fairness-told={file}"
        )
        return read_told(file)

    return run


@pytest.mark.parametrize("run", RUNS)
def test_errors_are_told_whole_with_their_tests(run, told, pytester):
    pytester.makepyfile(test_it=TESTS)
    found = told(*RUNS[run])
    by_check = [error for error in found.errors if error.is_of_check]
    assert [(e.test, e.when) for e in by_check] == [("test_it.py::test_twice", "call")]
    said = {(e.test, e.when): e.message for e in found.errors if not e.is_of_check}
    assert said == {(f"test_it.py::{name}", when): text for (name, when), text in WHOLE.items()}
    assert found.variables is None, "no test imported transformers"


def test_what_cannot_be_collected_is_told(told, pytester):
    pytester.makepyfile(test_it="import nowhere_at_all", test_other="def (")
    first, second = told("--continue-on-collection-errors").errors
    message = "ModuleNotFoundError: No module named 'nowhere_at_all'"
    assert first == TestError("test_it.py", "collect", message)
    assert (second.test, second.when) == ("test_other.py", "collect")
    assert second.message.endswith("SyntaxError: invalid syntax")
