from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForSequenceClassification

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.training import fine_tune
from tests.mitigation.launched import CONFIG, gradients, material, weights_of

SPLIT = ["--num_processes", "2", "--use_fsdp", "--fsdp_version", "2"]
SPLIT += ["--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP"]


def launch(options, *called):
    """Start processes by `accelerate launch` on the CPU, and return how they ended."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--num_machines", "1"]
    command += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    command += [*options, "--module", "tests.mitigation.launched", *map(str, called)]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(command, env=environment, timeout=240, capture_output=True, text=True)


@pytest.fixture(scope="module")
def launched(still_classifier, tmp_path_factory):
    """What two processes found that `accelerate launch` started, and where they wrote."""
    out = tmp_path_factory.mktemp("launched")
    done = launch(["--num_processes", "2", "--multi_gpu"], "shared", still_classifier, out)
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
