from __future__ import annotations

import random
import re
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from pytest_fairness.errors import (
    ArgumentError,
    MissingPackageError,
    MitigationError,
    ModelError,
)
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.training import fine_tune, save

CONFIG = MitigationConfig(
    max_steps=100,
    eval_every=10,
    patience=10,
    learning_rate=3e-3,
    device="cpu",
    max_accuracy_loss=0.02,
)


@pytest.fixture(scope="module")
def material(sentences):
    return {
        "rows_train": Labelled(*sentences.rows(200, seed=100)),
        "rows_validation": Labelled(*sentences.rows(100, seed=101)),
        "pairs_train": sentences.pairs("train"),
        "pairs_validation": sentences.pairs("validation"),
    }


@pytest.fixture(scope="module", params=["full", "lora"])
def repaired(request, biased_classifier, material):
    freeze = {"full": None, "lora": 0}[request.param]  # adapters of the upper half do not suffice
    config = replace(CONFIG, method=request.param, freeze_layers=freeze)
    return fine_tune(biased_classifier, **material, config=config)


def answers(model, tokenizer, texts):
    with torch.no_grad():
        return model(**tokenizer(list(texts), padding=True, return_tensors="pt")).logits


def flip_rate(model, tokenizer, pairs):
    first, second = (
        answers(model, tokenizer, side).argmax(-1) for side in zip(*pairs, strict=True)
    )
    return (first != second).float().mean().item()


def load(folder):
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def seed_all():
    random.seed(1)
    np.random.seed(1)
    torch.manual_seed(1)


def draw_all():
    return random.random(), np.random.random(), torch.rand(1).item()


class TestRepair:
    def test_flips_vanish_on_terms_and_templates_never_seen(
        self, repaired, biased_classifier, sentences
    ):
        pairs = sentences.pairs("heldout")
        assert flip_rate(*load(biased_classifier), pairs) > 0.9
        assert flip_rate(repaired.model, repaired.tokenizer, pairs) == 0

    def test_skill_is_kept(self, repaired, biased_classifier, sentences):
        texts, labels = sentences.rows(400, seed=102)
        right = [
            (answers(*pair, texts).argmax(-1).numpy() == labels).mean()
            for pair in (load(biased_classifier), (repaired.model, repaired.tokenizer))
        ]
        assert right[1] >= right[0] - 0.02

    def test_the_model_has_the_weights_of_the_best_state(self, repaired, material):
        pairs = material["pairs_validation"]
        rows = material["rows_validation"]
        said = answers(repaired.model, repaired.tokenizer, rows.texts).argmax(-1).numpy()
        assert repaired.best_step > 0
        assert repaired.best.accuracy == (said == rows.targets).mean()
        assert repaired.best.flip_rate == flip_rate(repaired.model, repaired.tokenizer, pairs)

    def test_the_history_starts_with_the_model_as_it_was(
        self, repaired, biased_classifier, material
    ):
        pairs = material["pairs_validation"]
        assert repaired.before.step == 0
        assert repaired.before.flip_rate == flip_rate(*load(biased_classifier), pairs)
        scores = [
            answers(*load(biased_classifier), side).softmax(-1)[:, 1]
            for side in zip(*pairs, strict=True)
        ]
        shift = (scores[0] - scores[1]).abs().mean().item()
        assert repaired.before.mean_shift == pytest.approx(shift, abs=1e-6)
        assert [e.step for e in repaired.history] == [10 * i for i in range(len(repaired.history))]

    def test_saved_and_loaded_it_answers_the_same(self, repaired, tmp_path, sentences):
        folder = save(repaired, tmp_path / "repaired")
        texts, _ = sentences.rows(20, seed=103)
        expected = answers(repaired.model, repaired.tokenizer, texts)
        model, tokenizer = load(folder)
        torch.testing.assert_close(answers(model, tokenizer, texts), expected)
        assert (folder / "model.safetensors").is_file()
        assert model.config.id2label == {0: "good", 1: "bad"}


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks so
def test_adapters_reproduce_the_merged_model(biased_classifier, material, tmp_path, sentences):
    from peft import PeftModel

    config = replace(CONFIG, method="lora", max_steps=10)
    repaired = fine_tune(biased_classifier, **material, config=config)
    adapted = sum(weight.numel() for weight in repaired.adapter.weights.values())
    assert repaired.trainable_parameters == adapted
    folder = save(repaired, tmp_path / "repaired")
    original, tokenizer = load(biased_classifier)
    adapted = PeftModel.from_pretrained(original, folder / "adapter").eval()
    texts, _ = sentences.rows(20, seed=103)
    expected = answers(repaired.model, tokenizer, texts)
    torch.testing.assert_close(answers(adapted, tokenizer, texts), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("vehicle", ["full", "lora"])
def test_same_seed_same_weights(biased_classifier, material, vehicle):
    config = replace(CONFIG, method=vehicle, max_steps=6, eval_every=3, learning_rate=1e-3)
    runs = [
        fine_tune(biased_classifier, **material, config=replace(config, seed=seed))
        for seed in (5, 5, 6)
    ]
    states = [torch.cat([p.flatten() for p in run.model.parameters()]) for run in runs]
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


@pytest.mark.parametrize(("freeze_layers", "still"), [(0, 0), (1, 1), (None, 1), (2, 2)])
def test_frozen_layers_stay_as_they_are(biased_classifier, material, freeze_layers, still):
    config = replace(CONFIG, freeze_layers=freeze_layers, max_steps=10)
    repaired = fine_tune(biased_classifier, **material, config=config)
    before = load(biased_classifier)[0].state_dict()
    moved = {
        name for name, w in repaired.model.state_dict().items() if not torch.equal(w, before[name])
    }
    assert any("embeddings" in name for name in moved) == (still == 0)
    assert {i for i in range(2) if any(f"layer.{i}." in name for name in moved)} == set(
        range(still, 2)
    )
    assert sum(before[name].numel() for name in moved) == repaired.trainable_parameters


def test_without_labels_the_old_model_is_the_teacher(biased_classifier, material):
    rows = {name: Labelled(material[name].texts) for name in ("rows_train", "rows_validation")}
    repaired = fine_tune(biased_classifier, **{**material, **rows}, config=CONFIG)
    assert repaired.before.accuracy == 1.0
    assert repaired.best.accuracy >= 0.98
    assert repaired.best.flip_rate == 0


def test_probabilities_are_targets_too(biased_classifier, material):
    numbers = np.asarray(material["rows_train"].targets)
    rows = Labelled(material["rows_train"].texts, np.eye(2)[numbers])
    repaired = fine_tune(biased_classifier, **{**material, "rows_train": rows}, config=CONFIG)
    assert repaired.best.flip_rate == 0


def test_steps_in_bfloat16_leave_weights_in_float32(biased_classifier, material):
    config = replace(CONFIG, dtype="bfloat16", max_steps=60)
    repaired = fine_tune(biased_classifier, **material, config=config)
    assert repaired.best.mean_shift < 0.5 * repaired.before.mean_shift
    assert {parameter.dtype for parameter in repaired.model.parameters()} == {torch.float32}


def test_retention_keeps_closer_to_the_old_answers(biased_classifier, material, sentences):
    texts, _ = sentences.rows(100, seed=104)
    before = answers(*load(biased_classifier), texts).softmax(-1)
    distances = []
    for weight in (0.0, 20.0):
        config = replace(
            CONFIG,
            objectives={"consistency": 1.0, "retention": weight},
            max_steps=20,
            max_accuracy_loss=1.0,
        )
        repaired = fine_tune(biased_classifier, **material, config=config)
        assert repaired.best_step > 0
        after = answers(repaired.model, repaired.tokenizer, texts).softmax(-1)
        distances.append((after - before).abs().mean().item())
    assert distances[1] < distances[0]


def test_the_run_stops_when_patience_runs_out(biased_classifier, material):
    config = replace(CONFIG, eval_every=1, patience=3, objectives={})
    repaired = fine_tune(biased_classifier, **material, config=config)
    assert repaired.history[-1].step == repaired.best_step + 3 < 100


def test_progress_is_told_after_each_step(biased_classifier, material):
    told = []
    config = replace(CONFIG, max_steps=5, eval_every=2)
    fine_tune(biased_classifier, **material, config=config, on_step=told.append)
    assert [p.step for p in told] == [1, 2, 3, 4, 5]
    assert {p.max_steps for p in told} == {5}
    assert [p.step for p in told if p.evaluation] == [2, 4, 5]
    assert all(p.loss > 0 for p in told)


def test_a_run_is_silent_and_leaves_no_trace(biased_classifier, material, capfd):
    files = {path: path.read_bytes() for path in biased_classifier.iterdir()}
    logging.set_verbosity_info()
    seed_all()
    expected = draw_all()
    seed_all()
    try:
        fine_tune(biased_classifier, **material, config=replace(CONFIG, max_steps=3))
        assert logging.get_verbosity() == logging.INFO
        assert logging.is_progress_bar_enabled()
    finally:
        logging.set_verbosity_warning()
    assert draw_all() == expected
    assert {path: path.read_bytes() for path in biased_classifier.iterdir()} == files
    assert "".join(capfd.readouterr()) == ""


class TestRefusals:
    @pytest.mark.parametrize("name", ["rows_train", "rows_validation"])
    def test_no_rows(self, biased_classifier, material, name):
        with pytest.raises(MitigationError, match=f"{name} is empty"):
            fine_tune(biased_classifier, **{**material, name: Labelled([])}, config=CONFIG)

    @pytest.mark.parametrize("name", ["pairs_train", "pairs_validation"])
    def test_no_pairs(self, biased_classifier, material, name):
        with pytest.raises(MitigationError, match=f"{name} is empty"):
            fine_tune(biased_classifier, **{**material, name: []}, config=CONFIG)

    @pytest.mark.parametrize(
        ("targets", "message"),
        [([0, 2], "goes from 0 to 2"), ([-1, 1], "goes from -1"), (np.eye(3)[:2], "3 columns")],
    )
    def test_targets_that_are_no_labels(self, biased_classifier, material, targets, message):
        rows = Labelled(["a man", "a woman"], targets)
        with pytest.raises(ArgumentError, match=message):
            fine_tune(biased_classifier, **{**material, "rows_train": rows}, config=CONFIG)

    def test_more_frozen_layers_than_there_are(self, biased_classifier, material):
        config = replace(CONFIG, freeze_layers=3)
        with pytest.raises(ArgumentError, match="freeze_layers=3 must be at most 2"):
            fine_tune(biased_classifier, **material, config=config)

    def test_a_device_that_is_not_there(self, biased_classifier, material):
        config = replace(CONFIG, device="abacus")
        with pytest.raises(ArgumentError, match="device='abacus' is no device that torch knows"):
            fine_tune(biased_classifier, **material, config=config)

    def test_a_folder_without_a_model(self, tmp_path, material):
        with pytest.raises(ModelError, match=re.escape(f"{tmp_path} cannot be loaded")):
            fine_tune(tmp_path, **material, config=CONFIG)

    def test_an_encoder_without_a_head(self, biased_classifier, tmp_path, material):
        shutil.copytree(biased_classifier, tmp_path / "encoder")
        AutoModel.from_pretrained(biased_classifier).save_pretrained(tmp_path / "encoder")
        with pytest.raises(MitigationError, match="no weights for classifier"):
            fine_tune(tmp_path / "encoder", **material, config=CONFIG)

    def test_several_answers_at_once(self, biased_classifier, tmp_path, material):
        model, tokenizer = load(biased_classifier)
        model.config.problem_type = "multi_label_classification"
        model.save_pretrained(tmp_path), tokenizer.save_pretrained(tmp_path)
        with pytest.raises(MitigationError, match="multi_label_classification"):
            fine_tune(tmp_path, **material, config=CONFIG)

    def test_peft_is_missing(self, biased_classifier, material, monkeypatch):
        monkeypatch.setitem(sys.modules, "peft", None)
        message = re.escape('mitigate(method="lora") needs peft')
        with pytest.raises(MissingPackageError, match=message):
            fine_tune(biased_classifier, **material, config=replace(CONFIG, method="lora"))

    def test_accelerate_is_missing(self, biased_classifier, material, monkeypatch):
        monkeypatch.setitem(sys.modules, "accelerate", None)
        with pytest.raises(MissingPackageError, match=r"mitigate\(\) needs accelerate"):
            fine_tune(biased_classifier, **material, config=CONFIG)
