"""Embedders whose association is planted, repaired by the same verb as all other models."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from pytest_fairness import Attribute, FairnessFailure, assert_embedding_parity, counterfactuals
from pytest_fairness.errors import ArgumentError, MitigationError, ModelError
from pytest_fairness.mitigation import mitigate
from pytest_fairness.mitigation.language import LanguageConfig
from pytest_fairness.models import load_model
from pytest_fairness.outcome import Verdict
from tests.mitigation.language.conftest import SMALL, framed, neutral, rows
from tests.models.builders import word_tokenizer

CONFIG = replace(
    SMALL,
    eval_every=20,
    freeze_layers=0,
    pair_batch_size=8,
    language=LanguageConfig(retention_weight=1.0),
)
HERS, HIS = ("she", "her", "hers", "woman"), ("he", "him", "his", "man")
SPACE = counterfactuals([frame.format("{pronoun}") for frame in framed(60, 7)], vary="gender")
LIMIT = 0.1


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
def outcome(encoder):
    with pytest.raises(FairnessFailure) as caught:
        assert_embedding_parity(load_model(encoder, device="cpu"), SPACE, max_distance=LIMIT)
    return caught.value.outcome


@pytest.fixture(scope="module")
def repaired(encoder, outcome, tmp_path_factory):
    out = tmp_path_factory.mktemp("repaired") / "fair"
    return mitigate(encoder, rows(neutral(1000, 1)), CONFIG, against=outcome, out=out)


def units(model, texts):
    vectors = model.embed(texts)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def effect(model):
    """How much nearer to nurses than to engineers she stands, compared with him."""
    frames = framed(8, 11)

    def vectors(words):
        return np.stack([model.embed([f.format(w) for f in frames]).mean(axis=0) for w in words])

    x, y = vectors(("she",)), vectors(("he",))
    [nurse], [engineer] = vectors(("nurse",)), vectors(("engineer",))

    def lean(vector):
        one, two, three = (v / np.linalg.norm(v) for v in (vector, nurse, engineer))
        return one @ two - one @ three

    return np.mean([lean(v) for v in x]) - np.mean([lean(v) for v in y])


def shares(folder, pairs):
    """Return the mean distance of both sides over that of other templates, one by one."""
    model = load_model(folder, device="cpu")
    first = units(model, [pair.original for pair in pairs])
    second = units(model, [pair.variant for pair in pairs])
    far = [
        1 - first[i] @ first[j]
        for i, j in itertools.combinations(range(len(pairs)), 2)
        if pairs[i].source != pairs[j].source
    ]
    apart = [1 - v @ w for v, w in zip(first, second, strict=True)]
    return np.mean(apart) / np.mean(far)


def test_sides_of_pairs_never_seen_come_together(encoder, repaired):
    assert repaired.before[0].verdict is Verdict.FAIL
    assert repaired.met
    assert repaired.after[0].evidence.estimate < 0.2 * repaired.before[0].evidence.estimate
    drawn = SPACE.part("heldout").sample(400, seed=0)
    for folder, [found] in ((encoder, repaired.before), (repaired.folder, repaired.after)):
        assert found.evidence.estimate == pytest.approx(shares(folder, drawn), rel=1e-3)


def test_other_texts_stay_where_they_were(repaired):
    assert repaired.utility.name == "similarity to before"
    assert repaired.utility.before == 1.0
    assert repaired.utility.verdict is Verdict.PASS


def test_the_planted_association_goes(encoder, repaired):
    before = effect(load_model(encoder, device="cpu"))
    now = effect(load_model(repaired.folder, device="cpu"))
    assert before > 0.05
    assert abs(now) < 0.2 * before


def test_the_folder_is_that_of_an_embedder(repaired):
    assert (repaired.folder / "1_Pooling" / "config.json").is_file()
    record = json.loads((repaired.folder / "mitigation.json").read_text("utf-8"))
    assert record["before"][0]["metric"] == "embedding_distance"
    assert record["utility"]["margin"] == 0.05


def test_a_failing_check_without_a_space_is_refused(encoder, outcome):
    association = replace(outcome, metric="association_effect_size", source=None)
    with pytest.raises(MitigationError, match=r"association_effect_size.*assert_embedding_parity"):
        mitigate(encoder, rows(), CONFIG, against=association)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_pooling_and_prefix_are_those_of_the_embedder(encoder, outcome, pooling):
    """What is judged before the repair is what the embedder itself says so."""
    language = replace(CONFIG.language, pooling=pooling, prefix="text ")
    config = replace(CONFIG, max_steps=1, language=language)
    found = mitigate(encoder, rows(), config, against=outcome)
    model = load_model(encoder, device="cpu")
    model.pooling, model.prefix = pooling, "text "
    with pytest.raises(FairnessFailure) as caught:
        assert_embedding_parity(model, SPACE.part("heldout"), max_distance=LIMIT)
    expected = caught.value.outcome.evidence.estimate
    assert found.before[0].evidence.estimate == pytest.approx(expected, abs=1e-6)
    assert found.after[0].evidence.estimate < 1.01 * expected


class TestAssertion:
    def test_by_hand(self):
        """Sides at 60 degrees, templates at a right angle: one half."""
        frames = [f"{{who}} at {i}" for i in range(40)]
        space = counterfactuals(frames, vary=Attribute("who", {"w": ["she"], "m": ["he"]}))

        def vectors(texts):
            found = np.zeros((len(texts), 80))
            for row, text in zip(found, texts, strict=True):
                i, is_she = int(text.split()[-1]), text.startswith("she")
                row[2 * i] = 1.0 if is_she else 0.5
                row[2 * i + 1] = 0.0 if is_she else np.sqrt(0.75)
            return found

        with pytest.raises(FairnessFailure) as caught:
            assert_embedding_parity(vectors, space, max_distance=0.4)
        assert caught.value.outcome.evidence.estimate == pytest.approx(0.5)
        assert caught.value.outcome.source == space.recipe
        assert assert_embedding_parity(vectors, space, max_distance=0.7).passed

    def test_nothing_says_what_is_far(self):
        one = counterfactuals("{pronoun} left.", vary="gender")
        with pytest.raises(ArgumentError, match="All 1 pairs are of one template"):
            assert_embedding_parity(lambda texts: np.eye(2), one, max_distance=1)
        two = counterfactuals(["{pronoun} left.", "{pronoun} came."], vary="gender")
        with pytest.raises(ModelError, match="are all alike"):
            assert_embedding_parity(lambda texts: np.ones((len(texts), 2)), two, max_distance=1)
        with pytest.raises(ModelError, match="has length 0"):
            assert_embedding_parity(lambda texts: np.zeros((len(texts), 2)), two, max_distance=1)
