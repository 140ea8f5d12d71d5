"""The whole loop on the demonstration's model: what it saves, and what it refuses to."""

from __future__ import annotations

import importlib.util
import json
import shutil

import pytest

from pytest_fairness import (
    ArgumentError,
    ArgumentTypeError,
    FairnessFailure,
    LanguageConfig,
    MitigationConfig,
    MitigationError,
    assert_counterfactual_invariance,
    load_model,
    mitigate,
)
from pytest_fairness.cli import main
from pytest_fairness.mitigation import mitigate_tests, read_rows

SMALL = MitigationConfig(method="full", freeze_layers=0, learning_rate=3e-4, device="cpu")


@pytest.fixture(scope="module")
def resumes(demo_folder):
    spec = importlib.util.spec_from_file_location("screener", demo_folder / "test_screener.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.resumes


@pytest.fixture(scope="module")
def outcome(demo_folder, resumes):
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(
            load_model(demo_folder / "screener", device="cpu"), resumes, max_flip_rate=0.01
        )
    return caught.value.outcome


@pytest.fixture
def here(demo_folder, tmp_path, monkeypatch):
    """A copy of the demonstration's folder to work in."""
    shutil.copytree(demo_folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_repair_passes_on_what_it_never_saw_and_keeps_its_skill(here, outcome):
    rows = read_rows("train.csv", "text", "label")
    result = mitigate("screener", rows, SMALL, against=outcome, out="fair")
    assert result.met
    assert result.before[0].evidence.estimate > 0.5
    assert result.after[0].evidence.estimate <= 0.01
    assert result.utility.name == "accuracy"
    assert result.utility.loss <= 0.01
    record = json.loads((here / "fair" / "mitigation.json").read_text("utf-8"))
    assert record["met"] is True
    assert record["after"][0]["verdict"] == "pass"
    assert load_model(here / "fair").labels == ("reject", "invite")


def test_a_model_that_gives_one_answer_to_all_is_no_repair(here, outcome):
    config = MitigationConfig(method="last_layer", device="cpu")
    result = mitigate("screener", None, config, against=outcome, out="fair")
    assert not result.met
    assert "they show no skill" in result.reason
    assert not (here / "fair").exists()


def test_what_is_no_outcome_or_no_rows_is_named(here, outcome):
    with pytest.raises(ArgumentTypeError, match="against="):
        mitigate("screener", None, SMALL, against=None)
    with pytest.raises(ArgumentTypeError, match=r"data='train\.csv' must be rows"):
        mitigate("screener", "train.csv", SMALL, against=outcome)
    with pytest.raises(ArgumentTypeError, match="must be a MitigationConfig"):
        mitigate("screener", None, {"method": "head"}, against=outcome)
    with pytest.raises(ArgumentTypeError, match="must be a MitigationConfig"):
        mitigate_tests(["test_screener.py"], out="fair", config={})


def test_settings_of_language_models_are_refused(here, outcome):
    config = MitigationConfig(language=LanguageConfig(beta=0.5))
    with pytest.raises(ArgumentError, match="is for language models and embedders, and <Class"):
        mitigate("screener", None, config, against=outcome)


def test_columns_without_a_file_are_refused(here, capsys):
    assert main(["mitigate", "test_screener.py", "--label", "label", "--out", "fair"]) == 2
    assert "Give the file too" in capsys.readouterr().err


def test_without_rows_the_original_teaches_its_own_average(here, outcome):
    result = mitigate("screener", None, SMALL, against=outcome)
    assert result.utility.name.startswith("agreement")
    assert result.after[0].evidence.estimate < result.before[0].evidence.estimate / 10
    assert result.folder is None


def test_low_rank_adapters_repair_as_well(here, outcome):
    config = MitigationConfig(method="lora", freeze_layers=0, learning_rate=3e-3, device="cpu")
    result = mitigate(
        "screener", read_rows("train.csv", "text", "label"), config, against=outcome, out="fair"
    )
    assert result.after[0].evidence.estimate < result.before[0].evidence.estimate / 10
    if result.met:
        assert (here / "fair" / "adapter" / "adapter_config.json").exists()


def test_a_repair_that_falls_short_saves_nothing_and_says_so(here, capsys):
    arguments = ["mitigate", "test_screener.py", "--train", "train.csv", "--label", "label"]
    code = main([*arguments, "--method", "full", "--max-steps", "1", "--out", "fair"])
    shown = capsys.readouterr().out
    assert code == 1
    assert "NOT repaired: the tests do not all pass" in shown
    assert "Nothing was saved" in shown
    assert not (here / "fair").exists()


def test_tests_that_pass_need_no_repair(here):
    (here / "test_fine.py").write_text("def test_fine(): pass\n")
    result = mitigate_tests(["test_fine.py"], out="fair")
    assert result.met
    assert "nothing to repair" in result.reason


def test_tests_that_cannot_run_show_pytests_last_lines(here):
    (here / "test_broken.py").write_text("import no_such_module\n")
    with pytest.raises(MitigationError, match="no_such_module"):
        mitigate_tests(["test_broken.py"], out="fair")


def test_a_function_cannot_be_fine_tuned(here):
    (here / "test_function.py").write_text(
        "from pytest_fairness import assert_counterfactual_invariance\n"
        "def test_it():\n"
        "    assert_counterfactual_invariance(\n"
        "        lambda texts: [0.1 if 'She' in t else 0.9 for t in texts],\n"
        "        ('She is kind.', 'He is kind.'), tolerance=0.1)\n"
    )
    with pytest.raises(MitigationError, match="not a folder of weights"):
        mitigate_tests(["test_function.py"], out="fair")


def test_nothing_is_overwritten(here, outcome, capsys):
    with pytest.raises(ArgumentError, match="exists and is not an empty folder"):
        mitigate("screener", None, SMALL, against=outcome, out="screener")
    with pytest.raises(ArgumentError, match="mkdir -p"):
        mitigate("screener", None, SMALL, against=outcome, out="no/such/place")
    assert main(["mitigate", "test_screener.py", "--out", "screener"]) == 2
    assert "exists and is not an empty folder" in capsys.readouterr().err


def test_a_malformed_file_is_named_before_anything_runs(here, capsys):
    (here / "bad.csv").write_text('text,label\n"unclosed,reject\n')
    code = main(
        ["mitigate", "test_screener.py", "--train", "bad.csv", "--label", "label", "--out", "fair"]
    )
    assert code == 2
    assert "bad.csv, line 2" in capsys.readouterr().err


def test_a_pass_gives_nothing_to_learn_from(here, outcome):
    from dataclasses import replace

    from pytest_fairness import Verdict

    with pytest.raises(MitigationError, match="No failing check came from counterfactuals"):
        mitigate("screener", None, SMALL, against=replace(outcome, verdict=Verdict.PASS))


def test_losses_of_the_command_line_are_checked_before_anything_runs(here, capsys):
    arguments = ["mitigate", "test_screener.py", "--out", "fair", "--objective"]
    assert main([*arguments, "magic=1"]) == 2
    assert "objective='magic'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*arguments, "mmd"])
    assert "must be a name and a number" in capsys.readouterr().err
