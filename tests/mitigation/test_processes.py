from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import processes
from pytest_fairness.mitigation.training import fine_tune
from tests.mitigation.launched import CONFIG, gradients, material, weights_of


@pytest.fixture(scope="module")
def still_classifier(biased_classifier, tmp_path_factory):
    """Without dropout, whose draws depend on how a batch is split."""
    folder = tmp_path_factory.mktemp("still")
    model = AutoModelForSequenceClassification.from_pretrained(
        biased_classifier, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(biased_classifier).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def launched(still_classifier, tmp_path_factory):
    """What two processes found that `accelerate launch` started, and where they wrote."""
    out = tmp_path_factory.mktemp("launched")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", "2"]
    options = ["--multi_gpu", "--num_machines", "1", "--mixed_precision", "no"]
    options += ["--dynamo_backend", "no", "--main_process_port", "0", "--module"]
    called = ["tests.mitigation.launched", "shared", str(still_classifier), str(out)]
    environment = {**os.environ, "ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [*command, *options, *called], env=environment, timeout=240, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out, [torch.load(out / f"found-{number}.pt") for number in range(2)]


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


def test_weights_split_among_processes_are_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(MitigationError, match="FSDP or DeepSpeed would split its weights"):
        processes.meet("cpu")
