"""Vectors of texts, against plain transformers one text at a time."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from pytest_fairness import assert_association, load_model
from pytest_fairness.errors import ArgumentError, FairnessFailure
from tests.models.builders import minilm_folder

TEXTS = ["A nurse.", "The engineer wrote a long report on the bridge.", "Late", "A nurse."]


def one_by_one(model, texts, pooling):
    rows = []
    for text in texts:
        tokens = model.tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            hidden = model.module(
                input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
            ).last_hidden_state[0]
        rows.append((hidden.mean(dim=0) if pooling == "mean" else hidden[0]).numpy())
    return np.array(rows)


@pytest.fixture(scope="module")
def minilm():
    return load_model(minilm_folder(), device="cpu")


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_vectors_are_those_of_plain_transformers(minilm, pooling):
    minilm.pooling = pooling
    found = minilm.embed(TEXTS)
    np.testing.assert_allclose(found, one_by_one(minilm, TEXTS, pooling), atol=1e-4)
    assert found.shape == (4, 384)
    assert (found[0] == found[3]).all()
    minilm.pooling = "mean"


def test_texts_are_embedded_once(minilm):
    minilm.forget()
    before = minilm.cache.misses
    minilm.embed(TEXTS)
    minilm.embed(TEXTS)
    assert minilm.cache.misses - before == 3


def test_a_prefix_stands_before_each_text(minilm):
    plain = minilm.embed(["query: late"])
    minilm.prefix = "query: "
    try:
        np.testing.assert_allclose(minilm.embed(["late"]), plain, atol=1e-6)
    finally:
        minilm.prefix = ""


def test_the_pooling_that_was_saved_is_used(tmp_path):
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(minilm_folder(), folder)
    (folder / "1_Pooling").mkdir(exist_ok=True)
    settings = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(settings))
    assert load_model(folder, device="cpu").pooling == "cls"


def test_info_and_errors(minilm):
    assert (minilm.info.kind, minilm.info.device) == ("embedder", "cpu")
    with pytest.raises(ArgumentError, match="pooling='max' must be one of mean, cls"):
        minilm.pooling = "max"


def test_a_real_encoder_in_chinese(e5):
    """A real multilingual encoder puts flowers nearer to pleasant words than insects."""
    model = load_model(e5, device="cpu")
    model.prefix = "query: "
    flowers = ["玫瑰", "百合", "茉莉", "牡丹", "荷花", "菊花", "兰花", "桃花"]
    insects = ["蚊子", "苍蝇", "蟑螂", "跳蚤", "蚂蚁", "蜘蛛", "毛虫", "蝗虫"]
    pleasant = ["快乐", "和平", "爱", "美好", "健康", "幸福"]
    unpleasant = ["痛苦", "战争", "恨", "丑陋", "疾病", "死亡"]
    with pytest.raises(FairnessFailure) as caught:
        assert_association(model, flowers, insects, pleasant, unpleasant, max_effect_size=0.0)
    outcome = caught.value.outcome
    assert outcome.evidence.estimate > 0.5
    assert "x goes with a" in outcome.definition
