from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    RobertaConfig,
)

from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.layers import plain, trainable
from pytest_fairness.mitigation.training import fine_tune, save
from pytest_fairness.mitigation.vehicles import frozen_parts, leave_room, mount
from pytest_fairness.models import load_model

CONFIG = MitigationConfig(
    max_steps=70, eval_every=10, learning_rate=3e-2, device="cpu", max_accuracy_loss=0.02
)
# Weights that learn, counted by hand for 2 layers of width 32 with inner width 64 and 2 labels.
HEAD = 2 * 32 + 2
VEHICLES = {
    "ia3": ({"freeze_layers": 0}, 2 * (4 * 32 + 64 + 64) + 32 + HEAD),
    "prefix": ({"virtual_tokens": 4}, 2 * 2 * 4 * 32 + HEAD),
    "prompt": ({"virtual_tokens": 4}, 4 * 32 + HEAD),
}
SMALL = {"vocab_size": 56, "pad_token_id": 0}
BERT_LIKE = {
    **SMALL,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 40,
}
CONFIGS = {
    "bert": BertConfig(**BERT_LIKE),
    "roberta": RobertaConfig(**BERT_LIKE),
    "distilbert": DistilBertConfig(**SMALL, dim=16, n_layers=2, n_heads=2, hidden_dim=32),
    "gpt2": GPT2Config(**SMALL, n_embd=16, n_layer=2, n_head=2, n_positions=40),
    "llama": LlamaConfig(**BERT_LIKE, num_key_value_heads=2),
}


@pytest.fixture(scope="module")
def material(sentences):
    return {
        "rows_train": Labelled(*sentences.rows(200, seed=100)),
        "rows_validation": Labelled(*sentences.rows(100, seed=101)),
        "pairs_train": sentences.pairs("train"),
        "pairs_validation": sentences.pairs("validation"),
    }


@pytest.fixture(scope="module", params=VEHICLES)
def repaired(request, biased_classifier, material):
    options, weights = VEHICLES[request.param]
    config = replace(CONFIG, method=request.param, **options)
    tuned = fine_tune(biased_classifier, **material, config=config)
    return SimpleNamespace(vehicle=request.param, tuned=tuned, weights=weights)


@pytest.fixture
def tokenizer(biased_classifier):
    return AutoTokenizer.from_pretrained(biased_classifier)


def model_of(name):
    torch.manual_seed(1)
    return AutoModelForSequenceClassification.from_config(CONFIGS[name]).eval()


def carry(model, tokenizer, **options):
    config = MitigationConfig(freeze_layers=0, virtual_tokens=4, **options)
    leave_room(model, tokenizer, config)
    return mount(model, tokenizer, frozen_parts(model, config), config)


def flip_rate(model, pairs):
    first, second = (model.predict(list(side)) for side in zip(*pairs, strict=True))
    return (first != second).mean()


def test_flips_vanish_on_terms_and_templates_never_seen(repaired, sentences):
    model = load_model((repaired.tuned.model, repaired.tuned.tokenizer))
    assert repaired.tuned.before.flip_rate > 0.9
    assert flip_rate(model, sentences.pairs("heldout")) == 0
    assert repaired.tuned.trainable_parameters == repaired.weights


def test_saved_and_loaded_it_answers_the_same(
    repaired, biased_classifier, tmp_path, sentences, monkeypatch
):
    folder = save(repaired.tuned, tmp_path / "repaired")
    moved = folder.rename(tmp_path / "moved")  # the folder needs nothing beside it
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base_model").mkdir()  # another one near by is not taken for its own
    texts = [*sentences.rows(20, seed=103)[0], "the " * 25]
    expected = load_model((repaired.tuned.model, repaired.tuned.tokenizer)).predict_proba(texts)
    np.testing.assert_allclose(load_model(str(moved)).predict_proba(texts), expected, atol=1e-6)
    original = load_model(str(biased_classifier)).predict_proba(texts)
    assert np.abs(original - expected).max() > 1e-4  # a hundred times what loading may move


def test_a_folder_with_a_prefix_holds_the_original(biased_classifier, material, tmp_path):
    config = replace(CONFIG, method="prefix", virtual_tokens=4, max_steps=2)
    folder = save(fine_tune(biased_classifier, **material, config=config), tmp_path / "repaired")
    before, inside = (
        AutoModelForSequenceClassification.from_pretrained(where).state_dict()
        for where in (biased_classifier, folder / "base_model")
    )
    assert before.keys() == inside.keys()
    assert all(torch.equal(before[name], inside[name]) for name in before)


def test_of_the_head_alone_nothing_else_moves(biased_classifier, material):
    config = replace(
        CONFIG,
        method="head",
        max_steps=10,
        learning_rate=1e-3,  # a little less of all logits is a better state
        objectives={"task": 0.0, "consistency": 1.0},
    )
    tuned = fine_tune(biased_classifier, **material, config=config)
    before = AutoModelForSequenceClassification.from_pretrained(biased_classifier).state_dict()
    moved = {n for n, w in tuned.model.state_dict().items() if not torch.equal(w, before[n])}
    assert moved == {"classifier.weight", "classifier.bias"}
    assert tuned.trainable_parameters == HEAD


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("vehicle", ["lora", "ia3"])
def test_merging_changes_no_answer(name, vehicle, tokenizer):
    model = carry(model_of(name), tokenizer, method=vehicle)
    torch.manual_seed(2)
    with torch.no_grad():
        for weight in trainable(model).values():
            weight.add_(0.1 * torch.randn_like(weight))
    inputs = tokenizer(["a man", "the town"], return_tensors="pt")
    inputs.pop("token_type_ids", None)
    expected = model(**inputs).logits
    merged, adapter = plain(model)
    torch.testing.assert_close(merged(**inputs).logits, expected, atol=1e-5, rtol=1e-4)
    assert type(merged) is type(model_of(name))
    assert adapter.weights


@pytest.mark.parametrize(
    ("name", "vehicle", "advice"),
    [("distilbert", "prefix", "does not read"), ("gpt2", "prompt", "answers at the last token")],
)
def test_a_model_that_cannot_take_a_vehicle_is_named(name, vehicle, advice, tokenizer):
    with pytest.raises(MitigationError, match=advice):
        carry(model_of(name), tokenizer, method=vehicle)


@pytest.mark.parametrize(
    ("name", "vehicle"),
    [
        *((name, "prefix") for name in ("bert", "roberta", "gpt2", "llama")),
        *((name, "prompt") for name in ("bert", "roberta", "distilbert")),
    ],
)
def test_prefixes_and_prompts_ignore_padding(name, vehicle, tokenizer):
    model = carry(model_of(name), tokenizer, method=vehicle).eval()
    short, long = "a man", "the friend met a woman in the town"
    batch = tokenizer([short, long], padding=True, padding_side="right", return_tensors="pt")
    alone = tokenizer([short], return_tensors="pt")
    for inputs in (batch, alone):
        inputs.pop("token_type_ids", None)
    with torch.no_grad():
        torch.testing.assert_close(model(**batch).logits[:1], model(**alone).logits)


@pytest.mark.parametrize(("name", "limit"), [("bert", 36), ("roberta", 35), ("distilbert", 508)])
def test_texts_are_cut_where_learnt_vectors_leave_no_room(name, limit, tokenizer):
    tokenizer.model_max_length = 1000
    model = carry(model_of(name), tokenizer, method="prompt").eval()
    assert tokenizer.model_max_length == limit
    with torch.no_grad():
        inputs = tokenizer("the " * 600, truncation=True, return_tensors="pt")
        inputs.pop("token_type_ids", None)
        assert inputs["input_ids"].shape[1] == limit
        model(**inputs)


def test_more_learnt_vectors_than_positions(tokenizer):
    tokenizer.model_max_length = 1000
    config = MitigationConfig(method="prompt", virtual_tokens=40)
    with pytest.raises(ArgumentError, match="virtual_tokens=40 must be less than 40"):
        leave_room(model_of("bert"), tokenizer, config)


def test_computing_activations_again_changes_nothing(still_classifier, material):
    states = []
    for again in (False, True):
        config = replace(CONFIG, learning_rate=1e-3, max_steps=4, gradient_checkpointing=again)
        tuned = fine_tune(still_classifier, **material, config=config)
        states.append(torch.cat([p.flatten() for p in tuned.model.parameters()]))
    torch.testing.assert_close(*states, atol=1e-6, rtol=1e-5)


def test_a_prefix_does_not_go_with_computing_activations_again():
    with pytest.raises(ArgumentError, match="does not go with method="):
        MitigationConfig(method="prefix", gradient_checkpointing=True)
