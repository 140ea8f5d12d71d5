"""Repairs on a CUDA device; run with ``-m gpu``."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from pytest_fairness.mitigation.config import VEHICLES, MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.last_layer import retrain_last_layer
from pytest_fairness.mitigation.objectives import OBJECTIVES
from pytest_fairness.mitigation.training import fine_tune, save
from pytest_fairness.models import load_model
from tests.mitigation import launched

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def _needs_cuda():
    if not torch.cuda.is_available():
        pytest.skip(f"torch {torch.__version__} finds no CUDA device here")


@pytest.fixture
def material(sentences):
    texts, labels = sentences.rows(120, seed=1)
    labels = [1 - label if i % 10 == 0 else label for i, label in enumerate(labels)]  # some errors
    groups = [("x", "y")[len(text) % 2] for text in texts]
    return {
        "rows_train": Labelled(texts, labels, groups=groups),
        "rows_validation": Labelled(*sentences.rows(60, seed=2)),
        "pairs_train": sentences.pairs("train"),
        "pairs_validation": sentences.pairs("validation"),
    }


def config(**settings):
    fast = {"max_steps": 40, "eval_every": 10, "freeze_layers": 1, "device": "cuda"}
    return MitigationConfig(**{**fast, **settings})


@pytest.mark.parametrize("vehicle", VEHICLES)
def test_every_vehicle_learns_there_and_is_saved_for_anywhere(
    biased_classifier, material, tmp_path, vehicle
):
    if vehicle != "full":
        pytest.importorskip("peft")
    tuned = fine_tune(biased_classifier, **material, config=config(method=vehicle))
    assert tuned.best.unfairness <= tuned.before.unfairness
    texts = material["rows_validation"].texts[:10]
    save(tuned, tmp_path / "kept")
    kept, here = (
        load_model(str(tmp_path / "kept"), device="cpu"),
        load_model((tuned.model, tuned.tokenizer), device="cpu"),
    )
    np.testing.assert_allclose(kept.predict_proba(texts), here.predict_proba(texts), atol=1e-5)


def test_the_run_is_that_of_the_cpu_but_for_rounding(biased_classifier, material):
    settings = {"method": "full", "max_steps": 10, "eval_every": 5}
    there = fine_tune(biased_classifier, **material, config=config(**settings))
    here = fine_tune(biased_classifier, **material, config=config(**settings, device="cpu"))
    for one, other in zip(there.history, here.history, strict=True):
        assert one.accuracy == pytest.approx(other.accuracy, abs=0.1)  # dropout differs
    assert there.history[0].mean_shift == pytest.approx(here.history[0].mean_shift, abs=1e-4)


def test_bfloat16_steps_learn(biased_classifier, material):
    tuned = fine_tune(biased_classifier, **material, config=config(dtype="bfloat16", method="full"))
    assert next(tuned.model.parameters()).dtype == torch.float32
    assert tuned.history[-1].loss < tuned.history[1].loss * 1.5


@pytest.mark.parametrize("name", sorted(set(OBJECTIVES) - {"task"}))
def test_every_loss_runs_there(biased_classifier, material, name):
    weights = config(objectives={name: 1.0}, method="full", freeze_layers=0, max_steps=4)
    tuned = fine_tune(biased_classifier, **material, config=weights)
    assert np.isfinite(tuned.history[-1].loss or 0.0)


def test_the_last_layer_is_solved_as_on_the_cpu(biased_classifier, material):
    rows, pairs = material["rows_train"], material["pairs_train"]
    there, here = (
        retrain_last_layer(biased_classifier, rows, pairs, config(device=device)).model
        for device in ("cuda", "cpu")
    )
    torch.testing.assert_close(
        there.classifier.weight, here.classifier.weight, atol=1e-2, rtol=1e-2
    )


@pytest.mark.parametrize("precision", ["no", "bf16"])
def test_what_accelerate_splits_by_fsdp_learns_as_one_model_does(
    biased_classifier, tmp_path, precision
):
    options = ["--use_fsdp", "--fsdp_version", "2", "--num_processes", "1", "--num_machines", "1"]
    options += ["--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP", "--dynamo_backend", "no"]
    options += ["--mixed_precision", precision, "--main_process_port", "0"]
    called = ["tests.mitigation.launched", "split", str(biased_classifier), str(tmp_path), "cuda"]
    done = subprocess.run(
        [sys.executable, "-m", "accelerate.commands.launch", *options, "--module", *called],
        env={**os.environ, "ACCELERATE_USE_CPU": "false"},
        timeout=300,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for method in ("full", "lora"):
        found = torch.load(tmp_path / f"{method}-0.pt")
        settings = replace(launched.CONFIG, method=method, device="cuda")
        alone = fine_tune(biased_classifier, **launched.material(), config=settings)
        assert found["parts"][0] == 0  # the model before the repair is whole
        assert found["parts"][-1] == 1  # then every weight is one of FSDP's, here in one part
        loose = 1e-3 if precision == "no" else 2e-2
        whole = launched.weights_of(alone.model)
        torch.testing.assert_close(found["weights"], whole, atol=loose, rtol=0)
