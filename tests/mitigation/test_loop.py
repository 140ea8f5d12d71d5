"""The whole loop on the demonstration's model: what it saves, and what it refuses to."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pytest

from pytest_fairness import (
    ArgumentError,
    ArgumentTypeError,
    FairnessFailure,
    LanguageConfig,
    MitigationConfig,
    MitigationError,
    ModelError,
    Verdict,
    assert_counterfactual_invariance,
    load_model,
    mitigate,
)
from pytest_fairness.cli import main
from pytest_fairness.mitigation import loop, mitigate_tests, read_rows
from pytest_fairness.mitigation.attempts import JUDGED, Attempt
from pytest_fairness.mitigation.beginning import check_labels
from pytest_fairness.mitigation.data.texts import plain_text
from pytest_fairness.mitigation.methods import Candidate
from pytest_fairness.mitigation.naming import named
from pytest_fairness.mitigation.result import MitigationResult, keep
from pytest_fairness.mitigation.runner import TestRun, run_tests
from pytest_fairness.mitigation.tasks import gather, spaces_of

LABELS = ("reject", "invite")
RECORD_ALONE = ["mitigation.json", "report.html"]
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


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


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
    assert len({path.stat().st_mode for path in (here / "fair").iterdir()}) == 1


def test_a_model_that_gives_one_answer_to_all_is_no_repair(here, outcome):
    config = MitigationConfig(method="last_layer", device="cpu")
    result = mitigate("screener", None, config, against=outcome, out="fair")
    assert not result.met
    assert "they show no skill" in result.reason
    assert "(data=read_rows(FILE" in result.reason
    assert files_in(here / "fair") == RECORD_ALONE


def test_rows_that_could_show_nothing_are_refused_before_anything_is_trained(here, outcome):
    rows = read_rows("train.csv", "text", "label")
    other = {"invite": "reject", "reject": "invite"}
    wrong = replace(rows, labels=tuple(other[label] for label in rows.labels))
    suspected = "gets 0 % of the .* right, .* get 50 %: are the labels in the right order"
    with pytest.raises(MitigationError, match=suspected):
        mitigate("screener", wrong, SMALL, against=outcome, out="fair")
    with pytest.raises(MitigationError, match="retention rows 'flip' right"):
        mitigate("screener", rows, SMALL, against=outcome, retention={"flip": wrong})
    with pytest.raises(MitigationError, match="rows are held out, and the margin is"):
        mitigate("screener", rows.select(range(40)), SMALL, against=outcome)
    of_one = rows.select([i for i, label in enumerate(rows.labels) if label == "invite"])
    with pytest.raises(MitigationError, match="all of them have the label 'invite'"):
        mitigate("screener", of_one, SMALL, against=outcome)
    assert not (here / "fair").exists()


def test_what_is_no_outcome_or_no_rows_is_named(here, outcome):
    with pytest.raises(ArgumentTypeError, match="against="):
        mitigate("screener", None, SMALL, against=None)
    with pytest.raises(ArgumentTypeError, match=r"data='train\.csv' must be rows"):
        mitigate("screener", "train.csv", SMALL, against=outcome)
    frame = pd.DataFrame({"text": ["a", "b"], "label": [0, 1]})
    with pytest.raises(ArgumentTypeError, match=r"^data=DataFrame\(...\) .* read_rows\(df, lab"):
        mitigate("screener", frame, SMALL, against=outcome)
    with pytest.raises(ArgumentTypeError, match=r"^against=DataFrame\(...\) must be outcomes"):
        mitigate("screener", None, SMALL, against=frame)
    with pytest.raises(ArgumentTypeError, match=r"^retention\['a'\]=DataFrame\(...\) .*_rows\(df"):
        mitigate("screener", None, SMALL, against=outcome, retention={"a": frame})
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


def test_what_learns_too_slowly_is_taught_again_and_faster(here, outcome):
    rows = read_rows("train.csv", "text", "label")
    config = MitigationConfig(
        method="full", max_steps=20, eval_every=20, device="cpu", checkpoints="kept"
    )
    slow = mitigate("screener", rows, replace(config, learning_rate=5e-5), against=outcome)
    result = mitigate("screener", rows, replace(config, checkpoints="faster"), against=outcome)
    assert {"full", "full-5-times"} <= set(files_in(here / "faster"))
    assert files_in(here / "kept") == ["full"]  # a rate that is given is the only one
    rate, slow_rate = (found.after[0].evidence.estimate for found in (result, slow))
    assert rate < slow_rate / 2


def test_a_repair_that_falls_short_leaves_a_record_and_no_model(here, capsys):
    arguments = ["mitigate", "test_screener.py::test_decisions_rarely_flip"]
    arguments += ["--train", "train.csv", "--label", "label"]
    arguments += [
        "--method",
        "full",
        "--max-steps",
        "1",
        "--learning-rate",
        "5e-5",
        "--out",
        "fair",
    ]
    code = main(arguments)
    shown = capsys.readouterr().out
    assert code == 1
    assert "NOT repaired: no state was fairer within the margin: the model is unchanged" in shown
    assert re.search(r"flip_rate is [01]\.\d{3}, and the limit is max_flip_rate=0\.01\.", shown)
    assert "allow more steps (--max-steps), or try another method (--method)" in shown
    assert "--train" not in shown  # rows were given
    assert "No model was saved; all that was measured is in fair/mitigation.json." in shown
    assert files_in(here / "fair") == RECORD_ALONE
    record = json.loads((here / "fair" / "mitigation.json").read_text("utf-8"))
    assert record["met"] is False
    assert record["command"] == shlex.join(["pytest-fairness", *arguments])
    assert record["after"][0]["verdict"] == "fail"
    assert record["after"][0]["model"]["name"] == "screener by full, not saved"
    page = (here / "fair" / "report.html").read_text("utf-8")
    assert "Not repaired." in page
    assert "none was saved" in page
    assert "All that was tried" in page
    with pytest.raises(ModelError):
        load_model(here / "fair")


def test_a_record_of_failure_gives_way_to_the_next_run(here, outcome):
    rows = read_rows("train.csv", "text", "label")
    poor = MitigationConfig(method="head", max_steps=1, device="cpu")
    for seed in (0, 1):
        config = replace(poor, seed=seed)
        result = mitigate("screener", rows, config, against=outcome, out="fair")
        assert (result.met, result.folder) == (False, None)
        assert json.loads(result.record.read_text("utf-8"))["config"]["seed"] == seed
    kept = keep(
        result,
        lambda to: shutil.copytree("screener", to, dirs_exist_ok=True),
        Path("screener"),
        Path("fair"),
        poor,
        None,
        {"split": []},
    )
    assert kept.folder == Path("fair")
    assert load_model(here / "fair").labels == ("reject", "invite")
    assert len({path.stat().st_mode for path in (here / "fair").iterdir()}) == 1
    with pytest.raises(ArgumentError, match="exists and is not an empty folder"):
        mitigate("screener", rows, poor, against=outcome, out="fair")


def test_each_attempt_names_the_model_that_it_measured(outcome):
    tried = tuple(
        Attempt(name, JUDGED, "", screened=(outcome,), after=(outcome,))
        for name in ("full", "lora")
    )
    result = MitigationResult(True, "", (outcome,), (outcome,), method="lora", attempts=tried)
    saved = named(result, Path("models/screener"), Path("fair"))
    assert outcome.model.path == saved.before[0].model.path != "fair"
    assert (saved.after[0].model.name, saved.after[0].model.path) == ("fair", "fair")
    assert [a.after[0].model.path for a in saved.attempts] == [None, "fair"]
    assert [a.screened[0].model.name for a in saved.attempts] == [
        "screener by full, not saved",
        "fair",
    ]
    in_test = replace(outcome, test="test_x.py::test_it[screener]", seed=3)
    tested = replace(result, before=(in_test,), after=(in_test,), attempts=())
    saved = named(tested, Path("models/screener"), Path("fair"), "pytest-fairness mitigate")
    part = "--fairness-seed=3 --fairness-part=heldout"
    given = "--fairness-model=models/screener"
    assert saved.before[0].command == f"pytest 'test_x.py::test_it[screener]' {part} {given}"
    assert (
        saved.after[0].command == f"pytest 'test_x.py::test_it[fair]' {part} --fairness-model=fair"
    )
    one_more = replace(in_test, test="test_x.py::test_it[of-screener-screener]", alpha=0.01)
    saved = named(replace(tested, after=(one_more,)), Path("models/screener"), Path("fair"))
    assert saved.after[0].command == (
        f"pytest 'test_x.py::test_it[of-fair-screener]' {part} --fairness-alpha=0.01"
        " --fairness-model=fair"
    )
    inside = replace(in_test, test="test_x.py::test_it[myscreener-screener]")
    saved = named(replace(tested, after=(inside,)), Path("models/screener"), Path("fair"))
    assert "test_it[myscreener-fair]" in saved.after[0].command
    for test, before, target, name in (
        ("[mod\\xe8le]", "models/modèle", "fair", "[fair]"),
        ("[screener]", "screener", "out/répare", "[r\\xe9pare]"),
        ("[screener0-a]", "screener", "fair", "[fair-a]"),
        ("[.]", ".", "fair", "[fair]"),
    ):
        one = replace(in_test, test=f"test_x.py::test_it{test}")
        saved = named(replace(tested, after=(one,)), Path(before), Path(target))
        assert f"'test_x.py::test_it{name}'" in saved.after[0].command
    failed = replace(tested, met=False)
    again = named(failed, Path("models/screener"), Path("fair"), "pytest-fairness mitigate")
    assert again.after[0].command == "pytest-fairness mitigate"
    for target, met in ((None, True), (Path("fair"), False)):
        nowhere = named(replace(result, met=met), Path("models/screener"), target)
        assert {o.model.name for o in nowhere.after} == {"screener by lora, not saved"}
        assert {o.model.path for a in nowhere.attempts for o in a.after} == {None}


def test_what_was_held_out_was_not_taught_and_stands_in_the_record(here, outcome):
    rows = read_rows("train.csv", "text", "label")
    config = MitigationConfig(method="head", max_steps=1, device="cpu")
    mitigate("screener", rows, config, against=outcome, out="fair")
    record = json.loads((here / "fair" / "mitigation.json").read_text("utf-8"))
    (split,) = record["split"]
    parts = split["parts"]
    terms = {part: {w for ws in one["terms"].values() for w in ws} for part, one in parts.items()}
    held = terms["heldout"] - set(split["shared_terms"])
    assert held
    assert not held & terms["train"]
    assert set(split["shared_terms"]) == terms["heldout"] & terms["train"]
    material = gather(load_model("screener", device="cpu"), spaces_of([outcome]), rows, config)
    for pair in material.pairs["train"]:
        words = set(re.findall(r"\w+", f"{pair.original} {pair.variant}"))
        assert not words & held
        assert pair.source not in parts["heldout"]["sources"]
    assert {p.source for p in material.pairs["heldout"]} <= set(parts["heldout"]["sources"])
    assert {w for p in material.pairs["heldout"] for t in p.terms for w in t.split(", ")} <= terms[
        "heldout"
    ]
    taken = [part["rows"] for part in record["data"]["parts"].values()]
    assert len({plain_text(text) for text in rows.texts}) * 0.98 < sum(taken) <= len(rows)
    assert record["data"]["given"]["file"] == "train.csv"
    assert record["model"]["fingerprint"] == record["before"][0]["model"]["fingerprint"]
    assert record["versions"]["torch"] == version("torch")
    assert record["config"]["method"] == "head"


FINE = (
    "from pytest_fairness import assert_demographic_parity\n"
    "def test_fine():\n"
    "    assert_demographic_parity(\n"
    "        [0, 1] * 200, sensitive_features=['a', 'a', 'b', 'b'] * 100, max_difference=0.3)\n"
)


def test_tests_that_pass_need_no_repair(here):
    (here / "test_fine.py").write_text(FINE)
    result = mitigate_tests(["test_fine.py"], out="fair")
    assert result.met
    assert result.reason == "nothing to repair: the one check passes."


def test_tests_without_a_check_show_nothing(here, capsys):
    (here / "test_fine.py").write_text("def test_fine(): pass\n")
    assert main(["mitigate", "test_fine.py", "--out", "fair"]) == 2
    assert "no fairness check ran in these tests" in capsys.readouterr().out


def test_a_model_that_is_not_there_is_told_as_pytest_tells_it(here):
    (here / "test_lost.py").write_text(
        "from pytest_fairness import load_model\ndef test_it():\n    load_model('nofolder')\n"
    )
    result = mitigate_tests(["test_lost.py"], out="fair")
    assert not result.met
    assert "no check failed with evidence" in result.reason
    assert "test_lost.py::test_it: pytest_fairness.errors.ModelError:" in result.reason
    assert "nofolder" in result.reason


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
    from pytest_fairness import Verdict

    with pytest.raises(
        MitigationError, match=r"holds flip_rate \(pass\), and no check that failed"
    ):
        mitigate("screener", None, SMALL, against=replace(outcome, verdict=Verdict.PASS))


def test_losses_of_the_command_line_are_checked_before_anything_runs(here, capsys):
    arguments = ["mitigate", "test_screener.py", "--out", "fair", "--objective"]
    assert main([*arguments, "magic=1"]) == 2
    assert "objective='magic'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*arguments, "mmd"])
    assert "must be a name and a number" in capsys.readouterr().err


def test_what_is_out_of_range_is_named_as_it_was_typed(here, capsys, monkeypatch):
    first: list[TestRun] = []  # of the same tests each time

    def run_once(tests, **options):
        first[:] = first or [run_tests(tests, **options)]
        return first[0]

    monkeypatch.setattr(loop, "run_tests", run_once)
    arguments = ["mitigate", "test_screener.py::test_decisions_rarely_flip", "--out", "fair"]
    for options, words in (
        (["--max-steps", "0"], "--max-steps=0 must be at least 1"),
        (["--seed=-1"], "--seed=-1 must be at least 0"),
        (["--max-accuracy-loss", "2"], "--max-accuracy-loss=2.0 must lie in [0, 1]"),
        (["--objective", "magic=1"], "--objective='magic' must be one of"),
        (["--objective", "mmd=-1"], "--objective mmd=-1.0 must be at least 0"),
        (["--objective", "mmd=1"], "--objective mmd=1 compares groups"),
        (["--device", "nowhere"], "--device='nowhere'"),
        (["--retention", "a=train.csv"] * 2, "--retention names 'a' twice"),
        (["--freeze-layers", "99"], "--freeze-layers=99 must be at most"),
        (["--checkpoints", "screener/states"], "--checkpoints='screener/states' lies inside"),
        (["--checkpoints", "fair"], "--checkpoints='fair' lies inside"),
        (["--max-perplexity-rise", "0.1"], "--max-perplexity-rise is for language models"),
    ):
        assert main([*arguments, *options]) == 2
        assert f"pytest-fairness mitigate: {words}" in capsys.readouterr().err
    assert main(["mitigate", "test_screener.py", "--out", "train.csv/x"]) == 2
    assert "--out='train.csv/x': train.csv is a file" in capsys.readouterr().err


def test_losses_of_groups_need_their_column_before_anything_runs(here, capsys):
    arguments = ["mitigate", "no_such_test.py", "--out", "fair", "--objective", "group_dro=1"]
    for more in ([], ["--train", "train.csv", "--label", "label"]):
        assert main([*arguments, *more]) == 2
        shown = capsys.readouterr()
        assert "Name its column (--group COLUMN)" in shown.err
        assert "read_rows" not in shown.err
        assert shown.out == ""


def test_a_folder_inside_the_model_is_refused(here, outcome):
    with pytest.raises(ArgumentError, match="lies inside 'screener'"):
        mitigate("screener", None, SMALL, against=outcome, out="screener/fair")
    with pytest.raises(ArgumentError, match="Name a folder beside it"):
        mitigate_tests(["no_such_test.py"], out="screener/fair", model="screener")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that none may write")
def test_a_place_that_cannot_be_written_is_found_before_anything_runs(here):
    with pytest.raises(ArgumentError, match="nothing can be written in /proc/self"):
        mitigate_tests(["no_such_test.py"], out="/proc/self/fair")


def test_labels_are_checked_as_soon_as_the_model_is_known(here, outcome):
    (here / "odd.csv").write_text("text,label\nGood.,invite\nBad.,banana\n")
    with pytest.raises(ArgumentError, match=r"odd\.csv, line 3: label 'banana'"):
        check_labels(read_rows("odd.csv", "text", "label"), [outcome])
    check_labels(read_rows("train.csv", "text", "label"), [outcome])


def test_the_package_runs_as_the_command_does():
    done = subprocess.run(
        [sys.executable, "-m", "pytest_fairness", "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("pytest-fairness ")


def test_what_stands_after_two_dashes_goes_to_pytest(here, capsys):
    (here / "test_fine.py").write_text(f"{FINE}def test_bad(): assert False\n")
    assert main(["mitigate", "test_fine.py", "--out", "fair", "--", "-k", "not bad"]) == 0
    assert "1/3  run the tests: test_fine.py -k not bad" in capsys.readouterr().out
    assert main(["mitigate", "--out", "fair"]) == 2
    assert "no tests were named" in capsys.readouterr().err


def test_what_held_out_material_does_not_show_is_refused_before_anything_is_made(
    here, outcome, monkeypatch
):
    failing = replace(outcome, test="test_screener.py::test_it")
    passing = replace(failing, verdict=Verdict.PASS)
    other = replace(outcome, test="test_screener.py::test_other")  # of a test that does not fail

    def run(tests, *, part="all", **more):
        return TestRun(False, (passing, other) if part == "heldout" else (failing,))

    def never(*arguments):
        raise AssertionError("nothing should have been tried")

    monkeypatch.setattr(loop, "run_tests", run)
    monkeypatch.setattr(loop, "warm_runs", lambda first: nullcontext(run))
    monkeypatch.setattr(loop, "try_methods", never)
    with pytest.raises(
        MitigationError, match=r"flip_rate is .* and the limit is max_flip_rate=0\.01"
    ):
        mitigate_tests(["test_screener.py"], out="fair", config=SMALL)
    assert not (here / "fair").exists()


EXPECTED_TO_FAIL = """
import pytest
from test_screener import resumes
from pytest_fairness import FairnessFailure, assert_counterfactual_invariance

pytestmark = pytest.mark.fairness(model="screener")

@pytest.mark.xfail(reason="known")
def test_expected(fairness_model):
    assert_counterfactual_invariance(fairness_model, resumes, max_flip_rate=0.01)

def test_caught(fairness_model):
    try:
        assert_counterfactual_invariance(fairness_model, resumes, max_flip_rate=0.02)
    except FairnessFailure as err:
        print(err)
"""


def test_what_is_expected_to_fail_is_not_repaired_by_failing_again(here, capsys):
    (here / "test_known.py").write_text(EXPECTED_TO_FAIL)
    few = ["--method", "full", "--max-steps", "1", "--device", "cpu", "--train", "train.csv"]
    code = main(["mitigate", "test_known.py", *few, "--label", "label", "--out", "fair"])
    assert code == 1
    assert "the tests do not all pass on terms and templates" in capsys.readouterr().out
    assert files_in(here / "fair") == RECORD_ALONE


def test_a_rare_class_may_not_be_given_up(here, outcome):
    """One label for all would lose less than a point of accuracy."""
    rows = read_rows("train.csv", "text", "label")
    of = {label: [i for i, own in enumerate(rows.labels) if own == label] for label in LABELS}
    rare = rows.select([*of["reject"], *of["invite"][:20]])
    lost = replace(SMALL, learning_rate=0.03, max_steps=40, max_accuracy_loss=0.2)
    found = mitigate("screener", rare, lost, against=outcome)
    assert not found.met
    assert "the tests pass, but recall of 'invite' went from" in found.reason
    assert "(max_recall_loss=)" in found.reason
    allowed = mitigate("screener", rare, replace(lost, max_recall_loss=1.0), against=outcome)
    assert allowed.met
    assert allowed.attempts[0].classes[1].after.recall == 0


def test_looks_are_told_to_pytest_and_not_an_alpha(tmp_path, outcome):
    from pytest_fairness.mitigation import gates

    seen = []

    def run(tests, *, options=(), part="all", **more):
        seen.append((part, list(options)))
        return TestRun(True, (replace(outcome, verdict=Verdict.PASS),))

    candidate = Candidate(None, lambda to: None, lambda to: None, 0, "", 0.0)
    model, target = load_model(lambda texts: [0.5] * len(texts)), tmp_path / "fair"
    gate = gates.Retesting(["test_it.py"], target, model, (outcome,), run_tests=run)
    assert gate.judge(candidate, 3).passed
    assert seen == [("heldout", ["--fairness-looks=3"]), ("all", [])]
