from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.training import fine_tune
from tests.mitigation.launched import CONFIG, gradients, material, weights_of

ROOT = Path(__file__).parents[2]
PAIR = ["--num_processes", "2", "--multi_gpu"]
SPLIT = ["--num_processes", "2", "--use_fsdp", "--fsdp_version", "2"]
SPLIT += ["--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP"]


def launch(options, *called, module="tests.mitigation.launched", where="."):
    """Start processes by `accelerate launch` on the CPU, and return how they ended."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--num_machines", "1"]
    command += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    command += [*options, "--module", module, *map(str, called)]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command, env=environment, timeout=240, capture_output=True, text=True, cwd=where
    )


def mitigate(where, *options):
    """Repair by the command line in two processes."""
    return launch(PAIR, "mitigate", *options, module="pytest_fairness", where=where)


@pytest.fixture(scope="module")
def launched(still_classifier, tmp_path_factory):
    """What two processes found that `accelerate launch` started, and where they wrote."""
    out = tmp_path_factory.mktemp("launched")
    done = launch(PAIR, "shared", still_classifier, out)
    assert done.returncode == 0, done.stderr[-3000:]
    return out, [torch.load(out / f"found-{number}.pt") for number in range(2)]


@pytest.fixture(scope="module")
def split(still_classifier, tmp_path_factory):
    """Where two processes wrote that split the weights of a model among them."""
    out = tmp_path_factory.mktemp("split")
    done = launch(SPLIT, "split", still_classifier, out, "cpu")
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_two_processes_train_the_model_that_one_trains(launched, still_classifier):
    _, found = launched
    alone = fine_tune(still_classifier, **material(), config=CONFIG)
    assert [one["count"] for one in found] == [2, 2]
    assert torch.equal(found[0]["weights"], found[1]["weights"])
    torch.testing.assert_close(found[0]["weights"], weights_of(alone.model), atol=1e-4, rtol=0)
    flips = [evaluation.flip_rate for evaluation in alone.history]
    assert found[0]["flips"] == found[1]["flips"] == flips


@pytest.mark.parametrize(("place", "n"), [(0, 15), (1, 1)])
def test_gradients_are_those_of_the_whole_batch(launched, still_classifier, place, n):
    expected = gradients(still_classifier, n)
    assert expected.abs().max() > 0.1
    for one in launched[1]:
        torch.testing.assert_close(one["gradients"][place], expected, atol=1e-5, rtol=1e-4)


def test_only_the_first_process_writes(launched):
    out, _ = launched
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["model-0"]


def test_what_the_first_process_does_alone_comes_to_all(launched):
    _, (first, second) = launched
    assert first["by_main"] == second["by_main"] == first["pid"] != second["pid"]
    assert first["errors"] == [("ArgumentError", "no such thing"), ("Unsendable", "0")]
    assert second["errors"] == [
        ("ArgumentError", "no such thing"),
        ("RuntimeError", "Unsendable: 0"),
    ]


def test_the_command_line_runs_the_tests_once_and_speaks_once(tmp_path):
    (tmp_path / "test_fine.py").write_text(
        "import os\n"
        "from pytest_fairness import assert_demographic_parity\n"
        "def test_fine():\n"
        "    who = ['a', 'a', 'b', 'b'] * 50\n"
        "    assert_demographic_parity([0, 1] * 100, sensitive_features=who, max_difference=0.5)\n"
        "    tied = {'RANK', 'WORLD_SIZE', 'MASTER_ADDR', 'TORCHELASTIC_RUN_ID'} & {*os.environ}\n"
        "    with open('runs.txt', 'a') as file:\n"
        "        print(sorted(tied), file=file)\n"
    )
    done = mitigate(tmp_path, "test_fine.py", "--out", "fair")
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "runs.txt").read_text() == "[]\n"
    said = ["1/3  run the tests: test_fine.py", "nothing to repair: the one check passes."]
    assert done.stdout.splitlines() == said


@pytest.mark.slow
def test_the_command_line_ends_an_error_of_the_first_process_in_all(tmp_path):
    (tmp_path / "test_bad.py").write_text("import nowhere_at_all\n")
    done = mitigate(tmp_path, "test_bad.py", "--out", "fair")
    assert done.returncode == 1
    assert done.stderr.count("pytest-fairness mitigate: pytest could not run test_bad.py") == 1
    assert "Connection closed" not in done.stderr


@pytest.mark.slow
def test_the_command_line_repairs_in_two_processes_what_it_does_in_one(demo_folder, tmp_path):
    shutil.copytree(demo_folder, tmp_path, dirs_exist_ok=True)
    options = ["--train", "train.csv", "--label", "label", "--method", "full"]
    options += ["--freeze-layers", "0", "--learning-rate", "3e-4", "--out", "fair"]
    done = mitigate(tmp_path, "test_screener.py", *options)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("repaired by full: the same tests pass") == 1
    assert json.loads((tmp_path / "fair" / "mitigation.json").read_text("utf-8"))["met"] is True


def test_a_child_is_no_process_of_the_launch(monkeypatch):
    for name in ("RANK", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "FSDP_VERSION", "ROLE_ARN"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert processes.alone() == dict(os.environ)
    monkeypatch.setenv("WORLD_SIZE", "2")
    told = {"RANK", "MASTER_PORT", "TORCHELASTIC_RUN_ID", "FSDP_VERSION", "WORLD_SIZE"}
    assert set(os.environ) - set(processes.alone()) == told


def test_a_process_alone_is_the_first():
    assert (processes.count(), processes.number(), processes.is_main()) == (1, 0, True)
    assert processes.from_main("value") == "value"
    batch = {"input_ids": torch.arange(3)}
    assert processes.share(batch) is batch
    assert processes.joined(batch["input_ids"], 3) is batch["input_ids"]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_processes_that_split_a_model_train_the_one_that_one_trains(
    split, still_classifier, method
):
    found = [torch.load(split / f"{method}-{number}.pt") for number in range(2)]
    alone = fine_tune(still_classifier, **material(), config=replace(CONFIG, method=method))
    assert torch.equal(found[0]["weights"], found[1]["weights"])
    torch.testing.assert_close(found[0]["weights"], weights_of(alone.model), atol=1e-4, rtol=0)
    flips = [evaluation.flip_rate for evaluation in alone.history]
    assert found[0]["flips"] == found[1]["flips"] == flips
    assert {one["learnt"] for one in found} == {alone.trainable_parameters}
    parts = [one["parts"][-1] for one in found]
    assert sum(parts) == pytest.approx(1)  # each weight was in one process
    assert max(parts) < 0.6


def test_what_was_split_is_saved_whole_by_the_first_process(split):
    assert sorted(path.name for path in split.iterdir() if path.is_dir()) == ["full-0", "lora-0"]
    kept = AutoModelForSequenceClassification.from_pretrained(split / "lora-0")
    assert torch.equal(weights_of(kept), torch.load(split / "lora-1.pt")["weights"])
    assert (split / "lora-0" / "adapter" / "adapter_model.safetensors").exists()


@pytest.mark.slow
def test_a_split_run_that_was_cut_goes_on(split, still_classifier, tmp_path):
    states, out = tmp_path / "states", tmp_path / "out"
    out.mkdir()
    cut = launch(SPLIT, "split", still_classifier, out, "cpu", states, 10)
    assert cut.returncode != 0
    assert not list(out.iterdir())
    assert (states / "checkpoint-8" / "repair.pt").exists()
    done = launch(SPLIT, "split", still_classifier, out, "cpu", states)
    assert done.returncode == 0, done.stderr[-3000:]
    whole, went_on = (torch.load(path / "full-0.pt") for path in (split, out))
    torch.testing.assert_close(went_on["weights"], whole["weights"], atol=1e-6, rtol=0)
    assert went_on["flips"] == whole["flips"]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ACCELERATE_USE_DEEPSPEED": "true"}, "whose weights DeepSpeed splits"),
        ({"ACCELERATE_USE_FSDP": "true"}, "FSDP of version 1 turns the weights of a layer"),
        ({"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "1"}, "--fsdp_version 2"),
    ],
)
def test_other_ways_to_split_weights_are_refused(monkeypatch, variables, message):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(MitigationError, match=message):
        processes.meet("cpu")


def test_each_process_is_to_load_the_whole_of_a_model_that_will_be_split(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    monkeypatch.setenv("FSDP_VERSION", "2")
    monkeypatch.setenv("FSDP_CPU_RAM_EFFICIENT_LOADING", "true")
    processes.meet("cpu")
    assert os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] == "false"


def test_a_loss_that_compares_weights_is_refused_where_they_are_split(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    tied = replace(CONFIG, objectives={"consistency": 1.0, "ewc": 100.0})
    with pytest.raises(MitigationError, match=r'"ewc" compares .* Use "retention"'):
        fine_tune("nowhere", **material(), config=tied)
