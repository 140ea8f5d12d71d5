"""The fixtures: which model is loaded, how often, and what a missing one says."""

from __future__ import annotations

SPY = """
    import pytest_fairness.models as models
    import pytest

    events = []
    real = models.load_model

    def load_model(model, **options):
        loaded = real(model, **options)
        events.append(("load", getattr(model, "__name__", model)))
        close = loaded.close

        def free():
            events.append(("free", model.__name__))
            close()

        object.__setattr__(loaded, "close", free)
        return loaded

    models.load_model = load_model

    def pytest_terminal_summary(terminalreporter):
        for what, name in events:
            terminalreporter.write_line(f"{what} {name}")
"""


def test_each_model_loads_once_and_is_freed_after_its_last_test(suite):
    suite.makeconftest(SPY)
    for name, model in (("a", "fair"), ("b", "biased"), ("c", "fair")):
        suite.makepyfile(
            **{
                f"test_{name}": f"""
                import pytest
                import models_under_test as models

                @pytest.mark.fairness(model=models.{model})
                @pytest.mark.parametrize("i", [1, 2])
                def test_uses(fairness_model, i):
                    assert fairness_model.predict_proba(["x"]).shape == (1, 2)
                """
            }
        )
    result = suite.runpytest_subprocess("test_a.py", "test_b.py", "test_c.py", "-p", "no:xdist")
    result.assert_outcomes(passed=6)
    lines = [line for line in result.outlines if line.startswith(("load ", "free "))]
    assert lines in (
        ["load fair", "free fair", "load biased", "free biased"],
        ["load fair", "load biased", "free biased", "free fair"],
    )


def test_a_test_runs_once_for_each_model_named(suite):
    suite.makepyfile(
        test_two="""
        import pytest
        import models_under_test as models

        @pytest.mark.fairness(model=[models.fair, models.biased])
        def test_uses(fairness_model): assert fairness_model.predict(["x"]).shape == (1,)
        """
    )
    result = suite.runpytest_subprocess("test_two.py", "-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*test_uses[[]fair[]]*", "*test_uses[[]biased[]]*"])


def test_a_model_that_nobody_named_says_how_to_name_one(pytester):
    pytester.makepyfile("def test_a(fairness_model): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*does not know which model to load. Name one by --fairness-model*"]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_missing_folder_is_one_line_and_is_tried_once(pytester):
    pytester.makepyfile("def test_a(fairness_model): pass\ndef test_b(fairness_model): pass")
    result = pytester.runpytest_subprocess("--fairness-model=models/none-such")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*models/none-such*"])
    assert "Traceback" not in result.stdout.str()


def test_the_factory_loads_further_models(suite):
    suite.makepyfile(
        test_factory="""
        import pytest
        import models_under_test as models

        @pytest.fixture(scope="session")
        def challenger(load_fairness_model):
            return load_fairness_model(models.biased)

        def test_uses(challenger): assert challenger.gives_scores
        """
    )
    suite.runpytest_subprocess("test_factory.py").assert_outcomes(passed=1)


def test_a_relative_folder_is_found_from_the_test_file(pytester, tiny_folder):
    folder = pytester.mkdir("sub")
    (folder / "model").symlink_to(tiny_folder, target_is_directory=True)
    (folder / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.fairness(model='model')\n"
        "def test_a(fairness_model): assert fairness_model.info.path\n"
    )
    pytester.runpytest_subprocess("sub").assert_outcomes(passed=1)
    pytester.runpytest_subprocess("test_it.py", "--rootdir=.")


def test_the_option_wins_over_the_marker(suite, tiny_folder):
    suite.makepyfile(
        test_option="""
        import pytest
        import models_under_test as models

        @pytest.mark.fairness(model=models.fair)
        def test_uses(fairness_model): assert fairness_model.info.kind != "function"
        """
    )
    result = suite.runpytest_subprocess("test_option.py", f"--fairness-model={tiny_folder}")
    result.assert_outcomes(passed=1)


def test_population_checks_refuse_given(suite):
    suite.makepyfile(
        test_given="""
        import pytest
        from hypothesis import given
        from test_suite import resumes
        import models_under_test as models
        from pytest_fairness import assert_counterfactual_invariance

        @given(pair=resumes.pairs())
        def test_rate(pair):
            assert_counterfactual_invariance(models.fair, resumes, max_flip_rate=0.1)
        """
    )
    result = suite.runpytest_subprocess("test_given.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*cannot run inside @given: Hypothesis searches for trouble*"])
