"""Language models by what users type: `pytest-fairness mitigate`, `--fairness-mitigate`."""

from __future__ import annotations

import json
from contextlib import nullcontext

import pytest

from pytest_fairness.cli import main
from pytest_fairness.mitigation import loop, suite
from pytest_fairness.mitigation.runner import TestRun
from pytest_fairness.models import load_model
from pytest_fairness.reports import read_json
from pytest_fairness.telling import read_told
from tests.mitigation.language.conftest import SMALL, SPACE, failing

TRAINING = ["--method", "lora", "--learning-rate", "0.01", "--device", "cpu"]
TEXTS = ["--train", "texts.csv", "--text", "sentence", "--max-perplexity-rise", "0.1"]


@pytest.fixture
def without_processes(here, monkeypatch):
    """Run the tests of a repair as `run_tests` does, but in this process, which is quicker."""

    def run_here(tests, *, model=None, part="all", seed=0, options=()):
        report, told = here.path / "outcomes.json", here.path / "told.json"
        named = [] if model is None else [f"--fairness-model={model}"]
        result = here.runpytest_inprocess(
            *tests,
            "-q",
            *options,
            f"--fairness-report={report}",
            f"--fairness-told={told}",
            f"--fairness-part={part}",
            "--fairness-mitigate=",
            *named,
        )
        outcomes = tuple(read_json(report).outcomes)
        return TestRun(result.ret == 0, outcomes, read_told(told).errors)

    monkeypatch.setattr(loop, "run_tests", run_here)
    monkeypatch.setattr(loop, "warm_runs", lambda first: nullcontext(run_here))


@pytest.mark.usefixtures("without_processes")
def test_the_same_tests_pass_after_the_command(here, writer, capsys):
    arguments = ["mitigate", "test_lm.py", *TEXTS, *TRAINING, "--max-steps", "40"]
    code = main([*arguments, "--out", "fixed"])
    shown = capsys.readouterr().out
    assert code == 0, shown
    assert "likelihood_difference of gender (max_difference=0.05)" in shown
    assert "repaired by lora: the same tests pass" in shown
    record = json.loads((here.path / "fixed" / "mitigation.json").read_text("utf-8"))
    assert record["utility"]["name"] == "perplexity"
    assert record["config"]["language"]["max_perplexity_rise"] == 0.1
    assert record["command"].startswith("pytest-fairness mitigate test_lm.py --train texts.csv")
    assert (here.path / "fixed" / "README.md").is_file()
    before = failing(load_model(writer, device="cpu")).evidence.estimate
    assert before > 4 * record["after"][0]["evidence"]["estimate"]


@pytest.mark.usefixtures("without_processes")
def test_what_cannot_be_repaired_ends_with_the_front_and_without_a_model(here, capsys):
    arguments = ["mitigate", "test_lm.py", *TEXTS, "--device", "cpu", "--max-steps", "1"]
    assert main([*arguments, "--out", "fixed"]) == 1
    shown = capsys.readouterr().out
    assert "All that was tried:" in shown
    assert "  averaging   not tried" in shown
    assert "NOT repaired: " in shown
    assert "the tests do not all pass on templates that the repair did not see" in shown
    assert (here.path / "fixed/mitigation.json").exists()
    assert not list((here.path / "fixed").glob("*.safetensors"))


@pytest.mark.usefixtures("without_processes")
def test_without_ordinary_texts_it_says_what_to_give(here, capsys):
    assert main(["mitigate", "test_lm.py", "--out", "fixed", "--device", "cpu"]) == 2
    assert "--train FILE --text COLUMN" in capsys.readouterr().err


@pytest.mark.usefixtures("without_processes")
def test_a_failing_language_model_is_repaired_after_the_session(here, writer, monkeypatch):
    original = suite.mitigate_tests
    monkeypatch.setattr(
        suite, "mitigate_tests", lambda *a, **k: original(*a, **{**k, "config": SMALL})
    )
    (here.path / "texts.csv").write_text(
        (here.path / "texts.csv").read_text("utf-8").replace("sentence", "text", 1), "utf-8"
    )
    result = here.runpytest_inprocess(
        "test_lm.py", "-q", "--fairness-mitigate=fixed", "--fairness-train=texts.csv"
    )
    assert result.ret == 1  # the session failed, whatever came after it
    result.stdout.fnmatch_lines(["*= repair =*", f"repair {writer}", "repaired by lora: *"])
    record = json.loads((here.path / "fixed" / writer.name / "mitigation.json").read_text("utf-8"))
    assert record["met"] is True


@pytest.mark.slow
def test_by_processes_of_their_own(here, capsys):
    arguments = ["mitigate", "test_lm.py", *TEXTS, *TRAINING, "--max-steps", "40"]
    assert main([*arguments, "--out", "fixed"]) == 0
    assert "repaired by lora" in capsys.readouterr().out


def test_the_part_of_the_run_is_what_likelihoods_are_judged_on(here):
    here.runpytest_inprocess("-q", "--fairness-part=heldout", "--fairness-report=seen.json")
    [seen] = read_json(here.path / "seen.json").outcomes
    assert seen.evidence.n == len(SPACE.part("heldout"))
