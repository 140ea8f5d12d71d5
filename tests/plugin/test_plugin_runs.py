"""Suites run as users run them: exit code, lines shown, files written."""

from __future__ import annotations

import json

import pytest


def outcomes_of(path):
    return json.loads(path.read_text("utf-8"))["outcomes"]


def test_a_suite_passes_and_fails_the_same_however_it_is_run(suite, workers):
    result = suite.runpytest_subprocess(*workers, "--fairness-report=out.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*= fairness =*", "*flip_rate*"])
    written = outcomes_of(suite.path / "out.json")
    assert [(o["metric"], o["verdict"]) for o in written] == [
        ("flip_rate", "fail"),
        ("counterfactual_score_change", "fail"),
        ("flip_rate", "pass"),
    ]
    assert [o["evidence"]["estimate"] for o in written] == pytest.approx([1.0, 0.4, 0.0])


def test_workers_and_order_do_not_change_what_is_written(suite):
    suite.runpytest_subprocess("--fairness-report=one.json", "-p", "no:randomly")
    suite.runpytest_subprocess("--fairness-report=two.json", "-n", "2")
    one, two = (outcomes_of(suite.path / name) for name in ("one.json", "two.json"))
    assert [o for o in one if o["metric"] == "flip_rate"] == [
        o for o in two if o["metric"] == "flip_rate"
    ]


def test_hypothesis_shows_the_smallest_pair(suite):
    result = suite.runpytest_subprocess("test_suite.py", "-k", "biased_pair", "-n", "0")
    result.stdout.fnmatch_lines(["*She holds a degree in subject 0.*"])


def test_a_run_without_the_plugin_knows_none_of_its_options(pytester):
    pytester.makepyfile("def test_plain(): pass")
    assert pytester.runpytest_subprocess("-p", "no:fairness").ret == pytest.ExitCode.OK
    result = pytester.runpytest_subprocess("-p", "no:fairness", "--fairness-seed=1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR


def test_assertions_work_without_the_plugin(suite):
    suite.makepyfile(
        test_alone="""
        import pytest
        import models_under_test as models
        from pytest_fairness import FairnessFailure, assert_counterfactual_invariance

        def test_alone():
            with pytest.raises(FairnessFailure) as caught:
                assert_counterfactual_invariance(
                    models.biased, ("She is kind.", "He is kind."), tolerance=0.1
                )
            assert caught.value.outcome.evidence.estimate == pytest.approx(0.4)
        """
    )
    result = suite.runpytest_subprocess("-p", "no:fairness", "test_alone.py")
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "stop", ["raise KeyboardInterrupt", "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)"]
)
def test_an_interrupted_run_writes_the_outcomes_so_far(suite, stop):
    suite.makepyfile(
        test_zz_stop=f"""
        import os, signal, time

        def test_stop():
            {stop}
        """
    )
    result = suite.runpytest_subprocess("--fairness-report=out.json", "-p", "no:xdist")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert len(outcomes_of(suite.path / "out.json")) == 3


def test_both_kinds_of_report_are_written(suite):
    suite.runpytest_subprocess("--fairness-report=a.html", "--fairness-report=a.json")
    assert "flip_rate" in (suite.path / "a.html").read_text("utf-8")
    assert len(outcomes_of(suite.path / "a.json")) == 3


def test_a_report_of_a_run_without_checks_says_so(pytester):
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest_subprocess("--fairness-report=a.json")
    assert result.ret == pytest.ExitCode.OK
    assert outcomes_of(pytester.path / "a.json") == []


def test_junit_carries_the_outcome(suite):
    suite.runpytest_subprocess("--junitxml=junit.xml", "-k", "test_fair")
    assert "flip_rate" in (suite.path / "junit.xml").read_text("utf-8")


def test_an_error_of_ours_shows_the_test_and_not_our_frames(pytester):
    pytester.makepyfile("""
        from pytest_fairness import assert_association

        def test_wrong_kind():
            words = ["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]
            assert_association(lambda texts: None, *words, max_effect_size=1)
    """)
    result = pytester.runpytest_subprocess("-p", "no:randomly")
    result.stdout.fnmatch_lines(["*ModelError: *returned None, which cannot be used*"])
    assert "> " in result.stdout.str()
    result.stdout.no_fnmatch_line("*pytest_fairness/*.py:*")
    full = pytester.runpytest_subprocess("--fulltrace")
    full.stdout.fnmatch_lines(["*models/answers.py:*"])
