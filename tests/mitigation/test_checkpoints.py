from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.checkpoints import check_resumable
from pytest_fairness.mitigation.training import fine_tune
from tests.mitigation.launched import CONFIG, material, weights_of


class Cut(Exception):
    """Ends a run in the middle, as a reader's Ctrl-C does."""


def cut_after(step):
    def on_step(progress):
        if progress.step == step:
            raise Cut

    return on_step


def run(folder, config, **options):
    return fine_tune(folder, **material(), config=config, **options)


def cut(folder, config, where, step=10):
    with pytest.raises(Cut):
        run(folder, config, checkpoint_dir=where, on_step=cut_after(step))


def test_killed_and_started_again_it_ends_with_the_same_weights(biased_classifier, tmp_path):
    command = [sys.executable, "-m", "tests.mitigation.launched", "killed"]
    done = subprocess.run([*command, str(biased_classifier), str(tmp_path)], timeout=120)
    assert done.returncode == -signal.SIGKILL
    steps = []
    resumed = run(
        biased_classifier, CONFIG, checkpoint_dir=tmp_path, on_step=lambda p: steps.append(p.step)
    )
    whole = run(biased_classifier, CONFIG)
    assert steps == [9, 10, 11, 12]
    assert torch.equal(weights_of(resumed.model), weights_of(whole.model))
    assert resumed.history == whole.history


@pytest.mark.parametrize(
    ("vehicle", "objectives"),
    [
        pytest.param("full", {"consistency": 1.0}, marks=pytest.mark.slow),
        ("lora", {"consistency": 1.0, "adversarial": 0.5, "group_dro": 0.5, "ewc": 1.0}),
        pytest.param("ia3", {"consistency": 1.0}, marks=pytest.mark.slow),
        pytest.param("prefix", {"consistency": 1.0}, marks=pytest.mark.slow),
        pytest.param("head", {"consistency": 1.0}, marks=pytest.mark.slow),
    ],
)
def test_every_vehicle_goes_on_where_it_was(biased_classifier, tmp_path, vehicle, objectives):
    config = replace(
        CONFIG, method=vehicle, objectives=objectives, virtual_tokens=4, layer_decay=0.8
    )
    cut(biased_classifier, config, tmp_path)
    resumed = run(biased_classifier, config, checkpoint_dir=tmp_path)
    whole = run(biased_classifier, config)
    assert torch.equal(weights_of(resumed.model), weights_of(whole.model))
    assert resumed.history == whole.history


def test_a_run_that_is_over_is_only_read(biased_classifier, tmp_path):
    config = replace(CONFIG, max_steps=4, checkpoints=str(tmp_path))
    first = run(biased_classifier, config)
    steps = []
    again = run(biased_classifier, config, on_step=lambda p: steps.append(p.step))
    assert steps == []
    assert torch.equal(weights_of(again.model), weights_of(first.model))


def test_a_checkpoint_that_was_cut_off_is_passed_over(biased_classifier, tmp_path):
    cut(biased_classifier, CONFIG, tmp_path)
    (tmp_path / "checkpoint-8" / "repair.pt").unlink()
    steps = []
    run(biased_classifier, CONFIG, checkpoint_dir=tmp_path, on_step=lambda p: steps.append(p.step))
    assert steps[0] == 5


def spoil(file, how):
    content = file.read_bytes()
    file.unlink()
    if how != "missing":
        file.write_bytes(content[: len(content) // 2] if how == "cut off" else b"")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("weights.safetensors", "empty"),
        ("weights.safetensors", "cut off"),
        ("weights.safetensors", "missing"),
        ("repair.pt", "empty"),
        ("optimizer.pt", "cut off"),
        ("trainer_state.json", "cut off"),
    ],
)
def test_a_damaged_state_is_named_with_the_one_before_it(states, name, how, biased_classifier):
    damaged = states / "checkpoint-8" / name
    spoil(damaged, how)
    with pytest.raises(ArgumentError) as caught:
        run(biased_classifier, CONFIG, checkpoint_dir=states)
    assert f"{str(damaged)!r} is damaged or missing" in str(caught.value)
    assert f"Delete the folder {str(damaged.parent)!r} to go on from" in str(caught.value)
    assert "after step 4." in str(caught.value)
    spoil(states / "checkpoint-4" / name, how)
    with pytest.raises(ArgumentError, match=r"Delete the folder .* to begin this run anew\."):
        run(biased_classifier, CONFIG, checkpoint_dir=states)


@pytest.fixture(scope="module")
def cut_states(biased_classifier, tmp_path_factory):
    where = tmp_path_factory.mktemp("cut")
    cut(biased_classifier, CONFIG, where)
    return where


@pytest.fixture
def states(cut_states, tmp_path):
    """States after steps 4 and 8, to be spoilt."""
    return shutil.copytree(cut_states, tmp_path / "states")


def test_only_what_holds_a_state_is_gone_on_from(states, tmp_path):
    assert check_resumable(states) is None
    assert check_resumable(tmp_path) is None  # as of a run that has a folder for each method
    (tmp_path / "other" / "checkpoint-4").mkdir(parents=True)
    for folder, what in ((tmp_path / "nothere", "is no folder"), (tmp_path / "other", "holds no")):
        with pytest.raises(ArgumentError, match=f"{what}.*Name the folder .* by --checkpoints"):
            check_resumable(folder)


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 2e-3}])
def test_states_of_another_run_are_refused(biased_classifier, tmp_path, change):
    cut(biased_classifier, CONFIG, tmp_path, step=5)
    ((name, new),) = change.items()
    differs = f"{name}={getattr(CONFIG, name)!r} there and {new!r} here. Repair as that run did"
    message = re.escape(f"checkpoints={str(tmp_path)!r} holds the states of another run: {differs}")
    with pytest.raises(ArgumentError, match=message):
        run(biased_classifier, replace(CONFIG, **change), checkpoint_dir=tmp_path)


def test_seconds_before_the_cut_count(biased_classifier, tmp_path):
    cut(biased_classifier, CONFIG, tmp_path)
    state = tmp_path / "checkpoint-8" / "repair.pt"
    kept = torch.load(state)
    assert 0 < kept["seconds"] < 60
    torch.save({**kept, "seconds": 1000.0}, state)
    resumed = run(biased_classifier, CONFIG, checkpoint_dir=tmp_path)
    assert resumed.earlier_seconds == 1000
    assert 1000 < resumed.seconds < 1060
    whole = run(biased_classifier, CONFIG)
    assert whole.earlier_seconds == 0
