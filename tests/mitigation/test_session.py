from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pytest_fairness.mitigation.bank import Bank
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.plan import Batch
from pytest_fairness.mitigation.session import Lesson, Session
from pytest_fairness.mitigation.tasks import labelled_rows
from pytest_fairness.models import load_model

TEXTS = ("a man met a kind woman", "the team was rude")
PAIRS = [("a man from north", "a man from south"), ("a man from south", "a man from west")]
VARIANT = "the team was rude today"
BATCH = Batch(rows=((0, TEXTS[0]), (1, TEXTS[1]), (1, VARIANT)), pairs=tuple(PAIRS))


@pytest.fixture
def model(biased_classifier):
    return AutoModelForSequenceClassification.from_pretrained(biased_classifier).eval()


@pytest.fixture
def ask(model, biased_classifier):
    tokenizer = AutoTokenizer.from_pretrained(biased_classifier)

    def logits(texts):
        return torch.cat([model(**tokenizer(t, return_tensors="pt")).logits for t in texts])

    return logits


@pytest.fixture
def session_of(model, biased_classifier):
    def session(**changes):
        rows = Labelled(TEXTS, [0, 1])
        lesson = Lesson([BATCH], rows, rows, PAIRS, PAIRS)
        config = MitigationConfig(**changes)
        bank = Bank(lesson.texts, AutoTokenizer.from_pretrained(biased_classifier), config)
        return Session(model, bank, bank.prepare(model, []), lesson, config)

    return session


def loss_of(session, model):
    return session.loss(model, session.inputs(BATCH)).item()


def test_the_task_sees_rows_and_their_variants_under_the_same_label(session_of, model, ask):
    session = session_of(objectives={})
    surprises = -ask([*TEXTS, VARIANT]).log_softmax(-1)[range(3), [0, 1, 1]]
    assert loss_of(session, model) == pytest.approx(surprises.mean().item(), rel=1e-4)


def test_pairs_add_their_squared_difference(session_of, model, ask):
    plain = loss_of(session_of(objectives={}), model)
    paired = loss_of(session_of(objectives={"consistency": 2.0}), model)
    north, south, west = ask(["a man from north", "a man from south", "a man from west"])
    gap = torch.stack([north - south, south - west]).square().mean().item()
    assert paired - plain == pytest.approx(2 * gap, rel=1e-3)


def test_a_variant_is_tied_to_the_old_answer_to_its_row(session_of, model, ask):
    plain = loss_of(session_of(objectives={}), model)
    tied = loss_of(session_of(objectives={"retention": 3.0}), model)
    before, after = (ask(texts).log_softmax(-1) for texts in ([TEXTS[1]], [VARIANT]))
    divergence = (before.exp() * (before - after)).sum().item() / 3  # rows themselves add nothing
    assert tied - plain == pytest.approx(3 * divergence, rel=1e-3, abs=1e-6)


def test_the_best_state_comes_back(session_of, model):
    session = session_of(eval_every=1, max_accuracy_loss=0.0)
    kept = {name: parameter.clone() for name, parameter in model.named_parameters()}
    with torch.no_grad():
        model.classifier.bias += torch.tensor([100.0, -100.0])  # all the same, and half of it wrong
    session.after_step(1)
    session.restore_best()
    assert session.front.best.step == 0
    assert all(torch.equal(p, kept[name]) for name, p in model.named_parameters())


def test_rows_of_a_file_keep_their_weights(biased_classifier):
    model = load_model(biased_classifier, device="cpu")
    rows = Rows(TEXTS, ("good", "bad"), (1, 2), weights=(3.0, 1.0))
    assert labelled_rows(model, rows).weights == (3.0, 1.0)
    model.close()


def test_a_row_that_weighs_more_counts_more(model, biased_classifier, ask):
    rows = Labelled(TEXTS, [0, 1], weights=(3.0, 1.0))
    lesson = Lesson([BATCH], rows, rows, PAIRS, PAIRS)
    config = MitigationConfig(objectives={})
    bank = Bank(lesson.texts, AutoTokenizer.from_pretrained(biased_classifier), config)
    session = Session(model, bank, bank.prepare(model, []), lesson, config)
    surprises = -ask([*TEXTS, VARIANT]).log_softmax(-1)[range(3), [0, 1, 1]]
    expected = (torch.tensor([1.5, 0.5, 0.5]) * surprises).mean().item()
    assert loss_of(session, model) == pytest.approx(expected, rel=1e-4)
