"""The search over settings: what it keeps, what it costs, what it refuses."""

from __future__ import annotations

import pytest

from pytest_fairness import ArgumentError, MitigationConfig
from pytest_fairness.mitigation import search
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.front import Evaluation
from pytest_fairness.mitigation.search import search_config

CONFIG = MitigationConfig(method="full", freeze_layers=1, max_steps=24, eval_every=6, device="cpu")


@pytest.fixture
def material(sentences):
    return {
        "rows_train": Labelled(*sentences.rows(80, seed=1)),
        "rows_validation": Labelled(*sentences.rows(40, seed=2)),
        "pairs_train": sentences.pairs("train"),
        "pairs_validation": sentences.pairs("validation"),
    }


def test_a_rate_that_learns_beats_one_that_does_not(biased_classifier, material):
    lines = []
    found = search_config(
        biased_classifier,
        **material,
        config=CONFIG,
        choices={"learning_rate": (1e-9, 3e-3)},
        say=lines.append,
    )
    assert found.config.learning_rate == 3e-3
    assert found.config.max_steps == 24
    assert [trial.steps for trial in found.trials] == [12, 12, 24]
    assert len(lines) == 3


def test_halves_go_on_for_twice_the_steps(monkeypatch, material):
    """Of eight settings the k-th best is known: who survives is settled by hand."""
    run = []

    class Tuned:
        def __init__(self, config):
            self.seconds = 0.0
            self.best = Evaluation(1, 1.0, config.learning_rate, 0.0)

    def fine_tune(folder, *, config, **given):
        run.append((config.max_steps, config.learning_rate))
        return Tuned(config)

    monkeypatch.setattr(search, "fine_tune", fine_tune)
    rates = tuple(k / 10 for k in range(1, 9))
    found = search_config("x", **material, config=CONFIG, choices={"learning_rate": rates})
    assert found.config.learning_rate == 0.1
    assert [len([s for s, _ in run if s == steps]) for steps in (3, 6, 12, 24)] == [8, 4, 2, 1]
    assert {rate for steps, rate in run if steps == 12} == {0.1, 0.2}
    assert sum(steps for steps, _ in run) == 4 * 24  # log2(8) + 1 full runs


def test_a_field_that_there_is_not_is_named(material):
    with pytest.raises(ArgumentError, match="momentum is none"):
        search_config("x", **material, choices={"momentum": (0.9,)})
    with pytest.raises(ArgumentError, match="budget=1"):
        search_config("x", **material, budget=1)
