"""The population checks of a session share alpha, however the tests are run."""

from __future__ import annotations

import json

import pytest

SUITE = """
import pytest
from hypothesis import given, strategies as st
from pytest_fairness import assert_demographic_parity

GROUPS = ["a"] * 1000 + ["b"] * 1000

def parity(k, **options):
    y_pred = [1] * 500 + [0] * 500 + [1] * k + [0] * (1000 - k)
    assert_demographic_parity(
        y_pred, sensitive_features=GROUPS, max_difference=0.1, **options
    )

def test_one():
    parity(500)

def test_two():
    parity(501)
    parity(502)

def test_own():
    parity(503, alpha=0.01)

@given(st.integers())
def test_search(number):
    pass
"""


@pytest.fixture
def sharing(pytester):
    pytester.makepyfile(test_shared=SUITE, test_other="def test_nothing():\n    pass\n")
    pytester.makeini("[pytest]\naddopts = -p no:cacheprovider\n")
    return pytester


def run(pytester, *args):
    result = pytester.runpytest_subprocess("--fairness-report=out.json", *args)
    report = json.loads((pytester.path / "out.json").read_text("utf-8"))
    shares = {}
    for outcome in report["outcomes"]:
        shares.setdefault(outcome["test"].rpartition("::")[2], []).append(outcome["share"])
    return result, report, shares


def test_three_foreseen_tests_share_alpha_and_the_summary_says_how(sharing):
    result, report, shares = run(sharing)
    result.assert_outcomes(passed=5)
    first, second = 6 / 3.141592653589793**2, 6 / (2 * 3.141592653589793) ** 2
    assert shares["test_one"] == pytest.approx([0.95 / 3 * first])
    assert shares["test_two"] == pytest.approx([0.95 / 3 * first, 0.95 / 3 * second])
    assert shares["test_own"] == [1.0]
    result.stdout.fnmatch_lines(
        ["*any of the 4 population checks failed falsely is at most 6 %*alpha 0.05 (Bonferroni)*"]
    )
    assert report["notes"][0].startswith("The chance that any of the 4 population checks")


@pytest.mark.parametrize("args", [("-n", "2"), ("-p", "no:xdist")])
def test_shares_do_not_depend_on_how_tests_are_run(sharing, args):
    plain = run(sharing)[2]
    assert run(sharing, *args)[2] == plain


def test_a_test_that_runs_alone_has_a_larger_share(sharing):
    alone = run(sharing, "test_shared.py::test_one")[2]["test_one"][0]
    assert alone == pytest.approx(6 / 3.141592653589793**2)


def test_sharing_can_be_switched_off(sharing):
    result, _, shares = run(sharing, "--fairness-alpha-sharing=check")
    assert shares["test_two"] == [1.0, 1.0]
    result.stdout.fnmatch_lines(["*at most 16 %: each spends its own alpha.*"])


def test_an_unknown_way_of_sharing_is_bad_usage(sharing):
    result = sharing.runpytest_subprocess("--fairness-alpha-sharing=tests")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*'tests' must be one of session, check*"])
