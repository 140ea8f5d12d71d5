from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation import MitigationConfig
from pytest_fairness.mitigation.language import LanguageConfig, repair_embeddings
from pytest_fairness.mitigation.language.material import split_texts
from pytest_fairness.models import load_model
from tests.mitigation.language.conftest import PAIRS, TEXTS, framed, pairs_about
from tests.models.builders import word_tokenizer

CONFIG = MitigationConfig(
    max_steps=40,
    eval_every=20,
    learning_rate=1e-2,
    freeze_layers=0,
    batch_size=8,
    pair_batch_size=8,
    device="cpu",
)
LANGUAGE = LanguageConfig(retention_weight=1.0)
HERS, HIS = ("she", "her", "hers", "woman"), ("he", "him", "his", "man")


def both_sides(frames):
    return [pair for two in zip(HIS, HERS, strict=True) for pair in pairs_about(frames, *two)]


FRAMES = framed(20, 7)
ALL = {
    "train": both_sides(FRAMES[:8]),
    "validation": both_sides(FRAMES[8:11]),
    "heldout": both_sides(FRAMES[11:]),
}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Folder of an encoder in whose space women stand where nurses do, and men where engineers."""
    from transformers import BertConfig, BertModel

    tokenizer = word_tokenizer()
    torch.manual_seed(0)
    model = BertModel(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        ),
        add_pooling_layer=False,
    )
    vectors = model.embeddings.word_embeddings.weight
    numbers = tokenizer.convert_tokens_to_ids
    with torch.no_grad():
        vectors.mul_(20)
        for word in HERS:
            vectors[numbers(word)] += vectors[numbers("nurse")]
        for word in HIS:
            vectors[numbers(word)] += vectors[numbers("engineer")]
    folder = tmp_path_factory.mktemp("encoder")
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": false}')
    return folder


@pytest.fixture(scope="module")
def repaired(encoder):
    return repair_embeddings(
        encoder, ALL, TEXTS, max_distance=0.1, config=CONFIG, language=LANGUAGE
    )


def units(model, texts):
    vectors = model.embed(texts)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def effect(model):
    """How much nearer to nurses than to engineers women stand, compared with men."""
    frames = framed(8, 11)

    def vectors(words):
        return np.stack([model.embed([f.format(w) for f in frames]).mean(axis=0) for w in words])

    x, y = vectors(HERS), vectors(HIS)
    [nurse], [engineer] = vectors(("nurse",)), vectors(("engineer",))

    def lean(vector):
        one, two, three = (v / np.linalg.norm(v) for v in (vector, nurse, engineer))
        return one @ two - one @ three

    return np.mean([lean(v) for v in x]) - np.mean([lean(v) for v in y])


def test_sides_of_pairs_never_seen_come_together(repaired):
    assert repaired.before.verdict.value == "fail"
    assert repaired.after.estimate < 0.2 * repaired.before.estimate
    assert repaired.after.passed


def test_other_texts_stay_where_they_were(repaired):
    assert repaired.skill.passed
    assert repaired.met
    assert repaired.perplexity is None


def test_the_planted_association_goes(encoder, repaired):
    before = effect(load_model(encoder, task="feature-extraction"))
    now = effect(load_model(repaired.model, task="feature-extraction"))
    assert before > 0.05
    assert abs(now) < 0.2 * before


def test_what_is_measured_is_what_the_saved_model_says(repaired, tmp_path):
    folder = repaired.save(tmp_path / "saved")
    assert (folder / "1_Pooling" / "config.json").is_file()
    model = load_model(folder, task="feature-extraction", device="cpu")
    others = units(model, split_texts(TEXTS, CONFIG.seed)[2])
    unit = np.mean([1 - v @ w for v, w in itertools.combinations(others, 2)])
    first = units(model, [pair.original for pair in ALL["heldout"]])
    second = units(model, [pair.variant for pair in ALL["heldout"]])
    apart = np.mean([1 - v @ w for v, w in zip(first, second, strict=True)])
    record = json.loads((folder / "mitigation.json").read_text("utf-8"))
    assert record["after"]["estimate"] == pytest.approx(apart / unit, rel=1e-3)


def test_a_limit_below_zero(encoder):
    with pytest.raises(ArgumentError, match="max_distance=-1 must be at least 0"):
        repair_embeddings(encoder, PAIRS, TEXTS, max_distance=-1)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pooling_and_prefix_are_those_of_the_embedder(encoder, pooling):
    """The distance that the first look takes is that between the embedder's own vectors."""
    language = replace(LANGUAGE, pooling=pooling, prefix="text ")
    found = repair_embeddings(
        encoder,
        ALL,
        TEXTS,
        max_distance=0.1,
        config=replace(CONFIG, max_steps=1),
        language=language,
    )
    model = load_model(encoder, task="feature-extraction", device="cpu")
    model.pooling, model.prefix = pooling, "text "
    sides = ([p.original for p in ALL["validation"]], [p.variant for p in ALL["validation"]])
    cosines = (units(model, sides[0]) * units(model, sides[1])).sum(axis=1)
    assert found.tuned.history[0].gap == pytest.approx((1 - cosines).mean(), abs=1e-5)
