"""Repairs of tiny models whose association is planted, so that what must vanish is known."""

from __future__ import annotations

import math
import random
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from pytest_fairness.errors import (
    ArgumentError,
    MissingPackageError,
    MitigationError,
    ModelError,
)
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.language.bank import TokenBank
from pytest_fairness.mitigation.language.config import LanguageConfig
from pytest_fairness.mitigation.language.likelihoods import LikelihoodLesson, LikelihoodSession
from pytest_fairness.mitigation.language.plan import Batch
from pytest_fairness.mitigation.language.readings import CausalReader
from pytest_fairness.mitigation.language.training import fine_tune_language_model
from pytest_fairness.mitigation.training import save
from pytest_fairness.models import load_model
from tests.models.languages import after, byte_level, tiny_llama
from tests.models.writers import tiny_llama as tiny_writer, writing_tokenizer

CONFIG = MitigationConfig(
    max_steps=40,
    eval_every=10,
    patience=4,
    learning_rate=3e-3,
    freeze_layers=1,
    batch_size=8,
    pair_batch_size=8,
    device="cpu",
    language=LanguageConfig(max_perplexity_rise=0.2),
)
JOBS = ("nurse", "engineer", "doctor", "person")
FRAMES = {
    "train": ("{} works with the {}", "{} is a good {}", "the team of {} led the {}"),
    "validation": ("{} reads for the {}", "{} holds a long text for a {}"),
    "heldout": ("{} writes to a {} in the team", "{} was at the {}"),
}


def pairs_of(part):
    return [(f.format("he", job), f.format("she", job)) for f in FRAMES[part] for job in JOBS]


def neutral(n, seed):
    rng = random.Random(seed)
    words = "a the team of in on at for great text reads writes three years care people".split()
    return [" ".join(rng.choices(words, k=rng.randint(4, 9))) for _ in range(n)]


MATERIAL = {
    "pairs_train": pairs_of("train"),
    "pairs_validation": pairs_of("validation"),
    "texts_train": neutral(24, 0),
    "texts_validation": neutral(16, 1),
}


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    """Folder of a decoder that was taught neutral texts, and "he" four times as often as "she"."""
    tokenizer, module = writing_tokenizer(), tiny_writer()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3)
        for step in range(60):
            rng = random.Random(step)
            frames = [frame for part in FRAMES.values() for frame in part]
            who = ("he", "he", "he", "he", "she")
            texts = [
                rng.choice(frames).format(rng.choice(who), rng.choice(JOBS)) for _ in range(16)
            ]
            texts = [f"{text} [SEP]" for text in (*texts, *neutral(16, 100 + step))]
            batch = tokenizer(texts, padding=True, return_tensors="pt")["input_ids"]
            labels = batch.masked_fill(batch == tokenizer.pad_token_id, -100)
            module(input_ids=batch, labels=labels).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    folder = tmp_path_factory.mktemp("writer")
    module.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def differences(model, part="heldout"):
    """How much likelier "he" is than "she", in nats, by the package's own scoring."""
    sides = zip(*pairs_of(part), strict=True)
    first, second = (model.log_likelihood(side).total for side in sides)
    return first - second


def perplexity(model, texts):
    found = model.log_likelihood(texts)
    return math.exp(-found.total.sum() / found.tokens.sum())


def repaired(folder, **language):
    settings = replace(CONFIG.language, **language)
    config = replace(CONFIG, language=settings)
    return fine_tune_language_model(folder, task="text-generation", **MATERIAL, config=config)


@pytest.fixture(scope="module")
def by_likelihood(writer):
    return repaired(writer)


class TestCausal:
    def test_texts_never_seen_become_as_likely_for_both(self, writer, by_likelihood):
        before = load_model(writer, device="cpu")
        now = load_model((by_likelihood.model, by_likelihood.tokenizer), device="cpu")
        assert differences(before).mean() > 1
        assert abs(differences(now).mean()) < 0.2 * differences(before).mean()

    def test_the_language_is_kept_on_texts_never_seen(self, writer, by_likelihood):
        before = load_model(writer, device="cpu")
        now = load_model((by_likelihood.model, by_likelihood.tokenizer), device="cpu")
        texts = neutral(50, 2)
        assert perplexity(now, texts) <= 1.2 * perplexity(before, texts)

    def test_the_history_tells_what_the_models_do(self, writer, by_likelihood):
        """The whole texts have one number of bytes a side more or less: he and she."""
        first, last = by_likelihood.before, by_likelihood.best
        models = writer, (by_likelihood.model, by_likelihood.tokenizer)
        for seen, model in zip((first, last), models, strict=True):
            loaded = load_model(model, device="cpu")
            expected = perplexity(loaded, MATERIAL["texts_validation"])
            assert seen.perplexity == pytest.approx(expected, rel=1e-4)
            sides = [loaded.log_likelihood(s).per_byte for s in zip(*pairs_of("validation"))]
            size = [np.mean([len(text) for text in pair]) for pair in pairs_of("validation")]
            gaps = (sides[0] - sides[1]) * size
            assert seen.mean_shift == pytest.approx(np.abs(gaps).mean(), abs=1e-3)
            assert seen.flip_rate == pytest.approx(abs(2 * (gaps > 0).mean() - 1))

    def test_frozen_weights_stay_and_the_others_move(self, writer, by_likelihood):
        model, now = AutoModelForCausalLM.from_pretrained(writer), by_likelihood.model
        assert now.config.use_cache == model.config.use_cache
        before = dict(model.named_parameters())
        moved = {name for name, p in now.named_parameters() if not torch.equal(p, before[name])}
        assert not any("layers.0." in name or "embed_tokens" in name for name in moved)
        assert any("layers.1." in name for name in moved)

    def test_saved_and_loaded_it_says_the_same(self, by_likelihood, tmp_path):
        folder = save(by_likelihood, tmp_path / "saved")
        now = load_model((by_likelihood.model, by_likelihood.tokenizer), device="cpu")
        found = differences(load_model(folder, device="cpu"))
        assert found == pytest.approx(differences(now), abs=1e-5)

    def test_the_same_seed_gives_the_same_weights(self, writer, by_likelihood):
        again = repaired(writer)
        pairs = zip(again.model.parameters(), by_likelihood.model.parameters(), strict=True)
        assert all(torch.equal(first, second) for first, second in pairs)

    def test_preference_stops_where_neither_is_preferred(self, writer):
        found = repaired(writer, objective="preference", beta=0.3)
        now = load_model((found.model, found.tokenizer), device="cpu")
        before = load_model(writer, device="cpu")
        assert abs(differences(now).mean()) < 0.3 * differences(before).mean()
        assert 0 < found.best_step

    def test_divergence_makes_what_follows_alike(self, writer):
        found = repaired(writer, objective="divergence")
        assert found.best.mean_shift < 0.5 * found.before.mean_shift

    def test_augmentation_alone_raises_the_rarer_side(self, writer):
        """Ordinary loss on both sides teaches them equally often."""
        found = repaired(writer, fairness_weight=0.0, augmentation_weight=1.0)
        now = load_model((found.model, found.tokenizer), device="cpu")
        before = load_model(writer, device="cpu")
        assert abs(differences(now).mean()) < 0.6 * differences(before).mean()

    def test_adapters_are_merged_and_spare_the_head(self, writer, tmp_path):
        config = replace(CONFIG, vehicle="lora", freeze_layers=0, learning_rate=1e-2)
        found = fine_tune_language_model(writer, task="text-generation", **MATERIAL, config=config)
        assert found.best.mean_shift < 0.5 * found.before.mean_shift
        folder = save(found, tmp_path / "saved")
        assert (folder / "adapter" / "adapter_model.safetensors").is_file()
        head = AutoModelForCausalLM.from_pretrained(writer).lm_head.weight
        assert torch.equal(found.model.lm_head.weight, head)
        now = load_model((found.model, found.tokenizer), device="cpu")
        assert differences(load_model(folder, device="cpu")) == pytest.approx(
            differences(now), abs=1e-5
        )

    def test_no_state_beyond_the_utility_limit_is_kept(self, writer):
        config = replace(CONFIG, learning_rate=0.3, language=LanguageConfig(max_perplexity_rise=0))
        found = fine_tune_language_model(writer, task="text-generation", **MATERIAL, config=config)
        worse = [e for e in found.history[1:] if e.perplexity > found.before.perplexity]
        assert worse
        assert found.best_step not in {e.step for e in worse}


def session_of(tokenizer, module, pairs, **language):
    reader = CausalReader(tokenizer, 64)
    texts = reader.texts(["the nurse led a team", "two people in a town"])
    lesson = LikelihoodLesson(
        pairs=reader.pairs(pairs, "text", None, after=False),
        pairs_checked=reader.pairs(pairs, "text", None, after=False),
        learnt=range(len(pairs)),
        copies=[],
        texts=texts,
        texts_checked=texts,
    )
    config = replace(CONFIG, language=LanguageConfig(retention_weight=0.0, **language))
    return LikelihoodSession(module, TokenBank(lesson.rows, 3), lesson, config)


class TestPreferenceLoss:
    """The whole path from texts to the loss, against one token at a time, and against trl."""

    PROMPTS = ("the nurse led", "she is", "two people in the old town")
    PREFERRED = (" his team</s>", " an engineer</s>", " opened a school</s>")
    OTHER = (" her team</s>", " a kind nurse</s>", " were in hospital</s>")

    def loss(self):
        tokenizer = byte_level(adds=True, pad_token="<pad>")
        pairs = [
            (prompt + other, prompt + preferred)
            for prompt, preferred, other in zip(
                self.PROMPTS, self.PREFERRED, self.OTHER, strict=True
            )
        ]
        module = tiny_llama(tokenizer, seed=0)
        session = session_of(tokenizer, module, pairs, objective="preference", beta=0.3)
        module.load_state_dict(tiny_llama(tokenizer, seed=1).state_dict())
        return session.loss(module, session.inputs(Batch((0, 1, 2), (0,)))).item()

    def test_one_token_at_a_time(self):
        tokenizer = byte_level(adds=True, pad_token="<pad>")
        modules = [tiny_llama(tokenizer, seed=seed) for seed in (1, 0)]
        terms = []
        for prompt, *endings in zip(self.PROMPTS, self.PREFERRED, self.OTHER, strict=True):
            start = tokenizer(prompt)["input_ids"]
            ids = [tokenizer(prompt + ending)["input_ids"][len(start) :] for ending in endings]
            now, before = ([after(module, start, row) for row in ids] for module in modules)
            margin = 0.3 * ((now[0] - before[0]) - (now[1] - before[1]))
            terms.append(np.log1p(np.exp(-margin)))
        assert self.loss() == pytest.approx(np.mean(terms), abs=1e-5)

    def test_as_trl_computes_it(self):
        """trl 1.16.0: DPOTrainer(model=seed 1, ref_model=seed 0, beta=0.3).evaluate()."""
        assert self.loss() == pytest.approx(1.1891447, abs=1e-4)


@pytest.fixture(scope="module")
def masked(planted_mlm, shared_data):
    """The planted model repaired on 10 occupations of each kind, and the 6 that were held out."""
    from tests.planted import _PLANTED, _sentences, occupations

    names = occupations(shared_data)

    def pairs(templates, part):
        forms = {"he": ("he", "she"), "his": ("his", "her")}
        return [
            tuple(t.format(who=who, **{k: v[i] for k, v in forms.items()}) for i in (0, 1))
            for who in (*names["she"][part], *names["he"][part])
            for t in templates
        ]

    texts = [s for s in _sentences(shared_data) if not re.search(r"\b(s?he|his|hers?|him)\b", s)]
    found = fine_tune_language_model(
        planted_mlm,
        task="fill-mask",
        pairs_train=pairs(_PLANTED[:3], slice(0, 10)),
        pairs_validation=pairs(_PLANTED[3:5], slice(10, 14)),
        texts_train=texts[:60],
        texts_validation=texts[60:100],
        config=replace(
            CONFIG, max_steps=30, freeze_layers=0, learning_rate=1e-3, pair_batch_size=24
        ),
    )
    heldout = {pronoun: who[14:] for pronoun, who in names.items()}
    return found, planted_mlm, heldout


def planted_gap(model, names):
    """How much larger the odds of "she" are for occupations that were read of as "she"."""
    from tests.planted import HELD_OUT

    odds = {}
    for pronoun, occupations in names.items():
        texts = [HELD_OUT.format(who=who, he="[MASK]") for who in occupations]
        scores = model.fill(texts, ["she", "he"])
        odds[pronoun] = (scores[:, 0] - scores[:, 1]).mean()
    return odds["she"] - odds["he"]


class TestMasked:
    def test_the_planted_association_goes(self, masked):
        found, folder, names = masked
        before = planted_gap(load_model(folder, device="cpu"), names)
        now = planted_gap(load_model((found.model, found.tokenizer), device="cpu"), names)
        assert before > 1.5
        assert abs(now) < 0.1 * before

    def test_the_loss_of_the_masked_language_model_is_kept(self, masked):
        found = masked[0]
        assert found.best_step > 0
        assert found.best.perplexity <= 1.05 * found.before.perplexity


class TestRefusals:
    def test_another_task(self, writer):
        with pytest.raises(ArgumentError, match="task='text-classification' must be one of"):
            fine_tune_language_model(writer, task="text-classification", **MATERIAL, config=CONFIG)

    @pytest.mark.parametrize("name", MATERIAL)
    def test_nothing_given(self, writer, name):
        with pytest.raises(MitigationError, match=f"{name} is empty"):
            fine_tune_language_model(
                writer, task="text-generation", **{**MATERIAL, name: []}, config=CONFIG
            )

    def test_no_token_of_any_pair_counts(self, writer):
        pairs = [("the team of he", "the team of she")]
        with pytest.raises(MitigationError, match="None of the 1 pairs_train has a token"):
            fine_tune_language_model(
                writer,
                task="text-generation",
                **{**MATERIAL, "pairs_train": pairs},
                config=replace(CONFIG, language=LanguageConfig(scored="shared")),
            )

    def test_no_weight_left(self, writer, tmp_path):
        config = replace(CONFIG, vehicle="lora", freeze_layers=2)
        with pytest.raises(MitigationError, match="leaves no layer for adapters"):
            fine_tune_language_model(writer, task="text-generation", **MATERIAL, config=config)

    def test_too_few_texts_to_compare_similarities(self, tiny_folder):
        with pytest.raises(MitigationError, match="fewer than 3 distinct texts"):
            fine_tune_language_model(
                tiny_folder,
                task="feature-extraction",
                **{**MATERIAL, "texts_validation": ["a", "b", "a"]},
                config=CONFIG,
            )

    def test_another_kind_of_model(self, tiny_folder):
        with pytest.raises(ModelError):
            fine_tune_language_model(tiny_folder, task="fill-mask", **MATERIAL, config=CONFIG)

    def test_peft_is_missing(self, writer, monkeypatch):
        monkeypatch.setitem(sys.modules, "peft", None)
        config = replace(CONFIG, vehicle="lora")
        with pytest.raises(MissingPackageError, match="needs peft"):
            fine_tune_language_model(writer, task="text-generation", **MATERIAL, config=config)
