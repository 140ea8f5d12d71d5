from __future__ import annotations

import io
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from transformers import TrainerCallback
from transformers.integrations import integration_utils

from pytest_fairness.errors import ArgumentError, MissingPackageError
from pytest_fairness.mitigation.front import Evaluation
from pytest_fairness.mitigation.progress import stepping
from pytest_fairness.mitigation.training import fine_tune
from tests.mitigation.launched import CONFIG, material


def test_a_tracker_is_told_losses_and_evaluations(biased_classifier, monkeypatch):
    told = []

    class Notes(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            told.append((state.global_step, logs))

    monkeypatch.setitem(integration_utils.INTEGRATION_TO_CALLBACK, "notes", Notes)
    monkeypatch.setattr(
        integration_utils, "get_available_reporting_integrations", lambda: ["notes"]
    )
    config = replace(CONFIG, max_steps=8, report_to=("notes",))
    tuned = fine_tune(biased_classifier, **material(), config=config)
    looks = [(step, logs["eval_flip_rate"]) for step, logs in told if "eval_flip_rate" in logs]
    assert looks == [(e.step, e.flip_rate) for e in tuned.history[1:]]
    assert [step for step, logs in told if "loss" in logs] == [4, 8]


def test_trackers_that_do_not_exist_or_would_write_nowhere(biased_classifier, monkeypatch):
    monkeypatch.delenv("TENSORBOARD_LOGGING_DIR", raising=False)
    with pytest.raises(ArgumentError, match="report_to='abacus' must be one of"):
        fine_tune(biased_classifier, **material(), config=replace(CONFIG, report_to=("abacus",)))
    config = replace(CONFIG, report_to=("tensorboard",))
    with pytest.raises(ArgumentError, match="no folder for them is named"):
        fine_tune(biased_classifier, **material(), config=config)


def test_a_tracker_that_is_not_installed(biased_classifier, monkeypatch):
    monkeypatch.setattr(integration_utils, "get_available_reporting_integrations", list)
    with pytest.raises(MissingPackageError, match="pip install wandb"):
        fine_tune(biased_classifier, **material(), config=replace(CONFIG, report_to=("wandb",)))


@pytest.mark.parametrize(("terminal", "progress"), [(True, True), (False, True), (True, False)])
def test_a_bar_stands_on_a_terminal_where_it_is_wanted(monkeypatch, terminal, progress):
    err = io.StringIO()
    err.isatty = lambda: terminal
    monkeypatch.setattr(sys, "stderr", err)
    steps = []
    look = Evaluation(step=2, accuracy=0.75, flip_rate=0.125, mean_shift=0.1)
    with stepping(steps.append, replace(CONFIG, progress=progress)) as told:
        for step, seen in ((1, None), (2, look)):
            told(SimpleNamespace(step=step, evaluation=seen))
    assert [step.step for step in steps] == [1, 2]
    shown = err.getvalue()
    assert ("flips=0.125" in shown and "2/12" in shown) == (terminal and progress)
    assert bool(shown) == (terminal and progress)
