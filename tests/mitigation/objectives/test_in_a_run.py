"""Objectives in the fine-tuning of a real, tiny transformer."""

from __future__ import annotations

import math
import random

import pytest
import torch

from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.session import Session
from pytest_fairness.mitigation.training import fine_tune

NEW = (
    *("group_dro", "fair_batch", "jtt", "adversarial", "adversarial_eo", "mmd"),
    *("correlation", "correlation_eo", "contrastive", "ewc"),
)


@pytest.fixture(scope="module")
def material(sentences):
    texts, labels = sentences.rows(32, seed=7)
    texts = [f"{text} from {('north', 'south')[i % 3 % 2]}" for i, text in enumerate(texts)]
    groups = ["north" if "north" in text else "south" for text in texts]
    groups[0] = ""
    labels = [
        1 - y if group == "north" and i % 4 else y
        for i, (y, group) in enumerate(zip(labels, groups, strict=True))
    ]
    return {
        "rows_train": Labelled(texts, labels, groups=groups),
        "rows_validation": Labelled(*sentences.rows(20, seed=8)),
        "pairs_train": sentences.pairs("train"),
        "pairs_validation": sentences.pairs("validation"),
    }


@pytest.fixture(scope="module")
def train(biased_classifier, material):
    """Return the weights after three steps."""

    def trained(objectives, **changes):
        config = MitigationConfig(
            objectives=objectives,
            max_steps=3,
            eval_every=1,
            learning_rate=1e-2,
            max_accuracy_loss=1.0,
            device="cpu",
        )
        found = fine_tune(biased_classifier, **{**material, **changes}, config=config)
        return torch.cat([p.detach().flatten() for p in found.model.parameters()]), found

    return trained


def test_a_run_with_all_of_them_repeats_itself(train):
    objectives = dict.fromkeys(NEW, 1.0)
    (first, found), (second, again) = (train(objectives) for _ in range(2))
    assert torch.equal(first, second)
    assert found.history == again.history
    assert all(math.isfinite(look.loss) for look in found.history[1:])


@pytest.mark.parametrize("name", [n for n in NEW if n not in ("jtt", "contrastive", "ewc")])
def test_rows_without_groups_are_refused(train, material, name):
    rows = material["rows_train"]
    with pytest.raises(MitigationError, match=rf'{name}. needs the group .* group="COLUMN"'):
        train({name: 1.0}, rows_train=Labelled(rows.texts, rows.targets))


def test_so_are_rows_of_one_group(train, material):
    rows = material["rows_train"]
    one = Labelled(rows.texts, rows.targets, groups=["north"] * len(rows.texts))
    with pytest.raises(MitigationError, match=r"mmd. compares groups, .* one, 'north'"):
        train({"mmd": 1.0}, rows_train=one)


def test_unknown_groups_alone_are_refused(train, material):
    rows = material["rows_train"]
    none = Labelled(rows.texts, rows.targets, groups=[""] * len(rows.texts))
    with pytest.raises(MitigationError, match="are of no known group"):
        train({"mmd": 1.0}, rows_train=none)


def placed(sentences, n, seed):
    """Sentences with true labels, from one of two places: the second is taken for a bad word."""
    texts, labels = sentences.rows(n, seed)
    places = random.Random(seed).choices(("south", "north"), k=n)
    texts = [f"{text} from {place}" for text, place in zip(texts, places, strict=True)]
    return Labelled(texts, labels, groups=places)


def probed(fine_tuned, train, test):
    """How well a fresh probe tells the place from what the last layer reads."""
    from sklearn.linear_model import LogisticRegression

    bank = Bank([*train.texts, *test.texts], fine_tuned.tokenizer, MitigationConfig())
    hidden, _ = bank.read(fine_tuned.model)
    sides = [hidden[bank.numbers(rows.texts)].numpy() for rows in (train, test)]
    probe = LogisticRegression(max_iter=1000).fit(sides[0], train.groups)
    return probe.score(sides[1], test.groups)


def test_a_fresh_probe_of_the_planted_classifier_loses_the_place(
    biased_classifier, sentences, monkeypatch
):
    monkeypatch.setattr(Session, "restore_best", lambda session: None)  # look at the last state
    train, test = placed(sentences, 300, seed=1), placed(sentences, 300, seed=2)
    pairs = sentences.pairs("train")
    probes = {}
    for name, weight in (("task", 1.0), ("adversarial", 8.0)):
        config = MitigationConfig(
            objectives={name: weight},
            augment=False,
            max_steps=150,
            eval_every=150,
            learning_rate=3e-3,
            batch_size=32,
            device="cpu",
        )
        tuned = fine_tune(
            biased_classifier,
            rows_train=train,
            rows_validation=test,
            pairs_train=pairs,
            pairs_validation=pairs,
            config=config,
        )
        probes[name] = probed(tuned, train, test)
        assert tuned.history[-1].accuracy > 0.88
    # chance is 0.5; the task alone leaves 0.55 to 0.85, depending on the processor
    assert probes["adversarial"] < 0.65
    assert probes["adversarial"] < probes["task"] + 0.05  # two standard errors of 300 rows
