"""Repairs of small language models whose association is planted: what must vanish is known."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from pytest_fairness import assert_likelihood_parity, counterfactuals
from pytest_fairness.errors import (
    ArgumentError,
    ArgumentTypeError,
    FairnessFailure,
    MitigationError,
)
from pytest_fairness.mitigation import MitigationConfig, mitigate
from pytest_fairness.mitigation.language import LanguageConfig
from pytest_fairness.mitigation.language.judging import perplexity_of
from pytest_fairness.mitigation.language.material import gather
from pytest_fairness.mitigation.language.methods import METHODS
from pytest_fairness.mitigation.methods import Setting
from pytest_fairness.models import load_model
from pytest_fairness.outcome import Verdict
from tests.mitigation.language.conftest import SMALL, SPACE, failing, rows


def odds(folder, space=None):
    """Return how much likelier "she" is than "he", in nats, one plain call a text."""
    model = load_model(folder, device="cpu")
    totals = []
    for text in (t for p in space or SPACE.part("heldout") for t in (p.original, p.variant)):
        ids = model.tokenizer(text, return_tensors="pt")["input_ids"][:, :-1]  # without [SEP]
        with torch.no_grad():
            logs = model.module(input_ids=ids).logits[0].double().log_softmax(-1)
        totals.append(float(logs[range(ids.shape[1] - 1), ids[0, 1:]].sum()))
    return np.array(totals[::2]) - np.array(totals[1::2])


@pytest.fixture(scope="module")
def repaired(writer, outcome, tmp_path_factory):
    out = tmp_path_factory.mktemp("repaired") / "fair"
    return mitigate(writer, rows(), SMALL, against=outcome, out=out)


class TestCausal:
    def test_the_planted_odds_go_on_templates_never_seen(self, writer, repaired):
        """It read "he" four times as often: log 4 is 1.39 nats."""
        before, now = odds(writer), odds(repaired.folder)
        assert -before.mean() == pytest.approx(math.log(4), abs=0.35)
        assert abs(now.mean()) < 0.1
        assert np.abs(now).mean() < 0.2 * np.abs(before).mean()

    def test_the_same_check_says_so_and_the_skill_is_kept(self, writer, repaired):
        assert repaired.met
        assert [o.verdict for o in (*repaired.before, *repaired.after)] == [
            Verdict.FAIL,
            Verdict.PASS,
        ]
        assert repaired.after[0].definition_id == "likelihood_difference.token"
        assert repaired.utility.verdict is Verdict.PASS
        heldout = gather([SPACE], rows(), SMALL, "perplexity").rows["heldout"].texts
        for folder, said in ((writer, "before"), (repaired.folder, "after")):
            found = perplexity_of(load_model(folder, device="cpu"), heldout)
            assert getattr(repaired.utility, said) == pytest.approx(found, rel=1e-4)

    def test_only_upper_layers_moved(self, writer, repaired):
        before = dict(AutoModelForCausalLM.from_pretrained(writer).named_parameters())
        now = AutoModelForCausalLM.from_pretrained(repaired.folder)
        moved = {name for name, p in now.named_parameters() if not torch.equal(p, before[name])}
        assert moved
        assert all("layers.1." in name for name in moved)

    def test_the_record_is_that_of_every_repair(self, repaired):
        record = json.loads((repaired.folder / "mitigation.json").read_text("utf-8"))
        assert record["met"] is True
        assert record["method"] == "lora"
        assert record["after"][0]["verdict"] == "pass"
        assert record["utility"]["name"] == "perplexity"
        assert record["utility"]["margin"] == 0.1
        assert record["config"]["language"]["max_perplexity_rise"] == 0.1
        assert (repaired.folder / "adapter" / "adapter_model.safetensors").is_file()
        card = (repaired.folder / "README.md").read_text("utf-8")
        assert "On held-out texts, perplexity went from" in card

    def test_auto_passes_over_what_is_for_classifiers(self, writer, outcome):
        config = replace(SMALL, method="auto", max_steps=1)
        found = mitigate(writer, rows(), config, against=outcome)
        tried = {attempt.method: attempt for attempt in found.attempts}
        assert [m for m, a in tried.items() if a.status == "skipped"] == [
            "thresholds",
            "last_layer",
            "averaging",
            "erasure",
        ]
        assert tried["averaging"].reason == "it is for classifiers; this model takes lora, full"
        assert not found.met
        assert sum(bool(attempt.after) for attempt in found.attempts) == 1  # for the record

    def test_all_weights_may_learn(self, writer, outcome, tmp_path):
        config = replace(SMALL, method="full", max_steps=20)
        found = mitigate(writer, rows(), config, against=outcome, out=tmp_path / "fair")
        assert found.met
        assert not (found.folder / "adapter").exists()
        assert abs(odds(found.folder).mean()) < 0.3

    def test_preference_stops_where_neither_is_preferred(self, writer, outcome):
        language = LanguageConfig(objective="preference", beta=0.3)
        config = replace(SMALL, max_steps=20, language=language)
        found = mitigate(writer, rows(), config, against=outcome)
        assert found.after[0].evidence.estimate < 0.6 * found.before[0].evidence.estimate

    def test_a_repair_that_costs_too_much_is_not_called_one(self, writer, outcome, tmp_path):
        language = LanguageConfig(max_perplexity_rise=1e-6)
        config = replace(
            SMALL,
            method="full",
            learning_rate=0.3,
            max_steps=5,
            eval_every=5,
            language=language,
        )
        found = mitigate(writer, rows(), config, against=outcome, out=tmp_path / "fair")
        assert not found.met
        assert found.folder is None
        assert not list((tmp_path / "fair").glob("*.safetensors"))
        assert found.after[0].evidence.estimate == found.before[0].evidence.estimate

    def test_a_run_that_was_cut_off_goes_on_and_ends_alike(
        self, writer, outcome, tmp_path, monkeypatch
    ):
        from pytest_fairness.mitigation.language.session import LanguageSession

        config = replace(SMALL, max_steps=8, eval_every=4)
        setting = Setting(
            writer,
            load_model(writer, device="cpu"),
            (outcome,),
            (SPACE,),
            gather([SPACE], rows(), config, "perplexity"),
            config,
        )
        kept = replace(setting, config=replace(config, checkpoints=str(tmp_path)))
        after_step = LanguageSession.after_step

        def cut(session, step):
            if step == 6:
                raise KeyboardInterrupt
            return after_step(session, step)

        monkeypatch.setattr(LanguageSession, "after_step", cut)
        with pytest.raises(KeyboardInterrupt):
            METHODS["lora"].build(kept)
        assert (tmp_path / "lora" / "checkpoint-4" / "repair.pt").is_file()
        steps = []

        def counted(session, step):
            steps.append(step)
            return after_step(session, step)

        monkeypatch.setattr(LanguageSession, "after_step", counted)
        resumed, whole = (METHODS["lora"].build(s).scorer.module for s in (kept, setting))
        assert steps == [5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        for one, two in zip(resumed.parameters(), whole.parameters(), strict=True):
            assert torch.equal(one, two)


@pytest.fixture(scope="module")
def masked(planted_mlm, shared_data, tmp_path_factory):
    """The planted model repaired on some occupations; others are held out."""
    from tests.planted import _PLANTED, _sentences, occupations

    names = occupations(shared_data)
    space = counterfactuals(
        [
            text.format(who=who, he="{pronoun}")
            for text in _PLANTED
            if "{his}" not in text
            for who in names["he"]
        ],
        vary="gender",
    )
    texts = [
        text
        for text in _sentences(shared_data)
        if len(text) < 120 and not re.search(r"\b(s?he|his|hers?|him)\b", text)
    ]
    with pytest.raises(FairnessFailure) as caught:
        assert_likelihood_parity(load_model(planted_mlm, device="cpu"), space, max_difference=0.01)
    config = replace(
        SMALL,
        method="full",
        max_steps=20,
        eval_every=20,
        freeze_layers=0,
        learning_rate=1e-3,
        pair_batch_size=24,
        language=LanguageConfig(scored="changed", max_perplexity_rise=0.1),
    )
    out = tmp_path_factory.mktemp("masked") / "fair"
    found = mitigate(planted_mlm, rows(texts[:240]), config, against=caught.value.outcome, out=out)
    return found, planted_mlm, space


class TestMasked:
    def test_the_planted_association_goes(self, masked):
        """By plain calls: log P(he) - log P(she) at the mask of what was held out."""
        found, folder, space = masked
        pairs = [pair.original for pair in space.part("heldout")]
        texts = [re.sub(r"\bs?he\b", "[MASK]", text) for text in pairs]
        gaps = []
        for model in (folder, found.folder):
            fills = load_model(model, device="cpu").fill(texts, ["he", "she"])
            gaps.append((fills[:, 0] - fills[:, 1]).mean())
        assert gaps[0] > 1.5
        assert abs(gaps[1]) < 0.2 * gaps[0]

    def test_the_check_of_whole_texts_passes_with_the_skill_kept(self, masked):
        found = masked[0]
        assert found.met
        assert found.utility.name == "perplexity"
        assert found.before[0].verdict is Verdict.FAIL


class TestRefusals:
    def test_no_ordinary_texts(self, writer, outcome):
        with pytest.raises(MitigationError, match=r"there are none\. Give some hundred"):
            mitigate(writer, None, SMALL, against=outcome)
        with pytest.raises(MitigationError, match="holds 2 distinct texts, at least 120"):
            mitigate(writer, rows(["a", "b", "a"]), SMALL, against=outcome)

    def test_texts_and_settings_of_the_wrong_kind(self, writer, outcome):
        with pytest.raises(ArgumentTypeError, match="data='a text' must be rows"):
            mitigate(writer, "a text", SMALL, against=outcome)
        with pytest.raises(ArgumentTypeError, match="must be a MitigationConfig"):
            mitigate(writer, rows(), {}, against=outcome)
        with pytest.raises(ArgumentTypeError, match="against="):
            mitigate(writer, rows(), SMALL, against=list(SPACE)[:2])

    @pytest.mark.parametrize(
        "settings",
        [
            {"objectives": {"consistency": 5.0}},
            {"gradient_checkpointing": True},
            {"max_accuracy_loss": 0.1},
        ],
    )
    def test_what_only_classifiers_have(self, writer, outcome, settings):
        with pytest.raises(ArgumentError, match="is for classifiers, and <CausalLM"):
            mitigate(writer, rows(), replace(SMALL, **settings), against=outcome)

    def test_a_check_of_another_kind_of_model(self, writer, outcome):
        other = replace(outcome, metric="flip_rate")
        with pytest.raises(MitigationError, match=r"failing: flip_rate.*assert_likelihood_parity"):
            mitigate(writer, rows(), SMALL, against=other)
        with pytest.raises(MitigationError, match="cannot be run again here"):
            mitigate(writer, rows(), SMALL, against=[outcome, other])

    def test_a_check_of_pairs_that_come_from_no_space(self, writer):
        with pytest.raises(FairnessFailure) as caught:
            assert_likelihood_parity(
                load_model(writer, device="cpu"), list(SPACE), max_difference=0.01
            )
        with pytest.raises(MitigationError, match="No failing check came from counterfactuals"):
            mitigate(writer, rows(), SMALL, against=caught.value.outcome)

    def test_a_method_of_classifiers(self, writer, outcome):
        found = mitigate(writer, rows(), MitigationConfig(method="erasure"), against=outcome)
        assert not found.met
        assert "erasure: it is for classifiers; this model takes lora, full" in found.reason

    def test_no_weight_left(self, writer, outcome):
        with pytest.raises(MitigationError, match="leaves no layer for adapters"):
            mitigate(writer, rows(), replace(SMALL, freeze_layers=2), against=outcome)

    def test_a_model_that_reads_and_writes(self, outcome):
        from pytest_fairness.mitigation.kinds import kind_of
        from tests.models.writers import tiny_bart, writing_tokenizer

        model = load_model((tiny_bart(), writing_tokenizer()), device="cpu")
        with pytest.raises(MitigationError, match="is a sequence-to-sequence model, and such"):
            kind_of(model)


@pytest.mark.parametrize("normalise", ["byte", "token", None])
def test_a_check_is_run_again_in_its_own_form(writer, normalise):
    from pytest_fairness.mitigation.language.kinds import LANGUAGE_MODELS

    model = load_model(writer, device="cpu")
    found = failing(model, normalise, limit=0.01)
    again = LANGUAGE_MODELS.recheck(model, found, SPACE, None, looks=1)
    assert again.definition_id == found.definition_id
    assert again.evidence.estimate == found.evidence.estimate
