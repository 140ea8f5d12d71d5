"""Runs that look at one material share the alpha of every check, however it was set."""

from __future__ import annotations

import json

import pytest

SUITE = """
import pytest
from pytest_fairness import assert_demographic_parity

GROUPS = ["a"] * 1000 + ["b"] * 1000

def parity(**options):
    y_pred = ([1] * 500 + [0] * 500) * 2
    assert_demographic_parity(y_pred, sensitive_features=GROUPS, max_difference=0.1, **options)

def test_run():
    parity()

def test_own():
    parity(alpha=0.03)

@pytest.mark.fairness(alpha=0.06)
def test_marked():
    parity()
"""


@pytest.fixture
def alphas(pytester):
    """Return the alpha of each check's record, by the test's name."""
    pytester.makepyfile(test_looks=SUITE)
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider\n")

    def run(*args):
        result = pytester.runpytest_subprocess("--fairness-report=out.json", *args)
        report = json.loads((pytester.path / "out.json").read_text("utf-8"))
        return result, {o["test"].rpartition("::")[2]: o["alpha"] for o in report["outcomes"]}

    return run


def test_three_looks_share_it(alphas):
    result, found = alphas("--fairness-looks=3")
    result.assert_outcomes(passed=3)
    assert found == pytest.approx({"test_run": 0.05 / 3, "test_own": 0.01, "test_marked": 0.02})


def test_it_is_no_option_for_users(pytester):
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(["*--fairness-part*"])
    result.stdout.no_fnmatch_line("*--fairness-looks*")
    result = pytester.runpytest_inprocess("--fairness-looks=0")
    result.stderr.fnmatch_lines(["*--fairness-looks: '0' must be a whole number of 1 or more*"])
