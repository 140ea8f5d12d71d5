"""``--fairness-mitigate``: the session's failing models are repaired after it."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture
def here(demo_folder, pytester):
    shutil.copytree(demo_folder, pytester.path, dirs_exist_ok=True)
    return pytester


def test_a_failing_model_is_repaired_after_the_session(here, monkeypatch):
    from pytest_fairness.mitigation import MitigationConfig, suite

    small = MitigationConfig(method="full", freeze_layers=0, learning_rate=3e-4, device="cpu")
    original = suite.mitigate_tests
    monkeypatch.setattr(
        suite, "mitigate_tests", lambda *a, **k: original(*a, **{**k, "config": small})
    )
    result = here.runpytest_inprocess(
        "test_screener.py",
        "-q",
        "-k=rarely",
        "--fairness-mitigate=fixed",
        "--fairness-train=train.csv",
    )
    assert result.ret == 1  # the session failed, whatever came after it
    result.stdout.fnmatch_lines(["*= repair =*", "repair *screener", "repaired by full: *"])
    record = json.loads((here.path / "fixed" / "screener" / "mitigation.json").read_text("utf-8"))
    assert record["met"] is True
    assert record["command"] == (
        "pytest test_screener.py -q -k=rarely --fairness-mitigate=fixed --fairness-train=train.csv"
    )


def test_nothing_happens_where_all_pass(here):
    here.makepyfile(test_fine="def test_fine(): pass")
    result = here.runpytest_inprocess("test_fine.py", "-q", "--fairness-mitigate=fixed")
    assert result.ret == 0
    assert not (here.path / "fixed").exists()


def test_what_could_not_begin_is_refused_before_any_test(here):
    for options, words in (
        (["--fairness-mitigate=fixed", "--fairness-train=nothere.csv"], "*nothere.csv*"),
        (["--fairness-mitigate=train.csv"], "*train.csv is a file*"),
        (["--fairness-train=train.csv"], "*is for --fairness-mitigate*"),
    ):
        result = here.runpytest_inprocess("test_screener.py", "-q", *options)
        assert result.ret == 4
        result.stderr.fnmatch_lines([words])


def test_an_unknown_label_is_told_before_anything_runs_again_and_leaves_no_folder(here):
    (here.path / "odd.csv").write_text("text,label\nGood.,invite\nBad.,banana\n")
    result = here.runpytest_inprocess(
        "test_screener.py", "-q", "--fairness-mitigate=deep/fixed", "--fairness-train=odd.csv"
    )
    result.stdout.fnmatch_lines(["NOT repaired: *odd.csv, line 3: label 'banana' is not one of*"])
    result.stdout.no_fnmatch_line("*1/3*")
    assert not (here.path / "deep").exists()


def test_a_repair_that_is_stopped_leaves_no_empty_folder(here):
    here.makeconftest(
        """
        import os, signal, time
        from pytest_fairness.mitigation import suite

        def stop(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)  # until the signal has come

        suite.mitigate_tests = stop
        """
    )
    result = here.runpytest_subprocess(
        "test_screener.py", "-q", "-k", "rarely", "--fairness-mitigate=deep/fixed"
    )
    result.stdout.fnmatch_lines(["repair *screener"])
    assert result.ret != 0
    assert not (here.path / "deep").exists()


def test_a_repair_is_judged_by_all_tests_that_use_the_model(here, monkeypatch):
    """What passed before must pass afterwards, and what it does not repair is no less broken."""
    from types import SimpleNamespace

    from pytest_fairness.mitigation import suite

    asked = []
    monkeypatch.setattr(
        suite, "mitigate_tests", lambda tests, **_: asked.append(tests) or SimpleNamespace(met=True)
    )
    here.makepyfile(
        test_more="""
        import pytest
        from pytest_fairness import assert_counterfactual_invariance, counterfactuals

        pairs = counterfactuals(["{name} is here.", "I saw {name}."], vary="gender")

        def check(model, limit):
            assert_counterfactual_invariance(model, pairs, max_flip_rate=limit)

        @pytest.mark.fairness(model="screener")
        def test_fails(fairness_model):
            assert fairness_model.predict(["Ann is here."]) != ["invite"]
            check(fairness_model, 0.0)

        @pytest.mark.fairness(model="screener")
        @pytest.mark.parametrize("times", [1, 2])
        def test_passes(fairness_model, times):
            check(fairness_model, 1.0)

        @pytest.mark.fairness(model="screener")
        class TestSkill:
            def test_has_labels(self, fairness_model):
                assert len(fairness_model.labels) == 2

        def test_of_another(load_fairness_model):
            check(load_fairness_model(lambda texts: [0.5 for text in texts]), 1.0)

        def test_of_none():
            pass
        """
    )
    here.runpytest_inprocess("test_more.py", "test_screener.py", "-q", "--fairness-mitigate=fixed")
    ((*tests,),) = asked
    names = [test.rpartition("test_more.py::")[2] for test in tests if "test_more" in test]
    assert sorted(names) == ["TestSkill::test_has_labels", "test_fails", "test_passes"]
    assert any("test_screener.py::" in test for test in tests)
