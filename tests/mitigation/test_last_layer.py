"""Retraining the last layer: against scikit-learn, and on a classifier with a planted bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.last_layer import (
    _PULL,
    _balanced,
    _Problem,
    fit_temperature,
    retrain_last_layer,
)
from pytest_fairness.models import load_model

CONFIG = MitigationConfig(device="cpu")


def problem(n=200, d=5, k=3, consistency=0.0, gaps=0):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(n, d)), rng.integers(k, size=n)
    X[:, 0] += y
    return (
        X,
        y,
        _Problem(
            hidden=torch.tensor(X),
            targets=torch.eye(k, dtype=torch.float64)[torch.tensor(y)],
            weights=torch.ones(n, dtype=torch.float64),
            gaps=torch.tensor(rng.normal(size=(gaps, d))),
            consistency=consistency,
            start=torch.zeros(k, d, dtype=torch.float64),
        ),
    )


def test_it_is_a_penalised_regression_as_scikit_learn_solves_it():
    X, y, ours = problem()
    weight, bias = ours.solve(torch.zeros(3))
    theirs = LogisticRegression(C=1 / (2 * _PULL * len(X)), tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(weight, theirs.coef_, atol=1e-4)
    shift = bias.numpy() - theirs.intercept_  # adding one number to every logit changes nothing
    np.testing.assert_allclose(shift, shift.mean(), atol=1e-4)


def test_pairs_pull_the_layer_away_from_what_tells_them_apart():
    _, _, ours = problem(consistency=0.0, gaps=30)
    _, _, held = problem(consistency=10.0, gaps=30)
    free, _ = ours.solve(torch.zeros(3))
    tied, _ = held.solve(torch.zeros(3))
    assert (held.gaps @ tied.T).abs().mean() < 0.2 * (held.gaps @ free.T).abs().mean()


def test_every_cell_of_label_and_group_counts_the_same():
    rows = Labelled(["a", "b", "c", "d"], [0, 0, 0, 1], groups=["x", "x", "y", "x"])
    found = _balanced(rows)
    assert found.tolist() == pytest.approx([2 / 3, 2 / 3, 4 / 3, 4 / 3])


def test_pairs_weigh_three_times_the_usual_unless_a_weight_is_given(biased_classifier, sentences):
    rows, pairs = Labelled(*sentences.rows(100, seed=3)), sentences.pairs("train")
    usual, thrice, once = (
        retrain_last_layer(biased_classifier, rows, pairs, config).model.classifier.weight
        for config in (
            CONFIG,
            replace(CONFIG, objectives={"consistency": 3.0}),
            replace(CONFIG, objectives={"consistency": 1.0}),
        )
    )
    assert torch.equal(usual, thrice)
    assert not torch.equal(usual, once)


def test_a_planted_bias_shrinks_and_the_skill_stays(biased_classifier, sentences):
    texts, labels = sentences.rows(200, seed=11)
    tuned = retrain_last_layer(
        biased_classifier, Labelled(texts, labels), sentences.pairs("train"), CONFIG
    )
    before = load_model(str(biased_classifier), device="cpu")
    after = load_model((tuned.model, tuned.tokenizer), device="cpu")
    assert tuned.trainable_parameters == 2 * 32 + 2
    assert shift(after, sentences.pairs("train")) < shift(before, sentences.pairs("train"))
    fresh, truth = sentences.rows(200, seed=12)
    assert right(after, fresh, truth) >= right(before, fresh, truth) - 0.02


def test_only_the_last_layer_moves_and_the_seed_decides(biased_classifier, sentences):
    rows = Labelled(*sentences.rows(60, seed=3))
    first, second = (
        retrain_last_layer(biased_classifier, rows, sentences.pairs("train"), CONFIG).model
        for _ in range(2)
    )
    before = load_model(str(biased_classifier), device="cpu").module.state_dict()
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])
        assert torch.equal(value, before[name]) != name.startswith("classifier.")


def test_without_labels_the_model_itself_teaches(biased_classifier, sentences):
    texts, _ = sentences.rows(100, seed=5)
    tuned = retrain_last_layer(biased_classifier, Labelled(texts), [("the", "a")], CONFIG)
    before = load_model(str(biased_classifier), device="cpu").predict(texts)
    after = load_model((tuned.model, tuned.tokenizer), device="cpu").predict(texts)
    assert (before == after).mean() > 0.97


def shift(model, pairs):
    first, second = (model.predict_proba([pair[side] for pair in pairs]) for side in (0, 1))
    return np.abs(first - second).max(axis=1).mean()


def right(model, texts, labels):
    return (model.predict_proba(texts).argmax(axis=1) == np.asarray(labels)).mean()


def scaled(factor):
    """Logits that are right about `factor` too bold, with labels drawn from the true ones."""
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=2, size=(4000, 3))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(3, p=row) for row in shares])
    return factor * logits, labels, shares


def test_the_temperature_undoes_a_scale():
    logits, labels, shares = scaled(0.6)
    assert fit_temperature(logits, labels, None) == pytest.approx(0.6, rel=0.05)
    assert fit_temperature(logits, shares, None) == pytest.approx(0.6, rel=1e-4)  # its own answers


def test_calibrated_on_validation_rows_no_label_changes_and_the_loss_falls(
    biased_classifier, sentences
):
    rows = Labelled(*sentences.rows(200, seed=11))
    texts, labels = sentences.rows(200, seed=12)
    pairs = sentences.pairs("train")
    plain, calibrated, held = (
        retrain_last_layer(biased_classifier, rows, pairs, CONFIG, **options)
        for options in (
            {},
            {"checked": Labelled(texts, labels)},
            {"checked": Labelled(texts, labels), "tolerance": 1e-6},
        )
    )
    first, second, third = (
        load_model((tuned.model, tuned.tokenizer), device="cpu").predict_proba(texts)
        for tuned in (plain, calibrated, held)
    )
    assert (first.argmax(axis=1) == second.argmax(axis=1)).all()
    assert log_loss(labels, second) < log_loss(labels, first)
    assert second.max(axis=1).mean() > first.max(axis=1).mean()  # it was too cautious
    np.testing.assert_allclose(first, third, atol=1e-6)  # bolder answers would move pairs too far
