"""Options, ini keys and the marker: what wins, and what a bad value says."""

from __future__ import annotations

import pytest

BAD_OPTIONS = {
    "--fairness-alpha=2": "fairness alpha '2' must be a number in (0, 0.5)*",
    "--fairness-alpha=x": "fairness alpha 'x' must be a number in (0, 0.5)*",
    "--fairness-inconclusive=maybe": "*inconclusive 'maybe' must be one of fail, warn*",
    "--fairness-part=half": "*part 'half' must be one of all, train, validation, heldout*",
    "--fairness-seed=-1": "*'-1' must be a whole number of 0 or more*",
    "--fairness-batch-tokens=many": "*'many' must be a whole number of 0 or more*",
    "--fairness-report=no/such/report.html": "*the folder *no/such does not exist*mkdir -p*",
    "--fairness-report=report.pdf": "*must end in .html or .json*",
}


@pytest.mark.parametrize("option", BAD_OPTIONS)
def test_a_bad_option_is_refused_before_any_test_runs(pytester, option):
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest_subprocess(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{BAD_OPTIONS[option]}"])
    assert "Traceback" not in result.stderr.str()


def test_a_bad_ini_value_is_refused_the_same_way(pytester):
    pytester.makeini("[pytest]\nfairness_alpha = 0.9\n")
    pytester.makepyfile("def test_plain(): pass")
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fairness alpha '0.9'*"])


def test_the_marker_refuses_what_it_does_not_know(pytester):
    pytester.makepyfile(
        """
        import pytest
        @pytest.mark.fairness(modle="x")
        def test_a(): pass
        """
    )
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*the fairness marker does not take modle=. It takes model=*"])


SETTINGS = """
    import pytest
    from pytest_fairness.settings import current

    def test_ini(): assert current().alpha == {ini}

    @pytest.mark.fairness(alpha=0.02)
    def test_marker(): assert current().alpha == {marker}

    @pytest.mark.fairness(alpha=0.03)
    class TestClosest:
        @pytest.mark.fairness(alpha=0.02)
        def test_closest(self): assert current().alpha == {marker}
"""


@pytest.mark.parametrize(
    ("options", "ini", "marker"), [((), 0.01, 0.02), (("--fairness-alpha=0.04",), 0.04, 0.04)]
)
def test_option_wins_over_marker_and_marker_over_ini(pytester, options, ini, marker):
    pytester.makeini("[pytest]\nfairness_alpha = 0.01\n")
    pytester.makepyfile(SETTINGS.format(ini=ini, marker=marker))
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=3)


def test_inconclusive_checks_can_warn_instead(suite):
    suite.makepyfile(
        test_few="""
        import models_under_test as models
        from pytest_fairness import assert_counterfactual_invariance

        def test_few():
            pairs = [(f"She is {i}.", f"He is {i}.") for i in range(10)]
            assert_counterfactual_invariance(models.fair, pairs, max_flip_rate=0.05)
        """
    )
    assert suite.runpytest_subprocess("test_few.py").ret == pytest.ExitCode.TESTS_FAILED
    result = suite.runpytest_subprocess("test_few.py", "--fairness-inconclusive=warn")
    result.assert_outcomes(passed=1, warnings=1)


@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ('modle="x"', "does not take modle=. It takes model="),
        ('alpha="x"', "the fairness marker has alpha='x' must lie in (0, 0.5)"),
        ("seed=-1", "the fairness marker has seed=-1 must be a whole number"),
    ],
)
def test_a_bad_marker_is_one_line_where_the_fixture_is_used(pytester, keyword, message):
    pytester.makepyfile(
        f"""
        import pytest
        @pytest.mark.fairness({keyword})
        def test_a(fairness_model): pass
        """
    )
    result = pytester.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert message in result.stderr.str()
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
