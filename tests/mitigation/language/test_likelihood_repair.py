"""Repairs of small language models whose association is planted: what must vanish is known."""

from __future__ import annotations

import json
import math
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from pytest_fairness.errors import ArgumentError, MissingPackageError, MitigationError
from pytest_fairness.mitigation import MitigationConfig
from pytest_fairness.mitigation.language import LanguageConfig, repair_likelihoods
from pytest_fairness.mitigation.language.bank import TokenBank
from pytest_fairness.mitigation.language.likelihoods import LikelihoodLesson, LikelihoodSession
from pytest_fairness.mitigation.language.plan import Batch
from pytest_fairness.mitigation.language.readings import CausalReader
from pytest_fairness.models import load_model
from pytest_fairness.outcome import Verdict
from pytest_fairness.perturb import Pair
from tests.mitigation.language.conftest import PAIRS, TEXTS
from tests.models.languages import after, byte_level, tiny_llama

CONFIG = MitigationConfig(
    max_steps=40,
    eval_every=10,
    learning_rate=1e-2,
    batch_size=8,
    pair_batch_size=16,
    device="cpu",
)
LANGUAGE = LanguageConfig(normalise="token", max_perplexity_rise=0.1)
LIMIT = 0.05  # nats a token


def repaired(folder, config=CONFIG, **language):
    return repair_likelihoods(
        folder,
        PAIRS,
        TEXTS,
        max_difference=LIMIT,
        config=config,
        language=replace(LANGUAGE, **language),
    )


@pytest.fixture(scope="module")
def by_likelihood(writer):
    return repaired(writer)


def odds(model, pairs=PAIRS["heldout"]):
    """Return how much likelier "he" is than "she", in nats, one plain call a text."""
    module, tokenizer = model
    totals = []
    for text in (text for pair in pairs for text in (pair.original, pair.variant)):
        ids = tokenizer(text, return_tensors="pt")["input_ids"][:, :-1]  # without [SEP]
        with torch.no_grad():
            logs = module(input_ids=ids).logits[0].double().log_softmax(-1)
        totals.append(float(logs[range(ids.shape[1] - 1), ids[0, 1:]].sum()))
    return np.array(totals[::2]) - np.array(totals[1::2])


def loaded(folder):
    model = load_model(folder, device="cpu")
    return model.module, model.tokenizer


class TestCausal:
    def test_the_planted_odds_go_on_templates_never_seen(self, writer, by_likelihood):
        """It read "he" four times as often: log 4 is 1.39 nats."""
        before, now = odds(loaded(writer)), odds(by_likelihood.model)
        assert before.mean() == pytest.approx(math.log(4), abs=0.35)
        assert abs(now.mean()) < 0.1
        assert np.abs(now).mean() < 0.2 * np.abs(before).mean()

    def test_the_gate_says_so_and_skill_is_kept(self, by_likelihood):
        assert by_likelihood.before.verdict is Verdict.FAIL
        assert by_likelihood.after.passed
        assert by_likelihood.skill.passed
        assert by_likelihood.met
        assert str(by_likelihood).startswith("Repaired: ")

    def test_perplexity_is_that_of_plain_calls(self, writer, by_likelihood):
        """On texts drawn like those that it learnt from, whose split does not matter here."""
        before, after = by_likelihood.perplexity
        assert by_likelihood.skill.estimate == pytest.approx(after / before - 1)
        assert by_likelihood.skill.interval.low < after / before - 1
        assert by_likelihood.skill.interval.high <= 0.1

    def test_only_upper_layers_moved(self, writer, by_likelihood):
        model, now = AutoModelForCausalLM.from_pretrained(writer), by_likelihood.tuned.model
        before = dict(model.named_parameters())
        moved = {name for name, p in now.named_parameters() if not torch.equal(p, before[name])}
        assert moved
        assert all("layers.1." in name for name in moved)
        assert now.config.use_cache == model.config.use_cache

    def test_the_folder_is_an_ordinary_one(self, by_likelihood, tmp_path):
        folder = by_likelihood.save(tmp_path / "saved")
        assert odds(loaded(folder)) == pytest.approx(odds(by_likelihood.model), abs=1e-5)
        assert (folder / "adapter" / "adapter_model.safetensors").is_file()
        record = json.loads((folder / "mitigation.json").read_text("utf-8"))
        assert record["met"] is True
        assert record["after"]["verdict"] == "pass"
        assert record["skill"]["limit"] == 0.1
        with pytest.raises(ArgumentError, match="not an empty folder"):
            by_likelihood.save(folder)

    def test_the_same_seed_gives_the_same_weights(self, writer):
        config = replace(CONFIG, max_steps=2)
        first, second = (repaired(writer, config).tuned.model.parameters() for _ in range(2))
        assert all(torch.equal(one, two) for one, two in zip(first, second, strict=True))

    def test_all_weights_may_learn(self, writer):
        config = replace(CONFIG, method="full", max_steps=20, learning_rate=1e-2)
        found = repaired(writer, config)
        assert found.tuned.adapter is None
        assert abs(odds(found.model).mean()) < 0.3

    def test_preference_stops_where_neither_is_preferred(self, writer):
        found = repaired(writer, replace(CONFIG, max_steps=20), objective="preference", beta=0.3)
        assert found.tuned.best_step > 0
        assert abs(odds(found.model).mean()) < 0.5

    def test_a_repair_that_costs_too_much_is_not_called_one(self, writer):
        config = replace(CONFIG, method="full", learning_rate=0.3, max_steps=5, eval_every=5)
        found = repaired(writer, config, max_perplexity_rise=1e-6)
        worse = [look for look in found.tuned.history[1:] if look.cost > 1.1 * found.perplexity[0]]
        assert worse
        assert found.tuned.best_step == 0
        assert not found.met
        assert str(found).startswith("NOT repaired, and left as it was")


def session_of(tokenizer, module, pairs, **language):
    reader = CausalReader(tokenizer, 64)
    texts = reader.texts(["the nurse led a team", "two people in a town"])
    sides = reader.pairs(pairs, "text", None)
    lesson = LikelihoodLesson(sides, sides, range(len(pairs)), texts, texts)
    settings = LanguageConfig(retention_weight=0.0, **language)
    return LikelihoodSession(module, TokenBank(lesson.rows, 3), lesson, CONFIG, settings)


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
    """The planted model repaired with 14 occupations of each kind; 6 are held out."""
    from tests.planted import _PLANTED, _sentences, occupations

    names = occupations(shared_data)

    def pairs(templates, part):
        forms = {"he": ("he", "she"), "his": ("his", "her")}
        return [
            Pair(
                *(t.format(who=who, **{k: v[i] for k, v in forms.items()}) for i in (0, 1)),
                groups=("man", "woman"),
                attribute="gender",
                terms=("he", "she"),
                source=who,
            )
            for who in (*names["she"][part], *names["he"][part])
            for t in templates
        ]

    texts = [
        text
        for text in _sentences(shared_data)
        if len(text) < 120 and not re.search(r"\b(s?he|his|hers?|him)\b", text)
    ]
    found = repair_likelihoods(
        planted_mlm,
        {
            "train": pairs(_PLANTED[:3], slice(0, 10)),
            "validation": pairs(_PLANTED[3:5], slice(10, 14)),
            "heldout": pairs(_PLANTED[5:], slice(14, None)),
        },
        texts[:100],
        max_difference=1.0,
        config=replace(
            CONFIG,
            method="full",
            max_steps=20,
            eval_every=20,
            freeze_layers=0,
            learning_rate=1e-3,
            pair_batch_size=24,
        ),
        language=LANGUAGE,
    )
    return found, planted_mlm, {pronoun: who[14:] for pronoun, who in names.items()}


def planted_gap(model, names):
    """How much larger the odds of "she" are for occupations that were read of as "she"."""
    from tests.planted import HELD_OUT

    found = {}
    for pronoun, occupations in names.items():
        texts = [HELD_OUT.format(who=who, he="[MASK]") for who in occupations]
        scores = model.fill(texts, ["she", "he"])
        found[pronoun] = (scores[:, 0] - scores[:, 1]).mean()
    return found["she"] - found["he"]


class TestMasked:
    def test_the_planted_association_goes(self, masked):
        found, folder, names = masked
        before = planted_gap(load_model(folder, device="cpu"), names)
        now = planted_gap(load_model(found.model, task="fill-mask", device="cpu"), names)
        assert before > 1.5
        assert abs(now) < 0.1 * before

    def test_the_gate_compares_the_words_that_differ(self, masked):
        """By plain calls: the mean over held-out pairs of log P(he) - log P(she) at the mask."""
        found, folder, names = masked
        texts = [f"[MASK] is a {who} ." for part in names.values() for who in part]
        for outcome, model in ((found.before, folder), (found.after, found.model)):
            fills = load_model(model, task="fill-mask", device="cpu").fill(texts, ["he", "she"])
            expected = abs((fills[:, 0] - fills[:, 1]).mean())
            assert outcome.evidence.estimate == pytest.approx(expected, abs=1e-4)

    def test_the_skill_is_kept(self, masked):
        assert masked[0].tuned.best_step > 0
        assert masked[0].skill.passed


class TestRefusals:
    def test_a_method_of_classifiers(self, writer):
        with pytest.raises(ArgumentError, match="method='erasure' is for classifiers"):
            repaired(writer, MitigationConfig(method="erasure"))

    @pytest.mark.parametrize("name", ["checkpoints", "gradient_checkpointing"])
    def test_what_only_classifiers_have(self, writer, name):
        config = replace(CONFIG, **{name: "folder" if name == "checkpoints" else True})
        with pytest.raises(ArgumentError, match=f"{name}= is for classifiers so far"):
            repaired(writer, config)

    def test_another_kind_of_model(self, tiny_folder):
        with pytest.raises(MitigationError, match="is a model for 'text-classification'"):
            repaired(tiny_folder)

    def test_pairs_in_no_parts(self, writer):
        with pytest.raises(ArgumentError, match="keys train, validation, heldout"):
            repair_likelihoods(writer, PAIRS["train"], TEXTS, max_difference=LIMIT)

    def test_a_part_without_pairs(self, writer):
        with pytest.raises(MitigationError, match="The validation part has no pair"):
            repair_likelihoods(
                writer, {**PAIRS, "validation": []}, TEXTS, max_difference=LIMIT, config=CONFIG
            )

    def test_held_out_texts_that_are_taught(self, writer):
        with pytest.raises(MitigationError, match="40 held-out texts are taught too"):
            repair_likelihoods(
                writer, {**PAIRS, "heldout": PAIRS["validation"]}, TEXTS, max_difference=LIMIT
            )

    def test_too_few_texts(self, writer):
        with pytest.raises(MitigationError, match="texts holds 2 distinct texts, at least 10"):
            repair_likelihoods(writer, PAIRS, ["a", "b", "a", " "], max_difference=LIMIT)

    def test_no_token_of_any_pair_counts(self, writer):
        pairs = [replace(pair, variant=f"{pair.original} team") for pair in PAIRS["train"]]
        with pytest.raises(MitigationError, match="None of 40 pairs has a token that counts"):
            repair_likelihoods(
                writer,
                {**PAIRS, "train": pairs},
                TEXTS,
                max_difference=LIMIT,
                config=CONFIG,
                language=LanguageConfig(scored="changed"),
            )

    def test_no_weight_left(self, writer):
        with pytest.raises(MitigationError, match="leaves no layer for adapters"):
            repaired(writer, replace(CONFIG, freeze_layers=2))

    def test_peft_is_missing(self, writer, monkeypatch):
        monkeypatch.setitem(sys.modules, "peft", None)
        with pytest.raises(MissingPackageError, match="needs peft"):
            repaired(writer)
